import { discoverEntitlements, testCredentials } from './app-set-up.ts';
import { assignGroup, assignSilently, assignUser, grant, unassignGroup, unassignUser } from './assignments.ts';
import { realClock, virtualClock } from './clock.ts';
import { defaultMapping } from './default-mapping.ts';
import {
  activateOktaUser,
  addGroup,
  addGroupRule,
  addMembers,
  addUser,
  changeProfile,
  deactivateOktaUser,
  deleteGroup,
  deleteOktaUser,
  findGroupByName,
  findUserByLogin,
  removeMembers,
  renameGroup,
  replaceProfile,
  setPassword,
  suspendOktaUser,
} from './directory.ts';
import { type Engine, enqueue, log, options, userSubject } from './engine.ts';
import { confirmImport, ignoreImport } from './import-accounts.ts';
import { retryTasks, runJobs } from './jobs.ts';
import { goodBehavior, type Misbehavior, misbehaves } from './misbehavior.ts';
import { type AppSettings, type Auth, appOptions } from './options.ts';
import {
  activateMapping,
  linkGroup,
  pushGroupByName,
  pushGroupsByRule,
  pushNow,
  unlinkGroup,
} from './push-mappings.ts';
import { createScimClient, type RecordedExchange } from './scim-client.ts';
import { emptyState, type OktaState, type PushMapping, readState, type Task, writeState } from './state.ts';

export type OktaSettings = {
  /** The app: see AppOptions. With a state file, what is given here wins over what the file remembers. */
  app: AppSettings;
  auth: Auth;
  /** Decides every id and every fault. A state file that is there has its own, and no other is accepted. */
  seed?: string;
  delays?: 'real' | 'none';
  misbehavior?: Partial<Misbehavior>;
  /** Okta's memory on disk; read at the start when it is there, written as work goes on. */
  stateFile?: string;
  /** Keep every request and answer, for transcripts and for checking sequences. Default true. */
  record?: boolean;
  /** Called after each finished job, with the number that is left. */
  onProgress?: (remaining: number) => void;
  /** Where virtual time starts. */
  startAt?: Date;
};

/** What is left to an admin when the queue is empty. */
export type Settled = { tasks: Task[]; mappingsInError: PushMapping[]; retries: number; restarts: number };

export type Okta = ReturnType<typeof createOkta>;

/** Rounds in which an admin retries what failed, in a run that fails on purpose. */
const retryRoundsMax = 25;

/** Fewest jobs between two writes of the memory. A restart forgets what was done since the last. */
const jobsPerSaveMin = 25;

/** Writes of the memory during one run at most: each writes all of it. */
const savesPerRunMax = 40;

/**
 * An Okta organization with one SCIM app. Changes to users, groups and assignments queue jobs, as in Okta;
 * `settle` sends them. Whoever makes one closes it.
 */
