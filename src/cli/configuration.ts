import { readFile } from 'node:fs/promises';
import type { Command } from 'commander';
import { applyConfiguration, planConfiguration } from '../provisioning/apply-configuration.ts';
import {
  type ComparedConfiguration,
  compareConfiguration,
  readConfiguration,
  type WantedConfiguration as Wanted,
} from '../provisioning/configuration.ts';
import { OperatorError } from '../store/operator-error.ts';
import { type CommonOptions, configOf, wholeNumber, withCommonOptions } from './common-options.ts';
import { printPlan, printSwitched, printWarnings } from './connection.ts';
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
  plan.option('--limit <n>', 'people and teams shown at most', wholeNumber(0, 100_000), 50);
  withCommonOptions(plan).action(async (org: string, file: string, options: CommonOptions & { limit: number }) => {
    const wanted = await readDocument(file);
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const now = new Date();
    const compared = await compareConfiguration(databases.app, organization, wanted, now);
    const page = { from: 0, limit: options.limit };
    const plan = await planConfiguration(databases.app, organization, compared, { now }, page);
    const { before: _, ...differing } = compared;
    const beside = { ...differing, warnings: plan.warnings };
    if (!options.json) {
      printChanges(compared, `${organization.slug} is as the document says.`, surroundings);
      for (const { why } of compared.confirm) surroundings.out(`To be confirmed with --yes: ${why}\n`);
      printWarnings(plan.warnings, surroundings);
    }
    printPlan(plan, options, surroundings, { whenEmpty: 'Nobody and no team would change.', beside });
  });

  const apply = configuration
    .command('apply')
    .description('make an organization what a configuration says; plan shows beforehand what that is')
    .argument('<org>', 'the slug or id of the organization')
    .argument('<file>', 'the document');
  apply.option('--yes', 'confirm what has to be confirmed, as plan says');
  apply.option('--plan <version>', 'only if the plan is still the one of this version');
  withCommonOptions(apply).action(async (org: string, file: string, options: ApplyOptions) => {
    const wanted = await readDocument(file);
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const now = new Date();
    const compared = await compareConfiguration(databases.app, organization, wanted, now);
    const confirmed = options.yes ? 'all' : [];
    const wish = { confirmed, version: options.plan } as const;
    const { switched, warnings } = await applyConfiguration(databases.app, organization, compared, wish, { now });
    const { changes, tokensMissing, teamsMissing, apiKeysMissing } = compared;
    const settling = switched?.settled ?? null;
    const answer = { changes, tokensMissing, teamsMissing, apiKeysMissing, settling, warnings };
    if (options.json) return printJson(answer, surroundings);
    printChanges(compared, `${organization.slug} was as the document says already.`, surroundings);
    if (switched !== undefined) printSwitched(organization.slug, switched.state, switched, surroundings);
    printWarnings(warnings, surroundings);
  });
}

type ApplyOptions = CommonOptions & { yes?: true; plan?: string };

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
  { changes, tokensMissing, teamsMissing, apiKeysMissing }: ComparedConfiguration,
  whenNone: string,
  surroundings: Surroundings,
): void {
  printTable(
    changes,
    [
      ['what', (row) => row.path],
      ['before', (row) => row.before],
      ['after', (row) => row.after],
    ],
    whenNone,
    surroundings,
  );
  const missing = [...tokensMissing.map((name) => ['token', name]), ...teamsMissing.map((name) => ['team', name])];
  for (const [kind, name] of missing) {
    surroundings.out(`There is no one ${kind} in force named ${name}, so nothing is changed of it; make it first.\n`);
  }
  for (const name of apiKeysMissing) {
    surroundings.out(
      `There is no API key in force named ${name} as the document says; none is made or changed by it: rollcall key create.\n`,
    );
  }
}
