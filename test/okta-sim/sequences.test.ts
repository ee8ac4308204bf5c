import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkSequences, goldenSequences, type ScenarioName, shapeOf } from '../../okta-sim/golden-sequences.ts';
import type { Okta } from '../../okta-sim/okta.ts';
import type { AppSettings, Profile } from '../../okta-sim/options.ts';
import { runScenario } from '../../okta-sim/scenarios.ts';
import { ada, provisioned, simulatedOkta } from './simulated-okta.ts';
import { startTinyScimApp, type TinyScimApp } from './tiny-scim-app.ts';

const profiles: Profile[] = ['aiw', 'oin'];

for (const name of Object.keys(goldenSequences) as ScenarioName[]) {
  for (const profile of profiles) {
    test(`${name} (${goldenSequences[name].title}) sends what is captured, profile ${profile} (okta-wire.md §18)`, async () => {
      await using app = await startTinyScimApp();
      using okta = simulatedOkta(app.baseUrl, { profile });
      const result = await runScenario(okta, name, { count: 3 });
      assert.deepEqual(result.comparison.differences, []);
      assert.ok(result.asExpected, `${JSON.stringify(result.sequences)} is not ${result.expected}`);
    });
  }
}

/** The exchanges of one scenario, for a test to take away from. */
async function exchangesOf(name: ScenarioName, app: TinyScimApp, count: number) {
  using okta = simulatedOkta(app.baseUrl);
  const { asExpected, sequences } = await runScenario(okta, name, { count });
  assert.equal(asExpected, true, JSON.stringify(sequences));
  const judge = (exchanges: typeof okta.exchanges) => checkSequences(name, 'aiw', exchanges, count).asExpected;
  return { exchanges: okta.exchanges.filter(({ outside }) => !outside), judge };
}

test('S14 wants every page by the total, in order, and the profile of each account that it links', async () => {
  await using app = await startTinyScimApp();
  for (let number = 0; number < 250; number += 1) app.users.set(`old${number}`, { id: `old${number}`, userName: 'x' });
  const { exchanges, judge } = await exchangesOf('S14', app, 2);
  assert.equal(judge(exchanges), true);
  const isPage = (at: number) => (exchange: { path: string }) => exchange.path === `/Users?startIndex=${at}&count=100`;
  const [first, second, third] = [1, 101, 201].map((at) => exchanges.findIndex(isPage(at)));
  assert.deepEqual([first, second, third], [0, 1, 2]);
  assert.equal(judge(exchanges.toSpliced(2, 1)), false, 'the last page is missing');
  assert.equal(judge(exchanges.toSpliced(1, 1)), false, 'a page between is missing');
  assert.equal(judge([exchanges[1]!, exchanges[0]!, ...exchanges.slice(2)]), false, 'pages out of order');
  assert.equal(judge([exchanges[0]!, ...exchanges]), false, 'a page twice');
  assert.equal(judge(exchanges.slice(0, -1)), false, 'a PUT is missing');
  assert.equal(judge(exchanges.filter(({ subject }) => subject === 'import')), false, 'nobody was linked');
});

test('S15 wants the resources of every type that is a role or an entitlement, page by page', async () => {
  const list = (total: number, ...Resources: unknown[]): [number, unknown] => [
    200,
    { totalResults: total, startIndex: 1, itemsPerPage: Resources.length, Resources },
  ];
  const types = [
    { name: 'User', endpoint: '/Users', schema: 'urn:ietf:params:scim:schemas:core:2.0:User' },
    { name: 'Role', endpoint: '/Roles', schema: 'urn:okta:scim:schemas:core:1.0:Role' },
  ];
  const roles = Array.from({ length: 100 }, (_, number) => ({ id: `r${number}` }));
  await using app = await startTinyScimApp((_, path) => {
    if (path.endsWith('/ResourceTypes')) return list(2, ...types);
    return path.endsWith('/Roles') ? list(150, ...roles) : undefined;
  });
  const { exchanges, judge } = await exchangesOf('S15', app, 1);
  const paths = ['/ResourceTypes', '/Schemas', '/Roles?startIndex=1&count=100', '/Roles?startIndex=101&count=100'];
  assert.deepEqual(
    exchanges.map(({ path }) => path),
    paths,
  );
  assert.equal(judge(exchanges.slice(0, 2)), false, 'no role was read');
  assert.equal(judge(exchanges.slice(0, 3)), false, 'the second page is missing');
});

