import { type Static, Type } from 'typebox';
import { listOf, named, nullable, oneOf, Time } from './parts.ts';

export const Team = named('Team', {
  id: Type.String(),
  name: Type.String({ description: 'In force: what the organization calls the team.' }),
  askedName: Type.String({ description: 'Asked: the displayName that the provider wrote.' }),
  externalId: nullable(Type.String()),
  origin: oneOf(['local', 'synced', 'linked']),
  asked: Type.Integer({ description: 'People whom the provider put into the team.' }),
  inForce: Type.Integer({ description: 'People who are in the team now.' }),
  createdAt: Time,
  updatedAt: Time,
});
export type Team = Static<typeof Team>;

export const TeamList = listOf('TeamList', Team);
export type TeamList = Static<typeof TeamList>;
