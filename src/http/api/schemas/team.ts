import { type Static, Type } from 'typebox';
import { limits } from '../../../limits.ts';
import { closed, HeldBy, Id, ItemParams, listOf, named, nullable, oneOf, Time } from './parts.ts';

export const Team = named('Team', {
  id: Type.String(),
  name: Type.String({ description: 'In force: what the organization calls the team.' }),
  askedName: Type.String({ description: 'Asked: the displayName that the provider wrote.' }),
  externalId: nullable(Type.String()),
  isHere: Type.Boolean({ description: 'False for a team that is asked for and not here yet.' }),
  isAskedFor: Type.Boolean({ description: 'Asked: whether the provider, or an admin, wants the team to be here.' }),
  held: HeldBy,
  origin: oneOf(['local', 'synced', 'linked']),
  asked: Type.Integer({ description: 'People whom the provider put into the team.' }),
  inForce: Type.Integer({ description: 'People who are in the team now.' }),
  createdAt: Time,
  updatedAt: Time,
});
export type Team = Static<typeof Team>;

/** A team that an admin makes or renames. */
export const TeamName = closed({ name: Type.String({ minLength: 1, maxLength: limits.indexedStringLengthMax }) });

/** The path of a person in a team. */
export const PersonOfTeamParams = closed({ ...ItemParams.properties, member: Id });

export const TeamList = listOf('TeamList', Team);
export type TeamList = Static<typeof TeamList>;
