import type { Command } from 'commander';
import { reconcile } from '../provisioning/reconcile.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { printItems } from './connection.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `reconcile`. */
export function addReconcileCommand(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('reconcile')
    .description('compare what was asked with what is in force, for a whole organization')
    .argument('<org>', 'the slug or id of the organization')
    .option('--repair', 'put right what does not follow from what was asked');
  withCommonOptions(command).action(async (org: string, options: CommonOptions & { repair?: true }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const report = await reconcile(databases.app, organization, options.repair === true, { now: new Date() });
    if (options.json) return printJson({ organization: organization.slug, ...report }, surroundings);
    const { compared, explained, drift, items, repaired, refused } = report;
    const { out } = surroundings;
    out(`Compared ${compared.members} people and ${compared.memberships} memberships of ${organization.slug}.\n`);
    printTable(
      explained,
      [
        ['differs', (each) => each.of],
        ['why', (each) => each.rule],
        ['count', (each) => each.count],
      ],
      'What was asked is in force.',
      surroundings,
    );
    const total = Object.values(drift).reduce((sum, count) => sum + count, 0);
    if (total === 0) return out('Everything in force follows from what was asked and from what admins decided.\n');
    out(
      `${total} things do not follow${repaired ? ' and were repaired' : ': rollcall reconcile --repair puts them right'}:\n`,
    );
    printItems(items, 'Only counts.', surroundings);
    if (refused.length > 0) {
      out(
        `Left as it is, since nobody would administer the organization or seats are missing: ${refused.join(', ')}.\n`,
      );
    }
  });
}
