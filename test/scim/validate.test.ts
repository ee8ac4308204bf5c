import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../src/limits.ts';
import type { Tolerance } from '../../src/scim/quirks.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import { validateResource } from '../../src/scim/validate.ts';
import { scaled } from '../scale.ts';

const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const coreGroup = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const create = { operation: 'create' } as const;

type Case = { name: string; body: Record<string, unknown>; becomes: Record<string, unknown>; notes?: Tolerance[] };

/** What a minimal user becomes when these attributes come along. `schemas`, `userName` and `active` are added to both sides. */
const users: Case[] = [
  {
    name: "Okta's create (okta-wire §4.2): groups ignored, password discarded",
    body: {
      name: { givenName: 'Ada', familyName: 'Byron' },
      emails: [{ primary: true, value: 'ada@acme.example', type: 'work' }],
      displayName: 'Ada Byron',
      locale: 'en-US',
      externalId: '00u1a2b3c4d5e6f7g8h9',
      groups: [],
      password: '4kT9wQz1',
    },
    becomes: {
      name: { givenName: 'Ada', familyName: 'Byron' },
      emails: [{ primary: true, value: 'ada@acme.example', type: 'work' }],
      displayName: 'Ada Byron',
      locale: 'en-US',
      externalId: '00u1a2b3c4d5e6f7g8h9',
    },
    notes: ['read-only-ignored', 'password-discarded'],
  },
  {
    name: 'id, meta and groups of an echoed GET are ignored (OK5, E30, K3)',
    body: { id: '7d1e', meta: { resourceType: 'User', created: 'yesterday' }, groups: [{ value: 'c0ff' }] },
    becomes: {},
    notes: ['read-only-ignored'],
  },
  {
    name: 'names get the spelling of the schema (E39)',
    body: { DISPLAYNAME: 'Ada', Emails: [{ Value: 'ada@acme.example', Primary: true }], Name: { GivenName: 'Ada' } },
    becomes: { displayName: 'Ada', emails: [{ value: 'ada@acme.example', primary: true }], name: { givenName: 'Ada' } },
  },
  {
    name: 'null, the empty string and the empty list are no value (E29, RFC 7643 §2.5)',
    body: { title: '', nickName: null, roles: [], addresses: null, name: {}, [enterprise]: { department: '' } },
    becomes: {},
    notes: ['empty-as-unset'],
  },
  {
    name: 'elements of a template without their value are left out (O3)',
    body: { phoneNumbers: [{ value: '', type: 'work' }, null, { value: '1', type: 'mobile' }] },
    becomes: { phoneNumbers: [{ value: '1', type: 'mobile' }] },
    notes: ['empty-as-unset', 'empty-element'],
  },
  {
    name: 'booleans may be strings (E21)',
    body: { emails: [{ value: 'ada@acme.example', primary: 'True' }] },
    becomes: { emails: [{ value: 'ada@acme.example', primary: true }] },
    notes: ['bool-as-string'],
  },
  {
    name: 'a list may be one object (O4)',
    body: { emails: { value: 'ada@acme.example', primary: true } },
    becomes: { emails: [{ value: 'ada@acme.example', primary: true }] },
    notes: ['single-as-list'],
  },
  {
    name: 'values of a complex list may be strings (okta-wire §13)',
    body: { roles: ['admin', 'editor'] },
    becomes: { roles: [{ value: 'admin' }, { value: 'editor' }] },
    notes: ['string-as-value'],
  },
  {
    name: 'the manager may be a string (E31)',
    body: { [enterprise]: { manager: '456' } },
    becomes: { schemas: [core, enterprise], [enterprise]: { manager: { value: '456' } } },
    notes: ['manager-as-string', 'schemas-incomplete'],
  },
  {
    name: 'the manager may be a list of one, with an empty reference (E32)',
    body: { [enterprise.toUpperCase()]: { Manager: [{ $ref: '', value: '456' }] } },
    becomes: { schemas: [core, enterprise], [enterprise]: { manager: { value: '456' } } },
    notes: ['complex-as-list', 'empty-as-unset', 'schemas-incomplete'],
  },
  {
    name: 'a plain value may be wrapped (E34)',
    body: { displayName: [{ $ref: null, value: 'Ada' }] },
    becomes: { displayName: 'Ada' },
    notes: ['scalar-wrapped'],
  },
  {
    name: 'the newest of several primary values stays so',
    body: { emails: [{ value: 'a', primary: true }, { value: 'b', primary: true }, { value: 'c' }] },
    becomes: { emails: [{ value: 'a', primary: false }, { value: 'b', primary: true }, { value: 'c' }] },
    notes: ['second-primary'],
  },
  {
    name: 'one value of one type is one element (RFC 7643 §2.4)',
    body: {
      emails: [
        { value: 'a', type: 'work' },
        { value: 'a', type: 'home' },
        { value: 'a', type: 'work', primary: true },
      ],
    },
    becomes: {
      emails: [
        { value: 'a', type: 'work', primary: true },
        { value: 'a', type: 'home' },
      ],
    },
  },
  {
    name: 'attributes that no schema describes are kept as they came (E43)',
    body: { sentryOrgRole: 'member', adreses: [{ x: null }], name: { familyName: 'Byron', clan: 'Noel' }, empty: '' },
    becomes: { sentryOrgRole: 'member', adreses: [{ x: null }], name: { familyName: 'Byron', clan: 'Noel' } },
    notes: ['unknown-attribute'],
  },
  {
    name: 'extensions that are not registered are kept as they came, and named in schemas (E38)',
    body: { 'urn:acme:2.0:User': { tag: 'x', list: [] }, 'urn:acme:empty': {} },
    becomes: { schemas: [core, 'urn:acme:2.0:User'], 'urn:acme:2.0:User': { tag: 'x', list: [] } },
    notes: ['unknown-schema', 'schemas-incomplete'],
  },
  {
    name: 'unknown attributes of a registered extension are kept',
    body: { [enterprise]: { department: 'Engines', badge: 7 } },
    becomes: { schemas: [core, enterprise], [enterprise]: { department: 'Engines', badge: 7 } },
    notes: ['unknown-attribute', 'schemas-incomplete'],
  },
  {
    name: 'a manager may have a name (okta-wire §13)',
    body: { [enterprise]: { manager: { value: '456', displayName: 'Charles' } } },
    becomes: { schemas: [core, enterprise], [enterprise]: { manager: { value: '456', displayName: 'Charles' } } },
    notes: ['schemas-incomplete'],
  },
  {
    name: 'values are kept to the letter (E40)',
    body: { displayName: '  Åda  ', emails: [{ value: 'Ada+1@ACME.example' }], nickName: 'cafe\u0301' },
    becomes: { displayName: '  Åda  ', emails: [{ value: 'Ada+1@ACME.example' }], nickName: 'cafe\u0301' },
  },
  {
    name: 'attributes under the URN of the core schema are those of the user',
    body: { [core]: { title: 'Analyst' } },
    becomes: { title: 'Analyst' },
  },
  {
    name: 'constructor and toString are names like others (R22)',
    body: { constructor: { prototype: { polluted: true } }, toString: 'x' },
    becomes: { constructor: { prototype: { polluted: true } }, toString: 'x' },
    notes: ['unknown-attribute'],
  },
];

