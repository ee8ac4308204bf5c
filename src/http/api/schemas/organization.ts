import { type Static, Type } from 'typebox';
import { everyConnectionState } from '../../../organization/holding.ts';
import { profileNames } from '../../../scim/profiles.ts';
import { listOf, Name, named, nullable, oneOf, Time } from './parts.ts';

export const Plan = oneOf(['free', 'pro', 'enterprise']);

export const Organization = named('Organization', {
  id: Type.String(),
  slug: Type.String({ description: 'Its name in addresses.' }),
  name: Type.String(),
  plan: Plan,
  status: oneOf(['active', 'suspended']),
  scim: oneOf(everyConnectionState, 'State of the connection to the identity provider.'),
  scimProfile: oneOf(profileNames, 'What the SCIM endpoint accepts beyond the RFCs.'),
  scimBaseUrl: Type.String({ description: 'What an admin pastes into the identity provider.' }),
  members: Type.Integer(),
  teams: Type.Integer(),
  tokens: Type.Integer({ description: 'SCIM tokens that are neither revoked nor expired.' }),
  lastRequestAt: nullable(Time),
  lastEvent: Type.Integer({ description: 'The number of the last event of its feed.' }),
});
export type Organization = Static<typeof Organization>;

export const OrganizationList = listOf('OrganizationList', Organization);
export type OrganizationList = Static<typeof OrganizationList>;

export const NewOrganization = named('NewOrganization', {
  slug: Type.String({
    pattern: '^[a-z][a-z0-9-]{0,61}[a-z0-9]$',
    description: '2 to 63 lower-case letters, digits and hyphens, beginning with a letter. It never changes.',
  }),
  name: Name,
  plan: Type.Optional(Plan),
  settings: Type.Optional(
    Type.Record(Type.String(), Type.String(), {
      description:
        'A `preset`, settings of the policy that deviate from it, as in `{"usernameFormat": "any"}`, `scimProfile`, `provider` (who provisions) and `signInProvider` (who signs people in).',
    }),
  ),
});

export const OrganizationChange = named('OrganizationChange', {
  name: Type.Optional(Name),
  plan: Type.Optional(Plan),
  status: Type.Optional(oneOf(['active', 'suspended'], 'Suspended: SCIM, API keys and streams are refused.')),
});
