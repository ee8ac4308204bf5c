import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { applyPatch, type PatchOperation, parsePatch } from '../../src/scim/patch.ts';
import type { Tolerance } from '../../src/scim/quirks.ts';
import { userType } from '../../src/scim/resource-types.ts';
import { attribute, type Resource } from '../../src/scim/schema.ts';

const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const acme = 'urn:acme:2.0:User';
const patchOp = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

const work = { value: 'ada@acme.example', type: 'work', primary: true };
const home = { value: 'ada@home.example', type: 'home' };

/** `schemas`, `userName` and `active` are added to what is before and after. */
type Case = {
  name: string;
  before?: Resource;
  operations: Record<string, unknown>[];
  after: Resource;
  notes?: Tolerance[];
};

const cases: Case[] = [
  // without path
  {
    name: 'Okta deactivates without path (OK1, okta-wire §6)',
    operations: [{ op: 'replace', value: { active: false } }],
    after: { active: false },
  },
  {
    name: "Okta's password is discarded, and nothing changes (OK1, OK6)",
    operations: [
      { op: 'replace', value: { password: 'N3w' } },
      { op: 'add', path: 'password', value: 'x' },
    ],
    after: {},
    notes: ['password-discarded'],
  },
  {
    name: 'a partial object without path merges into complex attributes (okta-wire §5.2)',
    before: { name: { givenName: 'Ada', familyName: 'Byron' } },
    operations: [{ op: 'replace', value: { name: { familyName: 'Lovelace' }, title: 'Lead' } }],
    after: { name: { givenName: 'Ada', familyName: 'Lovelace' }, title: 'Lead' },
  },
  {
    name: 'id, schemas, meta and groups in a value without path are ignored (OK2, A5)',
    operations: [{ op: 'replace', value: { id: '7d1e', schemas: ['x'], meta: {}, GROUPS: [], title: 'Lead' } }],
    after: { title: 'Lead' },
    notes: ['read-only-ignored', 'read-only-in-patch'],
  },
  {
    name: 'dotted and URN-qualified keys are paths (E23)',
    before: { name: { givenName: 'A', familyName: 'Byron' } },
    operations: [
      {
        op: 'replace',
        value: {
          displayName: 'Ada',
          'name.givenName': 'Ada',
          'emails[type eq "work"].value': 'ada@acme.example',
          [`${enterprise}:employeeNumber`]: '7',
          [`${enterprise.toLowerCase()}:manager.value`]: '456',
        },
      },
    ],
    after: {
      displayName: 'Ada',
      name: { givenName: 'Ada', familyName: 'Byron' },
      emails: [{ type: 'work', value: 'ada@acme.example' }],
      schemas: [core, enterprise],
      [enterprise]: { employeeNumber: '7', manager: { value: '456' } },
    },
    notes: ['qualified-key', 'dotted-key', 'created-on-no-target'],
  },
  {
    name: 'an extension as an object merges into the extension',
    before: { [enterprise]: { department: 'Engines', costCenter: '1' }, schemas: [core, enterprise] },
    operations: [{ op: 'add', value: { [enterprise]: { department: 'Looms', division: 'North' } } }],
    after: { [enterprise]: { department: 'Looms', costCenter: '1', division: 'North' }, schemas: [core, enterprise] },
  },
  {
    name: 'add without path appends to lists, replace without path replaces them (RFC 7644 §3.5.2.1, §3.5.2.3)',
    before: { emails: [work], roles: [{ value: 'a' }] },
    operations: [
      { op: 'add', value: { emails: [home] } },
      { op: 'replace', value: { roles: [{ value: 'b' }] } },
    ],
    after: { emails: [work, home], roles: [{ value: 'b' }] },
  },
  {
    name: 'attributes under the URN of the core schema are those of the user',
    operations: [
      { op: 'replace', value: { [core]: { title: 'Lead' } } },
      { op: 'add', path: `${core}:nickName`, value: 'A' },
    ],
    after: { title: 'Lead', nickName: 'A' },
  },
  // plain attributes
  {
    name: 'op in any letter case, booleans as strings (E20, E21, K1)',
    operations: [{ op: 'Replace', path: 'active', value: 'False' }],
    after: { active: false },
    notes: ['bool-as-string'],
  },
  {
    name: 'add on a single-valued attribute that has a value replaces it (E35)',
    before: { title: 'Analyst' },
    operations: [{ op: 'Add', path: 'title', value: 'Lead' }],
    after: { title: 'Lead' },
  },
  {
    name: 'a plain value may be wrapped (E34)',
    operations: [{ op: 'Replace', path: 'displayName', value: [{ $ref: null, value: 'Ada' }] }],
    after: { displayName: 'Ada' },
    notes: ['scalar-wrapped'],
  },
  {
    name: 'remove unassigns; removing what is not there is no error',
    before: { title: 'Analyst', nickName: 'A' },
    operations: [
      { op: 'Remove', path: 'title' },
      { op: 'remove', path: 'emails' },
      { op: 'remove', path: `${enterprise}:division` },
    ],
    after: { nickName: 'A' },
  },
  {
    name: 'replacing with null or the empty string unassigns (RFC 7643 §2.5)',
    before: { title: 'Analyst', nickName: 'A', emails: [work] },
    operations: [
      { op: 'replace', path: 'title', value: null },
      { op: 'replace', value: { nickName: '', emails: [] } },
    ],
    after: {},
    notes: ['empty-as-unset'],
  },
  {
    name: 'one operation for each dotted path (J2)',
    operations: [
      { op: 'replace', path: 'name.givenName', value: 'Ada' },
      { op: 'replace', path: 'NAME.familyname', value: 'Byron' },
      { op: 'replace', path: 'active', value: false },
    ],
    after: { name: { givenName: 'Ada', familyName: 'Byron' }, active: false },
  },
  {
    name: 'replacing a complex attribute with a partial object keeps the rest (E36, RFC 7644 §3.5.2.3)',
    before: { name: { givenName: 'Ada', familyName: 'Byron' } },
    operations: [{ op: 'Replace', path: 'name', value: { familyName: 'X', givenName: null, middleName: 'K' } }],
    after: { name: { familyName: 'X', middleName: 'K' } },
    notes: ['empty-as-unset'],
  },
  {
    name: 'removing the last sub-attribute removes the attribute',
    before: { name: { givenName: 'Ada' } },
    operations: [{ op: 'remove', path: 'name.givenName' }],
    after: {},
  },
  // the manager
  ...['manager', `${enterprise}:manager`, `${enterprise}:manager.value`, 'Manager.Value'].map(
    (path): Case => ({
      name: `a manager as a string at ${path} (E31, E39)`,
      operations: [{ op: 'Add', path, value: '456' }],
      after: { schemas: [core, enterprise], [enterprise]: { manager: { value: '456' } } },
      notes: [
        ...(path.startsWith('urn') ? [] : ['unqualified-extension-attribute' as const]),
        ...(path.toLowerCase().endsWith('value') ? [] : ['manager-as-string' as const]),
      ],
    }),
  ),
  {
    name: 'a manager as a list of one (E32)',
    operations: [{ op: 'Add', path: `${enterprise}:manager`, value: [{ $ref: '', value: '456' }] }],
    after: { schemas: [core, enterprise], [enterprise]: { manager: { value: '456' } } },
    notes: ['complex-as-list', 'empty-as-unset'],
  },
  ...[
    { op: 'Remove', path: `${enterprise}:manager` },
    { op: 'Replace', path: `${enterprise}:manager`, value: '' },
    { op: 'Replace', path: `${enterprise}:manager`, value: { value: '' } },
    { op: 'Replace', path: `${enterprise}:manager.value`, value: '' },
    { op: 'Replace', path: `${enterprise}:manager`, value: [] },
    { op: 'Remove', path: enterprise },
  ].map(
    (operation): Case => ({
      name: `${JSON.stringify(operation)} removes the manager, and the extension with its last value (E33)`,
      before: { schemas: [core, enterprise], [enterprise]: { manager: { value: '456', displayName: 'Charles' } } },
      operations: [operation],
      after: {},
      notes: 'value' in operation ? ['empty-as-unset'] : [],
    }),
  ),
  // value paths
  ...['Replace', 'Add'].map(
    (op): Case => ({
      name: `${op} on a filtered element that does not exist creates it (E25, E26)`,
      operations: [
        { op, path: 'addresses[type eq "work"].formatted', value: '1 Loom St' },
        { op, path: 'addresses[type eq "work"].country', value: 'UK' },
        { op, path: 'emails[type eq "work"].value', value: 'ada@acme.example' },
      ],
      after: {
        addresses: [{ type: 'work', formatted: '1 Loom St', country: 'UK' }],
        emails: [{ type: 'work', value: 'ada@acme.example' }],
      },
      notes: ['created-on-no-target'],
    }),
  ),
  {
    name: 'a quoted boolean in a value path creates the primary value (E27)',
    before: { roles: [{ value: 'editor', primary: false }] },
    operations: [{ op: 'Replace', path: 'roles[primary eq "True"].value', value: 'admin' }],
    after: {
      roles: [
        { value: 'editor', primary: false },
        { primary: true, value: 'admin' },
      ],
    },
    notes: ['created-on-no-target', 'bool-as-string'],
  },
  {
    name: 'JSON in a string stays a string (E28)',
    operations: [{ op: 'Add', path: 'roles', value: [{ value: '{"id":"1","value":"admin"}' }] }],
    after: { roles: [{ value: '{"id":"1","value":"admin"}' }] },
  },
  {
    name: 'a sub-attribute of the selected values is replaced, the others stay (RFC 7644 §3.5.2.3)',
    before: { emails: [work, home] },
    operations: [{ op: 'replace', path: 'emails[type eq "home"].value', value: 'new@home.example' }],
    after: { emails: [work, { value: 'new@home.example', type: 'home' }] },
  },
  {
    name: 'selected values are replaced as a whole, and keep what selected them (RFC 7644 §3.5.2.3)',
    before: {
      addresses: [
        { type: 'work', country: 'UK', region: 'Kent' },
        { type: 'home', country: 'UK' },
      ],
    },
    operations: [{ op: 'replace', path: 'addresses[type eq "work"]', value: { country: 'FR' } }],
    after: {
      addresses: [
        { type: 'work', country: 'FR' },
        { type: 'home', country: 'UK' },
      ],
    },
  },
  {
    name: 'add to selected values merges into them',
    before: { addresses: [{ type: 'work', country: 'UK' }] },
    operations: [{ op: 'add', path: 'addresses[type eq "work"]', value: [{ region: 'Kent' }] }],
    after: { addresses: [{ type: 'work', country: 'UK', region: 'Kent' }] },
  },
  {
    name: 'selected values are removed, the last one with the attribute (RFC 7644 §3.5.2.2)',
    before: { emails: [work, home], roles: [{ value: 'a' }] },
    operations: [
      { op: 'remove', path: 'emails[type eq "home" and value ew "home.example"]' },
      { op: 'remove', path: 'roles[value eq "a"]' },
      { op: 'remove', path: 'emails[type eq "other"]' },
    ],
    after: { emails: [work] },
  },
  {
    name: 'removing the value of a selected element removes the element',
    before: { emails: [work, home] },
    operations: [
      { op: 'Remove', path: 'emails[type eq "home"].value' },
      { op: 'remove', path: 'emails[type eq "work"].primary' },
    ],
    after: { emails: [{ value: 'ada@acme.example', type: 'work' }] },
  },
  {
    name: 'an element emptied by replace goes',
    before: { emails: [work, home] },
    operations: [{ op: 'replace', path: 'emails[type eq "home"].value', value: '' }],
    after: { emails: [work] },
    notes: ['empty-as-unset'],
  },
  {
    name: 'a sub-attribute of a list without filter is that of the primary value, or of a new one',
    before: { emails: [home, work] },
    operations: [
      { op: 'replace', path: 'emails.value', value: 'new@acme.example' },
      { op: 'replace', path: 'phoneNumbers.value', value: '1' },
    ],
    after: { emails: [home, { ...work, value: 'new@acme.example' }], phoneNumbers: [{ value: '1' }] },
  },
  // lists
  {
    name: 'adding what is there changes nothing (RFC 7644 §3.5.2.1)',
    before: { emails: [work, home] },
    operations: [{ op: 'add', path: 'emails', value: [home, { ...work }] }],
    after: { emails: [work, home] },
  },
  {
    name: 'an added primary value takes over from the others (RFC 7644 §3.5.2)',
    before: { emails: [work, home] },
    operations: [{ op: 'add', path: 'emails', value: [{ value: 'x', primary: true }] }],
    after: { emails: [{ ...work, primary: false }, home, { value: 'x', primary: true }] },
  },
  {
    name: 'a value that becomes primary takes over, wherever it stands (RFC 7644 §3.5.2)',
    before: { emails: [home, work] },
    operations: [{ op: 'replace', path: 'emails[type eq "home"].primary', value: 'true' }],
    after: {
      emails: [
        { ...home, primary: true },
        { ...work, primary: false },
      ],
    },
    notes: ['bool-as-string'],
  },
  {
    name: 'a remove with values removes those and no others (E62, J4)',
    before: { emails: [work, home], roles: [{ value: 'a', type: 'x' }, { value: 'a', type: 'y' }, { value: 'b' }] },
    operations: [
      { op: 'Remove', path: 'emails', value: [{ $ref: null, value: 'ada@home.example' }] },
      { op: 'remove', path: 'roles', value: [{ value: 'a', type: 'x', display: 'A' }, 'b'] },
    ],
    after: { emails: [work], roles: [{ value: 'a', type: 'y' }] },
    notes: ['remove-by-value', 'string-as-value'],
  },
  {
    name: 'a remove with a filter and values removes what both name',
    before: { emails: [work, home, { value: 'b@x.example', type: 'work' }] },
    operations: [
      {
        op: 'remove',
        path: 'emails[type eq "work"]',
        value: [{ value: 'b@x.example' }, { value: 'ada@home.example' }],
      },
      { op: 'remove', path: 'emails[type eq "other"]', value: [{ value: 'b@x.example' }] },
    ],
    after: { emails: [work, home] },
    notes: ['remove-by-value'],
  },
  {
    name: 'a remove with a value that is none removes no value of a list',
    before: { emails: [work] },
    operations: [[], null, ''].map((value) => ({ op: 'remove', path: 'emails', value })),
    after: { emails: [work] },
    notes: ['remove-by-value'],
  },
  {
    name: 'a remove with a value takes of a complex value what it names, where it is as the value says (E62)',
    before: {
      name: { givenName: 'Ada', familyName: 'Byron', formatted: 'Ada Byron' },
      [enterprise]: { department: 'Engines', division: 'D', manager: { value: 'm1' } },
      [acme]: { Level: 3, tags: ['a', 'b'] },
      badge: { color: 'red', size: 1 },
    },
    operations: [
      { op: 'remove', path: 'name', value: { GIVENNAME: 'ada', familyName: 'Lovelace' } },
      { op: 'remove', path: enterprise, value: { department: 'Engines', manager: { value: 'm2' } } },
      { op: 'remove', path: acme, value: { level: 3, tags: ['b'] } },
      { op: 'remove', path: 'badge', value: { size: 1 } },
    ],
    after: {
      schemas: [core, enterprise, acme],
      name: { familyName: 'Byron', formatted: 'Ada Byron' },
      [enterprise]: { division: 'D', manager: { value: 'm1' } },
      [acme]: { tags: ['a'] },
      badge: { color: 'red' },
    },
    notes: ['remove-by-value', 'unknown-attribute', 'unknown-path', 'unknown-schema'],
  },
  {
    name: 'what a complex value is about goes with it, and a value that is none names the whole (E33)',
    before: {
      name: { givenName: 'Ada' },
      [enterprise]: { division: 'D', manager: { value: 'm1', $ref: '../Users/m1' } },
      [acme]: { level: 3 },
    },
    operations: [
      { op: 'remove', path: `${enterprise}:manager`, value: { value: 'm1' } },
      { op: 'remove', path: 'name', value: { givenName: '' } },
      { op: 'remove', path: acme, value: null },
    ],
    after: { schemas: [core, enterprise], [enterprise]: { division: 'D' } },
    notes: ['empty-as-unset', 'remove-by-value', 'unknown-path', 'unknown-schema'],
  },
  {
    name: 'a remove without values removes all (E64, RFC 7644 §3.5.2.2)',
    before: { emails: [work, home] },
    operations: [{ op: 'remove', path: 'emails' }],
    after: {},
  },
  // what no schema describes
  {
    name: 'unknown attributes are kept, and found whatever their letter case (E43)',
    before: { sentryOrgRole: 'member', badges: [{ color: 'red', size: 1 }, { color: 'blue' }] },
    operations: [
      { op: 'replace', path: 'SENTRYORGROLE', value: 'admin' },
      { op: 'add', path: 'badges', value: [{ color: 'blue' }, { color: 'green' }] },
      { op: 'replace', path: 'badges[color eq "red"].size', value: 2 },
      { op: 'remove', path: 'badges[color eq "blue"]' },
      { op: 'add', path: 'shoe.size', value: 42 },
    ],
    after: {
      sentryOrgRole: 'admin',
      badges: [{ color: 'red', size: 2 }, { color: 'green' }],
      shoe: { size: 42 },
    },
    notes: ['unknown-attribute', 'unknown-path'],
  },
  {
    name: 'unknown extensions are kept, by path and by object (E38)',
    operations: [
      { op: 'add', path: `${acme}:tag`, value: 'x' },
      { op: 'replace', value: { [acme]: { level: 3, 'a key': 1, gone: null } } },
      { op: 'replace', path: `${acme.toUpperCase()}:Tag`, value: 'y' },
    ],
    after: { schemas: [core, acme], [acme]: { tag: 'y', level: 3, 'a key': 1 } },
    notes: ['unknown-schema', 'unknown-attribute', 'unknown-path'],
  },
  {
    name: 'schemas follow the content (RFC 7644 §3.5.2)',
    operations: [
      { op: 'add', path: 'schemas', value: [enterprise] },
      { op: 'add', path: `${enterprise}:department`, value: 'Engines' },
    ],
    after: { schemas: [core, enterprise], [enterprise]: { department: 'Engines' } },
    notes: ['read-only-ignored'],
  },
  // order
  {
    name: 'operations are applied in order (RFC 7644 §3.5.2)',
    operations: [
      { op: 'add', path: 'title', value: 'a' },
      { op: 'remove', path: 'title' },
      { op: 'add', path: 'title', value: 'b' },
    ],
    after: { title: 'b' },
  },
  {
    name: 'members of an operation that the RFC does not know are ignored (E42)',
    operations: [{ name: 'rename', op: 'add', path: 'title', value: 'Lead' }],
    after: { title: 'Lead' },
  },
];

