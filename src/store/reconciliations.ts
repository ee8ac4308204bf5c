import type { Database } from './database.ts';
import { queryOrganization } from './organization-transaction.ts';

/** The last reconciliation of an organization: when it was, and its report; undefined before the first one. */
export async function readReconciliation(
  db: Database,
  orgId: string,
): Promise<{ at: Date; report: unknown } | undefined> {
  const [row] = await queryOrganization<{ at: Date; report: unknown }>(db, orgId, {
    text: 'select r.at, r.report from reconciliations r where r.org_id = $1',
    values: [orgId],
  });
  return row;
}
