import type { Database } from './database.ts';
import type { DerivedOptions, ResourceRow, StoredResource } from './members.ts';
import { storedResource } from './members.ts';
import { type OrgTransaction, queryOrganization, type Statement } from './organization-transaction.ts';
import { readTogether } from './shared-reads.ts';

/** Which teams a provider sees: all, or those that it manages (K12). */
export type TeamsSeen = 'all' | 'managed';

/** The condition on `teams t`. */
export const isSeen = (seen: TeamsSeen) =>
  seen === 'all' ? '' : ` and (t.origin <> 'local' or t.held_by is not null)`;

/** A team by id. The member list is read only if it is wanted: it may be long. */
export async function findTeam(
  db: Database,
  orgId: string,
  id: string,
  members: DerivedOptions,
  seen: TeamsSeen = 'all',
): Promise<StoredResource | undefined> {
  return await findOne(db, orgId, 'team-by-id', 't.id = $2', id, members, seen);
}

/** The team with this key of a displayName; `caseKey` makes the key. */
export async function findTeamByDisplayName(
  db: Database,
  orgId: string,
  displayNameKey: string,
  members: DerivedOptions,
  seen: TeamsSeen = 'all',
): Promise<StoredResource | undefined> {
  return await findOne(db, orgId, 'team-by-display-name', 't.display_name_key = $2', displayNameKey, members, seen);
}

/** A team as the transaction has left it so far. */
export async function readTeam(tx: OrgTransaction, id: string, members: DerivedOptions): Promise<StoredResource> {
  const { rows } = await tx.query<ResourceRow>(one(tx.orgId, 'team-by-id', 't.id = $2', id, members));
  return storedResource(rows[0] as ResourceRow);
}

async function findOne(
  db: Database,
  orgId: string,
  name: string,
  condition: string,
  key: string,
  members: DerivedOptions,
  seen: TeamsSeen,
): Promise<StoredResource | undefined> {
  const named = seen === 'all' ? name : `${name}-managed`;
  const statement = one(orgId, named, `${condition}${isSeen(seen)}`, key, members);
  const [row] = members.wanted
    ? await queryOrganization<ResourceRow>(db, orgId, statement)
    : await readTogether<ResourceRow>(db, orgId, statement);
  return row === undefined ? undefined : storedResource(row);
}

function one(
  orgId: string,
  name: string,
  condition: string,
  key: string,
  members: DerivedOptions,
): Statement & { name: string } {
  return {
    name: members.wanted ? name : `${name}-alone`,
    text: `select ${teamColumns(members.wanted ? membersOfTeam('$1', '$3') : 'null')}
      from teams t where t.org_id = $1 and ${condition} and t.deleted_at is null`,
    values: members.wanted ? [orgId, key, members.reference] : [orgId, key],
  };
}

export const teamColumns = (derived: string) =>
  `t.id, t.version, t.created_at, t.updated_at, t.scim::text as scim, ${derived} as derived`;

/** Group.members (RFC 7643 §4.2) as JSON text, by rising id: what the provider asked, whether it is in force or not. */
export const membersOfTeam = (org: string, reference: string) => `coalesce((
  select json_agg(json_build_object('value', m.id, '$ref', ${reference}::text || m.id, 'display', m.user_name, 'type', 'User') order by m.id)
    from team_members tm join members m on m.org_id = ${org} and m.id = tm.member_id
   where tm.org_id = ${org} and tm.team_id = t.id and tm.asked)::text, '[]')`;
