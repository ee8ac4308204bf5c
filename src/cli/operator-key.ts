import type { Command } from 'commander';
import type { Config } from '../config.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { readKeyFile } from './key-file.ts';
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

/** The operator's key: the one that is set, or the data directory's. */
export async function readOperatorKey(config: Config): Promise<string> {
  return (
    config.operatorKey ??
    (await readKeyFile(config, { name: 'operator.key', prefix: 'rco_', title: "The operator's key" }))
  );
}
