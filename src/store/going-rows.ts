/**
 * Who and what is to go and still here, since the provider has deleted it and a batch holds that, and teams that are to leave their
 * names, since it has renamed them. Costs by their number.
 */
import type { BuiltInRole } from '../organization/roles.ts';
import type { Resource } from '../scim/schema.ts';
import { type HeldTeam, type HeldTeamRow, heldTeamColumns, heldTeamOf, isRefused } from './held-team-rows.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** The condition of a row `g` of somebody who is to go. */
export const goingMember = `g.deleted_at is not null and g.held_by is not null and g.status <> 'removed'`;
const goingTeam = 't.deleted_at is not null and t.held_by is not null and t.in_force_name is not null';
/** The same of a row `t` of a team that goes, or has another name then. */
const leavingTeam =
  't.held_by is not null and t.in_force_name_key is not null and (t.deleted_at is not null or t.in_force_name_key <> t.display_name_key)';

/** Whether there is anybody or anything of the kind, in a statement whose first parameter is the organization. */
export const knowsGoing = `exists (select from members g where g.org_id = $1 and ${goingMember})
    or exists (select from teams t where t.org_id = $1 and ${leavingTeam})`;

/** A name, by its key, and an external id, which counts among those of one connection. */
export type Named = { nameKey: string; externalId: string | undefined; connectionId: string | undefined };

export type GoingMember = { id: string; scim: Resource; heldBy: string; isActive: boolean; role: BuiltInRole };

/** Finds and locks who is to go and has a userName or an external id; whoever has the name before others. */
export async function lockGoingMember(
  tx: OrgTransaction,
  { nameKey, externalId, connectionId }: Named,
): Promise<GoingMember | undefined> {
  const { rows } = await tx.query<GoingMember>({
    name: 'member-lock-going',
    text: `select g.id, g.scim, g.held_by as "heldBy", g.status = 'active' as "isActive", g.role from members g
      where g.org_id = $1 and ${goingMember} and (g.user_name_key = $2 or g.external_id = $3 and g.connection_id = $4)
      order by g.user_name_key = $2 desc, g.id limit 1 for no key update`,
    values: [tx.orgId, nameKey, externalId, connectionId],
  });
  return rows[0];
}

/** A team that goes, or that is to leave its name. */
export type GoingTeam = HeldTeam & {
  heldBy: string;
  /** Whether it only has another name then. */
  isAskedFor: boolean;
  /** Whether nobody else has the name in force that it is to get. */
  isFree: boolean;
};

type GoingColumns = { held_by: string; is_asked_for: boolean; is_meant: boolean | null; is_free: boolean };

/**
 * Finds and locks the team that has a name in force and is to leave it, or had an external id and is to go; then the one that is to
 * leave the name which the first one gets, and so on. In that order.
 *
 * @param id of the team that is to get the name, which is none of them
 */
export async function lockGoingTeams(
  tx: OrgTransaction,
  id: string,
  { nameKey, externalId, connectionId }: Named,
): Promise<GoingTeam[]> {
  const { rows } = await tx.query<HeldTeamRow & GoingColumns>({
    name: 'teams-lock-going',
    text: `with recursive going (id, key, is_asked_for) as (
        (select t.id, t.display_name_key, t.deleted_at is null from teams t
          where t.org_id = $1 and t.id <> $2 and (t.in_force_name_key = $3 and ${leavingTeam} and (t.deleted_at is not null or not ${isRefused})
            or t.external_id = $4 and t.connection_id = $5 and ${goingTeam})
          order by t.in_force_name_key = $3 desc, t.id limit 1)
        union
        select t.id, t.display_name_key, t.deleted_at is null from going g join teams t on t.org_id = $1 and t.in_force_name_key = g.key
          where g.is_asked_for and t.id <> g.id and t.id <> $2 and ${leavingTeam} and (t.deleted_at is not null or not ${isRefused}))
      select ${heldTeamColumns}, t.held_by, t.deleted_at is null as is_asked_for, t.external_id = $4 and t.connection_id = $5 as is_meant, not exists (select from teams x
          where x.org_id = $1 and x.in_force_name_key = t.display_name_key and x.id <> $2 and x.id not in (select g.id from going g)) as is_free
        from teams t where t.org_id = $1 and t.id in (select g.id from going g) and ${leavingTeam}
       order by t.id for no key update`,
    values: [tx.orgId, id, nameKey, externalId, connectionId],
  });
  const found: GoingTeam[] = [];
  const leaver = (key: string) => rows.find((row) => row.in_force_name_key === key);
  let next = leaver(nameKey) ?? rows.find((row) => !row.is_asked_for && row.is_meant === true);
  while (next !== undefined && found.every(({ id: each }) => each !== next?.id)) {
    const { held_by: heldBy, is_asked_for: isAskedFor, is_free: isFree } = next;
    found.push({ ...heldTeamOf(next), heldBy, isAskedFor, isFree });
    next = isAskedFor ? leaver(next.display_name_key) : undefined;
  }
  return found;
}
