import fc from 'fast-check';
import { caseKey } from '../../src/scim/case-key.ts';
import type { Resource } from '../../src/scim/schema.ts';
import type { Database } from '../../src/store/database.ts';
import { scimBaseUrl, teamIds, teamNames, users } from '../scim/filter-arbitraries.ts';

/** Ids that rise with the index. */
export const uuid = (index: number) => `0190a0b0-0000-7000-8000-${index.toString(16).padStart(12, '0')}`;

export async function addOrganization(db: Database, orgId: string): Promise<void> {
  await db.query(
    `insert into organizations (id, name, plan, policy, created_at, updated_at) values ($1, 'x', 'pro', '{}', now(), now())`,
    [orgId],
  );
}

export async function addUser(db: Database, orgId: string, user: Resource): Promise<void> {
  const { id, meta, groups: _, ...scim } = user as Resource & { meta: { created: string }; groups?: unknown };
  await db.query(
    `insert into members (org_id, id, scim, user_name, user_name_key, external_id, display_name_key, asked_active, status, status_reason,
       in_force_name, origin, version, created_at, updated_at)
     values ($1, $2, $3, $4, $5, $6, $7, $8, 'active', '{}', '', 'provisioned', 1, $9, $9)`,
    [
      orgId,
      id,
      scim,
      user.userName,
      caseKey(String(user.userName)),
      user.externalId,
      typeof user.displayName === 'string' ? caseKey(user.displayName) : null,
      user.active,
      meta.created,
    ],
  );
  const emails = (user.emails ?? []) as { value: string }[];
  for (const key of new Set(emails.map((each) => caseKey(each.value)))) {
    await db.query('insert into member_emails (org_id, member_id, value_key) values ($1, $2, $3)', [orgId, id, key]);
  }
}

/** Generated users with names that are unique in the organization. */
export function sampleUsers(count: number, seed: number): Resource[] {
  return fc.sample(users, { numRuns: count, seed }).map((user, index) => ({
    ...user,
    id: uuid(index + 1),
    userName: index < 3 ? ['A%', 'b', 'a_'][index] : `${user.userName}${index}`,
    meta: { ...(user.meta as Resource), location: `${scimBaseUrl}/Users/${uuid(index + 1)}` },
  }));
}

/**
 * Two teams of an organization with some of these people in them. Gives the people with their `groups`, and the teams with their
 * `members`, as they are represented.
 */
export async function addTeams(
  db: Database,
  orgId: string,
  people: readonly Resource[],
): Promise<{ people: Resource[]; teams: Resource[] }> {
  const created = '2026-01-31T08:00:00Z';
  // The first team has every third of the people, the second every fourth: some are in both, and some in none.
  const isIn = (team: number, person: number) => person % (team + 3) === 0;
  for (const [team, id] of teamIds.entries()) {
    const name = teamNames[team] as string;
    await db.query(
      `insert into teams (org_id, id, scim, display_name, display_name_key, external_id, in_force_name, origin, version, created_at, updated_at)
       values ($1, $2, $3, $4, $5, $6, $4, 'synced', 1, $7, $7)`,
      [orgId, id, { displayName: name }, name, caseKey(name), team === 0 ? 'ab' : null, created],
    );
    for (const [person, { id: memberId }] of people.entries()) {
      if (isIn(team, person))
        await db.query(`insert into team_members values ($1, $2, $3, true, true, '{}')`, [orgId, id, memberId]);
    }
  }
  return {
    people: people.map((user, person) => {
      const groups = teamIds.flatMap((value, team) =>
        isIn(team, person)
          ? { value, $ref: `${scimBaseUrl}/Groups/${value}`, display: teamNames[team], type: 'direct' }
          : [],
      );
      return groups.length === 0 ? user : { ...user, groups };
    }),
    teams: teamIds.map((id, team) => ({
      id,
      displayName: teamNames[team],
      ...(team === 0 ? { externalId: 'ab' } : {}),
      members: people.flatMap((user, person) =>
        isIn(team, person)
          ? { value: user.id, $ref: `${scimBaseUrl}/Users/${user.id}`, display: user.userName, type: 'User' }
          : [],
      ),
      meta: {
        resourceType: 'Group',
        created,
        lastModified: created,
        location: `${scimBaseUrl}/Groups/${id}`,
        version: 'W/"1"',
      },
    })),
  };
}
