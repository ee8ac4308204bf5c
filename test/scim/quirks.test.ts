import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { quirks } from '../../src/scim/quirks.ts';

const folder = new URL('../../src/', import.meta.url);
const sourceTexts = readdirSync(folder, { encoding: 'utf8', recursive: true })
  .filter((name) => name.endsWith('.ts') && !name.endsWith('quirks.ts'))
  .map((name) => readFileSync(new URL(name, folder), 'utf8'))
  .join('\n');

test('every tolerance is noted by a file of src, and says what it is in one sentence', () => {
  for (const [name, { sources, says }] of Object.entries(quirks)) {
    assert.ok(sourceTexts.includes(`'${name}'`), `${name} is noted nowhere`);
    assert.ok(sources.length > 0);
    assert.ok(says.endsWith('.'));
  }
});
