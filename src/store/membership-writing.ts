import type { Change, MemberStatus, MembershipSides } from '../organization/plan.ts';
import { isHere, type PersonAccess, readAccessOf, wantedNow } from './access-rows.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** A membership that is stored. */
export type Membership = MembershipSides & {
  inForce: boolean;
  /** The batch that holds the difference between its sides, if one does and it was asked for. */
  heldBy?: string | undefined;
};

export type MembershipChange = Extract<Change, { kind: 'membership' }>;

/** What a request about a team's members meets: only the people it is about, never the whole team. */
export type MembershipsMet = {
  /**
   * People asked for who are not yet in the team, or of whom an admin said something else, with their status, held still
   * until the transaction ends. `heldBy` is the batch that holds their joining.
   */
  joiners: ({
    memberId: string;
    status: MemberStatus;
    isLicensed: boolean;
    heldBy?: string | undefined;
  } & SeenBefore)[];
  /** Stored memberships that are no longer asked for. */
  leavers: (Membership & SeenBefore)[];
  /** Ids that name nobody in this organization. */
  unknown: string[];
};

/** Whether somebody whom the provider or an admin wanted in the team was in it; undefined for nobody's. */
type SeenBefore = { wasIn: boolean | undefined };

export type MembershipsDelta = { base: 'current' | 'empty'; add: readonly string[]; remove: readonly string[] };

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
  delta: MembershipsDelta,
): Promise<MembershipsMet> {
  const nothing = Promise.resolve({ rows: [] });
  const joiners =
    delta.add.length === 0
      ? nothing
      : tx.query<{ id: string; status: MemberStatus; is_licensed: boolean; joins_by: string | null } & WantedBefore>({
          name: named('membership-joiners', delta.add),
          text: `select m.id, m.status, m.license is not null as is_licensed, case when tm.asked then tm.held_by end as joins_by, ${wantedBefore} from members m
              left join team_members tm on tm.org_id = $1 and tm.team_id = $2 and tm.member_id = m.id
            where m.org_id = $1 and m.id ${among('$3', delta.add)} and m.deleted_at is null
              and (tm.asked and tm.by_hand is null and tm.held_by is null) is not true
            order by m.id for share of m`,
          values: [tx.orgId, teamId, oneOrAll(delta.add)],
        });
  const leavers =
    delta.base === 'empty'
      ? tx.query<MembershipRow & WantedBefore>({
          name: 'membership-leavers-others',
          text: selectLeavers('tm.member_id <> all ($3::uuid[])'),
          values: [tx.orgId, teamId, delta.add],
        })
      : delta.remove.length === 0
        ? nothing
        : tx.query<MembershipRow & WantedBefore>({
            name: named('membership-leavers', delta.remove),
            text: selectLeavers(`tm.member_id ${among('$3', delta.remove)}`),
            values: [tx.orgId, teamId, oneOrAll(delta.remove)],
          });
  const known =
    delta.add.length === 0
      ? nothing
      : tx.query<{ id: string }>({
          name: named('membership-known', delta.add),
          text: `select m.id from members m where m.org_id = $1 and m.id ${among('$2', delta.add)} and m.deleted_at is null`,
          values: [tx.orgId, oneOrAll(delta.add)],
        });
  const [joining, leaving, knowing] = await Promise.all([joiners, leavers, known]);
  const ids = new Set(knowing.rows.map((row) => row.id));
  return {
    joiners: joining.rows.map((row) => ({
      memberId: row.id,
      status: row.status,
      isLicensed: row.is_licensed,
      heldBy: row.joins_by ?? undefined,
      wasIn: row.was_in ?? undefined,
    })),
    leavers: leaving.rows.map((row) => ({ ...membership(row), wasIn: row.was_in ?? undefined })),
    unknown: delta.add.filter((id) => !ids.has(id)),
  };
}

/** How many people are in a team in force. It reads all of them from an index. */
export async function countInForce(tx: OrgTransaction, teamId: string): Promise<number> {
  const { rows } = await tx.query<{ count: string }>({
    text: 'select count(*) from team_members tm where tm.org_id = $1 and tm.team_id = $2 and tm.in_force',
    values: [tx.orgId, teamId],
  });
  return Number(rows[0]?.count);
}

/**
 * Locks the people whose memberships in a team a delta may change, before `meetMemberships` locks anything, and reads their
 * access when that has happened: for teams that give something to those who are in them. Awaits nothing before all its
 * statements are sent; `between` sends what goes between the two.
 */
