import { limits } from '../limits.ts';
import { type AccessCounts, noAccessCounts, updateSeats } from './access-writing.ts';
import { type BrakedCounts, brakedValues, countBraked } from './brake-rows.ts';
import type { Database } from './database.ts';
import { flushOrganization, type OrgTransaction, queryOrganization } from './organization-transaction.ts';

/** An event before it has its place in the feed, with what it is about (migrations/0010_event_subjects.sql). */
export type EventRow = {
  kind: string;
  data: unknown;
  /** The one person, the one team and the one other thing that it is about. */
  member?: string | undefined;
  team?: string | undefined;
  subject?: string | undefined;
  /** Subjects of a kind of which it has several. */
  others?: readonly string[];
};

/** What brought an event about: when, who and in which request. */
export type EventOrigin = {
  /** When the change was begun. The event is of that time, or of the time of the one before it where that is a little later. */
  at: Date;
  actor: unknown;
  requestId: string | undefined;
  /** Where the call came from. */
  address?: string | undefined;
  /** The numbers of the events whose changes it undoes. */
  undoes?: readonly number[] | undefined;
};

/** What a transaction does to the organization's counts of live rows, of people who administer and of seats. */
export type EventCounts = {
  members: number;
  teams: number;
  access?: AccessCounts | undefined;
  /** The state of what decides about people that the transaction was made by. */
  governedBy?: number | undefined;
  /** Whether it changes what decides. */
  governs?: boolean | undefined;
  /** What it takes out of force, for the brake to count. */
  braked?: BrakedCounts | undefined;
};

export type StoredEvent = Pick<EventRow, 'kind' | 'data'> & {
  seq: number;
  at: Date;
  actor: unknown;
  requestId: string | undefined;
  /** The numbers of the events whose changes it has undone. */
  undoes?: number[];
};

/**
 * Raises the organization's counter and gives the events the numbers up to it. The counter's row stays locked until the
 * transaction ends, so this comes last in it. `members` and `teams` are the changes of the counts of live rows, `access` those
 * of the people who administer and of seats. `governs` says that the transaction changes what decides about people, and
 * `governedBy` names the state of it that it was made by, if it may be an old one: then it fails. In a trial there are only the counts.
 *
 * The events are of one time, and of none before that of the event before them: a change that was begun first and waited is in the feed
 * behind those that went before it, and clocks of several processes differ a little. A clock that is ahead by more than
 * `clocksDifferMaxMs` holds nothing up.
 */
