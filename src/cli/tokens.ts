import type { Command } from 'commander';
import { createToken } from '../provisioning/create-token.ts';
import { renameToken } from '../provisioning/rename-token.ts';
import { revokeToken } from '../provisioning/revoke-token.ts';
import { OperatorError } from '../store/operator-error.ts';
import { listTokens } from '../store/tokens.ts';
import { type CommonOptions, configOf, rowId, wholeNumber, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization, scimBaseUrlOf } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

const dayMs = 24 * 60 * 60 * 1000;

type CreateOptions = CommonOptions & { name: string; expiresDays?: number };

/** Adds `token create`, `token list`, `token rename` and `token revoke`. */
export function addTokenCommands(program: Command, surroundings: Surroundings): void {
  const token = program.command('token').description('the SCIM tokens of an organization');
  addCreate(token, surroundings);
  addList(token, surroundings);
  addRename(token, surroundings);
  addRevoke(token, surroundings);
}

function addCreate(token: Command, surroundings: Surroundings): void {
  const create = token
    .command('create')
    .description('create a token and print it, this once, with the SCIM base URL')
    .argument('<org>', 'the slug or id of the organization')
    .requiredOption('--name <name>', 'what it is for, such as okta')
    .option('--expires-days <days>', 'how long it is valid; without it, until it is revoked', wholeNumber(1, 3_650));
  withCommonOptions(create).action(async (org: string, options: CreateOptions) => {
    const config = configOf(options, surroundings);
    await using databases = await openForCommand(config);
    const organization = await loadOrganization(databases, org);
    const now = new Date();
    const expiry =
      options.expiresDays === undefined ? {} : { expiresAt: new Date(now.getTime() + options.expiresDays * dayMs) };
    const created = await createToken(databases.app, organization, { name: options.name, ...expiry }, { now });
    const scimBaseUrl = scimBaseUrlOf(config, organization);
    if (options.json) return printJson({ ...created, scimBaseUrl }, surroundings);
    surroundings.out(
      `SCIM base URL  ${scimBaseUrl}\n` +
        `Token          ${created.token}\n\n` +
        'Paste both into the identity provider now: the token is not kept and cannot be shown again.\n' +
        `It is valid ${created.expiresAt ? `until ${created.expiresAt.toISOString()}` : 'until it is revoked'} ` +
        `(rollcall token revoke ${organization.slug} ${created.id}).\n`,
    );
  });
}

function addList(token: Command, surroundings: Surroundings): void {
  const list = token
    .command('list')
    .description('list the tokens of an organization, without their values')
    .argument('<org>', 'the slug or id of the organization');
  withCommonOptions(list).action(async (org: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const tokens = await listTokens(databases.app, await loadOrganization(databases, org));
    if (options.json) return printJson(tokens, surroundings);
    printTable(
      tokens,
      [
        ['id', (row) => row.id],
        ['name', (row) => row.name],
        ['created', (row) => row.createdAt],
        ['expires', (row) => row.expiresAt],
        ['revoked', (row) => row.revokedAt],
        ['last used', (row) => row.lastUsedAt],
        ['from', (row) => row.lastUsedAddress],
        ['role ceiling', (row) => row.roleCeiling],
      ],
      `${org} has no token yet: rollcall token create ${org} --name okta makes one.`,
      surroundings,
    );
  });
}

function addRename(token: Command, surroundings: Surroundings): void {
  const rename = token
    .command('rename')
    .description('give a token another name')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<id>', 'the id of the token, as token list shows it', rowId)
    .requiredOption('--name <name>', 'its name from now on');
  withCommonOptions(rename).action(async (org: string, id: string, options: CommonOptions & { name: string }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    if (!(await renameToken(databases.app, organization, id, options.name, { now: new Date() }))) {
      throw noSuchToken(organization.slug, id);
    }
    if (options.json) return printJson({ id, name: options.name }, surroundings);
    surroundings.out(`The token ${id} is called ${options.name}.\n`);
  });
}

function addRevoke(token: Command, surroundings: Surroundings): void {
  const revoke = token
    .command('revoke')
    .description('revoke a token: within a second no process accepts it')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<id>', 'the id of the token, as token list shows it', rowId);
  withCommonOptions(revoke).action(async (org: string, id: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    if (!(await revokeToken(databases.app, organization, id, { now: new Date() }))) {
      throw noSuchToken(organization.slug, id);
    }
    if (options.json) return printJson({ id, revoked: true }, surroundings);
    surroundings.out(`Revoked the token ${id}.\n`);
  });
}

const noSuchToken = (slug: string, id: string) =>
  new OperatorError(
    'not_found',
    `${slug} has no valid token with the id ${JSON.stringify(id)}: rollcall token list ${slug} shows them.`,
  );
