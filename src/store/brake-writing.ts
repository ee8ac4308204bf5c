import type { OrgTransaction } from './organization-transaction.ts';

/** Forgets what the brake has counted: a window begins now. */
export function resetBrake(tx: OrgTransaction, now: Date): void {
  tx.send({
    text: `update event_counters set brake_since = $2, brake_now = default, brake_before = default where org_id = $1`,
    values: [tx.orgId, now],
  });
}
