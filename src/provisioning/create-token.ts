import { randomBytes } from 'node:crypto';
import { v7 as newUuid } from 'uuid';
import { appendEvents } from '../events/feed.ts';
import type { Database } from '../store/database.ts';
import { holdGoverned } from '../store/governing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { findConnectionId } from '../store/organizations.ts';
import { insertToken, markTokensRevoked } from '../store/token-writing.ts';
import { by, type Creating } from './acting.ts';
import { digestOf, printToken, tokenSecretBytes } from './token-text.ts';

export type CreatedToken = { id: string; token: string; name: string; expiresAt: Date | undefined };

/**
 * Creates a SCIM token of the organization's connection. Its text is returned this once; only its digest is stored. Where the
 * policy allows one token, those before it are revoked (K18).
 *
 * @throws OperatorError if the name is empty or the expiry is not in the future
 */
export async function createToken(
  db: Database,
  org: { id: string },
  input: { name: string; expiresAt?: Date | undefined },
  at: Creating<CreatedToken>,
): Promise<CreatedToken> {
  const { name, expiresAt } = input;
  if (name.trim() === '') throw new OperatorError('setting_invalid', 'The name of a token must not be empty.');
  if (expiresAt !== undefined && expiresAt <= at.now) {
    throw new OperatorError('setting_invalid', 'A token must expire in the future.');
  }
  const id = newUuid();
  const token = printToken(org.id, randomBytes(tokenSecretBytes));
  const created = { id, token, name, expiresAt };
  await inOrganization(db, org.id, async (tx) => {
    const connectionId = await findConnectionId(tx);
    const { policy } = await holdGoverned(tx);
    const replaced = policy.tokens === 'single' ? await markTokensRevoked(tx, at.now) : [];
    insertToken(tx, { id, digest: digestOf(token), connectionId, name, expiresAt, now: at.now });
    const data = { token: { id, name }, ...(expiresAt === undefined ? {} : { expiresAt }) };
    at.remember?.(tx, created);
    appendEvents(
      tx,
      [
        { kind: 'token.created', data },
        ...replaced.map((each) => ({ kind: 'token.revoked' as const, data: { token: { id: each } } })),
      ],
      by(at),
    );
  });
  return created;
}
