import { type Command, InvalidArgumentError, Option } from 'commander';
import { createOrganization } from '../provisioning/create-organization.ts';
import { listOrganizations } from '../store/organizations.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { scimBaseUrlOf } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type CreateOptions = CommonOptions & { name: string; plan: 'free' | 'pro' | 'enterprise'; set: Record<string, string> };

/** Adds `org create` and `org list`. */
export function addOrganizationCommands(program: Command, surroundings: Surroundings): void {
  const org = program.command('org').description('create and list organizations');

  const create = org
    .command('create')
    .description('create an organization, ready for an identity provider')
    .argument('<slug>', 'its name in addresses: lower-case letters, digits and hyphens')
    .requiredOption('--name <name>', 'its name for people')
    .addOption(new Option('--plan <plan>', 'its plan').choices(['free', 'pro', 'enterprise']).default('enterprise'))
    .option('--set <setting=value>', 'a setting, such as usernameFormat=any; may be repeated', collectSetting, {});
  withCommonOptions(create).action(async (slug: string, options: CreateOptions) => {
    const config = configOf(options, surroundings);
    await using databases = await openForCommand(config);
    const { name, plan, set: settings } = options;
    const created = await createOrganization(databases.app, { slug, name, plan, settings }, { now: new Date() });
    const scimBaseUrl = scimBaseUrlOf(config, created);
    if (options.json) return printJson({ ...created, scimBaseUrl }, surroundings);
    surroundings.out(
      `Created the organization ${created.slug} (${created.id}).\n` +
        `Its SCIM base URL is ${scimBaseUrl}\n` +
        `A token for its identity provider: rollcall token create ${created.slug} --name okta\n`,
    );
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

function collectSetting(text: string, settings: Record<string, string>): Record<string, string> {
  const [name = '', ...value] = text.split('=');
  if (!/^[a-zA-Z]+$/.test(name) || value.length === 0) {
    throw new InvalidArgumentError('It must be written as name=value, such as usernameFormat=any.');
  }
  return { ...settings, [name]: value.join('=') };
}
