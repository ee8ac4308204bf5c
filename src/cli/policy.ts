import { type Command, InvalidArgumentError, Option } from 'commander';
import { deviations, type Policy } from '../organization/policy.ts';
import { policySettings, settingNames } from '../organization/policy-settings.ts';
import { presetNames } from '../organization/presets.ts';
import { changePolicy, type PolicyChange, planPolicyChange } from '../provisioning/change-policy.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { printWarnings } from './connection.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type ChangeOptions = CommonOptions & { yes?: true };

type SetOptions = ChangeOptions & { preset?: string; set: Record<string, string> };

/** Adds `policy show`, `policy set`, `policy preset` and `policy plan`. */
export function addPolicyCommands(program: Command, surroundings: Surroundings): void {
  const policy = program
    .command('policy')
    .description('read and change what an organization decides about provisioning');
  const command = (name: string, says: string) =>
    policy.command(name).description(says).argument('<org>', 'the slug or id of the organization');

  withCommonOptions(command('show', 'show the settings, and where they deviate from the preset')).action(
    async (org: string, options: CommonOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      printPolicy((await loadOrganization(databases, org)).policy, options, surroundings);
    },
  );

  const change = async (org: string, options: ChangeOptions, settings: Record<string, string>) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const confirmed = options.yes ? settingNames : [];
    const done = await changePolicy(databases.app, organization, { settings, confirmed }, { now: new Date() });
    printChange({ ...done, warnings: [], plan: { counts: {}, first: [] } }, 'Changed', options, surroundings);
  };

  withSettings(withYes(command('set', 'change settings, and what is in force by them'))).action(
    async (org: string, options: SetOptions) => {
      await change(org, options, settingsOf(options));
    },
  );

  withCommonOptions(
    withYes(command('preset', 'replace the policy by a preset')).argument('<preset>', presetNames.join(', ')),
  ).action(async (org: string, preset: string, options: ChangeOptions) => {
    await change(org, options, { preset });
  });

  withSettings(command('plan', 'show what other settings would change, for whom and why')).action(
    async (org: string, options: SetOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const planned = await planPolicyChange(databases.app, organization, settingsOf(options), { now: new Date() });
      printChange(planned, 'Would change', options, surroundings);
    },
  );
}

const withYes = (command: Command) => command.option('--yes', 'confirm what has to be confirmed, as plan says');

const withSettings = (command: Command) =>
  withCommonOptions(
    command
      .addOption(new Option('--preset <preset>', 'begin with all settings of a preset').choices([...presetNames]))
      .option('--set <setting=value>', 'a setting, such as usernameFormat=any; may be repeated', collectSetting, {}),
  );

const settingsOf = ({ preset, set }: SetOptions) => (preset === undefined ? set : { preset, ...set });

/** Adds one `name=value` to those that were given before it. */
export function collectSetting(text: string, settings: Record<string, string>): Record<string, string> {
  const [name = '', ...value] = text.split('=');
  if (!/^[a-zA-Z]+$/.test(name) || value.length === 0) {
    throw new InvalidArgumentError('It must be written as name=value, such as usernameFormat=any.');
  }
  return { ...settings, [name]: value.join('=') };
}

function printPolicy(policy: Policy, options: CommonOptions, surroundings: Surroundings): void {
  const deviating = deviations(policy);
  if (options.json) {
    printJson({ ...policy, deviations: deviating }, surroundings);
    return;
  }
  surroundings.out(`Preset ${policy.preset}, with ${deviating.length} other settings.\n`);
  printTable(
    [...settingNames],
    [
      ['row', (name) => policySettings[name].id],
      ['setting', (name) => name],
      ['value', (name) => policy[name]],
      ['preset', (name) => deviating.find(({ setting }) => setting === name)?.preset],
    ],
    '',
    surroundings,
  );
}

function printChange(
  { changed, confirm, warnings, plan }: PolicyChange,
  verb: string,
  options: CommonOptions,
  surroundings: Surroundings,
): void {
  if (options.json) {
    printJson({ changed, confirm, warnings, plan }, surroundings);
    return;
  }
  for (const [name, { before, after }] of Object.entries(changed)) {
    surroundings.out(`${verb} ${name} from ${before} to ${after}.\n`);
  }
  if (verb === 'Would change') for (const { why } of confirm) surroundings.out(`To be confirmed with --yes: ${why}\n`);
  printWarnings(warnings, surroundings);
  if (Object.keys(changed).length === 0) surroundings.out('The policy is so already.\n');
  for (const [kind, count] of Object.entries(plan.counts)) surroundings.out(`${verb}: ${count} times ${kind}.\n`);
  for (const { says, id, reason } of plan.first) surroundings.out(`  ${says} (${id}; ${reason?.rule ?? 'no rule'})\n`);
}