export async function lockPeopleOfDelta<T>(
  tx: OrgTransaction,
  teamId: string,
  delta: MembershipsDelta,
  between: () => Promise<T>,
): Promise<{ people: PersonAccess[]; met: T }> {
  const named = [...delta.add, ...delta.remove];
  // Who is in a team changes only under its lock, so the condition selects the same people both times.
  const [those, values, name] =
    delta.base === 'current'
      ? ['m.id = any ($2::uuid[])', [named], 'named']
      : [
          `m.id in (
            select x.id from unnest($2::uuid[]) as x (id)
             where not exists (select from team_members tm where tm.org_id = $1 and tm.team_id = $3 and tm.member_id = x.id
                 and tm.asked and tm.by_hand is null and tm.held_by is null)
            union all
            select tm.member_id from team_members tm where tm.org_id = $1 and tm.team_id = $3 and tm.member_id <> all ($2::uuid[]))`,
          [delta.add, teamId],
          'replaced',
        ];
  tx.send({
    name: `membership-people-${name}`,
    text: `select m.id from members m where m.org_id = $1 and ${those} and ${isHere} order by m.id for no key update of m`,
    values: [tx.orgId, ...values],
  });
  const meeting = between();
  const [people, met] = await Promise.all([readAccessOf(tx, those, values, name), meeting]);
  return { people, met };
}

/*
 * PostgreSQL plans a statement with an array anew at each execution, since it cannot know how long the next one is, and
 * planning takes longer than one probe of an index. One id, which is what most requests are about, is therefore a statement
 * of its own.
 */
const named = (name: string, ids: readonly unknown[]) => (ids.length === 1 ? `${name}-one` : name);
const among = (parameter: string, ids: readonly unknown[]) =>
  ids.length === 1 ? `= ${parameter}::uuid` : `= any (${parameter}::uuid[])`;
const oneOrAll = (ids: readonly string[]) => (ids.length === 1 ? ids[0] : ids);

/** Of these people, those whom the provider put into a team. */
export async function membersAmong(
  tx: OrgTransaction,
  teamId: string,
  memberIds: readonly string[],
): Promise<Set<string>> {
  const { rows } = await tx.query<{ member_id: string }>({
    name: named('team-members-among', memberIds),
    text: `select tm.member_id from team_members tm
      where tm.org_id = $1 and tm.team_id = $2 and tm.member_id ${among('$3', memberIds)} and tm.asked`,
    values: [tx.orgId, teamId, oneOrAll(memberIds)],
  });
  return new Set(rows.map((row) => row.member_id));
}

/** At most so many of those whom the provider put into a team, with the names that a filter may speak of. */
export async function readTeamMembers(
  tx: OrgTransaction,
  teamId: string,
  atMost: number,
): Promise<{ value: string; display: string; type: 'User' }[]> {
  const { rows } = await tx.query<{ id: string; user_name: string }>({
    name: 'team-members',
    text: `select m.id, m.user_name from team_members tm join members m on m.org_id = $1 and m.id = tm.member_id
      where tm.org_id = $1 and tm.team_id = $2 and tm.asked limit $3`,
    values: [tx.orgId, teamId, atMost],
  });
  return rows.map((row) => ({ value: row.id, display: row.user_name, type: 'User' }));
}

/**
 * Stores memberships that the provider asked for, in the place of what an admin said of them. One statement, whatever their
 * number.
 */
export function insertMemberships(tx: OrgTransaction, changes: readonly MembershipChange[]): void {
  const [first] = changes;
  if (first === undefined) return;
  if (changes.length === 1) {
    tx.send({
      name: 'membership-insert-one',
      text: `insert into team_members (org_id, team_id, member_id, asked, in_force, reason, token_id) values ($1, $2, $3, true, $4, $5, $6)
        ${inPlaceOfByHand}`,
      values: [tx.orgId, first.teamId, first.memberId, first.to, JSON.stringify(first.reason), first.reason.token],
    });
    return;
  }
  tx.send({
    name: 'membership-insert',
    text: `insert into team_members (org_id, team_id, member_id, asked, in_force, reason, token_id)
      select c.org_id, x.team_id, x.member_id, true, x.in_force, x.reason, (x.reason ->> 'token')::uuid
        from event_counters c, unnest($2::uuid[], $3::uuid[], $4::boolean[], $5::jsonb[]) as x (team_id, member_id, in_force, reason)
       where c.org_id = $1
      ${inPlaceOfByHand}`,
    values: [tx.orgId, ...columns(changes)],
  });
}

const inPlaceOfByHand = `on conflict (org_id, team_id, member_id) do update
  set asked = true, by_hand = null, in_force = excluded.in_force, reason = excluded.reason, token_id = excluded.token_id,
    held_by = null, held_source = null`;

/** Puts stored memberships that this transaction holds in force or out of it; they stay asked. */
export function updateMemberships(tx: OrgTransaction, changes: readonly MembershipChange[]): void {
  const [first] = changes;
  if (first === undefined) return;
  if (changes.length === 1) {
    tx.send({
      name: 'membership-update-one',
      text: `update team_members set in_force = $4, reason = $5 where org_id = $1 and team_id = $2 and member_id = $3`,
      values: [tx.orgId, first.teamId, first.memberId, first.to, JSON.stringify(first.reason)],
    });
    return;
  }
  tx.send({
    name: 'membership-update',
    text: `update team_members tm set in_force = x.in_force, reason = x.reason
        from unnest($2::uuid[], $3::uuid[], $4::boolean[], $5::jsonb[]) as x (team_id, member_id, in_force, reason)
       where tm.org_id = $1 and tm.team_id = x.team_id and tm.member_id = x.member_id`,
    values: [tx.orgId, ...columns(changes)],
  });
}

