/** The two readings of a text without case, in SQL and in JavaScript, are one (R24). */

import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { caseKey } from '../../src/scim/case-key.ts';
import { testDatabase } from '../database.ts';
import { scaled } from '../scale.ts';

const lastCodePoint = 0x10ffff;

/** Every code point that a text may hold: all but the zero, which PostgreSQL refuses, and the halves of pairs. */
function* codePoints(): Generator<string> {
  for (let codePoint = 1; codePoint <= lastCodePoint; codePoint++) {
    if (codePoint < 0xd800 || codePoint > 0xdfff) yield String.fromCodePoint(codePoint);
  }
}

test('every code point folds in SQL as caseKey folds it, alone, decomposed and under a mark (R24)', async () => {
  await using db = await testDatabase();
  const different: string[] = [];
  const compare = async (texts: readonly string[]) => {
    const { rows } = await db.app.query<{ folded: string }>(
      'select fold_case(t.text) as folded from unnest($1::text[]) with ordinality as t (text, place) order by t.place',
      [texts],
    );
    for (const [place, text] of texts.entries()) {
      if (rows[place]?.folded !== caseKey(text)) different.push(hexOf(text));
    }
  };
  let texts: string[] = [];
  let count = 0;
  for (const character of codePoints()) {
    count++;
    texts.push(character);
    const decomposed = character.normalize('NFD');
    if (decomposed !== character) texts.push(decomposed);
    if (caseKey(character) !== character || decomposed !== character) texts.push(`a${character}\u0301\u0323b`);
    if (texts.length < 20_000) continue;
    await compare(texts);
    texts = [];
  }
  await compare(texts);
  assert.equal(count, lastCodePoint - 2048);
  assert.deepEqual(different, []);
});

test('every text folds in SQL as caseKey folds it (R24, 7644-3.4.2.2-case)', async () => {
  await using db = await testDatabase();
  const text = fc.string({ unit: 'grapheme', maxLength: 12 });
  await fc.assert(
    fc.asyncProperty(fc.array(text, { minLength: 1, maxLength: 200 }), async (texts) => {
      const asked = texts.map((each) => each.replaceAll('\u0000', ''));
      const { rows } = await db.app.query<{ folded: string }>(
        'select fold_case(t.text) as folded from unnest($1::text[]) with ordinality as t (text, place) order by t.place',
        [asked],
      );
      assert.deepEqual(
        rows.map(({ folded }) => folded),
        asked.map(caseKey),
      );
    }),
    { numRuns: scaled(20) },
  );
});

const hexOf = (text: string) => [...text].map((each) => each.codePointAt(0)?.toString(16)).join(' ');
