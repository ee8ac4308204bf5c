import { type Static, Type } from 'typebox';
import { limits } from '../../../limits.ts';
import { valuesOf } from '../../../organization/policy-settings.ts';
import { providerKinds } from '../../../organization/providers.ts';
import { standings } from '../../../organization/sign-in.ts';
import { named, nullable, oneOf, Time } from './parts.ts';
import { Confirm } from './policy.ts';

const Issuer = Type.String({
  format: 'uri',
  maxLength: limits.issuerCharactersMax,
  description: 'Its issuer (OpenID Connect) or entity id (SAML), as its metadata has it.',
});

/** Who signs people in, as an admin declared it. */
export const DeclaredSignIn = named('DeclaredSignIn', {
  provider: oneOf(providerKinds),
  issuer: Type.Optional(nullable(Issuer)),
});

export const SignInProvider = named('SignInProvider', {
  provider: nullable(oneOf(providerKinds, 'Who signs people in.')),
  issuer: nullable(Issuer),
  declaredAt: nullable(Time),
  removedAt: nullable(Time),
  provisionedBy: Type.String({ description: 'The provider of the connection.' }),
  standing: oneOf(standings, 'Whether the same provider does both.'),
  sameSignInProvider: oneOf(valuesOf('sameSignInProvider'), 'What the policy says of it.'),
});
export type SignInProvider = Static<typeof SignInProvider>;

export const SignInProviderChange = named('SignInProviderChange', { ...DeclaredSignIn.properties, confirm: Confirm });

export type SignInProviderChange = Static<typeof SignInProviderChange>;

export const ConnectionProviderChange = named('ConnectionProviderChange', {
  provider: oneOf(providerKinds),
  confirm: Confirm,
});
export type ConnectionProviderChange = Static<typeof ConnectionProviderChange>;
