/** Lists in every order, against the plainest reading of RFC 7644 §3.4.2.3, on one PostgreSQL. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sql } from 'kysely';
import { caseKey } from '../../src/scim/case-key.ts';
import { instantOf } from '../../src/scim/date-time.ts';
import { everyType } from '../../src/scim/every-type.ts';
import { parseFilter } from '../../src/scim/filter.ts';
import { matchesFilter } from '../../src/scim/filter-match.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import type { Resource } from '../../src/scim/schema.ts';
import { parseSort, type Sort } from '../../src/scim/sort.ts';
import { compileStatement } from '../../src/store/compiled-statement.ts';
import type { Database } from '../../src/store/database.ts';
import { inOrganization } from '../../src/store/organization-transaction.ts';
import { createPageMarks, type Position } from '../../src/store/page-marks.ts';
import { listAllTypes, listOneType, type PageQuery } from '../../src/store/resource-list.ts';
import { isBehind, orderBy, sortKey } from '../../src/store/sort-sql.ts';
import { testDatabase } from '../database.ts';
import { scaled } from '../scale.ts';
import { scimBaseUrl } from '../scim/filter-arbitraries.ts';
import { addOrganization, addUser, sampleUsers, uuid } from './stored-users.ts';

const acme = '0190a0b0-0000-7000-8000-0000000000a0';
const other = '0190a0b0-0000-7000-8000-0000000000b0';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const now = new Date('2030-01-10T12:00:00Z');
const alone = { wanted: false, reference: '' };

const attributes = [
  ...['id', 'externalId', 'userName', 'displayName', 'title', 'active', 'name.familyName', 'name.givenName'],
  ...['emails', 'emails.value', 'emails.type', 'emails.primary', 'roles.display', 'roles', 'addresses.country'],
  ...['schemas', 'groups.value', 'groups.display', 'groups.$ref', 'groups.type', 'x509Certificates.value'],
  ...['meta.created', 'meta.lastModified', 'meta.version', 'meta.resourceType', 'meta.location'],
  ...[`${enterprise}:department`, `${enterprise}:manager`],
];

/** What a resource is sorted by; undefined if it has no value. */
function sortedValue(resource: Resource, { target }: Sort): string | number | undefined {
  const { extension, attribute, subAttribute } = target;
  const holder = extension === undefined ? resource : ((resource[extension] ?? {}) as Resource);
  const held = holder[attribute.name];
  const values = (Array.isArray(held) ? held : [held]) as unknown[];
  const chosen = values.find((each) => (each as Resource | undefined)?.primary === true) ?? values[0];
  const value = subAttribute === undefined ? chosen : (chosen as Resource | undefined)?.[subAttribute.name];
  const leaf = subAttribute ?? attribute;
  if (typeof value === 'boolean') return value ? 1 : 0;
  if (typeof value !== 'string') return undefined;
  if (leaf.type === 'dateTime') return instantOf(value);
  return leaf.caseExact ? value : caseKey(value);
}

function inOrder(resources: readonly Resource[], sort: Sort): string[] {
  const ascending = [...resources].sort((left, right) => {
    const [a, b] = [sortedValue(left, sort), sortedValue(right, sort)];
    const difference =
      a === undefined || b === undefined
        ? Number(a === undefined) - Number(b === undefined)
        : typeof a === 'number' && typeof b === 'number'
          ? a - b
          : Buffer.compare(Buffer.from(String(a)), Buffer.from(String(b)));
    return difference || (String(left.id) < String(right.id) ? -1 : 1);
  });
  const ids = ascending.map((each) => String(each.id));
  return sort.order === 'ascending' ? ids : ids.reverse();
}

/** What the totals of unfiltered lists are read from. */
async function addCounter(db: Database, orgId: string, members: number, teams: number): Promise<void> {
  await db.query('insert into event_counters values ($1, 0, $2, $3)', [orgId, members, teams]);
}

type List = (db: Database, query: PageQuery) => ReturnType<typeof listOneType>;

const usersOf =
  (orgId: string): List =>
  (db, query) =>
    listOneType(db, orgId, userType, { ...query, derived: alone });

async function readByIndex(db: Database, list: List, query: Partial<PageQuery>, count: number): Promise<string[]> {
  const ids: string[] = [];
  const marks = createPageMarks();
  for (let total = 1; ids.length < total; ) {
    const page = await list(db, {
      filter: undefined,
      ...query,
      startIndex: ids.length + 1,
      count,
      scimBaseUrl,
      marks,
      reader: 'okta',
      now,
    });
    total = page.totalResults;
    assert.equal(page.resources.length, Math.min(count, total - ids.length));
    ids.push(...page.resources.map(({ id }) => id));
  }
  return ids;
}

