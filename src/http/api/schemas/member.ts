import { type Static, Type } from 'typebox';
import { limits } from '../../../limits.ts';
import {
  closed,
  HeldBy,
  IsBreakGlass,
  Locks,
  listOf,
  MemberStatus,
  named,
  nullable,
  Origin,
  oneOf,
  pageParameters,
  Reason,
  Search,
  Time,
  UnlockedUntil,
} from './parts.ts';

const memberProperties = {
  id: Type.String(),
  userName: Type.String(),
  externalId: nullable(Type.String()),
  name: Type.String({ description: 'In force: what the organization calls the person.' }),
  email: Type.Union([Type.String(), Type.Null()], { description: 'In force: where mail goes.' }),
  waitingEmail: Type.Union([named('WaitingEmail', { address: Type.String(), until: Time }), Type.Null()], {
    description: 'Asked, and not in force until the person has confirmed it by the link of a mail.',
  }),
  status: MemberStatus,
  reason: Reason,
  askedActive: Type.Boolean({ description: 'Asked: whether the provider says that the person is active.' }),
  origin: Origin,
  breakGlass: IsBreakGlass,
  isAskedFor: Type.Boolean({ description: 'Asked: whether the provider, or an admin, wants the person to be here.' }),
  held: HeldBy,
  role: Type.String({ description: 'The built-in role in force.' }),
  customRoles: Type.Array(Type.String()),
  license: Type.Union([Type.String(), Type.Null()], { description: 'The license that the person has a seat of.' }),
  waitsFor: Type.Union([Type.String(), Type.Null()], { description: 'The license that the person waits for.' }),
  unlockedUntil: UnlockedUntil,
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
  locks: Locks,
  askedName: Type.String({ description: 'Asked: what the person would be called.' }),
  askedEmail: Type.Union([Type.String(), Type.Null()], { description: 'Asked: where mail would go.' }),
  asked: Type.Unsafe<Record<string, unknown>>({
    type: 'object',
    additionalProperties: true,
    description: 'Asked: the SCIM resource exactly as the provider wrote it, without id, meta and groups.',
  }),
});
export type MemberDetail = Static<typeof MemberDetail>;

const text = Type.String({ minLength: 1, maxLength: limits.indexedStringLengthMax });

/** A person whom an admin makes. */
export const NewMember = closed({
  userName: text,
  displayName: Type.Optional(text),
  givenName: Type.Optional(text),
  familyName: Type.Optional(text),
  email: Type.Optional(text),
  breakGlass: Type.Optional(
    Type.Boolean({ description: 'Of the operator: make the person although people come from the provider.' }),
  ),
});

/** The person whom the provider may take over, named. */
export const LinkedMember = closed({
  confirm: Type.String({ minLength: 1, maxLength: limits.indexedStringLengthMax, description: 'The userName.' }),
});

export const BreakGlass = closed({ breakGlass: Type.Boolean() });

/** What an admin changes of a person. What is left out stays; null takes it away. */
export const MemberChange = closed({
  userName: Type.Optional(text),
  displayName: Type.Optional(nullable(text)),
  givenName: Type.Optional(nullable(text)),
  familyName: Type.Optional(nullable(text)),
  email: Type.Optional(nullable(text)),
});

export const MemberQuery = closed({
  ...pageParameters,
  status: Type.Optional(
    oneOf(['held', 'invited', 'active', 'suspended', 'removed'], 'Only these. Removed ones are in no other list.'),
  ),
  userName: Type.Optional(
    Type.String({ maxLength: limits.indexedStringLengthMax, description: 'Only who has it, in any letter case.' }),
  ),
  search: Search('Only those whose userName, display name or e-mail address begins with it, in any letter case.'),
});

const sides = {
  asked: Type.Boolean({ description: 'Whether the provider put the person into the team.' }),
  inForce: Type.Boolean({ description: 'Whether the person is in the team now.' }),
  reason: Reason,
  held: HeldBy,
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
