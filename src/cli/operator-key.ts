import { randomBytes } from 'node:crypto';
import { link, readFile, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { prepareDataDirectory } from '../store/built-in/cluster.ts';
import { OperatorError } from '../store/operator-error.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { printJson } from './print.ts';
import type { Surroundings } from './surroundings.ts';

/** Adds `operator-key`. */
export function addOperatorKeyCommand(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('operator-key')
    .description('print the operator’s key and the link that opens the console with it');
  withCommonOptions(command).action(async (options: CommonOptions) => {
    const config = configOf(options, surroundings);
    const operatorKey = await readOperatorKey(config);
    const consoleUrl = consoleUrlOf(config, operatorKey);
    if (options.json) return printJson({ operatorKey, consoleUrl }, surroundings);
    surroundings.out(`${consoleUrl}\n`);
  });
}

/** The link to the console. A fragment stays in the browser: it reaches no server, proxy or log. */
export function consoleUrlOf(config: Config, operatorKey: string): string {
  return `${config.baseUrl}/#key=${operatorKey}`;
}

/** The operator's key: the one that is set, or the data directory's, made of 256 random bits when there is none yet. */
export async function readOperatorKey(config: Config): Promise<string> {
  if (config.operatorKey !== undefined) return config.operatorKey;
  await prepareDataDirectory(config.dataDir);
  const file = path.join(config.dataDir, 'operator.key');
  const made = await makeOperatorKey(file);
  if (made !== undefined) return made;
  const key = (await readFile(file, 'utf8').catch((error) => Promise.reject(unreadable(file, error)))).trim();
  if (/^[A-Za-z0-9_-]{32,256}$/.test(key)) return key;
  throw new OperatorError(
    'data_directory_unusable',
    `The operator's key in ${file} is damaged: remove the file, and the next start makes a new key.`,
  );
}

/** Makes the file, whole or not at all. Undefined when it is there already. */
async function makeOperatorKey(file: string): Promise<string | undefined> {
  const key = `rco_${randomBytes(32).toString('base64url')}`;
  const unfinished = `${file}.new-${process.pid}`;
  try {
    await writeFile(unfinished, `${key}\n`, { mode: 0o600, flush: true });
    await link(unfinished, file);
    return key;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw unreadable(file, error);
    return undefined;
  } finally {
    await rm(unfinished, { force: true });
  }
}

function unreadable(file: string, cause: unknown): OperatorError {
  return new OperatorError(
    'data_directory_unusable',
    `The operator's key cannot be kept in ${file} (${(cause as Error).message}).`,
    { cause },
  );
}
