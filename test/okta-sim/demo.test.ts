import assert from 'node:assert/strict';
import { chmod, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startProgram } from '../child-program.ts';
import { postmasterPid } from '../data-directory.ts';

const demo = fileURLToPath(new URL('../../okta-sim/demo.ts', import.meta.url));

test('the demo tells a whole life, ends without a difference, and leaves nothing behind', async () => {
  await using place = await temporaryFolder();
  await using program = startProgram(process.execPath, [demo, '--exit'], { env: { TMPDIR: place.folder } });
  await program.says(/The organization acme has its SCIM endpoint at http/);
  await program.says(/✓ Push Groups: 12 groups of 5 to 120/);
  await program.says(/✓ Import Now/);
  const { code, stdout, stderr } = await program.end();
  assert.equal(code, 0, stdout + stderr);
  assert.match(stdout, /\nNo difference\.\n/);
  assert.match(stdout, /active people +115 +115 +115 +115 +0\n/);
  assert.deepEqual(await readdir(place.folder), []);
});

test('a demo that is stopped in the middle says so, and leaves neither its data nor its PostgreSQL', async () => {
  await using place = await temporaryFolder();
  await using program = startProgram(process.execPath, [demo], { env: { TMPDIR: place.folder } });
  await program.says(/The organization acme has its SCIM endpoint at http/);
  await program.says(/… Push Groups/);
  const [data = ''] = await readdir(place.folder);
  const pid = (await postmasterPid(path.join(place.folder, data, 'data'))) ?? 0;
  assert.ok(isAlive(pid));
  program.kill('SIGINT');
  const { code, stdout, stderr } = await program.end();
  const isLeft = isAlive(pid);
  if (isLeft) process.kill(pid, 'SIGQUIT');
  assert.equal(isLeft, false, 'PostgreSQL has stopped with it');
  assert.equal(code, 130, stdout + stderr);
  assert.match(stdout, /\nThe demo was stopped\.\n$/);
  assert.deepEqual(await readdir(place.folder), []);
});

async function temporaryFolder() {
  const folder = await mkdtemp(path.join(tmpdir(), 'okta-sim-demo-'));
  // PostgreSQL of a root's Rollcall runs under another user, who has to get through.
  await chmod(folder, 0o711);
  return { folder, [Symbol.asyncDispose]: () => rm(folder, { recursive: true }) };
}

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
