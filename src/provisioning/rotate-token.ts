import { appendEvents, type FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { Database } from '../store/database.ts';
import { holdGoverned } from '../store/governing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { lockToken, markTokenRevoked, markTokensRevoked, type Successor } from '../store/token-writing.ts';
import { type Acting, by, byItself, type Creating } from './acting.ts';
import { addToken, type CreatedToken } from './create-token.ts';
import { assertMayGiveCeiling, saysOfToken } from './may-give.ts';
import { checkedExpiry } from './token-settings.ts';

/**
 * Makes a token that takes over from another one, with its name, scopes, addresses and ceiling. Both are good until the new
 * one has had limits.rotationGoodCalls good calls; then the old one is revoked by itself. Where the policy allows one token
 * (K18), the old one is revoked at once.
 *
 * @param expiresAt when the new one expires; if left out, it is valid for as long as the old one was meant to be
 * @returns undefined if the organization has no such token, or if it was revoked
 * @throws OperatorError refused if one is taking over already or this one is still taking over from another one, forbidden if the
 *   ceiling has permissions that the caller lacks, or
 *   setting_invalid if the expiry is not in the future
 */
export async function rotateToken(
  db: Database,
  org: { id: string },
  tokenId: string,
  expiresAt: Date | undefined,
  at: Creating<CreatedToken>,
): Promise<CreatedToken | undefined> {
  checkedExpiry(expiresAt, at.now);
  return await inOrganization(db, org.id, async (tx) => {
    const { policy } = await holdGoverned(tx);
    const old = await lockToken(tx, tokenId);
    if (old === undefined) return undefined;
    if (old.successor !== undefined) {
      throw new OperatorError(
        'refused',
        `The token "${old.name}" is being replaced by ${old.successor.id} already. ` +
          `Use that one, or cancel the rotation first: rollcall token cancel ${tx.orgId} ${tokenId}`,
      );
    }
    const isOne = policy.tokens === 'single';
    // In a chain of rotations nothing would end the tokens before the last two.
    if (!isOne && old.predecessor !== undefined) {
      const { id, name } = old.predecessor;
      throw new OperatorError(
        'refused',
        `The token "${old.name}" is still taking over from "${name}" (${id}), and is not rotated before that has ended. ` +
          `It ends by itself after ${limits.rotationGoodCalls} good calls of this one. Otherwise give this one up and rotate the other one again ` +
          `(rollcall token cancel ${tx.orgId} ${id}), or revoke the other one (rollcall token revoke ${tx.orgId} ${id})`,
      );
    }
    await assertMayGiveCeiling(tx, old.roleCeiling, at, { what: saysOfToken(old) });
    const revoked = isOne ? await markTokensRevoked(tx, at.now) : [];
    const { connectionId, name, scopes, addresses, roleCeiling, createdAt } = old;
    const lifetimeMs = old.expiresAt && old.expiresAt.getTime() - createdAt.getTime();
    const token = {
      connectionId,
      name,
      scopes,
      addresses,
      roleCeiling,
      expiresAt: expiresAt ?? (lifetimeMs === undefined ? undefined : new Date(at.now.getTime() + lifetimeMs)),
      replaces: tokenId,
    };
    return addToken(tx, token, revoked, at);
  });
}

/**
 * Gives a rotation up: revokes the token that was taking over from this one.
 *
 * @returns the id of the revoked token
 * @throws OperatorError not_found if there is no such token, or none is taking over from it
 */
export async function cancelRotation(db: Database, org: { id: string }, tokenId: string, at: Acting): Promise<string> {
  return await inOrganization(db, org.id, async (tx) => {
    const old = await lockToken(tx, tokenId);
    const successor = old?.successor;
    if (old === undefined || successor === undefined || !(await markTokenRevoked(tx, successor.id, at.now))) {
      throw new OperatorError('not_found', `No token is taking over from a token ${tokenId} in this organization.`);
    }
    const data = { token: { id: tokenId, name: old.name }, by: successor };
    const events: FeedEventBody[] = [
      { kind: 'token.rotation_cancelled', data },
      { kind: 'token.revoked', data: { token: { id: successor.id } } },
    ];
    appendEvents(tx, events, by(at));
    return successor.id;
  });
}

/** Revokes the tokens that others have taken over from. It ends the transaction. */
export async function retireReplaced(tx: OrgTransaction, successors: readonly Successor[], now: Date): Promise<void> {
  const events: FeedEventBody[] = [];
  for (const { id, name, replaces } of successors) {
    if (!(await markTokenRevoked(tx, replaces, now))) continue;
    events.push(
      { kind: 'token.rotated', data: { token: { id: replaces }, by: { id, name } } },
      { kind: 'token.revoked', data: { token: { id: replaces } } },
    );
  }
  if (events.length > 0) appendEvents(tx, events, byItself(now));
}
