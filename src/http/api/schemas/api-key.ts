import { type Static, Type } from 'typebox';
import { type Permission, permissions } from '../../../organization/permissions.ts';
import { closed, Id, listOf, Name, named, nullable, oneOf, pageParameters, Time } from './parts.ts';

const Scope = oneOf(Object.keys(permissions) as [Permission, ...Permission[]]);

const Member = Type.Union([named('MemberName', { id: Type.String(), userName: Type.String() }), Type.Null()], {
  description: 'The person whom the key acts for; null for a key of the organization.',
});

const keyProperties = {
  id: Type.String(),
  name: Type.String(),
  scopes: Type.Array(Type.String()),
  member: Member,
  createdAt: Time,
  expiresAt: nullable(Time),
};

export const ApiKey = named('ApiKey', {
  ...keyProperties,
  revokedAt: nullable(Time),
  lastUsedAt: nullable(Time),
  lastUsedAddress: nullable(Type.String()),
  lastUsedClient: nullable(Type.String()),
});
export type ApiKey = Static<typeof ApiKey>;

export const ApiKeyList = listOf('ApiKeyList', ApiKey);
export type ApiKeyList = Static<typeof ApiKeyList>;

export const ApiKeyQuery = closed({ ...pageParameters, member: Type.Optional(Id) });

export const NewApiKey = named('NewApiKey', {
  name: Name,
  scopes: Type.Array(Scope, { minItems: 1, maxItems: 100, description: 'None that the caller does not have.' }),
  member: Type.Optional(
    Type.String({
      format: 'uuid',
      description: 'The person whom it acts for. It ends when the person is deactivated.',
    }),
  ),
  expiresAt: Type.Optional(Time),
});
export type NewApiKey = Static<typeof NewApiKey>;

export const CreatedApiKey = named('CreatedApiKey', {
  ...keyProperties,
  key: Type.String({ description: 'The key itself. It is not stored and cannot be shown again.' }),
});
export type CreatedApiKey = Static<typeof CreatedApiKey>;

export const Renamed = closed({ name: Name });
