import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { parseAttributePath } from '../../src/scim/attribute-path.ts';
import { ScimError } from '../../src/scim/errors.ts';
import { parseFilter } from '../../src/scim/filter.ts';
import { readGroupPatch } from '../../src/scim/group-patch.ts';
import { parseSearchRequest } from '../../src/scim/list-query.ts';
import { applyPatch, parsePatch, patchSchema } from '../../src/scim/patch.ts';
import { isProfileName, profileNamed, profileNames, profiles, tolerancesOf } from '../../src/scim/profiles.ts';
import { type Deviation, quirks, type Refused, type Tolerance, type Tolerances } from '../../src/scim/quirks.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import { attribute, type ResourceType } from '../../src/scim/schema.ts';
import { validateResource } from '../../src/scim/validate.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const ada = { schemas: [userType.schema.id], userName: 'ada@acme.example', active: true };

/** Reads something that goes against the RFC in one way, and in no other. */
type Reading = (tolerances: Tolerances) => unknown;

const create =
  (body: Record<string, unknown>, type: ResourceType = userType): Reading =>
  (tolerances) =>
    validateResource(type, { schemas: [type.schema.id], ...body }, { operation: 'create', tolerances });
const user = (rest: Record<string, unknown>): Reading => create({ userName: 'ada@acme.example', ...rest });
const employee = (rest: Record<string, unknown>): Reading =>
  user({ schemas: [userType.schema.id, enterprise], [enterprise]: rest });
const message =
  (body: Record<string, unknown>): Reading =>
  (tolerances) =>
    parsePatch({ schemas: [patchSchema], ...body }, tolerances);
const patch =
  (...operations: Record<string, unknown>[]): Reading =>
  (tolerances) =>
    applyPatch(userType, ada, parsePatch({ schemas: [patchSchema], Operations: operations }, tolerances), tolerances);
const groupPatch =
  (...operations: Record<string, unknown>[]): Reading =>
  (tolerances) =>
    readGroupPatch(groupType, parsePatch({ schemas: [patchSchema], Operations: operations }), tolerances);
const filter =
  (text: string): Reading =>
  (tolerances) =>
    parseFilter(text, userType, tolerances);
const search =
  (body: Record<string, unknown>): Reading =>
  (tolerances) =>
    parseSearchRequest({ schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], ...body }, tolerances);
/** No attribute of the RFC's user is a number. */
const badged: ResourceType = {
  ...userType,
  schema: {
    ...userType.schema,
    attributes: [
      ...userType.schema.attributes,
      attribute('badges', 'What was earned.', {
        type: 'complex',
        multiValued: true,
        subAttributes: [attribute('level', 'How high.', { type: 'integer' })],
      }),
    ],
  },
};
const email = { value: 'a@mail.example' };