for (const { name, before = {}, operations, after, notes = [] } of cases) {
  test(name, () => {
    const common = { schemas: [core], userName: 'ada@acme.example', active: true };
    const current: Resource = { ...common, ...before };
    const held = structuredClone(current);
    const parsed = parsePatch({ schemas: [patchOp], Operations: operations });
    const patched = applyPatch(userType, current, parsed);
    assert.deepEqual(patched.resource, { ...common, ...after });
    assert.equal(patched.changed, JSON.stringify({ ...common, ...before }) !== JSON.stringify({ ...common, ...after }));
    assert.deepEqual(patched.tolerances.toSorted(), notes.toSorted());
    assert.deepEqual(current, held, 'the resource it started from is not changed');
    const settled = applyPatch(userType, patched.resource, []);
    assert.equal(settled.changed, false, 'the outcome is canonical');
  });
}

const refused: [name: string, operation: Record<string, unknown>, scimType: string][] = [
  ['id', { op: 'replace', path: 'id', value: 'x' }, 'mutability'],
  ['groups', { op: 'add', path: 'groups', value: [{ value: 'c0ff' }] }, 'mutability'],
  ['groups in brackets', { op: 'remove', path: 'groups[value eq "c0ff"]' }, 'mutability'],
  ['meta.created', { op: 'replace', path: 'meta.created', value: '2026-01-31T08:00:00Z' }, 'mutability'],
  ['removing userName', { op: 'remove', path: 'userName' }, 'mutability'],
  ['emptying userName', { op: 'replace', value: { userName: '' } }, 'mutability'],
  [
    'replacing an element that is not there',
    { op: 'replace', path: 'emails[type eq "x"]', value: { value: 'a' } },
    'noTarget',
  ],
  [
    'an element chosen by other than equality',
    { op: 'replace', path: 'emails[type sw "x"].value', value: 'a' },
    'noTarget',
  ],
  ['an element chosen by its value', { op: 'replace', path: 'emails[value eq "x"].type', value: 'a' }, 'noTarget'],
  ['a value of the wrong type', { op: 'replace', path: 'active', value: 'perhaps' }, 'invalidValue'],
  ['a value without path that is no object', { op: 'replace', value: 'x' }, 'invalidValue'],
  ['an element that is no object', { op: 'add', path: 'addresses', value: ['x'] }, 'invalidValue'],
  ['a path that cannot be read', { op: 'add', path: 'emails[', value: 'x' }, 'invalidPath'],
  ['a sub-attribute of a plain attribute', { op: 'add', path: 'title.x', value: 'x' }, 'invalidPath'],
  ['a filter on a single-valued attribute', { op: 'remove', path: 'name[givenName eq "A"]' }, 'invalidPath'],
  ['__proto__ as a path', { op: 'add', path: '__proto__.polluted', value: true }, 'invalidPath'],
  ['__proto__ as a sub-attribute', { op: 'add', path: 'name.__proto__', value: { x: 1 } }, 'invalidPath'],
  ['__proto__ as a key', { op: 'add', value: JSON.parse('{"__proto__":{"polluted":true}}') }, 'invalidPath'],
  ['__proto__ in a value', { op: 'add', path: 'name', value: JSON.parse('{"__proto__":{"x":1}}') }, 'invalidValue'],
];

