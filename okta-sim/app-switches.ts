import { defaultMapping } from './default-mapping.ts';
import {
  type AppSettings,
  appOptions,
  type NumberBounds,
  numberBounds,
  optionAt,
  setOption,
  wholeNumber,
} from './options.ts';

type Kind = 'on-off' | 'text' | readonly string[] | NumberBounds;

/** Every option of the app that the command line can set with `--app name=value`, and what it is. */
export const appSwitches: Record<string, [kind: Kind, meaning: string]> = {
  label: ['text', 'name of the app in messages'],
  provisioning: ['on-off', 'Enable SCIM provisioning'],
  uniqueIdentifier: ['text', 'left side of the lookup filter, verbatim'],
  usernameFormat: ['text', 'okta-username, email, email-prefix, okta-username-prefix, or custom:<expression>'],
  usernameUpdate: [['create-only', 'create-and-update'], 'Update application username on'],
  entitlements: ['on-off', 'the app has entitlement management'],
  concurrency: [numberBounds.concurrency, 'users and groups in flight at the same time'],
  timeoutMs: [numberBounds.timeoutMs, 'longest wait for an answer, in milliseconds'],
  'supportedActions.importUsers': ['on-off', 'Import New Users and Profile Updates'],
  'supportedActions.pushNewUsers': ['on-off', 'Push New Users'],
  'supportedActions.pushProfileUpdates': ['on-off', 'Push Profile Updates'],
  'supportedActions.pushGroups': ['on-off', 'Push Groups'],
  'supportedActions.importGroups': ['on-off', 'Import Groups'],
  'toApp.createUsers': ['on-off', 'Create Users'],
  'toApp.updateAttributes': ['on-off', 'Update User Attributes'],
  'toApp.deactivateUsers': ['on-off', 'Deactivate Users'],
  'toApp.syncPassword': [['off', 'okta', 'random'], 'Sync Password, and its source'],
  'groupPush.renameAppGroups': ['on-off', 'rename app groups to match the group name in Okta'],
  'groupPush.batchSize': [numberBounds['groupPush.batchSize'], 'most members in one PATCH'],
  'groupPush.patchStyle': [['path', 'pathless', 'pathless-with-name'], 'shape of the operation that replaces members'],
  'groupPush.firstMembers': [['replace', 'add'], 'how the members of a new group are sent'],
  'groupPush.requests': [['two', 'one'], 'requests for the name and the membership operations'],
  'groupPush.retriesMax': [numberBounds['groupPush.retriesMax'], 'attempts after transient failures of a group push'],
  'import.confirmMatches': [['automatic', 'manual'], 'confirmation of matched accounts'],
  'import.unmatched': [['ignore', 'create', 'pending'], 'accounts that match no Okta user'],
  'import.profileSource': ['on-off', 'the app is a profile source'],
  'import.safeguardPercent': [numberBounds['import.safeguardPercent'], 'import safeguard, in percent of the app users'],
  'import.shortPage': [['by-count', 'by-received', 'stop'], 'how to go on after a short page'],
  'unknowns.patchUsers': ['on-off', 'catalog app: profile updates as PATCH'],
  'unknowns.getBeforeDeactivate': ['on-off', 'catalog app: GET before the deactivating PATCH'],
  'unknowns.clearedValue': [['omit', 'empty', 'null', 'keep'], 'how an emptied value is written'],
  'unknowns.multipleMatches': [['first', 'error'], 'several accounts found by the lookup'],
  'unknowns.retryAfterResets': ['on-off', 'a later Retry-After replaces the doubled wait'],
  'unknowns.membershipsFirst': ['on-off', 'memberships are removed before deactivation'],
  'unknowns.unassignedLeaveGroups': ['on-off', 'who loses the app is removed from pushed groups'],
  'unknowns.emptyPutIsError': ['on-off', 'an empty answer to PUT is an error'],
  'unknowns.queryEncoding': [['percent', 'plus'], 'spaces in queries'],
  'unknowns.granularDeprovisioning': [['off', 'removeEntitlements', 'delete'], 'assumed shape'],
  'unknowns.deleteAfterDays': [numberBounds['unknowns.deleteAfterDays'], 'days from deactivation to DELETE'],
};

/** Adds one `name=value` to the settings. Throws when the name or the value is not in the table. */
export function setSwitch(settings: AppSettings, assignment: string): void {
  const at = assignment.indexOf('=');
  const [name, text] = at === -1 ? [assignment, ''] : [assignment.slice(0, at), assignment.slice(at + 1)];
  const kind = Object.hasOwn(appSwitches, name) ? appSwitches[name]?.[0] : undefined;
  if (kind === undefined) throw new Error(`the app has no option ${name}; okta-sim switches lists them`);
  setOption(settings, name, readValue(name, kind, text));
}

/** What a switch may be set to, and its default, for help. */
export function describeSwitch(name: string): { values: string; default: string } {
  const kind = appSwitches[name]?.[0] ?? 'text';
  const value = optionAt(appOptions({}, defaultMapping), name);
  return {
    values: typeof kind === 'string' ? kind : isList(kind) ? kind.join(', ') : `${kind.least} to ${kind.most}`,
    default: typeof value === 'boolean' ? (value ? 'on' : 'off') : String(value),
  };
}

function readValue(name: string, kind: Kind, text: string): unknown {
  if (kind === 'text') return text;
  if (kind === 'on-off') {
    if (text !== 'on' && text !== 'off') throw new Error(`${name} is on or off, not ${text}`);
    return text === 'on';
  }
  if (isList(kind)) {
    if (!kind.includes(text)) throw new Error(`${name} is one of ${kind.join(', ')}, not ${text}`);
    return text;
  }
  return wholeNumber(name, text, kind);
}

function isList(kind: Kind): kind is readonly string[] {
  return Array.isArray(kind);
}