async function readByCursor(db: Database, list: List, query: Partial<PageQuery>, count: number): Promise<string[]> {
  const ids: string[] = [];
  const fixed = {
    filter: undefined,
    ...query,
    startIndex: 1,
    count,
    scimBaseUrl,
    marks: createPageMarks(),
    reader: 'okta',
    now,
  };
  let after: Position | undefined;
  do {
    const page = await list(db, { ...fixed, cursor: { after } });
    ids.push(...page.resources.map(({ id }) => id));
    assert.equal(page.resources.length, page.next === undefined ? page.resources.length : count);
    after = page.next;
    assert.equal(after === undefined, ids.length === page.totalResults);
  } while (after !== undefined);
  return ids;
}

test('lists come in the order that was asked for, page by page and within their organization (RFC 7644 §3.4.2.3, R7)', async () => {
  await using db = await testDatabase();
  const here = sampleUsers(45, 11);
  await addOrganization(db.owner, acme);
  await addOrganization(db.owner, other);
  for (const user of here) await addUser(db.owner, acme, user);
  for (const user of sampleUsers(10, 12)) await addUser(db.owner, other, user);
  await addCounter(db.owner, acme, here.length, 2);
  // Teams of the first few people; the first team by id is the one that counts.
  for (const [index, name] of ['ops', 'Eng'].entries()) {
    await db.owner.query(
      `insert into teams (org_id, id, scim, display_name, display_name_key, in_force_name, origin, version, created_at, updated_at)
       values ($1, $2, '{}', $3, $4, $3, 'synced', 1, now(), now())`,
      [acme, uuid(100 + index), name, caseKey(name)],
    );
  }
  for (const [team, member] of [
    [100, 1],
    [101, 1],
    [101, 2],
    [100, 3],
  ] as const) {
    const values = [acme, uuid(team), uuid(member)];
    await db.owner.query(`insert into team_members values ($1, $2, $3, true, true, '{}')`, values);
  }
  const group = (index: number, display: string) => ({
    value: uuid(100 + index),
    $ref: `https://rollcall.example/${uuid(100 + index)}`,
    display,
    type: 'direct',
  });
  const groupsOf: Record<string, unknown[]> = {
    [uuid(1)]: [group(0, 'ops'), group(1, 'Eng')],
    [uuid(2)]: [group(1, 'Eng')],
    [uuid(3)]: [group(0, 'ops')],
  };
  const resources = here.map((user): Resource => {
    const { meta, ...rest } = user as Resource & { meta: Resource };
    const whole = { ...meta, version: 'W/"1"', location: `https://rollcall.example/${user.id}` };
    const groups = groupsOf[String(user.id)];
    return { ...rest, meta: whole, ...(groups === undefined ? {} : { groups }) };
  });

  type Case = { sortBy: string; sortOrder: string; filter: string | undefined; count: number };
  const cases: fc.Arbitrary<Case> = fc.record({
    sortBy: fc.constantFrom(...attributes),
    sortOrder: fc.constantFrom('ascending', 'descending'),
    filter: fc.constantFrom(undefined, 'active eq true', 'userName sw "a"', 'emails pr or roles pr'),
    count: fc.constantFrom(4, 7, 44, 45, 100),
  });
  const examples = attributes.map((sortBy): [Case] => [
    { sortBy, sortOrder: 'descending', filter: undefined, count: 7 },
  ]);
  await fc.assert(
    fc.asyncProperty(cases, async ({ sortBy, sortOrder, filter: text, count }) => {
      const sort = parseSort({ sortBy, sortOrder }, userType) as Sort;
      const filter = text === undefined ? undefined : parseFilter(text, userType);
      const expected = inOrder(
        resources.filter((each) => filter === undefined || matchesFilter(filter, each)),
        sort,
      );
      assert.deepEqual(await readByIndex(db.app, usersOf(acme), { filter, sort }, count), expected);
      assert.deepEqual(await readByCursor(db.app, usersOf(acme), { filter, sort }, count), expected);
    }),
    { numRuns: scaled(70), examples },
  );
});

