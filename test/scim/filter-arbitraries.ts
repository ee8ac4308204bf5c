import fc from 'fast-check';
import { combine, type Filter, parseFilter } from '../../src/scim/filter.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import type { AttributeScope, Resource } from '../../src/scim/schema.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const createdTimes = ['2026-01-31T08:00:00Z', '2026-02-01T00:00:00.250Z', '2026-02-01T01:00:00+01:00'];
export const userIds = ['0190a0b0-0000-7000-8000-000000000001', '0190a0b0-0000-7000-8000-000000000002'];

/** What the addresses of the resources begin with. */
export const scimBaseUrl = 'https://rollcall.example/scim/v2/acme';
/** Teams that people are in, by rising id. */
export const teamIds = ['0190a0b0-0000-7000-8000-000000000fa0', '0190a0b0-0000-7000-8000-000000000fa1'];
export const teamNames = ['Σίσυφος', 'A%'];

/**
 * Letters whose case, composition or width one reading could fold and another not: capitals beyond ASCII, the two lower-case
 * sigmas, marks apart from their letter, the long s, the two letters i, the sharp s, Cyrillic, fullwidth, the Kelvin sign,
 * beyond the basic plane.
 */
export const foldedWords = [
  ...[
    'Σίσυφος',
    'ΣΊΣΥΦΟΣ',
    'σίσ',
    'φος',
    'caf\u00e9',
    'cafe\u0301',
    'CAFE\u0301',
    '\u00c9',
    '\u0301',
    'ſharp',
    'SHARP',
    'sharp',
  ],
  ...[
    'Straße',
    'STRASSE',
    'STRA\u1e9eE',
    '\u0130',
    'i\u0307',
    '\u0131',
    'I',
    'Юлия',
    'юЛИЯ',
    '\uff21da',
    'ADA',
    '\u212ay',
    'KY',
  ],
  ...['\u{10400}', '\u{10428}', '\u1e9b\u0323', '\u0345'],
];

/** Few and awkward, so that filters and resources meet: letter case, order, and what LIKE would take for a wildcard. */
const words = ['a', 'B', 'b', 'ab', 'A%', 'a_', 'x!', '', 'work', 'home', 'a"b', 'a\\b', ')]', ...foldedWords];
/** What follows them in the order of code points is far away, or nothing. */
const lastCharacters = ['\ud7ff', '\ud7ffa', '\ue000', '\u{10ffff}', '\u{10ffff}b', 'a\u{10ffff}'];
const word = fc.constantFrom(...words);
const textOperator = fc.constantFrom('eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le');
const equality = fc.constantFrom('eq', 'ne');
const ordering = fc.constantFrom('eq', 'ne', 'gt', 'ge', 'lt', 'le');

function comparison(names: readonly string[], operator: fc.Arbitrary<string>, value: fc.Arbitrary<unknown>) {
  return fc
    .tuple(fc.constantFrom(...names), operator, value)
    .map((parts) => `${parts[0]} ${parts[1]} ${JSON.stringify(parts[2])}`);
}

const textNames = [
  'userName',
  'displayName',
  'externalId',
  'title',
  'name.familyName',
  'emails.value',
  'emails.type',
  'roles.value',
  'name.givenName',
  'nickName',
  'profileUrl',
  'locale',
  'addresses.country',
  'addresses.streetAddress',
  'phoneNumbers.value',
  'photos.value',
  'x509Certificates.display',
  'groups.display',
  'groups.type',
];
const presentNames = [
  ...textNames,
  'active',
  'name',
  'emails',
  'roles.primary',
  'meta.created',
  'meta.location',
  'meta.version',
  'addresses',
  'addresses.primary',
  'groups',
  'groups.$ref',
  `${enterprise}:manager`,
];

const element = fc.oneof(
  comparison(['value', 'type', 'display'], textOperator, word),
  comparison(['primary'], equality, fc.boolean()),
  comparison(['value', 'type', 'primary'], equality, fc.constant(null)),
  fc.constantFrom('value pr', 'type pr', 'primary pr'),
);

const elements = fc.oneof(
  element,
  element.map((each) => `not (${each})`),
  fc.tuple(element, fc.constantFrom('and', 'or'), element).map((parts) => parts.join(' ')),
);

const addresses = (endpoint: string, ids: readonly string[]) =>
  fc.constantFrom(
    ...ids.map((id) => `${scimBaseUrl}${endpoint}/${id}`),
    'https://elsewhere.example/1',
    `${scimBaseUrl}/`,
    '1',
  );
const idTexts = (ids: readonly string[]) => fc.oneof(word, fc.constantFrom(...ids, '0190', '-7000-', '1'));
const versions = fc.constantFrom(
  'W/"1"',
  'W/"2"',
  'W/"1-631e24b3d00eec33"',
  'W/"2-631e24b3d00eec33"',
  '"1"',
  'W/"',
  '1',
);

/** What every resource has. */
const commonText = (endpoint: string, ids: readonly string[]) => [
  comparison(['id'], textOperator, idTexts(ids)),
  comparison(['meta.location'], textOperator, addresses(endpoint, ids)),
  comparison(['meta.version'], textOperator, versions),
  comparison(['meta.resourceType'], textOperator, fc.constantFrom('User', 'user', 'Group', 'r')),
  comparison(
    ['meta.created', 'meta.lastModified'],
    ordering,
    fc.constantFrom(
      ...createdTimes,
      '2026-02-01T00:00:00',
      '0001-01-01T00:00:00+14:00',
      '9999-12-31T23:59:59.9999999Z',
    ),
  ),
];