export function createOkta(settings: OktaSettings) {
  const { stateFile, onProgress } = settings;
  const misbehavior = { ...goodBehavior, ...settings.misbehavior };
  const clock = settings.delays === 'real' ? realClock() : virtualClock(settings.startAt ?? new Date());
  const exchanges: RecordedExchange[] = [];
  const engine: Engine = { state: openState(settings), clock, running: new Set(), client: undefined as never };
  engine.client = createScimClient({
    options: () => options(engine),
    auth: settings.auth,
    clock,
    seed: engine.state.seed,
    misbehavior,
    record: (exchange) => {
      // Looking at the app afterwards is no part of the story.
      if (settings.record !== false && exchange.subject !== 'compare') exchanges.push(exchange);
    },
    rateLimited: (seconds) =>
      log(engine, 'application.integration.rate_limit_exceeded', options(engine).label, `pause of ${seconds} s`),
  });

  const remembers = stateFile !== undefined || misbehavior.restartAfterRequests > 0;
  let memory = '';
  const save = (): void => {
    if (!remembers) return;
    memory = JSON.stringify(engine.state);
    if (stateFile !== undefined) writeState(stateFile, memory);
  };

  /** Sends what is queued. Starts over from the saved memory when it was lost. */
  async function run(): Promise<number> {
    let finished = 0;
    const jobsPerSave = Math.max(jobsPerSaveMin, Math.ceil(engine.state.jobs.length / savesPerRunMax));
    const hooks = {
      finished: (remaining: number): void => {
        finished += 1;
        if (finished % jobsPerSave === 0) save();
        onProgress?.(remaining);
      },
    };
    save();
    let restarts = 0;
    while (!(await runJobs(engine, hooks))) {
      restarts += 1;
      engine.state = JSON.parse(memory) as OktaState;
      engine.running.clear();
      engine.client.resume();
    }
    save();
    return restarts;
  }

  /** Sends what is queued, and in a run that misbehaves retries what failed until it worked. */
  async function settle(): Promise<Settled> {
    let restarts = await run();
    let retries = 0;
    while (misbehaves(misbehavior) && retries < retryRoundsMax && retryTasks(engine) > 0) {
      retries += 1;
      restarts += await run();
    }
    const mappings = Object.values(engine.state.app.mappings);
    const mappingsInError = mappings.filter(({ status }) => status === 'ERROR');
    return { tasks: engine.state.tasks, mappingsInError, retries, restarts };
  }

  return {
    engine,
    exchanges,
    misbehaves: misbehaves(misbehavior),
    users: {
      add: bind(engine, addUser),
      find: bind(engine, findUserByLogin),
      change: bind(engine, changeProfile),
      replaceProfile: bind(engine, replaceProfile),
      deactivate: bind(engine, deactivateOktaUser),
      activate: bind(engine, activateOktaUser),
      suspend: bind(engine, suspendOktaUser),
      delete: bind(engine, deleteOktaUser),
      setPassword: bind(engine, setPassword),
    },
    groups: {
      add: bind(engine, addGroup),
      find: bind(engine, findGroupByName),
      rename: bind(engine, renameGroup),
      addMembers: bind(engine, addMembers),
      removeMembers: bind(engine, removeMembers),
      delete: bind(engine, deleteGroup),
      addRule: bind(engine, addGroupRule),
    },
    app: {
      testCredentials: () => testCredentials(engine),
      discoverEntitlements: () => discoverEntitlements(engine),
      assign: bind(engine, assignUser),
      assignSilently: bind(engine, assignSilently),
      assignGroup: bind(engine, assignGroup),
      grant: bind(engine, grant),
      unassign: bind(engine, unassignUser),
      unassignGroup: bind(engine, unassignGroup),
      /** *Provision User* for assignments older than provisioning (okta-wire.md §9). */
      provisionStaged: () => provisionStaged(engine),
      /** *Force Sync*: the profile of every provisioned user; nothing for the others (§9). */
      forceSync: () => forceSync(engine),
      importNow: () => enqueue(engine, 'import', 'import'),
      confirmImport: bind(engine, confirmImport),
      ignoreImport: bind(engine, ignoreImport),
    },
    push: {
      group: bind(engine, pushGroupByName),
      byRule: bind(engine, pushGroupsByRule),
      link: bind(engine, linkGroup),
      now: bind(engine, pushNow),
      activate: bind(engine, activateMapping),
      unlink: bind(engine, unlinkGroup),
    },
    retryTasks: () => retryTasks(engine),
    run,
    settle,
    save,
    close: () => engine.client.close(),
  };
}

function bind<A extends unknown[], R>(engine: Engine, act: (engine: Engine, ...args: A) => R): (...args: A) => R {
  return (...args) => act(engine, ...args);
}

function openState({ app, seed, stateFile }: OktaSettings): OktaState {
  const known = stateFile === undefined ? undefined : readState(stateFile);
  if (!known) return emptyState(seed ?? '1', appOptions(app, defaultMapping));
  if (seed !== undefined && seed !== known.seed)
    throw new Error(
      `the state file ${stateFile} was made with the seed ${known.seed}, not ${seed}: leave the seed out, or name another state file`,
    );
  const { options: before } = known.app;
  known.app.options = appOptions(
    {
      ...before,
      ...app,
      supportedActions: { ...before.supportedActions, ...app.supportedActions },
      toApp: { ...before.toApp, ...app.toApp },
      groupPush: { ...before.groupPush, ...app.groupPush },
      import: { ...before.import, ...app.import },
      unknowns: { ...before.unknowns, ...app.unknowns },
    },
    before.mapping,
  );
  return known;
}

function provisionStaged(engine: Engine): void {
  for (const { userId, assigned, status } of Object.values(engine.state.app.users)) {
    if (assigned && status === 'STAGED') enqueue(engine, 'provision', userSubject(userId));
  }
}

function forceSync(engine: Engine): void {
  for (const { userId, assigned, externalId } of Object.values(engine.state.app.users)) {
    if (assigned && externalId !== undefined) enqueue(engine, 'update', userSubject(userId));
  }
}