test('users and groups are one list at the root, in any order (RFC 7644 §3.4.2.1)', async () => {
  await using db = await testDatabase();
  const people = sampleUsers(12, 13);
  const teams = ['Eng', 'ab', 'B', 'ops', 'Zoë'].map(
    (displayName, index): Resource => ({
      id: uuid(200 + index),
      displayName,
      externalId: `e${9 - index}`,
      schemas: [groupType.schema.id],
      meta: { resourceType: 'Group', created: '2026-01-31T08:00:00Z', lastModified: '2026-01-31T08:00:00Z' },
    }),
  );
  for (const orgId of [acme, other]) {
    await addOrganization(db.owner, orgId);
    for (const user of orgId === acme ? people : people.slice(0, 3)) await addUser(db.owner, orgId, user);
    for (const { id, displayName, externalId, meta, ...rest } of orgId === acme ? teams : teams.slice(0, 1)) {
      const { created } = meta as { created: string };
      await db.owner.query(
        `insert into teams (org_id, id, scim, display_name, display_name_key, external_id, in_force_name, origin, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $4, 'synced', 1, $7, $7)`,
        [orgId, id, { ...rest, displayName }, displayName, caseKey(String(displayName)), externalId, created],
      );
    }
  }
  await addCounter(db.owner, acme, people.length, teams.length);
  const all = [...people, ...teams];
  const listed: List = (each, query) =>
    listAllTypes(each, acme, [userType, groupType], { ...query, derived: () => alone });

  const sorts = ['id', 'displayName', 'externalId', 'meta.created', 'userName', 'meta.resourceType', 'active', 'title'];
  for (const sortBy of sorts) {
    for (const sortOrder of ['ascending', 'descending']) {
      const sort = parseSort({ sortBy, sortOrder }, everyType) as Sort;
      const expected = inOrder(all, sort);
      assert.deepEqual(await readByIndex(db.app, listed, { sort }, 4), expected, `${sortBy} ${sortOrder}`);
      assert.deepEqual(await readByCursor(db.app, listed, { sort }, 4), expected, `${sortBy} ${sortOrder}`);
    }
  }
  for (const text of ['displayName pr', 'userName pr', 'meta.resourceType eq "Group"', 'not (userName sw "a")']) {
    const filter = parseFilter(text, everyType);
    const expected = all.filter((each) => matchesFilter(filter, each)).map((each) => String(each.id));
    assert.deepEqual(await readByIndex(db.app, listed, { filter }, 3), expected.sort(), text);
  }
  const nothing = await listed(db.app, {
    filter: parseFilter('userName pr and members pr', everyType),
    ...{ startIndex: 1, count: 10, scimBaseUrl, marks: createPageMarks(), reader: 'okta', now },
  });
  assert.deepEqual(nothing, { totalResults: 0, resources: [], next: undefined });
});

test('groups are sorted like users are', async () => {
  await using db = await testDatabase();
  await addOrganization(db.owner, acme);
  await addCounter(db.owner, acme, 0, 4);
  const names = ['beta', 'Alpha', 'alpha 2', 'Ωmega'];
  for (const [index, name] of names.entries()) {
    await db.owner.query(
      `insert into teams (org_id, id, scim, display_name, display_name_key, in_force_name, origin, version, created_at, updated_at)
       values ($1, $2, '{}', $3, $4, $3, 'synced', 1, now(), now())`,
      [acme, uuid(index), name, caseKey(name)],
    );
  }
  const list: List = (each, query) => listOneType(each, acme, groupType, { ...query, derived: alone });
  const sort = parseSort({ sortBy: 'displayName' }, groupType) as Sort;
  const expected = [uuid(1), uuid(2), uuid(0), uuid(3)];
  assert.deepEqual(await readByIndex(db.app, list, { sort }, 3), expected);
  assert.deepEqual(await readByCursor(db.app, list, { sort: { ...sort, order: 'descending' } }, 3), expected.reverse());
  for (const sortBy of ['members.value', 'members.display', 'members.$ref', 'externalId', 'meta.lastModified']) {
    const missing = parseSort({ sortBy }, groupType) as Sort;
    assert.equal((await readByCursor(db.app, list, { sort: missing }, 3)).length, 4, sortBy);
  }
});

test('sorting by what has an index reads a page from it under row-level security', async () => {
  await using db = await testDatabase();
  await addOrganization(db.owner, acme);
  await db.owner.query(
    `insert into members (org_id, id, scim, user_name, user_name_key, display_name_key, asked_active, status, status_reason, in_force_name,
        origin, version, created_at, updated_at)
      select $1, ('0190a0b0-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid, '{}', n, n, n, true, 'active', '{}', '', 'provisioned', 1, now(), now()
        from generate_series(1, 2000) as n`,
    [acme],
  );
  await db.owner.query('analyze members');
  const indexed: [sortBy: string, index: string, key: string][] = [
    ['id', 'members_pkey', uuid(7)],
    ['userName', 'members_user_name', 'ada'],
    ['meta.created', 'members_created', '2030-01-01T00:00:00Z'],
    ['meta.lastModified', 'members_last_modified', '2030-01-01T00:00:00Z'],
  ];
  for (const [sortBy, index, key] of indexed) {
    for (const order of ['ascending', 'descending'] as const) {
      const { target } = parseSort({ sortBy }, userType) as Sort;
      const id = sql.ref('m.id');
      const by = sortKey(target, userType, acme);
      const statement = compileStatement(
        [acme],
        sql`explain select m.id from members m where m.org_id = $1 and m.deleted_at is null
          and ${isBehind({ key: by, order, id }, { key, id: uuid(7) })}
          order by ${orderBy({ key: by.expression, id }, order)} limit 10`,
      );
      const plan = await inOrganization(db.app, acme, async (tx) => {
        tx.send({ text: 'set local enable_seqscan = off', values: [] });
        tx.send({ text: 'set local enable_bitmapscan = off', values: [] });
        return (await tx.query<Record<'QUERY PLAN', string>>(statement)).rows
          .map((row) => row['QUERY PLAN'])
          .join('\n');
      });
      assert.match(plan, new RegExp(`Index.* using ${index} `), `${sortBy} ${order}\n${plan}`);
      // An incremental sort only looks for ties of a key that comes in order from the index.
      assert.doesNotMatch(plan, /(^|-> {2})Sort {2}\(/m, `${sortBy} ${order}\n${plan}`);
    }
  }
});
