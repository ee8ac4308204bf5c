import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { isAlive } from '../../../src/store/built-in/process-state.ts';
import { startBuiltIn } from '../../../src/store/built-in/start.ts';
import { openDatabase } from '../../../src/store/database.ts';
import { type ChildProgram, startProgram } from '../../child-program.ts';
import { postmasterPid, testFolder } from '../../data-directory.ts';

const holder = new URL('holder.ts', import.meta.url).pathname;

function hold(dataDir: string, purpose: 'serve' | 'visit', durability = 'none'): ChildProgram {
  return startProgram(process.execPath, [holder, JSON.stringify({ dataDir, purpose, durability })]);
}

/** Asks until there is an answer: a restart is a matter of seconds, and the test runner bounds the rest. */
async function answer(connectionString: string): Promise<void> {
  const pool = openDatabase({ connectionString, role: undefined, max: 1, applicationName: 'test' });
  try {
    for (;;) {
      const isThere = await pool.query('select 1').then(
        () => true,
        () => false,
      );
      if (isThere) return;
      await delay(20);
    }
  } finally {
    await pool.end();
  }
}

test('after kill -9 of its user PostgreSQL goes on, and the next start adopts it and stops it in the end', async () => {
  await using folder = await testFolder();
  await using killed = hold(folder.path, 'serve');
  await killed.says(/ready/);
  const pid = (await postmasterPid(folder.path)) ?? 0;
  killed.kill('SIGKILL');
  await killed.end();
  assert.equal(isAlive(pid), true);

  await using next = hold(folder.path, 'serve');
  await next.says(/ready/);
  assert.equal(await postmasterPid(folder.path), pid);
  next.kill('SIGTERM');
  assert.equal((await next.end()).code, 0);
  assert.equal(isAlive(pid), false);
});

test('after kill -9 of PostgreSQL its user starts it again, also when it had adopted it, and what was committed is there', async () => {
  await using folder = await testFolder();
  await using killed = hold(folder.path, 'serve', 'full');
  await killed.says(/ready/);
  killed.kill('SIGKILL');
  await killed.end();

  const lines: string[] = [];
  await using server = await startBuiltIn({ dataDir: folder.path, purpose: 'serve', log: (line) => lines.push(line) });
  const { connectionString } = server;
  const pool = openDatabase({ connectionString, role: undefined, max: 2, applicationName: 'test' });
  await using opened = new AsyncDisposableStack();
  opened.defer(() => pool.end());
  await pool.query('create table kept (id int primary key)');
  for (const id of [1, 2, 3]) {
    await pool.query('insert into kept values ($1)', [id]);
    const pid = (await postmasterPid(folder.path)) ?? 0;
    process.kill(pid, 'SIGKILL');
    while (isAlive(pid)) await delay(5);
    await answer(connectionString);
    assert.notEqual(await postmasterPid(folder.path), pid);
    const { rows } = await pool.query('select count(*)::int as n from kept');
    assert.deepEqual(rows, [{ n: id }]);
  }
  assert.ok(lines.includes('The built-in PostgreSQL is running again.'), lines.join('\n'));
});

test('a session that PostgreSQL itself ends is taken up again, and the directory stays held', async () => {
  await using folder = await testFolder();
  await using first = hold(folder.path, 'serve');
  const [, connectionString = ''] = await first.says(/ready (\S+)/);
  const client = new pg.Client({ connectionString });
  await client.connect();
  await client.query(
    `select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'rollcall serve%'`,
  );
  await client.end();
  await first.says(/running again/);
  await using second = hold(folder.path, 'serve');
  await second.says(new RegExp(`refused: Another Rollcall \\(process ${first.pid}\\)`));
});

test('a second serve on the data directory names the first and leaves it in peace', async () => {
  await using folder = await testFolder();
  await using first = hold(folder.path, 'serve');
  const [, connectionString = ''] = await first.says(/ready (\S+)/);
  await using second = hold(folder.path, 'serve');
  await second.says(
    new RegExp(`refused: Another Rollcall \\(process ${first.pid}\\) is serving this data directory: .*--data-dir`),
  );
  assert.equal((await second.end()).code, 1);
  await answer(connectionString);
});

test('two first starts at one moment end well: one serves, the other is told', async () => {
  await using folder = await testFolder();
  await using one = hold(folder.path, 'serve');
  await using two = hold(folder.path, 'serve');
  const said = await Promise.all([one, two].map((program) => program.says(/ready|refused: Another/)));
  assert.deepEqual(said.map(([text]) => text).sort(), ['ready', 'refused: Another']);
});

test('a server that somebody stops before its starter is inside is started again', async () => {
  await using folder = await testFolder();
  await using first = hold(folder.path, 'visit');
  await first.says(/ready/);
  first.kill('SIGTERM');
  await first.end();

  await using visitor = hold(folder.path, 'visit');
  let stopped: number | undefined;
  while (stopped === undefined) {
    await delay(1);
    stopped = await postmasterPid(folder.path);
  }
  process.kill(stopped, 'SIGINT');
  await visitor.says(/ready/);
  while ((await postmasterPid(folder.path)) === stopped) await delay(20);
  visitor.kill('SIGTERM');
  assert.equal((await visitor.end()).code, 0);
  assert.equal(await postmasterPid(folder.path), undefined);
});

test('many visitors that start and leave at one moment all find the server, and none is left behind', async () => {
  await using folder = await testFolder();
  const visitors = Array.from({ length: 4 }, () => hold(folder.path, 'visit'));
  for (const visitor of visitors) {
    await visitor.says(/ready/);
    visitor.kill('SIGTERM');
  }
  const ends = await Promise.all(visitors.map((visitor) => visitor.end()));
  assert.deepEqual(
    ends.map((end) => end.code),
    [0, 0, 0, 0],
  );
  assert.equal(await postmasterPid(folder.path), undefined);
});
