import { existsSync, renameSync } from 'node:fs';
import { readJsonFile, writeText } from './files.ts';
import type { AppOptions } from './options.ts';
import { letters } from './random.ts';

/** Attributes of an Okta user. `login`, `email`, `firstName` and `lastName` are mandatory in Okta. */
export type UserProfile = { login: string; email: string; firstName: string; lastName: string } & Record<
  string,
  unknown
>;

export type OktaUser = {
  id: string;
  status: 'ACTIVE' | 'SUSPENDED' | 'DEPROVISIONED';
  profile: UserProfile;
  password?: string;
  created: string;
};

/** `members` are ids of Okta users; those that a group rule put in are in `byRule` too. */
export type OktaGroup = { id: string; name: string; members: string[]; byRule: string[] };

export type GroupRule = { id: string; name: string; expression: string; groupIds: string[] };

/** A pushed mapping value, kept to know what Okta believes the app holds. */
export type PushedValue = { externalName: string; externalNamespace: string; value: unknown };

/**
 * What Okta remembers about one user of the app. `assigned` is the assignment, `status` what came of it.
 * `pushed` are the values of the last successful write; `cleared` those that it took away.
 */
export type AppUser = {
  userId: string;
  assigned: boolean;
  direct: boolean;
  groupIds: string[];
  userName: string;
  pushedUserName?: string;
  externalId?: string;
  active: boolean;
  status: 'STAGED' | 'PROVISIONED' | 'ERROR' | 'DEPROVISIONED';
  pushed: PushedValue[];
  cleared: PushedValue[];
  appProfile?: Record<string, unknown>;
  /** Roles and entitlements that the app got last. */
  pushedGrants?: Grants;
} & Grants;

export type Grants = {
  roles: { value: string; display: string }[];
  entitlements: { value: string; display: string; type: string }[];
};

/** A row of the Push Groups tab. `pushedMembers` maps ids of Okta users to ids in the app. */
export type PushMapping = {
  groupId: string;
  status: 'ACTIVE' | 'INACTIVE' | 'ERROR' | 'PUSHING';
  origin: 'created' | 'linked';
  externalId?: string;
  pushedName?: string;
  pushedMembers: Record<string, string>;
  /** Linked and never pushed in full: the app's group may hold members that Okta never sent. */
  additive: boolean;
  immediately: boolean;
  error?: string;
};

export type PushRule = { id: string; match: 'startsWith' | 'endsWith' | 'contains'; text: string };

export type ImportedUser = {
  externalId: string;
  userName: string;
  email: string;
  givenName: string;
  familyName: string;
  active: boolean;
  result: 'matched' | 'unmatched' | 'ignored' | 'created' | 'linked' | 'skipped-inactive' | 'rejected';
  userId?: string;
};

export type ImportedGroup = { externalId: string; displayName: string; members: string[] };

export type JobKind =
  | 'provision'
  | 'update'
  | 'deactivate'
  | 'password'
  | 'deleteUser'
  | 'push'
  | 'deleteGroup'
  | 'import';

/** Work that Okta has accepted and not finished. Jobs of one subject run one after the other. */
export type Job = {
  id: number;
  kind: JobKind;
  subject: string;
  /** Push everything, whatever was pushed before. */
  full?: boolean;
  attempt?: number;
  dueAt?: number;
  /** For deleteGroup: the group in the app, since its mapping is gone. */
  externalId?: string;
};

/** A failed job under Tasks, which an admin may retry. */
export type Task = { job: Job; message: string; at: string };

export type LogEntry = {
  published: string;
  eventType: string;
  outcome: { result: 'SUCCESS' | 'FAILURE'; reason?: string };
  target: string;
};

/** Okta's whole memory: one JSON document. It holds no credentials of the SCIM server. */
export type OktaState = {
  version: 1;
  seed: string;
  /** Numbers of directory objects and of jobs are counted apart: ids must not depend on how work interleaved. */
  lastId: number;
  lastJob: number;
  users: Record<string, OktaUser>;
  groups: Record<string, OktaGroup>;
  groupRules: GroupRule[];
  app: {
    id: string;
    options: AppOptions;
    users: Record<string, AppUser>;
    assignedGroups: string[];
    mappings: Record<string, PushMapping>;
    pushRules: PushRule[];
    importedUsers: ImportedUser[];
    importedGroups: ImportedGroup[];
    /** Accounts of the app that are no business of Okta's: there before, or their Okta user was deleted. */
    otherAccounts: string[];
    /** The same for groups: there before, or unlinked and left. */
    otherGroups: string[];
    entitlementTypes: { name: string; endpoint: string; values: string[] }[];
  };
  jobs: Job[];
  tasks: Task[];
  log: LogEntry[];
};

/** Oldest entries go first; enough for a whole company's first day. */
export const logEntriesMax = 20_000;

/** An Okta organization with one app and nobody in it. */
export function emptyState(seed: string, options: AppOptions): OktaState {
  return {
    version: 1,
    seed,
    lastId: 0,
    lastJob: 0,
    users: {},
    groups: {},
    groupRules: [],
    app: {
      id: `0oa${letters(17, seed, 'app')}`,
      options,
      users: {},
      assignedGroups: [],
      mappings: {},
      pushRules: [],
      importedUsers: [],
      importedGroups: [],
      otherAccounts: [],
      otherGroups: [],
      entitlementTypes: [],
    },
    jobs: [],
    tasks: [],
    log: [],
  };
}

/** An id in Okta's form: a prefix of three characters that names the kind, and 17 more. */
export function newId(state: OktaState, prefix: '00u' | '00g' | '0pr' | '0gr'): string {
  state.lastId += 1;
  return `${prefix}${letters(17, state.seed, prefix, state.lastId)}`;
}

/** Reads a state file; undefined when there is none. Throws when the file holds something else. */
export function readState(path: string): OktaState | undefined {
  if (!existsSync(path)) return undefined;
  const state = readJsonFile('the state file', path) as OktaState | null;
  if (state?.version !== 1) throw new Error(`the state file ${path} is none of okta-sim`);
  return state;
}

/** Writes the text beside the file and renames it, so that a crash leaves the old memory or the new one. */
export function writeState(path: string, text: string): void {
  writeText('the state file', `${path}.new`, text);
  renameSync(`${path}.new`, path);
}
