/** The two readings of a filter, in SQL and over a resource, on one PostgreSQL: they select the same users and groups. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DummyDriver, Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler } from 'kysely';
import { caseKey } from '../../src/scim/case-key.ts';
import { type Filter, parseFilter, printFilter } from '../../src/scim/filter.ts';
import { matchesFilter } from '../../src/scim/filter-match.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import type { Resource, ResourceType } from '../../src/scim/schema.ts';
import type { Database } from '../../src/store/database.ts';
import { filterExpression } from '../../src/store/filter-sql.ts';
import { inOrganization, queryOrganization } from '../../src/store/organization-transaction.ts';
import { testDatabase } from '../database.ts';
import { scaled } from '../scale.ts';
import { groupFilters, scimBaseUrl, userFilters } from '../scim/filter-arbitraries.ts';
import { addOrganization, addTeams, addUser, sampleUsers, uuid } from './stored-users.ts';

const compiler = new Kysely<unknown>({
  dialect: {
    createAdapter: () => new PostgresAdapter(),
    createDriver: () => new DummyDriver(),
    createIntrospector: (db) => new PostgresIntrospector(db),
    createQueryCompiler: () => new PostgresQueryCompiler(),
  },
});
const acme = '0190a0b0-0000-7000-8000-0000000000a0';
const other = '0190a0b0-0000-7000-8000-0000000000b0';

function statement(filter: Filter, type: ResourceType, orgId: string): { text: string; values: readonly unknown[] } {
  const { sql, parameters } = filterExpression(filter, type, { orgId, scimBaseUrl }).compile(compiler);
  const [table, row] = type.name === 'User' ? ['members', 'm'] : ['teams', 't'];
  const text = `select ${row}.id from ${table} ${row}
    where ${row}.org_id = $${parameters.length + 1} and ${row}.deleted_at is null and ${sql} order by ${row}.id`;
  return { text, values: [...parameters, orgId] };
}

async function select(db: Database, filter: Filter, type: ResourceType, orgId: string): Promise<string[]> {
  const rows = await queryOrganization<{ id: string }>(db, orgId, statement(filter, type, orgId));
  return rows.map((row) => row.id);
}

test('a filter selects in SQL what it matches, within its organization (I8, R7)', async () => {
  await using db = await testDatabase();
  const here = sampleUsers(60, 1);
  const there = sampleUsers(20, 2);
  await addOrganization(db.owner, acme);
  await addOrganization(db.owner, other);
  for (const user of here) await addUser(db.owner, acme, user);
  for (const user of there) await addUser(db.owner, other, user);
  const { people, teams } = await addTeams(db.owner, acme, here);
  await addTeams(db.owner, other, there);
  const selectsWhatMatches = async (filter: Filter, type: ResourceType, resources: readonly Resource[]) => {
    const expected = resources.filter((each) => matchesFilter(filter, each)).map((each) => each.id);
    assert.deepEqual(await select(db.app, filter, type, acme), expected, printFilter(filter));
  };
  await fc.assert(
    fc.asyncProperty(userFilters, (filter) => selectsWhatMatches(filter, userType, people)),
    { numRuns: scaled(400) },
  );
  await fc.assert(
    fc.asyncProperty(groupFilters, (filter) => selectsWhatMatches(filter, groupType, teams)),
    { numRuns: scaled(150) },
  );
});

test('one text is found in every case, composition and width, with a stored key and without one (R24, 7644-3.4.2.2-case)', async () => {
  await using db = await testDatabase();
  await addOrganization(db.owner, acme);
  await addOrganization(db.owner, other);
  const created = '2026-01-31T08:00:00Z';
  const person = {
    ...{ id: uuid(1), active: true, userName: 'Σίσυφος', displayName: 'Σίσυφος', title: 'ſharp' },
    ...{ nickName: 'cafe\u0301', name: { givenName: 'Σίσυφος', familyName: 'cafe\u0301' }, meta: { created } },
  };
  await addUser(db.owner, acme, person);
  await addUser(db.owner, other, { ...person, id: uuid(2) });
  const found = [
    ...['userName eq "ΣΊΣΥΦΟΣ"', 'displayName ew "ΦΟΣ"', 'name.givenName eq "ΣΊΣΥΦΟΣ"', 'name.givenName sw "σίΣ"'],
    ...[
      'name.givenName co "ΥΦ"',
      'nickName eq "CAFÉ"',
      'name.familyName eq "café"',
      'name.familyName ew "É"',
      'title eq "SHARP"',
    ],
  ];
  for (const text of found) {
    assert.deepEqual(await select(db.app, parseFilter(text, userType), userType, acme), [uuid(1)], text);
    assert.ok(matchesFilter(parseFilter(text, userType), person), text);
  }
  assert.deepEqual(await select(db.app, parseFilter('name.givenName ne "ΣΊΣΥΦΟΣ"', userType), userType, acme), []);
});

test('memberships are searched from both sides, as they were asked and within the organization', async () => {
  await using db = await testDatabase();
  const people = sampleUsers(4, 3);
  for (const orgId of [acme, other]) {
    await addOrganization(db.owner, orgId);
    for (const user of people) await addUser(db.owner, orgId, user);
    for (const [index, name] of ['Eng Team', 'Ops'].entries()) {
      await db.owner.query(
        `insert into teams (org_id, id, scim, display_name, display_name_key, external_id, in_force_name, origin, version, created_at, updated_at)
         values ($1, $2, $3, $4, $5, $6, $4, 'synced', 1, now(), now())`,
        [orgId, uuid(100 + index), { displayName: name }, name, caseKey(name), `e${index}`],
      );
    }
  }
  //                        team, member, asked
  const memberships: [number, number, boolean][] = [
    [100, 1, true],
    [100, 2, true],
    [101, 2, true],
    [101, 3, false],
  ];
  for (const [team, member, asked] of memberships) {
    await db.owner.query(`insert into team_members values ($1, $2, $3, $4, true, '{}')`, [
      acme,
      uuid(team),
      uuid(member),
      asked,
    ]);
  }
  const cases: [text: string, type: ResourceType, ids: number[]][] = [
    [`groups.value eq "${uuid(100)}"`, userType, [1, 2]],
    [`groups eq "${uuid(101)}"`, userType, [2]],
    ['groups.display eq "ENG TEAM"', userType, [1, 2]],
    [`groups[value eq "${uuid(101)}" and display sw "o"]`, userType, [2]],
    [`not (groups.value eq "${uuid(100)}")`, userType, [3, 4]],
    ['groups pr', userType, [1, 2]],
    ['groups.type eq "direct" and groups.display ne "Ops"', userType, [1, 2]],
    [`members.value eq "${uuid(2)}"`, groupType, [100, 101]],
    [`members[value eq "${uuid(1)}" and type eq "User"]`, groupType, [100]],
    [`members eq "${uuid(3)}"`, groupType, []],
    [`members.display eq ${JSON.stringify(people[0]?.userName)}`, groupType, [100]],
    ['displayName eq "eng team"', groupType, [100]],
    ['displayName sw "o" and externalId eq "e1"', groupType, [101]],
    ['members.value eq "no-uuid"', groupType, []],
    [`groups.$ref eq "${scimBaseUrl}/Groups/${uuid(100)}"`, userType, [1, 2]],
    [`groups[$ref ew "${uuid(101)}"]`, userType, [2]],
    [`members.$ref eq "${scimBaseUrl}/Users/${uuid(2)}"`, groupType, [100, 101]],
    ['members.$ref eq "https://elsewhere.example/1"', groupType, []],
    ['members.$ref pr', groupType, [100, 101]],
    [`meta.location eq "${scimBaseUrl}/Users/${uuid(3)}"`, userType, [3]],
    [`meta.location sw "${scimBaseUrl}/Users/"`, userType, [1, 2, 3, 4]],
    ['meta.location pr', groupType, [100, 101]],
    ['meta.version eq "W/\\"1-631e24b3d00eec33\\""', userType, [1, 2, 3, 4]],
    ['meta.version eq "W/\\"1\\""', groupType, [100, 101]],
    ['meta.version ne "W/\\"1-631e24b3d00eec33\\""', groupType, []],
    ['meta.version eq "W/\\"2-631e24b3d00eec33\\""', userType, []],
  ];
  for (const [text, type, ids] of cases) {
    assert.deepEqual(await select(db.app, parseFilter(text, type), type, acme), ids.map(uuid), text);
  }
  assert.deepEqual(await select(db.app, parseFilter('groups pr', userType), userType, other), []);
});

/** Enough rows that the planner has a choice. */
async function fill(db: Database): Promise<void> {
  await addOrganization(db, acme);
  const row = `('0190a0b0-0000-7000-8000-' || lpad(to_hex(n), 12, '0'))::uuid`;
  const rows = 'from generate_series(1, 2000) as n';
  await db.query(`insert into members (org_id, id, scim, user_name, user_name_key, display_name_key, external_id, asked_active, status, status_reason,
      in_force_name, origin, version, created_at, updated_at)
    select '${acme}', ${row}, '{}', n, n, n, n, true, 'active', '{}', '', 'provisioned', 1, now(), now() ${rows}`);
  await db.query(`insert into member_emails select '${acme}', ${row}, n ${rows}`);
  await db.query(`insert into teams (org_id, id, scim, display_name, display_name_key, in_force_name, origin, version, created_at, updated_at)
    select '${acme}', ${row}, '{}', n, n, n, 'synced', 1, now(), now() ${rows}`);
  await db.query(`insert into team_members select '${acme}', ${row}, ${row}, true, true, '{}' ${rows}`);
  await db.query('analyze');
}

