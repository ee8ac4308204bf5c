import { limits } from '../limits.ts';
import { resetBrake } from '../store/brake-writing.ts';
import type { Database } from '../store/database.ts';
import { lockBatch } from '../store/held-rows.ts';
import { updateBatch } from '../store/held-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Acting } from './acting.ts';
import { commitByHand } from './commit-by-hand.ts';
import { type Settled, settleBatch } from './settle.ts';

/**
 * Lets a batch of the brake go, or one of which something stayed held. What a connection holds is let go by turning it on.
 *
 * @throws OperatorError not_found, or refused if the batch is over or holds for a connection that is not on
 */
export async function releaseBatch(db: Database, org: { id: string }, id: string, at: Acting): Promise<Settled> {
  await commitByHand(db, org, at, async (tx, { governed, now }) => {
    const batch = await openOne(tx, id);
    if (governed.connectionStates[batch.connectionId] !== 'on') {
      throw new OperatorError(
        'refused',
        batch.cause === 'brake'
          ? 'The connection is not on, so nothing of it is put in force. Turn provisioning on first.'
          : 'The connection holds this, and lets it go when it is turned on.',
      );
    }
    if (batch.state === 'settling') return { result: undefined, events: [] };
    // An admin has looked, so what comes after this begins anew.
    if (batch.cause === 'brake') resetBrake(tx, now);
    updateBatch(tx, id, { state: 'settling', by: at.actor ?? { type: 'operator' }, now });
    return { result: undefined, events: [{ kind: 'hold.settling', data: { hold: id } }], governs: true };
  });
  return await settleBatch(db, org, id, at, performance.now() + limits.settleInlineMs);
}

/**
 * Discards what a connection holds that is off, or what the brake holds: what is in force stays as it is, and what was asked stays asked, so that the
 * difference goes on being shown. Turning on does not put it in force; the provider's next request about a person, a team or a
 * membership does, for that one.
 *
 * @throws OperatorError not_found, or refused if the batch is over or the connection whose state holds it is not off
 */
export async function discardBatch(db: Database, org: { id: string }, id: string, at: Acting): Promise<void> {
  await commitByHand(db, org, at, async (tx, { governed, now }) => {
    const batch = await openOne(tx, id);
    if (batch.cause === 'connection' && governed.connectionStates[batch.connectionId] !== 'off') {
      throw new OperatorError(
        'refused',
        'The connection is not off, so what it holds is still to come. Turn provisioning off first.',
      );
    }
    updateBatch(tx, id, { state: 'discarded', by: at.actor ?? { type: 'operator' }, now });
    return { result: undefined, events: [{ kind: 'hold.discarded', data: { hold: id } }], governs: true };
  });
}

async function openOne(tx: OrgTransaction, id: string) {
  const batch = await lockBatch(tx, id);
  if (batch === undefined) throw new OperatorError('not_found', `There is no held batch ${id} in this organization.`);
  if (batch.state === 'released' || batch.state === 'discarded') {
    throw new OperatorError('refused', `The batch was ${batch.state} already.`);
  }
  return batch;
}
