import type { Database } from './database.ts';
import { queryOrganization } from './organization-transaction.ts';

/** How far a comparison is: people compared, of how many, and people repaired, of how many. */
export type ReconciliationProgress = { compared: number; of: number; repaired: number; toRepair: number };

/** A comparison of an organization: the one that runs, or one that has ended. */
export type StoredReconciliation = {
  id: string;
  /** The moment that it shows. */
  at: Date;
  actor: unknown;
  /** Whether it was to put right what does not follow. */
  repairs: boolean;
  progress: ReconciliationProgress;
  /** The last sign of life of one that has not ended. */
  seenAt: Date;
  endedAt: Date | undefined;
  /** Why it did not do what was asked. */
  problem: string | undefined;
  /** What it found; undefined if it has not come to an end. */
  report: unknown;
};

type Row = {
  id: string;
  at: Date;
  actor: unknown;
  repairs: boolean;
  progress: ReconciliationProgress;
  seen_at: Date;
  ended_at: Date | null;
  problem: string | null;
  report: unknown;
};

const columns = 'r.id, r.at, r.actor, r.repairs, r.progress, r.seen_at, r.ended_at, r.problem';

const reconciliation = ({ seen_at, ended_at, problem, report, ...row }: Row): StoredReconciliation => ({
  ...row,
  seenAt: seen_at,
  endedAt: ended_at ?? undefined,
  problem: problem ?? undefined,
  report: report ?? undefined,
});

/** The comparisons that are kept, the newest first, without the things that they found: `report.items` is not there. */
export async function listReconciliations(
  db: Database,
  org: { id: string },
  { limit, before }: { limit: number; before?: string | undefined },
): Promise<StoredReconciliation[]> {
  const rows = await queryOrganization<Row>(db, org.id, {
    text: `select ${columns}, r.report - 'items' as report from reconciliations r
      where r.org_id = $1 and ($2::uuid is null or r.id < $2) order by r.id desc limit $3`,
    values: [org.id, before, limit],
  });
  return rows.map(reconciliation);
}

export async function findReconciliation(
  db: Database,
  org: { id: string },
  id: string,
): Promise<StoredReconciliation | undefined> {
  const [row] = await queryOrganization<Row>(db, org.id, {
    text: `select ${columns}, r.report from reconciliations r where r.org_id = $1 and r.id = $2`,
    values: [org.id, id],
  });
  return row && reconciliation(row);
}

/** The last comparison that came to an end. */
export async function findLastReconciliation(
  db: Database,
  org: { id: string },
): Promise<StoredReconciliation | undefined> {
  const [row] = await queryOrganization<Row>(db, org.id, {
    text: `select ${columns}, r.report from reconciliations r
      where r.org_id = $1 and r.report is not null order by r.id desc limit 1`,
    values: [org.id],
  });
  return row && reconciliation(row);
}
