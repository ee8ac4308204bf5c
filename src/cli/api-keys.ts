import type { Command } from 'commander';
import { renameApiKey, revokeApiKey } from '../provisioning/change-api-key.ts';
import { createApiKey } from '../provisioning/create-api-key.ts';
import { listApiKeys } from '../store/api-keys.ts';
import { OperatorError } from '../store/operator-error.ts';
import { type CommonOptions, configOf, rowId, wholeNumber, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

const dayMs = 24 * 60 * 60 * 1000;

/** Adds `key create`, `key list`, `key rename` and `key revoke`. */
export function addApiKeyCommands(program: Command, surroundings: Surroundings): void {
  const key = program.command('key').description('the keys of an organization for the management API');
  addCreate(key, surroundings);
  addList(key, surroundings);
  addRename(key, surroundings);
  addRevoke(key, surroundings);
}

type CreateOptions = CommonOptions & { name: string; scope: string[]; member?: string; expiresDays?: number };

function addCreate(key: Command, surroundings: Surroundings): void {
  const create = key
    .command('create')
    .description('create an API key and print it, this once')
    .argument('<org>', 'the slug or id of the organization')
    .requiredOption('--name <name>', 'what it is for, such as reports')
    .requiredOption('--scope <scopes...>', 'what it may, such as members:read events:read')
    .option('--member <id>', 'the person whom it acts for; it ends with the person', rowId)
    .option('--expires-days <days>', 'how long it is valid; without it, until it is revoked', wholeNumber(1, 3_650));
  withCommonOptions(create).action(async (org: string, options: CreateOptions) => {
    const config = configOf(options, surroundings);
    await using databases = await openForCommand(config);
    const organization = await loadOrganization(databases, org);
    const now = new Date();
    const { name, scope: scopes, member: memberId, expiresDays } = options;
    const expiresAt = expiresDays === undefined ? undefined : new Date(now.getTime() + expiresDays * dayMs);
    const created = await createApiKey(databases.app, organization, { name, scopes, memberId, expiresAt }, { now });
    if (options.json) return printJson(created, surroundings);
    surroundings.out(
      `${created.key}\n\n` +
        'Keep it now: it is not stored and cannot be shown again. Send it as Authorization: Bearer <key> to ' +
        `${config.baseUrl}/api/v1/organizations/${organization.slug}\n` +
        `It is valid ${expiresAt ? `until ${expiresAt.toISOString()}` : 'until it is revoked'} ` +
        `(rollcall key revoke ${organization.slug} ${created.id}).\n`,
    );
  });
}

function addList(key: Command, surroundings: Surroundings): void {
  const list = key
    .command('list')
    .description('list the API keys of an organization, without their values, the newest first')
    .argument('<org>', 'the slug or id of the organization')
    .option('--limit <n>', 'keys at most', wholeNumber(1, 1_000), 100)
    .option('--before <id>', 'go on before the key with this id', rowId);
  withCommonOptions(list).action(async (org: string, options: CommonOptions & { limit: number; before?: string }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const { limit, before } = options;
    const keys = await listApiKeys(databases.app, await loadOrganization(databases, org), { limit, before });
    if (options.json) return printJson(keys, surroundings);
    printTable(
      keys,
      [
        ['id', (row) => row.id],
        ['name', (row) => row.name],
        ['for', (row) => row.member?.userName],
        ['scopes', (row) => row.scopes.join(' ')],
        ['expires', (row) => row.expiresAt],
        ['revoked', (row) => row.revokedAt],
        ['last used', (row) => row.lastUsedAt],
        ['from', (row) => row.lastUsedAddress],
      ],
      `${org} has no API key${before === undefined ? ' yet' : ' before this one'}.`,
      surroundings,
    );
  });
}

function addRename(key: Command, surroundings: Surroundings): void {
  const rename = key
    .command('rename')
    .description('give an API key another name')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<id>', 'the id of the key, as key list shows it', rowId)
    .requiredOption('--name <name>', 'its name from now on');
  withCommonOptions(rename).action(async (org: string, id: string, options: CommonOptions & { name: string }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    if (!(await renameApiKey(databases.app, organization, id, options.name, { now: new Date() }))) {
      throw noSuchKey(organization.slug, id);
    }
    if (options.json) return printJson({ id, name: options.name }, surroundings);
    surroundings.out(`The API key ${id} is called ${options.name}.\n`);
  });
}

function addRevoke(key: Command, surroundings: Surroundings): void {
  const revoke = key
    .command('revoke')
    .description('revoke an API key: within a second no process accepts it, and its streams end')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<id>', 'the id of the key, as key list shows it', rowId);
  withCommonOptions(revoke).action(async (org: string, id: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    if (!(await revokeApiKey(databases.app, organization, id, { now: new Date() }))) {
      throw noSuchKey(organization.slug, id);
    }
    if (options.json) return printJson({ id, revoked: true }, surroundings);
    surroundings.out(`Revoked the API key ${id}.\n`);
  });
}

const noSuchKey = (slug: string, id: string) =>
  new OperatorError(
    'not_found',
    `${slug} has no valid API key with the id ${JSON.stringify(id)}: rollcall key list ${slug} shows them.`,
  );
