import { appendEvents } from '../events/feed.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { updateTokenName } from '../store/token-writing.ts';
import { type Acting, by } from './acting.ts';

/**
 * Gives a SCIM token another name.
 *
 * @returns false if the organization has no such token, or if it was revoked
 * @throws OperatorError if the name is empty
 */
export async function renameToken(
  db: Database,
  org: { id: string },
  tokenId: string,
  name: string,
  at: Acting,
): Promise<boolean> {
  if (name.trim() === '') throw new OperatorError('setting_invalid', 'The name of a token must not be empty.');
  return await inOrganization(db, org.id, async (tx) => {
    const before = await updateTokenName(tx, tokenId, name);
    if (before === undefined) return false;
    const data = { token: { id: tokenId, name }, before: { name: before }, after: { name } };
    if (before !== name) appendEvents(tx, [{ kind: 'token.renamed', data }], by(at));
    return true;
  });
}
