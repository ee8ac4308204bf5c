import type { Command } from 'commander';
import type { Acting } from '../provisioning/acting.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { Organization } from '../store/organizations.ts';
import { type CommonOptions, configOf, limitOf, rowId, wholeNumber, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { type Column, printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** What lets somebody into an organization by its text: SCIM tokens or API keys. */
export type CredentialKind<Row> = {
  /** The word of the command. */
  noun: 'token' | 'key';
  /** What one is called in a sentence. */
  name: string;
  /** What its revocation does, in a few words. */
  revocation: string;
  list: (db: Database, org: { id: string }, page: { limit: number; before: string | undefined }) => Promise<Row[]>;
  columns: Column<Row>[];
  /** False if there is none in force with this id. */
  rename: (db: Database, org: { id: string }, id: string, name: string, at: Acting) => Promise<boolean>;
  revoke: (db: Database, org: { id: string }, id: string, at: Acting) => Promise<boolean>;
};

const dayMs = 24 * 60 * 60 * 1000;

/** Adds `list`, `rename` and `revoke` of credentials to the command of their noun. */
export function addCredentialCommands<Row>(
  command: Command,
  kind: CredentialKind<Row>,
  surroundings: Surroundings,
): void {
  const { noun, name } = kind;
  const list = command
    .command('list')
    .description(`list the ${name}s of an organization, without their values, the newest first`)
    .argument('<org>', 'the slug or id of the organization')
    .option(...limitOf(`${name}s`, { first: 100 }))
    .option('--before <id>', `go on before the ${name} with this id`, rowId);
  withCommonOptions(list).action(async (org: string, options: CommonOptions & { limit: number; before?: string }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const { limit, before } = options;
    const rows = await kind.list(databases.app, await loadOrganization(databases, org), { limit, before });
    if (options.json) return printJson(rows, surroundings);
    const whenEmpty =
      before === undefined
        ? `${org} has no ${name} yet: rollcall ${noun} create ${org} --help says how to make one.`
        : `${org} has no ${name} before this one.`;
    printTable(rows, kind.columns, whenEmpty, surroundings);
  });

  const rename = onOne(command, 'rename', `give a ${name} another name`, kind).requiredOption(
    '--name <name>',
    'its name from now on',
  );
  withCommonOptions(rename).action(async (org: string, id: string, options: CommonOptions & { name: string }) => {
    await changeOne(org, id, options, kind, surroundings, (db, organization, at) =>
      kind.rename(db, organization, id, options.name, at),
    );
    if (options.json) return printJson({ id, name: options.name }, surroundings);
    surroundings.out(`The ${name} ${id} is called ${options.name}.\n`);
  });

  const revoke = onOne(command, 'revoke', `revoke a ${name}: ${kind.revocation}`, kind);
  withCommonOptions(revoke).action(async (org: string, id: string, options: CommonOptions) => {
    await changeOne(org, id, options, kind, surroundings, (db, organization, at) =>
      kind.revoke(db, organization, id, at),
    );
    if (options.json) return printJson({ id, revoked: true }, surroundings);
    surroundings.out(`Revoked the ${name} ${id}.\n`);
  });
}

type Named = Pick<CredentialKind<unknown>, 'noun' | 'name'>;

/** A subcommand on one credential. */
export function onOne(command: Command, verb: string, description: string, { noun, name }: Named): Command {
  return command
    .command(verb)
    .description(description)
    .argument('<org>', 'the slug or id of the organization')
    .argument('<id>', `the id of the ${name}, as ${noun} list shows it`, rowId);
}

/**
 * Changes one credential.
 *
 * @param change returns what it came to; false or undefined if there is none in force with this id
 * @throws OperatorError not_found
 */
export async function changeOne<T>(
  org: string,
  id: string,
  options: CommonOptions,
  { noun, name }: Named,
  surroundings: Surroundings,
  change: (db: Database, organization: Organization, at: Acting) => Promise<T>,
): Promise<Exclude<T, false | undefined>> {
  await using databases = await openForCommand(configOf(options, surroundings));
  const organization = await loadOrganization(databases, org);
  const changed = await change(databases.app, organization, { now: new Date() });
  if (changed !== false && changed !== undefined) return changed as Exclude<T, false | undefined>;
  throw new OperatorError(
    'not_found',
    `${organization.slug} has no valid ${name} with the id ${JSON.stringify(id)}: rollcall ${noun} list ${organization.slug} shows them.`,
  );
}

/** Adds the option that says how long a credential is valid. */
export const withExpiry = (command: Command, without: string): Command =>
  command.option('--expires-days <days>', `how long it is valid; without it, ${without}`, wholeNumber(1, 3_650));

/** When a credential expires that is made now. */
export const expiryOf = ({ expiresDays }: { expiresDays?: number }, now: Date): Date | undefined =>
  expiresDays === undefined ? undefined : new Date(now.getTime() + expiresDays * dayMs);

/** For how long a credential is valid, and the command that ends it sooner. */
export const validity = (
  { noun }: Named,
  slug: string,
  { id, expiresAt }: { id: string; expiresAt: Date | undefined },
): string =>
  `It is valid ${expiresAt ? `until ${expiresAt.toISOString()}` : 'until it is revoked'} (rollcall ${noun} revoke ${slug} ${id}).\n`;