test('equality of what has an index reaches it under row-level security', async () => {
  await using db = await testDatabase();
  await fill(db.owner);
  const indexed: [text: string, type: ResourceType, index: string][] = [
    ['userName eq "ada"', userType, 'members_user_name'],
    ['userName sw "ada"', userType, 'members_user_name'],
    ['displayName eq "ada"', userType, 'members_display_name'],
    ['displayName sw "ada"', userType, 'members_display_name'],
    ['externalId eq "00u"', userType, 'members_external_id_search'],
    ['meta.lastModified gt "2030-01-01T00:00:00Z"', userType, 'members_last_modified'],
    ['meta.created lt "2020-01-01T00:00:00Z"', userType, 'members_created'],
    [`id eq "${uuid(1)}"`, userType, 'members_pkey'],
    ['emails.value eq "a@x"', userType, 'member_emails_value'],
    ['emails.value sw "a@"', userType, 'member_emails_value'],
    ['emails[type eq "work"].value eq "a@x"', userType, 'member_emails_value'],
    [`meta.location eq "${scimBaseUrl}/Users/${uuid(1)}"`, userType, 'members_pkey'],
    [`groups.$ref eq "${scimBaseUrl}/Groups/${uuid(1)}"`, userType, 'team_members_pkey'],
    [`members.$ref eq "${scimBaseUrl}/Users/${uuid(1)}"`, groupType, 'team_members_of_member'],
    [`groups.value eq "${uuid(100)}"`, userType, 'team_members_pkey'],
    ['displayName eq "eng"', groupType, 'teams_display_name'],
    ['displayName sw "eng"', groupType, 'teams_display_name'],
    [`members[value eq "${uuid(1)}"]`, groupType, 'team_members_of_member'],
  ];
  for (const [text, type, index] of indexed) {
    const { text: query, values } = statement(parseFilter(text, type), type, acme);
    const plan = await inOrganization(db.app, acme, async (tx) => {
      tx.send({ text: 'set local enable_seqscan = off', values: [] });
      return (await tx.query<Record<'QUERY PLAN', string>>({ text: `explain ${query}`, values })).rows;
    });
    const lines = plan.map((row) => row['QUERY PLAN']).join('\n');
    assert.ok(lines.includes(index), `${text}\n${lines}`);
  }
});
