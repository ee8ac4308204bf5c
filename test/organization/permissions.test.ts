import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  effectivePermissions,
  type LicenseSaying,
  type Permission,
  permissions,
  permissionsOf,
  reachOf,
} from '../../src/organization/permissions.ts';
import { type BuiltInRole, builtInRoles } from '../../src/organization/roles.ts';

const all = Object.keys(permissions) as Permission[];
const roles = Object.keys(builtInRoles) as BuiltInRole[];

test('a stronger built-in role has all permissions of a weaker one', () => {
  for (const [place, role] of roles.entries()) {
    const weaker = roles[place + 1];
    if (weaker === undefined) continue;
    const may = permissionsOf(role, []);
    for (const permission of permissionsOf(weaker, [])) assert.ok(may.has(permission), `${role} ${permission}`);
  }
});

test('who administers may do everything, and who does not may change nothing but their own profile', () => {
  assert.deepEqual([...permissionsOf('admin', [])].sort(), [...all].sort());
  for (const role of ['member', 'viewer'] as const) {
    const writes = [...permissionsOf(role, [])].filter((each) => each.endsWith(':write'));
    assert.deepEqual(writes, ['me:write']);
    assert.ok(!permissionsOf(role, []).has('tokens:read'));
  }
});

test('a license leaves reading or only the profile of the person (B63), and never an organization without somebody who administers (R14)', () => {
  const reach = (license: LicenseSaying, hasOwner: boolean) => roles.map((role) => reachOf(role, license, hasOwner));
  const everything = roles.map(() => 'everything');
  for (const hasOwner of [true, false]) {
    assert.deepEqual(reach('unused', hasOwner), everything);
    assert.deepEqual(reach('any', hasOwner), everything);
  }
  assert.deepEqual(reach('read_only', true), ['everything', 'reading', 'reading', 'reading']);
  assert.deepEqual(reach('none', true), ['everything', 'own profile', 'own profile', 'own profile']);
  assert.deepEqual(reach('read_only', false), ['everything', 'everything', 'reading', 'reading']);
  assert.deepEqual(reach('none', false), ['everything', 'everything', 'own profile', 'own profile']);
  assert.deepEqual([...permissionsOf('admin', [], 'own profile')], ['me:read', 'me:write']);
  const reads = [...permissionsOf('admin', [], 'reading')].filter((each) => !each.endsWith(':read'));
  assert.deepEqual(reads, ['me:write']);
});

test('a custom role adds what it says, as far as there is such a permission', () => {
  const may = permissionsOf('viewer', ['tokens:write', 'deploy:production']);
  assert.ok(may.has('tokens:write'));
  assert.equal(may.size, permissionsOf('viewer', []).size + 1);
});

test('a key of a person may what both its scopes and the person may, and one that is nobody’s has no own profile', () => {
  const scopes = ['members:read', 'tokens:write', 'me:write', 'gone:by'];
  assert.deepEqual([...effectivePermissions(scopes, permissionsOf('viewer', []))].sort(), ['me:write', 'members:read']);
  assert.deepEqual([...effectivePermissions(scopes, undefined)].sort(), ['members:read', 'tokens:write']);
});
