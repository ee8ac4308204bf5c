import { type Static, Type } from 'typebox';
import { limits } from '../../../limits.ts';
import {
  closed,
  HeldBy,
  Id,
  ItemParams,
  Locks,
  listOf,
  named,
  nullable,
  oneOf,
  pageParameters,
  Search,
  Time,
  UnlockedUntil,
} from './parts.ts';

const teamProperties = {
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
  unlockedUntil: UnlockedUntil,
  createdAt: Time,
  updatedAt: Time,
};

export const Team = named('Team', teamProperties);
export type Team = Static<typeof Team>;

export const TeamDetail = named('TeamDetail', { ...teamProperties, locks: Locks });
export type TeamDetail = Static<typeof TeamDetail>;

export const TeamQuery = closed({
  ...pageParameters,
  status: Type.Optional(oneOf(['removed'], 'Those instead that were removed and can be brought back.')),
  search: Search('Only those whose name begins with it, in any letter case.'),
});

/** A team that an admin makes or renames. */
export const TeamName = closed({ name: Type.String({ minLength: 1, maxLength: limits.indexedStringLengthMax }) });

/** The path of a person in a team. */
export const PersonOfTeamParams = closed({ ...ItemParams.properties, member: Id });

export const PendingLinkList = named('PendingLinkList', {
  items: Type.Array(
    closed({
      team: closed({
        id: Type.String(),
        name: Type.String(),
        inForce: Type.Integer({ description: 'People who are in the team now.' }),
      }),
      askedAt: Time,
      requestId: Type.String({ description: 'The request of the provider that was refused for it first.' }),
    }),
  ),
});
export type PendingLinkList = Static<typeof PendingLinkList>;

/** What an admin decides about a local team that the provider came upon. */
export const LinkDecision = Type.Union([
  closed({ decision: Type.Literal('link', { description: 'The provider takes the team over with its next push.' }) }),
  closed({
    decision: Type.Literal('create', { description: 'The group becomes a team of its own.' }),
    rename: Type.String({
      minLength: 1,
      maxLength: limits.indexedStringLengthMax,
      description: 'The name that the local team has from now on, so that the group can have its own.',
    }),
  }),
]);

export const TeamList = listOf('TeamList', Team);
export type TeamList = Static<typeof TeamList>;