for (const { name, body, becomes, notes = [] } of users) {
  test(name, () => {
    const minimal = { schemas: [core], userName: 'ada@acme.example', active: true };
    const given = { ...minimal, ...body };
    const before = structuredClone(given);
    const validated = validateResource(userType, given, create);
    assert.deepEqual(validated.resource, { ...minimal, ...becomes });
    assert.deepEqual(validated.tolerances.toSorted(), notes.toSorted());
    assert.equal(validated.members, undefined);
    assert.deepEqual(given, before, 'the body is not changed');
    const again = validateResource(userType, validated.resource, create);
    assert.deepEqual(again.resource, validated.resource, 'what is canonical stays as it is');
  });
}

const refused: [name: string, body: unknown, detail: string][] = [
  ['no userName', { schemas: [core] }, 'userName is required'],
  ['an empty userName', { userName: '' }, 'userName is required'],
  ['a number as userName', { userName: 7 }, 'userName must be a string, not a number'],
  ['an active that is no boolean', { userName: 'a', active: 'yes' }, 'active must be true or false, not a string'],
  ['a name that is a string', { userName: 'a', name: 'Ada' }, 'name must be an object, not a string'],
  ['a title with two values', { userName: 'a', title: ['a', 'b'] }, 'title must be a string, not a list of 2'],
  ['an address that is a string', { userName: 'a', addresses: ['x'] }, 'addresses[0] must be an object, not a string'],
  [
    'an e-mail that is a number',
    { userName: 'a', emails: [{ value: 'x' }, { value: 7 }] },
    'emails[1].value must be a string, not a number',
  ],
  [
    'two managers',
    { userName: 'a', [enterprise]: { manager: ['1', '2'] } },
    'manager must be an object, not a list of 2',
  ],
  [
    'an extension that is a string',
    { userName: 'a', [enterprise]: 'x' },
    `${enterprise} must be an object, not a string`,
  ],
  [
    'a certificate that is not base64',
    { userName: 'a', x509Certificates: [{ value: '<x>' }] },
    'x509Certificates[0].value must be base64',
  ],
  ['schemas that are no URNs', { userName: 'a', schemas: [7] }, 'schemas must be a list of URNs, and holds a number'],
  ['a long userName', { userName: 'a'.repeat(513) }, 'userName is longer than 512 characters'],
  [
    'a long e-mail',
    { userName: 'a', emails: [{ value: 'a'.repeat(513) }] },
    'emails[0].value is longer than 512 characters',
  ],
];

