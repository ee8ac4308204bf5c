import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { testFolder } from '../data-directory.ts';
import { testDatabase } from '../database.ts';
import { rollcall, rollcallJson } from './rollcall-program.ts';

test('a configuration is exported, planned and applied, and makes another organization like the first', async () => {
  await using db = await testDatabase();
  await using folder = await testFolder();
  const env = { ROLLCALL_DATABASE_URL: db.connectionString };
  const json = <T = Record<string, unknown>>(...args: string[]) => rollcallJson<T>(args, { env });
  const file = path.join(folder.path, 'acme.json');

  await json('org', 'create', 'acme', '--name', 'Acme', '--set', 'usernameFormat=any');
  await json('org', 'create', 'globex', '--name', 'Globex');
  const exported = await json('configuration', 'export', 'acme');
  await writeFile(file, JSON.stringify(exported));
  const planned = await json<{ changes: { path: string }[]; version: string }>('configuration', 'plan', 'globex', file);
  assert.deepEqual(
    planned.changes.map((change) => change.path),
    ['name', 'policy/usernameFormat'],
  );
  const { changes, version } = planned;
  await json('org', 'change', 'globex', '--name', 'Meanwhile');
  const outdated = await rollcall(['configuration', 'apply', 'globex', file, '--plan', version], { env });
  assert.deepEqual([outdated.code, /no longer what the plan showed/.test(outdated.stderr)], [1, true]);
  await json('org', 'change', 'globex', '--name', 'Globex');
  assert.deepEqual(await json('configuration', 'apply', 'globex', file, '--plan', version), {
    changes,
    tokensMissing: [],
    teamsMissing: [],
    apiKeysMissing: [],
    settling: null,
    warnings: [],
  });
  assert.deepEqual(await json('configuration', 'export', 'globex'), exported);
  assert.deepEqual((await json<{ changes: unknown[] }>('configuration', 'apply', 'globex', file)).changes, []);

  await writeFile(file, '{"version":1,"everything":true}');
  const refused = await rollcall(['configuration', 'plan', 'globex', file], { env });
  assert.equal(refused.code, 1);
  assert.match(refused.stderr, /is no configuration/);
});
