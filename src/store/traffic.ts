/**
 * How a connection does, read from counts and through indexes that hold differences only: nothing here looks through the log
 * of requests. The counts of one organization are a few for each ten minutes in which its provider called.
 */
import type { QueryResultRow } from 'pg';
import type { Counted } from '../organization/doctor.ts';
import type { MemberStatus } from '../organization/lifecycle.ts';
import { membershipExplained, statusExplained } from '../organization/reconciling.ts';
import type { Calls } from '../organization/rhythm.ts';
import { isCurrent } from './connections.ts';
import type { Database } from './database.ts';
import { type ExplainedCount, heldCounts, linksUndecided } from './drift-rows.ts';
import { queryOrganization, queryOrganizationBatch } from './organization-transaction.ts';

/** How often requests were answered in one way. */
export type AnswerCount = { name: string; lastHour: number; lastDay: number };

export type ConnectionTraffic = {
  answers: AnswerCount[];
  calls: Calls;
  /** How often what is in force is not what was asked, by what explains it. */
  differences: ExplainedCount[];
  silentSince: Date | undefined;
  /** The last call with a good token. */
  lastCall: { at: Date; address: string | undefined; client: string | undefined } | undefined;
  expiring: { id: string; name: string; expiresAt: Date; replacedBy: string | undefined }[];
};

/**
 * @param times when the last hour, the last day and the time of the rhythm began, and by when tokens expire that are told of
 * @param most differences of a kind that are counted: beyond it, it is enough to know that there are many
 */
export async function readConnectionTraffic(
  db: Database,
  orgId: string,
  times: { now: Date; hour: Date; day: Date; rhythm: Date; expiry: Date },
  most: number,
): Promise<ConnectionTraffic> {
  const [answers, calls, differences, connections, expiring] = (await queryOrganizationBatch(db, orgId, [
    answersOf(orgId, times),
    callsOf(orgId, times.rhythm),
    {
      text: `select x.of, x.rule, null as status, null::boolean as asked, null::boolean as by_hand, x.count
          from (${heldCounts('$2')} union all ${linksUndecided}) x
        union all
        select 'members', m.rule, m.status, null, null, count(*) from (
            select x.status_reason ->> 'rule' as rule, x.status from members x
              where x.org_id = $1 and x.deleted_at is null and x.asked_active <> (x.status = 'active') and x.held_by is null limit $2) m
          group by m.rule, m.status
        union all
        select 'memberships', null, m.status, t.asked, t.by_hand, count(*) from (
            select x.member_id, x.asked, x.by_hand from team_members x
              where x.org_id = $1 and x.asked <> x.in_force and x.held_by is null limit $2) t
          join members m on m.org_id = $1 and m.id = t.member_id
          group by m.status, t.asked, t.by_hand`,
      values: [orgId, most],
    },
    {
      text: `select k.silent_since, l.last_used_at, l.last_used_address, l.last_used_client
        from connections k ${lastCallOf} where k.org_id = $1 and ${isCurrent} order by k.id limit 1`,
      values: [orgId],
    },
    {
      text: `select t.id, t.name, t.expires_at, s.id as replaced_by
        from scim_tokens t left join scim_tokens s on s.org_id = $1 and s.replaces = t.id and s.revoked_at is null
        where t.org_id = $1 and t.revoked_at is null and t.expires_at > $2 and t.expires_at <= $3 order by t.expires_at, t.id`,
      values: [orgId, times.now, times.expiry],
    },
  ])) as [QueryResultRow[], CallsRow[], QueryResultRow[], QueryResultRow[], QueryResultRow[]];
  const connection = connections[0];
  return {
    answers: asAnswers(answers),
    calls: asCalls(calls[0]),
    differences: asDifferences(differences as DifferenceRow[]),
    silentSince: connection?.silent_since ?? undefined,
    lastCall: asLastCall(connection),
    expiring: expiring.map((row) => ({
      id: row.id,
      name: row.name,
      expiresAt: row.expires_at,
      replacedBy: row.replaced_by ?? undefined,
    })),
  };
}

type DifferenceRow = Pick<ExplainedCount, 'of'> & {
  rule: string | null;
  status: MemberStatus | null;
  asked: boolean | null;
  by_hand: boolean | null;
  count: string;
};

