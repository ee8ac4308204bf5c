import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ScimError } from '../../src/scim/errors.ts';
import { applyPatch } from '../../src/scim/patch.ts';
import { type Profile, profiles, tolerancesOf } from '../../src/scim/profiles.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import type { Resource } from '../../src/scim/schema.ts';
import { validateResource } from '../../src/scim/validate.ts';

const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const create = { operation: 'create' } as const;

const read = (body: Resource): Resource => {
  const { resource } = validateResource(userType, { userName: 'ada', ...body }, create);
  const { userName: _, active: __, schemas: ___, ...rest } = resource;
  return rest;
};

const refusal = (body: Resource, profile: Profile = profiles.generic): ScimError => {
  try {
    validateResource(
      userType,
      { schemas: [core], userName: 'ada', ...body },
      { ...create, tolerances: tolerancesOf(profile) },
    );
  } catch (error) {
    if (error instanceof ScimError) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(body)} is accepted`);
};

describe('an attribute of a body has one place, however it is named (E23, 7644-3.10-urn)', () => {
  const cases: [name: string, body: Resource, becomes: Resource][] = [
    ['qualified by the URN of the core schema', { [`${core}:title`]: 'c' }, { title: 'c' }],
    ['in other letter case', { [`${core.toUpperCase()}:TITLE`]: 'c' }, { title: 'c' }],
    [
      'within the URN of the core schema',
      { [core]: { title: 'c', 'name.givenName': 'D' } },
      { title: 'c', name: { givenName: 'D' } },
    ],
    ['within that URN twice', { [core]: { [core]: { title: 'c' } } }, { title: 'c' }],
    ['dotted', { 'name.givenName': 'D', 'Name.FamilyName': 'B' }, { name: { givenName: 'D', familyName: 'B' } }],
    [
      'dotted beside the rest of it',
      { 'name.givenName': 'D', name: { familyName: 'B' } },
      { name: { familyName: 'B', givenName: 'D' } },
    ],
    ['of an extension without its URN', { department: 'R' }, { [enterprise]: { department: 'R' } }],
    [
      'of an extension by a qualified key',
      { [`${enterprise}:department`]: 'R' },
      { [enterprise]: { department: 'R' } },
    ],
    [
      'of an extension beside its object',
      { costCenter: '7', [enterprise]: { department: 'R' } },
      { [enterprise]: { department: 'R', costCenter: '7' } },
    ],
    [
      'dotted within an extension',
      { [enterprise]: { 'manager.value': '7' } },
      { [enterprise]: { manager: { value: '7' } } },
    ],
    [
      'dotted, of an extension without its URN (E39)',
      { 'Manager.Value': '7' },
      { [enterprise]: { manager: { value: '7' } } },
    ],
    [
      'selected by a filter (E26)',
      { 'addresses[type eq "work"].formatted': 'London', 'addresses[type eq "work"].country': 'GB' },
      { addresses: [{ type: 'work', formatted: 'London', country: 'GB' }] },
    ],
    [
      'dotted, of a list',
      { 'emails.value': 'a@x.example', 'emails.type': 'work' },
      { emails: [{ value: 'a@x.example', type: 'work' }] },
    ],
    [
      'that no schema describes, dotted',
      { 'shoe.size': 42, 'Shoe.color': 'red' },
      { shoe: { size: 42, color: 'red' } },
    ],
    ['that no schema describes and that is no name', { 'shoe size': 42, '1.2': 3 }, { '1.2': 3, 'shoe size': 42 }],
    ['of a schema nobody knows', { 'urn:acme:User:badge': '7' }, { 'urn:acme:User:badge': '7' }],
    ['read-only, qualified', { [`${core}:id`]: 'x', 'meta.version': 'x' }, {}],
  ];
  for (const [name, body, becomes] of cases) {
    test(name, () => assert.deepEqual(read(body), becomes));
  }

  test('members of a group within the URN of the core schema, or qualified by it', () => {
    const { id } = groupType.schema;
    for (const body of [{ [id]: { members: [{ value: 'a' }] } }, { [`${id}:members`]: [{ value: 'a' }] }]) {
      const { members, resource } = validateResource(groupType, { displayName: 'G', ...body }, create);
      assert.deepEqual([members, Object.keys(resource)], [['a'], ['schemas', 'displayName']]);
    }
  });

  test('what is named twice is refused, in every spelling', () => {
    const twice: Resource[] = [
      { [core]: { userName: 'eve' } },
      { [`${core}:userName`]: 'eve' },
      { title: 'a', [`${core}:title`]: 'b' },
      { title: null, [`${core}:Title`]: 'b' },
      { name: { givenName: 'A' }, 'name.givenName': 'B' },
      { 'name.GIVENNAME': 'B', name: { GivenName: 'A' } },
      { name: 'Ada', 'name.givenName': 'B' },
      { department: 'R', [enterprise]: { department: 'S' } },
      { department: 'R', [`${enterprise}:Department`]: 'S' },
      { [enterprise]: 'x', department: 'R' },
      { emails: [{ value: 'a@x.example' }], 'emails[type eq "work"].value': 'b@x.example' },
      { 'shoe.size': 1, 'SHOE.SIZE': 2 },
    ];
    for (const body of twice) {
      const error = refusal(body);
      assert.equal(error.scimType, 'invalidValue', JSON.stringify(body));
      assert.match(error.detail, /more than once|must be an object/);
    }
  });

  test('a path to what cannot be there is refused', () => {
    for (const key of [
      'title.x',
      `${core}:`,
      `${core}:no name`,
      'name.a.b',
      'emails[value eq "x"].type',
      'emails[type',
      core,
    ]) {
      assert.equal(refusal({ [key]: 'x' }).scimType, 'invalidValue', key);
    }
  });

  test('a profile without dotted keys refuses them, and reads qualified ones', () => {
    assert.equal(refusal({ 'name.givenName': 'D' }, profiles.rfc).scimType, 'invalidValue');
    const tolerances = tolerancesOf(profiles.rfc);
    const body = {
      schemas: [core, enterprise],
      userName: 'ada',
      [`${core}:title`]: 'c',
      [`${enterprise}:department`]: 'R',
    };
    const { resource } = validateResource(userType, body, { ...create, tolerances });
    assert.deepEqual([resource.title, resource[enterprise]], ['c', { department: 'R' }]);
    assert.deepEqual([...tolerances], ['qualified-key']);
  });

  test('nothing reaches a prototype', () => {
    for (const key of ['name.__proto__', `${core}:__proto__`, '__proto__.x', 'constructor.prototype.x']) {
      try {
        validateResource(userType, JSON.parse(`{"userName":"ada","${key}":{"polluted":true}}`), create);
      } catch (error) {
        assert.ok(error instanceof ScimError, key);
      }
      assert.equal(({} as Resource).polluted, undefined);
    }
  });
});

describe('what is stored under another name gets its place by the next PATCH', () => {
  const ghosts = {
    schemas: [core],
    userName: 'ada',
    active: true,
    [`${core}:title`]: 'c',
    'name.givenName': 'D',
    department: 'R',
  };

  test('and can be removed and replaced', () => {
    const kept = applyPatch(userType, ghosts, [{ op: 'add', path: 'nickName', value: 'x' }]).resource;
    assert.deepEqual(kept, {
      schemas: [core, enterprise],
      userName: 'ada',
      active: true,
      title: 'c',
      name: { givenName: 'D' },
      nickName: 'x',
      [enterprise]: { department: 'R' },
    });
    const gone = applyPatch(
      userType,
      ghosts,
      ['title', 'name.givenName', 'department'].map((path) => ({ op: 'remove', path, value: undefined })),
    ).resource;
    assert.deepEqual(gone, { schemas: [core], userName: 'ada', active: true });
  });

  test('what stands there counts, and what the schema would not take stays', () => {
    const { resource } = applyPatch(
      userType,
      { ...ghosts, title: 'kept', name: { givenName: 'Kept' }, [`${core}:nickName`]: { no: 'text' } },
      [{ op: 'add', path: 'locale', value: 'en' }],
    );
    assert.equal(resource.title, 'kept');
    assert.deepEqual(resource.name, { givenName: 'Kept' });
    assert.deepEqual(resource[`${core}:nickName`], { no: 'text' });
    assert.equal(resource[`${core}:title`], undefined);
  });
});

test('a PATCH without path that names an attribute twice is refused', () => {
  for (const value of [
    { title: 'a', [`${core}:title`]: 'b' },
    { 'name.givenName': 'A', 'Name.GivenName': 'B' },
    { department: 'R', [enterprise]: { department: 'S' } },
    { [core]: { title: 'a' }, title: 'b' },
  ]) {
    assert.throws(
      () => applyPatch(userType, { schemas: [core], userName: 'ada' }, [{ op: 'replace', path: undefined, value }]),
      (error) => error instanceof ScimError && error.scimType === 'invalidValue' && /more than once/.test(error.detail),
    );
  }
});
