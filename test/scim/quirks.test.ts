import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { quirks } from '../../src/scim/quirks.ts';
import { rows } from '../captures/rows.ts';

const folder = new URL('../../src/', import.meta.url);
const sourceTexts = readdirSync(folder, { encoding: 'utf8', recursive: true })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('quirks.ts'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  .join('\n');

test('every tolerance is noted by a file of src, says what it is in one sentence, and answers traits that are known', () => {
  const traits = Object.values(rows).flat();
  for (const [name, { sources, says }] of Object.entries(quirks)) {
    assert.ok(sourceTexts.includes(`'${name}'`), `${name} is noted nowhere`);
    assert.deepEqual(
      sources.filter((source) => !traits.includes(source) && !/^(okta-wire §|RFC )/.test(source)),
      [],
    );
    assert.ok(says.endsWith('.'));
  }
});
