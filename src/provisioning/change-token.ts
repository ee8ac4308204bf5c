import { appendEvents, type FeedEventBody } from '../events/feed.ts';
import type { Database } from '../store/database.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { lockToken, updateToken } from '../store/token-writing.ts';
import { type Acting, by } from './acting.ts';
import { checkedAddresses, checkedTokenName, checkedTokenScopes } from './token-settings.ts';

/** What is changed of a token; what is left out stays. */
export type TokenChange = {
  name?: string | undefined;
  /** Names of src/organization/token-scopes.ts. */
  scopes?: readonly string[] | undefined;
  /** Ranges that it may be used from; an empty list is anywhere. */
  addresses?: readonly string[] | undefined;
};

/**
 * Gives a SCIM token another name, other scopes or other addresses. Every process goes by it within a second
 * (limits.tokenCacheMs).
 *
 * @returns false if the organization has no such token, or if it was revoked
 * @throws OperatorError setting_invalid if the name is empty, or a scope or range is none
 */
export async function changeToken(
  db: Database,
  org: { id: string },
  tokenId: string,
  change: TokenChange,
  at: Acting,
): Promise<boolean> {
  const name = change.name === undefined ? undefined : checkedTokenName(change.name);
  const scopes = change.scopes === undefined ? undefined : checkedTokenScopes(change.scopes);
  const addresses = change.addresses === undefined ? undefined : checkedAddresses(change.addresses);
  return await inOrganization(db, org.id, async (tx) => {
    const before = await lockToken(tx, tokenId);
    if (before === undefined) return false;
    const after = {
      name: name ?? before.name,
      scopes: scopes ?? before.scopes,
      addresses: addresses ?? before.addresses,
    };
    const token = { id: tokenId, name: after.name };
    const events: FeedEventBody[] = [];
    if (after.name !== before.name) {
      events.push({
        kind: 'token.renamed',
        data: { token, before: { name: before.name }, after: { name: after.name } },
      });
    }
    const limitsOf = (of: { scopes: readonly string[]; addresses: readonly string[] }) => ({
      scopes: [...of.scopes],
      addresses: [...of.addresses],
    });
    if (JSON.stringify(limitsOf(before)) !== JSON.stringify(limitsOf(after))) {
      events.push({
        kind: 'token.limits_changed',
        data: { token, before: limitsOf(before), after: limitsOf(after) },
      });
    }
    if (events.length > 0) {
      updateToken(tx, tokenId, after);
      appendEvents(tx, events, by(at));
    }
    return true;
  });
}
