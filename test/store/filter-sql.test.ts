import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { parseFilter } from '../../src/scim/filter.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import type { ResourceType } from '../../src/scim/schema.ts';
import { filterExpression } from '../../src/store/filter-sql.ts';
import { scaled } from '../scale.ts';

const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});
const org = '0190a0b0-0000-7000-8000-00000000000a';
const id = '0190a0b0-0000-7000-8000-000000000001';
const scimBaseUrl = 'https://rollcall.example/scim/v2/acme';

function compile(text: string, type: ResourceType = userType): { sql: string; parameters: readonly unknown[] } {
  const { sql, parameters } = filterExpression(parseFilter(text, type), type, { orgId: org, scimBaseUrl }).compile(
    compiler,
  );
  return { sql: sql.replaceAll(/\s+/g, ' '), parameters };
}

//              filter, condition, parameters
const users: [text: string, sql: string, parameters: unknown[]][] = [
  ['userName eq "ADA"', '"m".user_name_key = $1::text', ['ada']],
  ['externalId eq "00uA"', '"m".external_id = $1::text', ['00uA']],
  [`id eq "${id}"`, '"m".id = $1::uuid', [id]],
  ['id eq "7d1e"', 'false', []],
  ['id ne "7d1e"', 'true', []],
  ['active eq true', '"m".asked_active = $1::boolean', [true]],
  [
    'emails.value eq "A@x"',
    '"m".id in ( select e.member_id from member_emails e where e.org_id = $1::uuid and e.value_key = $2::text)',
    [org, 'a@x'],
  ],
  ['meta.created ge "2026-01-31T08:00:00Z"', '"m".created_at >= $1::timestamptz', ['2026-01-31T08:00:00Z']],
  ['title sw "50%_!"', `fold_case(("m".scim ->> 'title')) like $1::text escape '!'`, ['50!%!_!!%']],
  ['name.familyName ne "x"', `fold_case(("m".scim -> 'name' ->> 'familyName')) is distinct from $1::text`, ['x']],
  ['not (title eq "x")', `not coalesce(fold_case(("m".scim ->> 'title')) = $1::text, false)`, ['x']],
  ['title eq null or nickName pr', `(("m".scim ->> 'title') is null or ("m".scim ->> 'nickName') is not null)`, []],
  ['groups.value eq "x"', 'false', []],
  [`meta.location eq "${scimBaseUrl}/Users/${id}"`, '"m".id = $1::uuid', [id]],
  [`meta.location eq "${scimBaseUrl}/Groups/${id}"`, 'false', []],
  ['meta.location sw "x"', `($1::text || "m".id) like $2::text escape '!'`, [`${scimBaseUrl}/Users/`, 'x%']],
];

for (const [text, sql, parameters] of users) {
  test(`${text} becomes ${sql} (R20)`, () => assert.deepEqual(compile(text), { sql, parameters }));
}

test('a group is found by the key of its name', () => {
  assert.deepEqual(compile('displayName eq "ENG Team"', groupType), {
    sql: '"t".display_name_key = $1::text',
    parameters: ['eng team'],
  });
});

test('nothing that a client wrote is in the text of a condition (R20)', () => {
  const operators = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt');
  const names = fc.constantFrom(
    'userName',
    'id',
    'title',
    'emails',
    'emails.type',
    'groups.display',
    'schemas',
    'manager',
  );
  const marker = 'Xq7';
  fc.assert(
    fc.property(names, operators, fc.string(), (name, operator, value) => {
      const text = `${name} ${operator} ${JSON.stringify(`${marker}'${value}`)}`;
      assert.equal(compile(text).sql.includes(marker), false);
      assert.equal(compile(text).sql.includes(marker.toLowerCase()), false);
    }),
    { numRuns: scaled(100) },
  );
});

test('every subquery on a table names the organization itself (R7, R8)', () => {
  const filters: [string, ResourceType][] = [
    ['emails eq "a"', userType],
    ['emails co "a" and emails[type eq "work" and value eq "b"]', userType],
    ['groups pr or groups.display ne "x"', userType],
    [`groups.$ref eq "${scimBaseUrl}/Groups/${id}" or groups.$ref co "x"`, userType],
    [`groups eq "${id}" or groups[value eq "${id}" and type eq "direct"]`, userType],
    [`members eq "${id}" or members[display sw "a"] or not (members pr)`, groupType],
  ];
  for (const [text, type] of filters) {
    const { sql, parameters } = compile(text, type);
    const tables = sql.match(/(?:from|join) (?:member_emails|team_members|teams|members) \w+/g) ?? [];
    const bound = sql.match(/\.org_id = \$\d+::uuid/g) ?? [];
    assert.ok(tables.length > 0);
    assert.equal(bound.length, tables.length, sql);
    assert.equal(parameters.filter((each) => each === org).length, tables.length);
  }
});

test('terms about one list look through it together, and an index is asked apart (R21)', () => {
  const times = (text: string, of: RegExp, type = userType) => (compile(text, type).sql.match(of) ?? []).length;
  const list = /jsonb_array_elements\(/g;
  assert.equal(times('addresses.country ne "a" and addresses.type ne "b" and not (addresses.country pr)', list), 1);
  assert.equal(times('addresses[type eq "a"] or addresses[type eq "b" and country pr] or addresses pr', list), 1);
  assert.equal(times('addresses.country ne "a" and phoneNumbers.value ne "b"', list), 4);
  assert.equal(times('addresses.country co "a" or (addresses.country co "b" and addresses.type pr)', list), 2);
  assert.equal(times(`groups eq "${id}" or groups eq "${org}"`, /from team_members/g), 2);
  assert.equal(times('emails.value co "a" and emails.value co "b"', /from member_emails/g), 2);
});
