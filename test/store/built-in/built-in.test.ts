import assert from 'node:assert/strict';
import { chown, mkdir, readdir, readFile, rmdir, stat, truncate, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import pg from 'pg';
import { findAccount, runAs } from '../../../src/store/built-in/account.ts';
import { isAlive } from '../../../src/store/built-in/process-state.ts';
import { type BuiltInOptions, startBuiltIn } from '../../../src/store/built-in/start.ts';
import { OperatorError } from '../../../src/store/operator-error.ts';
import { startProgram } from '../../child-program.ts';
import { postmasterPid, testFolder } from '../../data-directory.ts';

function start(dataDir: string, options: Partial<BuiltInOptions> = {}) {
  return startBuiltIn({ dataDir, durability: 'none', log: () => undefined, ...options });
}

async function query(connectionString: string, text: string): Promise<unknown[][]> {
  const client = new pg.Client({ connectionString });
  await client.connect();
  const { rows } = await client.query({ text, rowMode: 'array' }).finally(() => client.end());
  return rows;
}

test('what was written is there at the next start, and nothing runs in between', async () => {
  await using folder = await testFolder();
  const first = await start(folder.path);
  const pid = await postmasterPid(folder.path);
  await query(first.connectionString, 'create table kept (id int primary key); insert into kept values (7)');
  await first.stop();
  assert.equal(isAlive(pid ?? 0), false);
  const second = await start(folder.path);
  assert.deepEqual(await query(second.connectionString, 'select id from kept'), [[7]]);
  await second.stop();
});

test('an acknowledged write is on disk, text is compared by code point, and no network is listened on', async () => {
  await using folder = await testFolder();
  await using server = await startBuiltIn({ dataDir: folder.path, log: () => undefined });
  const shown = `select name, setting from pg_settings where name in ('fsync', 'synchronous_commit', 'full_page_writes', 'listen_addresses') order by name`;
  assert.deepEqual(await query(server.connectionString, shown), [
    ['fsync', 'on'],
    ['full_page_writes', 'on'],
    ['listen_addresses', ''],
    ['synchronous_commit', 'on'],
  ]);
  const database = `select pg_encoding_to_char(encoding), datlocprovider, datlocale from pg_database where datname = 'rollcall'`;
  assert.deepEqual(await query(server.connectionString, database), [['UTF8', 'b', 'C.UTF-8']]);
});

test('only the account of the database can enter the folder of its socket', async () => {
  await using folder = await testFolder();
  await using server = await start(folder.path);
  const directory = new URL(server.connectionString).searchParams.get('host') ?? '';
  const { mode, uid } = await stat(directory);
  assert.equal(mode & 0o777, 0o700);
  if (process.getuid?.() === 0) assert.notEqual(uid, 0);
});

test('a data directory whose path is too long for a socket gets a short private folder for it', async () => {
  await using folder = await testFolder();
  const dataDir = path.join(folder.path, 'a'.repeat(60), 'b'.repeat(60));
  await using server = await start(dataDir);
  const directory = new URL(server.connectionString).searchParams.get('host') ?? '';
  assert.ok(directory.length < 90 && !directory.startsWith(folder.path));
  assert.equal((await stat(directory)).mode & 0o777, 0o700);
  assert.deepEqual(await query(server.connectionString, 'select 1'), [[1]]);
  await server.stop();
  await rmdir(directory);
});

test('several users share the server, and the last one to leave stops it', async () => {
  await using folder = await testFolder();
  const users = await Promise.all([start(folder.path, { purpose: 'serve' }), start(folder.path), start(folder.path)]);
  const pid = (await postmasterPid(folder.path)) ?? 0;
  await users[0].stop();
  assert.deepEqual(await query(users[1].connectionString, 'select 1'), [[1]]);
  await Promise.all([users[1].stop(), users[2].stop()]);
  assert.equal(isAlive(pid), false);
});

test('a killed server whose process id went to another program does not keep the next one from starting', async () => {
  await using folder = await testFolder();
  await (await start(folder.path)).stop();
  const account = await findAccount(path.join(folder.path, 'postgres'));
  await using other = startProgram('sleep', ['600'], runAs(account));
  const file = path.join(folder.path, 'postgres', 'postmaster.pid');
  await writeFile(file, `${other.pid}\n${path.dirname(file)}\n1700000000\n5432\n\n\n`);
  if (account !== undefined) await chown(file, account.uid, account.gid);
  await using server = await start(folder.path);
  assert.deepEqual(await query(server.connectionString, 'select 1'), [[1]]);
});

test('without sockets it listens on the loopback address alone and asks for a password', async () => {
  await using folder = await testFolder();
  await using server = await start(folder.path, { transport: 'loopback' });
  const url = new URL(server.connectionString);
  assert.equal(url.hostname, '127.0.0.1');
  assert.deepEqual(await query(server.connectionString, `select current_setting('listen_addresses')`), [['127.0.0.1']]);
  url.password = 'wrong';
  await assert.rejects(query(url.href, 'select 1'), { code: '28P01' });
});

test('a log that has grown beyond its bound is set aside, and one older file is kept', async () => {
  await using folder = await testFolder();
  const log = path.join(folder.path, 'postgres.log');
  await writeFile(log, 'old\n');
  await truncate(log, 11 * 1024 * 1024);
  await using server = await start(folder.path);
  await server.stop();
  assert.ok((await stat(log)).size < 100_000);
  assert.equal((await stat(`${log}.1`)).size, 11 * 1024 * 1024);
});

test('a first start that was interrupted leaves nothing that the next one trips over', async () => {
  await using folder = await testFolder();
  const leftover = path.join(folder.path, 'postgres.new-0123456789ab');
  await mkdir(leftover);
  await utimes(leftover, 1_700_000_000, 1_700_000_000);
  await using server = await start(folder.path);
  await server.stop();
  assert.deepEqual((await readdir(folder.path)).sort(), ['postgres', 'postgres.log']);
});

const refusals: [string, (dataDir: string) => Promise<string>, RegExp][] = [
  [
    'a data directory that cannot be made',
    async (dataDir) => {
      await writeFile(path.join(dataDir, 'file'), '');
      return path.join(dataDir, 'file', 'data');
    },
    /^The data directory .*\/file\/data cannot be written \(.*\): .*--data-dir/,
  ],
  [
    'the files of another PostgreSQL',
    async (dataDir) => {
      await mkdir(path.join(dataDir, 'postgres'));
      await writeFile(path.join(dataDir, 'postgres', 'PG_VERSION'), '14\n');
      return dataDir;
    },
    /made by PostgreSQL 14, and this Rollcall carries PostgreSQL 18/,
  ],
  [
    'a folder that is no database',
    async (dataDir) => {
      await mkdir(path.join(dataDir, 'postgres'));
      return dataDir;
    },
    /is not the directory of a PostgreSQL database/,
  ],
];

for (const [what, prepare, sentence] of refusals) {
  test(`one sentence refuses ${what}`, async () => {
    await using folder = await testFolder();
    const dataDir = await prepare(folder.path);
    await assert.rejects(start(dataDir), (error) => {
      assert.ok(error instanceof OperatorError);
      assert.match(error.message, sentence);
      assert.equal(error.code, 'data_directory_unusable');
      return true;
    });
  });
}

test('PostgreSQL keeps refused statements, and the names in them, out of its log', async () => {
  await using folder = await testFolder();
  await using server = await start(folder.path);
  await assert.rejects(query(server.connectionString, `select 'ada@example.com'::int`));
  await server.stop();
  assert.doesNotMatch(await readFile(path.join(folder.path, 'postgres.log'), 'utf8'), /ada@example\.com/);
});
