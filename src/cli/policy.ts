import { type Command, InvalidArgumentError, Option } from 'commander';
import { deviations, type Policy } from '../organization/policy.ts';
import { policySettings, settingNames } from '../organization/policy-settings.ts';
import { presetNames } from '../organization/presets.ts';
import {
  changePolicy,
  type PolicyChange,
  type PolicyChanged,
  planPolicyChange,
} from '../provisioning/change-policy.ts';
import { type CommonOptions, configOf, wholeNumber, withCommonOptions } from './common-options.ts';
import { printPlan, printWarnings } from './connection.ts';
import { type Databases, openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type ChangeOptions = CommonOptions & { yes?: true; plan?: string };

type WishOptions = CommonOptions & { preset?: string; set: Record<string, string> };
type SetOptions = ChangeOptions & WishOptions;
type PlanOptions = WishOptions & { limit: number };

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
    const wish = { settings, confirmed, version: options.plan };
    const done = await changePolicy(databases.app, organization, wish, { now: new Date() });
    const { changed, confirm, warnings, counts } = done;
    if (options.json) return printJson({ changed, confirm, warnings, counts }, surroundings);
    printChanged(done, 'Changed', surroundings);
    if (Object.keys(changed).length > 0) printCounts(counts, surroundings);
    printWarnings(warnings, surroundings);
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

  withSettings(
    command('plan', 'show what other settings would change, for whom and why').option(
      '--limit <n>',
      'items shown at most',
      wholeNumber(0, 100_000),
      50,
    ),
  ).action(async (org: string, options: PlanOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    await showPolicyPlan(databases, await loadOrganization(databases, org), settingsOf(options), options, surroundings);
  });
}

const nobodyChanges = 'Nobody changes by it now; the next requests of the provider follow it.';

/** Prints what other settings would change, for whom and why. */
export async function showPolicyPlan(
  { app }: Pick<Databases, 'app'>,
  org: { id: string },
  settings: Record<string, string>,
  options: CommonOptions & { limit: number },
  surroundings: Surroundings,
): Promise<void> {
  const page = { from: 0, limit: options.limit };
  const { plan, ...planned } = await planPolicyChange(app, org, { settings }, { now: new Date() }, page);
  const { changed, confirm, warnings } = planned;
  if (!options.json) {
    printChanged(planned, 'Would change', surroundings);
    printWarnings(warnings, surroundings);
  }
  printPlan(plan, options, surroundings, { whenEmpty: nobodyChanges, beside: { changed, confirm, warnings } });
}

/** Prints what a change came to for people. */
export function printCounts(counts: PolicyChanged['counts'], { out }: Surroundings): void {
  const parts = Object.entries(countSays).flatMap(([kind, says]) => (counts[kind] ? [`${counts[kind]} ${says}`] : []));
  out(parts.length === 0 ? `${nobodyChanges}\n` : `It changed for people: ${parts.join(', ')}.\n`);
}

/** The kinds of changes that follow on one of roles and licenses, as they are counted. */
const countSays = {
  'member.license': 'licenses',
  'member.role': 'roles',
  membership: 'memberships of teams',
  'member.rights_narrowed': 'who may do less than before',
};

const withYes = (command: Command) =>
  command
    .option('--yes', 'confirm what has to be confirmed, as plan says')
    .option('--plan <version>', 'only if the plan is still the one of this version');

const withSettings = (command: Command) =>
  withCommonOptions(
    command
      .addOption(new Option('--preset <preset>', 'begin with all settings of a preset').choices([...presetNames]))
      .option('--set <setting=value>', 'a setting, such as usernameFormat=any; may be repeated', collectSetting, {}),
  );

const settingsOf = ({ preset, set }: WishOptions) => (preset === undefined ? set : { preset, ...set });

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

function printChanged(
  { changed, confirm }: PolicyChange,
  verb: 'Changed' | 'Would change',
  { out }: Surroundings,
): void {
  for (const [name, { before, after }] of Object.entries(changed)) out(`${verb} ${name} from ${before} to ${after}.\n`);
  if (verb === 'Would change') for (const { why } of confirm) out(`To be confirmed with --yes: ${why}\n`);
  if (Object.keys(changed).length === 0) out('The policy is so already.\n');
}
