import { type AddressCheck, addressCheck } from '../../organization/addresses.ts';
import type { Sign } from '../../organization/doctor.ts';
import type { TokenScope } from '../../organization/token-scopes.ts';
import { offRefusal } from '../../provisioning/hold.ts';
import { readToken } from '../../provisioning/token-text.ts';
import { forbidden, type ScimError, unauthorized } from '../../scim/errors.ts';
import type { OrganizationTypes } from '../../scim/organization-types.ts';
import type { Database } from '../../store/database.ts';
import { findTokenGrant, type TokenGrant } from '../../store/tokens.ts';
import { addressRefusal, type FindAddresses } from '../addresses.ts';
import { createCredentialCache } from '../credential-cache.ts';
import type { RateLimits } from '../rate-limits.ts';
import type { FindTypes } from './organization-types-cache.ts';

/** Where a request says who sends it: its Authorization header, the organization in its path, and its address. */
export type Credentials = {
  authorization: string | undefined;
  organization: string;
  address: string;
  /** Told of what the setup doctor counts. */
  note: (sign: Sign) => void;
};

/** What a request may do, and with which resource types. */
export type ScimGrant = TokenGrant & {
  types: OrganizationTypes;
  /** Whether the token may be used from an address. */
  tokenFrom: AddressCheck;
  /** Whether the organization is reached from an address. */
  organizationFrom: AddressCheck;
};

/** Finds what a request may do. */
export type Authenticate = (credentials: Credentials, now: Date) => Promise<ScimGrant>;

/** Makes the check of SCIM tokens, whose organization must be the one that the path names. */
export function scimAuthentication(
  db: Database,
  rates: Pick<RateLimits, 'spendGuess' | 'giveBackGuess'>,
  findTypes: FindTypes,
  findAddresses: FindAddresses,
): Authenticate {
  const tokens = createCredentialCache<ScimGrant>(async ({ orgId, digest }) => {
    const grant = await findTokenGrant(db, orgId, digest);
    if (grant === undefined) return undefined;
    const tokenFrom = addressCheck(grant.addresses.map((range) => ({ range, effect: 'allow' })));
    const organizationFrom = await findAddresses(orgId, grant.addressesVersion);
    return { ...grant, types: await findTypes(orgId, grant.schemasVersion), tokenFrom, organizationFrom };
  }, rates);

  return async ({ authorization, organization, address, note }, now) => {
    const text = credential(authorization);
    const token = text === undefined ? undefined : readToken(text);
    if (token === undefined) {
      rates.spendGuess(address);
      throw text === undefined ? noToken() : noTokenOfOrganization();
    }
    return await tokens.check(token, address, (grant) => refusalOf(grant, { organization, note }, now));
  };
}

/** Why a token does not let the request pass; undefined if it does. */
function refusalOf(
  grant: TokenGrant | undefined,
  { organization, note }: Pick<Credentials, 'organization' | 'note'>,
  now: Date,
): ScimError | undefined {
  // A token of another organization is told apart from nonsense by nothing in the answer (A13, R7).
  if (grant === undefined || !names(grant, organization)) return noTokenOfOrganization();
  const { tokenName, revokedAt, expiresAt } = grant;
  if (revokedAt !== undefined) {
    note('old-token');
    return unauthorized(`The token "${tokenName}" was revoked. Create a new one and paste it into the provider`);
  }
  if (expiresAt !== undefined && expiresAt <= now) {
    note('old-token');
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
  const refusal = offRefusal(grant);
  if (refusal !== undefined) throw refusal;
}

/**
 * Refuses requests from addresses that the token may not be used from, or that do not reach the organization (B21).
 *
 * @throws ScimError forbidden
 */
export function assertFrom(
  { tokenFrom, organizationFrom, tokenId, tokenName, organization }: ScimGrant,
  address: string,
): void {
  const refusal = addressRefusal(organizationFrom, address, organization.slugs[0]);
  if (refusal !== undefined) throw forbidden(refusal);
  if (tokenFrom(address).isAllowed) return;
  throw forbidden(
    `The token "${tokenName}" may not be used from the address ${address}, and nothing was changed. ` +
      `An admin changes where it may be used from with: rollcall token change ${organization.slugs[0]} ${tokenId} --address`,
  );
}

/**
 * Holds that a token has the scope that a request needs.
 *
 * @param what the request or the operation of a bulk, for the refusal
 * @throws ScimError forbidden, naming the first scope that is missing
 */
export function assertScopes(
  { scopes, tokenId, tokenName, organization }: ScimGrant,
  needed: readonly TokenScope[],
  what: string,
): void {
  const missing = needed.find((scope) => !scopes.has(scope));
  if (missing === undefined) return;
  throw forbidden(
    `The token "${tokenName}" lacks the scope ${missing}, which ${what} needs, and nothing was changed. ` +
      `An admin gives it more with: rollcall token change ${organization.slugs[0]} ${tokenId} --scope`,
  );
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