const sameAs = { value: 'ADA@Acme.Example', type: 'WORK' };

test('values are the same as the schema compares them (RFC 7643 §2.4)', () => {
  const user: Resource = { schemas: [core], userName: 'ada', active: true, emails: [work, home] };
  const patched = (operation: Partial<PatchOperation>) =>
    applyPatch(userType, user, [{ op: 'add', path: 'emails', value: undefined, ...operation }]);
  assert.equal(patched({ value: [sameAs] }).changed, false);
  assert.deepEqual(patched({ value: [{ ...sameAs, display: 'Ada' }] }).resource.emails, [
    { ...work, display: 'Ada' },
    home,
  ]);
  assert.deepEqual(patched({ op: 'remove', value: [sameAs] }).resource.emails, [home]);
  assert.deepEqual(patched({ op: 'remove', value: [{ value: 'ada@ACME.example' }] }).resource.emails, [home]);
  assert.deepEqual(patched({ op: 'remove', value: [{ ...sameAs, type: 'other' }] }).changed, false);
  const certified = { ...user, x509Certificates: [{ value: 'AAAA' }] };
  const more: PatchOperation = { op: 'add', path: 'x509Certificates', value: [{ value: 'aaaa' }] };
  assert.equal((applyPatch(userType, certified, [more]).resource.x509Certificates as []).length, 2);
});

