import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { testFolder } from '../data-directory.ts';
import { testDatabase } from '../database.ts';
import { rollcall, rollcallJson } from './rollcall-program.ts';

const urn = 'urn:acme:scim:schemas:1.0:Badge';

test('schemas and resource types are defined from files, listed, changed and removed, in their organization only', async () => {
  await using db = await testDatabase();
  await using folder = await testFolder();
  const env = { ROLLCALL_DATABASE_URL: db.connectionString };
  const json = <T = Record<string, unknown>>(...args: string[]) => rollcallJson<T>(args, { env });
  const file = async (name: string, content: unknown): Promise<string> => {
    const place = path.join(folder.path, name);
    await writeFile(place, typeof content === 'string' ? content : JSON.stringify(content));
    return place;
  };
  for (const slug of ['acme', 'globex']) await json('org', 'create', slug, '--name', slug);

  const badge = await file('badge.json', { id: urn, attributes: [{ name: 'number' }] });
  const defined = await json('schema', 'add', 'acme', badge, '--extends', 'User', '--extends', 'Group:required');
  assert.deepEqual(defined.extends, [
    { resourceType: 'User', required: false },
    { resourceType: 'Group', required: true },
  ]);
  assert.deepEqual(await json('schema', 'list', 'acme'), [defined]);
  assert.deepEqual(await json('schema', 'list', 'globex'), []);
  const more = await file('more.json', {
    id: urn,
    attributes: [{ name: 'number' }, { name: 'level', type: 'integer' }],
  });
  assert.deepEqual((await json('schema', 'change', 'acme', more)).extends, []);

  const type = { name: 'Badge', endpoint: '/Badges', schema: urn };
  assert.equal((await json('resource-type', 'add', 'acme', await file('type.json', type))).endpoint, '/Badges');
  assert.equal((await json<unknown[]>('resource-type', 'list', 'acme')).length, 1);
  assert.deepEqual(await json<unknown[]>('resource-type', 'list', 'globex'), []);
  const inUse = await rollcall(['schema', 'remove', 'acme', urn], { env });
  assert.deepEqual([inUse.code, inUse.stdout], [1, '']);
  assert.match(inUse.stderr, /The resource type Badge uses the schema/);
  assert.deepEqual(await json('resource-type', 'remove', 'acme', 'Badge'), {
    name: 'Badge',
    removed: true,
    resources: 0,
  });
  assert.deepEqual(await json('schema', 'remove', 'acme', urn), { urn, removed: true });

  const broken = await rollcall(['schema', 'add', 'acme', await file('broken.json', '{')], { env });
  assert.equal(broken.code, 1);
  assert.match(broken.stderr, /broken.json is not JSON/);
});
