import { type Static, Type } from 'typebox';
import { limits } from '../../../limits.ts';
import { type BuiltInRole, builtInRoles } from '../../../organization/roles.ts';
import {
  closed,
  Id,
  IsBreakGlass,
  listOf,
  MemberStatus,
  Name,
  named,
  nullable,
  OrganizationParams,
  Origin,
  oneOf,
  pageParameters,
  Reason,
  Time,
} from './parts.ts';
import { showsItems } from './plan.ts';

export const BuiltIn = oneOf(Object.keys(builtInRoles) as [BuiltInRole, ...BuiltInRole[]]);
const Key = Type.String({ minLength: 1, maxLength: 63 });
export const License = Type.String({ minLength: 1, maxLength: 63, description: 'A license type, such as developer.' });
/** An answer says what is stored, whatever may be asked: bounds are those of requests. */
const Seats = nullable(Type.Integer());
export const WantedSeats = Type.Union([Type.Integer({ minimum: 0, maximum: limits.seatsMax }), Type.Null()], {
  description: 'Seats that there are; null is any number, 0 a license that the organization does not have.',
});

export const Role = named('Role', {
  key: Type.String(),
  name: Type.String({ description: 'Of a built-in role what it may do, in words.' }),
  builtIn: Type.Boolean(),
  permissions: Type.Array(Type.String()),
  needs: Type.Unsafe<BuiltInRole>({
    ...BuiltIn,
    description: 'The least built-in role with all permissions of this one: ceilings of tokens are compared with it.',
  }),
  teams: Type.Integer({ description: 'Teams that give it.' }),
});
export type Role = Static<typeof Role>;

export const RoleList = named('RoleList', { items: Type.Array(Role) });
export type RoleList = Static<typeof RoleList>;
export const RoleParams = closed({ ...OrganizationParams.properties, key: Key });
export const RoleWritten = named('RoleWritten', {
  name: Name,
  permissions: Type.Array(Type.String({ minLength: 1, maxLength: 200 }), {
    maxItems: 200,
    description: 'Scopes of this API, or permissions of the product, which begin with `product:`.',
  }),
});

export const RoleGiven = named('RoleGiven', { role: nullable(BuiltIn) });
export const RoleCeiling = named('RoleCeiling', { roleCeiling: BuiltIn });

export const LicenseType = named('LicenseType', {
  license: Type.String(),
  seats: Seats,
  used: Type.Integer(),
  waiting: Type.Integer({ description: 'People who wait for a seat.' }),
});
export type LicenseType = Static<typeof LicenseType>;
export const LicenseList = named('LicenseList', {
  source: Type.String({ description: 'Where licenses come from: the setting licenseSource.' }),
  byDefault: nullable(Type.String()),
  items: Type.Array(LicenseType, { description: 'Of several that a source gives, the first one here wins.' }),
});
export type LicenseList = Static<typeof LicenseList>;
const Setting = Type.Optional(Type.String({ maxLength: 63 }));
export const RulesSet = named(
  'LicenseRules',
  {
    licenseSource: Setting,
    defaultLicense: Setting,
    defaultRole: Setting,
    withoutSeat: Setting,
    signInGroups: Setting,
  },
  'Settings of the policy; what is left out stays.',
);
/** What an admin should know of a change, in words. */
const Warnings = Type.Array(Type.String(), { description: 'What an admin should know of it, in words.' });
export const RulesWritten = named('RulesWritten', { warnings: Warnings });
export const LicenseParams = closed({ ...OrganizationParams.properties, license: License });
export const SeatsSet = named('SeatsSet', { seats: WantedSeats });
export const LicenseGiven = named('LicenseGiven', { license: nullable(License) });

export const Mapping = named('TeamMapping', {
  team: closed({ id: Type.String(), name: Type.String() }),
  role: nullable(Type.String()),
  license: nullable(Type.String()),
  members: Type.Integer({ description: 'People who were put into the team.' }),
});
export type Mapping = Static<typeof Mapping>;
export const MappingList = named('TeamMappingList', { items: Type.Array(Mapping) });
export type MappingList = Static<typeof MappingList>;
export const MappingWritten = named(
  'TeamMappingWritten',
  { role: Type.Optional(nullable(Key)), license: Type.Optional(nullable(License)) },
  'What is left out stays; null takes a mapping away.',
);

/** A role of an organization's own in a configuration. */
export const WantedRole = closed({ key: Key, ...RoleWritten.properties });

const GroupMapping = named('SignInGroup', { group: Type.String(), license: Type.String() });
export const GroupMappingList = named('SignInGroupList', { items: Type.Array(GroupMapping) });
export const GroupMappingWritten = named('SignInGroupWritten', {
  group: Type.String({
    minLength: 1,
    maxLength: limits.signInGroupLengthMax,
    description: 'As the claim names it, letter case included.',
  }),
  license: nullable(License),
});

