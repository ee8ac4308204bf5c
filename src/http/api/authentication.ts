import { createHash, timingSafeEqual } from 'node:crypto';
import { effectivePermissions, permissionsOf } from '../../organization/permissions.ts';
import { readApiKey } from '../../provisioning/token-text.ts';
import { type ApiKeyGrant, findApiKeyGrant } from '../../store/api-keys.ts';
import type { Database } from '../../store/database.ts';
import { addressRefusal, type FindAddresses } from '../addresses.ts';
import { createCredentialCache } from '../credential-cache.ts';
import type { RateLimits } from '../rate-limits.ts';
import type { Caller } from './caller.ts';
import { problem } from './problem.ts';

/** Where a request says who sends it. */
export type Credentials = { authorization: string | undefined; address: string };

export type ApiAuthentication = {
  /** @throws ApiProblem unauthorized, or a ScimError of a rate limit */
  authenticate(credentials: Credentials, now: Date): Promise<Caller>;
  /** Forgets what is known of an organization's keys: something was revoked, here or in another process. */
  forget(orgId: string): void;
};

/**
 * Makes the check of the operator key and of API keys. No other credential opens the API (R6). Digests are compared in
 * constant time, so that neither a key's text nor its length shows in how long a refusal takes (R3).
 */
export function apiAuthentication(
  db: Database,
  operatorKey: string,
  rates: Pick<RateLimits, 'spendGuess' | 'giveBackGuess'>,
  findAddresses: FindAddresses,
): ApiAuthentication {
  const expected = digestOf(operatorKey);
  const keys = createCredentialCache<ApiKeyGrant>(({ orgId, digest }) => findApiKeyGrant(db, orgId, digest), rates);

  return {
    async authenticate({ authorization, address }, now) {
      const text = bearerToken(authorization);
      if (text !== undefined && timingSafeEqual(digestOf(text), expected)) return { kind: 'operator' };
      const name = text === undefined ? undefined : readApiKey(text);
      if (name === undefined) {
        rates.spendGuess(address);
        throw text === undefined ? noKey() : wrongKey();
      }
      const grant = await keys.check(name, address, (found) => refusalOf(found, now));
      const { id, slugs } = grant.organization;
      const refusal = addressRefusal(await findAddresses(id, grant.addressesVersion), address, slugs[0]);
      if (refusal !== undefined) throw problem('forbidden', `${refusal}.`);
      return callerWith(grant);
    },
    forget: keys.forget,
  };
}

function callerWith(grant: ApiKeyGrant): Caller {
  const { member } = grant;
  const rights = member === undefined ? undefined : permissionsOf(member.role, member.permissions, member.reach);
  return { kind: 'key', grant, may: effectivePermissions(grant.scopes, rights) };
}

/** Why a key does not let the request pass; undefined if it does. */
function refusalOf(grant: ApiKeyGrant | undefined, now: Date): Error | undefined {
  if (grant === undefined) return wrongKey();
  const { keyName, revokedAt, expiresAt, member } = grant;
  if (revokedAt !== undefined)
    return problem('unauthorized', `The API key "${keyName}" was revoked. Create a new one.`);
  if (expiresAt !== undefined && expiresAt <= now) {
    return problem('unauthorized', `The API key "${keyName}" has expired. Create a new one.`);
  }
  if (member !== undefined && !member.isActive) {
    return problem('unauthorized', `The API key "${keyName}" belongs to a person who is not active.`);
  }
  return undefined;
}

const noKey = () =>
  problem(
    'unauthorized',
    'The request carries no key. Send an API key of the organization, or the operator key, as Authorization: Bearer <key>. ' +
      'The operator key is in the file operator.key of the data directory, or in ROLLCALL_OPERATOR_KEY.',
  );

const wrongKey = () =>
  problem(
    'unauthorized',
    'The key is neither an API key of an organization nor the operator key. ' +
      'The operator key is in the file operator.key of the data directory, or in ROLLCALL_OPERATOR_KEY.',
  );

/** The scheme's name is case-insensitive (RFC 9110 §11.1). */
function bearerToken(authorization: string | undefined): string | undefined {
  return /^Bearer +(\S+)$/i.exec(authorization ?? '')?.[1];
}

function digestOf(text: string): Buffer {
  return createHash('sha256').update(text).digest();
}
