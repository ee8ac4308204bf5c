import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matchesIfMatch, matchesIfNoneMatch, versionTag } from '../../src/scim/etag.ts';

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
    assert.equal(matchesIfNoneMatch(header, '7'), isFresh);
  });
}