test('of what no schema describes, only the same is the same', () => {
  const user: Resource = { schemas: [core], userName: 'ada', active: true, cards: [{ value: 'a', type: 'x' }] };
  const add = (value: unknown) => applyPatch(userType, user, [{ op: 'add', path: 'cards', value }]).resource.cards;
  assert.deepEqual(add([{ value: 'A', type: 'x' }]), [
    { value: 'a', type: 'x' },
    { value: 'A', type: 'x' },
  ]);
});

test('an element is without content only where the schema has a value that it lacks (O3)', () => {
  const typed = { type: 'only', primary: true };
  const cards = attribute('cards', 'Cards.', {
    type: 'complex',
    multiValued: true,
    subAttributes: [attribute('type', 'Kind.'), attribute('primary', 'The one.', { type: 'boolean' })],
  });
  const carded = { ...userType, schema: { ...userType.schema, attributes: [...userType.schema.attributes, cards] } };
  const user: Resource = { schemas: [core], userName: 'ada', active: true };
  for (const op of ['add', 'replace'] as const) {
    const patched = (path: string) => applyPatch(carded, user, [{ op, path, value: [typed] }]).resource[path];
    assert.deepEqual(patched('cards'), [typed]);
    assert.deepEqual(patched('addresses'), [typed]);
    assert.equal(patched('emails'), undefined);
  }
  const changed = applyPatch(carded, { ...user, cards: [typed] }, [
    { op: 'replace', path: 'cards[type eq "only"].primary', value: false },
  ]);
  assert.deepEqual(changed.resource.cards, [{ type: 'only', primary: false }]);
});

