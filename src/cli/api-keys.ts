import type { Command } from 'commander';
import { renameApiKey, revokeApiKey } from '../provisioning/change-api-key.ts';
import { createApiKey } from '../provisioning/create-api-key.ts';
import { type ListedApiKey, listApiKeys } from '../store/api-keys.ts';
import { type CommonOptions, configOf, rowId, withCommonOptions } from './common-options.ts';
import { addCredentialCommands, type CredentialKind, expiryOf, validity, withExpiry } from './credentials.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson } from './print.ts';
import type { Surroundings } from './surroundings.ts';

const kind: CredentialKind<ListedApiKey> = {
  noun: 'key',
  name: 'API key',
  revocation: 'within a second no process accepts it, and its streams end',
  list: listApiKeys,
  columns: [
    ['id', (row) => row.id],
    ['name', (row) => row.name],
    ['for', (row) => row.member?.userName],
    ['scopes', (row) => row.scopes.join(' ')],
    ['expires', (row) => row.expiresAt],
    ['revoked', (row) => row.revokedAt],
    ['last used', (row) => row.lastUsedAt],
    ['from', (row) => row.lastUsedAddress],
  ],
  rename: renameApiKey,
  revoke: revokeApiKey,
};

/** Adds `key create`, `key list`, `key rename` and `key revoke`. */
export function addApiKeyCommands(program: Command, surroundings: Surroundings): void {
  const key = program.command('key').description('the keys of an organization for the management API');
  addCreate(key, surroundings);
  addCredentialCommands(key, kind, surroundings);
}

type CreateOptions = CommonOptions & { name: string; scope: string[]; member?: string; expiresDays?: number };

function addCreate(key: Command, surroundings: Surroundings): void {
  const create = key
    .command('create')
    .description('create an API key and print it, this once')
    .argument('<org>', 'the slug or id of the organization')
    .requiredOption('--name <name>', 'what it is for, such as reports')
    .requiredOption('--scope <scopes...>', 'what it may do, such as members:read events:read')
    .option('--member <id>', 'the person whom it acts for; it ends with the person', rowId);
  withExpiry(create, 'until it is revoked');
  withCommonOptions(create).action(async (org: string, options: CreateOptions) => {
    const config = configOf(options, surroundings);
    await using databases = await openForCommand(config);
    const organization = await loadOrganization(databases, org);
    const now = new Date();
    const { name, scope: scopes, member: memberId } = options;
    const input = { name, scopes, memberId, expiresAt: expiryOf(options, now) };
    const created = await createApiKey(databases.app, organization, input, { now });
    if (options.json) return printJson(created, surroundings);
    surroundings.out(
      `${created.key}\n\n` +
        'Keep it now: it is not stored and cannot be shown again. Send it as Authorization: Bearer <key> to ' +
        `${config.baseUrl}/api/v1/organizations/${organization.slug}\n${validity(kind, organization.slug, created)}`,
    );
  });
}
