/** Whether the identity provider may take over a person (K1) or a team that an admin made (B39). */
import type { Policy } from './policy.ts';

/**
 * What is said of the provider taking over a person or a team: what an admin allowed or refused, or that the provider `asked` for it
 * and the connection holds that. Of a local team it is noted where it was asked by the name, and of a person where another provider
 * had handed the person over: of everybody else whom it is about the origin says so.
 */
export type Linking = 'allowed' | 'refused' | 'asked';

/** Whether the provider has still to take a person over, whom an admin made or another provider handed over. */
export const isToBeTakenOver = ({
  origin,
  connectionId,
  linking,
}: {
  origin: string;
  connectionId: string | undefined;
  linking: Linking | undefined;
}): boolean => origin === 'local' || connectionId === undefined || linking !== undefined;

/** How the provider came upon a person whom it does not manage. */
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
  /** Whether another provider handed the person over: that was somebody's choice, and says who they are. */
  readonly isHandedOver: boolean;
  readonly linking: Linking | undefined;
};

/** Why a person is not taken over. */
export type LinkRefusal = 'break-glass' | 'parted' | 'administrator' | 'policy' | 'spelling' | 'email';

/**
 * The reason why a person is not linked whom an admin made or another provider handed over; undefined if they are. Whoever was
 * set apart as a way in never is; else what an admin said of the person comes first. Nobody who administers is ever linked
 * without having been named, whatever the policy. A match by an e-mail address alone proves something where the organization
 * has verified the domain; elsewhere only the policy
 * `link` takes it.
 */
export function linkRefusal(
  { by, isTrusted, isSpelledOtherwise, isBreakGlass, isAdministrative, isHandedOver, linking }: Match,
  policy: Policy,
): LinkRefusal | undefined {
  if (isBreakGlass) return 'break-glass';
  if (linking === 'allowed') return undefined;
  if (linking === 'refused') return 'parted';
  if (isAdministrative) return 'administrator';
  if (isHandedOver) return undefined;
  if (policy.accountMatch === 'refuse') return 'policy';
  if (isSpelledOtherwise && policy.matchLetterCase === 'exact') return 'spelling';
  return by === 'email' && !isTrusted && policy.accountMatch !== 'link' ? 'email' : undefined;
}

/** How the provider came upon a local team by its name. */
export type TeamMatch = {
  /** Whether it gives a role or a license. */
  readonly gives: boolean;
  /** Whether the name that the provider pushes differs in its letter case. */
  readonly isSpelledOtherwise: boolean;
  readonly linking: Linking | undefined;
};

/** Why a team is not taken over, or not before an admin has decided. */
export type TeamLinkRefusal = 'undecided' | 'policy' | 'gives' | 'spelling' | 'parted';

/**
 * The reason why a local team is not linked to a group of its name; undefined if it is. A name never grants anything: a team that
 * gives something is linked only where an admin allowed it.
 */
export function teamLinkRefusal(
  { gives, isSpelledOtherwise, linking }: TeamMatch,
  { groupNameClash, matchLetterCase }: Policy,
): TeamLinkRefusal | undefined {
  if (linking === 'allowed') return undefined;
  if (linking !== 'refused' && groupNameClash === 'ask') return 'undecided';
  if (groupNameClash !== 'link') return 'policy';
  if (gives) return 'gives';
  if (isSpelledOtherwise && matchLetterCase === 'exact') return 'spelling';
  return linking === 'refused' ? 'parted' : undefined;
}

/**
 * Why a team stays held that the provider asked for and an admin has since made or decided about; undefined if it is linked. By its
 * id a team is linked whatever it gives: the provider has read it, and knows which one it is.
 */
export const heldTeamRefusal = ({
  origin,
  gives,
  linking,
}: Pick<TeamMatch, 'gives' | 'linking'> & { origin: string }): 'gives' | 'parted' | undefined => {
  if (origin !== 'local') return undefined;
  if (linking === 'refused') return 'parted';
  return linking === 'asked' && gives ? 'gives' : undefined;
};
