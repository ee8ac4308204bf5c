/** Definitions and what is stored under them, on one PostgreSQL. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defineSchema } from '../../src/provisioning/change-definitions.ts';
import { createOrganization } from '../../src/provisioning/create-organization.ts';
import { canonicalResource } from '../../src/scim/canonical-resource.ts';
import { caseKey } from '../../src/scim/case-key.ts';
import { parseSchema } from '../../src/scim/definitions.ts';
import { combine, type Filter, parseFilter, printFilter } from '../../src/scim/filter.ts';
import { matchesFilter } from '../../src/scim/filter-match.ts';
import { indexedValues } from '../../src/scim/indexed-values.ts';
import { organizationTypes } from '../../src/scim/organization-types.ts';
import type { Resource, ResourceType } from '../../src/scim/schema.ts';
import { parseSort } from '../../src/scim/sort.ts';
import { replaceAttributeValues } from '../../src/store/attribute-value-writing.ts';
import { compileStatement } from '../../src/store/compiled-statement.ts';
import { databaseFault } from '../../src/store/database-errors.ts';
import { assertDefinitions, lockDefinitions } from '../../src/store/definition-writing.ts';
import { findDefinitions } from '../../src/store/definitions.ts';
import { filterExpression } from '../../src/store/filter-sql.ts';
import { inOrganization } from '../../src/store/organization-transaction.ts';
import { createPageMarks } from '../../src/store/page-marks.ts';
import { listOneType } from '../../src/store/resource-list.ts';
import { insertResource } from '../../src/store/resource-writing.ts';
import { type TestDatabase, testDatabase } from '../database.ts';
import { scaled } from '../scale.ts';
import { foldedWords, scimBaseUrl } from '../scim/filter-arbitraries.ts';
import { uuid } from './stored-users.ts';

const now = new Date('2030-01-10T12:00:00Z');
const urn = 'urn:example:scim:schemas:1.0:Thing';
const extensionUrn = 'urn:example:scim:schemas:extension:1.0:Any';

const words = ['a', 'B', 'b', 'ab', 'A%', 'a_', 'x!', 'a"b', '\ud7ff', '\u{10ffff}b', 'Straße', 'é', ...foldedWords];
const times = ['2026-01-31T08:00:00Z', '2026-02-01T00:00:00.250Z', '2026-02-01T01:00:00+01:00', '2026-02-01T00:00:00'];
const types = ['string', 'boolean', 'integer', 'decimal', 'dateTime', 'reference'] as const;

type Leaf = { name: string; type: (typeof types)[number]; multiValued: boolean; caseExact: boolean };

const leaf = (name: string): fc.Arbitrary<Leaf> =>
  fc.record({
    name: fc.constant(name),
    type: fc.constantFrom(...types),
    multiValued: fc.boolean(),
    caseExact: fc.boolean(),
  });

type Definition = { leaves: Leaf[]; complex: { name: string; multiValued: boolean; subs: Leaf[] } };

const definitions: fc.Arbitrary<Definition> = fc.record({
  leaves: fc.tuple(leaf('one'), leaf('two'), leaf('userName'), leaf('active')).map((each) => [...each]),
  complex: fc.record({
    name: fc.constantFrom('part', 'emails'),
    multiValued: fc.boolean(),
    subs: fc.tuple(leaf('value'), leaf('kind'), leaf('primary')).map((each) => [...each]),
  }),
});

const documentOf = (id: string, { leaves, complex }: Definition) => ({
  id,
  attributes: [
    ...leaves.map(attributeOf),
    {
      name: complex.name,
      type: 'complex',
      multiValued: complex.multiValued,
      subAttributes: complex.subs.map(attributeOf),
    },
  ],
});

const attributeOf = ({ name, type, multiValued, caseExact }: Leaf) => ({
  name,
  type,
  multiValued,
  ...(type === 'string' || type === 'reference' ? { caseExact } : {}),
  ...(type === 'reference' ? { referenceTypes: ['external'] } : {}),
});

function value(type: Leaf['type']): fc.Arbitrary<string | number | boolean> {
  switch (type) {
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: -3, max: 3 });
    case 'decimal':
      return fc.constantFrom(-1.5, 0, 0.25, 2);
    case 'dateTime':
      return fc.constantFrom(...times);
    default:
      return fc.constantFrom(...words);
  }
}

const held = ({ type, multiValued }: Leaf): fc.Arbitrary<unknown> =>
  multiValued ? fc.array(value(type), { minLength: 1, maxLength: 3 }) : value(type);

function contentOf({ leaves, complex }: Definition): fc.Arbitrary<Resource> {
  const part = fc.record(Object.fromEntries(complex.subs.map((sub) => [sub.name, held(sub)])), { requiredKeys: [] });
  return fc.record(
    {
      ...Object.fromEntries(leaves.map((each) => [each.name, held(each)])),
      [complex.name]: complex.multiValued ? fc.array(part, { minLength: 1, maxLength: 2 }) : part,
    },
    { requiredKeys: [] },
  );
}

const textOperators = ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'];
const orderings = ['eq', 'ne', 'gt', 'ge', 'lt', 'le'];

function operatorOf(type: Leaf['type']): fc.Arbitrary<string> {
  if (type === 'boolean') return fc.constantFrom('eq', 'ne');
  return fc.constantFrom(...(type === 'string' || type === 'reference' ? textOperators : orderings));
}

const comparisonOf = (prefix: string, { name, type }: Leaf): fc.Arbitrary<string> =>
  fc.oneof(
    fc
      .tuple(operatorOf(type), value(type))
      .map(([operator, each]) => `${prefix}${name} ${operator} ${JSON.stringify(each)}`),
    fc.constantFrom(`${prefix}${name} pr`, `${prefix}${name} eq null`, `${prefix}${name} ne null`),
  );

function filtersOf(prefix: string, { leaves, complex }: Definition, type: ResourceType): fc.Arbitrary<Filter> {
  const path = `${prefix}${complex.name}`;
  const texts = fc.oneof(
    ...leaves.map((each) => comparisonOf(prefix, each)),
    ...complex.subs.map((sub) => comparisonOf(`${path}.`, sub)),
    ...(complex.multiValued
      ? complex.subs.map((sub) => comparisonOf('', sub).map((inner) => `${path}[${inner}]`))
      : []),
    fc.constant(`${path} pr`),
  );
  return fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { depthSize: 'small' },
      texts.map((text) => parseFilter(text, type)),
      tie('filter').map((filter): Filter => ({ kind: 'not', filter })),
      fc
        .tuple(fc.constantFrom('and' as const, 'or' as const), tie('filter'), tie('filter'))
        .map(([kind, left, right]) => combine(kind, [left, right])),
    ),
  })).filter;
}

function typesOf(core: Definition, extension: Definition) {
  const made = organizationTypes(
    {
      schemas: [
        { schema: parseSchema(documentOf(urn, core)), extends: [] },
        {
          schema: parseSchema(documentOf(extensionUrn, extension)),
          extends: ['User', 'Thing'].map((resourceType) => ({ resourceType, required: false })),
        },
      ],
      resourceTypes: [{ name: 'Thing', description: '', endpoint: '/Things', schema: urn, schemaExtensions: [] }],
    },
    1,
  );
  return { thing: made.all.at(-1) as ResourceType, user: made.user };
}

async function twoOrganizations(db: TestDatabase): Promise<{ acme: string; globex: string }> {
  const make = async (slug: string) => {
    const input = { slug, name: slug, plan: 'pro' as const, settings: {} };
    return (await createOrganization(db.app, input, { now })).id;
  };
  return { acme: await make('acme'), globex: await make('globex') };
}

async function store(db: TestDatabase, orgId: string, type: ResourceType, resources: Resource[]): Promise<void> {
  await inOrganization(db.app, orgId, async (tx) => {
    tx.send({ text: 'delete from attribute_values where org_id = $1', values: [orgId] });
  });
  await db.owner.query('delete from resources where org_id = $1', [orgId]);
  await db.owner.query('delete from members where org_id = $1', [orgId]);
  const { rows } = await db.owner.query('select id from connections where org_id = $1', [orgId]);
  await inOrganization(db.app, orgId, async (tx) => {
    for (const { id, ...scim } of resources as (Resource & { id: string })[]) {
      if (type.kind === 'Custom') {
        insertResource(tx, { type: type.name, id, connectionId: rows[0].id, scim, version: 1, now });
      } else {
        tx.send({
          text: `insert into members (org_id, id, scim, user_name, user_name_key, asked_active, status, status_reason, in_force_name, origin,
              version, created_at, updated_at)
            values ($1, $2, $3, $4, $5, true, 'active', '{}', '', 'provisioned', 1, $6, $6)`,
          values: [orgId, id, JSON.stringify(scim), scim.userName, caseKey(String(scim.userName)), now],
        });
      }
      replaceAttributeValues(tx, { type, id, isNew: true }, indexedValues(type, scim));
    }
  });
}

test('on random schemas a filter over custom and extension attributes selects in SQL what it matches, within its organization (I8, 7643-2.3.8-simple)', async () => {
  await using db = await testDatabase();
  const { acme, globex } = await twoOrganizations(db);
  const cases = fc.record({ core: definitions, extension: definitions }).chain((made) => {
    const { thing, user } = typesOf(made.core, made.extension);
    return fc.record({
      made: fc.constant(made),
      here: fc.array(fc.tuple(contentOf(made.core), contentOf(made.extension)), { minLength: 8, maxLength: 8 }),
      filters: fc.array(
        fc.oneof(filtersOf('', made.core, thing), filtersOf(`${extensionUrn}:`, made.extension, thing)),
        { minLength: 12, maxLength: 12 },
      ),
      userFilters: fc.array(filtersOf(`${extensionUrn}:`, made.extension, user), { minLength: 8, maxLength: 8 }),
    });
  });
  await fc.assert(
    fc.asyncProperty(cases, async ({ made, here, filters, userFilters }) => {
      const { thing, user } = typesOf(made.core, made.extension);
      const canonical = (type: ResourceType, body: Resource, index: number): Resource => ({
        ...canonicalResource(type, body, { readOnly: 'drop', tolerances: new Set() }),
        id: uuid(index + 1),
      });
      const things = here.map(([own, more], index) => canonical(thing, { ...own, [extensionUrn]: more }, index));
      const people = here.map(([, more], index) =>
        canonical(user, { userName: `u${index}`, active: true, [extensionUrn]: more }, index + 100),
      );
      for (const [type, resources, all] of [
        [thing, things, filters],
        [user, people, userFilters],
      ] as const) {
        await store(db, acme, type, resources);
        await store(db, globex, type, resources.slice(0, 3));
        for (const filter of all) {
          const query = {
            filter,
            startIndex: 1,
            count: 100,
            scimBaseUrl,
            marks: createPageMarks(),
            reader: 'okta',
            now,
          };
          const derived = { wanted: false, reference: '' };
          const page = await listOneType(db.app, acme, type, { ...query, derived });
          const expected = resources.filter((each) => matchesFilter(filter, each)).map((each) => each.id);
          const found = page.resources.map((each) => each.id);
          assert.deepEqual(found, expected, printFilter(filter));
          assert.equal(page.totalResults, expected.length);
        }
      }
    }),
    { numRuns: scaled(25) },
  );
});

const badge = {
  id: 'urn:acme:scim:schemas:1.0:Badge',
  attributes: [
    { name: 'number', caseExact: true },
    { name: 'level', type: 'integer' },
    { name: 'codes', type: 'complex', multiValued: true, subAttributes: [{ name: 'value' }, { name: 'kind' }] },
  ],
};
const badgeTypes = organizationTypes(
  {
    schemas: [{ schema: parseSchema(badge), extends: [{ resourceType: 'User', required: false }] }],
    resourceTypes: [
      {
        name: 'Card',
        description: '',
        endpoint: '/Cards',
        schema: 'urn:okta:scim:schemas:core:1.0:Role',
        schemaExtensions: [],
      },
    ],
  },
  1,
);

test('equality of a defined attribute reaches the index of values under row-level security', async () => {
  await using db = await testDatabase();
  const { acme } = await twoOrganizations(db);
  await db.owner.query(
    `insert into members (org_id, id, scim, user_name, user_name_key, asked_active, status, status_reason, in_force_name, origin, version, created_at, updated_at)
     select $1, ('0190a0b0-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '{}', n, n, true, 'active', '{}', '', 'provisioned', 1, now(), now()
       from generate_series(1, 3000) as n`,
    [acme],
  );
  await db.owner.query(
    `insert into attribute_values (org_id, resource_type, attribute, value_key, resource_id)
     select $1, 'User', lower($2 || ':number'), n, ('0190a0b0-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid from generate_series(1, 3000) as n`,
    [acme, badge.id],
  );
  await db.owner.query(
    `insert into resources (org_id, resource_type, id, scim, version, created_at, updated_at, origin)
     select m.org_id, 'Card', m.id, '{}', 1, now(), now(), 'local' from members m where m.org_id = $1`,
    [acme],
  );
  await db.owner.query(
    `insert into attribute_values (org_id, resource_type, attribute, value_key, resource_id)
     select r.org_id, 'Card', 'urn:okta:scim:schemas:core:1.0:role:displayname', r.id::text, r.id from resources r where r.org_id = $1`,
    [acme],
  );
  await db.owner.query('analyze');
  const card = badgeTypes.all.at(-1) as ResourceType;
  const cases: [text: string, type: ResourceType][] = [
    [`${badge.id}:number eq "7"`, badgeTypes.user],
    [`${badge.id}:level eq 7`, badgeTypes.user],
    [`${badge.id}:codes.kind eq "x"`, badgeTypes.user],
    [`${badge.id}:codes[value eq "x" and kind co "y"]`, badgeTypes.user],
    ['displayName eq "Editor"', card],
  ];
  for (const [text, type] of cases) {
    const [table, row] = type.kind === 'User' ? ['members', 'm'] : ['resources', 'r'];
    const statement = compileStatement(
      [acme],
      filterExpression(parseFilter(text, type), type, { orgId: acme, scimBaseUrl }),
    );
    const plan = await inOrganization(db.app, acme, async (tx) => {
      const query = `explain select ${row}.id from ${table} ${row} where ${row}.org_id = $1 and ${row}.deleted_at is null and ${statement.text}`;
      return (await tx.query<Record<'QUERY PLAN', string>>({ text: query, values: statement.values })).rows;
    });
    const lines = plan.map((each) => each['QUERY PLAN']).join('\n');
    assert.match(lines, /attribute_values_pkey/, `${text}\n${lines}`);
    assert.doesNotMatch(lines, /Seq Scan on (members|attribute_values)/, `${text}\n${lines}`);
  }
});

test('a change under definitions that were changed meanwhile fails, whoever comes first to the counter', async () => {
  await using db = await testDatabase();
  const { acme, globex } = await twoOrganizations(db);
  const { promise: locked, resolve: isLocked } = Promise.withResolvers<void>();
  const { promise: released, resolve: release } = Promise.withResolvers<void>();
  const changing = inOrganization(db.app, acme, async (tx) => {
    lockDefinitions(tx);
    await tx.query({ text: 'select', values: [] });
    isLocked();
    await released;
  });
  await locked;
  const late = inOrganization(db.app, acme, async (tx) => assertDefinitions(tx, 0)).catch((error) => error);
  await inOrganization(db.app, globex, async (tx) => assertDefinitions(tx, 0));
  release();
  await changing;
  assert.equal(databaseFault(await late).kind, 'definitions-changed');
  await inOrganization(db.app, acme, async (tx) => assertDefinitions(tx, 1));
});

test('what is defined is read back as it was, in its organization only', async () => {
  await using db = await testDatabase();
  const { acme, globex } = await twoOrganizations(db);
  const input = { document: badge, extends: [{ resourceType: 'User', required: false }] };
  const defined = await defineSchema(db.app, { id: acme }, input, 'new', { now });
  assert.deepEqual(await findDefinitions(db.app, acme), {
    definitions: { schemas: [JSON.parse(JSON.stringify(defined))], resourceTypes: [] },
    version: 1,
  });
  assert.deepEqual(await findDefinitions(db.app, globex), {
    definitions: { schemas: [], resourceTypes: [] },
    version: 0,
  });
});

test('a list of a defined type is sorted by any of its attributes', async () => {
  await using db = await testDatabase();
  const { acme, globex } = await twoOrganizations(db);
  const made: Definition = {
    leaves: [
      { name: 'one', type: 'dateTime', multiValued: false, caseExact: true },
      { name: 'userName', type: 'integer', multiValued: false, caseExact: true },
    ],
    complex: {
      name: 'emails',
      multiValued: true,
      subs: [
        { name: 'value', type: 'decimal', multiValued: false, caseExact: true },
        { name: 'dates', type: 'dateTime', multiValued: true, caseExact: true },
      ],
    },
  };
  const { thing } = typesOf(made, made);
  const resources = [2, 10, 1].map((n, index) => ({
    schemas: [urn],
    id: uuid(index + 1),
    one: `2026-0${(n % 3) + 1}-01T00:00:00Z`,
    userName: n,
    // The primary value counts: of its list the first, and where it has none, none.
    emails: [
      { value: n, dates: ['2020-01-01T00:00:00Z'] },
      {
        value: -n,
        primary: true,
        ...(n === 1 ? {} : { dates: [`20${10 + n}-01-01T00:00:00Z`, '2000-01-01T00:00:00Z'] }),
      },
    ],
  }));
  await store(db, acme, thing, resources);
  await store(db, globex, thing, resources.slice(0, 1));
  const by = async (sortBy: string) => {
    const sort = parseSort({ sortBy }, thing);
    const derived = { wanted: false, reference: '' };
    const query = {
      filter: undefined,
      sort,
      startIndex: 1,
      count: 10,
      scimBaseUrl,
      marks: createPageMarks(),
      reader: 'okta',
      now,
      derived,
    };
    return (await listOneType(db.app, acme, thing, query)).resources.map((each) => Number(each.id.slice(-1)));
  };
  assert.deepEqual(await by('userName'), [3, 1, 2]);
  assert.deepEqual(await by('emails'), [2, 1, 3]);
  assert.deepEqual(await by('one'), [2, 3, 1]);
  assert.deepEqual(await by('emails.dates'), [1, 2, 3]);
});
