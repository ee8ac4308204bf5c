import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import { lockSeats } from '../store/access-writing.ts';
import { resetBrake } from '../store/brake-writing.ts';
import type { Database } from '../store/database.ts';
import { findBatch, type ListedBatch, lockBatch } from '../store/held-rows.ts';
import { updateBatch } from '../store/held-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { type Acting, lasting } from './acting.ts';
import { commitByHand } from './commit-by-hand.ts';
import {
  asPlanned,
  discardRefusal,
  isOutdated,
  lookAgain,
  noSuchBatch,
  planHeld,
  releaseRefusal,
} from './plan-held.ts';
import { type Settled, settleBatch } from './settle.ts';

/**
 * Lets a batch of the brake go, or one of which something stayed held. What a connection holds is let go by turning it on.
 *
 * @param version of the plan that was shown; without it whatever the batch holds by now is put in force
 * @param isExpected whether the caller knows the batch that there is; what it throws refuses the release
 * @throws OperatorError not_found, refused if the batch is over, is discarded meanwhile or holds for a connection that is not on, or
 *   changed if the plan is another one than the version names
 */
export async function releaseBatch(
  db: Database,
  org: { id: string },
  id: string,
  at: Acting,
  version?: string,
  isExpected?: ExpectedBatch,
): Promise<Settled> {
  const moment = lasting(at);
  await endAsPlanned(db, org, id, at, { version, isExpected }, (tx, batch, now) => {
    const refusal = releaseRefusal(batch);
    if (refusal !== undefined) throw new OperatorError('refused', refusal);
    if (batch.state === 'settling') return [];
    // An admin has looked, so what comes after this begins anew.
    if (batch.cause === 'brake') resetBrake(tx, now);
    updateBatch(tx, id, { state: 'settling', by: at.actor ?? { type: 'operator' }, now });
    return [{ kind: 'hold.settling', data: { hold: id } }];
  });
  const settled = await settleBatch(db, org, id, moment, performance.now() + limits.settleInlineMs);
  const batch = await inOrganization(db, org.id, (tx) => lockBatch(tx, id));
  if (batch?.state === 'discarded') {
    throw new OperatorError(
      'refused',
      'The batch was discarded meanwhile; what had been put in force by then stays in force, and the rest is as it was.',
    );
  }
  return settled;
}

/**
 * Discards what a connection holds that is off, or what the brake holds: what is in force stays as it is, and what was asked
 * stays asked, so that the difference goes on being shown. Turning on does not put it in force; the provider's next request
 * about a person, a team or a membership does, for that one.
 *
 * @param version of the plan that was shown; without it whatever the batch holds by now is forgotten
 * @param isExpected whether the caller knows the batch that there is; what it throws refuses the discarding
 * @throws OperatorError not_found, refused if the batch is over or the connection whose state holds it is not off, or changed if the
 *   plan is another one than the version names
 */
export async function discardBatch(
  db: Database,
  org: { id: string },
  id: string,
  at: Acting,
  version?: string,
  isExpected?: ExpectedBatch,
): Promise<void> {
  await endAsPlanned(db, org, id, at, { version, isExpected }, (tx, batch, now) => {
    const refusal = discardRefusal(batch);
    if (refusal !== undefined) throw new OperatorError('refused', refusal);
    updateBatch(tx, id, { state: 'discarded', by: at.actor ?? { type: 'operator' }, now });
    return [{ kind: 'hold.discarded', data: { hold: id } }];
  });
}

/** Whether the caller knows the batch that there is; what it throws refuses the change. */
export type ExpectedBatch = (batch: ListedBatch) => void;

/** Ends a locked batch as `end` does, unless it holds something else than the plan showed, or than the caller knows. */
async function endAsPlanned(
  db: Database,
  org: { id: string },
  id: string,
  at: Acting,
  { version, isExpected }: { version: string | undefined; isExpected: ExpectedBatch | undefined },
  end: (tx: OrgTransaction, batch: ListedBatch, now: Date) => FeedEventBody[],
): Promise<void> {
  await asPlanned<undefined>(
    version,
    (seen) =>
      commitByHand<undefined | typeof lookAgain>(db, org, at, async (tx, { now }) => {
        await lockBatch(tx, id);
        // Behind this lock nothing more is held.
        if (seen !== undefined || isExpected !== undefined) await lockSeats(tx);
        const batch = await findBatch(tx, org, id);
        if (batch === undefined) throw noSuchBatch(id);
        isExpected?.(batch);
        if (await isOutdated(tx, seen)) return { result: lookAgain, events: [] };
        const events = end(tx, batch, now);
        return { result: undefined, events, governs: events.length > 0 };
      }),
    () => planHeld(db, org, id, { from: 0, limit: 0 }),
  );
}
