import assert from 'node:assert/strict';
import { test } from 'node:test';
import { listQueryOf, parseSearchRequest, searchRequestSchema } from '../../src/scim/list-query.ts';
import type { Tolerance, Tolerances } from '../../src/scim/quirks.ts';

const schemas = [searchRequestSchema];

test('a search request says in its body what an address would (RFC 7644 figure 4, RFC 9865 §3)', () => {
  const body = {
    schemas,
    attributes: ['displayName', 'userName'],
    filter: 'displayName sw "smith"',
    sortBy: 'userName',
    sortOrder: 'descending',
    startIndex: 1,
    count: 10,
    cursor: '',
  };
  assert.deepEqual(parseSearchRequest(body, new Set()), {
    ...{ filter: 'displayName sw "smith"', sortBy: 'userName', sortOrder: 'descending' },
    ...{ startIndex: '1', count: '10', cursor: '', attributes: 'displayName,userName' },
  });
});

test('names in a body are matched in any letter case, and unknown ones are left alone (RFC 7643 §2.1)', () => {
  const body = { Schemas: schemas, FILTER: 'id pr', CustomHint: { deep: true } };
  assert.deepEqual(parseSearchRequest(body, new Set()), { filter: 'id pr' });
});

test('null says nothing', () => {
  assert.deepEqual(parseSearchRequest({ schemas, filter: null, cursor: null, count: null }, new Set()), {});
});

const tolerated: [body: object, query: object, tolerance: Tolerance][] = [
  [{ count: '5' }, { count: '5' }, 'number-as-string'],
  [{ attributes: 'userName,emails' }, { attributes: 'userName,emails' }, 'single-as-list'],
];
for (const [body, query, tolerance] of tolerated) {
  test(`${JSON.stringify(body)} is read with the tolerance ${tolerance}`, () => {
    const tolerances: Tolerances = new Set();
    assert.deepEqual(parseSearchRequest({ schemas, ...body }, tolerances), query);
    assert.deepEqual([...tolerances], [tolerance]);
  });
}

const refused: [body: unknown, scimType: string][] = [
  [[], 'invalidSyntax'],
  [undefined, 'invalidSyntax'],
  [{ filter: 'id pr' }, 'invalidSyntax'],
  [{ schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'] }, 'invalidSyntax'],
  [{ schemas, filter: 7 }, 'invalidValue'],
  [{ schemas, count: [1] }, 'invalidValue'],
  [{ schemas, attributes: [1] }, 'invalidValue'],
  [{ schemas, excludedAttributes: { groups: true } }, 'invalidValue'],
  [{ schemas, cursor: 1 }, 'invalidValue'],
];
for (const [body, scimType] of refused) {
  test(`the search request ${JSON.stringify(body)} is ${scimType}`, () => {
    assert.throws(() => parseSearchRequest(body, new Set()), { scimType });
  });
}

test('a parameter of an address counts once, and unknown ones are nobody’s concern (E22)', () => {
  assert.deepEqual(listQueryOf({ count: '1', hint: ['a', 'b'] }), { count: '1' });
  assert.throws(() => listQueryOf({ sortBy: ['id', 'userName'] }), { scimType: 'invalidValue' });
});

test('a parameter of an address has no letter case, and two spellings of one are one too many', () => {
  assert.deepEqual(listQueryOf({ Filter: 'id pr', STARTINDEX: '3', sortby: 'id', Colour: 'blue' }), {
    filter: 'id pr',
    startIndex: '3',
    sortBy: 'id',
  });
  assert.throws(() => listQueryOf({ filter: 'id pr', Filter: 'id eq "x"' }), { scimType: 'invalidValue' });
});