for (const [name, operation, scimType] of refused) {
  test(`${name}: ${scimType}, and nothing of the PATCH is kept (RFC 7644 §3.5.2, R19)`, () => {
    const current: Resource = { schemas: [core], userName: 'ada', active: true, title: 'a', emails: [home] };
    const held = structuredClone(current);
    const operations = parsePatch({
      schemas: [patchOp],
      Operations: [{ op: 'replace', path: 'title', value: 'b' }, operation],
    });
    assert.throws(() => applyPatch(userType, current, operations), { scimType });
    assert.deepEqual(current, held);
    assert.equal(Object.hasOwn(Object.prototype, 'polluted'), false);
  });
}

const malformed: [name: string, body: unknown, scimType: string | undefined, status?: number][] = [
  ['no object', [], 'invalidSyntax'],
  ['another schema', { schemas: [core], Operations: [] }, 'invalidSyntax'],
  ['no operations', { schemas: [patchOp] }, 'invalidSyntax'],
  ['operations that are no list', { schemas: [patchOp], Operations: { op: 'add' } }, 'invalidSyntax'],
  ['an operation that is no object', { schemas: [patchOp], Operations: ['add'] }, 'invalidSyntax'],
  ['no op', { schemas: [patchOp], Operations: [{ path: 'title', value: 'x' }] }, 'invalidSyntax'],
  ['an unknown op', { schemas: [patchOp], Operations: [{ op: 'move', path: 'title' }] }, 'invalidSyntax'],
  [
    'a path that is no string',
    { schemas: [patchOp], Operations: [{ op: 'add', path: 7, value: 'x' }] },
    'invalidSyntax',
  ],
  ['a remove without path', { schemas: [patchOp], Operations: [{ op: 'remove' }] }, 'noTarget'],
  ['an add without value', { schemas: [patchOp], Operations: [{ op: 'add', path: 'title' }] }, 'invalidValue'],
  [
    'too many operations (R21)',
    { schemas: [patchOp], Operations: Array(limits.patchOperationsMax + 1).fill({ op: 'remove', path: 'title' }) },
    undefined,
    413,
  ],
];

