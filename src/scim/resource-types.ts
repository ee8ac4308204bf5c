/** The resource types that Rollcall serves to every organization (RFC 7643 §6). */

import type { ResourceType } from './schema.ts';
import { enterpriseUserSchema } from './schemas/enterprise-user.ts';
import { groupSchema } from './schemas/group.ts';
import { oktaEntitlementSchema } from './schemas/okta-entitlement.ts';
import { oktaRoleSchema } from './schemas/okta-role.ts';
import { userSchema } from './schemas/user.ts';

export const userType: ResourceType = {
  name: 'User',
  kind: 'User',
  description: 'A member of the organization',
  endpoint: '/Users',
  schema: userSchema,
  extensions: [{ schema: enterpriseUserSchema, required: false }],
};

export const groupType: ResourceType = {
  name: 'Group',
  kind: 'Group',
  description: 'A team of the organization',
  endpoint: '/Groups',
  schema: groupSchema,
  extensions: [],
};

/** What the `roles` of people name, where an organization has any of it (okta-wire.md §14). */
const roleType: ResourceType = {
  name: 'Role',
  kind: 'Custom',
  description: 'A role that people can have',
  endpoint: '/Roles',
  schema: oktaRoleSchema,
  extensions: [],
};

/** What the `entitlements` of people name, where an organization has any of it (okta-wire.md §14). */
const entitlementType: ResourceType = {
  name: 'Entitlement',
  kind: 'Custom',
  description: 'A thing that people can have a right to',
  endpoint: '/Entitlements',
  schema: oktaEntitlementSchema,
  extensions: [],
};

export const resourceTypes: readonly ResourceType[] = [userType, groupType, roleType, entitlementType];
