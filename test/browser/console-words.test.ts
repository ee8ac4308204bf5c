import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { durationText } from '../../console/src/text/duration.ts';
import { readablePath } from '../../console/src/text/readable-path.ts';
import { timeAgo } from '../../console/src/text/time-ago.ts';

describe('how the console writes times', () => {
  const now = new Date('2030-01-10T12:00:00Z');
  const cases: [string, string][] = [
    ['2030-01-10T12:00:00Z', 'just now'],
    ['2030-01-10T11:59:01Z', 'just now'],
    ['2030-01-10T11:59:00Z', '1 min. ago'],
    ['2030-01-10T11:00:01Z', '59 min. ago'],
    ['2030-01-10T11:00:00Z', '1 hr. ago'],
    ['2030-01-09T12:00:00Z', 'yesterday'],
    ['2030-01-01T12:00:00Z', '9 days ago'],
  ];
  for (const [moment, words] of cases) {
    test(`${moment} is ${words} at noon`, () => {
      assert.equal(timeAgo(new Date(moment), now), words);
    });
  }

  test('a moment ahead of this machine’s clock is just now, not in the future', () => {
    assert.equal(timeAgo(new Date('2030-01-10T12:05:00Z'), now), 'just now');
  });
});

describe('how the console writes durations', () => {
  const cases: [number, string][] = [
    [0.42, '0.4 ms'],
    [9.94, '9.9 ms'],
    [12.3, '12 ms'],
    [999, '999 ms'],
    [1250, '1.25 s'],
  ];
  for (const [ms, words] of cases) {
    test(`${ms} milliseconds are ${words}`, () => {
      assert.equal(durationText(ms), words);
    });
  }
});

describe('how the console writes paths', () => {
  const cases: [string, string][] = [
    ['/scim/v2/acme/Users', '/Users'],
    [
      '/scim/v2/acme/Users?filter=userName%20eq+%22ada%40acme.example%22',
      '/Users?filter=userName eq "ada@acme.example"',
    ],
    ['/scim/v2/acme?x=1', '?x=1'],
    ['/scim/v2/acme', '/scim/v2/acme'],
    ['/Users/%', '/Users/%'],
    ['/scim/v2/acme/Users/%E0%A4', '/Users/%E0%A4'],
  ];
  for (const [path, words] of cases) {
    test(`${path} is ${words}`, () => {
      assert.equal(readablePath(path), words);
    });
  }
});
