import { limits } from '../../limits.ts';
import { readToken } from '../../provisioning/token-text.ts';
import { forbidden, type ScimError, unauthorized } from '../../scim/errors.ts';
import type { OrganizationTypes } from '../../scim/organization-types.ts';
import type { Database } from '../../store/database.ts';
import { findTokenGrant, type TokenGrant } from '../../store/tokens.ts';
import type { RateLimits } from '../rate-limits.ts';
import type { FindTypes } from './organization-types-cache.ts';

/** Where a request says who sends it: its Authorization header, the organization in its path, and its address. */
export type Credentials = { authorization: string | undefined; organization: string; address: string };

/** What a request may do, and with which resource types. */
export type ScimGrant = TokenGrant & { types: OrganizationTypes };

/** Finds what a request may do. */
export type Authenticate = (credentials: Credentials, now: Date) => Promise<ScimGrant>;

type Entry = { grant: Promise<ScimGrant | undefined>; goodUntilMs: number; wasGood: boolean };

/**
 * Makes the check of SCIM tokens. What the database says of a token may be used again for limits.tokenCacheMs, which
 * bounds how long a revocation takes to be in force in this process, whatever else happens.
 *
 * A token that was not found good before is a guess, which its address pays for before the database is asked, and gets back
 * if the guess was right. So guessing is slow and costs us little, and those who share an address with a guesser, as all
 * customers of an identity provider do, go on.
 */
export function scimAuthentication(
  db: Database,
  rates: Pick<RateLimits, 'spendGuess' | 'giveBackGuess'>,
  findTypes: FindTypes,
): Authenticate {
  const entries = new Map<string, Entry>();

  const findGrant = async ({ orgId, digest }: TokenName): Promise<ScimGrant | undefined> => {
    const grant = await findTokenGrant(db, orgId, digest);
    return grant && { ...grant, types: await findTypes(orgId, grant.schemasVersion) };
  };

  const lookUp = (token: TokenName, key: string): Entry => {
    const grant = findGrant(token);
    const wasGood = entries.get(key)?.wasGood ?? false;
    const entry = { grant, goodUntilMs: performance.now() + limits.tokenCacheMs, wasGood };
    // A store that is away is no answer about a token.
    grant.catch(() => {
      entry.goodUntilMs = 0;
    });
    entries.delete(key);
    entries.set(key, entry);
    const oldest = entries.keys().next().value;
    if (entries.size > limits.tokenCacheEntriesMax && oldest !== undefined) entries.delete(oldest);
    return entry;
  };

  return async ({ authorization, organization, address }, now) => {
    const text = credential(authorization);
    const token = text === undefined ? undefined : readToken(text);
    if (token === undefined) {
      rates.spendGuess(address);
      throw text === undefined ? noToken() : noTokenOfOrganization();
    }
    const key = token.digest.toString('latin1');
    const known = entries.get(key);
    const isFresh = known !== undefined && performance.now() < known.goodUntilMs;
    const isGuess = !isFresh && known?.wasGood !== true;
    if (isGuess) rates.spendGuess(address);
    const entry = isFresh ? known : lookUp(token, key);
    const grant = await entry.grant.catch((error) => {
      if (isGuess) rates.giveBackGuess(address);
      throw error;
    });
    const refusal = refusalOf(grant, organization, now);
    if (grant === undefined || refusal !== undefined) {
      if (!isGuess) rates.spendGuess(address);
      throw refusal;
    }
    if (isGuess) rates.giveBackGuess(address);
    entry.wasGood = true;
    return grant;
  };
}

type TokenName = { orgId: string; digest: Buffer };

/** Why a token does not let the request pass; undefined if it does. */
function refusalOf(grant: TokenGrant | undefined, organization: string, now: Date): ScimError | undefined {
  // A token of another organization is told apart from nonsense by nothing in the answer (A13, R7).
  if (grant === undefined || !names(grant, organization)) return noTokenOfOrganization();
  const { tokenName, revokedAt, expiresAt } = grant;
  if (revokedAt !== undefined) {
    return unauthorized(`The token "${tokenName}" was revoked. Create a new one and paste it into the provider`);
  }
  if (expiresAt !== undefined && expiresAt <= now) {
    return unauthorized(`The token "${tokenName}" has expired. Create a new one and paste it into the provider`);
  }
  return undefined;
}

const noToken = () =>
  unauthorized(
    'The request carries no token. In Okta, set the Authorization of the API integration to a token of this organization',
  );

const noTokenOfOrganization = () =>
  unauthorized(
    'The token is not a token of this organization. Check that the base URL and the token were copied from the same organization, ' +
      'or create a new token',
  );

/**
 * Refuses requests of an organization that takes none now.
 *
 * @throws ScimError forbidden
 */
export function assertOpen(grant: TokenGrant): void {
  assertActive(grant);
  const { connectionState, organization } = grant;
  if (connectionState === 'off') {
    throw forbidden(
      `Provisioning is turned off for this organization, and nothing was changed. Turn it on with: rollcall scim enable ${organization.slugs[0]}`,
    );
  }
}

/** The token in the header. Okta's header authentication sends it without a scheme (OK9). */
function credential(authorization: string | undefined): string | undefined {
  const text = authorization?.trim() ?? '';
  const space = text.indexOf(' ');
  if (text === '') return undefined;
  if (space === -1) return text.toLowerCase() === 'bearer' ? undefined : text;
  return text.slice(0, space).toLowerCase() === 'bearer' ? text.slice(space + 1).trim() || undefined : text;
}

function names({ organization }: TokenGrant, given: string): boolean {
  const name = given.toLowerCase();
  return organization.id === name || organization.slugs.includes(name);
}

/** @throws ScimError forbidden if the organization is suspended */
export function assertActive({ organization }: Pick<TokenGrant, 'organization'>): void {
  if (organization.status === 'active') return;
  throw forbidden('The organization is suspended, and nothing was changed. Ask whoever runs Rollcall');
}
