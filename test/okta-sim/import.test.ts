import assert from 'node:assert/strict';
import { test } from 'node:test';
import { coreUser } from '../../okta-sim/attribute-mapping.ts';
import type { AppSettings } from '../../okta-sim/options.ts';
import { listOf, startScriptedServer } from './scripted-server.ts';
import { ada, person, provisioned, simulatedOkta } from './simulated-okta.ts';
import { startTinyScimApp, type TinyScimApp } from './tiny-scim-app.ts';

function account(id: string, name: string, more: Record<string, unknown> = {}) {
  const address = `${name}@acme.example`;
  return {
    schemas: [coreUser],
    id,
    userName: address,
    name: { givenName: name, familyName: 'Doe' },
    emails: [{ primary: true, value: address }],
    active: true,
    ...more,
  };
}

async function imported(app: TinyScimApp, settings: AppSettings, people: string[]) {
  const okta = simulatedOkta(app.baseUrl, settings);
  for (const name of people) okta.users.add(person(name));
  okta.app.importNow();
  await okta.settle();
  return okta;
}

test('an import reads pages of 100 until totalResults, and no groups unless they are imported (okta-wire.md §12)', async () => {
  await using app = await startTinyScimApp();
  for (let at = 0; at < 230; at += 1) app.users.set(`u${at}`, account(`u${at}`, `user${at}`));
  using okta = await imported(app, {}, []);
  assert.deepEqual(
    okta.exchanges.map(({ path }) => path),
    ['/Users?startIndex=1&count=100', '/Users?startIndex=101&count=100', '/Users?startIndex=201&count=100'],
  );
  assert.equal(okta.engine.state.app.importedUsers.length, 230);
});

test('groups are imported with their members when the app imports groups (okta-wire.md §12)', async () => {
  await using app = await startTinyScimApp();
  app.groups.set('g', { id: 'g', displayName: 'Team', members: [{ value: 'u1' }] });
  using okta = await imported(app, { supportedActions: { importGroups: true } }, []);
  assert.deepEqual(okta.engine.state.app.importedGroups, [{ externalId: 'g', displayName: 'Team', members: ['u1'] }]);
  const group = okta.groups.add('Crew');
  okta.push.link(group.id, 'g');
  const before = app.requests.length;
  await okta.settle();
  assert.deepEqual(
    app.requests.slice(before),
    ['GET /v2/Groups/g', 'PUT /v2/Groups/g'],
    'no lookup: the id is known (§11.4)',
  );
  assert.equal(app.groups.get('g')?.displayName, 'Crew');
});

test('a matched account is linked without a POST and its profile is pushed (okta-wire.md §12)', async () => {
  await using app = await startTinyScimApp();
  app.users.set('u1', account('u1', 'ADA'));
  using okta = await imported(app, {}, ['ada']);
  assert.deepEqual(app.requests, ['GET /v2/Users', 'GET /v2/Users/u1', 'PUT /v2/Users/u1']);
  assert.equal(okta.engine.state.app.importedUsers[0]?.result, 'linked');
});

test('inactive accounts are read and not imported (okta-wire.md §12)', async () => {
  await using app = await startTinyScimApp();
  app.users.set('u1', account('u1', 'ada', { active: false }));
  using okta = await imported(app, {}, ['ada']);
  assert.equal(okta.engine.state.app.importedUsers[0]?.result, 'skipped-inactive');
  assert.deepEqual(okta.engine.state.app.users, {});
});

test('an account without a name or an e-mail address is rejected (okta-wire.md §12)', async () => {
  await using app = await startTinyScimApp();
  app.users.set('u1', account('u1', 'ada', { name: { givenName: 'Ada' } }));
  app.users.set('u2', account('u2', 'bob', { emails: [] }));
  using okta = await imported(app, {}, []);
  assert.deepEqual(
    okta.engine.state.app.importedUsers.map(({ result }) => result),
    ['rejected', 'rejected'],
  );
});

test('an admin confirms an unmatched account, or ignores it for good (okta-wire.md §12)', async () => {
  await using app = await startTinyScimApp();
  app.users.set('u1', account('u1', 'ada'));
  app.users.set('u2', account('u2', 'bob'));
  using okta = await imported(app, {}, []);
  okta.app.confirmImport('u1');
  okta.app.ignoreImport('u2');
  okta.app.importNow();
  await okta.settle();
  assert.deepEqual(
    okta.engine.state.app.importedUsers.map(({ result }) => result),
    ['linked', 'ignored'],
  );
  assert.equal(okta.users.find('ada@acme.example')?.profile.firstName, 'ada');
});

