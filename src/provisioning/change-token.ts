import { appendEvents, type FeedEventBody } from '../events/feed.ts';
import type { Database } from '../store/database.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { lockToken, updateToken } from '../store/token-writing.ts';
import { type Acting, by } from './acting.ts';
import { assertMayGiveCeiling, saysOfToken } from './may-give.ts';
import { checkedAddresses, checkedExpiry, checkedTokenName, checkedTokenScopes } from './token-settings.ts';

/** What is changed of a token; what is left out stays. */
export type TokenChange = {
  name?: string | undefined;
  /** Names of src/organization/token-scopes.ts. */
  scopes?: readonly string[] | undefined;
  /** Ranges that it may be used from; an empty list is anywhere. */
  addresses?: readonly string[] | undefined;
  /** Until when it is good; null for as long as nobody revokes it. */
  expiresAt?: Date | null | undefined;
};

/**
 * Gives a SCIM token another name, other scopes, other addresses or another time of expiry. Every process goes by it within a second
 * (limits.tokenCacheMs).
 *
 * @returns false if the organization has no such token, or if it was revoked
 * @throws OperatorError setting_invalid if the name is empty, a scope or range is none, or the time is over;
 *   refused or forbidden if its limits change and its ceiling has permissions that the caller lacks
 */
export async function changeToken(
  db: Database,
  org: { id: string },
  tokenId: string,
  change: TokenChange,
  at: Acting,
): Promise<boolean> {
  return await inOrganization(db, org.id, async (tx) => {
    const events = await tokenWritten(tx, tokenId, change, at);
    if (events === undefined) return false;
    if (events.length > 0) appendEvents(tx, events, by(at));
    return true;
  });
}

/**
 * Writes a change of a token, which it locks.
 *
 * @returns what the feed says of it; undefined if the organization has no such token, or if it was revoked
 * @throws OperatorError as `changeToken`
 */
export async function tokenWritten(
  tx: OrgTransaction,
  tokenId: string,
  change: TokenChange,
  at: Acting,
): Promise<FeedEventBody[] | undefined> {
  const name = change.name === undefined ? undefined : checkedTokenName(change.name);
  const scopes = change.scopes === undefined ? undefined : checkedTokenScopes(change.scopes);
  const addresses = change.addresses === undefined ? undefined : checkedAddresses(change.addresses);
  const expiresAt = checkedExpiry(change.expiresAt ?? undefined, at.now);
  const before = await lockToken(tx, tokenId);
  if (before === undefined) return undefined;
  const after = {
    name: name ?? before.name,
    scopes: scopes ?? before.scopes,
    addresses: addresses ?? before.addresses,
    expiresAt: change.expiresAt === undefined ? before.expiresAt : expiresAt,
  };
  const token = { id: tokenId, name: after.name };
  const events: FeedEventBody[] = [];
  if (after.name !== before.name) {
    events.push({
      kind: 'token.renamed',
      data: { token, before: { name: before.name }, after: { name: after.name } },
    });
  }
  const endsElsewhen = after.expiresAt?.getTime() !== before.expiresAt?.getTime();
  const limitsOf = (of: Pick<typeof after, 'scopes' | 'addresses' | 'expiresAt'>) => ({
    scopes: [...of.scopes],
    addresses: [...of.addresses],
    ...(endsElsewhen ? { expiresAt: of.expiresAt?.toISOString() ?? null } : {}),
  });
  if (JSON.stringify(limitsOf(before)) !== JSON.stringify(limitsOf(after))) {
    // Whoever has its text may go on, or do more, by it.
    await assertMayGiveCeiling(tx, before.roleCeiling, at, { what: saysOfToken(before) });
    events.push({
      kind: 'token.limits_changed',
      data: { token, before: limitsOf(before), after: limitsOf(after) },
    });
  }
  if (events.length > 0) updateToken(tx, tokenId, after);
  return events;
}
