import type { Command } from 'commander';
import { planHeld } from '../provisioning/plan-held.ts';
import { discardBatch, releaseBatch } from '../provisioning/release-batch.ts';
import { listBatches } from '../store/held-rows.ts';
import { type CommonOptions, configOf, limitOf, rowId, withCommonOptions } from './common-options.ts';
import { printPlan, printSettled, printWarnings } from './connection.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

type ListOptions = CommonOptions & { limit: number };
type EndOptions = CommonOptions & { plan?: string };

/** Adds `held list`, `plan`, `release` and `discard`. */
export function addHeldCommands(program: Command, surroundings: Surroundings): void {
  const held = program.command('held').description('what is asked and held: batches of changes that are not in force');
  const command = (name: string, says: string) =>
    held.command(name).description(says).argument('<org>', 'the slug or id of the organization');
  const ofBatch = (name: string, says: string) => command(name, says).argument('<batch>', 'the id of the batch', rowId);

  withCommonOptions(command('list', 'list the batches, the newest first').option(...limitOf('batches'))).action(
    async (org: string, options: ListOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const batches = await listBatches(databases.app, organization, { limit: options.limit });
      if (options.json) return printJson(batches, surroundings);
      printTable(
        batches,
        [
          ['opened', (row) => row.openedAt],
          ['held by', ({ cause, kinds }) => (cause === 'brake' ? `the brake: ${kinds.join(', ')}` : 'the connection')],
          ['state', (row) => row.state],
          ['members', (row) => row.members],
          ['teams', (row) => row.teams],
          ['memberships', (row) => row.memberships],
          ['id', (row) => row.id],
        ],
        `Nothing was ever held in ${organization.slug}.`,
        surroundings,
      );
    },
  );

  withCommonOptions(
    ofBatch('plan', 'show what letting a batch go would put in force, for whom and why').option(
      ...limitOf('items shown', { least: 0, most: 100_000 }),
    ),
  ).action(async (org: string, batch: string, options: ListOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const plan = await planHeld(databases.app, organization, batch, { from: 0, limit: options.limit });
    const { discardRefusal = null, warnings } = plan;
    if (!options.json) printWarnings(warnings, surroundings);
    printPlan(plan, options, surroundings, { beside: { discardRefusal, warnings } });
    if (!options.json && discardRefusal !== null && discardRefusal !== plan.refusal) {
      surroundings.out(`Discarding it would be refused. ${discardRefusal}\n`);
    }
  });

  const asShown = (ending: Command) =>
    ending.option('--plan <version>', 'only if the plan is still the one of this version');

  withCommonOptions(asShown(ofBatch('release', 'put in force what a batch holds'))).action(
    async (org: string, batch: string, options: EndOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const settled = await releaseBatch(databases.app, organization, batch, { now: new Date() }, options.plan);
      if (options.json) return printJson({ organization: organization.slug, batch, settling: settled }, surroundings);
      surroundings.out(`Released the batch ${batch} of ${organization.slug}.\n`);
      printSettled(settled, surroundings);
    },
  );

  withCommonOptions(
    asShown(
      ofBatch('discard', 'leave things as they are, and forget what the brake holds, or a connection that is off'),
    ),
  ).action(async (org: string, batch: string, options: EndOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    await discardBatch(databases.app, organization, batch, { now: new Date() }, options.plan);
    if (options.json) return printJson({ organization: organization.slug, batch, state: 'discarded' }, surroundings);
    surroundings.out(
      `Discarded the batch ${batch} of ${organization.slug}: what is in force stays, and the provider's next request wins.\n`,
    );
  });
}