test('no scenario is content with fewer subjects than it has people, or with others beside them', async () => {
  await using app = await startTinyScimApp();
  for (const [name, count] of [
    ['S2', 3],
    ['S16', 1],
  ] as const) {
    const { exchanges, judge } = await exchangesOf(name, app, count);
    const { subject } = exchanges[0]!;
    assert.equal(judge(exchanges.filter((exchange) => exchange.subject !== subject)), false, `${name} with one less`);
    const stranger = exchanges.map((exchange) => ({ ...exchange, subject: 'user:stranger' }));
    assert.equal(judge([...exchanges, ...stranger]), false, `${name} with one more`);
    assert.equal(judge([...exchanges, { ...exchanges[0]!, subject: 'user:stranger' }]), false, `${name} and a request`);
  }
});

test('a scenario puts the options of the app back as they were, also when it fails', async () => {
  await using app = await startTinyScimApp();
  const settings: AppSettings = {
    unknowns: { granularDeprovisioning: 'removeEntitlements' },
    toApp: { syncPassword: 'random' },
  };
  for (const name of ['S8', 'S16', 'S18'] as const) {
    for (const fails of [false, true]) {
      const onProgress = (): void => {
        if (fails) throw new Error('stopped on the way');
      };
      using okta = simulatedOkta(app.baseUrl, settings, { onProgress, seed: `${name} ${fails}` });
      const run = runScenario(okta, name);
      if (fails) await assert.rejects(run, /stopped on the way/);
      else await run;
      const { unknowns, toApp, baseUrl } = okta.engine.state.app.options;
      assert.deepEqual(
        [unknowns.granularDeprovisioning, toApp.syncPassword, baseUrl],
        ['removeEntitlements', 'random', app.baseUrl],
      );
    }
  }
});

/** What one act sends, in short form, after everything before it. */
async function sentBy(
  app: AppSettings,
  act: (okta: Okta) => Promise<void> | void,
  before: (okta: Okta) => Promise<void>,
) {
  await using server = await startTinyScimApp();
  using okta = simulatedOkta(server.baseUrl, app);
  await before(okta);
  const from = okta.exchanges.length;
  await act(okta);
  const { tasks, mappingsInError } = await okta.settle();
  assert.deepEqual([tasks, mappingsInError], [[], []]);
  return okta.exchanges.slice(from);
}

async function adaAndTeam(okta: Okta): Promise<void> {
  const users = await provisioned(okta, 'ada', 'bob', 'cyd');
  okta.push.group(okta.groups.add('Team', [users[0]!.id, users[1]!.id]).id);
  await okta.settle();
}

/** Members of the only group of the app. */
function memberIds(app: TinyScimApp): string[] {
  const [group] = app.groups.values();
  assert.ok(group);
  return (group.members as { value: string }[]).map(({ value }) => value);
}

const idOf = (okta: Okta, name: string): string => okta.users.find(`${name}@acme.example`)!.id;
const teamOf = (okta: Okta): string => okta.groups.find('Team')!.id;

type Knob = [title: string, app: AppSettings, act: (okta: Okta) => void, shapes: string[]];

