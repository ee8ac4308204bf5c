import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { instantOf, withZone } from '../../src/scim/date-time.ts';

test('a dateTime is an instant, whatever its zone (RFC 7643 §2.3.5)', () => {
  const instant = Date.UTC(2011, 4, 13, 4, 42, 34);
  assert.equal(instantOf('2011-05-13T04:42:34Z'), instant);
  assert.equal(instantOf('2011-05-13T06:42:34+02:00'), instant);
  assert.equal(instantOf('2011-05-12T23:12:34-05:30'), instant);
  assert.equal(instantOf('2011-05-13T04:42:34'), instant);
  assert.equal(instantOf('2011-05-13T04:42:34.5Z'), instant + 500);
});

for (const text of [
  '',
  '2011-05-13',
  '2011-05-13 04:42:34Z',
  '2011-02-29T00:00:00Z',
  '2011-13-01T00:00:00Z',
  '2011-05-13T24:00:00Z',
  '2011-05-13T04:42:34.Z',
  '2011-05-13T04:42:34+2:00',
  '2011-05-13T04:42:34Zulu',
  '0000-01-01T00:00:00Z',
  `2011-05-13T04:42:34.${'0'.repeat(30)}Z`,
  'yesterday',
]) {
  test(`${JSON.stringify(text)} is no dateTime`, () => assert.equal(instantOf(text), undefined));
}

test('every date that JavaScript prints is read back', () => {
  const years = { min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true };
  fc.assert(fc.property(fc.date(years), (date) => assert.equal(instantOf(date.toISOString()), date.getTime())));
});

test('a zone is written out where there is none', () => {
  assert.equal(withZone('2011-05-13T04:42:34'), '2011-05-13T04:42:34Z');
  assert.equal(withZone('2011-05-13T04:42:34.5'), '2011-05-13T04:42:34.5Z');
  assert.equal(withZone('2011-05-13T04:42:34+02:00'), '2011-05-13T04:42:34+02:00');
  assert.equal(withZone('2011-05-13T04:42:34Z'), '2011-05-13T04:42:34Z');
});
