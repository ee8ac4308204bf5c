import type { OrgTransaction } from './organization-transaction.ts';
import type { ReconciliationProgress } from './reconciliations.ts';

/**
 * Notes that a comparison begins, and tells how far it is: at the beginning. It violates `reconciliations_running` while another one
 * runs; one of which nothing was heard since `silentSince` has ended.
 */
export async function insertReconciliation(
  tx: OrgTransaction,
  { id, at, actor, repairs, silentSince }: BegunReconciliation,
): Promise<ReconciliationProgress> {
  tx.send({
    text: 'update reconciliations set ended_at = seen_at where org_id = $1 and ended_at is null and seen_at < $2',
    values: [tx.orgId, silentSince],
  });
  const { rows } = await tx.query<{ progress: ReconciliationProgress }>({
    text: `insert into reconciliations (org_id, id, at, actor, repairs, progress, seen_at)
      select c.org_id, $2, $3, $4, $5, jsonb_build_object('compared', 0, 'of', c.members, 'repaired', 0, 'toRepair', 0), $3
        from event_counters c where c.org_id = $1 returning progress`,
    values: [tx.orgId, id, at, JSON.stringify(actor), repairs],
  });
  return (rows[0] as { progress: ReconciliationProgress }).progress;
}

export type BegunReconciliation = {
  readonly id: string;
  readonly at: Date;
  readonly actor: unknown;
  readonly repairs: boolean;
  readonly silentSince: Date;
};

/** Notes how far a comparison is. */
export function noteReconciliation(tx: OrgTransaction, id: string, progress: ReconciliationProgress, now: Date): void {
  tx.send({
    text: `update reconciliations set progress = $3, seen_at = $4 where org_id = $1 and id = $2`,
    values: [tx.orgId, id, JSON.stringify(progress), now],
  });
}

/** Whether admins were told of what the last comparison before this one left as it was. */
export async function readToldOfDrift(tx: OrgTransaction, id: string): Promise<boolean> {
  const { rows } = await tx.query<{ is_told: boolean }>({
    text: `select r.is_told from reconciliations r
      where r.org_id = $1 and r.id < $2 and r.report is not null order by r.id desc limit 1`,
    values: [tx.orgId, id],
  });
  return rows[0]?.is_told ?? false;
}

/** Keeps what came of a comparison, and the newest ones before it, `keep` of them in all. */
export function endReconciliation(tx: OrgTransaction, id: string, ended: EndedReconciliation): void {
  const { now, progress, report, problem, isTold, keep } = ended;
  tx.send({
    text: `update reconciliations set ended_at = $3, seen_at = $3, progress = $4, report = $5, problem = $6, is_told = $7
      where org_id = $1 and id = $2`,
    values: [
      tx.orgId,
      id,
      now,
      JSON.stringify(progress),
      report === undefined ? null : JSON.stringify(report),
      problem,
      isTold,
    ],
  });
  tx.send({
    text: `delete from reconciliations where org_id = $1 and id <= (
        select r.id from reconciliations r where r.org_id = $1 order by r.id desc offset $2 limit 1)`,
    values: [tx.orgId, keep],
  });
}

export type EndedReconciliation = {
  readonly now: Date;
  readonly progress: ReconciliationProgress;
  readonly report: unknown;
  readonly problem: string | undefined;
  readonly isTold: boolean;
  readonly keep: number;
};
