import type { Command } from 'commander';
import type { Acting } from '../provisioning/acting.ts';
import type { Database } from '../store/database.ts';
import { type CommonOptions, configOf, rowId, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { loadOrganization } from './organization-argument.ts';
import { printJson } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** What is done to one member, and what is said when it is done, and when there was nothing to do: `act` resolves to false then. */
export type MemberAct = readonly [
  name: string,
  description: string,
  act: (db: Database, org: { id: string }, id: string, at: Acting) => Promise<unknown>,
  done: string,
  already: string,
];

/**
 * Adds commands that do something to one member.
 *
 * @param list the command that shows the ids
 */
export function addMemberActs(
  noun: Command,
  surroundings: Surroundings,
  acts: readonly MemberAct[],
  list = 'members',
): void {
  for (const [name, description, act, done, already] of acts) {
    const command = noun
      .command(name)
      .description(description)
      .argument('<org>', 'the slug or id of the organization')
      .argument('<id>', `the id of the member, as ${list} shows it`, rowId);
    withCommonOptions(command).action(async (org: string, id: string, options: CommonOptions) => {
      await using databases = await openForCommand(configOf(options, surroundings));
      const organization = await loadOrganization(databases, org);
      const changed = (await act(databases.app, organization, id, { now: new Date() })) !== false;
      if (options.json) return printJson({ id, changed }, surroundings);
      surroundings.out(changed ? `${done} the member ${id}.\n` : `The member ${id} ${already}.\n`);
    });
  }
}
