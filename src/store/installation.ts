/** Statements across organizations that only count: what an operator sees of the whole installation at a glance. */
import type { Database } from './database.ts';
import { firstIdAt } from './time-ordered-id.ts';

export type Installation = {
  /** As PostgreSQL names its release: 18.4. */
  postgresqlVersion: string;
  organizations: number;
  /** SCIM requests of all organizations since the given time, counted up to the given bound. */
  requests: number;
};

/** Counts at most `requestsMax` requests, so that the answer costs the same on a busy installation as on an idle one. */
export async function readInstallation(jobs: Database, since: Date, requestsMax: number): Promise<Installation> {
  const { rows } = await jobs.query<{ version: string; organizations: string; requests: string }>({
    name: 'installation',
    // Request ids begin with their time. Asked organization by organization, the log's primary key finds them.
    text: `select split_part(current_setting('server_version'), ' ', 1) as version,
        (select count(*) from organizations) as organizations,
        (select count(*) from (
          select 1 from organizations o, lateral (select 1 from scim_requests r where r.org_id = o.id and r.id >= $1) x limit $2
        ) counted) as requests`,
    values: [firstIdAt(since), requestsMax],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('a select of constants answered no row');
  return {
    postgresqlVersion: row.version,
    organizations: Number(row.organizations),
    requests: Number(row.requests),
  };
}
