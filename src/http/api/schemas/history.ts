import { type Static, Type } from 'typebox';
import { Event } from './event.ts';
import {
  closed,
  Id,
  listOf,
  MemberStatus,
  named,
  nullable,
  OrganizationParams,
  oneOf,
  pageParameters,
  Reason,
  Time,
} from './parts.ts';

export const HistoryItem = named(
  'HistoryItem',
  {
    ...Event.properties,
    actor: Type.Unsafe<Record<string, unknown>>({
      ...Event.properties.actor,
      description:
        'Who did it, as the policy of the organization names them (`auditActor`): `type` is one of those of an event, or service or nobody for what the provider asked.',
    }),
    requestId: nullable(Type.String({ description: 'The SCIM request that caused it.' })),
    says: Type.String({ description: 'What happened, in words.' }),
    by: Type.String({ description: 'Who did it, in words.' }),
    address: Type.Union([Type.String(), Type.Null()], { description: 'Where the call came from, if it was one.' }),
    follows: Type.Union(
      [
        closed({
          event: nullable(Type.Integer({ description: 'The event of that change, if it is one near by.' })),
          because: Type.String({ description: 'What it follows from, and what is undone in its place, in words.' }),
        }),
        Type.Null(),
      ],
      {
        description: 'The change that it only follows from, so that it is not undone by itself; null of other events.',
      },
    ),
  },
  'An event of the feed, as people read it.',
);
export type HistoryItem = Static<typeof HistoryItem>;

export const HistoryList = listOf('HistoryList', HistoryItem);
export type HistoryList = Static<typeof HistoryList>;

export const HistoryQuery = closed(pageParameters);

const KeptRequest = closed({ at: Time, method: Type.String(), path: Type.String(), status: Type.Integer() });

export const Fact = named('Fact', {
  fact: Type.String({
    description: 'status, origin, role, license, team, name, gives, seats, group or definition.',
  }),
  value: Type.String({ description: 'What is in force.' }),
  team: Type.Union([closed({ id: Type.String(), name: Type.String() }), Type.Null()], {
    description: 'The team that it is about, or that gives it.',
  }),
  because: Type.String({ description: 'Why, in words.' }),
  reason: nullable(Reason),
  by: Type.Union([Type.String(), Type.Null()], { description: 'Who made it so, if it is known.' }),
  at: Type.Union([Time, Type.Null()], { description: 'Since when, if the event is still kept.' }),
  event: Type.Union([Type.Integer(), Type.Null()], { description: 'The event that made it so.' }),
  request: Type.Union([closed({ id: Type.String(), kept: nullable(KeptRequest) }), Type.Null()], {
    description: 'The SCIM request that made it so, and what the log still has of it.',
  }),
});

export type Fact = Static<typeof Fact>;

export const Why = named('Why', {
  of: closed({ id: Type.String(), name: Type.String() }),
  facts: Type.Array(Fact),
});
export type Why = Static<typeof Why>;

/** Of a thing that is named by a word and not by an id. */
export const WordParams = closed({
  ...OrganizationParams.properties,
  key: Type.String({ minLength: 1, maxLength: 63 }),
});

const auditFilter = {
  from: Type.Optional({ ...Time, description: 'Not before this time.' }),
  to: Type.Optional({ ...Time, description: 'Not after this time.' }),
  kind: Type.Optional(
    Type.String({
      pattern: '^[a-z_]+\\.[a-z_]+(,[a-z_]+\\.[a-z_]+)*$',
      maxLength: 1_000,
      description: 'Only these kinds of docs/reference/events.md, separated by commas.',
    }),
  ),
  actor: Type.Optional(oneOf(['token', 'operator', 'key', 'member', 'link', 'rollcall'], 'Only what these did.')),
  actorId: Type.Optional({ ...Id, description: 'Only what the token, key or person with this id did.' }),
  about: Type.Optional(
    Type.String({
      pattern: '^[a-z_]+(:.+)?$',
      maxLength: 600,
      description:
        'Only what is about this: `member:<id>`, `team:<id>`, `role:<key>`, `license:<name>`, `token:<id>`, `key:<id>`, ' +
        '`connection:<id>`, `schema:<urn>`, `resource_type:<name>`, `resource:<id>`, `policy` or `organization`.',
    }),
  ),
};

export const AuditQuery = closed({ ...pageParameters, ...auditFilter });
export const AuditExportQuery = closed({
  ...auditFilter,
  format: oneOf(['jsonl', 'csv'], 'A JSON document on each line, or a table.'),
});

export const AsOfQuery = closed({
  ...pageParameters,
  at: { ...Time, description: 'The time that is asked about.' },
  member: Type.Optional({ ...Id, description: 'Only this person.' }),
  team: Type.Optional({ ...Id, description: 'Only those who were in this team, or waited for it.' }),
});

export const PersonThen = named('PersonThen', {
  id: Type.String(),
  userName: Type.String(),
  name: Type.String(),
  email: nullable(Type.String()),
  origin: oneOf(['local', 'provisioned', 'claimed']),
  status: MemberStatus,
  couldEnter: Type.Boolean({ description: 'Whether the person was active, and the organization not suspended.' }),
  role: Type.String(),
  customRoles: Type.Array(Type.String()),
  license: nullable(Type.String()),
  waitsFor: nullable(Type.String()),
  teams: Type.Array(closed({ id: Type.String(), name: Type.String(), inForce: Type.Boolean() })),
});
export type PersonThen = Static<typeof PersonThen>;

export const PeopleThen = named('PeopleThen', {
  at: Time,
  event: Type.Integer({ description: 'The last event before that time.' }),
  organizationStatus: oneOf(['active', 'suspended'], 'Of the organization at that time.'),
  ...listOf('', PersonThen).properties,
});
