import assert from 'node:assert/strict';
import { chmod, chown, lstat, mkdir, readFile, stat } from 'node:fs/promises';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import pg from 'pg';
import { canEnter } from '../../src/store/built-in/account.ts';
import { prepareDataDirectory } from '../../src/store/built-in/cluster.ts';
import { isAlive } from '../../src/store/built-in/process-state.ts';
import { startProgram } from '../child-program.ts';
import { postmasterPid, testFolder } from '../data-directory.ts';
import { testDatabase } from '../database.ts';
import { rollcall, rollcallJson, serve } from './rollcall-program.ts';

const isRoot = process.getuid?.() === 0;
const bin = new URL('../../bin/rollcall.js', import.meta.url).pathname;

test('serve answers its probes, prints the console’s link with the key, and stops with SIGTERM, twice in a row', async () => {
  await using folder = await testFolder();
  const keys: string[] = [];
  for (let run = 0; run < 2; run++) {
    const { program, baseUrl, consoleUrl } = await serve(folder.path);
    await using _ = program;
    assert.equal((await fetch(`${baseUrl}/healthz`)).status, 200);
    assert.equal((await fetch(`${baseUrl}/readyz`)).status, 200);
    keys.push(new URL(consoleUrl).hash);
    const pid = (await postmasterPid(folder.path)) ?? 0;
    program.kill('SIGTERM');
    const { code, stderr } = await program.end();
    assert.equal(code, 0, stderr);
    assert.equal(isAlive(pid), false, 'PostgreSQL has stopped with it');
  }
  assert.match(keys[0] ?? '', /^#key=rco_[\w-]{43}$/);
  assert.equal(keys[0], keys[1]);
  const file = path.join(folder.path, 'operator.key');
  assert.equal((await stat(file)).mode & 0o777, 0o600);
  assert.equal(`#key=${(await readFile(file, 'utf8')).trim()}`, keys[0]);
});

test('serve says in words what to do next, and that depends on what is there', async () => {
  await using folder = await testFolder();
  const words = async (pattern: RegExp) => {
    const { program } = await serveInWords(folder.path);
    await using _ = program;
    const [text] = await program.says(pattern);
    program.kill('SIGINT');
    assert.equal((await program.end()).code, 0);
    return text;
  };
  assert.match(await words(/no organization[\s\S]*SIGTERM/), /rollcall org create acme .*--data-dir/);
  await rollcallJson(['org', 'create', 'initech', '--name', 'Initech', '--data-dir', folder.path]);
  assert.match(await words(/One organization[\s\S]*SIGTERM/), /rollcall token create initech --name okta/);
});

async function serveInWords(dataDir: string) {
  return { program: startProgram(process.execPath, [bin, 'serve', '--port', '0', '--data-dir', dataDir]) };
}

test('after kill -9 of serve the next one is in service with what was written, and the commands work in between', async () => {
  await using folder = await testFolder();
  const first = await serve(folder.path);
  await using _first = first.program;
  const args = ['--data-dir', folder.path];
  await rollcallJson(['org', 'create', 'acme', '--name', 'Acme', ...args]);
  first.program.kill('SIGKILL');
  await first.program.end();
  assert.equal((await rollcallJson<unknown[]>(['org', 'list', ...args])).length, 1);
  const second = await serve(folder.path);
  await using _second = second.program;
  assert.equal((await fetch(`${second.baseUrl}/readyz`)).status, 200);
  assert.equal((await rollcallJson<unknown[]>(['org', 'list', ...args])).length, 1);
});

test('after kill -9 of PostgreSQL serve is ready again by itself', async () => {
  await using folder = await testFolder();
  const { program, baseUrl } = await serve(folder.path);
  await using _ = program;
  process.kill((await postmasterPid(folder.path)) ?? 0, 'SIGKILL');
  await program.says(/running again/);
  assert.equal((await fetch(`${baseUrl}/readyz`)).status, 200);
});

test('a second serve on one data directory names the first, also when only the port would be in its way', async () => {
  await using folder = await testFolder();
  const first = await serve(folder.path);
  await using _ = first.program;
  for (const port of ['0', new URL(first.baseUrl).port]) {
    const second = await rollcall(['serve', '--port', port, '--data-dir', folder.path]);
    assert.equal(second.code, 1);
    assert.match(second.stderr, new RegExp(`^rollcall: Another Rollcall \\(process ${first.pid}\\) .*\\.\\n$`));
  }
  assert.equal((await fetch(`${first.baseUrl}/readyz`)).status, 200);
});

test('another data directory and port make another Rollcall beside the first', async () => {
  await using folder = await testFolder();
  await using other = await testFolder();
  const one = await serve(folder.path);
  await using _one = one.program;
  const two = await serve(other.path);
  await using _two = two.program;
  assert.equal((await fetch(`${one.baseUrl}/readyz`)).status, 200);
  assert.equal((await fetch(`${two.baseUrl}/readyz`)).status, 200);
});

test('several Rollcalls serve one ROLLCALL_DATABASE_URL, and none touches the built-in PostgreSQL', async () => {
  await using db = await testDatabase();
  await using folder = await testFolder();
  const env = { ROLLCALL_DATABASE_URL: db.connectionString };
  const one = await serve(folder.path, [], { env });
  await using _one = one.program;
  const two = await serve(folder.path, [], { env });
  await using _two = two.program;
  assert.equal((await fetch(`${one.baseUrl}/readyz`)).status, 200);
  assert.equal((await fetch(`${two.baseUrl}/readyz`)).status, 200);
  assert.equal(await postmasterPid(folder.path), undefined);
});

test('a port in use is reported in one sentence before a database is started', async () => {
  await using folder = await testFolder();
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const port = String(address !== null && typeof address === 'object' ? address.port : 0);
  const end = await rollcall(['serve', '--port', port, '--data-dir', folder.path]);
  server.close();
  assert.equal(end.code, 1);
  assert.match(end.stderr, /^rollcall: Port \d+ on 127\.0\.0\.1 is in use by another program: .*--port.*\.\n$/);
  assert.equal(end.stdout, '');
  await assert.rejects(lstat(path.join(folder.path, 'postgres')));
});

test('an unreachable ROLLCALL_DATABASE_URL is reported in one sentence without its password', async () => {
  await using folder = await testFolder();
  const env = { ROLLCALL_DATABASE_URL: 'postgresql://rollcall:hunter22@127.0.0.1:1/rollcall' };
  const end = await rollcall(['serve', '--port', '0', '--data-dir', folder.path], { env });
  assert.equal(end.code, 1);
  assert.match(end.stderr, /^rollcall: PostgreSQL cannot be reached at 127\.0\.0\.1:1\/rollcall \(.*\): .*\.\n$/);
  assert.doesNotMatch(end.stderr, /hunter22/);
});

test('a data directory where nothing can be made is reported in one sentence', async () => {
  // below a file, and on Linux below a folder that takes no entries
  const places = [path.join(bin, 'data'), ...(process.platform === 'linux' ? ['/proc/rollcall/data'] : [])];
  for (const place of places) {
    const end = await rollcall(['serve', '--port', '0', '--data-dir', place]);
    assert.equal(end.code, 1);
    assert.match(end.stderr, /^rollcall: The data directory .* cannot be written \((ENOENT|ENOTDIR): .*\): .*\.\n$/);
    assert.ok(end.stderr.includes(place));
  }
});

test('a data directory that is a file is not to be allowed, but another', async () => {
  const end = await rollcall(['org', 'list', '--data-dir', bin]);
  assert.equal(end.code, 1);
  assert.match(
    end.stderr,
    /^rollcall: The data directory .* cannot be written \(ENOTDIR: not a directory\): choose .*\.\n$/,
  );
});

test('a full disk under standard output stops serve in order, with one sentence', {
  skip: process.platform !== 'linux',
}, async () => {
  await using folder = await testFolder();
  const command = `exec "${process.execPath}" "${bin}" serve --port 0 --data-dir "${folder.path}" > /dev/full`;
  await using program = startProgram('/bin/sh', ['-c', command]);
  await program.says(/Standard output cannot be written/);
  const { code, stderr } = await program.end();
  assert.equal(code, 1);
  assert.match(stderr, /rollcall: Standard output cannot be written \(ENOSPC: .*\)\.\n/);
  assert.equal(stderr.match(/cannot be written/g)?.length, 1);
  assert.doesNotMatch(stderr, /\n +at /);
  assert.equal(await postmasterPid(folder.path), undefined, 'PostgreSQL has stopped with it');
});

test('missing folders above a data directory are made, and others may pass through the last one', async () => {
  await using folder = await testFolder();
  const dataDir = path.join(folder.path, 'one', 'two', 'data');
  const parent = path.dirname(dataDir);
  await Promise.all([prepareDataDirectory(dataDir), prepareDataDirectory(parent)]);
  assert.equal((await stat(dataDir)).mode & 0o777, 0o711);
  await prepareDataDirectory(dataDir);
});

for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  test(`${signal} ends a start that waits for a database which does not answer, with 0`, async () => {
    await using folder = await testFolder();
    const silent = createServer();
    const called = new Promise<Socket>((resolve) => silent.on('connection', resolve));
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as AddressInfo;
    const env = { ROLLCALL_DATABASE_URL: `postgresql://rollcall:hunter22@127.0.0.1:${port}/rollcall` };
    const args = [bin, 'serve', '--port', '0', '--data-dir', folder.path];
    await using program = startProgram(process.execPath, args, { env });
    const socket = await called;
    program.kill(signal);
    const { code, stdout, stderr } = await program.end();
    socket.destroy();
    silent.close();
    assert.deepEqual([code, stderr], [0, '']);
    assert.match(stdout, /^Stopping/);
  });
}

