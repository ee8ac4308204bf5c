/**
 * How much one token, one organization and, without a good token, one address may ask (security.md R27). The keys are what
 * the server knows by itself: ids that the database gave, and the address of the connection or of a trusted proxy's header.
 */
import { isIPv6 } from 'node:net';
import type { Config } from '../config.ts';
import { limits } from '../limits.ts';
import { tooManyRequests } from '../scim/errors.ts';
import { type Buckets, createBuckets } from './token-buckets.ts';

/** Who asks, as the token's row says. */
export type Asker = { tokenId: string; tokenName: string; organization: { id: string } };

export type KeyAsker = { keyId: string; keyName: string; organization: { id: string } };

export type RateLimits = {
  /**
   * Lets a request of a good token pass, or refuses it for nothing but the time.
   *
   * @throws ScimError tooManyRequests, naming the limit
   */
  admit(asker: Asker): void;
  /**
   * Lets a request of a good API key pass, or refuses it for nothing but the time.
   *
   * @throws ScimError tooManyRequests, naming the limit
   */
  admitKey(asker: KeyAsker): void;
  /**
   * Lets a request pass that was admitted as one and turned out to be a bulk of `operations`. They are paid at once, if need be
   * from what is still to flow in, so that whoever sends bulks waits between them.
   *
   * @throws ScimError tooManyRequests, naming the limit; what the request had paid is given back
   */
  admitBulk(asker: Asker, operations: number): void;
  /**
   * Takes what the body of an admitted request costs beyond the request itself, if need be from what is still to flow in: whoever
   * sends large bodies waits between them.
   */
  spendBody(asker: Asker, bytes: number): void;
  /**
   * Takes what a wrong token costs its address, before anybody looks whether it is wrong.
   *
   * @throws ScimError tooManyRequests, naming the limit
   */
  spendGuess(address: string): void;
  /** The token was good, or nobody could tell. */
  giveBackGuess(address: string): void;
  /** For the other processes on the same database (shared-spending.ts). */
  buckets: ReadonlyMap<string, Buckets>;
};

type Rates = Pick<
  Config,
  'tokenRequestsPerSecond' | 'organizationRequestsPerSecond' | 'apiRequestsPerSecond' | 'wrongTokensPerMinute'
>;

/** @param nowMs a clock that never goes back */
export function createRateLimits(rates: Rates, nowMs: () => number): RateLimits {
  const { tokenRequestsPerSecond, organizationRequestsPerSecond, apiRequestsPerSecond, wrongTokensPerMinute } = rates;
  const allKeysPerSecond = apiRequestsPerSecond * 2;
  const burst = (perSecond: number) => perSecond * limits.rateBurstSeconds;
  const tokens = bucketsOf(tokenRequestsPerSecond, burst(tokenRequestsPerSecond), nowMs);
  const organizations = bucketsOf(organizationRequestsPerSecond, burst(organizationRequestsPerSecond), nowMs);
  const keys = bucketsOf(apiRequestsPerSecond, burst(apiRequestsPerSecond), nowMs);
  const allKeys = bucketsOf(allKeysPerSecond, burst(allKeysPerSecond), nowMs);
  const addresses = bucketsOf(wrongTokensPerMinute / 60, wrongTokensPerMinute, nowMs);
  const buckets = new Map<string, Buckets>();
  if (tokens !== undefined) buckets.set('token', tokens);
  if (organizations !== undefined) buckets.set('organization', organizations);
  if (keys !== undefined) buckets.set('key', keys);
  if (allKeys !== undefined) buckets.set('keys', allKeys);
  if (addresses !== undefined) buckets.set('address', addresses);
  const admit = ({ tokenId, tokenName, organization }: Asker, requests: number): void => {
    const tokenWait = tokens?.waitSeconds(tokenId) ?? 0;
    if (tokenWait > 0) {
      throw tooManyRequests(
        `The token "${tokenName}" may send ${tokenRequestsPerSecond} requests a second, each operation of a bulk and each ${limits.rateBodyBytes / 1024} KB of a body counted, and sends more${waiting(tokenWait)}`,
        tokenWait,
      );
    }
    const organizationWait = organizations?.waitSeconds(organization.id) ?? 0;
    if (organizationWait > 0) {
      throw tooManyRequests(
        `The tokens of this organization together may send ${organizationRequestsPerSecond} requests a second, each operation of a bulk and each ${limits.rateBodyBytes / 1024} KB of a body counted, and send more${waiting(organizationWait)}`,
        organizationWait,
      );
    }
    tokens?.spend(tokenId, requests);
    organizations?.spend(organization.id, requests);
  };
  return {
    admit: (asker) => admit(asker, 1),
    admitBulk(asker, operations) {
      tokens?.giveBack(asker.tokenId);
      organizations?.giveBack(asker.organization.id);
      admit(asker, operations);
    },
    spendBody({ tokenId, organization }, bytes) {
      const requests = Math.floor(bytes / limits.rateBodyBytes);
      if (requests === 0) return;
      tokens?.spend(tokenId, requests);
      organizations?.spend(organization.id, requests);
    },
    admitKey({ keyId, keyName, organization }) {
      const keyWait = keys?.waitSeconds(keyId) ?? 0;
      if (keyWait > 0) {
        throw tooManyRequests(
          `The API key "${keyName}" may send ${apiRequestsPerSecond} requests a second, and sends more${waiting(keyWait)}`,
          keyWait,
        );
      }
      const allWait = allKeys?.waitSeconds(organization.id) ?? 0;
      if (allWait > 0) {
        throw tooManyRequests(
          `The API keys of this organization together may send ${allKeysPerSecond} requests a second, and send more${waiting(allWait)}`,
          allWait,
        );
      }
      keys?.spend(keyId);
      allKeys?.spend(organization.id);
    },
    spendGuess(address) {
      const key = networkOf(address);
      const wait = addresses?.waitSeconds(key) ?? 0;
      if (wait > 0) {
        throw tooManyRequests(
          `The address ${address} may send ${wrongTokensPerMinute} requests a minute without a token or key that is good, and sent more. ` +
            `Check what is set in the provider${waiting(wait)}`,
          wait,
        );
      }
      addresses?.spend(key);
    },
    giveBackGuess: (address) => addresses?.giveBack(networkOf(address)),
    buckets,
  };
}

/** Undefined for a rate of 0, which sets no limit. */
function bucketsOf(perSecond: number, burst: number, nowMs: () => number): Buckets | undefined {
  if (perSecond === 0) return undefined;
  return createBuckets({
    perSecond,
    burst,
    nowMs,
    keysMax: limits.rateKeysMax,
    tellAt: Math.max(1, (perSecond * limits.rateTellAtMs) / 1000),
    debtSecondsMax: limits.rateDebtSecondsMax,
  });
}

function waiting(seconds: number): string {
  const whole = Math.ceil(seconds);
  return `; nothing was changed. Come back in ${whole} second${whole === 1 ? '' : 's'}`;
}

/** Whoever has one IPv6 address has the 2^64 of its network, so the network counts. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.includes('.')) return address;
  const [head = '', tail] = address.split('::', 2);
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  while (tail !== undefined && groups.length + after.length < 8) groups.push('0');
  return [...groups, ...after].slice(0, 4).join(':');
}
