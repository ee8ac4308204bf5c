import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreUser } from '../../okta-sim/attribute-mapping.ts';
import { compare } from '../../okta-sim/compare.ts';
import type { AppSettings } from '../../okta-sim/options.ts';
import { ada, person, provisioned, simulatedOkta } from './simulated-okta.ts';
import { startTinyScimApp } from './tiny-scim-app.ts';

test('deactivation takes the app away and activation alone gives nothing back (okta-wire.md §7)', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl);
  const [user] = await provisioned(okta, 'ada');
  okta.users.deactivate(user!.id);
  await okta.settle();
  assert.equal(app.users.get('users-1')?.active, false);
  const sent = app.requests.length;
  okta.users.activate(user!.id);
  await okta.settle();
  assert.equal(app.requests.length, sent);
  okta.app.assign(user!.id);
  await okta.settle();
  assert.equal(app.users.get('users-1')?.active, true);
  assert.equal(app.users.size, 1);
});

test('a group assignment gives the app to whoever joins and takes it from whoever leaves', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl);
  const [first, second] = [okta.users.add(person('ada')), okta.users.add(person('bob'))];
  const group = okta.groups.add('Staff', [first.id]);
  okta.app.assignGroup(group.id);
  okta.groups.addMembers(group.id, [second.id]);
  await okta.settle();
  assert.equal(app.users.size, 2);
  okta.app.assign(second.id);
  okta.groups.removeMembers(group.id, [first.id, second.id]);
  await okta.settle();
  const active = [...app.users.values()].filter((user) => user.active === true).map(({ userName }) => userName);
  assert.deepEqual(active, ['bob@acme.example'], 'a direct assignment outlives that of the group');
});

test('a group rule moves members as their profile changes, and a push follows', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl);
  const group = okta.groups.add('Engines');
  okta.groups.addRule('engines', 'user.department == "Engines"', [group.id]);
  const user = okta.users.add({ ...ada, department: 'Engines' });
  okta.app.assign(user.id);
  okta.push.group(group.id);
  await okta.settle();
  const members = (): unknown => [...app.groups.values()][0]?.members;
  assert.deepEqual(members(), [{ value: 'users-1', display: ada.login }]);
  okta.users.change(user.id, { department: 'Letters' });
  await okta.settle();
  assert.deepEqual(members(), []);
});

test('groups are pushed by rule when their name fits, also those that come later', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl);
  okta.groups.add('app-admins');
  okta.push.byRule('startsWith', 'app-');
  okta.groups.add('app-viewers');
  const renamed = okta.groups.add('other');
  okta.groups.rename(renamed.id, 'app-editors');
  await okta.settle();
  assert.deepEqual(
    [...app.groups.values()].map(({ displayName }) => displayName),
    ['app-admins', 'app-viewers', 'app-editors'],
  );
});

test('an attribute that follows group membership is pushed when the group changes (behaviors.md B62)', async () => {
  await using app = await startTinyScimApp();
  const license = {
    name: 'license',
    externalName: 'userType',
    externalNamespace: coreUser,
    from: 'isMemberOfGroupName("dbt_developers") ? "developer" : "read_only"',
  };
  using okta = simulatedOkta(app.baseUrl, { mapping: [license] });
  const [user] = await provisioned(okta, 'ada');
  assert.equal(app.users.get('users-1')?.userType, 'read_only');
  okta.groups.add('dbt_developers', [user!.id]);
  await okta.settle();
  assert.equal(app.users.get('users-1')?.userType, 'developer');
});

const formats: [format: 'email' | 'email-prefix' | 'okta-username-prefix' | `custom:${string}`, userName: string][] = [
  ['email', 'ada@mail.example'],
  ['email-prefix', 'ada'],
  ['okta-username-prefix', 'countess'],
  ['custom:String.toUpperCase(user.login)', 'COUNTESS@ACME.EXAMPLE'],
];

