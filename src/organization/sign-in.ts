/**
 * Who signs people in, and who provisions them. Rollcall is told the first: where they are two, whoever one of them takes out can
 * stay in by the other (K30; behaviors.md B3, P1).
 */
import type { Confirmation, Policy } from './policy.ts';
import { type ProviderKind, providerTitle } from './providers.ts';

/** The provider that signs people in, as an admin declared it. */
export type SignInProvider = {
  readonly provider: ProviderKind;
  /** Its issuer (OpenID Connect) or entity id (SAML). */
  readonly issuer: string | null;
};

/** What is declared now of what was declared last, if it was not taken back. */
export const declaredOf = (
  last: (SignInProvider & { readonly removedAt: Date | undefined }) | undefined,
): SignInProvider | undefined =>
  last === undefined || last.removedAt !== undefined ? undefined : { provider: last.provider, issuer: last.issuer };

/** The two providers of an organization; `signIn` is undefined where none is declared. */
export type Providers = { readonly scim: string; readonly signIn: string | undefined };

export const standings = ['same', 'differ', 'undeclared'] as const;

export const standingOf = ({ scim, signIn }: Providers): (typeof standings)[number] => {
  if (signIn === undefined) return 'undeclared';
  return signIn === scim ? 'same' : 'differ';
};

/** How two providers stand that are not one, in a sentence without its full stop. `wasDeclared` if one was and no longer is. */
export function sayProviders({ scim, signIn }: Providers, wasDeclared = false): string {
  const from = `Provisioning comes from ${providerTitle(scim)}`;
  if (signIn !== undefined) {
    return `${from} and people sign in with ${providerTitle(signIn)}: whoever one of them takes out can stay in by the other`;
  }
  return wasDeclared
    ? `${from}, and the provider that signed people in was taken back: whoever leaves the directory may still sign in elsewhere`
    : `${from}, and no sign-in provider is declared: nobody can tell whether people sign in with the same one`;
}

/** How two providers become one. */
export const howToAgree = ({ scim }: Providers): string =>
  `Declare the provider that signs people in (rollcall sign-in set <org> ${scim}), or say who provisions them (rollcall connection provider <org>); both are under Provisioning in the console`;

/** What speaks against two providers while provisioning is on; `isFinal` if nobody may confirm it away. */
export type Objection = { readonly isFinal: boolean; readonly says: string };

/** What the policy has against the two providers of an organization. */
export function objectionTo(providers: Providers, rule: Policy['sameSignInProvider']): Objection | undefined {
  const standing = standingOf(providers);
  if (rule === 'any' || standing === 'same') return undefined;
  if (rule === 'overridable' && standing === 'undeclared') return undefined;
  return { isFinal: rule === 'required', says: `${sayProviders(providers)}. ${howToAgree(providers)}.` };
}

/** What has to be confirmed where an objection is not final. */
export const confirmationOf = ({ isFinal, says }: Objection): Confirmation[] =>
  isFinal ? [] : [{ setting: 'sameSignInProvider', value: 'overridable', why: says }];

/** What an admin should know where the policy has something against two providers and provisioning goes on all the same. */
export function goesOnAgainst(providers: Providers, rule: Policy['sameSignInProvider']): string[] {
  const objection = objectionTo(providers, rule);
  return objection === undefined ? [] : [`${objection.says} ${whatIsOnGoesOn}`];
}

const whatIsOnGoesOn = 'Provisioning goes on until it is turned off, and can be turned on again when this is settled.';