test('SIGTERM while PostgreSQL starts ends serve with 0, and PostgreSQL with it', async () => {
  await using folder = await testFolder();
  await using program = startProgram(process.execPath, [bin, 'serve', '--port', '0', '--data-dir', folder.path]);
  let pid: number | undefined;
  while (!pid) {
    pid = await postmasterPid(folder.path);
    await delay(5);
  }
  program.kill('SIGTERM');
  const { code, stderr } = await program.end();
  assert.equal(code, 0, stderr);
  assert.equal(isAlive(pid), false);
});

test('a database newer than the program is reported in one sentence, and PostgreSQL is not left behind', async () => {
  await using folder = await testFolder();
  const first = await serve(folder.path);
  await using _ = first.program;
  const client = new pg.Client({
    connectionString: `postgresql:///rollcall?host=${encodeURIComponent(path.join(folder.path, 'postgres'))}&user=rollcall`,
  });
  await client.connect();
  await client.query(`insert into rollcall_meta.schema_migrations values (9999, '9999_from_the_future.sql', '')`);
  await client.end();
  first.program.kill('SIGTERM');
  await first.program.end();
  const second = await rollcall(['serve', '--port', '0', '--data-dir', folder.path]);
  assert.equal(second.code, 1);
  assert.match(
    second.stderr,
    /^rollcall: The database is newer than this Rollcall: .*9999_from_the_future\.sql.*\.\n$/,
  );
  assert.equal(await postmasterPid(folder.path), undefined);
});