for (const [usernameFormat, userName] of formats) {
  test(`Application username format ${usernameFormat} makes ${userName} (behaviors.md D13)`, async () => {
    await using app = await startTinyScimApp();
    using okta = simulatedOkta(app.baseUrl, { usernameFormat });
    okta.app.assign(okta.users.add({ ...ada, login: 'countess@acme.example', email: 'ada@mail.example' }).id);
    await okta.settle();
    assert.equal(app.users.get('users-1')?.userName, userName);
  });
}

const clearings: [clearedValue: 'omit' | 'empty' | 'null' | 'keep', title: unknown][] = [
  ['omit', undefined],
  ['empty', ''],
  ['null', null],
  ['keep', 'Countess'],
];

for (const [clearedValue, title] of clearings) {
  test(`an emptied value is written as ${clearedValue} (okta-wire.md §19-3, C9337)`, async () => {
    await using app = await startTinyScimApp();
    using okta = simulatedOkta(app.baseUrl, { unknowns: { clearedValue } });
    const user = okta.users.add({ ...ada, title: 'Countess' });
    okta.app.assign(user.id);
    await okta.settle();
    okta.users.change(user.id, { title: null });
    await okta.settle();
    assert.equal(app.users.get('users-1')?.title, title);
    assert.deepEqual((await compare(okta)).differences, []);
  });
}

test('a deleted Okta user leaves a deactivated account, and no traffic (okta-wire.md §6)', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl);
  const [user] = await provisioned(okta, 'ada');
  assert.throws(() => okta.users.delete(user!.id), /must be deactivated first/);
  okta.users.deactivate(user!.id);
  await okta.settle();
  const sent = app.requests.length;
  okta.users.delete(user!.id);
  await okta.settle();
  assert.equal(app.requests.length, sent);
  assert.equal(app.users.get('users-1')?.active, false);
});

test('two users cannot have one login, in any letter case', async () => {
  using okta = simulatedOkta('http://127.0.0.1:9/scim/v2');
  okta.users.add(ada);
  assert.throws(() => okta.users.add({ ...ada, login: 'ADA@acme.example' }), /is taken/);
});

test('a user who is unassigned before being provisioned causes no traffic', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl);
  const user = okta.users.add(ada);
  okta.app.assign(user.id);
  okta.app.unassign(user.id);
  await okta.settle();
  assert.deepEqual(app.requests, []);
});

for (const app of [{}, { profile: 'oin', unknowns: { patchUsers: true } }] satisfies AppSettings[]) {
  test(`roles and entitlements go out, and an emptied list is sent as one: ${JSON.stringify(app)} (okta-wire.md §14)`, async () => {
    await using server = await startTinyScimApp();
    using okta = simulatedOkta(server.baseUrl, { ...app, entitlements: true });
    const user = okta.users.add(ada);
    okta.app.assign(user.id);
    await okta.settle();
    const license = { value: 'lic-1', display: 'Pro', type: 'License' };
    okta.app.grant(user.id, { entitlements: [license], roles: [{ value: 'role-1', display: 'Editor' }] });
    await okta.settle();
    assert.deepEqual(server.users.get('users-1')?.entitlements, [license]);
    assert.deepEqual(server.users.get('users-1')?.roles, [{ value: 'role-1', display: 'Editor' }]);
    okta.app.grant(user.id, { entitlements: [] });
    await okta.settle();
    assert.deepEqual(server.users.get('users-1')?.entitlements, []);
  });
}

test('a changed login cannot be one that is taken, and the old one is free again', () => {
  using okta = simulatedOkta('http://127.0.0.1:9/scim/v2');
  const [first, second] = [okta.users.add(person('ada')), okta.users.add(person('bob'))];
  assert.throws(() => okta.users.change(second.id, { login: first.profile.login }), /is taken/);
  okta.users.change(first.id, { login: 'countess@acme.example' });
  okta.users.change(second.id, { login: 'ada@acme.example' });
  assert.equal(okta.users.find('ADA@acme.example')?.id, second.id);
});
