import { attribute, type Schema } from '../schema.ts';

/** Okta's schema of a role that a person can have. Okta recognizes roles by this URN, whatever the endpoint (okta-wire.md §14). */
export const oktaRoleSchema: Schema = {
  id: 'urn:okta:scim:schemas:core:1.0:Role',
  name: 'Role',
  description: 'A role that people can have',
  attributes: [
    attribute('displayName', 'Name of the role.', { required: true, uniqueness: 'server' }),
    attribute('description', 'What the role is for, in at most 1,000 characters.'),
  ],
  indexed: true,
};
