/** Events by what they are about, by when they happened and by who did it: the history of one thing, and the audit of all. */
import type { Database } from './database.ts';
import { asStoredEvent, eventColumns, type StoredEvent, type StoredEventRow } from './event-rows.ts';
import { flushOrganization, queryOrganization, queryOrganizationBatch } from './organization-transaction.ts';

/** What events are about: one person, one team, or another subject such as `token:<id>` (migrations/0010_event_subjects.sql). */
export type EventsAbout = { readonly member: string } | { readonly team: string } | { readonly subject: string };

export type EventFilter = {
  readonly about?: EventsAbout | undefined;
  /** Numbers of events that the wanted ones lie between, without them. */
  readonly after?: number | undefined;
  readonly before?: number | undefined;
  readonly kinds?: readonly string[] | undefined;
  readonly actorType?: string | undefined;
  readonly actorId?: string | undefined;
};

/** An event with the address that whoever did it called from, if it was noted. */
export type AuditedEvent = StoredEvent & { address: string | undefined };

/**
 * A page of events, by an index of what they are about or, for all of them, of their numbers. The kinds and actors are looked
 * for among those, so a page costs what lies between its first and its last event.
 */
export async function listEvents(
  db: Database,
  org: { id: string },
  filter: EventFilter,
  { order, limit }: { order: 'newest' | 'oldest'; limit: number },
): Promise<AuditedEvent[]> {
  const direction = order === 'newest' ? 'desc' : 'asc';
  const { text, about } = selectAbout(filter.about, 8, (seq) => ({
    where: `${seq} > $2 and ${seq} < $3 and ($5::text[] is null or e.kind = any ($5))
      and ($6::text is null or e.actor ->> 'type' = $6) and ($7::text is null or e.actor ->> 'id' = $7)`,
    order: `${seq} ${direction} limit $4`,
  }));
  const rows = await queryOrganization<AuditedEventRow>(db, org.id, {
    text: `select * from (${text}) x order by x.seq ${direction} limit $4`,
    values: [
      org.id,
      filter.after ?? 0,
      filter.before ?? Number.MAX_SAFE_INTEGER,
      limit,
      filter.kinds,
      filter.actorType,
      filter.actorId,
      ...about,
    ],
  });
  // What somebody has seen must not be given to another event after a crash.
  if (rows.length > 0) await flushOrganization(db, org.id);
  return rows.map(audited);
}

/** The events of the same moments as these, by their numbers, that are not further from them in the feed than `around`; in their order. */
export async function listEventsBeside(
  db: Database,
  org: { id: string },
  numbers: readonly number[],
  around: number,
): Promise<AuditedEvent[]> {
  if (numbers.length === 0) return [];
  const rows = await queryOrganization<AuditedEventRow>(db, org.id, {
    text: `select distinct on (e.seq) ${auditedColumns} from unnest($2::bigint[]) c (seq)
      join events x on x.org_id = $1 and x.seq = c.seq
      join events e on e.org_id = $1 and e.seq between c.seq - $3 and c.seq + $3 and e.at = x.at
      order by e.seq`,
    values: [org.id, numbers, around],
  });
  return rows.map(audited);
}

/** The newest event of each of these groups of kinds about one thing; groups without one are left out. */
export async function findNewestEvents(
  db: Database,
  org: { id: string },
  about: EventsAbout,
  groups: readonly (readonly string[])[],
): Promise<Map<number, AuditedEvent>> {
  const { text, about: values } = selectAbout(about, 3, (seq) => ({
    where: `e.kind = any (string_to_array(g.kinds, ' '))`,
    order: `${seq} desc limit 1`,
  }));
  const rows = await queryOrganization<AuditedEventRow & { place: string }>(db, org.id, {
    text: `select g.place, n.* from unnest($2::text[]) with ordinality as g (kinds, place)
      cross join lateral (select * from (${text}) x order by x.seq desc limit 1) n`,
    values: [org.id, groups.map((kinds) => kinds.join(' ')), ...values],
  });
  return new Map(rows.map((row) => [Number(row.place) - 1, audited(row)]));
}

/** The newest event about one person's being in each of these teams, by the team. */
export async function findNewestInTeams(
  db: Database,
  org: { id: string },
  member: string,
  teams: readonly string[],
): Promise<Map<string, AuditedEvent>> {
  const { text, about } = selectAbout({ member }, 3, (seq) => ({
    where: `e.kind = 'team.members_changed' and e.team_id = any ($2::uuid[])`,
    order: `${seq} desc`,
  }));
  const rows = await queryOrganization<AuditedEventRow & { team_id: string }>(db, org.id, {
    text: `select distinct on (x.team_id) x.* from (${text}) x order by x.team_id, x.seq desc`,
    values: [org.id, teams, ...about],
  });
  return new Map(rows.map((row) => [row.team_id, audited(row)]));
}