export function insertEvents(
  tx: OrgTransaction,
  events: readonly (EventRow & EventOrigin)[],
  counts: EventCounts,
): void {
  const access = counts.access ?? noAccessCounts;
  if (tx.trial !== undefined) {
    tx.trial = tx.trial.after(access);
    return;
  }
  const { owners, admins, seats } = access;
  const { braked } = counts;
  const latest = events.reduce<Date | undefined>(
    (late, { at }) => (late !== undefined && late > at ? late : at),
    undefined,
  );
  tx.send({
    name: braked === undefined ? 'event-counter' : 'event-counter-braked',
    text: `update event_counters c set last_seq = last_seq + $2, members = members + $3, teams = teams + $4,
        owners = owners + $5, admins = admins + $6, keeps_owner = keeps_owner or $5 > 0, keeps_admin = keeps_admin or $6 > 0,
        governed_seen = coalesce($7::bigint, governed_version) + $8::int, governed_version = governed_version + $8::int,
        last_at = case when last_at > $9::timestamptz and last_at <= $10::timestamptz then last_at else coalesce($9, last_at) end${braked === undefined ? '' : countBraked('$11', '$12')}
      where org_id = $1`,
    values: [
      tx.orgId,
      events.length,
      counts.members,
      counts.teams,
      owners,
      admins,
      counts.governedBy,
      counts.governs === true ? 1 : 0,
      latest,
      latest && new Date(latest.getTime() + limits.clocksDifferMaxMs),
      ...(braked === undefined ? [] : brakedValues(braked)),
    ],
  });
  updateSeats(tx, seats);
  insertSubjects(tx, events);
  const [first] = events;
  if (events.length === 1 && first !== undefined) {
    // One event is what nearly every change has that comes alone, and needs no document.
    tx.send({
      name: 'event-insert-one',
      text: `insert into events (org_id, seq, at, kind, data, actor, request_id, member_id, team_id, subject, address, undoes)
        select c.org_id, c.last_seq, c.last_at, $2, $3, $4, $5, $6, $7, $8, $9, $10 from event_counters c where c.org_id = $1`,
      values: [
        tx.orgId,
        first.kind,
        JSON.stringify(first.data),
        JSON.stringify(first.actor),
        first.requestId,
        first.member,
        first.team,
        first.subject,
        first.address,
        first.undoes,
      ],
    });
    return;
  }
  tx.send({
    name: 'event-insert',
    // One document for all rows: arrays would be planned anew at each execution.
    text: `insert into events (org_id, seq, at, kind, data, actor, request_id, member_id, team_id, subject, address, undoes)
      select c.org_id, c.last_seq - $2::int + x.place, c.last_at, x.kind, x.data, x.actor, x.request_id, x.member_id, x.team_id, x.subject,
          x.address, x.undoes
        from event_counters c, jsonb_to_recordset($3::jsonb) as x (place int, kind text, data jsonb, actor jsonb,
          request_id uuid, member_id uuid, team_id uuid, subject text, address text, undoes bigint[])
       where c.org_id = $1`,
    values: [
      tx.orgId,
      events.length,
      JSON.stringify(
        events.map(({ kind, data, actor, requestId, member, team, subject, address, undoes }, index) => ({
          place: index + 1,
          kind,
          data,
          actor,
          request_id: requestId,
          member_id: member,
          team_id: team,
          subject,
          address,
          undoes,
        })),
      ),
    ],
  });
}

/** One statement for all events, and none where each is about one of a kind, as almost all are. */
function insertSubjects(tx: OrgTransaction, events: readonly (EventRow & EventOrigin)[]): void {
  const rows = events.flatMap(({ others = [] }, index) => others.map((subject) => ({ place: index + 1, subject })));
  if (rows.length === 0) return;
  tx.send({
    name: 'event-subjects-insert',
    text: `insert into event_subjects (org_id, subject, seq, at)
      select c.org_id, x.subject, c.last_seq - $2::int + x.place, c.last_at
        from event_counters c, unnest($3::int[], $4::text[]) as x (place, subject)
       where c.org_id = $1`,
    values: [tx.orgId, events.length, rows.map(({ place }) => place), rows.map(({ subject }) => subject)],
  });
}

/**
 * Events after a number, in order, and durable: a number that a reader has seen must never be given to another event after
 * a crash.
 */
export async function selectEvents(
  db: Database,
  orgId: string,
  page: { after: number; limit: number },
): Promise<StoredEvent[]> {
  const rows = await queryOrganization<StoredEventRow>(db, orgId, {
    name: 'event-page',
    text: `select ${eventColumns} from events e
      where e.org_id = $1 and e.seq > $2 order by e.seq limit $3`,
    values: [orgId, page.after, page.limit],
  });
  if (rows.length > 0) await flushOrganization(db, orgId);
  return rows.map(asStoredEvent);
}

/** The columns of `events e` that `asStoredEvent` reads. */
export const eventColumns = 'e.seq, e.at, e.kind, e.data, e.actor, e.request_id, e.undoes';

export type StoredEventRow = {
  seq: string;
  at: Date;
  kind: string;
  data: unknown;
  actor: unknown;
  request_id: string | null;
  undoes: string[] | null;
};

export const asStoredEvent = (row: StoredEventRow): StoredEvent => ({
  seq: Number(row.seq),
  at: row.at,
  kind: row.kind,
  data: row.data,
  actor: row.actor,
  requestId: row.request_id ?? undefined,
  ...(row.undoes === null ? {} : { undoes: row.undoes.map(Number) }),
});
