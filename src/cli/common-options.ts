import { type Command, InvalidArgumentError } from 'commander';
import { type Config, type ConfigFlags, readConfig } from '../config.ts';
import type { Surroundings } from './surroundings.ts';

/** The options that every command has. */
export type CommonOptions = ConfigFlags & { json?: true };

/** Adds the options that every command has: where Rollcall is, and how to answer. */
export function withCommonOptions(command: Command): Command {
  return command
    .option('--json', 'print one JSON document on standard output and nothing else')
    .option('--data-dir <path>', 'the data directory (ROLLCALL_DATA_DIR; default: ./data)')
    .option('--database-url <url>', 'a PostgreSQL instead of the built-in one (ROLLCALL_DATABASE_URL)')
    .option('--port <number>', 'the port Rollcall listens on (ROLLCALL_PORT; default: 7070)')
    .option('--host <address>', 'the address Rollcall listens on (ROLLCALL_HOST; default: 127.0.0.1)')
    .option(
      '--base-url <url>',
      'the address others reach it under (ROLLCALL_BASE_URL; default: http://127.0.0.1:<port>)',
    );
}

/** The configuration of a command: its flags, the environment, the defaults. */
export function configOf(options: CommonOptions, surroundings: Surroundings): Config {
  return readConfig(surroundings.env, options);
}

/** Parses the number of an option. */
export function wholeNumber(min: number, max: number): (text: string) => number {
  return (text) => {
    const number = Number(text);
    if (/^\d+$/.test(text) && number >= min && number <= max) return number;
    throw new InvalidArgumentError(`It must be a whole number from ${min} to ${max}.`);
  };
}

/**
 * What `option` takes for the `--limit` of a command that lists something.
 *
 * @param what is listed, in words
 */
export const limitOf = (what: string, { first = 50, least = 1, most = 1_000 } = {}) =>
  ['--limit <n>', `${what} at most`, wholeNumber(least, most), first] as const;

/** Parses a time. */
export function time(text: string): Date {
  const at = new Date(text);
  if (!Number.isNaN(at.getTime())) return at;
  throw new InvalidArgumentError('It must be a time such as 2030-01-10T14:02:00Z.');
}

/** Parses the id of a row, as the lists show it. */
export function rowId(text: string): string {
  if (/^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)) return text.toLowerCase();
  throw new InvalidArgumentError('It must be an id as the list shows it, 32 hexadecimal digits with hyphens.');
}
