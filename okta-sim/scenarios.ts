import { isDeepStrictEqual } from 'node:util';
import { makePerson } from './company.ts';
import { type Comparison, compare } from './compare.ts';
import { defaultMapping } from './default-mapping.ts';
import { checkSequences, goldenSequences, type ScenarioName } from './golden-sequences.ts';
import type { Okta, Settled } from './okta.ts';
import { type AppOptions, appOptions, optionAt, setOption } from './options.ts';
import { createAccount, emptyGroup } from './outsider.ts';
import type { OktaGroup, OktaUser, UserProfile } from './state.ts';
import { openThrottlingGate } from './throttling-gate.ts';

export type ScenarioResult = {
  name: ScenarioName;
  title: string;
  /** Requests of each subject after the preparations, in their short form. */
  sequences: Record<string, string[]>;
  expected: string[];
  /** Whether every subject sent what is expected; undefined with faults, and with options that change the traffic. */
  asExpected: boolean | undefined;
  settled: Settled;
  comparison: Comparison;
};

type World = {
  okta: Okta;
  /** People (or groups of three) that go through the scenario side by side. */
  count: number;
  /** A profile that nobody had before. */
  newProfile(): UserProfile;
  /** What was sent until now was preparation. */
  begin(): void;
};

/** Runs one scenario and compares both sides. Everything it needs, it makes first. */
export async function runScenario(okta: Okta, name: ScenarioName, { count = 1 } = {}): Promise<ScenarioResult> {
  const { state } = okta.engine;
  let from = okta.exchanges.length;
  const world: World = {
    okta,
    count,
    newProfile: () => {
      okta.engine.state.lastId += 1;
      return makePerson(`${state.seed} ${name}`, okta.engine.state.lastId);
    },
    begin: () => {
      from = okta.exchanges.length;
    },
  };
  await play[name](world);
  const settled = await okta.settle();
  const { options } = okta.engine.state.app;
  const checked = checkSequences(name, options.profile, okta.exchanges.slice(from), count);
  const comparable = !okta.misbehaves && sendsAsByDefault(options);
  const asExpected = comparable ? checked.asExpected : undefined;
  const comparison = await compare(okta);
  return { name, title: goldenSequences[name].title, ...checked, asExpected, settled, comparison };
}

function sendsAsByDefault(options: AppOptions): boolean {
  const defaults = appOptions({}, defaultMapping);
  const groups = ['supportedActions', 'toApp', 'groupPush', 'import', 'unknowns'] as const;
  return groups.every((group) => isDeepStrictEqual(options[group], defaults[group]));
}

/**
 * Acts with one option of the app as a scenario needs it, sends what is queued, and puts it back whatever happens: in
 * memory, which may be another one after a simulated restart, and in the state file.
 */
async function withSwitch(okta: Okta, name: string, value: unknown, act: () => Promise<void> | void): Promise<void> {
  const before = optionAt(okta.engine.state.app.options, name);
  setOption(okta.engine.state.app.options, name, value);
  try {
    await act();
    await okta.settle();
  } finally {
    setOption(okta.engine.state.app.options, name, before);
    okta.save();
  }
}

