import { limits } from '../limits.ts';
import type { SecretName } from '../provisioning/token-text.ts';
import type { RateLimits } from './rate-limits.ts';

/** What is known of credentials that were shown, for as long as limits.tokenCacheMs. */
export type CredentialCache<Grant> = {
  /**
   * What a credential allows.
   *
   * @param refusalOf says why it does not let the request pass; undefined if it does
   * @throws what `refusalOf` returns, or the ScimError of a rate limit
   */
  check(name: SecretName, address: string, refusalOf: (grant: Grant | undefined) => Error | undefined): Promise<Grant>;
  /** Forgets what is known of an organization's credentials: something was revoked, here or in another process. */
  forget(orgId: string): void;
};

type Entry<Grant> = { grant: Promise<Grant | undefined>; orgId: string; goodUntilMs: number; wasGood: boolean };

/**
 * Finds what credentials allow. What `find` says of one is used again for limits.tokenCacheMs, which bounds how long a
 * revocation or a deactivation takes to be in force in this process, whatever else happens.
 *
 * A credential that was not found good before is a guess, which its address pays for before the database is asked, and gets
 * back if the guess was right (security.md R27). So guessing is slow and costs us little, and those who share an address with
 * a guesser, as all customers of an identity provider do, go on.
 */
export function createCredentialCache<Grant>(
  find: (name: SecretName) => Promise<Grant | undefined>,
  rates: Pick<RateLimits, 'spendGuess' | 'giveBackGuess'>,
): CredentialCache<Grant> {
  const entries = new Map<string, Entry<Grant>>();

  const lookUp = (name: SecretName, key: string): Entry<Grant> => {
    const grant = find(name);
    const wasGood = entries.get(key)?.wasGood ?? false;
    const entry = { grant, orgId: name.orgId, goodUntilMs: performance.now() + limits.tokenCacheMs, wasGood };
    // A store that is away is no answer about a credential.
    grant.catch(() => {
      entry.goodUntilMs = 0;
    });
    entries.delete(key);
    entries.set(key, entry);
    const oldest = entries.keys().next().value;
    if (entries.size > limits.tokenCacheEntriesMax && oldest !== undefined) entries.delete(oldest);
    return entry;
  };

  return {
    async check(name, address, refusalOf) {
      const key = name.digest.toString('latin1');
      const known = entries.get(key);
      const isFresh = known !== undefined && performance.now() < known.goodUntilMs;
      const isGuess = !isFresh && known?.wasGood !== true;
      if (isGuess) rates.spendGuess(address);
      const entry = isFresh ? known : lookUp(name, key);
      const grant = await entry.grant.catch((error) => {
        if (isGuess) rates.giveBackGuess(address);
        throw error;
      });
      const refusal = refusalOf(grant);
      if (grant === undefined || refusal !== undefined) {
        if (!isGuess) rates.spendGuess(address);
        throw refusal;
      }
      if (isGuess) rates.giveBackGuess(address);
      entry.wasGood = true;
      return grant;
    },
    forget(orgId) {
      for (const entry of entries.values()) if (entry.orgId === orgId) entry.goodUntilMs = 0;
    },
  };
}
