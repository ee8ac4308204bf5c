import type { Command } from 'commander';
import { changeAccessAsPlanned, type PlannedWork, planAccess } from '../provisioning/plan-access.ts';
import { type CommonOptions, wholeNumber } from './common-options.ts';
import { printPlan } from './connection.ts';
import type { Databases } from './databases.ts';
import type { Surroundings } from './surroundings.ts';

/** The options of a change of roles and licenses, of which the plan is shown before. */
export type PlannedOptions = CommonOptions & { plan?: true | string; limit: number };

export const withPlan = (command: Command): Command =>
  command
    .option(
      '--plan [version]',
      'only show what it would change, for whom and why; with a version, change it if the plan is still that one',
    )
    .option('--limit <n>', 'items of the plan shown at most', wholeNumber(0, 100_000), 50);

/**
 * Makes a change, or prints the plan of it.
 *
 * @returns whether something was changed; undefined where the plan was asked for
 */
export async function changeOrPlan(
  { app }: Pick<Databases, 'app'>,
  org: { id: string },
  planned: PlannedWork,
  options: PlannedOptions,
  surroundings: Surroundings,
): Promise<boolean | undefined> {
  const at = { now: new Date() };
  if (options.plan !== true) return (await changeAccessAsPlanned(app, org, planned, at, options.plan)).isChanged;
  const plan = await planAccess(app, org, planned, at, { from: 0, limit: options.limit });
  printPlan(plan, options, surroundings, { whenEmpty: 'Nobody would change.' });
  return undefined;
}
