/** One of the files whose statements may span organizations: which of them have mail to send. */
import type { Database } from './database.ts';

/**
 * Organizations with a mail that is due, or with something that admins are to be told and were told nothing after `toldSince`.
 */
export async function findOrganizationsWithMail(
  jobs: Database,
  { now, toldSince, limit }: { now: Date; toldSince: Date; limit: number },
): Promise<string[]> {
  const { rows } = await jobs.query<{ org_id: string }>({
    name: 'mail-due',
    text: `select distinct m.org_id from mails m where m.state = 'waiting' and m.due_at <= $1
      union
      select distinct a.org_id from admin_alerts a where a.mailed_at is null
        and not exists (select from admin_alerts t where t.org_id = a.org_id and t.mailed_at > $2)
      limit $3`,
    values: [now, toldSince, limit],
  });
  return rows.map((row) => row.org_id);
}