for (const [name, body, detail] of refused) {
  test(`${name}: invalidValue, naming the attribute`, () => {
    assert.throws(() => validateResource(userType, body, create), { status: 400, scimType: 'invalidValue', detail });
  });
}

test('a body that is no object is invalidSyntax', () => {
  for (const body of [null, 'user', 7, [{ userName: 'a' }]]) {
    assert.throws(() => validateResource(userType, body, create), { scimType: 'invalidSyntax' });
  }
});

test('what no schema describes is bounded (R21)', () => {
  const body = { userName: 'a', notes: 'x'.repeat(limits.opaqueLengthMax) };
  assert.throws(() => validateResource(userType, body, create), { status: 413 });
});

test('the number of values of an attribute is bounded (R21)', () => {
  const emails = Array.from({ length: limits.valuesPerAttributeMax + 1 }, (_, index) => ({ value: `${index}` }));
  assert.throws(() => validateResource(userType, { userName: 'a', emails }, create), { scimType: 'invalidValue' });
});

test('a key __proto__ never becomes anything (R22)', () => {
  const body: unknown = JSON.parse('{"userName":"a","__proto__":{"active":false},"name":{"familyName":"B"}}');
  assert.throws(() => validateResource(userType, body, create), { scimType: 'invalidValue' });
  const nested: unknown = JSON.parse('{"userName":"a","name":{"__proto__":{"x":1}}}');
  assert.throws(() => validateResource(userType, nested, create), { scimType: 'invalidValue' });
});

test('active is true on create unless the body says otherwise (P4)', () => {
  assert.equal(validateResource(userType, { userName: 'a' }, create).resource.active, true);
  assert.equal(validateResource(userType, { userName: 'a', active: null }, create).resource.active, true);
  assert.equal(validateResource(userType, { userName: 'a', active: 'False' }, create).resource.active, false);
});

test('a PUT that does not speak of active leaves it as it is', () => {
  const put = (previous: Record<string, unknown>, body = {}) =>
    validateResource(userType, { userName: 'a', ...body }, { operation: 'replace', previous }).resource.active;
  assert.equal(put({ active: false }), false);
  assert.equal(put({ active: true }), true);
  assert.equal(put({}), true);
  assert.equal(put({ active: false }, { active: true }), true);
});

test('name.formatted echoed beside a changed name is left out (okta-wire §5)', () => {
  const previous = { name: { givenName: 'Ada', familyName: 'Byron', formatted: 'Ada Byron' } };
  const put = (name: Record<string, string>) =>
    validateResource(userType, { userName: 'a', name }, { operation: 'replace', previous });
  const changed = put({ givenName: 'Ada', familyName: 'Lovelace', formatted: 'Ada Byron' });
  assert.deepEqual(changed.resource.name, { givenName: 'Ada', familyName: 'Lovelace' });
  assert.ok(changed.tolerances.includes('stale-formatted'));
  const mapped = { givenName: 'Ada', familyName: 'Lovelace', formatted: 'Countess Lovelace' };
  assert.deepEqual(put(mapped).resource.name, mapped);
  assert.deepEqual(put(previous.name).resource.name, previous.name);
});

