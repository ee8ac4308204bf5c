import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isNoneOfIfNoneMatch, matchesIfMatch, matchesIfNoneMatch, versionTag } from '../../src/scim/etag.ts';

test('a version is a weak tag (RFC 7644 §3.14)', () => assert.equal(versionTag(7), 'W/"7"'));

//             header                  If-Match  If-None-Match, for version 7
const cases: [string | undefined, boolean, boolean][] = [
  [undefined, true, false],
  ['*', true, true],
  ['W/"7"', true, true],
  ['"7"', true, true],
  ['W/"6"', false, false],
  ['W/"6", W/"7"', true, true],
  ['"a,b" , "7"', true, true],
  ['7', false, false],
  ['', false, false],
  ['W/"77"', false, false],
  ['x"7"', false, false],
  ['"7" trailing', false, false],
  ['"7', false, false],
];

for (const [header, writes, isFresh] of cases) {
  test(`If-Match: ${header} ${writes ? 'lets' : 'does not let'} a write at version 7 go on`, () => {
    assert.equal(matchesIfMatch(header, 7), writes);
    assert.equal(matchesIfNoneMatch(header, versionTag(7)), isFresh);
    assert.equal(isNoneOfIfNoneMatch(header, 7), !isFresh);
  });
}

test('a tag with more than the version stands for the version where the client writes, and for all of it where it reads', () => {
  const tag = versionTag(7, 'ab12');
  assert.equal(tag, 'W/"7-ab12"');
  assert.equal(matchesIfMatch(tag, 7), true);
  assert.equal(matchesIfMatch(tag, 6), false);
  assert.equal(matchesIfNoneMatch(tag, tag), true);
  for (const other of ['W/"7"', 'W/"7-ab13"', 'W/"8-ab12"']) assert.equal(matchesIfNoneMatch(other, tag), false);
});
