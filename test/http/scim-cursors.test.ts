import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createCursors } from '../../src/http/scim/cursors.ts';
import { limits } from '../../src/limits.ts';

const acme = '0190a0b0-0000-7000-8000-0000000000a0';
const globex = '0190a0b0-0000-7000-8000-0000000000b0';
const now = new Date('2030-01-10T12:00:00Z');
const later = (seconds: number) => new Date(now.getTime() + seconds * 1000);
const query = { orgId: acme, list: 'users', count: 10, stays: 'The filter' };
const position = { key: 'ada@acme.example', id: '0190a0b0-0000-7000-8000-000000000001' };
const secretKey = `rcs_${'k'.repeat(43)}`;
const cursors = createCursors(secretKey);

test('a cursor gives back where the next page begins, to whoever has the key', () => {
  for (const next of [position, { ...position, key: null }, { ...position, key: 'é\u{10ffff}"' }]) {
    assert.deepEqual(createCursors(secretKey).open(query, cursors.seal(query, next, now), now), next);
  }
});

test('a cursor expires (RFC 9865 §4, cursorTimeout; 9865-2.1-errors)', () => {
  const cursor = cursors.seal(query, position, now);
  assert.deepEqual(cursors.open(query, cursor, later(limits.cursorSeconds - 1)), position);
  assert.throws(() => cursors.open(query, cursor, later(limits.cursorSeconds)), { scimType: 'expiredCursor' });
});

test('a cursor belongs to its organization, its list and its count (RFC 9865 §2)', () => {
  const cursor = cursors.seal(query, position, now);
  assert.throws(() => cursors.open({ ...query, orgId: globex }, cursor, now), { scimType: 'invalidCursor' });
  assert.throws(() => cursors.open({ ...query, list: 'groups' }, cursor, now), { scimType: 'invalidCursor' });
  assert.throws(() => cursors.open({ ...query, count: 11 }, cursor, now), { scimType: 'invalidCount' });
  const elsewhere = createCursors(`rcs_${'x'.repeat(43)}`);
  assert.throws(() => elsewhere.open(query, cursor, now), { scimType: 'invalidCursor' });
});

test('a cursor with any bit turned is none (RFC 9865 §5.2)', () => {
  const bytes = Buffer.from(cursors.seal(query, position, now), 'base64url');
  for (let bit = 0; bit < bytes.length * 8; bit++) {
    const turned = Buffer.from(bytes);
    turned[bit >> 3] = (turned[bit >> 3] as number) ^ (1 << (bit & 7));
    assert.throws(() => cursors.open(query, turned.toString('base64url'), now), { scimType: 'invalidCursor' });
  }
  for (const text of ['', 'A', '!', `${bytes.toString('base64url')}=`, bytes.toString('base64')]) {
    assert.throws(() => cursors.open(query, text, now), { scimType: 'invalidCursor' });
  }
});

test('a cursor tells nothing of what it holds, and two of one place differ', () => {
  const cursor = cursors.seal(query, position, now);
  assert.notEqual(cursor, cursors.seal(query, position, now));
  assert.equal(Buffer.from(cursor, 'base64url').includes('ada'), false);
});

test('the longest key fits into an address', () => {
  const key = '\u{10ffff}'.repeat(limits.indexedStringLengthMax);
  assert.ok(cursors.seal(query, { ...position, key }, now).length < 4_096);
});
