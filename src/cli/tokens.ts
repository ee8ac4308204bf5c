import { type Command, Option } from 'commander';
import type { Config } from '../config.ts';
import { limits } from '../limits.ts';
import { type BuiltInRole, builtInRoles } from '../organization/roles.ts';
import { everyTokenScope } from '../organization/token-scopes.ts';
import { changeToken } from '../provisioning/change-token.ts';
import { type CreatedToken, createToken } from '../provisioning/create-token.ts';
import { revokeToken } from '../provisioning/revoke-token.ts';
import { cancelRotation, rotateToken } from '../provisioning/rotate-token.ts';
import type { Organization } from '../store/organizations.ts';
import { type ListedToken, listTokens } from '../store/tokens.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import {
  addCredentialCommands,
  type CredentialKind,
  changeOne,
  expiryOf,
  onOne,
  validity,
  withExpiry,
} from './credentials.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization, scimBaseUrlOf } from './organization-argument.ts';
import { printJson } from './print.ts';
import type { Surroundings } from './surroundings.ts';

const kind: CredentialKind<ListedToken> = {
  noun: 'token',
  name: 'token',
  revocation: 'within a second no process accepts it',
  list: listTokens,
  columns: [
    ['id', (row) => row.id],
    ['name', (row) => row.name],
    ['created', (row) => row.createdAt],
    ['expires', (row) => row.expiresAt],
    ['revoked', (row) => row.revokedAt],
    ['rotation', rotationOf],
    ['last used', (row) => row.lastUsedAt],
    ['from', (row) => row.lastUsedAddress],
    ['scopes', (row) => (row.scopes.length === everyTokenScope.length ? 'all' : row.scopes.join(' '))],
    ['addresses', (row) => row.addresses.join(' ')],
    ['role ceiling', (row) => row.roleCeiling],
  ],
  rename: (db, org, id, name, at) => changeToken(db, org, id, { name }, at),
  revoke: revokeToken,
};

function rotationOf({ replaces, replacedBy, goodCalls }: ListedToken): string | undefined {
  if (replacedBy !== undefined) return `ends when ${replacedBy} has taken over`;
  if (replaces === undefined) return undefined;
  return `takes over from ${replaces}: ${Math.min(goodCalls, limits.rotationGoodCalls)} of ${limits.rotationGoodCalls} good calls`;
}

/** Adds `token create`, `list`, `rename`, `change`, `revoke`, `rotate` and `cancel`. */
export function addTokenCommands(program: Command, surroundings: Surroundings): void {
  const token = program.command('token').description('the SCIM tokens of an organization');
  addCreate(token, surroundings);
  addCredentialCommands(token, kind, surroundings);
  addChange(token, surroundings);
  addRotate(token, surroundings);
  addCancel(token, surroundings);
}

type LimitOptions = { scope?: string[]; address?: string[] | true };

const withLimits = (command: Command): Command =>
  command
    .option('--scope <scopes...>', `what it may do: ${everyTokenScope.join(' ')}; all of them at first`)
    .option('--address [ranges...]', 'where it may be used from, such as 192.0.2.0/24; no range is anywhere');

const limitsOf = ({ scope, address }: LimitOptions) => ({
  scopes: scope,
  addresses: address === true ? [] : address,
});

type CreateOptions = CommonOptions & LimitOptions & { name: string; expiresDays?: number; roleCeiling?: BuiltInRole };

function addCreate(token: Command, surroundings: Surroundings): void {
  const create = token
    .command('create')
    .description('create a token and print it, this once, with the SCIM base URL')
    .argument('<org>', 'the slug or id of the organization')
    .requiredOption('--name <name>', 'what it is for, such as okta');
  withLimits(withExpiry(create, 'until it is revoked')).addOption(
    new Option(
      '--role-ceiling <role>',
      'the strongest role that teams give to people whom it puts into them; member at first',
    ).choices(Object.keys(builtInRoles)),
  );
  withCommonOptions(create).action(async (org: string, options: CreateOptions) => {
    const config = configOf(options, surroundings);
    await using databases = await openForCommand(config);
    const organization = await loadOrganization(databases, org);
    const now = new Date();
    const { name, roleCeiling } = options;
    const input = { name, expiresAt: expiryOf(options, now), roleCeiling, ...limitsOf(options) };
    const created = await createToken(databases.app, organization, input, { now });
    showCreated(created, { config, organization, isJson: options.json === true, says: '' }, surroundings);
  });
}

/** Prints a token, this once. */
function showCreated(
  created: CreatedToken,
  how: { config: Config; organization: Organization; isJson: boolean; says: string },
  surroundings: Surroundings,
): void {
  const { config, organization, isJson, says } = how;
  const scimBaseUrl = scimBaseUrlOf(config, organization);
  if (isJson) {
    printJson({ ...created, scimBaseUrl }, surroundings);
    return;
  }
  surroundings.out(
    `SCIM base URL  ${scimBaseUrl}\n` +
      `Token          ${created.token}\n\n` +
      'Paste both into the identity provider now: the token is not kept and cannot be shown again.\n' +
      says +
      validity(kind, organization.slug, created),
  );
}

function addChange(token: Command, surroundings: Surroundings): void {
  const change = withLimits(onOne(token, 'change', 'change what a token may do, and where it may be used from', kind));
  withCommonOptions(change).action(async (org: string, id: string, options: CommonOptions & LimitOptions) => {
    const { scopes, addresses } = limitsOf(options);
    await changeOne(org, id, options, kind, surroundings, (db, organization, at) =>
      changeToken(db, organization, id, { scopes, addresses }, at),
    );
    if (options.json) return printJson({ id, changed: true }, surroundings);
    surroundings.out(`Changed the token ${id}.\n`);
  });
}

function addRotate(token: Command, surroundings: Surroundings): void {
  const rotate = onOne(
    token,
    'rotate',
    'make a token that takes over from another one, and print it, this once; the old one ends by itself',
    kind,
  );
  withExpiry(rotate, 'as long as the old one was meant to be');
  withCommonOptions(rotate).action(
    async (org: string, id: string, options: CommonOptions & { expiresDays?: number }) => {
      const { created, organization } = await changeOne(
        org,
        id,
        options,
        kind,
        surroundings,
        async (db, organization, at) => {
          const created = await rotateToken(db, organization, id, expiryOf(options, at.now), at);
          return created && { created, organization };
        },
      );
      const says =
        created.replaces === undefined
          ? 'The old one is revoked, since the policy allows one token.\n'
          : `The old one goes on until this one has had ${limits.rotationGoodCalls} good calls ` +
            `(rollcall token cancel ${organization.slug} ${id} gives this one up).\n`;
      const config = configOf(options, surroundings);
      showCreated(created, { config, organization, isJson: options.json === true, says }, surroundings);
    },
  );
}

function addCancel(token: Command, surroundings: Surroundings): void {
  const cancel = onOne(
    token,
    'cancel',
    'give a rotation up: revoke the token that was taking over from this one',
    kind,
  );
  withCommonOptions(cancel).action(async (org: string, id: string, options: CommonOptions) => {
    const revoked = await changeOne(org, id, options, kind, surroundings, (db, organization, at) =>
      cancelRotation(db, organization, id, at),
    );
    if (options.json) return printJson({ id, revoked }, surroundings);
    surroundings.out(`The token ${id} stays; ${revoked}, which was taking over from it, is revoked.\n`);
  });
}
