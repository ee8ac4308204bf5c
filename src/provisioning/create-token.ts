import { randomBytes } from 'node:crypto';
import { v7 as newUuid } from 'uuid';
import { appendEvents, type FeedEventBody } from '../events/feed.ts';
import { type BuiltInRole, ordinaryCeiling } from '../organization/roles.ts';
import { everyTokenScope, type TokenScope } from '../organization/token-scopes.ts';
import { lockConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { holdGoverned } from '../store/governing.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { insertToken, markTokensRevoked } from '../store/token-writing.ts';
import { by, type Creating } from './acting.ts';
import { assertNotEnding } from './hold.ts';
import { assertMayGive, assertMayGiveCeiling } from './may-give.ts';
import { checkedAddresses, checkedExpiry, checkedTokenName, checkedTokenScopes } from './token-settings.ts';
import { digestOf, printToken, tokenSecretBytes } from './token-text.ts';

export type CreatedToken = {
  id: string;
  token: string;
  name: string;
  expiresAt: Date | undefined;
  scopes: readonly TokenScope[];
  addresses: readonly string[];
  roleCeiling: BuiltInRole;
  /** The id of the token that it takes over from. */
  replaces: string | undefined;
};

export type NewToken = {
  name: string;
  expiresAt?: Date | undefined;
  /** Names of src/organization/token-scopes.ts; all of them if left out. */
  scopes?: readonly string[] | undefined;
  /** Ranges that it may be used from; anywhere if left out. */
  addresses?: readonly string[] | undefined;
  /** The strongest role that teams give to people whom it puts into them; member if left out. */
  roleCeiling?: BuiltInRole | undefined;
};

/**
 * Creates a SCIM token of the organization's connection. Its text is returned this once; only its digest is stored. Where the
 * policy allows one token, those before it are revoked (K18).
 *
 * @throws OperatorError setting_invalid if the name is empty, the expiry is not in the future, or a scope or range is none;
 *   refused if only an owner may give it this ceiling, forbidden if the ceiling has permissions that the caller lacks, or refused while the connection is being disconnected
 */
export async function createToken(
  db: Database,
  org: { id: string },
  input: NewToken,
  at: Creating<CreatedToken>,
): Promise<CreatedToken> {
  const checked = {
    name: checkedTokenName(input.name),
    expiresAt: checkedExpiry(input.expiresAt, at.now),
    scopes: checkedTokenScopes(input.scopes ?? everyTokenScope),
    addresses: checkedAddresses(input.addresses ?? []),
    roleCeiling: input.roleCeiling ?? ordinaryCeiling,
  };
  return await inOrganization(db, org.id, async (tx) => {
    // Choosing one is about roles, also where it is below what any has.
    if (input.roleCeiling !== undefined) await assertMayGive(tx, { permissions: ['roles:write'] }, at);
    await assertMayGiveCeiling(tx, checked.roleCeiling, at);
    const { policy } = await holdGoverned(tx);
    const { id: connectionId, state } = await lockConnection(tx);
    assertNotEnding(state);
    const replaced = policy.tokens === 'single' ? await markTokensRevoked(tx, at.now) : [];
    return addToken(tx, { ...checked, connectionId, replaces: undefined }, replaced, at);
  });
}

/** Stores a new token, whose text nobody has yet, and says so, and which tokens were revoked for it. It ends the transaction. */
export function addToken(
  tx: OrgTransaction,
  token: Omit<CreatedToken, 'id' | 'token'> & { connectionId: string },
  revoked: readonly string[],
  at: Creating<CreatedToken>,
): CreatedToken {
  const { connectionId, ...shown } = token;
  const id = newUuid({ msecs: at.now.getTime() });
  const text = printToken(tx.orgId, randomBytes(tokenSecretBytes));
  const created = { id, token: text, ...shown };
  insertToken(tx, { ...shown, id, digest: digestOf(text), connectionId, now: at.now });
  at.remember?.(tx, created);
  const { name, expiresAt, scopes, addresses, roleCeiling, replaces } = shown;
  const events: FeedEventBody[] = [
    {
      kind: 'token.created',
      data: {
        token: { id, name },
        scopes: [...scopes],
        ...(addresses.length === 0 ? {} : { addresses: [...addresses] }),
        ...(roleCeiling === ordinaryCeiling ? {} : { roleCeiling }),
        ...(expiresAt === undefined ? {} : { expiresAt }),
        ...(replaces === undefined ? {} : { replaces }),
      },
    },
    ...revoked.map((each) => ({ kind: 'token.revoked' as const, data: { token: { id: each } } })),
  ];
  appendEvents(tx, events, by(at));
  return created;
}
