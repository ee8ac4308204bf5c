import { type Attribute, attribute, type Schema } from '../schema.ts';

type SubAttributes = readonly Attribute[];

/** RFC 7643 §2.4: the sub-attributes that multi-valued attributes share. */
function valueSubAttributes(what: string, types: readonly string[], value: Partial<Attribute> = {}): SubAttributes {
  return [
    attribute('value', `${what}.`, value),
    attribute('display', 'Name of the value, for people to read.'),
    attribute('type', 'What the value is used for.', types.length === 0 ? {} : { canonicalValues: types }),
    attribute('primary', 'True for the preferred value. At most one value is primary.', { type: 'boolean' }),
  ];
}

function list(name: string, description: string, subAttributes: SubAttributes): Attribute {
  return attribute(name, description, { type: 'complex', multiValued: true, subAttributes });
}

/** RFC 7643 §4.1 and §8.7.1. `emails.value` and `userName` compare by the same key (case-key.ts). */
export const userSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:User',
  name: 'User',
  description: 'A person, as the identity provider describes them',
  attributes: [
    attribute('userName', 'Name that the person signs in with, unique in the organization whatever its letter case.', {
      required: true,
      uniqueness: 'server',
    }),
    attribute('name', 'Parts of the name.', {
      type: 'complex',
      subAttributes: [
        attribute('formatted', 'Whole name as it is to be shown, as the identity provider composed it.'),
        attribute('familyName', 'Family name.'),
        attribute('givenName', 'Given name.'),
        attribute('middleName', 'Middle names.'),
        attribute('honorificPrefix', 'Title before the name.'),
        attribute('honorificSuffix', 'Suffix after the name.'),
      ],
    }),
    attribute('displayName', 'Name to show for the person.'),
    attribute('nickName', 'Casual name.'),
    attribute('profileUrl', 'Address of a page about the person.', {
      type: 'reference',
      referenceTypes: ['external'],
      caseExact: true,
    }),
    attribute('title', 'Job title.'),
    attribute('userType', 'Relation to the organization, such as employee or contractor.'),
    attribute('preferredLanguage', 'Languages the person prefers, as in Accept-Language.'),
    attribute('locale', 'Locale for dates, numbers and currency.'),
    attribute('timezone', 'Time zone, by its name in the IANA database.'),
    attribute('active', 'Whether the identity provider wants the person to have access.', { type: 'boolean' }),
    attribute('password', 'Accepted and discarded: provisioned members sign in through the identity provider.', {
      caseExact: true,
      mutability: 'writeOnly',
      returned: 'never',
    }),
    list('emails', 'E-mail addresses.', valueSubAttributes('Address', ['work', 'home', 'other'])),
    list(
      'phoneNumbers',
      'Phone numbers.',
      valueSubAttributes('Number', ['work', 'home', 'mobile', 'fax', 'pager', 'other']),
    ),
    list(
      'ims',
      'Instant messaging addresses.',
      valueSubAttributes('Address', ['aim', 'gtalk', 'icq', 'xmpp', 'msn', 'skype', 'qq', 'yahoo']),
    ),
    list(
      'photos',
      'Pictures of the person.',
      valueSubAttributes('Address of the picture', ['photo', 'thumbnail'], {
        type: 'reference',
        referenceTypes: ['external'],
        caseExact: true,
      }),
    ),
    list('addresses', 'Postal addresses.', [
      attribute('formatted', 'Whole address as it is to be shown.'),
      attribute('streetAddress', 'Street, house and floor.'),
      attribute('locality', 'City.'),
      attribute('region', 'State or region.'),
      attribute('postalCode', 'Postal code.'),
      attribute('country', 'Country.'),
      attribute('type', 'What the address is used for.', { canonicalValues: ['work', 'home', 'other'] }),
      attribute('primary', 'True for the preferred value. At most one value is primary.', { type: 'boolean' }),
    ]),
    attribute('groups', 'Teams that the person is asked to be in. Changed through the groups.', {
      type: 'complex',
      multiValued: true,
      mutability: 'readOnly',
      subAttributes: [
        attribute('value', 'Identifier of the group.', { caseExact: true, mutability: 'readOnly' }),
        attribute('$ref', 'Address of the group.', {
          type: 'reference',
          referenceTypes: ['Group'],
          caseExact: true,
          mutability: 'readOnly',
        }),
        attribute('display', 'Name of the group.', { mutability: 'readOnly' }),
        attribute('type', 'How the person belongs to the group.', {
          canonicalValues: ['direct'],
          mutability: 'readOnly',
        }),
      ],
    }),
    list('entitlements', 'Things the person has a right to.', valueSubAttributes('Entitlement', [])),
    list('roles', 'Roles of the person, as the identity provider names them.', valueSubAttributes('Role', [])),
    list(
      'x509Certificates',
      'Certificates of the person.',
      valueSubAttributes('Certificate in DER, as base64', [], { type: 'binary', caseExact: true }),
    ),
  ],
};
