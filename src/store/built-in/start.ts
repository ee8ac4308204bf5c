import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { OperatorError } from '../operator-error.ts';
import { findAccount } from './account.ts';
import { connectionStringOf, freeLoopbackPort, recordedListener } from './address.ts';
import { usableBinaries } from './binaries.ts';
import { clusterPathIn, ownerName, prepareCluster, prepareDataDirectory, readPassword } from './cluster.ts';
import {
  boundLog,
  type Cluster,
  findPostmaster,
  type StartedPostmaster,
  spawnPostmaster,
  stopPostmaster,
} from './postmaster.ts';
import type { Durability, Listener } from './settings.ts';
import { prepareSocketDirectory } from './socket-directory.ts';
import { claimServing, enterUse, leaveUse, type Purpose, sessionName } from './use.ts';

/** How long a server may take to accept connections, not counting the time in which it says that it is starting. */
const startWaitMs = 60_000;
const retryWaitMs = 50;
const restartWaitMs = 500;
const logCheckMs = 60_000;

export type BuiltInOptions = {
  /** The data directory; the cluster is in it, or linked from it. */
  dataDir: string;
  /** One sentence for the operator. */
  log: (sentence: string) => void;
  /** A data directory has one `serve`; any number of other programs visit beside it. Default: visit. */
  purpose?: Purpose;
  /** Default: full. */
  durability?: Durability;
  /** Default: a socket, except on Windows. */
  transport?: Listener['kind'];
  /** Told when the server is lost for good while it is in use, which ends with `stop` all the same. */
  onLost?: (error: Error) => void;
  /** Ends a start that is not wanted any more: the server is stopped again, and the reason of the signal is thrown. */
  signal?: AbortSignal;
};

/** Disposing of it is stopping. */
export type BuiltInPostgres = AsyncDisposable & {
  /** Of the database `rollcall`, as its owner. Stays right when the server is restarted. */
  connectionString: string;
  /** The same for another database of the server. */
  connectionStringOf: (database: string) => string;
  /** Leaves the server, and stops it when nobody else uses it. */
  stop: () => Promise<void>;
};

/**
 * Starts the built-in PostgreSQL of a data directory, or joins the one that runs there already, left behind by a killed
 * program or used by another one. While it is in use, a server that dies is started again.
 *
 * @throws OperatorError when the directory, the system or another `serve` does not allow it
 */
