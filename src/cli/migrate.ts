import type { Command } from 'commander';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { openForCommand } from './databases.ts';
import { printJson } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `migrate`. */
export function addMigrateCommand(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('migrate')
    .description('bring the database to this version of Rollcall (serve does it too)');
  withCommonOptions(command).action(async (options: CommonOptions) => {
    await using databases = await openForCommand(configOf(options, surroundings));
    const { applied, version } = databases;
    if (options.json) return printJson({ applied, version }, surroundings);
    for (const name of applied) surroundings.out(`Applied ${name}.\n`);
    surroundings.out(`The database is at version ${version}.\n`);
  });
}
