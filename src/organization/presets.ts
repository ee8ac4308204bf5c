import { defaultSettings, type SettingName, type Settings, settingNames } from './policy-settings.ts';

/** What each preset is, the default first. */
export const presetSays = {
  rollcall: 'the safe defaults',
  dagster: 'as Dagster+ provisions',
  dbt: 'as the dbt platform provisions',
  pulumi: 'as Pulumi Cloud provisions',
} as const satisfies Record<string, string>;

export type PresetName = keyof typeof presetSays;

export const presetNames = Object.keys(presetSays) as [PresetName, ...PresetName[]];

export const isPresetName = (name: string): name is PresetName => Object.hasOwn(presetSays, name);

/** Every setting under the presets of the three products; where a product is silent, it has the default. */
const products = ['dagster', 'dbt', 'pulumi'] as const;
const bySetting: { readonly [Name in SettingName]: readonly [Settings[Name], Settings[Name], Settings[Name]] } = {
  //               dagster   dbt       pulumi
  usernameFormat: ['email-of-person', 'email-of-person', 'any'],
  accountMatch: ['link', 'link', 'refuse'],
  addressChange: ['apply', 'confirm', 'refuse'],
  matchLetterCase: ['ignore', 'exact', 'ignore'],
  deactivation: ['remove', 'remove', 'suspend'],
  deletion: ['remove-after-grace', 'remove-after-grace', 'refuse'],
  reactivation: ['restore', 'invite', 'restore'],
  addByHand: ['blocked', 'blocked', 'allowed'],
  manualUpdates: ['off', 'off', 'off'],
  editMembersByHand: ['roles', 'blocked', 'roles'],
  editTeamsByHand: ['allowed', 'blocked', 'blocked'],
  groupNameClash: ['ask', 'link', 'refuse'],
  localTeams: ['listed', 'listed-with-members', 'listed'],
  groupDeletion: ['remove-after-grace', 'remove', 'remove'],
  unknownMembers: ['skip', 'refuse', 'refuse'],
  heldMembers: ['wait', 'refuse', 'refuse'],
  unknownAttributes: ['keep', 'keep', 'refuse'],
  externalIds: ['stored', 'stored', 'ignored'],
  tokens: ['many', 'many', 'single'],
  invitation: ['none', 'required', 'none'],
  turnOff: ['leave', 'leave', 'discard'],
  signInGroups: ['ignore', 'ignore', 'ignore'],
  licenseSource: ['none', 'by-rules', 'none'],
  defaultRole: ['viewer', 'viewer', 'member'],
  defaultLicense: ['none', 'developer', 'none'],
  baseUrl: ['slug', 'id', 'slug'],
  countAboveMaximum: ['cap', 'cap', 'refuse'],
  breakGlassAccounts: ['none', 'any', 'one'],
  withoutSeat: ['refuse', 'refuse', 'refuse'],
  groupNames: ['any', 'any', 'at-most-100'],
  filters: ['names-only', 'all', 'names-only'],
  auditActor: ['token', 'service', 'nobody-for-removed-teams'],
  sameSignInProvider: ['overridable', 'required', 'required'],
  brakeWindow: ['hour', 'hour', 'hour'],
  brakeDeactivations: ['off', 'off', 'off'],
  brakeTeamRemovals: ['off', 'off', 'off'],
  brakeEmptiedTeams: ['off', 'off', 'off'],
  brakeLostAdmins: ['off', 'off', 'off'],
  brakeDowngrades: ['off', 'off', 'off'],
};

/** The settings that each preset makes. */
export const presets = {
  rollcall: defaultSettings,
  ...Object.fromEntries(
    products.map((product, column) => [
      product,
      Object.fromEntries(settingNames.map((name) => [name, bySetting[name][column]])),
    ]),
  ),
} as Readonly<Record<PresetName, Settings>>;