const play: Record<ScenarioName, (world: World) => Promise<void>> = {
  S1: async ({ okta, begin }) => {
    begin();
    await patiently(okta, () => okta.app.testCredentials());
  },
  S2: async (world) => {
    world.begin();
    assignNewUsers(world);
  },
  S3: (world) => existingAccounts(world, true),
  S4: (world) => existingAccounts(world, false),
  S5: async (world) => {
    const users = await provisionedUsers(world);
    world.begin();
    for (const { id } of users)
      world.okta.users.change(id, { lastName: 'Lovelace', title: 'Countess', department: null });
  },
  S6: async (world) => {
    const users = await provisionedUsers(world);
    world.begin();
    for (const { id } of users) world.okta.app.unassign(id);
  },
  S7: async (world) => {
    const { okta } = world;
    const users = await provisionedUsers(world);
    for (const { id } of users) okta.users.deactivate(id);
    await okta.settle();
    for (const { id } of users) okta.users.activate(id);
    world.begin();
    for (const { id } of users) okta.app.assign(id);
  },
  S8: (world) =>
    withSwitch(world.okta, 'toApp.syncPassword', 'okta', async () => {
      const users = await provisionedUsers(world);
      world.begin();
      for (const { id } of users) world.okta.users.setPassword(id, 'correct horse battery staple');
    }),
  S9: async (world) => {
    const groups = await unpushedGroups(world);
    world.begin();
    for (const { id } of groups) world.okta.push.group(id);
  },
  S10: async (world) => {
    const groups = await pushedGroups(world);
    const newcomers = await provisionedUsers(world);
    world.begin();
    for (const [at, group] of groups.entries()) {
      const joining = newcomers[at];
      if (joining) world.okta.groups.addMembers(group.id, [joining.id]);
      world.okta.groups.removeMembers(group.id, group.members.slice(0, 1));
    }
  },
  S11: async (world) => {
    const groups = await pushedGroups(world);
    world.begin();
    for (const { id, name } of groups) world.okta.groups.rename(id, `${name} (renamed)`);
  },
  S12: async (world) => {
    const { okta } = world;
    const groups = await pushedGroups(world);
    for (const { id } of groups) await emptyGroup(okta, okta.engine.state.app.mappings[id]?.externalId ?? '');
    world.begin();
    for (const { id } of groups) okta.push.now(id);
  },
  S13: async (world) => {
    const groups = await pushedGroups(world);
    world.begin();
    for (const { id } of groups) world.okta.push.unlink(id, true);
  },
  S14: importScenario,
  S15: async ({ okta, begin }) => {
    begin();
    await patiently(okta, () => okta.app.discoverEntitlements());
  },
  S16: throttledScenario,
  S17: async (world) => {
    const { okta } = world;
    const users = await provisionedUsers(world);
    world.begin();
    for (const { id } of users) okta.users.suspend(id, true);
    await okta.settle();
    for (const { id } of users) okta.users.suspend(id, false);
    await okta.settle();
    for (const { id } of users) okta.users.deactivate(id);
    await okta.settle();
    world.begin();
    for (const { id } of users) okta.users.delete(id);
  },
  S18: async (world) => {
    const users = await provisionedUsers(world);
    world.begin();
    await withSwitch(world.okta, 'unknowns.granularDeprovisioning', 'delete', () => {
      for (const { id } of users) world.okta.app.unassign(id);
    });
  },
};

/** An import of accounts of three kinds: one that matches, one that matches nobody, one that is inactive. */
async function importScenario(world: World): Promise<void> {
  const { okta, newProfile, count } = world;
  for (let at = 0; at < count; at += 1) {
    const known = newProfile();
    okta.users.add(known);
    await createAccount(okta, known, true);
    await createAccount(okta, newProfile(), true);
    await createAccount(okta, newProfile(), false);
  }
  world.begin();
  okta.app.importNow();
}

/** The gate refuses twice; then the assignment goes through as if nothing had been. */
async function throttledScenario(world: World): Promise<void> {
  const { okta } = world;
  const { baseUrl } = okta.engine.state.app.options;
  const gate = await openThrottlingGate(baseUrl, { refusals: 2, retryAfter: '1' });
  try {
    await withSwitch(okta, 'baseUrl', gate.baseUrl, () => {
      world.begin();
      assignNewUsers({ ...world, count: 1 });
    });
  } finally {
    await gate.close();
  }
}

async function existingAccounts(world: World, active: boolean): Promise<void> {
  const profiles = Array.from({ length: world.count }, world.newProfile);
  for (const profile of profiles) await createAccount(world.okta, profile, active);
  world.begin();
  for (const profile of profiles) world.okta.app.assign(world.okta.users.add(profile).id);
}

function assignNewUsers({ okta, newProfile, count }: World): OktaUser[] {
  return Array.from({ length: count }, () => {
    const user = okta.users.add(newProfile(), 'initial password');
    okta.app.assign(user.id);
    return user;
  });
}

async function provisionedUsers(world: World): Promise<OktaUser[]> {
  const users = assignNewUsers(world);
  await world.okta.settle();
  return users;
}

/** Groups of two provisioned people, and one without the app, who is left out of every push. */
async function unpushedGroups(world: World): Promise<OktaGroup[]> {
  const { okta, newProfile } = world;
  const users = await provisionedUsers({ ...world, count: world.count * 2 });
  return Array.from({ length: world.count }, (_, at) => {
    const members = users.slice(at * 2, at * 2 + 2).map(({ id }) => id);
    const outside = okta.users.add(newProfile());
    okta.engine.state.lastId += 1;
    return okta.groups.add(`Team ${okta.engine.state.lastId} of ${okta.engine.state.seed}`, [...members, outside.id]);
  });
}

async function pushedGroups(world: World): Promise<OktaGroup[]> {
  const groups = await unpushedGroups(world);
  for (const { id } of groups) world.okta.push.group(id);
  await world.okta.settle();
  return groups.map(({ id }) => world.okta.engine.state.groups[id]!);
}

/** What an admin starts by hand is started again when its answer was lost on purpose. */
async function patiently(okta: Okta, act: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await act();
    } catch (error) {
      if (!okta.misbehaves || attempt === 20) throw error;
    }
  }
}
