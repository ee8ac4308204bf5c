import { attribute, type Schema } from '../schema.ts';

/** RFC 7643 §4.2, with displayName required and unique in the organization: it names a team. */
export const groupSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  name: 'Group',
  description: 'A team and who is asked to be in it',
  attributes: [
    attribute('displayName', 'Name of the team.', { required: true, uniqueness: 'server' }),
    attribute('members', 'People of the team.', {
      type: 'complex',
      multiValued: true,
      subAttributes: [
        attribute('value', 'Identifier of the user.', { caseExact: true, mutability: 'immutable' }),
        attribute('$ref', 'Address of the user.', {
          type: 'reference',
          referenceTypes: ['User'],
          caseExact: true,
          mutability: 'immutable',
        }),
        attribute('type', 'Kind of the member.', { canonicalValues: ['User'], mutability: 'immutable' }),
        attribute('display', 'Name of the user, for people to read.', { mutability: 'readOnly' }),
      ],
    }),
  ],
};
