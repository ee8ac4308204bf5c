/** Whole messages of Okta's two clients, as okta-wire.md shows them, through the engines that read them. */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import { foldMembership, readGroupPatch } from '../../src/scim/group-patch.ts';
import { applyPatch, parsePatch } from '../../src/scim/patch.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import type { Resource } from '../../src/scim/schema.ts';
import { validateResource } from '../../src/scim/validate.ts';

const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const coreGroup = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const patchOp = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

/** The user that Okta created, as it is held. */
const held: Resource = {
  schemas: [core],
  userName: 'ada@acme.example',
  name: { givenName: 'Ada', familyName: 'Byron' },
  emails: [{ primary: true, value: 'ada@acme.example', type: 'work' }],
  displayName: 'Ada Byron',
  locale: 'en-US',
  externalId: '00u1a2b3c4d5e6f7g8h9',
  active: true,
};
const echo = {
  ...held,
  id: '7d1e',
  groups: [{ value: 'c0ff', display: 'Eng Team' }],
  meta: { resourceType: 'User', created: '2026-01-31T08:00:00Z', location: 'https://x.example/Users/7d1e' },
};

function put(body: Record<string, unknown>, previous: Resource = held): Resource {
  return validateResource(userType, body, { operation: 'replace', previous }).resource;
}

test('the profile PUT is the echo of a GET with mapped values laid over it (okta-wire §5)', () => {
  const body = { ...echo, name: { givenName: 'Ada', familyName: 'Lovelace' }, displayName: 'Ada Lovelace', groups: [] };
  assert.deepEqual(put(body), { ...held, name: body.name, displayName: 'Ada Lovelace' });
});

test('a PUT that echoes everything changes nothing (OK5)', () => assert.deepEqual(put(echo), held));

test('the PUT of a deactivation changes active alone (okta-wire §6)', () => {
  assert.deepEqual(put({ ...echo, active: false }), { ...held, active: false });
});

test('the PUT of a password sync changes nothing (okta-wire §8)', () => {
  assert.deepEqual(put({ ...echo, password: 'N3w' }), held);
});

for (const cleared of ['', null, undefined]) {
  test(`a mapped value cleared to ${JSON.stringify(cleared)} is unassigned (okta-wire §5, C9337)`, () => {
    const { displayName: _, ...rest } = held;
    assert.deepEqual(put({ ...echo, displayName: cleared }), rest);
  });
}

test('every mapping of the Profile Editor is kept as it came (okta-wire §13)', () => {
  const mapped = {
    phoneNumbers: [
      { primary: true, value: '+1 555', type: 'work' },
      { value: '+1 556', type: 'mobile' },
    ],
    addresses: [{ primary: true, streetAddress: '1 Loom St', country: 'UK' }],
    roles: [
      { primary: true, value: 'admin' },
      { type: 'slot1', value: 'editor' },
    ],
    entitlements: [{ value: 'lic-1', display: 'Pro', type: 'License' }],
    sentryOrgRole: 'member',
    preferredLanguage: 'en',
    [enterprise]: { employeeNumber: '7', costCenter: '1', manager: { value: '456', displayName: 'Charles' } },
    'urn:acme:custom:1.0': { shoeSize: 42 },
  };
  const body = { ...held, schemas: [core, enterprise, 'urn:acme:custom:1.0'], ...mapped };
  assert.deepEqual(validateResource(userType, body, { operation: 'create' }).resource, body);
});

function patchUser(...operations: unknown[]): Resource {
  return applyPatch(userType, held, parsePatch({ schemas: [patchOp], Operations: operations })).resource;
}

test('deactivation and reactivation are path-less replaces (okta-wire §6, §7)', () => {
  assert.deepEqual(patchUser({ op: 'replace', value: { active: false } }), { ...held, active: false });
  assert.deepEqual(patchUser({ op: 'replace', value: { active: true } }), held);
});

test('a partial profile leaves the rest alone (okta-wire §5.2)', () => {
  assert.deepEqual(patchUser({ op: 'replace', value: { name: { familyName: 'Lovelace' }, title: 'Lead' } }), {
    ...held,
    name: { givenName: 'Ada', familyName: 'Lovelace' },
    title: 'Lead',
  });
});

test('the classic client creates and replaces groups as a whole (okta-wire §10.1, §11.1)', () => {
  const created = {
    schemas: [coreGroup],
    displayName: 'Eng Team',
    members: [{ value: '7d1e', display: 'ada@acme.example' }],
  };
  for (const body of [created, { ...created, id: 'c0ff' }]) {
    const { resource, members } = validateResource(groupType, body, { operation: 'replace' });
    assert.deepEqual([resource, members], [{ schemas: [coreGroup], displayName: 'Eng Team' }, ['7d1e']]);
  }
  const emptied = { ...created, members: [] };
  assert.deepEqual(validateResource(groupType, emptied, { operation: 'replace' }).members, []);
});

test('one PATCH may name the group and change its members (okta-wire §10.2, §11.1)', () => {
  const operations = parsePatch({
    schemas: [patchOp],
    Operations: [
      { op: 'replace', value: { id: 'c0ff', displayName: 'Platform' } },
      { op: 'remove', path: 'members[value eq "89bb"]' },
      { op: 'add', path: 'members', value: [{ value: '7d1e', display: 'ada@acme.example' }] },
    ],
  });
  const { attributes, members } = readGroupPatch(groupType, operations);
  const group = { schemas: [coreGroup], displayName: 'Eng Team' };
  assert.deepEqual(applyPatch(groupType, group, attributes).resource, {
    schemas: [coreGroup],
    displayName: 'Platform',
  });
  assert.deepEqual(foldMembership(members), { base: 'current', add: ['7d1e'], remove: ['89bb'] });
});

test('the name operation that Okta repeats before every change is no change (OK2)', () => {
  const operations = parsePatch({ Operations: [{ op: 'replace', value: { id: 'c0ff', displayName: 'Eng Team' } }] });
  const group = { schemas: [coreGroup], displayName: 'Eng Team' };
  const { attributes, members } = readGroupPatch(groupType, operations);
  assert.equal(applyPatch(groupType, group, attributes).changed, false);
  assert.deepEqual(foldMembership(members), { base: 'current', add: [], remove: [] });
});
