import { type Static, Type } from 'typebox';
import { closed, listOf, named, nullable, oneOf, pageParameters, Reason, Time } from './parts.ts';

const MemberStatus = oneOf(['invited', 'active', 'suspended', 'removed']);

const memberProperties = {
  id: Type.String(),
  userName: Type.String(),
  externalId: nullable(Type.String()),
  name: Type.String({ description: 'In force: what the organization calls the person.' }),
  email: Type.Union([Type.String(), Type.Null()], { description: 'In force: where mail goes.' }),
  status: MemberStatus,
  reason: Reason,
  askedActive: Type.Boolean({ description: 'Asked: whether the provider says that the person is active.' }),
  origin: oneOf(['local', 'provisioned', 'claimed']),
  teams: Type.Integer({ description: 'Teams that the person is in now.' }),
  createdAt: Time,
  updatedAt: Time,
};

export const Member = named('Member', memberProperties);
export type Member = Static<typeof Member>;

export const MemberList = listOf('MemberList', Member);
export type MemberList = Static<typeof MemberList>;

export const MemberDetail = named('MemberDetail', {
  ...memberProperties,
  asked: Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    additionalProperties: true,
    description: 'Asked: the SCIM resource exactly as the provider wrote it, without id, meta and groups.',
  }),
});
export type MemberDetail = Static<typeof MemberDetail>;

export const MemberQuery = closed({
  ...pageParameters,
  status: Type.Optional(
    oneOf(['invited', 'active', 'suspended', 'removed'], 'Only these. Removed ones are in no other list.'),
  ),
});

const sides = {
  asked: Type.Boolean({ description: 'Whether the provider put the person into the team.' }),
  inForce: Type.Boolean({ description: 'Whether the person is in the team now.' }),
  reason: Reason,
};

export const TeamOfMember = named('TeamOfMember', { id: Type.String(), name: Type.String(), ...sides });
export const TeamOfMemberList = listOf('TeamOfMemberList', TeamOfMember);
export type TeamOfMemberList = Static<typeof TeamOfMemberList>;

export const MemberOfTeam = named('MemberOfTeam', {
  id: Type.String(),
  userName: Type.String(),
  name: Type.String(),
  status: MemberStatus,
  ...sides,
});
export const MemberOfTeamList = listOf('MemberOfTeamList', MemberOfTeam);
export type MemberOfTeamList = Static<typeof MemberOfTeamList>;
