import type { Clock } from './clock.ts';
import { type ExpressionScope, evaluate } from './expression.ts';
import type { AppOptions } from './options.ts';
import type { ScimClient } from './scim-client.ts';
import {
  type AppUser,
  type Job,
  type JobKind,
  type LogEntry,
  logEntriesMax,
  type OktaState,
  type OktaUser,
} from './state.ts';

/** What every part of the provisioning engine works with. The state is replaced as a whole after a restart. */
export type Engine = {
  state: OktaState;
  client: ScimClient;
  clock: Clock;
  /** Ids of the jobs under way: memory, not state. */
  running: Set<number>;
};

/** Milliseconds between an answer and the request that depends on it, as captured (okta-wire.md §18). */
export const thinkMs = {
  createAfterLookup: 250,
  updateAfterLoad: 215,
  activateAfterLoad: 200,
  deactivateAfterLoad: 195,
  createGroupAfterLookup: 285,
  loadGroupAfterCreate: 255,
  updateGroupAfterLoad: 200,
};

export function options(engine: Engine): AppOptions {
  return engine.state.app.options;
}

/** Appends to the system log. `eventType` is one of Okta's (okta-wire.md §20). */
export function log(engine: Engine, eventType: string, target: string, reason?: string): void {
  const outcome: LogEntry['outcome'] = reason === undefined ? { result: 'SUCCESS' } : { result: 'FAILURE', reason };
  const entries = engine.state.log;
  entries.push({ published: engine.clock.now().toISOString(), eventType, outcome, target });
  if (entries.length > logEntriesMax) entries.splice(0, entries.length - logEntriesMax);
}

/** Adds a job unless the same one waits already, or the app does no provisioning. */
export function enqueue(engine: Engine, kind: JobKind, subject: string, extra: Partial<Job> = {}): void {
  const { state } = engine;
  if (!options(engine).provisioning) return;
  const waiting = state.jobs.find(
    (job) =>
      job.kind === kind &&
      job.subject === subject &&
      job.externalId === extra.externalId &&
      !engine.running.has(job.id),
  );
  if (waiting) {
    if (extra.full) waiting.full = true;
    return;
  }
  state.lastJob += 1;
  state.jobs.push({ id: state.lastJob, kind, subject, ...extra });
}

export function userSubject(userId: string): string {
  return `user:${userId}`;
}

export function groupSubject(groupId: string): string {
  return `group:${groupId}`;
}

/** The Okta id in a subject. */
export function subjectId(subject: string): string {
  return subject.slice(subject.indexOf(':') + 1);
}

/** The Okta user; throws when there is none. */
export function loadUser(engine: Engine, userId: string): OktaUser {
  const user = engine.state.users[userId];
  if (!user) throw new Error(`there is no Okta user ${userId}`);
  return user;
}

/** The app's record of a user; throws when the user never had the app. */
export function loadAppUser(engine: Engine, userId: string): AppUser {
  const appUser = engine.state.app.users[userId];
  if (!appUser) throw new Error(`the user ${userId} was never assigned to the app`);
  return appUser;
}

/** What expressions see of a user. */
export function expressionScope(engine: Engine, user: OktaUser): ExpressionScope {
  return {
    user: user.profile,
    // Looked up only by the few expressions that ask for groups.
    get groupNames() {
      const groups = Object.values(engine.state.groups).filter((group) => group.members.includes(user.id));
      return groups.map((group) => group.name);
    },
  };
}

/** The application username by the format of the Sign On tab. */
export function applicationUsername(engine: Engine, user: OktaUser): string {
  const { usernameFormat } = options(engine);
  const { login, email } = user.profile;
  if (usernameFormat === 'okta-username') return login;
  if (usernameFormat === 'email') return email;
  if (usernameFormat === 'email-prefix') return email.split('@')[0] ?? email;
  if (usernameFormat === 'okta-username-prefix') return login.split('@')[0] ?? login;
  return String(evaluate(usernameFormat.slice('custom:'.length), expressionScope(engine, user)) ?? '');
}

/** First and last name, as Okta shows a user. */
export function fullName(user: OktaUser): string {
  return `${user.profile.firstName} ${user.profile.lastName}`;
}
