import type { Change, MemberStatus, MembershipSides } from '../organization/plan.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** A membership that is stored. */
export type Membership = MembershipSides & { inForce: boolean };

export type MembershipChange = Extract<Change, { kind: 'membership' }>;

/** What a request about a team's members meets: only the people it is about, never the whole team. */
export type MembershipsMet = {
  /** People asked for who are not yet in the team, with their status, held still until the transaction ends. */
  joiners: { memberId: string; status: MemberStatus }[];
  /** Stored memberships that are no longer asked for. */
  leavers: Membership[];
  /** Ids that name nobody in this organization. */
  unknown: string[];
};

/**
 * Compares the people of a team with a delta, in the database and under the team's lock: `add` are to be in the team
 * and, from the base `current`, `remove` are not; from the base `empty`, nobody else is. The people who join are locked
 * against a change of their status, so that nobody is put in force while being suspended.
 *
 * The leavers are held too, so that whoever reports an end is the one who brought it about.
 *
 * Awaits nothing before all statements are sent.
 */
export async function meetMemberships(
  tx: OrgTransaction,
  teamId: string,
  delta: { base: 'current' | 'empty'; add: readonly string[]; remove: readonly string[] },
): Promise<MembershipsMet> {
  const nothing = Promise.resolve({ rows: [] });
  const joiners =
    delta.add.length === 0
      ? nothing
      : tx.query<{ id: string; status: MemberStatus }>({
          name: 'membership-joiners',
          text: `select m.id, m.status from members m
            where m.org_id = $1 and m.id = any ($3::uuid[]) and m.deleted_at is null
              and not exists (select from team_members tm where tm.org_id = $1 and tm.team_id = $2 and tm.member_id = m.id)
            order by m.id for share of m`,
          values: [tx.orgId, teamId, delta.add],
        });
  const leavers =
    delta.base === 'empty'
      ? tx.query<MembershipRow>({
          name: 'membership-leavers-others',
          text: selectLeavers('tm.member_id <> all ($3::uuid[])'),
          values: [tx.orgId, teamId, delta.add],
        })
      : delta.remove.length === 0
        ? nothing
        : tx.query<MembershipRow>({
            name: 'membership-leavers',
            text: selectLeavers('tm.member_id = any ($3::uuid[])'),
            values: [tx.orgId, teamId, delta.remove],
          });
  const unknown =
    delta.add.length === 0
      ? nothing
      : tx.query<{ id: string }>({
          name: 'membership-unknown',
          text: `select asked.id from unnest($2::uuid[]) as asked (id)
            where not exists (select from members m where m.org_id = $1 and m.id = asked.id and m.deleted_at is null)`,
          values: [tx.orgId, delta.add],
        });
  const [joining, leaving, missing] = await Promise.all([joiners, leavers, unknown]);
  return {
    joiners: joining.rows.map((row) => ({ memberId: row.id, status: row.status })),
    leavers: leaving.rows.map((row) => membership(row)),
    unknown: missing.rows.map((row) => row.id),
  };
}

/** Everyone whom the provider put into a team, with the names that a filter may speak of. */
export async function readTeamMembers(
  tx: OrgTransaction,
  teamId: string,
): Promise<{ value: string; display: string; type: 'User' }[]> {
  const { rows } = await tx.query<{ id: string; user_name: string }>({
    name: 'team-members',
    text: `select m.id, m.user_name from team_members tm join members m on m.org_id = $1 and m.id = tm.member_id
      where tm.org_id = $1 and tm.team_id = $2 and tm.asked`,
    values: [tx.orgId, teamId],
  });
  return rows.map((row) => ({ value: row.id, display: row.user_name, type: 'User' }));
}

