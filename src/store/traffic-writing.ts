import type { OrgTransaction } from './organization-transaction.ts';

/** How often a request was answered in one way, or something was noticed, in one piece of time. */
export type TrafficCount = {
  kind: 'answer' | 'sign';
  /** When the piece of time begins. */
  bucket: Date;
  name: string;
  count: number;
  lastAt: Date;
  /** The id of the last request of these in the log. */
  lastRequest: string;
};

/** Adds to the counts. They are sorted, so that processes that write the same ones at once do not wait for each other in a circle. */
export function addTraffic(tx: OrgTransaction, counts: readonly TrafficCount[]): void {
  const keyOf = ({ kind, bucket, name }: TrafficCount) => `${kind} ${bucket.getTime()} ${name}`;
  const sorted = counts.toSorted((one, two) => (keyOf(one) < keyOf(two) ? -1 : 1));
  tx.send({
    name: 'traffic-add',
    text: `insert into traffic_counts as t (org_id, kind, bucket, name, count, last_at, last_request)
      select c.org_id, x.kind, x.bucket, x.name, x.count, x.last_at, x.last_request
        from event_counters c, unnest($2::text[], $3::timestamptz[], $4::text[], $5::bigint[], $6::timestamptz[], $7::uuid[])
          as x (kind, bucket, name, count, last_at, last_request)
       where c.org_id = $1
      on conflict (org_id, kind, bucket, name) do update set count = t.count + excluded.count,
        last_request = case when t.last_at >= excluded.last_at then t.last_request else excluded.last_request end,
        last_at = greatest(t.last_at, excluded.last_at)`,
    values: [
      tx.orgId,
      sorted.map(({ kind }) => kind),
      sorted.map(({ bucket }) => bucket),
      sorted.map(({ name }) => name),
      sorted.map(({ count }) => count),
      sorted.map(({ lastAt }) => lastAt),
      sorted.map(({ lastRequest }) => lastRequest),
    ],
  });
}

/** Forgets the counts of pieces of time that began before. */
export function deleteTraffic(tx: OrgTransaction, before: Date): void {
  tx.send({ text: 'delete from traffic_counts where org_id = $1 and bucket < $2', values: [tx.orgId, before] });
}

/** The connections of the organization, each with the last call that came with one of its tokens. */
export async function lockConnectionCalls(
  tx: OrgTransaction,
): Promise<{ id: string; silentSince: Date | undefined; lastCallAt: Date | undefined }[]> {
  const { rows } = await tx.query<{ id: string; silent_since: Date | null; last_call_at: Date | null }>({
    text: `select k.id, k.silent_since,
        (select max(t.last_used_at) from scim_tokens t where t.org_id = $1 and t.connection_id = k.id) as last_call_at
      from connections k where k.org_id = $1 and k.state not in ('off', 'disconnecting', 'disconnected') order by k.id for update of k`,
    values: [tx.orgId],
  });
  return rows.map((row) => ({
    id: row.id,
    silentSince: row.silent_since ?? undefined,
    lastCallAt: row.last_call_at ?? undefined,
  }));
}

/** Notes the last call before a silence that the organization is told of, or that the silence is over. */
export function updateSilence(tx: OrgTransaction, connectionId: string, silentSince: Date | undefined): void {
  tx.send({
    text: 'update connections set silent_since = $3 where org_id = $1 and id = $2',
    values: [tx.orgId, connectionId, silentSince ?? null],
  });
}