for (const [name, body, scimType, status = 400] of malformed) {
  test(`a PATCH with ${name} is refused with ${scimType ?? status}`, () => {
    assert.throws(
      () => parsePatch(body),
      (error: { scimType?: string; status: number }) => {
        assert.deepEqual([error.scimType, error.status], [scimType, status]);
        return true;
      },
    );
  });
}

test('a resource stays within its bound, however it grows (R21)', () => {
  const photos = (from: number) =>
    Array.from({ length: 12 }, (_, index) => ({ value: `${from + index}`.padEnd(60_000, 'x') }));
  const user: Resource = { schemas: [core], userName: 'ada', active: true, photos: photos(0) };
  assert.equal(applyPatch(userType, user, []).changed, false);
  assert.throws(() => applyPatch(userType, user, [{ op: 'add', path: 'photos', value: photos(12) }]), { status: 413 });
});

test('names of the message are read in any letter case, and an empty PATCH changes nothing', () => {
  const tolerances = new Set<Tolerance>();
  const expected: PatchOperation[] = [{ op: 'add', path: 'title', value: 'x' }];
  assert.deepEqual(parsePatch({ operations: [{ OP: 'Add', Path: 'title', VALUE: 'x' }] }, tolerances), expected);
  assert.deepEqual([...tolerances], ['patch-without-schemas', 'op-case']);
  assert.deepEqual(parsePatch({ schemas: [patchOp], Operations: [] }), []);
});

