import { flushCompileCache } from 'node:module';
import { setFlagsFromString } from 'node:v8';
import type { Command } from 'commander';
import { type Config, withPort } from '../config.ts';
import { findServing } from '../store/built-in/serving.ts';
import { OperatorError } from '../store/operator-error.ts';
import { listOrganizations } from '../store/organizations.ts';
import { type CommonOptions, configOf, withCommonOptions } from './common-options.ts';
import { openDatabases, within } from './databases.ts';
import { checkPort } from './listen-check.ts';
import { nextSteps } from './next-steps.ts';
import { consoleUrlOf, readOperatorKey } from './operator-key.ts';
import { printJson } from './print.ts';
import { readSecretKey } from './secret-key.ts';
import { stopRequested, unlessAborted } from './stop-signals.ts';
import type { Surroundings } from './surroundings.ts';

/**
 * Connections of one process. Node sends the statements of a transaction together, so a connection is busy only while
 * PostgreSQL works: more of them than it has cores for would wait there instead of here. Three of the jobs' listen for notices.
 */
const poolSizes = { app: 16, jobs: 7 };

/**
 * How much the heap may grow over what lived at the last major collection before V8 makes the next one. Left to itself it lets
 * the heap of a machine with much memory double and more, for garbage that requests leave: half as much memory, and the time of
 * the additional collections is not to be seen beside that of the requests.
 */
const heapGrowth = '--heap-growing-percent=50';

/** Running requests have this long to end after a stop was asked for. */
const drainMs = 10_000;

/** Adds `serve`. */
export function addServeCommand(program: Command, surroundings: Surroundings): void {
  const command = program
    .command('serve')
    .description('run Rollcall: start the database, migrate it, and answer requests until Ctrl-C or SIGTERM');
  withCommonOptions(command).action(async (options: CommonOptions) => {
    await serve(configOf(options, surroundings), options, surroundings);
  });
}

async function serve(given: Config, options: CommonOptions, surroundings: Surroundings): Promise<void> {
  setFlagsFromString(heapGrowth);
  const stopping = new AbortController();
  const stop = stopRequested().then(() => {
    if (!options.json) surroundings.out('Stopping: running requests are answered first.\n');
    stopping.abort();
  });
  const { signal } = stopping;
  let isServing = false;
  try {
    const config = await claimPort(given);
    const operatorKey = await readOperatorKey(config);
    const secretKey = await readSecretKey(config);
    const log = (sentence: string): void => surroundings.err(`rollcall: ${sentence}\n`);
    const lost = Promise.withResolvers<never>();
    lost.promise.catch(() => undefined);
    signal.throwIfAborted();

    const opening = { purpose: 'serve', max: poolSizes, log, onLost: lost.reject, signal } as const;
    await using databases = await openDatabases(config, opening);
    const { app, jobs } = databases;
    // Only this command needs what answers requests, and it is most of the program.
    const [{ startServer }, { startMaintenance }] = await Promise.all([
      import('../http/server.ts'),
      import('../provisioning/maintenance.ts'),
    ]);
    await using running = new AsyncDisposableStack();
    // Its end is arranged before it has begun: a stop does not wait for the start, only for what is to be closed.
    const run = async <T>(starting: Promise<T>, end: (started: T) => Promise<void>): Promise<void> => {
      running.defer(() =>
        within(
          drainMs,
          starting.then(end, () => undefined),
        ),
      );
      await unlessAborted(signal, starting);
    };
    const { connectionString } = databases;
    await run(startMaintenance({ connectionString, config, databases, secretKey, log }), (it) => it.stop());
    await run(startServer({ config, app, jobs, operatorKey, secretKey, log }), (it) => it.close());
    // Node would write what it compiled at the end, which a killed process does not have.
    flushCompileCache();

    const consoleUrl = consoleUrlOf(config, operatorKey);
    if (options.json) {
      printJson({ baseUrl: config.baseUrl, consoleUrl, pid: process.pid, dataDir: config.dataDir }, surroundings);
    } else {
      const organizations = await unlessAborted(signal, listOrganizations(jobs));
      surroundings.out(nextSteps({ config, consoleUrl, organizations, isTerminal: surroundings.isTerminal }));
    }
    isServing = true;
    await Promise.race([stop, lost.promise]);
  } catch (error) {
    // What a stop interrupts is no failure, and neither is what its signal has ended beside us.
    if (isServing || !signal.aborted) throw error;
  }
}

/** The configuration with a port that can be listened on. */
async function claimPort(config: Config): Promise<Config> {
  try {
    return withPort(config, await checkPort(config.host, config.port));
  } catch (error) {
    // Whoever starts Rollcall twice by mistake uses the same port too, and the more helpful truth is the other one.
    if (config.databaseUrl === undefined) await refuseSecond(config.dataDir);
    throw error;
  }
}

async function refuseSecond(dataDir: string): Promise<void> {
  const pid = await findServing(dataDir).catch(() => undefined);
  if (pid === undefined) return;
  throw new OperatorError(
    'data_directory_in_use',
    `Another Rollcall (process ${pid}) is serving this data directory: stop it first, or choose another with --data-dir.`,
  );
}
