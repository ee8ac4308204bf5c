/** One of the files whose statements may span organizations: whose domains are to be looked at. */
import type { Database } from './database.ts';

/** Domains whose record is due to be looked for, the longest waiting first. */
export async function findDomainsDue(
  jobs: Database,
  now: Date,
  limit: number,
): Promise<{ orgId: string; name: string }[]> {
  const { rows } = await jobs.query<{ org_id: string; name: string }>({
    name: 'domains-due',
    text: 'select d.org_id, d.name from domains d where d.due_at <= $1 order by d.due_at limit $2',
    values: [now, limit],
  });
  return rows.map((row) => ({ orgId: row.org_id, name: row.name }));
}
