import { type Static, Type } from 'typebox';
import { limits } from '../../../limits.ts';
import { everyTokenScope } from '../../../organization/token-scopes.ts';
import { BuiltIn } from './access.ts';
import { listOf, Name, named, nullable, oneOf, Time } from './parts.ts';

export const Scopes = Type.Array(oneOf(everyTokenScope), { description: 'What it may do.' });

export const Addresses = Type.Array(Type.String(), {
  description: 'The ranges that it may be used from, such as `192.0.2.0/24`; an empty list is anywhere.',
});

const tokenProperties = {
  id: Type.String(),
  name: Type.String(),
  createdAt: Time,
  expiresAt: nullable(Time),
  scopes: Scopes,
  addresses: Addresses,
  roleCeiling: Type.String({
    description: 'The strongest role that teams give to people whom the token puts into them.',
  }),
};

/** How far one token has taken over from another one. */
const TokenRotation = named('TokenRotation', {
  replaces: nullable(Type.String({ description: 'The id of the token that it takes over from.' })),
  replacedBy: nullable(Type.String({ description: 'The id of the token that is taking over from it.' })),
  goodCalls: Type.Integer({ description: 'Good calls that this token has had.' }),
  goodCallsNeeded: Type.Integer({ description: 'Good calls of the new token after which the old one is revoked.' }),
});

export const Token = named('Token', {
  ...tokenProperties,
  revokedAt: nullable(Time),
  lastUsedAt: nullable(Time),
  lastUsedAddress: nullable(Type.String()),
  lastUsedClient: nullable(Type.String()),
  rotation: nullable(TokenRotation),
});
export type Token = Static<typeof Token>;

export const TokenList = listOf('TokenList', Token);
export type TokenList = Static<typeof TokenList>;

export const NewScopes = Type.Array(oneOf(everyTokenScope), {
  minItems: 1,
  uniqueItems: true,
  description: 'What it may do; a new token may do everything if this is left out.',
});

export const NewAddresses = Type.Array(Type.String({ maxLength: 50 }), {
  maxItems: limits.tokenAddressesMax,
  description: 'The ranges that it may be used from, such as `192.0.2.0/24`; an empty list is anywhere.',
});

export const NewToken = named('NewToken', {
  name: Name,
  expiresAt: Type.Optional(Time),
  scopes: Type.Optional(NewScopes),
  addresses: Type.Optional(NewAddresses),
  roleCeiling: Type.Optional({
    ...BuiltIn,
    description: 'The strongest role that teams give to people whom the token puts into them; member if left out.',
  }),
});
export type NewToken = Static<typeof NewToken>;

export const TokenChange = named('TokenChange', {
  name: Type.Optional(Name),
  scopes: Type.Optional(NewScopes),
  addresses: Type.Optional(NewAddresses),
  expiresAt: Type.Optional(nullable({ ...Time, description: 'When it expires; null is never.' })),
});
export type TokenChange = Static<typeof TokenChange>;

export const NewRotation = named('NewRotation', {
  expiresAt: Type.Optional({
    ...Time,
    description: 'When the new token expires; if left out, it is valid for as long as the old one was meant to be.',
  }),
});

export const CreatedToken = named('CreatedToken', {
  ...tokenProperties,
  replaces: nullable(Type.String({ description: 'The id of the token that it takes over from.' })),
  token: Type.String({ description: 'The token itself. It is not stored and cannot be shown again.' }),
  scimBaseUrl: Type.String({ description: 'What to paste into the identity provider with the token.' }),
});
export type CreatedToken = Static<typeof CreatedToken>;
