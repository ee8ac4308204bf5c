import type { BuiltInRole } from '../organization/roles.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** A custom role. */
export type CustomRole = {
  key: string;
  name: string;
  permissions: readonly string[];
  /** The least built-in role with all permissions of this one. */
  needs: BuiltInRole;
};

/** The custom role of that key, held still until the transaction ends. */
export async function lockRole(tx: OrgTransaction, key: string): Promise<CustomRole | undefined> {
  const { rows } = await tx.query<CustomRole>({
    text: 'select r.key, r.name, r.permissions, r.needs from roles r where r.org_id = $1 and r.key = $2 for update of r',
    values: [tx.orgId, key],
  });
  return rows[0];
}

/** What any of some custom roles may. A role that is no more may nothing. */
export async function readRolePermissions(tx: OrgTransaction, keys: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ permission: string }>({
    text: `select distinct unnest(r.permissions) as permission from roles r
      where r.org_id = $1 and r.key = any ($2::text[]) order by permission`,
    values: [tx.orgId, keys],
  });
  return rows.map(({ permission }) => permission);
}

/** Makes a custom role, or gives the one of its key another name or other permissions. */
export function saveRole(tx: OrgTransaction, role: CustomRole, now: Date): void {
  tx.send({
    text: `insert into roles as r (org_id, key, name, permissions, needs, created_at, updated_at) values ($1, $2, $3, $4, $5, $6, $6)
      on conflict (org_id, key) do update set name = excluded.name, permissions = excluded.permissions, needs = excluded.needs,
        updated_at = excluded.updated_at`,
    values: [tx.orgId, role.key, role.name, role.permissions, role.needs, now],
  });
}

export function deleteRole(tx: OrgTransaction, key: string): void {
  tx.send({ text: 'delete from roles where org_id = $1 and key = $2', values: [tx.orgId, key] });
}

/** Teams that give a role, held still until the transaction ends. */
export async function lockTeamsGiving(tx: OrgTransaction, role: string): Promise<{ id: string; name: string }[]> {
  const { rows } = await tx.query<{ id: string; name: string }>({
    text: `select t.id, t.display_name as name from teams t
      where t.org_id = $1 and t.grants_role = $2 and t.in_force_name is not null order by t.id for no key update of t`,
    values: [tx.orgId, role],
  });
  return rows;
}

/** Maps a team to what it gives; null takes a mapping away. */
export function updateTeamGrants(
  tx: OrgTransaction,
  teamId: string,
  grants: { role: string | null; license: string | null },
): void {
  tx.send({
    text: 'update teams set grants_role = $3, grants_license = $4 where org_id = $1 and id = $2',
    values: [tx.orgId, teamId, grants.role, grants.license],
  });
}

/** A token with the ceiling that it had. */
export type CeilingBefore = { id: string; name: string; before: BuiltInRole };

/**
 * Sets the ceiling of a token and of those that it took over from or that took over from it: who was put into a team by one of
 * them is from then on under one ceiling, whichever is in force.
 *
 * @returns all of them, the named one first; empty if there is no such token
 */
export async function updateRoleCeiling(
  tx: OrgTransaction,
  tokenId: string,
  ceiling: BuiltInRole,
): Promise<CeilingBefore[]> {
  const rotated = `with recursive rotated (id) as (
      select $2::uuid
      union
      select case when k.id = r.id then k.replaces else k.id end
        from rotated r join scim_tokens k on k.org_id = $1 and (k.id = r.id and k.replaces is not null or k.replaces = r.id))`;
  // Behind a rotation that is not over, so that the second statement finds the new token too.
  await tx.query({
    text: `${rotated} select from scim_tokens k where k.org_id = $1 and k.id in (select r.id from rotated r) order by k.id for no key update of k`,
    values: [tx.orgId, tokenId],
  });
  const { rows } = await tx.query<CeilingBefore>({
    text: `${rotated}
      update scim_tokens k set role_ceiling = $3 from scim_tokens o
       where k.org_id = $1 and k.id in (select r.id from rotated r) and o.org_id = $1 and o.id = k.id
       returning k.id, k.name, o.role_ceiling as before`,
    values: [tx.orgId, tokenId, ceiling],
  });
  return rows.toSorted((one, two) => Number(two.id === tokenId) - Number(one.id === tokenId));
}

/** Makes a license type that the organization has no seats of; it comes last in precedence. One that is there stays. */
export function insertLicense(tx: OrgTransaction, license: string): void {
  tx.send({
    text: `insert into license_seats as s (org_id, license, precedence, seats_limit)
      select c.org_id, $2, (select coalesce(max(x.precedence), 0) + 1 from license_seats x where x.org_id = $1), 0
        from event_counters c where c.org_id = $1
      on conflict (org_id, license) do nothing`,
    values: [tx.orgId, license],
  });
}

/** Maps a group of sign-ins to a license; undefined takes the mapping away. Resolves to the license before. */
export async function saveLicenseGroup(
  tx: OrgTransaction,
  group: string,
  license: string | undefined,
  now: Date,
): Promise<string | undefined> {
  const { rows } = await tx.query<{ license: string }>({
    text: 'select g.license from license_groups g where g.org_id = $1 and g.group_name = $2 for update of g',
    values: [tx.orgId, group],
  });
  tx.send(
    license === undefined
      ? { text: 'delete from license_groups where org_id = $1 and group_name = $2', values: [tx.orgId, group] }
      : {
          text: `insert into license_groups as g (org_id, group_name, license, created_at) values ($1, $2, $3, $4)
            on conflict (org_id, group_name) do update set license = excluded.license`,
          values: [tx.orgId, group, license, now],
        },
  );
  return rows[0]?.license;
}

/** The groups of sign-ins that give a license. */
export async function readLicenseGroups(tx: OrgTransaction): Promise<{ group: string; license: string }[]> {
  const { rows } = await tx.query<{ group: string; license: string }>({
    text: 'select g.group_name as "group", g.license from license_groups g where g.org_id = $1 order by g.group_name',
    values: [tx.orgId],
  });
  return rows;
}