/** By what explains them, as a comparison of the whole organization says it. */
function asDifferences(rows: readonly DifferenceRow[]): ExplainedCount[] {
  const counts = new Map<string, ExplainedCount>();
  for (const { of, rule, status, asked, by_hand, count } of rows) {
    if (Number(count) === 0) continue;
    const explained =
      status === null
        ? (rule ?? '')
        : of === 'members'
          ? statusExplained(status, rule ?? '')
          : membershipExplained({ asked: asked === true, byHand: by_hand ?? undefined, memberStatus: status });
    const key = `${of} ${explained}`;
    counts.set(key, { of, rule: explained, count: (counts.get(key)?.count ?? 0) + Number(count) });
  }
  return [...counts.entries()].toSorted(([one], [two]) => (one < two ? -1 : 1)).map(([, each]) => each);
}

/**
 * How a connection did in the time before it ended. Counts are kept for pieces of ten minutes, so those of the piece in which it
 * ended may be of what came right after.
 *
 * @param times when its last hour and its last day began, and when it ended
 */
export async function readEndedTraffic(
  db: Database,
  orgId: string,
  connection: string,
  times: { hour: Date; day: Date; end: Date },
): Promise<Pick<ConnectionTraffic, 'answers' | 'lastCall'>> {
  const [answers, connections] = (await queryOrganizationBatch(db, orgId, [
    answersOf(orgId, { ...times, connection }),
    {
      text: `select l.last_used_at, l.last_used_address, l.last_used_client
        from connections k ${lastCallOf} where k.org_id = $1 and k.id = $2`,
      values: [orgId, connection],
    },
  ])) as [QueryResultRow[], QueryResultRow[]];
  return { answers: asAnswers(answers), lastCall: asLastCall(connections[0]) };
}

/**
 * The answers to requests of one connection: an organization has one at a time, so they are those since the one before it ended.
 * Without an id, of the one that there is.
 */
const answersOf = (
  orgId: string,
  { hour, day, end, connection }: { hour: Date; day: Date; end?: Date; connection?: string },
) => ({
  text: `select t.name, coalesce(sum(t.count) filter (where t.bucket >= $2), 0) as hour, sum(t.count) as day
    from traffic_counts t where t.org_id = $1 and t.kind = 'answer' and t.bucket >= $3 and t.bucket < coalesce($4, timestamptz 'infinity')
      and t.last_at > ${lastEnd('$5')} group by t.name order by t.name`,
  values: [orgId, hour, day, end, connection],
});

/** When the last connection ended, or the last one before the one of an id. */
const lastEnd = (connection: string) =>
  `coalesce((select max(e.ended_at) from connections e where e.org_id = $1 and (${connection}::uuid is null or e.id < ${connection})),
    timestamptz '-infinity')`;

const asAnswers = (rows: readonly QueryResultRow[]): AnswerCount[] =>
  rows.map((row) => ({ name: row.name, lastHour: Number(row.hour), lastDay: Number(row.day) }));

/** The last call with one of the tokens of `connections k`, as `l`. */
const lastCallOf = `left join lateral (select t.last_used_at, t.last_used_address, t.last_used_client from scim_tokens t
    where t.org_id = $1 and t.connection_id = k.id and t.last_used_at is not null
    order by t.last_used_at desc limit 1) l on true`;

const asLastCall = (row: QueryResultRow | undefined): ConnectionTraffic['lastCall'] =>
  row?.last_used_at
    ? {
        at: row.last_used_at,
        address: row.last_used_address ?? undefined,
        client: row.last_used_client ?? undefined,
      }
    : undefined;

type CallsRow = { pieces: string; longest_gap_ms: string | null };

/** A call without a good token is no sign of life. */
const callsOf = (orgId: string, since: Date) => ({
  text: `select count(*) as pieces, extract(epoch from max(x.gap)) * 1000 as longest_gap_ms from (
      select b.bucket - lag(b.bucket) over (order by b.bucket) as gap
        from (select distinct t.bucket from traffic_counts t
               where t.org_id = $1 and t.kind = 'answer' and t.bucket >= $2 and t.name <> '401'
                 and t.last_at > ${lastEnd('$3')}) b) x`,
  values: [orgId, since, null],
});

