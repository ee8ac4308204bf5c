import type { BuiltInRole } from '../organization/roles.ts';
import type { Resource } from '../scim/schema.ts';
import { roleNeeds } from './access-rows.ts';
import type { Database } from './database.ts';
import { inOrganization, type OrgTransaction } from './organization-transaction.ts';

/** What is remembered of somebody who was removed: what an admin gave them. */
export type Remembered = {
  id: string;
  roleByHand: BuiltInRole | undefined;
  licenseByHand: string | undefined;
  /** The teams that an admin had put the person into. */
  teams: readonly string[];
  /** Whether the person was ever active. */
  wasActive: boolean | undefined;
};

/** Finds and locks the last person of the provider who had a userName, by its key, and is still remembered. */
export async function lockRemembered(
  tx: OrgTransaction,
  { userNameKey, connectionId, now }: { userNameKey: string; connectionId: string | undefined; now: Date },
): Promise<Remembered | undefined> {
  const { rows } = await tx.query<RememberedRow>({
    text: `select m.id, m.role_by_hand, m.license_by_hand, m.left_teams, m.was_active from members m
      where m.org_id = $1 and m.user_name_key = $2 and m.connection_id = $3 and m.retained_until > $4
      order by m.deleted_at desc limit 1 for update`,
    values: [tx.orgId, userNameKey, connectionId, now],
  });
  const row = rows[0];
  return row && remembered(row);
}

/** The same of many userNames: who is remembered by each. `lock` holds them still until the transaction ends. */
export async function readRememberedOf(
  tx: OrgTransaction,
  { userNameKeys, now }: { userNameKeys: readonly string[]; now: Date },
  lock: boolean,
): Promise<Map<string, Remembered>> {
  const { rows } = await tx.query<RememberedRow & { user_name_key: string }>({
    text: `select m.id, m.user_name_key, m.role_by_hand, m.license_by_hand, m.left_teams, m.was_active from members m
      where m.org_id = $1 and m.user_name_key = any ($2::text[]) and m.retained_until > $3
      order by m.deleted_at ${lock ? 'for update' : ''}`,
    values: [tx.orgId, userNameKeys, now],
  });
  // The last one who had the name counts.
  return new Map(rows.map((row) => [row.user_name_key, remembered(row)]));
}

type RememberedRow = {
  id: string;
  role_by_hand: BuiltInRole | null;
  license_by_hand: string | null;
  left_teams: string[];
  was_active: boolean;
};

const remembered = (row: RememberedRow): Remembered => ({
  id: row.id,
  roleByHand: row.role_by_hand ?? undefined,
  licenseByHand: row.license_by_hand ?? undefined,
  teams: row.left_teams,
  wasActive: row.was_active,
});

/** A removed person who is still remembered, with what was asked of them. They are locked against being brought back twice. */
export async function lockRemovedMember(
  tx: OrgTransaction,
  id: string,
  now: Date,
): Promise<(Remembered & { scim: Resource }) | undefined> {
  const { rows } = await tx.query<RememberedRow & { scim: Resource }>({
    text: `select m.id, m.scim, m.role_by_hand, m.license_by_hand, m.left_teams, m.was_active from members m
      where m.org_id = $1 and m.id = $2 and m.status = 'removed' and m.deleted_at is not null and m.retained_until > $3 for update`,
    values: [tx.orgId, id, now],
  });
  const row = rows[0];
  return row && { ...remembered(row), scim: row.scim };
}

/** Whoever has come back is no longer remembered as gone, and neither is a team. */
export function forget(tx: OrgTransaction, table: 'members' | 'teams', ids: readonly string[], now: Date): void {
  if (ids.length === 0) return;
  tx.send({
    text: `update ${table} set retained_until = $3 where org_id = $1 and id = any ($2::uuid[])`,
    values: [tx.orgId, ids, now],
  });
}

/** A removed team that is still remembered, with what it gave. It is locked against being brought back twice. */
export async function lockRemovedTeam(
  tx: OrgTransaction,
  id: string,
  now: Date,
): Promise<{ name: string; role: string | null; license: string | null } | undefined> {
  const { rows } = await tx.query<{ name: string; role: string | null; license: string | null }>({
    text: `select t.display_name as name, t.grants_role as role, t.grants_license as license from teams t
      where t.org_id = $1 and t.id = $2 and t.deleted_at is not null and t.retained_until > $3 for update`,
    values: [tx.orgId, id, now],
  });
  return rows[0];
}

/** A team that somebody was in who was removed. */
export type LeftTeam = {
  id: string;
  name: string;
  isLocal: boolean;
  /** Whether it is to go, and that is held. */
  isGoing: boolean;
  role: string | undefined;
  /** The least built-in role with all permissions of the role. */
  needs: BuiltInRole | undefined;
  license: string | undefined;
};

/** Those of some teams that are still there. `lock` holds them against being removed until the transaction ends. */
export async function readLeftTeams(
  tx: OrgTransaction,
  teamIds: readonly string[],
  lock: boolean,
): Promise<LeftTeam[]> {
  const { rows } = await tx.query<
    Omit<LeftTeam, 'role' | 'needs' | 'license'> & {
      role: string | null;
      needs: BuiltInRole | null;
      license: string | null;
    }
  >({
    text: `select t.id, t.in_force_name as name, t.origin = 'local' and t.held_by is null as "isLocal", t.deleted_at is not null as "isGoing",
        t.grants_role as role, ${roleNeeds('$1', 't.grants_role')} as needs, t.grants_license as license from teams t
      where t.org_id = $1 and t.id = any ($2::uuid[]) and t.in_force_name is not null order by t.id ${lock ? 'for share' : ''}`,
    values: [tx.orgId, teamIds],
  });
  return rows.map(({ role, needs, license, ...team }) => ({
    ...team,
    role: role ?? undefined,
    needs: needs ?? undefined,
    license: license ?? undefined,
  }));
}

/** Deletes the rows of people and teams who were removed and are no longer remembered. Returns how many. */
export async function purgeRemoved(db: Database, orgId: string, now: Date): Promise<number> {
  return await inOrganization(db, orgId, async (tx) => {
    const [members, teams] = await Promise.all(
      ['members', 'teams'].map((table) =>
        tx.query({
          text: `delete from ${table} where org_id = $1 and deleted_at is not null and retained_until <= $2`,
          values: [tx.orgId, now],
        }),
      ),
    );
    return (members?.rowCount ?? 0) + (teams?.rowCount ?? 0);
  });
}
