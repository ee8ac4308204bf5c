/** The resource types that Rollcall serves (RFC 7643 §6). */

import type { ResourceType } from './schema.ts';
import { enterpriseUserSchema } from './schemas/enterprise-user.ts';
import { groupSchema } from './schemas/group.ts';
import { userSchema } from './schemas/user.ts';

export const userType: ResourceType = {
  name: 'User',
  description: 'A member of the organization',
  endpoint: '/Users',
  schema: userSchema,
  extensions: [{ schema: enterpriseUserSchema, required: false }],
};

export const groupType: ResourceType = {
  name: 'Group',
  description: 'A team of the organization',
  endpoint: '/Groups',
  schema: groupSchema,
  extensions: [],
};

export const resourceTypes: readonly ResourceType[] = [userType, groupType];
