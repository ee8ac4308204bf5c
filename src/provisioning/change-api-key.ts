import { appendEvents } from '../events/feed.ts';
import { markApiKeyRevoked, updateApiKeyName } from '../store/api-key-writing.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { type Acting, by } from './acting.ts';

/**
 * Revokes an API key. Every process refuses it, and ends the streams that follow the feed with it, within a second.
 *
 * @returns false if the organization has no such key, or if it was revoked before
 */
export async function revokeApiKey(db: Database, org: { id: string }, keyId: string, at: Acting): Promise<boolean> {
  return await inOrganization(db, org.id, async (tx) => {
    const name = await markApiKeyRevoked(tx, keyId, at.now);
    if (name === undefined) return false;
    appendEvents(tx, [{ kind: 'api_key.revoked', data: { key: { id: keyId, name } } }], by(at));
    return true;
  });
}

/**
 * Gives an API key another name.
 *
 * @returns false if the organization has no such key, or if it was revoked
 * @throws OperatorError if the name is empty
 */
export async function renameApiKey(
  db: Database,
  org: { id: string },
  keyId: string,
  name: string,
  at: Acting,
): Promise<boolean> {
  if (name.trim() === '') throw new OperatorError('setting_invalid', 'The name of an API key must not be empty.');
  return await inOrganization(db, org.id, async (tx) => {
    const before = await updateApiKeyName(tx, keyId, name);
    if (before === undefined) return false;
    const data = { key: { id: keyId, name }, before: { name: before }, after: { name } };
    if (before !== name) appendEvents(tx, [{ kind: 'api_key.renamed', data }], by(at));
    return true;
  });
}
