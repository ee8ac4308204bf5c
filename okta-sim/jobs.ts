import { type Engine, enqueue, fullName, groupSubject, log, options, subjectId } from './engine.ts';
import { ProvisioningFailure, SimulatedRestart } from './failure.ts';
import { importAccounts } from './import-accounts.ts';
import { deactivateUser, deleteUser, provisionUser, pushPassword, updateUser } from './provision-user.ts';
import { deletePushedGroup, pushGroup } from './push-group.ts';
import type { Job } from './state.ts';

/** Okta tries a group push that failed in a transient way again after this long (okta-wire.md §11.7). */
const groupRetryMs = 5 * 60_000;

const dayMs = 24 * 60 * 60_000;

/** What a caller may learn while jobs run. `remaining` counts jobs that wait or run. */
export type RunHooks = { finished: (remaining: number) => void };

/**
 * Runs what waits, until nothing is left that may run now: subjects beside one another up to the app's
 * concurrency, the jobs of one subject in order (§16). Resolves to false when memory was lost on the way.
 */
export async function runJobs(engine: Engine, hooks: RunHooks): Promise<boolean> {
  const busy = new Set<string>();
  let waiting: (() => void)[] = [];
  let lost = false;
  const wakeAll = (): void => {
    const sleepers = waiting;
    waiting = [];
    for (const wake of sleepers) wake();
  };

  async function work(): Promise<void> {
    while (!lost) {
      const job = nextJob(engine, busy);
      if (job) {
        busy.add(job.subject);
        engine.running.add(job.id);
        lost = (await runJob(engine, job)) === 'lost' || lost;
        engine.running.delete(job.id);
        busy.delete(job.subject);
        if (!lost) hooks.finished(engine.state.jobs.length);
        wakeAll();
      } else if (busy.size > 0) {
        await new Promise<void>((wake) => waiting.push(wake));
      } else if (!(await waitForDueJob(engine))) {
        return;
      }
    }
  }

  await Promise.all(Array.from({ length: options(engine).concurrency }, work));
  return !lost;
}

/** An admin retries every failed task, and pushes every group mapping that is in error (§9). */
export function retryTasks(engine: Engine): number {
  const { state } = engine;
  const tasks = state.tasks.splice(0);
  for (const { job } of tasks) {
    const { id: _, attempt: __, dueAt: ___, kind, subject, ...rest } = job;
    enqueue(engine, kind, subject, rest);
  }
  const broken = Object.values(state.app.mappings).filter(({ status }) => status === 'ERROR');
  for (const { groupId } of broken) enqueue(engine, 'push', groupSubject(groupId), { full: true });
  return tasks.length + broken.length;
}

function nextJob(engine: Engine, busy: Set<string>): Job | undefined {
  const now = engine.clock.now().getTime();
  const passed = new Set<string>();
  for (const job of engine.state.jobs) {
    const free = !busy.has(job.subject) && !passed.has(job.subject);
    if (free && (job.dueAt ?? 0) <= now) return job;
    // A job that waits for its time holds back the later ones of its subject, except a deletion days ahead.
    if (job.kind !== 'deleteUser') passed.add(job.subject);
  }
  return undefined;
}

/** Waits for the next job that has a time. Real time does not wait for days: such jobs stay for a later run. */
async function waitForDueJob(engine: Engine): Promise<boolean> {
  const times = engine.state.jobs.map(({ dueAt }) => dueAt ?? 0);
  if (times.length === 0) return false;
  const waitMs = Math.min(...times) - engine.clock.now().getTime();
  if (!engine.clock.virtual && waitMs > groupRetryMs) return false;
  if (waitMs > 0) await engine.clock.wait(waitMs);
  return true;
}

async function runJob(engine: Engine, job: Job): Promise<'done' | 'failed' | 'lost'> {
  try {
    await perform(engine, job);
    remove(engine, job);
    followUp(engine, job);
    return 'done';
  } catch (error) {
    if (error instanceof SimulatedRestart) return 'lost';
    if (!(error instanceof ProvisioningFailure)) throw error;
    remove(engine, job);
    fail(engine, job, error);
    return 'failed';
  }
}

async function perform(engine: Engine, job: Job): Promise<void> {
  const id = subjectId(job.subject);
  const mapping = engine.state.app.mappings[id];
  switch (job.kind) {
    case 'provision':
      return provisionUser(engine, id);
    case 'update':
      return updateUser(engine, id);
    case 'deactivate':
      return deactivateUser(engine, id);
    case 'password':
      return pushPassword(engine, id);
    case 'deleteUser':
      return deleteUser(engine, id);
    case 'push':
      if (mapping && mapping.status !== 'INACTIVE') mapping.status = 'PUSHING';
      return pushGroup(engine, id, job.full ?? false);
    case 'deleteGroup':
      return deletePushedGroup(engine, id, job.externalId ?? '');
    case 'import':
      await importAccounts(engine);
  }
}