/** Memberships from one of their sides. */
const membershipText = (name: string, endpoint: string, ids: readonly string[]) => {
  const inside = fc.oneof(
    comparison(['value'], textOperator, idTexts(ids)),
    comparison(['$ref'], textOperator, addresses(endpoint, ids)),
    comparison(['display', 'type'], textOperator, word),
    fc.constantFrom('value pr', '$ref pr', 'display pr', 'type eq null'),
  );
  return fc.oneof(
    comparison([name, `${name}.value`], textOperator, idTexts(ids)),
    comparison([`${name}.$ref`], textOperator, addresses(endpoint, ids)),
    comparison([`${name}.display`, `${name}.type`], textOperator, word),
    fc.constantFrom(`${name} pr`, `${name}.$ref pr`, `${name}.value eq null`),
    fc
      .tuple(inside, fc.constantFrom(' and ', ' or ', ' and not '), inside)
      .map(([left, join, right]) => `${name}[${left}${join}${join === ' and not ' ? `(${right})` : right}]`),
  );
};

const leafText = fc.oneof(
  comparison([...textNames, `${enterprise}:department`, `${enterprise}:manager`], textOperator, word),
  comparison(['displayName'], textOperator, fc.constantFrom(...lastCharacters)),
  ...commonText('/Users', userIds),
  membershipText('groups', '/Groups', teamIds),
  comparison(['active', 'emails.primary', 'roles.primary', 'addresses.primary'], equality, fc.boolean()),
  comparison(['schemas'], fc.constantFrom('eq', 'ne', 'co'), fc.constantFrom(enterprise, userType.schema.id, 'core')),
  comparison(
    presentNames.filter((name) => name !== 'name' && name !== 'addresses'),
    equality,
    fc.constant(null),
  ),
  fc.constantFrom(...presentNames).map((name) => `${name} pr`),
  fc.tuple(fc.constantFrom('emails', 'roles'), elements).map(([name, inner]) => `${name}[${inner}]`),
);

const filtersOf = (leaf: fc.Arbitrary<string>, type: AttributeScope): fc.Arbitrary<Filter> =>
  fc.letrec<{ filter: Filter }>((tie) => ({
    filter: fc.oneof(
      { depthSize: 'small', withCrossShrink: true },
      leaf.map((text) => parseFilter(text, type)),
      tie('filter').map((filter): Filter => ({ kind: 'not', filter })),
      fc
        .tuple(fc.constantFrom('and' as const, 'or' as const), tie('filter'), tie('filter'))
        .map(([kind, left, right]) => combine(kind, [left, right])),
    ),
  })).filter;

export const userFilters = filtersOf(leafText, userType);

export const groupFilters = filtersOf(
  fc.oneof(
    comparison(['displayName', 'externalId'], textOperator, word),
    ...commonText('/Groups', teamIds),
    membershipText('members', '/Users', userIds),
    fc.constantFrom('externalId pr', 'displayName pr', 'externalId eq null', 'meta.location pr'),
  ),
  groupType,
);

const given = fc.constantFrom(...words.filter((each) => each !== ''));
const optional = { requiredKeys: [] };
const value = fc.record(
  { value: given, type: given, display: given, primary: fc.boolean() },
  { requiredKeys: ['value'] },
);

/** Users as they are represented: what was asked, with id and meta. Not every one is valid, e.g. two values may be primary. */
export const users: fc.Arbitrary<Resource> = fc
  .record(
    {
      displayName: fc.oneof(given, fc.constantFrom(...lastCharacters)),
      externalId: given,
      title: given,
      nickName: given,
      profileUrl: given,
      locale: given,
      name: fc.record({ familyName: given, givenName: given }, { requiredKeys: ['familyName'] }),
      addresses: fc.array(
        fc.record(
          { country: given, streetAddress: given, type: given, primary: fc.boolean() },
          { requiredKeys: ['country'] },
        ),
        { minLength: 1, maxLength: 2 },
      ),
      phoneNumbers: fc.array(value, { minLength: 1, maxLength: 2 }),
      photos: fc.array(value, { minLength: 1, maxLength: 2 }),
      x509Certificates: fc.array(value, { minLength: 1, maxLength: 1 }),
      emails: fc.array(value, { minLength: 1, maxLength: 3 }),
      roles: fc.array(value, { minLength: 1, maxLength: 2 }),
      [enterprise]: fc.record(
        { department: given, manager: fc.record({ value: given }) },
        { requiredKeys: ['department'] },
      ),
    },
    optional,
  )
  .chain((rest) =>
    fc
      .record({
        userName: given,
        active: fc.boolean(),
        id: fc.constantFrom(...userIds),
        created: fc.constantFrom(...createdTimes),
      })
      .map(({ userName, active, id, created }) => ({
        schemas: [userType.schema.id, ...(enterprise in rest ? [enterprise] : [])],
        id,
        userName,
        active,
        ...rest,
        meta: {
          resourceType: 'User',
          created,
          lastModified: created,
          location: `${scimBaseUrl}/Users/${id}`,
          version: 'W/"1"',
        },
      })),
  );
