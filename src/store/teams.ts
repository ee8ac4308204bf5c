import type { Database } from './database.ts';
import type { DerivedOptions, ResourceRow, StoredResource } from './members.ts';
import { storedResource } from './members.ts';
import { type OrgTransaction, queryOrganization, type Statement } from './organization-transaction.ts';
import { readTogether } from './shared-reads.ts';
import { isSeen, isSeenIn, namedBySeen, type TeamsSeen } from './teams-seen.ts';

/** A team by id. The member list is read only if it is wanted: it may be long. */
export async function findTeam(
  db: Database,
  orgId: string,
  id: string,
  members: DerivedOptions,
): Promise<StoredResource | undefined> {
  return await findOne(db, orgId, 'team-by-id', 't.id = $2', id, members);
}

/** The team with this key of a displayName; `caseKey` makes the key. */
export async function findTeamByDisplayName(
  db: Database,
  orgId: string,
  displayNameKey: string,
  members: DerivedOptions,
): Promise<StoredResource | undefined> {
  return await findOne(db, orgId, 'team-by-display-name', 't.display_name_key = $2', displayNameKey, members);
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
): Promise<StoredResource | undefined> {
  const statement = one(orgId, name, condition, key, members);
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
  { wanted, reference, teams = 'all' }: DerivedOptions,
): Statement & { name: string } {
  return {
    name: namedBySeen(wanted ? name : `${name}-alone`, teams),
    text: `select ${teamColumns(wanted ? membersOfTeam('$1', '$3', teams) : 'null')}
      from teams t where t.org_id = $1 and ${condition} and t.deleted_at is null${isSeen(teams)}`,
    values: wanted ? [orgId, key, reference] : [orgId, key],
  };
}

export const teamColumns = (derived: string) =>
  `t.id, t.version, t.created_at, t.updated_at, t.scim::text as scim, ${derived} as derived`;

/** Group.members (RFC 7643 §4.2) as JSON text, by rising id: whom the provider sees in the team. */
export const membersOfTeam = (org: string, reference: string, seen: TeamsSeen) => `coalesce((
  select json_agg(json_build_object('value', m.id, '$ref', ${reference}::text || m.id, 'display', m.user_name, 'type', 'User') order by m.id)
    from team_members tm join members m on m.org_id = ${org} and m.id = tm.member_id
   where tm.org_id = ${org} and tm.team_id = t.id and ${isSeenIn(seen)}${seen === 'with-members' ? ' and m.deleted_at is null' : ''})::text, '[]')`;
