import { mkdtemp, readFile, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import pg from 'pg';
import { clusterPathIn } from '../../src/store/built-in/cluster.ts';
import { startBuiltIn } from '../../src/store/built-in/start.ts';

/** The PostgreSQL that all servers under load share: Rollcall's built-in one, with its settings, fsync on. */
export type DatabaseServer = {
  dataDir: string;
  postmasterPid: number;
  connectionStringOf(database: string): string;
  /** Makes an empty database. */
  create(database: string): Promise<void>;
  vacuum(database: string): Promise<void>;
  stop(): Promise<void>;
};

/**
 * Starts it in a data directory, which `rollcall serve` joins when it is given the same. Without one it is a temporary
 * one, and `stop` removes it.
 */
export async function startDatabaseServer(givenDirectory?: string): Promise<DatabaseServer> {
  const dataDir = givenDirectory ?? (await mkdtemp(path.join(tmpdir(), 'rollcall-bench-')));
  const builtIn = await startBuiltIn({ dataDir, log: (sentence) => console.error(sentence) });
  const run = async (database: string, statement: string): Promise<void> => {
    const client = new pg.Client({ connectionString: builtIn.connectionStringOf(database) });
    await client.connect();
    await client.query(statement).finally(() => client.end());
  };
  return {
    dataDir,
    postmasterPid: Number.parseInt(await readFile(path.join(clusterPathIn(dataDir), 'postmaster.pid'), 'utf8'), 10),
    connectionStringOf: builtIn.connectionStringOf,
    create: async (database) => {
      await run('postgres', `drop database if exists ${database}`);
      await run('postgres', `create database ${database}`);
    },
    vacuum: (database) => run(database, 'vacuum analyze'),
    stop: async () => {
      await builtIn.stop();
      if (givenDirectory !== undefined) return;
      // Where PostgreSQL may not enter the directory, its cluster is elsewhere and only linked from it.
      await rm(await realpath(clusterPathIn(dataDir)), { recursive: true, force: true });
      await rm(dataDir, { recursive: true, force: true });
    },
  };
}