/** For each deviation, in each place where it may be met, the scimType of the RFC's refusal. */
const cases: [deviation: Refused, where: string, scimType: string, read: Reading][] = [
  ['op-case', 'in a PATCH', 'invalidSyntax', message({ Operations: [{ op: 'Add', path: 'title', value: 'x' }] })],
  [
    'patch-without-schemas',
    'in a PATCH',
    'invalidSyntax',
    message({ schemas: [], Operations: [{ op: 'add', value: {} }] }),
  ],
  ['patch-without-operations', 'in a PATCH', 'invalidSyntax', message({ Operations: [] })],
  ['bool-as-string', 'in a body', 'invalidValue', user({ active: 'True' })],
  ['bool-as-string', 'in a PATCH', 'invalidValue', patch({ op: 'replace', path: 'active', value: 'False' })],
  ['bool-as-string', 'in a filter', 'invalidFilter', filter('active eq "true"')],
  ['bool-as-string', 'in a path', 'invalidPath', patch({ op: 'remove', path: 'emails[primary eq "True"]' })],
  ['number-as-string', 'in a search', 'invalidValue', search({ count: '10' })],
  ['number-as-string', 'in a body', 'invalidValue', create({ userName: 'ada', badges: [{ level: '3' }] }, badged)],
  ['number-as-string', 'in a filter', 'invalidFilter', (seen) => parseFilter('badges.level gt "3"', badged, seen)],
  [
    'number-as-string',
    'in a path',
    'invalidPath',
    (tolerances) => parseAttributePath('badges[level eq "3"]', badged, { tolerances }),
  ],
  ['bare-word', 'in a filter', 'invalidFilter', filter('userName eq ada')],
  ['bare-word', 'in a path', 'invalidPath', patch({ op: 'remove', path: 'emails[type eq work]' })],
  ['email-alias', 'in a filter', 'invalidFilter', filter('email eq "a@mail.example"')],
  ['value-path-sub-attribute', 'in a filter', 'invalidFilter', filter('emails[type eq "work"].value eq "a"')],
  ['manager-as-string', 'in a body', 'invalidValue', employee({ manager: '26118915' })],
  ['manager-as-string', 'in a PATCH', 'invalidValue', patch({ op: 'add', path: `${enterprise}:manager`, value: '7' })],
  ['complex-as-list', 'in a body', 'invalidValue', user({ name: [{ givenName: 'Ada' }] })],
  ['scalar-wrapped', 'in a body', 'invalidValue', user({ title: [{ value: 'Lead' }] })],
  ['scalar-wrapped', 'in a PATCH', 'invalidValue', patch({ op: 'replace', path: 'title', value: [{ value: 'Lead' }] })],
  ['single-as-list', 'in a body', 'invalidValue', user({ emails: email })],
  ['single-as-list', 'in a replace', 'invalidValue', patch({ op: 'replace', path: 'emails', value: email })],
  ['single-as-list', 'in a group', 'invalidValue', create({ displayName: 'G', members: { value: 'a' } }, groupType)],
  [
    'single-as-list',
    'in a group’s replace',
    'invalidValue',
    groupPatch({ op: 'replace', path: 'members', value: { value: 'a' } }),
  ],
  ['single-as-list', 'in a search', 'invalidValue', search({ attributes: 'userName' })],
  ['string-as-value', 'in a body', 'invalidValue', user({ emails: ['a@mail.example'] })],
  ['string-as-value', 'in a PATCH', 'invalidValue', patch({ op: 'add', path: 'roles', value: ['admin'] })],
  [
    'second-primary',
    'in a body',
    'invalidValue',
    user({
      emails: [
        { value: 'a', primary: true },
        { value: 'b', primary: true },
      ],
    }),
  ],
  [
    'second-primary',
    'in a PATCH',
    'invalidValue',
    patch({
      op: 'add',
      path: 'emails',
      value: [
        { value: 'a', primary: true },
        { value: 'b', primary: true },
      ],
    }),
  ],
  [
    'read-only-in-patch',
    'in a value without path',
    'mutability',
    patch({ op: 'replace', value: { id: '7d1e', title: 'x' } }),
  ],
  ...['display', 'type', '$ref'].map((name): [Refused, string, string, Reading] => [
    'member-detail-path',
    `as ${name}`,
    'mutability',
    groupPatch({ op: 'replace', path: `members[value eq "a"].${name}`, value: 'x' }),
  ]),
  [
    'member-detail-path',
    'as something else',
    'invalidPath',
    groupPatch({ op: 'add', path: 'members.foo', value: 'x' }),
  ],
  ['schemas-incomplete', 'in a body', 'invalidValue', user({ [enterprise]: { department: 'Engines' } })],
  ['schemas-incomplete', 'in a body that names none', 'invalidValue', user({ schemas: undefined })],
  ['unknown-schema', 'in schemas', 'invalidValue', user({ schemas: [userType.schema.id, 'urn:acme:User'] })],
  [
    'unknown-schema',
    'as an extension',
    'invalidValue',
    user({ schemas: [userType.schema.id, 'urn:acme:User'], 'urn:acme:User': { badge: '7' } }),
  ],
  ['unknown-schema', 'in a path', 'invalidPath', patch({ op: 'add', path: 'urn:acme:User:badge', value: '7' })],
  ['unknown-path', 'in a path', 'invalidPath', patch({ op: 'add', path: 'shoeSize', value: 42 })],
  ['unknown-path', 'as a sub-attribute', 'invalidPath', patch({ op: 'add', path: 'name.pet', value: 'x' })],
  [
    'dotted-key',
    'in a value without path',
    'invalidPath',
    patch({ op: 'replace', value: { 'name.givenName': 'Ada' } }),
  ],
  ['dotted-key', 'in a body', 'invalidValue', user({ 'name.givenName': 'Ada' })],
  [
    'created-on-no-target',
    'in a replace',
    'noTarget',
    patch({ op: 'replace', path: 'emails[type eq "work"].value', value: 'a@mail.example' }),
  ],
  [
    'created-on-no-target',
    'in an add',
    'noTarget',
    patch({ op: 'add', path: 'addresses[type eq "work"].formatted', value: 'London' }),
  ],
  ['member-as-string', 'in a group', 'invalidValue', create({ displayName: 'G', members: ['a'] }, groupType)],
  ['member-as-string', 'in a group’s PATCH', 'invalidValue', groupPatch({ op: 'add', path: 'members', value: 'a' })],
];

