/** Reads both sides of a whole organization, a page at a time, and what is counted of it. */
import type { MemberStatus } from '../organization/lifecycle.ts';
import { wantedNow } from './access-rows.ts';
import { heldBecause } from './held-rows.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** The ids of people who are somebody in the organization, or ought to be, by rising id. */
export async function readPeopleIds(
  tx: OrgTransaction,
  { after, limit }: { after: string | undefined; limit: number },
): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    text: `select m.id from members m
      where m.org_id = $1 and (m.deleted_at is null or m.status <> 'removed') and ($2::uuid is null or m.id > $2) order by m.id limit $3`,
    values: [tx.orgId, after, limit],
  });
  return rows.map(({ id }) => id);
}

/** A membership in force that nobody wants, or whose team or person is gone. */
export type StrayMembership = {
  teamId: string;
  teamName: string;
  memberId: string;
  userName: string;
  memberStatus: MemberStatus;
  /** Whether an admin says that the person is not in the team, where the provider put them: then the row stays. */
  isByHand: boolean;
};

type StrayRow = {
  team_id: string;
  member_id: string;
  team_name: string;
  user_name: string;
  status: MemberStatus;
  is_by_hand: boolean;
};

const isGone = `(m.deleted_at is not null and m.status = 'removed' or t.deleted_at is not null and t.in_force_name is null)`;

/** Held rows are left to their batch. */
const selectStrays = `select tm.team_id, tm.member_id, coalesce(t.in_force_name, t.display_name) as team_name, m.user_name, m.status,
    tm.by_hand is false and tm.asked and not ${isGone} as is_by_hand
  from team_members tm
  join members m on m.org_id = $1 and m.id = tm.member_id
  join teams t on t.org_id = $1 and t.id = tm.team_id
 where tm.org_id = $1 and tm.held_by is null
   and tm.in_force and (not ${wantedNow} or ${isGone})`;

const stray = (row: StrayRow): StrayMembership => ({
  teamId: row.team_id,
  teamName: row.team_name,
  memberId: row.member_id,
  userName: row.user_name,
  memberStatus: row.status,
  isByHand: row.is_by_hand,
});

/** Stray memberships, by person and team. */
export async function readStrayMemberships(
  tx: OrgTransaction,
  { after, limit }: { after: StrayMembership | undefined; limit: number },
): Promise<StrayMembership[]> {
  const { rows } = await tx.query<StrayRow>({
    text: `${selectStrays} and ($2::uuid is null or (tm.member_id, tm.team_id) > ($2::uuid, $3::uuid))
      order by tm.member_id, tm.team_id limit $4`,
    values: [tx.orgId, after?.memberId, after?.teamId, limit],
  });
  return rows.map(stray);
}

/** The stray memberships of people, held still until the transaction ends. */
export async function lockStrayMemberships(
  tx: OrgTransaction,
  memberIds: readonly string[],
): Promise<StrayMembership[]> {
  const { rows } = await tx.query<StrayRow>({
    text: `${selectStrays} and tm.member_id = any ($2::uuid[]) order by tm.team_id, tm.member_id for update of tm`,
    values: [tx.orgId, memberIds],
  });
  return rows.map(stray);
}

/** How many differences there are for a reason. */
export type ExplainedCount = { of: 'members' | 'teams' | 'memberships'; rule: string; count: number };

/**
 * How much is held, by what holds it: statements with the columns `of`, `rule` and `count`. At most so many rows of each table are
 * counted, if a parameter says how many.
 */
export const heldCounts = (most?: string): string =>
  (
    [
      ['members', 'members', 'm'],
      ['teams', 'teams', 't'],
      ['memberships', 'team_members', 'tm'],
    ] as const
  )
    .map(
      ([of, table, row]) => `select '${of}' as of, 'held-' || (${heldBecause(row)} ->> 'why') as rule, ${row}.count
          from (select c.held_by, count(*) as count from (
              select x.held_by from ${table} x where x.org_id = $1 and x.held_by is not null${most === undefined ? '' : ` limit ${most}`}) c
            group by c.held_by) ${row}`,
    )
    .join(' union all ');

/** The local teams that wait for an admin to decide whether the provider takes them over. */
export const linksUndecided = `select 'teams' as of, 'link-undecided' as rule, count(*) as count from teams t
  where t.org_id = $1 and t.link_asked_at is not null and t.deleted_at is null and t.held_by is null`;

/** What is held, by what the connection is or what became of the batch, what admins said of memberships, and links to decide. */
export async function countExplained(tx: OrgTransaction): Promise<ExplainedCount[]> {
  const { rows } = await tx.query<{ of: ExplainedCount['of']; rule: string; count: string }>({
    text: `select x.of, x.rule, sum(x.count) as count from (
        ${heldCounts()}
        union all select 'memberships', case when tm.by_hand then 'member-by-hand' else 'no-member-by-hand' end, 1
          from team_members tm where tm.org_id = $1 and tm.held_by is null and tm.asked <> tm.in_force and tm.by_hand <> tm.asked
        union all ${linksUndecided}
        union all select 'teams', 'edited-by-hand', count(*) from teams t
          where t.org_id = $1 and t.deleted_at is null and t.held_by is null and t.in_force_name <> t.display_name) x
      group by x.of, x.rule having sum(x.count) > 0 order by x.of, x.rule`,
    values: [tx.orgId],
  });
  return rows.map(({ count, ...row }) => ({ ...row, count: Number(count) }));
}

/** By how much what there is exceeds what is counted. */
export type CountsMissed = {
  members: number;
  teams: number;
  owners: number;
  admins: number;
  seats: { license: string; used: number; waiting: number }[];
};

/** Compares the counts with the rows. Behind the lock of the organization's counter nobody changes either. */
export async function readCountsMissed(tx: OrgTransaction): Promise<CountsMissed> {
  const [counters, seats] = await Promise.all([
    tx.query<Record<'members' | 'teams' | 'owners' | 'admins', string>>({
      text: `select (select count(*) from members m where m.org_id = $1 and m.deleted_at is null) - c.members as members,
          (select count(*) from teams t where t.org_id = $1 and t.deleted_at is null) - c.teams as teams,
          (select count(*) from members m where m.org_id = $1 and m.status = 'active' and m.role = 'owner') - c.owners as owners,
          (select count(*) from members m where m.org_id = $1 and m.status = 'active' and m.role in ('owner', 'admin')) - c.admins as admins
        from event_counters c where c.org_id = $1`,
      values: [tx.orgId],
    }),
    tx.query<{ license: string; used: string; waiting: string }>({
      text: `select x.* from (select s.license,
            (select count(*) from members m where m.org_id = $1 and m.license = s.license) - s.seats_used as used,
            (select count(*) from members m where m.org_id = $1 and m.waits_for = s.license) - s.waiting as waiting
          from license_seats s where s.org_id = $1) x
        where x.used <> 0 or x.waiting <> 0 order by x.license`,
      values: [tx.orgId],
    }),
  ]);
  const row = counters.rows[0];
  return {
    members: Number(row?.members ?? 0),
    teams: Number(row?.teams ?? 0),
    owners: Number(row?.owners ?? 0),
    admins: Number(row?.admins ?? 0),
    seats: seats.rows.map(({ license, used, waiting }) => ({ license, used: Number(used), waiting: Number(waiting) })),
  };
}
