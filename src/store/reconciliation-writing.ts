import type { OrgTransaction } from './organization-transaction.ts';

/** Keeps the report of a reconciliation in the place of the one before. */
export function keepReconciliation(tx: OrgTransaction, at: Date, report: unknown): void {
  tx.send({
    text: `insert into reconciliations (org_id, at, report) values ($1, $2, $3)
      on conflict (org_id) do update set at = excluded.at, report = excluded.report`,
    values: [tx.orgId, at, JSON.stringify(report)],
  });
}
