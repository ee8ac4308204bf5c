/**
 * One of the files whose statements may span organizations: what a process looks at, again and again, of all organizations
 * whose feeds are followed through it. One statement each for any number of them.
 */
import type { Database } from './database.ts';
import { queryOrganizationBatch } from './organization-transaction.ts';

/** The last number of each of these organizations' feeds. */
export async function readFeedHeads(jobs: Database, orgIds: readonly string[]): Promise<Map<string, number>> {
  const { rows } = await jobs.query<{ org_id: string; last_seq: string }>({
    name: 'feed-heads',
    text: 'select c.org_id, c.last_seq from event_counters c where c.org_id = any($1::uuid[])',
    values: [orgIds],
  });
  return new Map(rows.map((row) => [row.org_id, Number(row.last_seq)]));
}

/** Those of these API keys that let nobody in any more: revoked, expired, or of an organization that is suspended. */
export async function findEndedKeys(
  jobs: Database,
  orgIds: readonly string[],
  keyIds: readonly string[],
  now: Date,
): Promise<string[]> {
  const { rows } = await jobs.query<{ id: string }>({
    name: 'ended-keys',
    text: `select k.id from api_keys k join organizations o on o.id = k.org_id
      where k.org_id = any($1::uuid[]) and k.id = any($2::uuid[])
        and (k.revoked_at is not null or k.expires_at <= $3 or o.status <> 'active')`,
    values: [orgIds, keyIds, now],
  });
  return rows.map((row) => row.id);
}

/** The last number of one feed, and the first number after `after` that is still kept. */
export async function readFeedSpan(
  db: Database,
  orgId: string,
  after: number,
): Promise<{ last: number; next: number | undefined }> {
  const [[counter], [event]] = (await queryOrganizationBatch(db, orgId, [
    { text: 'select c.last_seq from event_counters c where c.org_id = $1', values: [orgId] },
    {
      text: 'select e.seq from events e where e.org_id = $1 and e.seq > $2 order by e.seq limit 1',
      values: [orgId, after],
    },
  ])) as [{ last_seq: string }[], { seq: string }[]];
  return { last: Number(counter?.last_seq ?? 0), next: event === undefined ? undefined : Number(event.seq) };
}
