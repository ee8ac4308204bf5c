import { attribute, type Schema } from '../schema.ts';

/**
 * RFC 7643 §4.3. `manager.displayName` is writable here, other than in the RFC: Okta maps it, and Rollcall has no manager's name
 * of its own to put there.
 */
export const enterpriseUserSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  name: 'EnterpriseUser',
  description: 'What an employer knows about a person',
  attributes: [
    attribute('employeeNumber', 'Number or code that the employer gave to the person.'),
    attribute('costCenter', 'Cost center that the person is booked on.'),
    attribute('organization', 'Organization within the company.'),
    attribute('division', 'Division within the organization.'),
    attribute('department', 'Department within the division.'),
    attribute('manager', 'The person that this one reports to.', {
      type: 'complex',
      subAttributes: [
        attribute('value', 'Identifier of the manager, as the identity provider knows it.', { caseExact: true }),
        attribute('$ref', 'Address of the manager as a SCIM resource.', {
          type: 'reference',
          referenceTypes: ['User'],
          caseExact: true,
        }),
        attribute('displayName', 'Name of the manager.'),
      ],
    }),
  ],
};
