import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { deviations, policyOf, withSettings } from '../../src/organization/policy.ts';
import {
  defaultSettings,
  policySettings,
  type SettingName,
  settingNames,
  valuesOf,
} from '../../src/organization/policy-settings.ts';
import { presetNames, presets } from '../../src/organization/presets.ts';

describe('the presets', () => {
  test('fill every setting with one of its values, and nothing else', () => {
    for (const preset of presetNames) {
      assert.deepEqual(Object.keys(presets[preset]), settingNames);
      for (const name of settingNames) assert.ok(valuesOf(name).includes(presets[preset][name]), `${preset} ${name}`);
    }
  });

  test('begin with rollcall, which is the safe default of every setting', () => {
    assert.equal(presetNames[0], 'rollcall');
    assert.deepEqual(presets.rollcall, defaultSettings);
  });
});

describe('the presets differ as the products do', () => {
  // behaviors.md §1.5: dagster, dbt, pulumi
  const rows: [setting: SettingName, ...values: string[]][] = [
    ['usernameFormat', 'email-of-person', 'email-of-person', 'any'],
    ['addressChange', 'apply', 'confirm', 'refuse'],
    ['matchLetterCase', 'ignore', 'exact', 'ignore'],
    ['reactivation', 'restore', 'invite', 'restore'],
    ['invitation', 'none', 'required', 'none'],
    ['groupNameClash', 'ask', 'link', 'refuse'],
    ['localTeams', 'listed', 'listed-with-members', 'listed'],
    ['groupDeletion', 'remove-after-grace', 'remove', 'remove'],
    ['baseUrl', 'slug', 'id', 'slug'],
    ['unknownMembers', 'skip', 'refuse', 'refuse'],
    ['heldMembers', 'wait', 'refuse', 'refuse'],
    ['unknownAttributes', 'keep', 'keep', 'refuse'],
    ['externalIds', 'stored', 'stored', 'ignored'],
    ['tokens', 'many', 'many', 'single'],
    ['signInGroups', 'ignore', 'ignore', 'ignore'],
    ['licenseSource', 'none', 'by-rules', 'none'],
    ['defaultRole', 'viewer', 'viewer', 'member'],
    ['defaultLicense', 'none', 'developer', 'none'],
    ['countAboveMaximum', 'cap', 'cap', 'refuse'],
    ['breakGlassAccounts', 'none', 'any', 'one'],
    ['withoutSeat', 'refuse', 'refuse', 'refuse'],
    ['groupNames', 'any', 'any', 'at-most-100'],
    ['filters', 'names-only', 'all', 'names-only'],
    ['sameSignInProvider', 'overridable', 'required', 'required'],
    ['auditActor', 'token', 'service', 'nobody-for-removed-teams'],
  ];
  for (const [setting, ...values] of rows) {
    test(`${policySettings[setting].id}: in ${setting}`, () => {
      assert.deepEqual([presets.dagster[setting], presets.dbt[setting], presets.pulumi[setting]], values);
    });
  }
});

describe('the deviations of a policy', () => {
  test('are none where every setting has the value of the preset', () => {
    for (const preset of presetNames) assert.deepEqual(deviations(policyOf(preset)), []);
  });

  test('name the setting, what the preset makes it, and what it is', () => {
    const policy = withSettings(policyOf('pulumi'), { usernameFormat: 'email', unknownMembers: 'skip' });
    assert.deepEqual(deviations(policy), [
      { setting: 'usernameFormat', preset: 'any', value: 'email' },
      { setting: 'unknownMembers', preset: 'refuse', value: 'skip' },
    ]);
  });

  test('are asked of another preset than the own, to see what a change to it would mean', () => {
    assert.deepEqual(deviations(policyOf('pulumi'), 'pulumi'), []);
    assert.ok(deviations(policyOf('pulumi'), 'rollcall').some(({ setting }) => setting === 'unknownMembers'));
  });
});
