import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { listResponseText, parseListQuery, parsePaging } from '../../src/scim/list-response.ts';

const { pageSizeDefault, pageSizeMax } = limits;

const pages: [startIndex: string | undefined, count: string | undefined, start: number, size: number][] = [
  [undefined, undefined, 1, pageSizeDefault],
  ['1', '2', 1, 2],
  ['101', '100', 101, 100],
  ['0', '0', 1, 0],
  ['-5', '-1', 1, 0],
  ['1', '1000000', 1, pageSizeMax],
  ['99999999999999999999', '10', Number.MAX_SAFE_INTEGER, 10],
  ['', '', 1, pageSizeDefault],
];

for (const [startIndex, count, start, size] of pages) {
  test(`startIndex=${startIndex} and count=${count} mean ${size} from ${start} (RFC 7644 §3.4.2.4)`, () => {
    assert.deepEqual(parseListQuery({ startIndex, count }), { startIndex: start, count: size });
  });
}

for (const count of ['ten', '1.5', '1e3', '0x10', '-', ' 1', '١']) {
  test(`count=${count} is invalidValue`, () => {
    assert.throws(() => parseListQuery({ count }), {
      scimType: 'invalidValue',
      detail: 'count must be a whole number',
    });
  });
}

test('a list has numbers and Resources even when it is empty (OK8, okta-wire §17.1)', () => {
  assert.deepEqual(JSON.parse(listResponseText({ totalResults: 0, startIndex: 1, resources: [] })), {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
    totalResults: 0,
    startIndex: 1,
    itemsPerPage: 0,
    Resources: [],
  });
});

test('resources are put into the list as the texts they are', () => {
  const text = listResponseText({ totalResults: 9, startIndex: 4, resources: ['{"id": "a"}', '{"id":"b"}'] });
  assert.ok(text.includes('[{"id": "a"},{"id":"b"}]'));
  assert.equal(JSON.parse(text).itemsPerPage, 2);
});

test('whoever names a cursor pages by cursor, and everyone else by index (RFC 9865 §2, §2.4)', () => {
  assert.deepEqual(parsePaging({}), { kind: 'index', startIndex: 1, count: pageSizeDefault });
  assert.deepEqual(parsePaging({ cursor: '' }), { kind: 'cursor', cursor: undefined, count: pageSizeDefault });
  assert.deepEqual(parsePaging({ cursor: 'VZUT', count: '10' }), { kind: 'cursor', cursor: 'VZUT', count: 10 });
  assert.deepEqual(parsePaging({ cursor: '', count: '-3' }), { kind: 'cursor', cursor: undefined, count: 0 });
  assert.deepEqual(parsePaging({ cursor: '', count: '99999' }).count, pageSizeMax);
});

test('a count that is no number is invalidCount where there is a cursor (RFC 9865 §2.1)', () => {
  assert.throws(() => parsePaging({ cursor: '', count: 'ten' }), { scimType: 'invalidCount' });
  assert.throws(() => parsePaging({ count: 'ten' }), { scimType: 'invalidValue' });
});

test('startIndex and cursor exclude each other', () => {
  assert.throws(() => parsePaging({ cursor: '', startIndex: '1' }), { scimType: 'invalidValue' });
});

test('a page by cursor has no startIndex, and no nextCursor when it is the last (RFC 9865 §2)', () => {
  const page = JSON.parse(listResponseText({ totalResults: 2, nextCursor: 'VZUT', resources: ['{}'] }));
  assert.deepEqual(Object.keys(page), ['schemas', 'totalResults', 'itemsPerPage', 'nextCursor', 'Resources']);
  const last = JSON.parse(listResponseText({ totalResults: 2, nextCursor: undefined, resources: ['{}'] }));
  assert.deepEqual(Object.keys(last), ['schemas', 'totalResults', 'itemsPerPage', 'Resources']);
});
