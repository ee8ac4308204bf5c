/** Whether the identity provider may take over a person whom an admin made (K1). */
import type { Policy } from './policy.ts';

/** How the provider came upon a local person. */
export type Match = {
  /** By the id that it read in a list, by the name that it wants to give, or by an e-mail address alone. */
  readonly by: 'id' | 'userName' | 'email';
  /** Whether an address by which they match is in a domain that the organization has verified. */
  readonly isTrusted: boolean;
  /** Whether the userName that the provider wants is the person’s, but for its letter case. */
  readonly isSpelledOtherwise: boolean;
  /** Whether an admin set the person apart as a way in. */
  readonly isBreakGlass: boolean;
  /** Whether the person has a role that administers the organization. */
  readonly isAdministrative: boolean;
  /** What an admin said of the person. */
  readonly linking: 'allowed' | 'refused' | undefined;
};

/** Why a person is not taken over. */
export type LinkRefusal = 'break-glass' | 'parted' | 'administrator' | 'policy' | 'spelling' | 'email';

/**
 * The reason why a local person is not linked; undefined if they are. Whoever was set apart as a way in never is; else what an
 * admin said of the person comes first. Nobody who administers is ever linked without having been named, whatever the policy. A
 * match by an e-mail address alone proves something where the organization has verified the domain; elsewhere only the policy
 * `link` takes it.
 */
export function linkRefusal(
  { by, isTrusted, isSpelledOtherwise, isBreakGlass, isAdministrative, linking }: Match,
  policy: Policy,
): LinkRefusal | undefined {
  if (isBreakGlass) return 'break-glass';
  if (linking === 'allowed') return undefined;
  if (linking === 'refused') return 'parted';
  if (isAdministrative) return 'administrator';
  if (policy.accountMatch === 'refuse') return 'policy';
  if (isSpelledOtherwise && policy.matchLetterCase === 'exact') return 'spelling';
  return by === 'email' && !isTrusted && policy.accountMatch !== 'link' ? 'email' : undefined;
}
