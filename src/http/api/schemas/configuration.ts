import { type Static, Type } from 'typebox';
import { limits } from '../../../limits.ts';
import { connectionStates } from '../../../organization/holding.ts';
import { providerKinds } from '../../../organization/providers.ts';
import { profileNames } from '../../../scim/profiles.ts';
import { BuiltIn, License, MappingWritten, WantedRole, WantedSeats } from './access.ts';
import { AddressList, NewAddressList } from './addresses.ts';
import { Settling } from './connection.ts';
import { DefinedSchema, NewSchema } from './definition.ts';
import { DomainName } from './domain.ts';
import { closed, Name, named, nullable, oneOf, Time } from './parts.ts';
import { planProperties } from './plan.ts';
import { Confirm, PolicyPlan } from './policy.ts';
import { DeclaredSignIn } from './sign-in-provider.ts';
import { Addresses, NewAddresses, NewScopes, Scopes } from './token.ts';

const Role = closed({ key: Type.String(), name: Type.String(), permissions: Type.Array(Type.String()) });
const seatsSay = { description: 'Seats of each license; null is any number.' };
const mappingsSay = {
  description:
    'What each team gives, by its name in force; by the name and the id in parentheses where several teams have the name, or one that differs in letter case only. All of them: any other team gives nothing.',
};
const groupsSay = { description: 'The license that each group of sign-ins gives. All of them.' };
const Document = Type.Record(Type.String(), Type.Unknown(), { description: 'As RFC 7643 §6 writes it.' });
const Policy = Type.Record(Type.String(), Type.String(), { description: 'Settings of docs/reference/policy.md.' });

const tokenLimits = { scopes: Scopes, addresses: Addresses, roleCeiling: BuiltIn };

export const Configuration = named(
  'Configuration',
  {
    version: Type.Literal(1),
    name: Type.String(),
    connection: closed({
      state: oneOf(connectionStates),
      scimProfile: oneOf(profileNames),
      provider: Type.String({ description: 'Who provisions.' }),
    }),
    signInProvider: nullable(DeclaredSignIn),
    policy: Policy,
    roles: Type.Array(Role),
    seats: Type.Record(Type.String(), nullable(Type.Integer()), seatsSay),
    teamMappings: Type.Record(
      Type.String(),
      closed({ role: nullable(Type.String()), license: nullable(Type.String()) }),
      mappingsSay,
    ),
    signInGroups: Type.Record(Type.String(), Type.String(), groupsSay),
    schemas: Type.Array(DefinedSchema),
    resourceTypes: Type.Array(Document),
    domains: Type.Array(Type.String(), { description: 'By their names, whether they were verified or not.' }),
    addresses: AddressList,
    tokens: Type.Array(closed({ name: Type.String(), ...tokenLimits, expiresAt: nullable(Time) }), {
      description:
        'What SCIM tokens in force may do, without their text. A name that several tokens have is not among them, nor one that another takes over from.',
    }),
    apiKeys: Type.Array(closed({ name: Type.String(), scopes: Type.Array(Type.String()), expiresAt: nullable(Time) }), {
      description:
        'API keys in force that act for nobody, without their text. A document that is applied makes none of them.',
    }),
  },
  'What admins decided about an organization. It names no people and no secrets.',
);
export type Configuration = Static<typeof Configuration>;

export const WantedConfiguration = named(
  'WantedConfiguration',
  {
    version: Type.Literal(1),
    name: Type.Optional(Name),
    connection: Type.Optional(
      closed({
        state: Type.Optional(oneOf(connectionStates)),
        scimProfile: Type.Optional(oneOf(profileNames)),
        provider: Type.Optional(oneOf(providerKinds)),
      }),
    ),
    signInProvider: Type.Optional(nullable(DeclaredSignIn)),
    policy: Type.Optional(Policy),
    roles: Type.Optional(Type.Array(WantedRole, { maxItems: 1_000, description: 'All of them: others are removed.' })),
    seats: Type.Optional(Type.Record(Type.String(), WantedSeats, seatsSay)),
    teamMappings: Type.Optional(Type.Record(Type.String(), closed(MappingWritten.properties), mappingsSay)),
    signInGroups: Type.Optional(Type.Record(Type.String(), License, groupsSay)),
    schemas: Type.Optional(Type.Array(NewSchema, { maxItems: 1_000, description: 'All of them: others are removed.' })),
    resourceTypes: Type.Optional(Type.Array(Document, { maxItems: 1_000, description: 'All of them.' })),
    confirm: Confirm,
    domains: Type.Optional(
      Type.Array(DomainName, {
        maxItems: limits.domainsMax,
        description: 'All of them: others are removed. One that is new counts for nothing until its record was seen.',
      }),
    ),
    addresses: Type.Optional(Type.Partial(NewAddressList, { additionalProperties: false })),
    tokens: Type.Optional(
      Type.Array(
        closed({
          name: Name,
          expiresAt: Type.Optional(nullable(Time)),
          scopes: Type.Optional(NewScopes),
          addresses: Type.Optional(NewAddresses),
          roleCeiling: Type.Optional(BuiltIn),
        }),
        {
          maxItems: 1_000,
          description:
            'Limits of tokens that are there; none is made or revoked. `tokensMissing` names those that are not there.',
        },
      ),
    ),
    apiKeys: Type.Optional(
      Type.Array(
        closed({
          name: Type.String(),
          scopes: Type.Optional(Type.Array(Type.String(), { maxItems: 1_000 })),
          expiresAt: Type.Optional(nullable(Time)),
        }),
        {
          maxItems: 10_000,
          description:
            'API keys as an export has them. None is made, changed or revoked; `apiKeysMissing` names those that are not there like this.',
        },
      ),
    ),
  },
  'A configuration to apply, such as an exported one. Parts that are left out stay as they are.',
);

const changes = {
  teamsMissing: Type.Array(Type.String(), {
    description: 'Names of teams in the document that are none here, or those of several: nothing is changed for them.',
  }),
  tokensMissing: Type.Array(Type.String(), {
    description:
      'Names of tokens in the document that are none here, or those of several: nothing is changed for them.',
  }),
  apiKeysMissing: nullable(
    Type.Array(Type.String(), {
      description:
        'Names of API keys in the document of which there is none with these scopes and this expiry: none is made or changed. Null for who may not read them (`keys:read`).',
    }),
  ),
  changes: Type.Array(
    closed({
      path: Type.String({ description: 'What changes, such as `policy/usernameFormat` or `roles/auditor`.' }),
      before: Type.Optional(Type.Unknown({ description: 'Absent for what is new.' })),
      after: Type.Optional(Type.Unknown({ description: 'Absent for what is removed.' })),
    }),
  ),
};

export const ConfigurationApplied = named('ConfigurationApplied', {
  ...changes,
  settling: nullable(Settling),
  warnings: PolicyPlan.properties.warnings,
});

export const ConfigurationPlan = named('ConfigurationPlan', {
  ...changes,
  confirm: PolicyPlan.properties.confirm,
  warnings: PolicyPlan.properties.warnings,
  ...planProperties,
});
export type ConfigurationPlan = Static<typeof ConfigurationPlan>;
