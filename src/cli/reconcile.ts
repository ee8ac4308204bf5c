import type { Command } from 'commander';
import type { Actor } from '../events/feed.ts';
import { sayActor } from '../events/words.ts';
import { differenceSays, waitsForAdmin } from '../organization/reconciling.ts';
import { type Reconciliation, reportOf, startReconciliation, stateOf } from '../provisioning/reconcile.ts';
import { OperatorError } from '../store/operator-error.ts';
import { findReconciliation, listReconciliations, type StoredReconciliation } from '../store/reconciliations.ts';
import { type CommonOptions, configOf, limitOf, rowId, withCommonOptions } from './common-options.ts';
import { printItems } from './connection.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type ReconcileOptions = CommonOptions & { repair?: true; plan?: string };

/** Adds `reconcile`, `reconciliation list` and `reconciliation show`. */
export function addReconcileCommands(program: Command, surroundings: Surroundings): void {
  const reconciling = program
    .command('reconcile')
    .description('compare what was asked with what is in force, for a whole organization')
    .argument('<org>', 'the slug or id of the organization')
    .option('--repair', 'put right what does not follow from what was asked')
    .option('--plan <version>', 'repair only if what does not follow is what the report of this version shows');
  withCommonOptions(reconciling).action(async (org: string, options: ReconcileOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const wish = { repair: options.repair === true, version: options.plan };
    const { ended } = await startReconciliation(databases.app, organization, wish, { now: new Date() });
    const report = await ended;
    if (options.json) return printJson({ organization: organization.slug, ...report }, surroundings);
    printReport(report, organization.slug, surroundings);
  });

  const reconciliation = program
    .command('reconciliation')
    .description('the comparisons that were made, with their reports');
  const command = (name: string, says: string) =>
    reconciliation.command(name).description(says).argument('<org>', 'the slug or id of the organization');

  withCommonOptions(
    command('list', 'list the comparisons that are kept, the newest first').option(...limitOf('comparisons')),
  ).action(async (org: string, options: CommonOptions & { limit: number }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const found = await listReconciliations(databases.app, organization, { limit: options.limit });
    if (options.json) return printJson(found, surroundings);
    const now = new Date();
    printTable(
      found,
      [
        ['at', (each) => each.at],
        ['by', (each) => sayActor(each.actor as Actor)],
        ['wanted', (each) => (each.repairs ? 'repair' : 'report')],
        ['state', (each) => stateText(each, now)],
        ['found', (each) => foundText(each)],
        ['id', (each) => each.id],
      ],
      `${organization.slug} was never compared.`,
      surroundings,
    );
  });

  withCommonOptions(
    command('show', 'show the report of a comparison').argument('<id>', 'the id of the comparison', rowId),
  ).action(async (org: string, id: string, options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const found = await findReconciliation(databases.app, organization, id);
    if (found === undefined) {
      throw new OperatorError(
        'not_found',
        `There is no comparison ${id} of ${organization.slug}, or it is no longer kept.`,
      );
    }
    if (options.json) return printJson(found, surroundings);
    if (found.problem !== undefined) surroundings.out(`${found.problem}\n`);
    if (found.report === undefined) return surroundings.out(`It is ${stateText(found, new Date())}.\n`);
    printReport(reportOf(found), organization.slug, surroundings);
  });
}

function printReport(report: Reconciliation, slug: string, surroundings: Surroundings): void {
  const { compared, explained, items, repaired, refused, version } = report;
  const { out } = surroundings;
  out(`Compared ${compared.members} people and ${compared.memberships} memberships of ${slug}.\n`);
  printTable(
    explained,
    [
      ['differs', (each) => each.of],
      ['why', (each) => differenceSays(each.rule)],
      ['count', (each) => each.count],
      ['waits for', (each) => (waitsForAdmin(each.rule) ? 'an admin' : '')],
    ],
    'What was asked is in force.',
    surroundings,
  );
  const total = totalOf(report);
  if (total === 0) {
    out('Everything in force follows from what was asked and from what admins decided.\n');
    return;
  }
  out(
    `${total} things do not follow${repaired ? ' and were repaired' : `: rollcall reconcile ${slug} --repair puts them right`}:\n`,
  );
  printItems(items, 'Only counts.', surroundings);
  if (total > items.length && items.length > 0) out(`and ${total - items.length} more\n`);
  if (!repaired) out(`Plan ${version}\n`);
  if (refused.length > 0) {
    out(`Left as it is, since nobody would administer the organization or seats are missing: ${refused.join(', ')}.\n`);
  }
}

const totalOf = ({ drift }: Pick<Reconciliation, 'drift'>) =>
  Object.values(drift).reduce((sum, count) => sum + count, 0);

function stateText(found: StoredReconciliation, now: Date): string {
  const { compared, of, repaired, toRepair } = found.progress;
  const state = stateOf(found, now);
  if (state !== 'running') return state;
  return toRepair === 0
    ? `running: ${compared} of ${of} people compared`
    : `running: ${repaired} of ${toRepair} people repaired`;
}

function foundText({ report }: StoredReconciliation): string | undefined {
  if (report === undefined) return undefined;
  const { drift, repaired, refused } = report as Reconciliation;
  const total = totalOf({ drift });
  if (total === 0) return 'nothing that does not follow';
  return `${total} that do not follow${repaired ? ', repaired' : ''}${refused.length === 0 ? '' : `, but for ${refused.length}`}`;
}