/** The event that made what a team gives what it is, for the role and for the license. */
export type MappingEvents = { role?: AuditedEvent; license?: AuditedEvent };

/** The newest event that changed the role, and the one that changed the license, that each of these teams gives, by the team. */
export async function findMappingEvents(
  db: Database,
  org: { id: string },
  teams: readonly string[],
): Promise<Map<string, MappingEvents>> {
  const rows = await queryOrganization<AuditedEventRow & { team_id: string; part: 'role' | 'license' }>(db, org.id, {
    text: `select distinct on (e.team_id, p.part) p.part, ${auditedColumns} from events e
        cross join unnest('{role,license}'::text[]) as p (part)
      where e.org_id = $1 and e.team_id = any ($2::uuid[]) and e.kind = 'team.mapped'
        and e.data -> 'before' ->> p.part is distinct from e.data -> 'after' ->> p.part
      order by e.team_id, p.part, e.seq desc`,
    values: [org.id, teams],
  });
  const byTeam = Map.groupBy(rows, (row) => row.team_id);
  return new Map(
    [...byTeam].map(([team, parts]) => [team, Object.fromEntries(parts.map((row) => [row.part, audited(row)]))]),
  );
}

/** Where a time lies in the feed of an organization. */
export type PlaceInFeed = {
  /** The number of the last event up to that time; the one before the first kept event, if there is none. */
  seq: number;
  /** The first event that is still kept. */
  first: { seq: number; at: Date } | undefined;
  last: number;
};

/**
 * Finds the place of a time by halving the feed, whose numbers have no gaps. Requests that ran at the same moment may have
 * committed in another order than they began, so within that moment the place is one of those that the time can mean. Each step
 * is one probe of the key, as a subquery: as a join it would be planned to read the whole feed.
 */
export async function findPlaceInFeed(db: Database, org: { id: string }, at: Date): Promise<PlaceInFeed> {
  const [[first], [counter], [found]] = (await queryOrganizationBatch(db, org.id, [
    { text: 'select e.seq, e.at from events e where e.org_id = $1 order by e.seq limit 1', values: [org.id] },
    { text: 'select c.last_seq from event_counters c where c.org_id = $1', values: [org.id] },
    {
      text: `with recursive search (low, high) as (
          select (select e.seq - 1 from events e where e.org_id = $1 order by e.seq limit 1), c.last_seq
            from event_counters c where c.org_id = $1
          union all
          select case when n.is_before then n.middle else n.low end, case when n.is_before then n.high else n.middle - 1 end
            from (
              select m.*, (select e.at from events e where e.org_id = $1 and e.seq = m.middle) <= $2 as is_before
                from (select s.low, s.high, (s.low + s.high + 1) / 2 as middle from search s where s.low < s.high) m) n)
        select s.low from search s where s.low >= s.high limit 1`,
      values: [org.id, at],
    },
  ])) as [{ seq: string; at: Date }[], { last_seq: string }[], { low: string }[]];
  return {
    seq: Number(found?.low ?? counter?.last_seq ?? 0),
    first: first && { seq: Number(first.seq), at: first.at },
    last: Number(counter?.last_seq ?? 0),
  };
}

/** `where` and `order` of one of the two reads, by the column that has the number of the event there. */
type Part = (seq: 'e.seq' | 's.seq') => { where: string; order: string };

/**
 * The events about something: those whose row says so, and those that are about several of the kind.
 *
 * @param from the number of the first parameter that is free for what they are about
 */
function selectAbout(about: EventsAbout | undefined, from: number, part: Part): { text: string; about: string[] } {
  const direct = (column: string) => {
    const { where, order } = part('e.seq');
    return `(select ${auditedColumns} from events e where e.org_id = $1 and ${column} and ${where} order by ${order})`;
  };
  if (about === undefined) return { text: direct('true'), about: [] };
  if ('team' in about) return { text: direct(`e.team_id = $${from}::uuid`), about: [about.team] };
  const { where, order } = part('s.seq');
  const [column, value, subject] =
    'member' in about
      ? [`e.member_id = $${from}::uuid`, about.member, `member:${about.member}`]
      : [`e.subject = $${from}`, about.subject, about.subject];
  const among = `(select ${auditedColumns} from event_subjects s
    join events e on e.org_id = $1 and e.seq = s.seq and e.at = s.at
   where s.org_id = $1 and s.subject = $${from + 1} and ${where} order by ${order})`;
  return { text: `${direct(column)} union all ${among}`, about: [value, subject] };
}

const auditedColumns = `${eventColumns}, e.address, e.team_id`;

type AuditedEventRow = StoredEventRow & { address: string | null };

const audited = (row: AuditedEventRow): AuditedEvent => ({ ...asStoredEvent(row), address: row.address ?? undefined });
