import { type Static, Type } from 'typebox';
import { profileNames } from '../../../scim/profiles.ts';
import { closed, Name, named, nullable, oneOf, Time } from './parts.ts';

const Role = closed({ key: Type.String(), name: Type.String(), permissions: Type.Array(Type.String()) });
const Seats = Type.Record(Type.String(), nullable(Type.Integer({ minimum: 0 })), {
  description: 'Seats of each license; null is any number.',
});
const Policy = Type.Record(Type.String(), Type.String(), { description: 'Settings of docs/reference/policy.md.' });

export const Configuration = named(
  'Configuration',
  {
    version: Type.Literal(1),
    name: Type.String(),
    connection: closed({
      state: oneOf(['off', 'observing', 'on', 'paused']),
      scimProfile: oneOf(profileNames),
    }),
    policy: Policy,
    roles: Type.Array(Role),
    seats: Seats,
    tokens: Type.Array(closed({ name: Type.String(), expiresAt: nullable(Time) }), {
      description: 'To know which there were: SCIM tokens in force, without their text. They are not imported.',
    }),
    apiKeys: Type.Array(closed({ name: Type.String(), scopes: Type.Array(Type.String()), expiresAt: nullable(Time) }), {
      description: 'API keys in force that act for nobody, without their text. They are not imported.',
    }),
  },
  'What admins decided about an organization. It names no people, no teams and no secrets.',
);
export type Configuration = Static<typeof Configuration>;

export const WantedConfiguration = named(
  'WantedConfiguration',
  {
    version: Type.Literal(1),
    name: Type.Optional(Name),
    connection: Type.Optional(
      closed({ state: Type.Optional(oneOf(['off', 'on'])), scimProfile: Type.Optional(oneOf(profileNames)) }),
    ),
    policy: Type.Optional(Policy),
    roles: Type.Optional(Type.Array(Role, { maxItems: 1_000, description: 'All of them: others are removed.' })),
    seats: Type.Optional(Seats),
    tokens: Type.Optional(Type.Unknown({ description: 'Of an export; ignored.' })),
    apiKeys: Type.Optional(Type.Unknown({ description: 'Of an export; ignored.' })),
  },
  'A configuration to apply, such as an exported one. Parts that are left out stay as they are.',
);

export const ConfigurationPlan = named('ConfigurationPlan', {
  changes: Type.Array(
    closed({
      path: Type.String({ description: 'What changes, such as `policy/usernameFormat` or `roles/auditor`.' }),
      before: Type.Optional(Type.Unknown({ description: 'Absent for what is new.' })),
      after: Type.Optional(Type.Unknown({ description: 'Absent for what is removed.' })),
    }),
  ),
});
export type ConfigurationPlan = Static<typeof ConfigurationPlan>;
