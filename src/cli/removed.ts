import type { Command } from 'commander';
import { readActorNaming, shownActor } from '../events/shown-actor.ts';
import { sayActor } from '../events/words.ts';
import { listRemoved } from '../store/removed-list.ts';
import { type CommonOptions, configOf, limitOf, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson, printTable } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `removed`. */
export function addRemovedCommand(program: Command, surroundings: Surroundings): void {
  const removed = program
    .command('removed')
    .description('list the people and teams that were removed and can be brought back, the last ones first')
    .argument('<org>', 'the slug or id of the organization')
    .option(...limitOf('people and teams', { first: 100 }));
  withCommonOptions(removed).action(async (org: string, options: CommonOptions & { limit: number }) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const organization = await loadOrganization(databases, org);
    const found = await listRemoved(databases.app, organization, { limit: options.limit, now: new Date() });
    if (options.json) return printJson(found, surroundings);
    const naming = await readActorNaming(databases.app, organization);
    printTable(
      found,
      [
        ['what', ({ kind }) => kind],
        ['name', ({ name }) => name],
        ['removed', ({ removedAt }) => removedAt],
        ['by', ({ event }) => event && sayActor(shownActor(event, naming))],
        ['remembered until', ({ rememberedUntil }) => rememberedUntil],
        ['event', ({ event }) => event?.seq],
        ['id', ({ id }) => id],
      ],
      `Nobody and no team of ${organization.slug} was removed lately.`,
      surroundings,
    );
  });
}