const knobs: Knob[] = [
  [
    'Support PATCH for User sends only what changed (§5.2)',
    { profile: 'oin', unknowns: { patchUsers: true } },
    (okta) => okta.users.change(idOf(okta, 'ada'), { title: 'Lead' }),
    ['PATCH /Users/{id} title'],
  ],
  [
    'a GET may come before the deactivating PATCH (§19-2)',
    { profile: 'oin', unknowns: { getBeforeDeactivate: true, unassignedLeaveGroups: false } },
    (okta) => okta.app.unassign(idOf(okta, 'ada')),
    ['GET /Users/{id}', 'PATCH /Users/{id} active:false'],
  ],
  [
    'name and members may share one PATCH (§19-10)',
    { profile: 'oin', groupPush: { requests: 'one' } },
    (okta) => okta.groups.addMembers(teamOf(okta), [idOf(okta, 'cyd')]),
    ['PATCH /Groups/{id} replace name, add members'],
  ],
  [
    'members may be replaced without a path (§11.1)',
    { profile: 'oin', groupPush: { patchStyle: 'pathless' } },
    (okta) => okta.push.now(teamOf(okta)),
    ['PATCH /Groups/{id} replace name', 'PATCH /Groups/{id} replace members'],
  ],
  [
    'Create only never writes a changed userName (§2, behaviors.md P12), so a change of login alone sends nothing',
    { usernameUpdate: 'create-only' },
    (okta) => okta.users.change(idOf(okta, 'ada'), { login: 'ada.lovelace@acme.example' }),
    [],
  ],
  [
    'Create and update pushes a changed username (§5.1)',
    {},
    (okta) => okta.users.change(idOf(okta, 'ada'), { login: 'ada.lovelace@acme.example' }),
    ['GET /Users/{id}', 'PUT /Users/{id}'],
  ],
  [
    'a change of an unmapped attribute sends nothing (§5)',
    {},
    (okta) => okta.users.change(idOf(okta, 'ada'), { shoeSize: 38 }),
    [],
  ],
  [
    'Update User Attributes off sends no update (behaviors.md D15)',
    { toApp: { updateAttributes: false } },
    (okta) => okta.users.change(idOf(okta, 'ada'), { title: 'Lead' }),
    [],
  ],
  [
    'Deactivate Users off sends nothing when a user loses the app (§6)',
    { toApp: { deactivateUsers: false }, unknowns: { unassignedLeaveGroups: false } },
    (okta) => okta.app.unassign(idOf(okta, 'ada')),
    [],
  ],
  [
    'membership removal follows the deactivation, unless the switch turns it (§19-11)',
    { profile: 'oin', concurrency: 1 },
    (okta) => okta.app.unassign(idOf(okta, 'ada')),
    ['PATCH /Users/{id} active:false', 'PATCH /Groups/{id} replace name', 'PATCH /Groups/{id} remove member'],
  ],
  [
    'memberships may be removed first (§19-11)',
    { profile: 'oin', concurrency: 1, unknowns: { membershipsFirst: true } },
    (okta) => okta.app.unassign(idOf(okta, 'ada')),
    ['PATCH /Groups/{id} replace name', 'PATCH /Groups/{id} remove member', 'PATCH /Users/{id} active:false'],
  ],
  ['unlink without deletion sends nothing (§11.6)', {}, (okta) => okta.push.unlink(teamOf(okta), false), []],
  ['pausing a mapping sends nothing (§11.5)', {}, (okta) => okta.push.activate(teamOf(okta), false), []],
  ['suspension sends nothing (§6, C9295)', {}, (okta) => okta.users.suspend(idOf(okta, 'ada'), true), []],
  [
    'Force Sync pushes provisioned users only (§9)',
    { concurrency: 1 },
    (okta) => {
      okta.app.assignSilently(okta.users.add({ ...ada, login: 'eve@acme.example' }).id);
      okta.app.forceSync();
    },
    Array.from({ length: 3 }, () => ['GET /Users/{id}', 'PUT /Users/{id}']).flat(),
  ],
];

for (const [title, app, act, shapes] of knobs) {
  test(title, async () => {
    const sent = await sentBy(app, act, adaAndTeam);
    assert.deepEqual(sent.map(shapeOf), shapes);
  });
}

test('a PATCH of one element of a list carries the list, and of one that was emptied what is left (okta-wire.md §5.2, L)', async () => {
  const app: AppSettings = { profile: 'oin', unknowns: { patchUsers: true } };
  const before = async (okta: Okta): Promise<void> => {
    okta.app.assign(
      okta.users.add({ ...ada, secondEmail: 'ada@home.example', title: 'Countess', mobilePhone: '1' }).id,
    );
    await okta.settle();
  };
  const patched = async (changes: Record<string, unknown>): Promise<unknown> => {
    const [patch] = await sentBy(app, (okta) => okta.users.change(idOf(okta, 'ada'), changes), before);
    assert.ok(patch);
    return (patch.body as { Operations: { value: unknown }[] }).Operations[0]?.value;
  };
  const primary = { primary: true, value: 'ada@acme.example', type: 'work' };
  const second = { primary: false, value: 'countess@home.example', type: 'home' };
  assert.deepEqual(await patched({ secondEmail: 'countess@home.example' }), { emails: [primary, second] });
  assert.deepEqual(await patched({ secondEmail: null }), { emails: [primary] });
  assert.deepEqual(await patched({ mobilePhone: null, title: null }), { phoneNumbers: [], title: null });
});