/** Which of these teams each of these people was put into; whoever is in none is left out. */
export async function teamMembersAmong(
  tx: OrgTransaction,
  teamIds: readonly string[],
  memberIds: readonly string[],
): Promise<Map<string, string[]>> {
  const { rows } = await tx.query<{ team_id: string; member_id: string }>({
    text: `select tm.team_id, tm.member_id from team_members tm
      where tm.org_id = $1 and tm.team_id = any ($2::uuid[]) and tm.member_id = any ($3::uuid[]) and ${wantedNow}
      order by tm.team_id`,
    values: [tx.orgId, teamIds, memberIds],
  });
  const teams = new Map<string, string[]>();
  for (const row of rows) teams.set(row.member_id, [...(teams.get(row.member_id) ?? []), row.team_id]);
  return teams;
}

/**
 * The memberships of people, with the names of the teams.
 *
 * @param lock whether they are held still until the transaction ends, which has locked the people
 */
export async function lockMembershipsOf(
  tx: OrgTransaction,
  memberIds: readonly string[],
  lock = true,
): Promise<(Membership & { teamName: string })[]> {
  const { rows } = await tx.query<MembershipRow & { display_name: string; by_hand: boolean }>({
    name: lock ? 'memberships-of-people' : 'memberships-of-people-now',
    text: `select tm.team_id, tm.member_id, true as asked, tm.by_hand is not null as by_hand, tm.in_force, m.status, t.display_name
      from team_members tm
      join members m on m.org_id = $1 and m.id = tm.member_id
      join teams t on t.org_id = $1 and t.id = tm.team_id
     where tm.org_id = $1 and tm.member_id = any ($2::uuid[]) and ${wantedNow}
     order by tm.team_id, tm.member_id ${lock ? 'for update of tm' : ''}`,
    values: [tx.orgId, memberIds],
  });
  return rows.map((row) => ({ ...membership(row), teamName: row.display_name, isByHand: row.by_hand }));
}

/** Deletes memberships that are neither asked nor in force any more, and that this transaction holds. */
export function deleteMemberships(tx: OrgTransaction, gone: readonly { teamId: string; memberId: string }[]): void {
  const [first] = gone;
  if (first === undefined) return;
  if (gone.length === 1) {
    tx.send({
      name: 'membership-delete-one',
      text: 'delete from team_members where org_id = $1 and team_id = $2 and member_id = $3',
      values: [tx.orgId, first.teamId, first.memberId],
    });
    return;
  }
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

/** Locks the people of a team, whose lock the transaction has, and returns their ids. */
export async function lockPeopleOfTeam(tx: OrgTransaction, teamId: string): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    name: 'membership-people-team',
    text: `select m.id from members m
      where m.org_id = $1 and m.id in (select tm.member_id from team_members tm where tm.org_id = $1 and tm.team_id = $2)
      order by m.id for no key update of m`,
    values: [tx.orgId, teamId],
  });
  return rows.map((row) => row.id);
}

/** Deletes all memberships of a team that is removed. Resolves to those that somebody wanted, by rising ids of the people. */
export async function deleteMembershipsOfTeam(
  tx: OrgTransaction,
  teamId: string,
): Promise<{ memberId: string; inForce: boolean }[]> {
  const { rows } = await tx.query<{ member_id: string; wanted: boolean; in_force: boolean }>({
    name: 'membership-delete-team',
    text: `delete from team_members tm where tm.org_id = $1 and tm.team_id = $2
      returning tm.member_id, ${wantedNow} as wanted, tm.in_force`,
    values: [tx.orgId, teamId],
  });
  return rows
    .filter((row) => row.wanted)
    .map((row) => ({ memberId: row.member_id, inForce: row.in_force }))
    .sort((one, other) => (one.memberId < other.memberId ? -1 : 1));
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
  held_by?: string | null;
};

type WantedBefore = { was_in: boolean | null };

const wantedBefore = `case when ${wantedNow} then tm.in_force end as was_in`;

const selectLeavers = (
  those: string,
) => `select tm.team_id, tm.member_id, tm.asked, tm.in_force, tm.held_by, m.status, ${wantedBefore}
  from team_members tm join members m on m.org_id = $1 and m.id = tm.member_id
 where tm.org_id = $1 and tm.team_id = $2 and ${those}
 order by tm.member_id for update of tm`;

const membership = (row: MembershipRow): Membership => ({
  teamId: row.team_id,
  memberId: row.member_id,
  asked: row.asked,
  inForce: row.in_force,
  memberStatus: row.status,
  heldBy: row.held_by ?? undefined,
});