test('a matched account waits for an admin when confirmation is manual', async () => {
  await using app = await startTinyScimApp();
  app.users.set('u1', account('u1', 'ada'));
  using okta = await imported(app, { import: { confirmMatches: 'manual' } }, ['ada']);
  assert.equal(okta.engine.state.app.importedUsers[0]?.result, 'matched');
  okta.app.confirmImport('u1');
  await okta.settle();
  assert.equal(app.users.get('u1')?.externalId, okta.users.find('ada@acme.example')?.id);
});

test('unmatched accounts become Okta users when the app is set so', async () => {
  await using app = await startTinyScimApp();
  app.users.set('u1', account('u1', 'ada'));
  using okta = await imported(app, { import: { unmatched: 'create' } }, []);
  assert.equal(okta.engine.state.app.importedUsers[0]?.result, 'created');
  assert.ok(okta.users.find('ada@acme.example'));
});

test('an inactive account deactivates the Okta user only when the app is a profile source (okta-wire.md §12)', async () => {
  for (const profileSource of [false, true]) {
    await using app = await startTinyScimApp();
    using okta = simulatedOkta(app.baseUrl, { import: { profileSource } });
    const [user] = await provisioned(okta, 'ada');
    app.users.get('users-1')!.active = false;
    okta.app.importNow();
    await okta.settle();
    assert.equal(okta.engine.state.users[user!.id]?.status, profileSource ? 'DEPROVISIONED' : 'ACTIVE');
  }
});

test('users whose account is gone are unassigned, without traffic (okta-wire.md §12)', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl);
  const users = await provisioned(okta, 'a', 'b', 'c', 'd', 'e');
  app.users.delete('users-1');
  const before = app.requests.length;
  okta.app.importNow();
  const { tasks } = await okta.settle();
  assert.deepEqual(tasks, []);
  assert.deepEqual(app.requests.slice(before), ['GET /v2/Users']);
  assert.equal(okta.engine.state.app.users[users[0]!.id]?.assigned, false);
});

test('the import safeguard stops an import that would unassign more than 20 percent (okta-wire.md §12)', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl);
  await provisioned(okta, 'a', 'b', 'c', 'd');
  app.users.delete('users-1');
  okta.app.importNow();
  const { tasks } = await okta.settle();
  assert.match(tasks[0]?.message ?? '', /Import safeguard: 1 of 4 app assignments would be removed, more than 20 %/);
  assert.ok(Object.values(okta.engine.state.app.users).every(({ assigned }) => assigned));
});

const shortPages: [shortPage: 'by-count' | 'by-received' | 'stop', starts: number[]][] = [
  ['by-count', [1, 101]],
  ['by-received', [1, 51, 101]],
  ['stop', [1]],
];

for (const [shortPage, starts] of shortPages) {
  test(`after a page of 50 the import goes on ${shortPage} (okta-wire.md §19-5)`, async () => {
    await using server = await startScriptedServer(({ url }) => {
      const first = Number(new URL(url, 'http://x.invalid').searchParams.get('startIndex'));
      const page = Array.from({ length: Math.min(50, 151 - first) }, (_, at) =>
        account(`u${first + at}`, `user${first + at}`),
      );
      const answer = listOf(...page);
      return { status: 200, body: { ...(answer?.body as object), totalResults: 150, startIndex: first } };
    });
    using okta = simulatedOkta(server.baseUrl, { import: { shortPage } });
    okta.app.importNow();
    await okta.settle();
    assert.deepEqual(
      server.seen.map(({ url }) => Number(/startIndex=(\d+)/.exec(url)?.[1])),
      starts,
    );
  });
}

test('an import is refused when the app imports no users', async () => {
  using okta = simulatedOkta('http://127.0.0.1:9/scim/v2', { supportedActions: { importUsers: false } });
  okta.users.add(ada);
  okta.app.importNow();
  const { tasks } = await okta.settle();
  assert.equal(tasks[0]?.message, 'Import from app SCIM app failed: Import New Users is not enabled for this app');
});
