import { appendEvents } from '../events/feed.ts';
import type { Database } from '../store/database.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { markTokenRevoked } from '../store/token-writing.ts';
import { type Acting, by } from './acting.ts';

/**
 * Revokes a SCIM token. Every process refuses it within a second (limits.tokenCacheMs).
 *
 * @returns false if the organization has no such token, or if it was revoked before
 */
export async function revokeToken(db: Database, org: { id: string }, tokenId: string, at: Acting): Promise<boolean> {
  return await inOrganization(db, org.id, async (tx) => {
    const isRevoked = await markTokenRevoked(tx, tokenId, at.now);
    if (isRevoked) {
      appendEvents(tx, [{ kind: 'token.revoked', data: { token: { id: tokenId } } }], by(at));
    }
    return isRevoked;
  });
}
