/** Who and what is to go and still here: the provider has deleted it, and a batch holds that. Costs by their number. */
import type { BuiltInRole } from '../organization/roles.ts';
import type { Resource } from '../scim/schema.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** The condition of a row `g` of somebody who is to go. */
export const goingMember = `g.deleted_at is not null and g.held_by is not null and g.status <> 'removed'`;
const goingTeam = 'g.deleted_at is not null and g.held_by is not null and g.in_force_name is not null';

/** Whether there is anybody or anything of the kind, in a statement whose first parameter is the organization. */
export const knowsGoing = `exists (select from members g where g.org_id = $1 and ${goingMember})
    or exists (select from teams g where g.org_id = $1 and ${goingTeam})`;

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

export type GoingTeam = { id: string; heldBy: string };

/** The same of a team, by the name that it has in force. */
export async function lockGoingTeam(
  tx: OrgTransaction,
  { nameKey, externalId, connectionId }: Named,
): Promise<GoingTeam | undefined> {
  const { rows } = await tx.query<GoingTeam>({
    name: 'team-lock-going',
    text: `select g.id, g.held_by as "heldBy" from teams g
      where g.org_id = $1 and ${goingTeam} and (g.in_force_name_key = $2 or g.external_id = $3 and g.connection_id = $4)
      order by g.in_force_name_key = $2 desc, g.id limit 1 for no key update`,
    values: [tx.orgId, nameKey, externalId, connectionId],
  });
  return rows[0];
}
