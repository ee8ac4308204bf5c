import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../src/limits.ts';
import { asciiLower, equalIgnoringCase } from '../../src/scim/ascii.ts';
import { caseKey } from '../../src/scim/case-key.ts';
import { hasTooManyMarks } from '../../src/scim/combining-marks.ts';

const same: [name: string, left: string, right: string][] = [
  ['letter case', 'Ada@Acme.Example', 'ADA@acme.EXAMPLE'],
  ['letter case beyond ASCII', 'ÅSA', 'åsa'],
  ['composed and decomposed', 'caf\u00e9', 'cafe\u0301'],
  ['fullwidth Latin', '\uff21da', 'ada'],
  ['halfwidth Katakana', '\uff76', '\u30ab'],
  ['the ideographic space', 'a\u3000b', 'a b'],
  ['the Kelvin sign', '\u212aay', 'kay'],
  ['the Angstrom sign', '\u212b', '\u00e5'],
  ['both lower-case sigmas', 'ΟΔΟΣ', 'οδος'],
  ['the long s', 'Jeſ', 'JES'],
  ['capital and small sharp s', '\u1e9e', '\u00df'],
  ['letters beyond the basic plane', '\u{10400}', '\u{10428}'],
];

const different: [name: string, left: string, right: string][] = [
  ['sharp s and ss', 'stra\u00dfe', 'strasse'],
  ['dotless i and i', '\u0131', 'i'],
  ['accents', 'e', 'é'],
  ['look-alikes of another script', 'a', 'а'],
  ['plus-addressing', 'ada+1@acme.example', 'ada 1@acme.example'],
  ['compatibility forms other than width', '²', '2'],
];

for (const [name, left, right] of same) {
  test(`${name} have one key (R24, RFC 8265 §3.3)`, () => assert.equal(caseKey(left), caseKey(right)));
}

for (const [name, left, right] of different) {
  test(`${name} keep two keys (R24)`, () => assert.notEqual(caseKey(left), caseKey(right)));
}

test('a key is its own key, and no text is refused', () => {
  fc.assert(fc.property(fc.string({ unit: 'binary' }), (text) => assert.equal(caseKey(caseKey(text)), caseKey(text))));
});

test('a key does not depend on the letter case of the text', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), (text) =>
      assert.equal(caseKey(text.toLowerCase()), caseKey(caseKey(text).toLowerCase())),
    ),
  );
});

test('names are compared without case in ASCII only', () => {
  assert.equal(equalIgnoringCase('userName', 'USERNAME'), true);
  assert.equal(equalIgnoringCase('nickName', 'nic\u212aName'), false);
  assert.equal(asciiLower('ÄA\u{10400}'), 'Äa\u{10400}');
});

test('marks in a row are put in order, and more than a writing system has are told (UAX #15 §13)', () => {
  assert.equal(caseKey('A\u0301\u0316'), caseKey('a\u0316\u0301'));
  const marks = (count: number) => `a${'\u0301\u0316'.repeat(count / 2)}`;
  assert.equal(hasTooManyMarks(marks(limits.marksInARowMax)), false);
  assert.equal(hasTooManyMarks(marks(limits.marksInARowMax).repeat(100)), false, 'of many letters');
  assert.equal(hasTooManyMarks(marks(limits.marksInARowMax + 2)), true);
  assert.equal(hasTooManyMarks(`${'x'.repeat(100)}\u{1e944}${'\u{1e94a}'.repeat(31)}`), true, 'beyond the basic plane');
  assert.equal(hasTooManyMarks('漢'.repeat(1_000)), false);
});
