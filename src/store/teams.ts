import { limits } from '../limits.ts';
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
  return ofParts(rows) as StoredResource;
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
  return ofParts(
    members.wanted
      ? await queryOrganization<ResourceRow>(db, orgId, statement)
      : await readTogether<ResourceRow>(db, orgId, statement),
  );
}

/** One row, or one for each part of the members, of which the first has the rest of the team. */
function one(
  orgId: string,
  name: string,
  condition: string,
  key: string,
  { wanted, reference, teams = 'all' }: DerivedOptions,
): Statement & { name: string } {
  const found = `t.org_id = $1 and ${condition} and t.deleted_at is null${isSeen(teams)}`;
  if (!wanted) {
    const text = `select ${teamColumns('null')} from teams t where ${found}`;
    return { name: namedBySeen(`${name}-alone`, teams), text, values: [orgId, key] };
  }
  return {
    name: namedBySeen(name, teams),
    text: `select t.id, t.version, t.created_at, t.updated_at, case when coalesce(p.part, 0) = 0 then t.scim::text end as scim,
        coalesce(p.members, '[]') as derived
      from teams t left join lateral (${partsOfMembers('$1', '$3', teams)}) p on true
      where ${found} order by p.part`,
    values: [orgId, key, reference],
  };
}

/** Between the parts is what json_agg has between elements, so that a representation has one tag whatever it was made by. */
function ofParts([first, ...others]: readonly ResourceRow[]): StoredResource | undefined {
  if (first === undefined || others.length === 0) return first && storedResource(first);
  const parts = [first, ...others].map(({ derived }) => derived?.slice(1, -1) ?? '');
  const derived = parts.map((part, place) => (place === 0 ? `[${part}` : `, ${part}`));
  return { ...storedResource(first), derived: [...derived, ']'] };
}

export const teamColumns = (derived: string) =>
  `t.id, t.version, t.created_at, t.updated_at, t.scim::text as scim, ${derived} as derived`;

/** Group.members (RFC 7643 §4.2) as JSON text, by rising id: whom the provider sees in the team. */
export const membersOfTeam = (org: string, reference: string, seen: TeamsSeen) => `coalesce((
  select json_agg(${memberText(reference)} order by m.id) ${fromMembers(org, seen)})::text, '[]')`;

/**
 * The same in parts, each a text of its own. The order of the window stays outside (offset 0): where PostgreSQL knows little of the
 * tables, it joined in that order, member by member through the whole organization.
 */
const partsOfMembers = (org: string, reference: string, seen: TeamsSeen) => `
  select x.part, json_agg(x.member order by x.id)::text as members from (
    select y.id, y.member, (row_number() over (order by y.id) - 1) / ${limits.membersPerPart} as part from (
      select m.id, ${memberText(reference)} as member ${fromMembers(org, seen)} offset 0) y) x group by x.part`;

const memberText = (reference: string) =>
  `json_build_object('value', m.id, '$ref', ${reference}::text || m.id, 'display', m.user_name, 'type', 'User')`;

const fromMembers = (
  org: string,
  seen: TeamsSeen,
) => `from team_members tm join members m on m.org_id = ${org} and m.id = tm.member_id
   where tm.org_id = ${org} and tm.team_id = t.id and ${isSeenIn(seen)}${seen === 'with-members' ? ' and m.deleted_at is null' : ''}`;