export async function startBuiltIn(options: BuiltInOptions): Promise<BuiltInPostgres> {
  const purpose = options.purpose ?? 'visit';
  const { cluster, password } = await prepare(options);
  const { signal } = options;
  const stopping = new AbortController();
  const target = (database: string) => connectionStringOf(cluster.listener, database, password);

  let session = await attach(cluster, target, purpose, signal ?? stopping.signal);
  let restarting: Promise<void> | undefined;
  const watch = (): void => {
    session.once('end', () => {
      if (!stopping.signal.aborted) restarting = restart();
    });
  };
  const restart = async (): Promise<void> => {
    options.log('The built-in PostgreSQL has ended unexpectedly and is being started again.');
    while (!stopping.signal.aborted) {
      try {
        session = await attach(cluster, target, purpose, stopping.signal);
        watch();
        options.log('The built-in PostgreSQL is running again.');
        return;
      } catch (error) {
        if (stopping.signal.aborted) return;
        options.log((error as Error).message);
        if (error instanceof OperatorError && error.code === 'data_directory_in_use') {
          options.onLost?.(error);
          return;
        }
        await delay(restartWaitMs, undefined, { signal: stopping.signal }).catch(() => undefined);
      }
    }
  };
  watch();
  const logCheck = setInterval(() => void boundLog(cluster.logFile).catch(() => undefined), logCheckMs).unref();

  try {
    signal?.throwIfAborted();
    await makeDatabase(session);
    signal?.throwIfAborted();
  } catch (error) {
    stopping.abort();
    clearInterval(logCheck);
    await detach(session, cluster);
    throw error;
  }
  const stop = async (): Promise<void> => {
    if (stopping.signal.aborted) return;
    stopping.abort();
    clearInterval(logCheck);
    await restarting;
    await detach(session, cluster);
  };
  return {
    connectionString: target('rollcall'),
    connectionStringOf: target,
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

async function prepare(options: BuiltInOptions): Promise<{ cluster: Cluster; password: string | undefined }> {
  const { log, durability = 'full' } = options;
  const transport = options.transport ?? (process.platform === 'win32' ? 'loopback' : 'socket');
  const dataDir = path.resolve(options.dataDir);
  await prepareDataDirectory(dataDir);
  const account = await findAccount(clusterPathIn(dataDir));
  const binaries = await usableBinaries(account, dataDir, log);
  const directory = await prepareCluster({ dataDir, binaries, account, transport, durability, log });
  const listener: Listener =
    transport === 'socket'
      ? { kind: 'socket', directory: await prepareSocketDirectory(directory, account) }
      : { kind: 'loopback', port: await freeLoopbackPort() };
  const password = transport === 'loopback' ? await readPassword(dataDir) : undefined;
  const logFile = path.join(dataDir, 'postgres.log');
  return { cluster: { path: directory, logFile, binaries, account, listener, durability }, password };
}

/**
 * A session that holds our locks on a running server. Starts race, and a server that is being stopped by its last user
 * or that cannot begin before the processes of a killed one are gone is an ordinary sight: so look, start, and look again.
 */
async function attach(
  cluster: Cluster,
  target: (database: string) => string,
  purpose: Purpose,
  stopping: AbortSignal,
): Promise<pg.Client> {
  let started: StartedPostmaster | undefined;
  let waitingSince = performance.now();
  let cause = 'no answer';
  for (;;) {
    // What was started is entered first: only whoever is inside knows whether others are, and may stop it.
    if (started === undefined) stopping.throwIfAborted();
    const isRunning = (await findPostmaster(cluster)) !== undefined;
    if (isRunning) {
      cluster.listener = (await recordedListener(cluster.path)) ?? cluster.listener;
      const answer = await enter(target('postgres'), purpose);
      if (answer instanceof pg.Client) return answer;
      if (answer.isStarting) waitingSince = performance.now();
      cause = answer.cause;
    }
    const end = started?.ended();
    if (end !== undefined) {
      cause = end.lastWords;
      // Whoever came and went before us was its last user, and stopped it.
      if (!end.wasStopped && !passes(cause)) throw new OperatorError('built_in_failed', failure(cluster, cause));
    }
    if (!isRunning && (started === undefined || end !== undefined)) started = await spawnPostmaster(cluster);
    if (performance.now() - waitingSince > startWaitMs) {
      throw new OperatorError('built_in_failed', failure(cluster, cause));
    }
    await delay(retryWaitMs);
  }
}

/** Another start was faster, or the processes of a killed server are still leaving. */
function passes(end: string): boolean {
  return /lock file .* already exists|pre-existing shared memory block|could not bind|Address already in use/i.test(
    end,
  );
}

function failure(cluster: Cluster, cause: string): string {
  return `The built-in PostgreSQL did not start (${cause}); its log is ${cluster.logFile}.`;
}

async function enter(
  connectionString: string,
  purpose: Purpose,
): Promise<pg.Client | { cause: string; isStarting: boolean }> {
  const session = new pg.Client({
    connectionString,
    application_name: sessionName(purpose),
    connectionTimeoutMillis: 10_000,
  });
  // a connection that is lost says so in the next answer, or by its end
  session.on('error', () => undefined);
  try {
    await session.connect();
    if (!(await enterUse(session))) {
      await session.end();
      return { cause: 'it is being stopped', isStarting: true };
    }
    const other = purpose === 'serve' ? await claimServing(session) : undefined;
    if (other === undefined) return session;
    await session.end();
    throw new OperatorError(
      'data_directory_in_use',
      `Another Rollcall (process ${other}) is serving this data directory: stop it first, or choose another with --data-dir.`,
    );
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    await session.end().catch(() => undefined);
    return { cause: (error as Error).message, isStarting: (error as pg.DatabaseError).code === '57P03' };
  }
}

async function detach(session: pg.Client, cluster: Cluster): Promise<void> {
  try {
    if (await leaveUse(session)) await stopPostmaster(cluster);
  } catch {
    // The server is gone already, or goes at this moment.
  } finally {
    await session.end().catch(() => undefined);
  }
}

async function makeDatabase(session: pg.Client): Promise<void> {
  const { rowCount } = await session.query(`select from pg_database where datname = 'rollcall'`);
  if (rowCount !== 0) return;
  await session.query(`create database rollcall owner ${ownerName}`).catch((error: pg.DatabaseError) => {
    // duplicate_database, or unique_violation of its catalog: another start made it at the same moment
    if (error.code !== '42P04' && error.code !== '23505') throw error;
  });
}
