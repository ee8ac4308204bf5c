import { type AccessCounts, noAccessCounts, updateSeats } from './access-writing.ts';
import type { Database } from './database.ts';
import { flushOrganization, type OrgTransaction, queryOrganization } from './organization-transaction.ts';

/** An event before it has its place in the feed. */
export type EventRow = { kind: string; data: unknown };

export type StoredEvent = EventRow & {
  seq: number;
  at: Date;
  actor: unknown;
  requestId: string | undefined;
};

/**
 * Raises the organization's counter and gives the events the numbers up to it. The counter's row stays locked until the
 * transaction ends, so this comes last in it. `members` and `teams` are the changes of the counts of live rows, `access` those
 * of the people who administer and of seats. `governs` says that the transaction changes what decides about people, and
 * `governedBy` names the state of it that it was made by, if it may be an old one: then it fails.
 */
export function insertEvents(
  tx: OrgTransaction,
  events: readonly EventRow[],
  about: {
    at: Date;
    actor: unknown;
    requestId: string | undefined;
    members: number;
    teams: number;
    access?: AccessCounts | undefined;
    governedBy?: number | undefined;
    governs?: boolean | undefined;
  },
): void {
  const { owners, admins, seats } = about.access ?? noAccessCounts;
  tx.send({
    name: 'event-counter',
    text: `update event_counters set last_seq = last_seq + $2, members = members + $3, teams = teams + $4,
        owners = owners + $5, admins = admins + $6, keeps_owner = keeps_owner or $5 > 0, keeps_admin = keeps_admin or $6 > 0,
        governed_seen = coalesce($7::bigint, governed_version) + $8::int, governed_version = governed_version + $8::int
      where org_id = $1`,
    values: [
      tx.orgId,
      events.length,
      about.members,
      about.teams,
      owners,
      admins,
      about.governedBy,
      about.governs === true ? 1 : 0,
    ],
  });
  updateSeats(tx, seats);
  const [first] = events;
  if (events.length === 1 && first !== undefined) {
    // Almost every change has one event; an array would be planned anew at each execution.
    tx.send({
      name: 'event-insert-one',
      text: `insert into events (org_id, seq, at, kind, data, actor, request_id)
        select c.org_id, c.last_seq, $2, $3, $4, $5, $6 from event_counters c where c.org_id = $1`,
      values: [
        tx.orgId,
        about.at,
        first.kind,
        JSON.stringify(first.data),
        JSON.stringify(about.actor),
        about.requestId,
      ],
    });
    return;
  }
  tx.send({
    name: 'event-insert',
    text: `insert into events (org_id, seq, at, kind, data, actor, request_id)
      select c.org_id, c.last_seq - $2::int + x.place, $3, x.kind, x.data, $4, $5
        from event_counters c, unnest($6::text[], $7::jsonb[]) with ordinality as x (kind, data, place)
       where c.org_id = $1`,
    values: [
      tx.orgId,
      events.length,
      about.at,
      JSON.stringify(about.actor),
      about.requestId,
      events.map((event) => event.kind),
      events.map((event) => JSON.stringify(event.data)),
    ],
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
  const rows = await queryOrganization<{
    seq: string;
    at: Date;
    kind: string;
    data: unknown;
    actor: unknown;
    request_id: string | null;
  }>(db, orgId, {
    name: 'event-page',
    text: `select e.seq, e.at, e.kind, e.data, e.actor, e.request_id from events e
      where e.org_id = $1 and e.seq > $2 order by e.seq limit $3`,
    values: [orgId, page.after, page.limit],
  });
  if (rows.length > 0) await flushOrganization(db, orgId);
  return rows.map((row) => ({
    seq: Number(row.seq),
    at: row.at,
    kind: row.kind,
    data: row.data,
    actor: row.actor,
    requestId: row.request_id ?? undefined,
  }));
}