test('taking active away leaves it as it was', () => {
  const user: Resource = { schemas: [core], userName: 'ada', active: false };
  for (const operation of [
    { op: 'remove', path: 'active' },
    { op: 'replace', value: { active: null } },
  ]) {
    const { resource, changed } = applyPatch(userType, user, parsePatch({ Operations: [operation] }));
    assert.deepEqual([resource.active, changed], [false, false]);
  }
});

test('the order of keys, which the database does not keep, is no change', () => {
  const body = { schemas: [core, enterprise, 'urn:a:1', acme], userName: 'ada', active: true };
  const current = { [acme]: { x: 1 }, [enterprise]: { department: 'E' }, 'urn:a:1': { y: 2 }, ...body };
  const first = applyPatch(userType, current, []).resource;
  const reordered = Object.fromEntries(Object.entries(first).reverse());
  assert.equal(applyPatch(userType, reordered, [{ op: 'add', path: 'active', value: true }]).changed, false);
});

test('what Rollcall itself put into the resource stays', () => {
  const current = { schemas: [core], id: '7d1e', userName: 'ada', active: true, meta: { version: 'W/"1"' } };
  const patched = applyPatch(userType, current, [{ op: 'add', path: 'title', value: 'x' }]);
  assert.deepEqual(patched.resource, { ...current, title: 'x' });
});