const accessProperties = {
  id: Type.String(),
  userName: Type.String(),
  name: Type.String(),
  status: MemberStatus,
  origin: Origin,
  breakGlass: IsBreakGlass,
  role: BuiltIn,
  customRoles: Type.Array(Type.String()),
  roleReason: Reason,
  roleByHand: nullable(Type.String()),
  license: Type.Union([Type.String(), Type.Null()], { description: 'The license that the person has a seat of.' }),
  waitsFor: nullable(Type.String()),
  waitsSince: nullable(Time),
  licenseReason: Reason,
  licenseByHand: nullable(Type.String()),
  licenseBySignIn: nullable(Type.String()),
  licenseAsked: Type.Union([Type.String(), Type.Null()], {
    description: 'What the provider’s attribute says, whether it decides or not.',
  }),
};
export const Access = named('Access', accessProperties);
export type Access = Static<typeof Access>;
export const AccessList = listOf('AccessList', Access);
export type AccessList = Static<typeof AccessList>;
export const AccessQuery = closed({
  ...pageParameters,
  which: Type.Optional(
    oneOf(
      ['everyone', 'administering', 'break-glass', 'waiting', 'license-differs'],
      'Only these: owners and admins, those who are set apart as a way in, those who wait for a seat, or those whose attribute says another license than they have.',
    ),
  ),
  role: Type.Optional(
    Type.String({ minLength: 1, maxLength: 63, description: 'Only those who have this role, built-in or custom.' }),
  ),
  license: Type.Optional(
    Type.String({ minLength: 1, maxLength: 63, description: 'Only those who have a seat of this license.' }),
  ),
});
export const AccessDetail = named('AccessDetail', {
  ...accessProperties,
  teams: Type.Array(
    closed({
      team: Type.String(),
      role: Type.Optional(Type.String()),
      ceiling: Type.Optional(Type.String({ description: 'Of the token that put the person there.' })),
      license: Type.Optional(Type.String()),
    }),
    { description: 'Everything that teams give to the person, whether it decides or not.' },
  ),
});

export const Supposed = named('SupposedRules', {
  licenseSource: Type.Optional(Type.String({ maxLength: 63 })),
  defaultLicense: Type.Optional(Type.String({ maxLength: 63 })),
  teams: Type.Optional(Type.Record(Id, nullable(License), { maxProperties: limits.supposedTeamsMax })),
  seats: Type.Optional(Type.Record(License, WantedSeats, { maxProperties: limits.supposedTeamsMax })),
});
export type Supposed = Static<typeof Supposed>;
export const Simulation = named('LicenseSimulation', {
  licenses: Type.Array(
    closed({
      license: Type.String(),
      seats: Seats,
      used: Type.Integer(),
      needed: Type.Integer({ description: 'For whom the rules would give it, whether there is a seat or not.' }),
      missing: Type.Integer({ description: 'How many seats that is too many.' }),
      taken: Type.Integer({ description: 'How many would have one.' }),
      waiting: Type.Integer({ description: 'How many would wait for one.' }),
    }),
  ),
  gains: Type.Integer({ description: 'People who have none and would get one.' }),
  losses: Type.Integer({ description: 'People who would lose theirs.' }),
  exchanges: Type.Integer({ description: 'People who would have another one.' }),
  waits: Type.Integer({ description: 'People who would begin to wait for one, since all seats are taken.' }),
  joins: Type.Integer({ description: 'Memberships of teams that would come into force.' }),
  leaves: Type.Integer({
    description: 'Memberships of teams that would no longer be in force, since the person would have no license.',
  }),
  narrowed: Type.Integer({ description: 'People whose rights the license would narrow.' }),
  warnings: Warnings,
  showsItems,
  refused: Type.Boolean({ description: 'Whether the rules could not be set, since there are not enough seats.' }),
  changes: Type.Array(
    closed({
      member: Type.String(),
      userName: Type.String(),
      before: nullable(Type.String()),
      after: nullable(Type.String()),
      waitsFor: nullable(Type.String()),
      rule: Type.String(),
      because: Type.String({ description: 'The rule in words.' }),
      narrows: nullable(closed({ from: Type.String(), to: Type.String() })),
      joins: Type.Integer({ description: 'How many teams they would come into.' }),
      leaves: Type.Integer({ description: 'How many teams they would be out of.' }),
    }),
    {
      description:
        'The first people of whom something changes. `narrows` says what they may do now and would then, where that is less.',
    },
  ),
});
export type Simulation = Static<typeof Simulation>;
