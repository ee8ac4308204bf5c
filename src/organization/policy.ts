import {
  isSettingName,
  policySettings,
  type Setting,
  type SettingName,
  type Settings,
  settingNames,
  valuesOf,
} from './policy-settings.ts';
import { isPresetName, type PresetName, presetNames, presets } from './presets.ts';

/**
 * What an organization decides about provisioning: a preset, and a value for every setting, whether the preset's or its own.
 * Stored with the organization in full, so that a release that knows a preset better changes nothing that exists; a setting
 * that is newer than what was stored has the value of the organization's preset.
 */
export type Policy = Settings & { readonly preset: PresetName };

export const defaultPolicy: Policy = policyOf('rollcall');

/** The policy that is its preset. */
export function policyOf(preset: PresetName): Policy {
  return { preset, ...presets[preset] };
}

/** A setting or preset that does not exist, or a value that the setting does not take; the message says which there are. */
export class PolicyError extends Error {
  override readonly name = 'PolicyError';
}

/**
 * The policy with the given settings laid over it. `preset` replaces all settings that are not given beside it.
 *
 * @throws PolicyError naming the setting and what is allowed
 */
export function withSettings(policy: Policy, settings: Readonly<Record<string, string>>): Policy {
  const { preset, ...given } = settings;
  if (preset !== undefined && !isPresetName(preset)) {
    throw new PolicyError(`there is no preset "${preset}"; the presets are ${presetNames.join(', ')}`);
  }
  const changed: Record<string, string> = { ...(preset === undefined ? policy : policyOf(preset)) };
  for (const [name, value] of Object.entries(given)) {
    if (!isSettingName(name)) {
      throw new PolicyError(`there is no setting "${name}"; the settings are preset, ${settingNames.join(', ')}`);
    }
    if (!Object.hasOwn(policySettings[name].values, value)) {
      throw new PolicyError(`the setting ${name} takes ${valuesOf(name).join(' or ')}, not "${value}"`);
    }
    changed[name] = value;
  }
  return changed as Policy;
}

/** A setting whose value is not the preset's. */
export type Deviation = { readonly setting: SettingName; readonly preset: string; readonly value: string };

/** Where a policy deviates from a preset: its own, unless another is named. */
export function deviations(policy: Policy, preset: PresetName = policy.preset): Deviation[] {
  return settingNames
    .filter((setting) => policy[setting] !== presets[preset][setting])
    .map((setting) => ({ setting, preset: presets[preset][setting], value: policy[setting] }));
}

/** The settings in which two policies differ, the preset included. */
export function changedSettings(before: Policy, after: Policy): Record<string, { before: string; after: string }> {
  const names = ['preset', ...settingNames] as const;
  return Object.fromEntries(
    names
      .filter((name) => before[name] !== after[name])
      .map((name) => [name, { before: before[name], after: after[name] }]),
  );
}

/** A change of a setting that is not made before somebody has confirmed it (behaviors.md B49). */
export type Confirmation = { readonly setting: SettingName; readonly value: string; readonly why: string };

/** What of a change has to be confirmed. */
export function confirmationsOf(before: Policy, after: Policy): Confirmation[] {
  return settingNames.flatMap((setting) => {
    const { confirm = {} } = policySettings[setting] as Setting;
    const value = after[setting];
    const why = before[setting] === value ? undefined : confirm[value];
    return why === undefined ? [] : [{ setting, value, why }];
  });
}

/** How many people may be set apart as a way in (K26). */
export const breakGlassMost: Readonly<Record<Policy['breakGlassAccounts'], number>> = {
  none: 0,
  one: 1,
  two: 2,
  any: Number.POSITIVE_INFINITY,
};

/** The SCIM base URL of an organization, which an admin pastes into the identity provider (K24). */
export const scimBaseUrl = (baseUrl: string, { id, slug }: { id: string; slug: string }, policy: Policy): string =>
  `${baseUrl}/scim/v2/${policy.baseUrl === 'id' ? id : slug}`;

/** A stored policy, which may come from a release that knew fewer settings, or other ones. */
export function readPolicy(stored: Readonly<Record<string, unknown>>): Policy {
  const { preset } = stored;
  const policy = policyOf(typeof preset === 'string' && isPresetName(preset) ? preset : 'rollcall');
  const known = settingNames.flatMap((name) => {
    const value = stored[name];
    return typeof value === 'string' && Object.hasOwn(policySettings[name].values, value) ? [[name, value]] : [];
  });
  return { ...policy, ...Object.fromEntries(known) };
}

/**
 * Whether a userName is an e-mail address as far as it matters here: one @ with something on both sides, no white
 * space. Addresses are not validated further: only a mail that arrives proves one.
 */
export function isEmailAddress(userName: string): boolean {
  const at = userName.indexOf('@');
  return at > 0 && at === userName.lastIndexOf('@') && at < userName.length - 1 && !/\s/.test(userName);
}
