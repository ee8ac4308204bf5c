import { type Command, Option } from 'commander';
import { mayProvision } from '../organization/plans.ts';
import { type PresetName, presetNames } from '../organization/presets.ts';
import { changeOrganization } from '../provisioning/change-organization.ts';
import { createOrganization } from '../provisioning/create-organization.ts';
import { listOrganizations } from '../store/organizations.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { pasted } from './next-steps.ts';
import { loadOrganization, scimBaseUrlOf } from './organization-argument.ts';
import { collectSetting } from './policy.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type CreateOptions = CommonOptions & {
  name: string;
  plan: 'free' | 'pro' | 'enterprise';
  preset: PresetName;
  set: Record<string, string>;
};

type ChangeOptions = CommonOptions & {
  name?: string;
  plan?: 'free' | 'pro' | 'enterprise';
  status?: 'active' | 'suspended';
};

/** Adds `org create`, `org list` and `org change`. */
export function addOrganizationCommands(program: Command, surroundings: Surroundings): void {
  const org = program.command('org').description('create, list and change organizations');

  const create = org
    .command('create')
    .description('create an organization, ready for an identity provider')
    .argument('<slug>', 'its name in addresses: lower-case letters, digits and hyphens')
    .requiredOption('--name <name>', 'its name for people')
    .addOption(new Option('--plan <plan>', 'its plan').choices(['free', 'pro', 'enterprise']).default('enterprise'))
    .addOption(
      new Option('--preset <preset>', 'the behavior that its policy begins with')
        .choices(presetNames)
        .default(presetNames[0]),
    )
    .option('--set <setting=value>', 'a setting, such as usernameFormat=any; may be repeated', collectSetting, {});
  withCommonOptions(create).action(async (slug: string, options: CreateOptions) => {
    const config = configOf(options, surroundings);
    await using databases = await openForCommand(config);
    const { name, plan, preset, set } = options;
    const settings = { preset, ...set };
    const created = await createOrganization(databases.app, { slug, name, plan, settings }, { now: new Date() });
    const scimBaseUrl = scimBaseUrlOf(config, created);
    const { policy: _, ...shown } = created;
    const isWaiting = created.state === 'off' && mayProvision(plan);
    if (options.json) return printJson({ ...shown, scimBaseUrl }, surroundings);
    surroundings.out(
      `Created the organization ${created.slug} (${created.id}).\n` +
        `Its SCIM base URL is ${scimBaseUrl}\n` +
        `A token for its identity provider: ${pasted(config, `token create ${created.slug} --name okta`)}\n` +
        (isWaiting
          ? `Provisioning is off until it is said who signs people in:\n${pasted(config, `sign-in set ${created.slug} ${created.provider}`)}\n${pasted(config, `scim enable ${created.slug}`)}\n`
          : ''),
    );
  });

  const change = org
    .command('change')
    .description('change the name, the plan or the status of an organization')
    .argument('<org>', 'the slug or id of the organization')
    .option('--name <name>', 'its name for people')
    .addOption(new Option('--plan <plan>', 'its plan').choices(['free', 'pro', 'enterprise']))
    .addOption(
      new Option('--status <status>', 'suspended: SCIM, API keys and streams are refused').choices([
        'active',
        'suspended',
      ]),
    );
  withCommonOptions(change).action(async (slugOrId: string, options: ChangeOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, slugOrId);
    const { name, plan, status } = options;
    const isChanged = await changeOrganization(
      databases.app,
      organization,
      { name, plan, status },
      { now: new Date() },
    );
    if (options.json)
      return printJson({ id: organization.id, slug: organization.slug, changed: isChanged }, surroundings);
    surroundings.out(`${organization.slug} ${isChanged ? 'is changed' : 'was like that already'}.\n`);
  });

  const list = org.command('list').description('list the organizations');
  withCommonOptions(list).action(async (options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organizations = await listOrganizations(databases.jobs);
    if (options.json) return printJson(organizations, surroundings);
    printTable(
      organizations,
      [
        ['slug', (row) => row.slug],
        ['name', (row) => row.name],
        ['plan', (row) => row.plan],
        ['status', (row) => row.status],
        ['members', (row) => row.members],
        ['teams', (row) => row.teams],
        ['id', (row) => row.id],
      ],
      'There is no organization yet: rollcall org create <slug> --name <name> makes one.',
      surroundings,
    );
  });
}
