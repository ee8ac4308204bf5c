import assert from 'node:assert/strict';
import { cp } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { isAlive } from '../../src/store/built-in/process-state.ts';
import { runProgram, startProgram } from '../child-program.ts';
import { testFolder } from '../data-directory.ts';

const starter = new URL('../../bin/run-on-node24.js', import.meta.url);
const node24 = fileURLToPath(new URL('../../bin/node24.js', import.meta.url));

test('arguments go to a Node that strips types, and its exit code comes back', async () => {
  const script = 'const code: number = Number(process.argv[1]); process.exit(code)';
  const args = [node24, '--input-type=module-typescript', '-e', script, '3'];
  assert.equal((await runProgram(process.execPath, args)).code, 3);
});

test('a program that a signal ended gives the exit code that shells give', async () => {
  const end = await runProgram(process.execPath, [node24, '-e', `process.kill(process.pid, 'SIGKILL')`]);
  assert.equal(end.code, 137);
});

test('signals are passed on to the program', async () => {
  const script = `process.on('SIGTERM', () => process.exit(7)); setInterval(() => {}, 1000); console.log('ready')`;
  await using program = startProgram(process.execPath, [node24, '-e', script]);
  await program.says(/ready/);
  program.kill('SIGTERM');
  assert.equal((await program.end()).code, 7);
});

test('a program with a lifeline learns that what started it was killed', async () => {
  const script = `process.on('disconnect', () => process.exit()); setInterval(() => {}, 1000); console.log('pid ' + process.pid)`;
  const start = `import { runOnNode24 } from ${JSON.stringify(starter.href)};
    runOnNode24(['-e', ${JSON.stringify(script)}], { lifeline: true });`;
  await using program = startProgram(process.execPath, ['--input-type=module', '-e', start]);
  const [, pid] = await program.says(/pid (\d+)/);
  program.kill('SIGKILL');
  while (isAlive(Number(pid))) await delay(10);
});

test('without its packages the program says what to run', async () => {
  await using folder = await testFolder();
  for (const part of ['bin', 'package.json', 'src']) {
    await cp(fileURLToPath(new URL(`../../${part}`, import.meta.url)), path.join(folder.path, part), {
      recursive: true,
    });
  }
  const { code, stderr } = await runProgram(process.execPath, [
    path.join(folder.path, 'bin', 'rollcall.js'),
    'org',
    'list',
  ]);
  assert.equal(code, 1);
  assert.match(stderr, /^Rollcall needs the npm package \S+, which is not installed: run npm ci in .*\.\n$/);
});

test('when npm is gone, the program is told to stop', async () => {
  const script = `process.on('SIGTERM', () => process.exit()); setInterval(() => {}, 1000); console.log('pid ' + process.pid)`;
  // the shell stands for npm's: it ends without a word to what it started
  const command = `"${process.execPath}" "${node24}" -e "${script}" & wait`;
  const env = { npm_lifecycle_event: 'start' };
  await using shell = startProgram('/bin/sh', ['-c', command], { env });
  const [, pid] = await shell.says(/pid (\d+)/);
  shell.kill('SIGKILL');
  while (isAlive(Number(pid))) await delay(10);
});
