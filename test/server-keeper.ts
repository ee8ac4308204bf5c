// Each test file is a process, and the test runner starts one after the other: between them nobody would use the server.
// The keeper is a process that uses it for as long as the test runner lives, and so also stops it when the last test
// process was killed.
import { spawn } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { isAlive } from '../src/store/built-in/process-state.ts';
import { type BuiltInPostgres, startBuiltIn } from '../src/store/built-in/start.ts';
import { testServerOptions } from './test-server.ts';

const lockSpace = 0x6b656570;
const lookEveryMs = 100;

/** Sees to it that a test run has its keeper. A file that is run by itself needs none: it stops the server at its end. */
export async function keepServerForTestRun(server: BuiltInPostgres): Promise<void> {
  if (process.env.NODE_TEST_CONTEXT === undefined) return;
  const client = new pg.Client({ connectionString: server.connectionStringOf('postgres') });
  await client.connect();
  const { rowCount } = await client.query(
    `select from pg_locks where locktype = 'advisory' and classid = $1 and objid = $2`,
    [lockSpace, process.ppid],
  );
  await client.end();
  if (rowCount !== 0) return;
  spawn(process.execPath, [import.meta.filename, String(process.ppid)], { stdio: 'ignore', detached: true }).unref();
}

async function keepWhileAlive(runner: number): Promise<void> {
  const server = await startBuiltIn({ ...(await testServerOptions()), log: () => undefined });
  const client = new pg.Client({ connectionString: server.connectionStringOf('postgres') });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query('select pg_try_advisory_lock($1, $2) as mine', [lockSpace, runner]);
  while (rows[0]?.mine === true && isAlive(runner)) await delay(lookEveryMs);
  await client.end();
  await server.stop();
}

if (process.argv[1] === import.meta.filename) await keepWhileAlive(Number(process.argv[2]));
