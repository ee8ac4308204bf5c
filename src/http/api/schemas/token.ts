import { type Static, Type } from 'typebox';
import { listOf, Name, named, nullable, Time } from './parts.ts';

const tokenProperties = {
  id: Type.String(),
  name: Type.String(),
  createdAt: Time,
  expiresAt: nullable(Time),
};

export const Token = named('Token', {
  ...tokenProperties,
  revokedAt: nullable(Time),
  lastUsedAt: nullable(Time),
  lastUsedAddress: nullable(Type.String()),
  lastUsedClient: nullable(Type.String()),
  roleCeiling: Type.String({
    description: 'The strongest role that teams give to people whom the token puts into them.',
  }),
});
export type Token = Static<typeof Token>;

export const TokenList = listOf('TokenList', Token);
export type TokenList = Static<typeof TokenList>;

export const NewToken = named('NewToken', { name: Name, expiresAt: Type.Optional(Time) });
export type NewToken = Static<typeof NewToken>;

export const CreatedToken = named('CreatedToken', {
  ...tokenProperties,
  token: Type.String({ description: 'The token itself. It is not stored and cannot be shown again.' }),
  scimBaseUrl: Type.String({ description: 'What to paste into the identity provider with the token.' }),
});
export type CreatedToken = Static<typeof CreatedToken>;
