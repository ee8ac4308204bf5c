import type { MappedAttribute } from './attribute-mapping.ts';

/** The two wire profiles of Okta: a custom app of the App Integration Wizard (PUT), a catalog app (PATCH). */
export type Profile = 'aiw' | 'oin';

/**
 * How the Authorization header is made. `bearer`: the prefix is added to the token; `header`: the token
 * verbatim; `basic`: user name and password; `oauth`: an access token as bearer, renewed with the refresh
 * token when the server answers 401.
 */
export type Auth =
  | { mode: 'bearer'; token: string }
  | { mode: 'header'; token: string }
  | { mode: 'basic'; username: string; password: string }
  | {
      mode: 'oauth';
      accessToken: string;
      refresh?: { tokenUrl: string; clientId: string; clientSecret: string; refreshToken: string };
    };

/** Everything an admin sets on the app, and a switch for everything that is not known about Okta. No secrets. */
export type AppOptions = {
  label: string;
  profile: Profile;
  /** SCIM base URL without a trailing slash; `/Users` and `/Groups` are appended. */
  baseUrl: string;
  /** Enable SCIM provisioning on the General tab. Without it the app has no Provisioning tab and sends nothing. */
  provisioning: boolean;
  /** AIW field for the attribute that identifies a user; the left side of the lookup filter, verbatim. */
  uniqueIdentifier: string;
  supportedActions: {
    importUsers: boolean;
    pushNewUsers: boolean;
    pushProfileUpdates: boolean;
    pushGroups: boolean;
    importGroups: boolean;
  };
  toApp: {
    createUsers: boolean;
    updateAttributes: boolean;
    deactivateUsers: boolean;
    syncPassword: 'off' | 'okta' | 'random';
  };
  /** Application username format of the Sign On tab: a named format, or an expression after `custom:`. */
  usernameFormat: 'okta-username' | 'email' | 'email-prefix' | 'okta-username-prefix' | `custom:${string}`;
  /** Update application username on. */
  usernameUpdate: 'create-only' | 'create-and-update';
  mapping: MappedAttribute[];
  groupPush: {
    /** Rename app groups to match the group name in Okta. */
    renameAppGroups: boolean;
    /** Most members in one PATCH. */
    batchSize: number;
    /** Shape of the membership operation that replaces the list. */
    patchStyle: 'path' | 'pathless' | 'pathless-with-name';
    /** How the members of a group just created are sent by a catalog app. */
    firstMembers: 'replace' | 'add';
    /** Name operation and membership operations in two PATCH requests, or in one. */
    requests: 'two' | 'one';
    /** Attempts at a push that fails in a transient way, five minutes apart, before the mapping is in error. */
    retriesMax: number;
  };
  /** Entitlement management: discovery, roles and entitlements on users. */
  entitlements: boolean;
  import: {
    /** What a matched account needs to be linked: confirmed by itself, or by an admin. */
    confirmMatches: 'automatic' | 'manual';
    /** What happens with an account that no Okta user matches. */
    unmatched: 'ignore' | 'create' | 'pending';
    /** The app is a profile source: an inactive account deactivates the Okta user. */
    profileSource: boolean;
    /** Largest share of app users that one import may unassign, in percent. */
    safeguardPercent: number;
    /** Next startIndex after a page shorter than asked. */
    shortPage: 'by-count' | 'by-received' | 'stop';
  };
  unknowns: {
    /** Catalog app: profile updates as PATCH of what changed, instead of GET and PUT. */
    patchUsers: boolean;
    /** Catalog app: a GET before the PATCH that deactivates. */
    getBeforeDeactivate: boolean;
    /** How a mapped value that became empty is written. */
    clearedValue: 'omit' | 'empty' | 'null' | 'keep';
    /** What to do when the lookup finds several accounts. */
    multipleMatches: 'first' | 'error';
    /** A later Retry-After replaces the doubled wait. */
    retryAfterResets: boolean;
    /** On unassignment, memberships are removed before the account is deactivated. */
    membershipsFirst: boolean;
    /** Members of pushed groups are removed from them when they lose the app. */
    unassignedLeaveGroups: boolean;
    /** An answer to PUT without a body is an error. */
    emptyPutIsError: boolean;
    /** Spaces in the query as %20, or as + (older versions). */
    queryEncoding: 'percent' | 'plus';
    granularDeprovisioning: 'off' | 'removeEntitlements' | 'delete';
    /** Days between deactivation and DELETE under granular deprovisioning. */
    deleteAfterDays: number;
  };
  /** Users and groups in flight at the same time. */
  concurrency: number;
  /** Waits for the whole answer, as Okta does. */
  timeoutMs: number;
};

