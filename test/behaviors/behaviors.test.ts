import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { test } from 'node:test';
import { behaviorsDocument } from '../../docs/generated/behaviors.ts';
import type { Behavior, Holder } from './behavior.ts';
import { behaviors, isCitedUnderPreset } from './behaviors.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

/** How many lines the table of each product has: none is left out. */
const counts = { D: 44, B: 74, P: 54, A: 13 } as const;

test('every line of every product is there once, in order', () => {
  for (const { letter, lines } of Object.values(behaviors)) {
    const count = counts[letter as keyof typeof counts];
    assert.deepEqual(
      lines.map(({ id }) => id),
      Array.from({ length: count }, (_, index) => `${letter}${index + 1}`),
    );
  }
});

test('the tests that hold a line exist under these titles', () => {
  const wrong: string[] = [];
  for (const { lines } of Object.values(behaviors)) {
    for (const line of lines) {
      for (const [path, title] of holdersOf(line)) {
        if (!existsSync(new URL(path, root))) wrong.push(`${line.id}: ${path} does not exist`);
        else if (!read(path).includes(title)) wrong.push(`${line.id}: ${path} has no test “${title}”`);
      }
    }
  }
  assert.deepEqual(wrong, []);
});

test('a line that is not held says why', () => {
  for (const { lines } of Object.values(behaviors)) {
    for (const line of lines) {
      const reason = 'notYet' in line ? line.notYet : '';
      assert.notEqual(holdersOf(line).length > 0, reason !== '', line.id);
    }
  }
});

test('no line is called missing that a test under its preset cites', () => {
  const lines = Object.values(behaviors).flatMap((product) => product.lines);
  const wrong = lines.filter((line) => 'notYet' in line && isCitedUnderPreset(line));
  assert.deepEqual(
    wrong.map(({ id }) => id),
    [],
  );
});

test('docs/reference/behaviors.md is what the table says', () => {
  assert.equal(read('docs/reference/behaviors.md'), behaviorsDocument());
});

function holdersOf(line: Behavior): readonly Holder[] {
  if ('heldBy' in line) return line.heldBy;
  return 'simulatedBy' in line ? line.simulatedBy : [];
}
