import type { Config } from '../config.ts';
import { type BuiltInPostgres, startBuiltIn } from '../store/built-in/start.ts';
import type { Purpose } from '../store/built-in/use.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { migrate } from '../store/migrate.ts';
import { maintainPartitions } from '../store/partitions.ts';
import { unlessAborted } from './stop-signals.ts';

/** The database of a configuration, migrated, with a pool for each of the two roles. */
export type Databases = AsyncDisposable & {
  app: Database;
  jobs: Database;
  connectionString: string;
  applied: string[];
  version: number;
};

export type DatabasesOptions = {
  purpose: Purpose;
  /** Connections at most, of each role. */
  max: { app: number; jobs: number };
  log: (sentence: string) => void;
  onLost?: (error: Error) => void;
  /** Whoever opens them wants them no more: what is open is closed, and the reason of the signal is thrown. */
  signal?: AbortSignal;
};

/** A pool's connections are given back within this time, or the end of the process takes them. */
const poolEndMs = 3_000;

/**
 * Opens the database that the configuration names: ROLLCALL_DATABASE_URL, or the built-in one, which is joined where it
 * runs and else started for as long as it is needed. It is migrated first, so that any command may be the first one.
 */
export async function openDatabases(config: Config, options: DatabasesOptions): Promise<Databases> {
  await using opened = new AsyncDisposableStack();
  const { log, signal } = options;
  let connectionString = config.databaseUrl;
  if (connectionString === undefined) {
    const { purpose, onLost } = options;
    const builtIn: BuiltInPostgres = await startBuiltIn({
      dataDir: config.dataDir,
      log,
      purpose,
      ...(onLost === undefined ? {} : { onLost }),
      ...(signal === undefined ? {} : { signal }),
    });
    opened.defer(() => builtIn.stop());
    connectionString = builtIn.connectionString;
  }
  const { applied, version } = await unlessAborted(signal, migrate(connectionString, { log }));
  if (applied.length > 0) await unlessAborted(signal, makeFirstPartitions(connectionString, config));
  const open = (role: 'rollcall_app' | 'rollcall_jobs', max: number): Database => {
    const pool = openDatabase({ connectionString, role, max, applicationName: `rollcall ${options.purpose}`, log });
    opened.defer(() => within(poolEndMs, pool.end()));
    return pool;
  };
  const app = open('rollcall_app', options.max.app);
  const jobs = open('rollcall_jobs', options.max.jobs);
  const closing = opened.move();
  return { app, jobs, connectionString, applied, version, [Symbol.asyncDispose]: () => closing.disposeAsync() };
}

/** What a command writes before the first serve belongs into partitions that retention can drop. */
async function makeFirstPartitions(connectionString: string, config: Config): Promise<void> {
  const owner = openDatabase({ connectionString, role: undefined, max: 1, applicationName: 'rollcall partitions' });
  await maintainPartitions(owner, new Date(), config).finally(() => owner.end());
}

/** Opens the database for one command that does not serve. */
export async function openForCommand(config: Config): Promise<Databases> {
  return await openDatabases(config, { purpose: 'visit', max: { app: 2, jobs: 1 }, log: () => undefined });
}

/** Waits for the work, but not longer than this. */
export async function within(limitMs: number, work: Promise<unknown>): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  const limit = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, limitMs);
  });
  await Promise.race([work, limit]).finally(() => clearTimeout(timer));
}
