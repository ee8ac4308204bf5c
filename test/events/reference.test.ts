import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';

const read = (path: string) => readFile(new URL(`../../${path}`, import.meta.url), 'utf8');

test('docs/reference/events.md has a row for each kind of event, and for no other', async () => {
  const [source, reference] = await Promise.all([read('src/events/feed.ts'), read('docs/reference/events.md')]);
  const union = source.slice(source.indexOf('export type FeedEventBody'), source.indexOf('export type FeedEvent ='));
  const kinds = [...union.matchAll(/'([a-z_]+\.[a-z_]+)'/g)].map(([, kind]) => kind);
  const cells = [...reference.matchAll(/^\| (`[a-z_.]+`(?:, `[a-z_.]+`)*) \|/gm)].map(([, cell]) => cell ?? '');
  const documented = cells.flatMap((cell) => cell.replaceAll('`', '').split(', '));
  assert.ok(kinds.length > 10);
  assert.deepEqual(documented.toSorted(), kinds.toSorted());
});
