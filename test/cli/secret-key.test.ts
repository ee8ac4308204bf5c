import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { readOperatorKey } from '../../src/cli/operator-key.ts';
import { readSecretKey } from '../../src/cli/secret-key.ts';
import { readConfig } from '../../src/config.ts';
import { OperatorError } from '../../src/store/operator-error.ts';

async function dataDirectory(): Promise<AsyncDisposable & { dataDir: string; file: string }> {
  const dataDir = await mkdtemp(path.join(os.tmpdir(), 'rollcall-keys-'));
  return {
    dataDir,
    file: path.join(dataDir, 'secret.key'),
    [Symbol.asyncDispose]: () => rm(dataDir, { recursive: true }),
  };
}

test('the secret key is made once and stays, readable by its owner only (invariant 6)', async () => {
  await using directory = await dataDirectory();
  const config = readConfig({ ROLLCALL_DATA_DIR: directory.dataDir });
  const keys = await Promise.all([readSecretKey(config), readSecretKey(config), readSecretKey(config)]);
  assert.equal(new Set(keys).size, 1);
  assert.match(String(keys[0]), /^rcs_[A-Za-z0-9_-]{43}$/);
  assert.equal(await readFile(directory.file, 'utf8'), `${keys[0]}\n`);
  if (process.platform !== 'win32') assert.equal((await stat(directory.file)).mode & 0o777, 0o600);
  assert.notEqual(await readOperatorKey(config), keys[0]);
});

test('a key that is set is taken, and no file is made', async () => {
  await using directory = await dataDirectory();
  const set = 's'.repeat(32);
  const config = readConfig({ ROLLCALL_DATA_DIR: directory.dataDir, ROLLCALL_SECRET_KEY: set });
  assert.equal(await readSecretKey(config), set);
  await assert.rejects(stat(directory.file), { code: 'ENOENT' });
});

test('a damaged key is not replaced silently', async () => {
  await using directory = await dataDirectory();
  await writeFile(directory.file, 'short\n');
  await assert.rejects(readSecretKey(readConfig({ ROLLCALL_DATA_DIR: directory.dataDir })), (error) => {
    assert.ok(error instanceof OperatorError);
    assert.match(error.message, /^The secret key in .* is damaged: remove the file/);
    assert.doesNotMatch(error.message, /short/);
    return true;
  });
});
