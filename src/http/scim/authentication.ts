import { limits } from '../../limits.ts';
import { readToken } from '../../provisioning/token-text.ts';
import { forbidden, unauthorized } from '../../scim/errors.ts';
import type { Database } from '../../store/database.ts';
import { findTokenGrant, type TokenGrant } from '../../store/tokens.ts';

/** Finds what a request may do from its Authorization header and the organization in its path. */
export type Authenticate = (authorization: string | undefined, organization: string, now: Date) => Promise<TokenGrant>;

type Entry = { grant: Promise<TokenGrant | undefined>; goodUntilMs: number };

/**
 * Makes the check of SCIM tokens. What the database says of a token may be used again for limits.tokenCacheMs, which
 * bounds how long a revocation takes to be in force in this process, whatever else happens.
 */
export function scimAuthentication(db: Database): Authenticate {
  const entries = new Map<string, Entry>();

  const findGrant = (text: string): Promise<TokenGrant | undefined> => {
    const token = readToken(text);
    if (token === undefined) return Promise.resolve(undefined);
    const key = token.digest.toString('latin1');
    const known = entries.get(key);
    const nowMs = performance.now();
    if (known !== undefined && nowMs < known.goodUntilMs) return known.grant;
    const grant = findTokenGrant(db, token.orgId, token.digest);
    // A store that is away is no answer about a token.
    grant.catch(() => entries.delete(key));
    entries.delete(key);
    entries.set(key, { grant, goodUntilMs: nowMs + limits.tokenCacheMs });
    const oldest = entries.keys().next().value;
    if (entries.size > limits.tokenCacheEntriesMax && oldest !== undefined) entries.delete(oldest);
    return grant;
  };

  return async (authorization, organization, now) => {
    const text = credential(authorization);
    if (text === undefined) {
      throw unauthorized(
        'The request carries no token. In Okta, set the Authorization of the API integration to a token of this organization',
      );
    }
    const grant = await findGrant(text);
    // A token of another organization is told apart from nonsense by nothing in the answer (A13, R7).
    if (grant === undefined || !names(grant, organization)) {
      throw unauthorized(
        'The token is not a token of this organization. Check that the base URL and the token were copied from the same organization, ' +
          'or create a new token',
      );
    }
    if (grant.revokedAt !== undefined) {
      throw unauthorized(`The token "${grant.tokenName}" was revoked. Create a new one and paste it into the provider`);
    }
    if (grant.expiresAt !== undefined && grant.expiresAt <= now) {
      throw unauthorized(`The token "${grant.tokenName}" has expired. Create a new one and paste it into the provider`);
    }
    return grant;
  };
}

/**
 * Refuses requests of an organization that takes none now.
 *
 * @throws ScimError forbidden
 */
export function assertOpen({ connectionState, organization }: TokenGrant): void {
  if (organization.status !== 'active') {
    throw forbidden('The organization is suspended, and nothing was changed. Ask whoever runs Rollcall');
  }
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
