import { createHash, randomBytes } from 'node:crypto';
import pg from 'pg';
import { isAlive } from '../src/store/built-in/process-state.ts';
import { type BuiltInPostgres, startBuiltIn } from '../src/store/built-in/start.ts';
import { type Database, type DatabaseRole, openDatabase } from '../src/store/database.ts';
import { migrate } from '../src/store/migrate.ts';
import { type Migration, readMigrations } from '../src/store/migration-files.ts';
import { keepServerForTestRun } from './server-keeper.ts';
import { testServerOptions } from './test-server.ts';

/** A migrated database of its own, with a pool for each of the three roles. */
export type TestDatabase = AsyncDisposable & {
  /** Of the owner. */
  connectionString: string;
  app: Database;
  jobs: Database;
  owner: Database;
};

const lockSpace = 0x74657374;

/** Templates of other branches and older migrations that stay for their next run. */
const templatesKept = 4;

/**
 * A new database, cloned from a template that is migrated once per content of `migrations/`, on one PostgreSQL that all
 * test files of this account share. It is dropped at the end of the scope, and the server stops with its last user:
 *
 *     await using db = await testDatabase();
 */
export async function testDatabase(): Promise<TestDatabase> {
  const server = await enterServer();
  // the process id in the name tells later runs whether the database was left behind
  const name = `test_${process.pid}_${randomBytes(4).toString('hex')}`;
  await asOwner(server, async (client) => {
    const template = await prepareTemplate(server, client, await readMigrations());
    await client.query(`create database ${name} template ${template} strategy file_copy`);
  });
  const connectionString = server.connectionStringOf(name);
  const open = (role: DatabaseRole) => openDatabase({ connectionString, role, max: 10, applicationName: name });
  const pools = { app: open('rollcall_app'), jobs: open('rollcall_jobs'), owner: open(undefined) };
  return {
    connectionString,
    ...pools,
    async [Symbol.asyncDispose]() {
      await Promise.all(Object.values(pools).map((pool) => pool.end()));
      await asOwner(server, async (client) => {
        await client.query(`drop database if exists ${name} with (force)`);
      });
      await leaveServer();
    },
  };
}

let users = 0;
let shared: Promise<BuiltInPostgres> | undefined;

async function enterServer(): Promise<BuiltInPostgres> {
  users++;
  shared ??= startBuiltIn(await testServerOptions()).then(async (server) => {
    await keepServerForTestRun(server);
    return server;
  });
  return await shared;
}

async function leaveServer(): Promise<void> {
  if (--users > 0) return;
  const server = await shared;
  shared = undefined;
  await server?.stop();
}

async function asOwner(server: BuiltInPostgres, work: (client: pg.Client) => Promise<void>): Promise<void> {
  const client = new pg.Client({ connectionString: server.connectionStringOf('postgres') });
  await client.connect();
  await work(client).finally(() => client.end());
}

/** The name of the template for these migrations, made under a lock and renamed when it is complete. */
async function prepareTemplate(server: BuiltInPostgres, client: pg.Client, migrations: Migration[]): Promise<string> {
  const hash = createHash('sha256');
  for (const { name, checksum } of migrations) hash.update(`${name} ${checksum}\n`);
  const template = `template_${hash.digest('hex').slice(0, 16)}`;
  const exists = async () =>
    (await client.query('select from pg_database where datname = $1', [template])).rowCount === 1;
  if (await exists()) return template;

  await client.query('select pg_advisory_lock($1, 0)', [lockSpace]);
  if (!(await exists())) {
    await dropLeftovers(client);
    await client.query('drop database if exists template_unfinished with (force)');
    await client.query('create database template_unfinished');
    await migrate(server.connectionStringOf('template_unfinished'), { migrations, log: () => undefined });
    await client.query(`alter database template_unfinished rename to ${template}`);
  }
  await client.query('select pg_advisory_unlock($1, 0)', [lockSpace]);
  return template;
}

/** Databases of test processes that were killed, and all but the newest templates. */
async function dropLeftovers(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ datname: string }>(
    `select datname from pg_database where datname ~ '^(test|template)_[0-9a-f]' order by oid desc`,
  );
  const names = rows.map((row) => row.datname);
  const tests = names.filter((name) => name.startsWith('test_') && !isAlive(Number(name.split('_')[1])));
  const templates = names.filter((name) => name.startsWith('template_')).slice(templatesKept);
  for (const name of [...tests, ...templates]) await client.query(`drop database if exists ${name} with (force)`);
}
