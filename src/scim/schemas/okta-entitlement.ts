import { attribute, type Schema } from '../schema.ts';

/**
 * Okta's schema of a thing that a person can have a right to, such as a license. Okta recognizes entitlements by this URN; an
 * organization may have several resource types of it, whose names are the types of entitlements (okta-wire.md §14).
 */
export const oktaEntitlementSchema: Schema = {
  id: 'urn:okta:scim:schemas:core:1.0:Entitlement',
  name: 'Entitlement',
  description: 'A thing that people can have a right to',
  attributes: [
    attribute('displayName', 'Name of the entitlement.', { required: true, uniqueness: 'server' }),
    attribute('type', 'Name of the resource type.', { mutability: 'readOnly', caseExact: true }),
    attribute('description', 'What it gives a right to, in at most 1,000 characters.'),
  ],
  indexed: true,
};