const groups: [name: string, members: unknown, ids: string[] | undefined, notes: Tolerance[]][] = [
  ['members with display (okta-wire §10.1)', [{ value: '7d1e', display: 'ada' }], ['7d1e'], ['member-details-ignored']],
  ['members with a null display (OK13)', [{ value: '7d1e', display: null }], ['7d1e'], ['member-details-ignored']],
  ['members with a null reference (E61)', [{ $ref: null, value: '7d1e' }], ['7d1e'], ['member-details-ignored']],
  ['members named twice (E70)', [{ value: 'b' }, { value: 'a' }, { value: 'b' }], ['b', 'a'], ['duplicate-member']],
  ['members as strings (E65)', ['7d1e'], ['7d1e'], ['member-as-string']],
  ['one member without a list', { Value: '7d1e' }, ['7d1e'], ['single-as-list']],
  ['an empty list', [], [], []],
  ['members without value (O3)', [{ value: '' }, null, { value: 'a' }], ['a'], ['empty-element']],
  ['null, which says nothing', null, undefined, ['empty-as-unset']],
  ['an empty string, which says nothing', '', undefined, ['empty-as-unset']],
];

for (const [name, members, ids, notes] of groups) {
  test(`${name}: ${ids === undefined ? 'no list of members' : `${ids.length} members`}, apart from the group`, () => {
    const validated = validateResource(groupType, { schemas: [coreGroup], displayName: 'Eng', members }, create);
    assert.deepEqual(validated.resource, { schemas: [coreGroup], displayName: 'Eng' });
    assert.deepEqual(validated.members, ids);
    assert.deepEqual(validated.tolerances.toSorted(), notes.toSorted());
  });
}

test('members that are all empty are told from an empty list (O3)', () => {
  const areBlank = (members: unknown) =>
    validateResource(groupType, { displayName: 'Eng', members }, create).membersAreBlank;
  for (const members of [[null], [''], [{ value: '' }], { value: '' }, [{ value: '', display: 'Ada' }, null]])
    assert.equal(areBlank(members), true, JSON.stringify(members));
  for (const members of [[], null, '', undefined, [null, 'a']])
    assert.equal(areBlank(members), false, JSON.stringify(members));
});

test('a group that does not speak of its members has none to say, which is not none', () => {
  assert.equal(validateResource(groupType, { displayName: 'Eng' }, { operation: 'replace' }).members, undefined);
});

test('a member without an id is invalidValue', () => {
  for (const member of [{ display: 'ada' }, { value: 7 }, 7, ['7d1e']]) {
    const body = { displayName: 'Eng', members: [{ value: 'a' }, member] };
    assert.throws(() => validateResource(groupType, body, create), {
      scimType: 'invalidValue',
      message: /members\[1\]/,
    });
  }
});

test("Entra's group with a legacy schema is taken (E60)", () => {
  const legacy = 'http://schemas.microsoft.com/2006/11/ResourceManagement/ADSCIM/2.0/Group';
  const body = { schemas: [coreGroup, legacy], externalId: 'e', displayName: 'G', meta: { resourceType: 'Group' } };
  const { resource, tolerances } = validateResource(groupType, body, create);
  assert.deepEqual(resource, { schemas: [coreGroup], externalId: 'e', displayName: 'G' });
  assert.deepEqual(tolerances.toSorted(), ['read-only-ignored', 'unknown-schema']);
});

test('a group needs a name', () => {
  assert.throws(() => validateResource(groupType, { members: [] }, create), {
    scimType: 'invalidValue',
    detail: 'displayName is required',
  });
});

test('any JSON is either a user or a refusal, and what is canonical stays as it is', () => {
  const names = fc.constantFrom(
    'userName',
    'name',
    'emails',
    'active',
    'schemas',
    'roles',
    'manager',
    enterprise,
    'urn:x:y',
    'x',
  );
  const json = fc.letrec((tie) => ({
    value: fc.oneof(
      { depthSize: 'small' },
      fc.constantFrom<unknown>(null, '', 'a', 'True', 0, 7, true, false),
      fc.array(tie('value'), { maxLength: 3 }),
      fc.dictionary(
        fc.constantFrom('value', 'type', 'primary', 'givenName', 'department', 'manager', 'x'),
        tie('value'),
        { maxKeys: 3 },
      ),
    ),
  })).value;
  fc.assert(
    fc.property(fc.dictionary(names, json), (body) => {
      let resource: Record<string, unknown>;
      try {
        resource = validateResource(userType, { userName: 'a', ...body }, create).resource;
      } catch (error) {
        assert.equal((error as { scimType?: string }).scimType, 'invalidValue');
        return;
      }
      assert.deepEqual(validateResource(userType, resource, create).resource, resource);
    }),
    { numRuns: scaled(100) },
  );
});