test('in a folder that only we may enter it serves all the same, and says where the database is', async () => {
  await using folder = await testFolder(0o700);
  const { program, baseUrl } = await serve(folder.path);
  await using _ = program;
  assert.equal((await fetch(`${baseUrl}/readyz`)).status, 200);
  if (!isRoot) return;
  await program.says(/The database of .* is kept in \/var\/lib\/rollcall\/\w+\./);
  assert.equal((await lstat(path.join(folder.path, 'postgres'))).isSymbolicLink(), true);
  program.kill('SIGTERM');
  await program.end();
});

test('root’s tests serve as an ordinary account too, and that account is told of a directory it may not write', async () => {
  // an ordinary account cannot become another one: then all other tests of this file have shown it
  if (!isRoot) return;
  const account = { name: 'nobody', uid: 65_534, gid: 65_534 };
  // under a folder that only root may enter, no other account can run the program at all
  if (!(await canEnter(new URL('../../bin', import.meta.url).pathname, account))) return;
  await using folder = await testFolder();
  const dataDir = path.join(folder.path, 'data');
  const end = await rollcall(['serve', '--port', '0', '--data-dir', dataDir], account);
  assert.equal(end.code, 1);
  assert.match(end.stderr, /^rollcall: The data directory .* cannot be written \(EACCES: permission denied\): .*\.\n$/);
  await mkdir(dataDir);
  await chown(dataDir, account.uid, account.gid);
  await chmod(dataDir, 0o700);
  const { program, baseUrl } = await serve(dataDir, [], account);
  await using _ = program;
  assert.equal((await fetch(`${baseUrl}/readyz`)).status, 200);
  assert.equal((await stat(path.join(dataDir, 'postgres'))).uid, account.uid);
  program.kill('SIGTERM');
  assert.equal((await program.end()).code, 0);
});
