import { randomBytes } from 'node:crypto';
import { v7 as newUuid } from 'uuid';
import { appendEvents } from '../events/feed.ts';
import { isPermission, permissions } from '../organization/permissions.ts';
import { insertApiKey } from '../store/api-key-writing.ts';
import type { Database } from '../store/database.ts';
import { lockMember } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { by, type Creating } from './acting.ts';
import { mayMakeOwners } from './may-give.ts';
import { digestOf, printApiKey, tokenSecretBytes } from './token-text.ts';

export type NewApiKey = {
  name: string;
  /** Names of src/organization/permissions.ts. */
  scopes: readonly string[];
  /** The person whom the key acts for; it ends with the person. */
  memberId?: string | undefined;
  expiresAt?: Date | undefined;
};

export type CreatedApiKey = {
  id: string;
  key: string;
  name: string;
  scopes: readonly string[];
  member: { id: string; userName: string } | undefined;
  createdAt: Date;
  expiresAt: Date | undefined;
};

/**
 * Creates an API key of the organization, or of one of its people. Its text is returned this once; only its digest is
 * stored.
 *
 * @throws OperatorError if the name or the scopes are empty, a scope does not exist, the expiry is not in the future, or the
 * person is not there, not active, or an owner for whom only an owner or the operator makes keys
 */
export async function createApiKey(
  db: Database,
  org: { id: string },
  input: NewApiKey,
  at: Creating<CreatedApiKey>,
): Promise<CreatedApiKey> {
  const { name, memberId, expiresAt } = input;
  const scopes = checkedScopes(input.scopes);
  if (name.trim() === '') throw new OperatorError('setting_invalid', 'The name of an API key must not be empty.');
  if (expiresAt !== undefined && expiresAt <= at.now) {
    throw new OperatorError('setting_invalid', 'An API key must expire in the future.');
  }
  const id = newUuid({ msecs: at.now.getTime() });
  const key = printApiKey(org.id, randomBytes(tokenSecretBytes));
  return await inOrganization(db, org.id, async (tx) => {
    // The lock keeps the person from being deactivated between this look and the commit.
    const found = memberId === undefined ? undefined : await lockMember(tx, memberId, 'here');
    if (memberId !== undefined && found?.inForce.status !== 'active') {
      throw new OperatorError('not_found', `There is no active member ${memberId} in this organization.`);
    }
    if (found?.access.inForce.role === 'owner' && !(await mayMakeOwners(tx, at))) {
      throw new OperatorError(
        'refused',
        `${found.scim.userName} is an owner: only an owner or the operator makes a key that acts for an owner.`,
      );
    }
    const member = found && { id: found.id, userName: found.scim.userName as string };
    insertApiKey(tx, { id, digest: digestOf(key), memberId, name, scopes, expiresAt, now: at.now });
    const data = {
      key: { id, name },
      scopes,
      ...(member === undefined ? {} : { member }),
      ...(expiresAt === undefined ? {} : { expiresAt }),
    };
    const created = { id, key, name, scopes, member, createdAt: at.now, expiresAt };
    at.remember?.(tx, created);
    appendEvents(tx, [{ kind: 'api_key.created', data }], by(at));
    return created;
  });
}

function checkedScopes(scopes: readonly string[]): string[] {
  const unknown = scopes.find((scope) => !isPermission(scope));
  if (unknown === undefined && scopes.length > 0) return [...new Set(scopes)].sort();
  const problem = unknown === undefined ? 'An API key needs a scope' : `There is no scope ${JSON.stringify(unknown)}`;
  throw new OperatorError('setting_invalid', `${problem}; the scopes are ${Object.keys(permissions).join(', ')}.`);
}