/** Stores memberships that are new. One statement, whatever their number. */
export function insertMemberships(tx: OrgTransaction, changes: readonly MembershipChange[]): void {
  if (changes.length === 0) return;
  tx.send({
    name: 'membership-insert',
    text: `insert into team_members (org_id, team_id, member_id, asked, in_force, reason)
      select c.org_id, x.team_id, x.member_id, true, x.in_force, x.reason
        from event_counters c, unnest($2::uuid[], $3::uuid[], $4::boolean[], $5::jsonb[]) as x (team_id, member_id, in_force, reason)
       where c.org_id = $1`,
    values: [tx.orgId, ...columns(changes)],
  });
}

/**
 * Puts stored memberships in force or out of it; they stay asked. Resolves to the changes that met a row: a team may have
 * let the person go since the memberships were read, and what is not there any more has not changed.
 */
export async function updateMemberships(
  tx: OrgTransaction,
  changes: readonly MembershipChange[],
): Promise<MembershipChange[]> {
  if (changes.length === 0) return [];
  const { rows } = await tx.query<{ team_id: string; member_id: string }>({
    name: 'membership-update',
    text: `update team_members tm set in_force = x.in_force, reason = x.reason
        from unnest($2::uuid[], $3::uuid[], $4::boolean[], $5::jsonb[]) as x (team_id, member_id, in_force, reason)
       where tm.org_id = $1 and tm.team_id = x.team_id and tm.member_id = x.member_id
      returning tm.team_id, tm.member_id`,
    values: [tx.orgId, ...columns(changes)],
  });
  const met = new Set(rows.map((row) => `${row.team_id} ${row.member_id}`));
  return changes.filter((change) => met.has(`${change.teamId} ${change.memberId}`));
}

/** Deletes memberships that are neither asked nor in force any more, and that this transaction holds. */
export function deleteMemberships(tx: OrgTransaction, gone: readonly { teamId: string; memberId: string }[]): void {
  if (gone.length === 0) return;
  tx.send({
    name: 'membership-delete',
    text: `delete from team_members tm using unnest($2::uuid[], $3::uuid[]) as x (team_id, member_id)
       where tm.org_id = $1 and tm.team_id = x.team_id and tm.member_id = x.member_id`,
    values: [tx.orgId, gone.map((one) => one.teamId), gone.map((one) => one.memberId)],
  });
}

/** Deletes all memberships of a person who is removed. Resolves to the ids of the teams that this took the person out of. */
export async function deleteMembershipsOfMember(tx: OrgTransaction, memberId: string): Promise<Set<string>> {
  const { rows } = await tx.query<{ team_id: string }>({
    name: 'membership-delete-member',
    text: 'delete from team_members where org_id = $1 and member_id = $2 returning team_id',
    values: [tx.orgId, memberId],
  });
  return new Set(rows.map((row) => row.team_id));
}

/** Deletes all memberships of a team that is removed. */
export function deleteMembershipsOfTeam(tx: OrgTransaction, teamId: string): void {
  tx.send({
    name: 'membership-delete-team',
    text: 'delete from team_members where org_id = $1 and team_id = $2',
    values: [tx.orgId, teamId],
  });
}

const columns = (changes: readonly MembershipChange[]) => [
  changes.map((change) => change.teamId),
  changes.map((change) => change.memberId),
  changes.map((change) => change.to),
  changes.map((change) => JSON.stringify(change.reason)),
];

type MembershipRow = {
  team_id: string;
  member_id: string;
  asked: boolean;
  in_force: boolean;
  status: MemberStatus;
};

const selectLeavers = (those: string) => `select tm.team_id, tm.member_id, tm.asked, tm.in_force, m.status
  from team_members tm join members m on m.org_id = $1 and m.id = tm.member_id
 where tm.org_id = $1 and tm.team_id = $2 and ${those}
 order by tm.member_id for update of tm`;

const membership = (row: MembershipRow): Membership => ({
  teamId: row.team_id,
  memberId: row.member_id,
  asked: row.asked,
  inForce: row.in_force,
  memberStatus: row.status,
});
