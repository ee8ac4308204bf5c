import { type Static, Type } from 'typebox';
import { policySettings, type SettingName, settingNames, valuesOf } from '../../../organization/policy-settings.ts';
import { presetNames } from '../../../organization/presets.ts';
import { closed, named, oneOf } from './parts.ts';
import { planProperties } from './plan.ts';

const PresetWord = oneOf(presetNames, 'What the settings that are not given are taken from.');

const settingSchema = (name: SettingName) =>
  oneOf(valuesOf(name) as readonly string[], `${policySettings[name].id}. ${policySettings[name].meaning}`);

const allSettings = Object.fromEntries(settingNames.map((name) => [name, settingSchema(name)]));
const someSettings = Object.fromEntries(settingNames.map((name) => [name, Type.Optional(settingSchema(name))]));

const Settings = named('Settings', allSettings);

const warnings = Type.Array(Type.String(), { description: 'What an admin should know of it, in words.' });

export const Policy = named('Policy', {
  preset: PresetWord,
  settings: Settings,
  deviations: Type.Array(closed({ setting: oneOf(settingNames), preset: Type.String(), value: Type.String() }), {
    description: 'Where the settings are not those of the preset.',
  }),
});
export type Policy = Static<typeof Policy>;

export const PolicyWritten = named('PolicyWritten', { ...Policy.properties, warnings });

/** The settings whose change somebody has confirmed. */
export const Confirm = Type.Optional(
  Type.Array(oneOf(settingNames), {
    maxItems: settingNames.length,
    description: 'The settings whose change was confirmed; a plan says which have to be.',
  }),
);

export const PolicyWish = named('PolicyWish', {
  preset: PresetWord,
  settings: Type.Optional(named('SomeSettings', someSettings, 'Those that deviate from the preset.')),
  confirm: Confirm,
});

export const PolicyPlan = named('PolicyPlan', {
  changed: Type.Record(Type.String(), closed({ before: Type.String(), after: Type.String() }), {
    description: 'The settings that would change.',
  }),
  confirm: Type.Array(closed({ setting: oneOf(settingNames), value: Type.String(), why: Type.String() }), {
    description: 'What has to be confirmed, and why.',
  }),
  warnings,
  ...planProperties,
});
export type PolicyPlan = Static<typeof PolicyPlan>;

export const PresetList = named('PresetList', {
  items: Type.Array(closed({ preset: PresetWord, says: Type.String(), settings: Settings })),
  settings: Type.Array(
    closed({
      name: oneOf(settingNames),
      id: Type.String({ description: 'Its row in the table of settings.' }),
      meaning: Type.String(),
      values: Type.Array(closed({ value: Type.String(), means: Type.String() }), {
        description: 'The default first.',
      }),
    }),
    { description: 'What each setting decides and what its values mean.' },
  ),
});
export type PresetList = Static<typeof PresetList>;
