import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { asciiLower, equalIgnoringCase } from '../../src/scim/ascii.ts';
import { caseKey } from '../../src/scim/case-key.ts';

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

test('marks in a row are put in order, and only as many at a time as a writing system has (UAX #15 §13)', () => {
  const marks = '\u0301\u0316';
  assert.equal(caseKey(`A${marks}`), caseKey('a\u0316\u0301'));
  const many = marks.repeat(100);
  const key = caseKey(`A${many}`);
  assert.equal(key, caseKey(`a${many}`));
  const runs = key.split('\u034f');
  assert.ok(runs.length > 3 && runs.every((run) => run.length <= 32), `${runs.map((run) => run.length)}`);
});