test('assignments from before provisioning wait for Provision User (okta-wire.md §3, §9)', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl);
  okta.app.assignSilently(okta.users.add(ada).id);
  await okta.settle();
  assert.deepEqual(app.requests, []);
  okta.app.provisionStaged();
  await okta.settle();
  assert.deepEqual(app.requests, ['GET /v2/Users', 'POST /v2/Users']);
});

test('members without the app are left out of a push, and the log says so (okta-wire.md §10.3, behaviors.md P38)', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl);
  const [user] = await provisioned(okta, 'ada');
  const outside = okta.users.add({ ...ada, login: 'bob@acme.example' });
  const group = okta.groups.add('Team', [user!.id, outside.id]);
  okta.push.group(group.id);
  await okta.settle();
  okta.groups.rename(group.id, 'The team');
  await okta.settle();
  const [pushed] = app.groups.values();
  assert.deepEqual(pushed?.members, [{ value: 'users-1', display: 'ada@acme.example' }]);
  assert.ok(okta.engine.state.log.some(({ eventType }) => eventType.endsWith('mapping.okta.users.ignored')));
});

test('a member who gets the app later joins the pushed group by itself (okta-wire.md §10.3)', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl, { profile: 'oin' });
  const user = okta.users.add(ada);
  okta.push.group(okta.groups.add('Team', [user.id]).id);
  await okta.settle();
  okta.app.assign(user.id);
  await okta.settle();
  assert.deepEqual([...app.groups.values()][0]?.members, [{ value: 'users-1', display: 'ada@acme.example' }]);
});

test('a linked group keeps the members of the app until Push Now (okta-wire.md §11.4, C9315)', async () => {
  for (const profile of profiles) {
    await using app = await startTinyScimApp();
    using okta = simulatedOkta(app.baseUrl, { profile });
    const [user] = await provisioned(okta, 'ada');
    app.groups.set('old', { id: 'old', displayName: 'team', members: [{ value: 'someone', display: null }] });
    const group = okta.groups.add('Team', [user!.id]);
    okta.push.group(group.id);
    await okta.settle();
    assert.deepEqual(memberIds(app), ['someone', 'users-1']);
    assert.equal(app.groups.get('old')?.displayName, 'Team');
    okta.push.now(group.id);
    await okta.settle();
    assert.deepEqual(memberIds(app), ['users-1']);
  }
});

test('without Push group memberships immediately the members follow with their next change (behaviors.md P46)', async () => {
  for (const profile of profiles) {
    await using app = await startTinyScimApp();
    using okta = simulatedOkta(app.baseUrl, { profile });
    const users = await provisioned(okta, 'ada', 'bob');
    const group = okta.groups.add('Team', [users[0]!.id]);
    okta.push.group(group.id, false);
    await okta.settle();
    assert.deepEqual([...app.groups.values()][0]?.members, []);
    okta.groups.addMembers(group.id, [users[1]!.id]);
    await okta.settle();
    assert.deepEqual(memberIds(app), ['users-1', 'users-2']);
  }
});

test('large changes are cut into batches (okta-wire.md §11.1, Custom Patch Batch Size)', async () => {
  const names = ['a', 'b', 'c', 'd', 'e'];
  const sent = await sentBy(
    { profile: 'oin', groupPush: { batchSize: 2 } },
    (okta) =>
      void okta.push.group(
        okta.groups.add(
          'Five',
          names.map((name) => idOf(okta, name)),
        ).id,
      ),
    async (okta) => void (await provisioned(okta, ...names)),
  );
  assert.deepEqual(sent.slice(2).map(shapeOf), [
    'PATCH /Groups/{id} replace name',
    'PATCH /Groups/{id} replace members',
    'PATCH /Groups/{id} add members',
    'PATCH /Groups/{id} add members',
  ]);
});

test('an emptied group is pushed as an empty list (okta-wire.md §11.1)', async () => {
  const sent = await sentBy(
    { profile: 'oin' },
    (okta) => void okta.push.group(okta.groups.add('Empty').id),
    async () => {},
  );
  assert.deepEqual(sent.at(-1)?.body, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations: [{ op: 'replace', path: 'members', value: [] }],
  });
});
