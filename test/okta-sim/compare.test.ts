import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compare, noteOthers } from '../../okta-sim/compare.ts';
import { comparisonText } from '../../okta-sim/terminal.ts';
import { ada, provisioned, simulatedOkta } from './simulated-okta.ts';
import { startTinyScimApp, type TinyScimApp } from './tiny-scim-app.ts';

function change(all: TinyScimApp['users'], id: string, changes: Record<string, unknown>): void {
  Object.assign(all.get(id)!, changes);
}

function membersOf(app: TinyScimApp): unknown[] {
  return app.groups.get('groups-1')!.members as unknown[];
}

const spoil: [title: string, act: (app: TinyScimApp) => void, difference: RegExp][] = [
  [
    'a changed value',
    (app) => change(app.users, 'users-1', { name: { givenName: 'Eve', familyName: 'Doe' } }),
    /^ada@acme\.example: name\.givenName: Okta "ada", app "Eve"$/,
  ],
  [
    'a changed userName',
    (app) => change(app.users, 'users-1', { userName: 'eve' }),
    /userName: Okta "ada@acme\.example", app "eve"/,
  ],
  [
    'a lost externalId',
    (app) => change(app.users, 'users-1', { externalId: undefined }),
    /externalId: Okta "00u\w+", app undefined/,
  ],
  [
    'a deactivated account',
    (app) => change(app.users, 'users-1', { active: false }),
    /is deactivated in the app and active in Okta/,
  ],
  ['a lost account', (app) => void app.users.delete('users-3'), /cyd@acme\.example \(users-3\) is not in the app/],
  [
    'an account out of nowhere',
    (app) => void app.users.set('x', { id: 'x', userName: 'x@acme.example' }),
    /x@acme\.example \(x\) is in the app and Okta does not know of it/,
  ],
  [
    'a renamed group',
    (app) => change(app.groups, 'groups-1', { displayName: 'Crew' }),
    /group Team is named "Crew" in the app/,
  ],
  ['a lost group', (app) => void app.groups.delete('groups-1'), /group Team \(groups-1\) is not in the app/],
  [
    'a group out of nowhere',
    (app) => void app.groups.set('x', { id: 'x', displayName: 'X', members: [] }),
    /group X \(x\) is in the app and Okta does not know of it/,
  ],
  [
    'a lost member',
    (app) => void membersOf(app).pop(),
    /group Team: 1 members missing in the app, 0 too many, 0 listed twice/,
  ],
  [
    'a member too many',
    (app) => void membersOf(app).push({ value: 'users-3' }),
    /0 members missing in the app, 1 too many/,
  ],
  ['a member listed twice', (app) => void membersOf(app).push({ value: 'users-1' }), /0 too many, 1 listed twice/],
];

for (const [title, act, difference] of spoil) {
  test(`${title} is one difference, and it is named`, async () => {
    await using app = await startTinyScimApp();
    using okta = simulatedOkta(app.baseUrl);
    const users = await provisioned(okta, 'ada', 'bob', 'cyd');
    okta.push.group(
      okta.groups.add(
        'Team',
        users.slice(0, 2).map(({ id }) => id),
      ).id,
    );
    await okta.settle();
    assert.ok((await compare(okta)).equal);
    act(app);
    const { equal, differences, rows } = await compare(okta);
    assert.equal(equal, false);
    assert.equal(differences.length, 1);
    assert.match(differences[0] ?? '', difference);
    assert.equal(
      rows.reduce((sum, { different }) => sum + different, 0),
      1,
    );
  });
}

test('what was in the app before Okta came is left out once it is noted', async () => {
  await using app = await startTinyScimApp();
  app.users.set('old', { id: 'old', userName: 'old@acme.example' });
  app.groups.set('old', { id: 'old', displayName: 'Old', members: [] });
  using okta = simulatedOkta(app.baseUrl);
  assert.equal((await compare(okta)).differences.length, 2);
  await noteOthers(okta);
  assert.ok((await compare(okta)).equal);
});

test('failed tasks and pushes in error are differences', async () => {
  await using app = await startTinyScimApp((method) => (method === 'POST' ? [400, { detail: 'no' }] : undefined));
  using okta = simulatedOkta(app.baseUrl);
  okta.app.assign(okta.users.add(ada).id);
  okta.push.group(okta.groups.add('Team').id);
  await okta.settle();
  const { differences, rows } = await compare(okta);
  assert.equal(differences.length, 2);
  assert.equal(rows.find(({ what }) => what === 'unfinished work')?.okta, 2);
});

test('more users than one page hold are all read', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl);
  await provisioned(okta, ...Array.from({ length: 230 }, (_, number) => `user${number}`));
  const { rows } = await compare(okta);
  assert.deepEqual(rows[0], { what: 'active people', okta: 230, app: 230, different: 0 });
});

test('members that a linked group had before are no difference, and counted in a row of their own', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl, { profile: 'oin' });
  const users = await provisioned(okta, 'ada', 'bob');
  const before = ['x', 'y', 'z'].map((value) => ({ value, display: null }));
  app.groups.set('old', { id: 'old', displayName: 'team', members: before });
  const group = okta.groups.add(
    'Team',
    users.map(({ id }) => id),
  );
  okta.push.group(group.id);
  await okta.settle();
  const row = async (what: string) => (await compare(okta)).rows.find((one) => one.what === what);
  assert.deepEqual((await compare(okta)).differences, []);
  assert.deepEqual(await row('memberships'), { what: 'memberships', okta: 2, app: 2, different: 0 });
  const notPushed = 'members that Okta did not push';
  assert.deepEqual(await row(notPushed), { what: notPushed, okta: 0, app: 3, different: 0 });
  okta.push.now(group.id);
  await okta.settle();
  assert.equal((await row(notPushed))?.app, 0);
});

test('the table has both sides in columns and the differences below', () => {
  const text = comparisonText({
    equal: false,
    rows: [{ what: 'groups', okta: 12, app: 9, different: 3 }],
    differences: ['group A is not in the app'],
  });
  assert.equal(
    text,
    [
      '        Okta  app  different',
      '──────  ────  ───  ─────────',
      'groups    12    9          3',
      '',
      '1 difference:',
      '  group A is not in the app',
    ].join('\n'),
  );
});