/** Deviations whose reading needs to know who is in the organization: test/http/scim-profiles.test.ts. */
const elsewhere: Refused[] = ['unknown-member-skipped'];

describe('where a provider goes against the RFC', () => {
  for (const [deviation, where, scimType, read] of cases) {
    test(`${deviation} ${where} is refused as ${scimType} or noted, as the profile says`, () => {
      for (const profile of Object.values(profiles)) {
        const tolerances = tolerancesOf(profile);
        if (!profile.lacks.has(deviation)) {
          read(tolerances);
          assert.ok(tolerances.has(deviation), `${profile.name} notes ${[...tolerances]}`);
          continue;
        }
        assert.throws(
          () => read(tolerances),
          (error) => {
            assert.ok(error instanceof ScimError, String(error));
            assert.equal(error.scimType, scimType, error.detail);
            return error.detail.endsWith(
              `Other SCIM profiles than this organization's, which is ${profile.name}, may accept it`,
            );
          },
        );
      }
    });
  }

  test('each deviation is met in each place whose refusal the table names', () => {
    const met = new Set(cases.map(([deviation, , scimType]) => `${deviation} ${scimType}`));
    const named = (Object.keys(quirks) as Tolerance[]).flatMap((name) => {
      const { rfc } = quirks[name] as { rfc?: readonly string[] | string };
      return Array.isArray(rfc) && !elsewhere.includes(name as Refused) ? rfc.map((each) => `${name} ${each}`) : [];
    });
    assert.deepEqual([...met].sort(), named.sort());
  });
});

test('a name that echoes its former whole is cleaned, or taken as sent, as the profile says', () => {
  const previous = { ...ada, name: { formatted: 'Ada Byron', familyName: 'Byron' } };
  for (const profile of Object.values(profiles)) {
    const tolerances = tolerancesOf(profile);
    const body = { ...ada, name: { formatted: 'Ada Byron', familyName: 'Lovelace' } };
    const { resource } = validateResource(userType, body, { operation: 'replace', previous, tolerances });
    const isTaken = profile.lacks.has('stale-formatted');
    assert.equal((resource.name as { formatted?: string }).formatted, isTaken ? 'Ada Byron' : undefined);
    assert.equal(tolerances.has('stale-formatted'), !isTaken);
  }
});

describe('what the RFC accepts is accepted in every profile', () => {
  const readings: [what: string, read: Reading][] = [
    ['one value that is added to a list (RFC 7644 §3.5.2.1)', patch({ op: 'add', path: 'emails', value: email })],
    ['one member that is added', groupPatch({ op: 'add', path: 'members', value: { value: 'a' } })],
    [
      'a value that becomes primary beside another (RFC 7644 §3.5.2)',
      patch({ op: 'add', path: 'emails', value: [{ ...email, primary: true }] }),
    ],
    ['read-only attributes in a body (RFC 7644 §3.3)', user({ id: '7d1e', meta: { version: '1' } })],
    ['schemas in a PATCH (RFC 7644 §3.5.2)', patch({ op: 'add', path: 'schemas', value: [enterprise] })],
    [
      'keys with the URN of their extension (RFC 7644 §3.5.2)',
      patch({ op: 'add', value: { [`${enterprise}:department`]: 'x' } }),
    ],
    ['extension attributes without their URN (RFC 7644 §3.10)', filter('department eq "x"')],
    ['null and empty lists (RFC 7643 §2.5)', user({ title: null, emails: [] })],
    ['attributes that no schema describes, in a body', user({ shoeSize: 42 })],
    ['operators and names in any letter case (RFC 7644 §3.4.2.2)', filter('USERNAME EQ "a" AND NOT (active EQ TRUE)')],
    [
      'a remove that carries values: it removes those and no others (E62)',
      groupPatch({ op: 'remove', path: 'members', value: [{ value: 'a' }] }),
    ],
  ];
  for (const [what, read] of readings) {
    test(what, () => {
      for (const profile of Object.values(profiles)) read(tolerancesOf(profile));
    });
  }
});

test('the profile of a name that is not known is the one for all', () => {
  for (const name of profileNames) assert.equal(profileNamed(name).name, name);
  assert.equal(profileNamed('of a later release').name, 'generic');
  assert.ok(!isProfileName('constructor'));
});

test('the profile rfc lacks every deviation, and the one for all lacks none', () => {
  const deviations = (Object.keys(quirks) as Tolerance[]).filter((name) => 'rfc' in quirks[name]) as Deviation[];
  assert.deepEqual([...profiles.rfc.lacks].sort(), deviations.sort());
  assert.equal(profiles.generic.lacks.size, 0);
});
