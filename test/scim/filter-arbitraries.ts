import fc from 'fast-check';
import { combine, type Filter, parseFilter } from '../../src/scim/filter.ts';
import { userType } from '../../src/scim/resource-types.ts';
import type { Resource } from '../../src/scim/schema.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const createdTimes = ['2026-01-31T08:00:00Z', '2026-02-01T00:00:00.250Z', '2026-02-01T01:00:00+01:00'];
export const userIds = ['0190a0b0-0000-7000-8000-000000000001', '0190a0b0-0000-7000-8000-000000000002'];

/** Few and awkward, so that filters and resources meet: letter case, order, and what LIKE would take for a wildcard. */
const words = ['a', 'B', 'b', 'ab', 'A%', 'a_', 'x!', '', 'work', 'home', 'a"b', 'a\\b', ')]'];
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
];
const presentNames = [
  ...textNames,
  'active',
  'name',
  'emails',
  'roles.primary',
  'meta.created',
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

const leafText = fc.oneof(
  comparison([...textNames, `${enterprise}:department`, `${enterprise}:manager`], textOperator, word),
  comparison(['displayName'], textOperator, fc.constantFrom(...lastCharacters)),
  comparison(['id'], equality, fc.oneof(word, fc.constantFrom(...userIds))),
  comparison(['active', 'emails.primary', 'roles.primary'], equality, fc.boolean()),
  comparison(
    ['meta.created'],
    ordering,
    fc.constantFrom(
      ...createdTimes,
      '2026-02-01T00:00:00',
      '0001-01-01T00:00:00+14:00',
      '9999-12-31T23:59:59.9999999Z',
    ),
  ),
  comparison(['schemas'], fc.constantFrom('eq', 'ne', 'co'), fc.constantFrom(enterprise, userType.schema.id, 'core')),
  comparison(
    presentNames.filter((name) => name !== 'name'),
    equality,
    fc.constant(null),
  ),
  fc.constantFrom(...presentNames).map((name) => `${name} pr`),
  fc.tuple(fc.constantFrom('emails', 'roles'), elements).map(([name, inner]) => `${name}[${inner}]`),
);

export const userFilters: fc.Arbitrary<Filter> = fc.letrec<{ filter: Filter }>((tie) => ({
  filter: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    leafText.map((text) => parseFilter(text, userType)),
    tie('filter').map((filter): Filter => ({ kind: 'not', filter })),
    fc
      .tuple(fc.constantFrom('and' as const, 'or' as const), tie('filter'), tie('filter'))
      .map(([kind, left, right]) => combine(kind, [left, right])),
  ),
})).filter;

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
      name: fc.record({ familyName: given, givenName: given }, { requiredKeys: ['familyName'] }),
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
        meta: { resourceType: 'User', created, lastModified: created },
      })),
  );
