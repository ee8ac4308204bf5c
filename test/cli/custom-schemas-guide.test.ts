import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { test } from 'node:test';
import { run } from '../../src/cli/program.ts';
import { testFolder } from '../data-directory.ts';
import { startRollcall } from '../rollcall.ts';

const guide = new URL('../../docs/guides/custom-schemas.md', import.meta.url);

test('the walk-through of the guide to schemas runs as it is written', async () => {
  await using rollcall = await startRollcall();
  await using folder = await testFolder();
  const acme = await rollcall.organization({ slug: 'acme' });
  const globex = await rollcall.organization({ slug: 'globex' });
  const text = await readFile(guide, 'utf8');
  const walk = text.slice(text.indexOf('## A walk-through'), text.indexOf('## What is kept'));
  const documents = [...walk.matchAll(/```json\n([\s\S]*?)```/g)].map(([, json = '']) => json);
  const schema = async (file: string, document: string | undefined, ...more: string[]): Promise<void> => {
    assert.ok(walk.includes(['rollcall schema add acme', file, ...more].join(' ')));
    const place = path.join(folder.path, file);
    await writeFile(place, document ?? '');
    let said = '';
    const out = (line: string): void => {
      said += line;
    };
    const env = { ROLLCALL_DATABASE_URL: rollcall.db.connectionString };
    assert.equal(
      await run(['schema', 'add', 'acme', place, ...more], { env, out, err: out, isTerminal: false }),
      0,
      said,
    );
  };
  await schema('badge.json', documents[0], '--extends', 'User');
  await schema('device.json', documents[1]);
  const requests = [...walk.matchAll(/curl -s -X POST[\s\S]*?-d '(.*)'[\s\S]*?scim\/v2\/acme(\S+)/g)];
  assert.equal(requests.length, 1);
  for (const [, body = '', place = ''] of requests) {
    assert.equal((await acme.scim('POST', place, JSON.parse(body))).status, 201, body);
  }
  assert.equal((await globex.scim('GET', '/Users')).body.totalResults, 0);
});