/** What one job causes: memberships after provisioning, and the deletion that follows a deactivation. */
function followUp(engine: Engine, job: Job): void {
  const id = subjectId(job.subject);
  if (job.kind === 'provision' || job.kind === 'deactivate') enqueueMembershipPushes(engine, id);
  const { granularDeprovisioning, deleteAfterDays } = options(engine).unknowns;
  if (job.kind !== 'deactivate' || granularDeprovisioning !== 'delete') return;
  log(engine, 'application.provision.user.delete.schedule', targetName(engine, job));
  enqueue(engine, 'deleteUser', job.subject, { dueAt: engine.clock.now().getTime() + deleteAfterDays * dayMs });
}

/** Queues the push of every active mapping whose group has the user. */
export function enqueueMembershipPushes(engine: Engine, userId: string): void {
  for (const mapping of Object.values(engine.state.app.mappings)) {
    if (mapping.status === 'INACTIVE' || mapping.status === 'ERROR') continue;
    if (!engine.state.groups[mapping.groupId]?.members.includes(userId) && !(userId in mapping.pushedMembers)) continue;
    enqueue(engine, 'push', groupSubject(mapping.groupId));
  }
}

function fail(engine: Engine, job: Job, failure: ProvisioningFailure): void {
  const { state } = engine;
  const id = subjectId(job.subject);
  const message = messageOf(engine, job, failure);
  const mapping = job.kind === 'push' ? state.app.mappings[id] : undefined;
  const group = job.kind === 'push' || job.kind === 'deleteGroup';
  const attempt = (job.attempt ?? 0) + 1;
  const target = targetName(engine, job);
  if (group && failure.transient && attempt <= options(engine).groupPush.retriesMax) {
    log(engine, 'application.provision.group_push.mapping.update.or.delete.failed', target, message);
    const { id: _, ...again } = job;
    const dueAt = engine.clock.now().getTime() + groupRetryMs;
    enqueue(engine, job.kind, job.subject, { ...again, attempt, dueAt, ...(job.kind === 'push' && { full: true }) });
    return;
  }
  if (mapping) {
    mapping.status = 'ERROR';
    mapping.error = message;
    log(engine, 'application.provision.group_push.mapping.update.or.delete.failed.with.error', target, message);
    return;
  }
  const appUser = state.app.users[id];
  if (appUser && job.kind !== 'deactivate') appUser.status = 'ERROR';
  state.tasks.push({ job, message, at: engine.clock.now().toISOString() });
  log(engine, failureEvents[job.kind] ?? 'application.provision.user.sync', target, message);
  if (job.kind === 'provision') log(engine, 'application.provision.user.sync', target, message);
}

const failureEvents: Partial<Record<Job['kind'], string>> = {
  provision: 'application.provision.user.push',
  update: 'application.provision.user.push_profile',
  deactivate: 'application.provision.user.deactivate',
  password: 'application.provision.user.push_password',
  deleteUser: 'application.provision.user.delete',
  import: 'application.provision.user.import_profile',
};

/** The name that an admin knows: the application username, the name of the group, or what kind of work it was. */
function targetName({ state }: Engine, { subject }: Job): string {
  const id = subjectId(subject);
  return state.app.users[id]?.userName ?? state.groups[id]?.name ?? subject;
}

/** The text under Tasks or on the Push Groups tab (okta-wire.md §20). */
function messageOf(engine: Engine, job: Job, { message: reason }: ProvisioningFailure): string {
  const id = subjectId(job.subject);
  const { label } = options(engine);
  const user = engine.state.users[id];
  const shown = user ? fullName(user) : id;
  const userName = engine.state.app.users[id]?.userName ?? id;
  const group = engine.state.groups[id]?.name ?? id;
  const created = engine.state.app.mappings[id]?.externalId !== undefined;
  switch (job.kind) {
    case 'provision':
      return `Automatic provisioning of user ${userName} to app ${label} failed: Error while creating user ${shown}: ${reason}`;
    case 'update':
      return `Automatic profile push of user ${shown} to app ${label} failed: Error while trying to push profile update for ${userName}: ${reason}`;
    case 'password':
      return `Automatic password push of user ${shown} to app ${label} failed: ${reason}`;
    case 'deactivate':
    case 'deleteUser':
      return `Automatic deprovisioning of user ${userName} from app ${label} failed: ${reason}`;
    case 'push':
      return created
        ? `Unable to update Group Push mapping target App group ${group}: Error while updating user group membership for group ${group}: ${reason}`
        : `Unable to create Group Push mapping target App group ${group}: Error while creating user group ${group}: ${reason}`;
    case 'deleteGroup':
      return `Unable to delete Group Push mapping target App group ${group}: Error while deleting user group ${group}: ${reason}`;
    case 'import':
      return `Import from app ${label} failed: ${reason}`;
  }
}

function remove(engine: Engine, job: Job): void {
  const at = engine.state.jobs.findIndex(({ id }) => id === job.id);
  if (at !== -1) engine.state.jobs.splice(at, 1);
}