type DeepPartial<T> = {
  [K in keyof T]?: T[K] extends readonly unknown[] ? T[K] : T[K] extends object ? DeepPartial<T[K]> : T[K];
};

/** Options as a caller gives them: what is left out has Okta's default. */
export type AppSettings = DeepPartial<AppOptions>;

/**
 * Bounds of the numbers among the options, both included, by their names in `--app`. A batch of nothing never ends, a
 * concurrency of nothing sends nothing, and a timer of Node fires at once beyond 2,147,483,647 ms.
 */
export const numberBounds = {
  concurrency: { least: 1, most: 1000 },
  timeoutMs: { least: 1, most: 2_147_483_647 },
  'groupPush.batchSize': { least: 1, most: 1_000_000 },
  'groupPush.retriesMax': { least: 0, most: 1000 },
  'import.safeguardPercent': { least: 0, most: 100 },
  'unknowns.deleteAfterDays': { least: 0, most: 36_500 },
} satisfies Record<string, NumberBounds>;

/** Least and most, both included. */
export type NumberBounds = { least: number; most: number };

/**
 * Okta's defaults for a new app, with `mapping` given since a caller may start from another one. Throws a sentence
 * when a number is not within its bounds, so that no caller and no state file brings in what would never end.
 */
export function appOptions(settings: AppSettings, mapping: MappedAttribute[]): AppOptions {
  const options = withDefaults(settings, mapping);
  for (const [name, bounds] of Object.entries(numberBounds)) requireWithin(name, optionAt(options, name), bounds);
  return options;
}

/** The value of an option by its name in `--app`, such as `groupPush.batchSize`. */
export function optionAt(options: AppOptions, name: string): unknown {
  return name.split('.').reduce<unknown>((place, part) => (place as Record<string, unknown>)[part], options);
}

/** Sets an option by its name in `--app`; a group of options that is not there yet is made. */
export function setOption(settings: AppSettings, name: string, value: unknown): void {
  const [first = '', second] = name.split('.');
  const target = settings as Record<string, unknown>;
  target[first] = second === undefined ? value : { ...(target[first] as object | undefined), [second]: value };
}

/** Reads a whole number within the bounds. Throws a sentence with the name of the option and the bounds. */
export function wholeNumber(name: string, text: string, bounds: NumberBounds): number {
  const number = /^\d+$/.test(text) ? Number(text) : text;
  requireWithin(name, number, bounds);
  return Number(number);
}

/** Throws a sentence with the bounds unless the value is a whole number within them. */
function requireWithin(name: string, value: unknown, { least, most }: NumberBounds): void {
  if (Number.isInteger(value) && Number(value) >= least && Number(value) <= most) return;
  throw new Error(`${name} is a whole number from ${least} to ${most}, not ${value}`);
}

function withDefaults(settings: AppSettings, mapping: MappedAttribute[]): AppOptions {
  return {
    label: settings.label ?? 'SCIM app',
    profile: settings.profile ?? 'aiw',
    baseUrl: (settings.baseUrl ?? '').replace(/\/+$/, ''),
    provisioning: settings.provisioning ?? true,
    uniqueIdentifier: settings.uniqueIdentifier ?? 'userName',
    usernameFormat: settings.usernameFormat ?? 'okta-username',
    usernameUpdate: settings.usernameUpdate ?? 'create-and-update',
    mapping: settings.mapping ?? mapping,
    entitlements: settings.entitlements ?? false,
    concurrency: settings.concurrency ?? 4,
    timeoutMs: settings.timeoutMs ?? 60_000,
    supportedActions: {
      importUsers: true,
      pushNewUsers: true,
      pushProfileUpdates: true,
      pushGroups: true,
      importGroups: false,
      ...settings.supportedActions,
    },
    toApp: {
      createUsers: true,
      updateAttributes: true,
      deactivateUsers: true,
      syncPassword: 'off',
      ...settings.toApp,
    },
    groupPush: {
      renameAppGroups: true,
      batchSize: 1000,
      patchStyle: 'path',
      firstMembers: 'replace',
      requests: 'two',
      retriesMax: 10,
      ...settings.groupPush,
    },
    import: {
      confirmMatches: 'automatic',
      unmatched: 'pending',
      profileSource: false,
      safeguardPercent: 20,
      shortPage: 'by-count',
      ...settings.import,
    },
    unknowns: {
      patchUsers: false,
      getBeforeDeactivate: false,
      clearedValue: 'omit',
      multipleMatches: 'first',
      retryAfterResets: false,
      membershipsFirst: false,
      unassignedLeaveGroups: true,
      emptyPutIsError: true,
      queryEncoding: 'percent',
      granularDeprovisioning: 'off',
      deleteAfterDays: 7,
      ...settings.unknowns,
    },
  };
}
