import type { Change } from '../organization/plan.ts';
import type { Policy } from '../organization/policy.ts';
import { OperatorError } from '../store/operator-error.ts';

/**
 * Refuses a change by hand that leaves somebody without a seat where nobody waits for one (K27).
 *
 * @throws OperatorError refused
 */
export function refuseSeatless({ withoutSeat }: Policy, changes: readonly Change[]): void {
  if (withoutSeat === 'wait') return;
  for (const change of changes) {
    if (change.kind !== 'member.license' || change.waitsFor === undefined) continue;
    throw new OperatorError(
      'refused',
      `No seat of ${change.waitsFor} is free, and nothing was changed; free one, raise the number of seats, or let people wait for one (setting withoutSeat).`,
    );
  }
}
