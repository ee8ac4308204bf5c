import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import {
  applyConfiguration,
  confirmationsOfConfiguration,
  planConfiguration,
  planPeople,
  readConfiguration,
  type WantedConfiguration as Wanted,
  warningsOfConfiguration,
} from '../provisioning/configuration.ts';
import type { ConfigurationChange } from '../provisioning/configuration-differences.ts';
import { tokensMissing } from '../provisioning/configured-tokens.ts';
import { OperatorError } from '../store/operator-error.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { printWarnings } from './connection.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `configuration export`, `configuration plan` and `configuration apply`. */
export function addConfigurationCommands(program: Command, surroundings: Surroundings): void {
  const configuration = program
    .command('configuration')
    .description('the configuration of an organization as one document');

  const exported = configuration
    .command('export')
    .description('print what admins decided about an organization; it names no people and no secrets')
    .argument('<org>', 'the slug or id of the organization');
  withCommonOptions(exported).action(async (org: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    printJson({ version: 1, ...(await readConfiguration(databases.app, organization, new Date())) }, surroundings);
  });

  const plan = configuration
    .command('plan')
    .description('show what a configuration would change, and change nothing')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<file>', 'the document');
  withCommonOptions(plan).action(async (org: string, file: string, options: CommonOptions) => {
    const wanted = await readDocument(file);
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const before = await readConfiguration(databases.app, organization, new Date());
    const changes = planConfiguration(before, wanted);
    const plan = await planPeople(databases.app, organization, before, changes, { now: new Date() });
    const confirm = confirmationsOfConfiguration(before, changes);
    const warnings = warningsOfConfiguration(before, changes);
    const missing = tokensMissing(before, wanted);
    if (options.json) return printJson({ changes, tokensMissing: missing, confirm, warnings, ...plan }, surroundings);
    printChanges({ changes, missing }, `${organization.slug} is as the document says.`, options, surroundings);
    for (const [kind, count] of Object.entries(plan.counts)) surroundings.out(`${count} times ${kind}.\n`);
    for (const { why } of confirm) surroundings.out(`To be confirmed with --yes: ${why}\n`);
    printWarnings(warnings, surroundings);
  });

  const apply = configuration
    .command('apply')
    .description('make an organization what a configuration says; plan shows beforehand what that is')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<file>', 'the document');
  apply.option('--yes', 'confirm what has to be confirmed, as plan says');
  withCommonOptions(apply).action(async (org: string, file: string, options: CommonOptions & { yes?: true }) => {
    const wanted = await readDocument(file);
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const before = await readConfiguration(databases.app, organization, new Date());
    const changes = planConfiguration(before, wanted);
    const confirmed = options.yes ? 'all' : [];
    await applyConfiguration(databases.app, organization, before, changes, confirmed, { now: new Date() });
    const missing = tokensMissing(before, wanted);
    printChanges({ changes, missing }, `${organization.slug} was as the document says already.`, options, surroundings);
  });
}

async function readDocument(file: string): Promise<Wanted> {
  const text = await readFile(file, 'utf8').catch((cause: Error) => {
    throw new OperatorError('setting_invalid', `The file ${file} cannot be read (${cause.message}).`, { cause });
  });
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (cause) {
    throw new OperatorError('setting_invalid', `The file ${file} is no JSON (${(cause as Error).message}).`, { cause });
  }
  // Only these commands need the schema and what checks it.
  const [{ Compile }, { WantedConfiguration }] = await Promise.all([
    import('typebox/compile'),
    import('../http/api/schemas/configuration.ts'),
  ]);
  const validator = Compile(WantedConfiguration);
  if (validator.Check(value)) return value as Wanted;
  const [fault] = validator.Errors(value);
  const where = fault?.instancePath === '' ? 'it' : fault?.instancePath;
  throw new OperatorError('setting_invalid', `The file ${file} is no configuration: ${where} ${fault?.message}.`);
}

function printChanges(
  { changes, missing }: { changes: readonly ConfigurationChange[]; missing: readonly string[] },
  whenNone: string,
  { json }: CommonOptions,
  surroundings: Surroundings,
): void {
  if (json) {
    printJson({ changes, tokensMissing: missing }, surroundings);
    return;
  }
  printTable(
    [...changes],
    [
      ['what', (row) => row.path],
      ['before', (row) => row.before],
      ['after', (row) => row.after],
    ],
    whenNone,
    surroundings,
  );
  for (const name of missing) {
    surroundings.out(`There is no one token in force named ${name}, so nothing is changed of it; make it first.\n`);
  }
}