const asCalls = (row: CallsRow | undefined): Calls => ({
  pieces: Number(row?.pieces ?? 0),
  longestGapMs: Number(row?.longest_gap_ms ?? 0),
});

/** How the provider called since then, the one of the connection that there is. */
export async function readCalls(db: Database, orgId: string, since: Date): Promise<Calls> {
  const [row] = await queryOrganization<CallsRow>(db, orgId, callsOf(orgId, since));
  return asCalls(row);
}

/** What was counted since then of the connection that there is, by name, with the last three requests that show it. */
export async function readCounted(
  db: Database,
  orgId: string,
  kind: 'answer' | 'sign',
  since: Date,
): Promise<Map<string, Counted>> {
  const rows = await queryOrganization<{ name: string; count: string; last_at: Date; requests: string[] }>(db, orgId, {
    text: `select t.name, sum(t.count) as count, max(t.last_at) as last_at,
        (array_agg(t.last_request order by t.bucket desc))[1:3] as requests
      from traffic_counts t where t.org_id = $1 and t.kind = $2 and t.bucket >= $4 and t.last_at >= $3
        and t.last_at > ${lastEnd('$5')} group by t.name`,
    // A piece of time that has begun before may have gone on after.
    values: [orgId, kind, since, new Date(since.getTime() - 600_000), null],
  });
  return new Map(
    rows.map((row) => [row.name, { count: Number(row.count), lastAt: row.last_at, requests: row.requests }]),
  );
}

/** Memberships that were asked for and are held back because their person is suspended, counted up to a bound. */
export async function countHeldBySuspension(db: Database, orgId: string, most: number): Promise<number> {
  const [row] = await queryOrganization<{ count: string }>(db, orgId, {
    text: `select count(*) as count from (select from team_members t
        where t.org_id = $1 and t.asked <> t.in_force and t.asked and t.reason ->> 'rule' = 'member-suspended' limit $2) x`,
    values: [orgId, most],
  });
  return Number(row?.count ?? 0);
}

/** People and their memberships that are looked at for a team of everyone. */
const newestPeople = 5;

/** A request that puts somebody who is new into a team comes this soon behind the one that made them. Seconds. */
const joinsWithinSeconds = 120;

/**
 * The synced team that everybody is in whom the provider manages, if each of the newest came into it as they were made, and
 * not all by one request: the group that assigns the app is pushed as well. It costs the count of one team's people, and is
 * asked for by hand.
 */
export async function findTeamOfEveryone(
  db: Database,
  orgId: string,
): Promise<{ id: string; displayName: string } | undefined> {
  const [row] = await queryOrganization<{ id: string; display_name: string }>(db, orgId, {
    text: `with newest as (
        select m.id, m.created_at from members m
          where m.org_id = $1 and m.deleted_at is null and m.connection_id is not null and m.asked_active
          order by m.created_at desc, m.id desc limit $2),
      candidates as (
        select t.team_id from team_members t join newest n on n.id = t.member_id
          where t.org_id = $1 and t.asked and t.reason ->> 'request' is not null
            and timestamptz 'epoch' + make_interval(secs => ('x' || left(replace(t.reason ->> 'request', '-', ''), 12))::bit(48)::bigint / 1000.0)
              between n.created_at and n.created_at + make_interval(secs => $3)
          group by t.team_id
          having count(*) = (select count(*) from newest) and count(*) >= 3 and count(distinct t.reason ->> 'request') > 1)
      select g.id, g.in_force_name as display_name from teams g join candidates k on k.team_id = g.id
        where g.org_id = $1 and g.deleted_at is null and g.origin = 'synced'
          and (select count(*) from team_members t where t.org_id = $1 and t.team_id = g.id and t.asked)
            >= (select c.members from event_counters c where c.org_id = $1)
              - (select count(*) from members l where l.org_id = $1 and l.origin = 'local' and l.deleted_at is null)
              - (select count(*) from members s where s.org_id = $1 and s.status <> 'active' and s.deleted_at is null and s.origin <> 'local')
        order by g.id limit 1`,
    values: [orgId, newestPeople, joinsWithinSeconds],
  });
  return row && { id: row.id, displayName: row.display_name };
}
