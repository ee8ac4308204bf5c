import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import {
  type BulkOperation,
  bulkRequestSchema,
  isRefused,
  parseBulk,
  type RefusedOperation,
} from '../../src/scim/bulk.ts';
import type { Tolerances } from '../../src/scim/quirks.ts';

const schemas = [bulkRequestSchema];
const ada = '0192f0c1-2a3b-7c4d-8e5f-60718293a4b5';
const creation = (bulkId: string, data: object = { userName: bulkId }) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data,
});
const parse = (...operations: unknown[]) => parseBulk({ schemas, Operations: operations }, new Set()).operations;

function good(operation: BulkOperation | RefusedOperation | undefined): BulkOperation {
  assert.ok(operation !== undefined && !isRefused(operation), JSON.stringify(operation));
  return operation;
}

function refusal(operation: BulkOperation | RefusedOperation | undefined): RefusedOperation {
  assert.ok(operation !== undefined && isRefused(operation), JSON.stringify(operation));
  return operation;
}

test('an operation is read with its type, its resource and its condition (RFC 7644 §3.7)', () => {
  const [first, second, third] = parse(
    creation('qwerty'),
    { method: 'PUT', path: `/Groups/${ada}`, version: 'W/"7"', data: { displayName: 'A' } },
    { method: 'DELETE', path: '/Users/bulkId:qwerty' },
  ).map(good);
  assert.deepEqual(
    [first, second, third].map((each) => [each?.index, each?.method, each?.type.name, each?.target, each?.bulkId]),
    [
      [0, 'POST', 'User', undefined, 'qwerty'],
      [1, 'PUT', 'Group', ada, undefined],
      [2, 'DELETE', 'User', 'bulkId:qwerty', undefined],
    ],
  );
  assert.deepEqual([first?.version, second?.version, third?.version], [undefined, 'W/"7"', undefined]);
});

test('names and methods are matched in any letter case, and what the RFC does not know is ignored (RFC 7643 §2.1, §2.2)', () => {
  const message = {
    Schemas: schemas,
    operations: [{ Method: 'post', PATH: '/Users/', bulkid: 'a', Data: {}, hint: 1 }],
    failonerrors: 2,
    hint: true,
  };
  const { failOnErrors, operations } = parseBulk(message, new Set());
  const { method, path, bulkId, target } = good(operations[0]);
  assert.deepEqual([failOnErrors, method, path, bulkId, target], [2, 'POST', '/Users/', 'a', undefined]);
});

test('failOnErrors may come as a string, which is a tolerance', () => {
  const tolerances: Tolerances = new Set();
  assert.equal(parseBulk({ schemas, failOnErrors: '3', Operations: [creation('a')] }, tolerances).failOnErrors, 3);
  assert.deepEqual([...tolerances], ['number-as-string']);
});

const messages: [what: string, body: unknown, scimType: string | undefined][] = [
  ['no object', [], 'invalidSyntax'],
  ['nothing', undefined, 'invalidSyntax'],
  ['no schemas', { Operations: [creation('a')] }, 'invalidSyntax'],
  ['another schema', { schemas: ['urn:x'], Operations: [creation('a')] }, 'invalidSyntax'],
  ['no operations', { schemas }, 'invalidSyntax'],
  ['an empty list of operations', { schemas, Operations: [] }, 'invalidSyntax'],
  ['one operation that is in no list', { schemas, Operations: creation('a') }, 'invalidSyntax'],
  ['an operation that is no object', { schemas, Operations: [creation('a'), 'b'] }, 'invalidSyntax'],
  ['failOnErrors of 0', { schemas, failOnErrors: 0, Operations: [creation('a')] }, 'invalidValue'],
  ['failOnErrors below 0', { schemas, failOnErrors: -1, Operations: [creation('a')] }, 'invalidValue'],
  ['failOnErrors with a fraction', { schemas, failOnErrors: 1.5, Operations: [creation('a')] }, 'invalidValue'],
  ['failOnErrors that is a word', { schemas, failOnErrors: 'one', Operations: [creation('a')] }, 'invalidValue'],
  ['failOnErrors that is a list', { schemas, failOnErrors: [1], Operations: [creation('a')] }, 'invalidValue'],
];
for (const [what, body, scimType] of messages) {
  test(`a message with ${what} is ${scimType} as a whole`, () => {
    assert.throws(() => parseBulk(body, new Set()), { status: 400, scimType });
  });
}

test('more operations than announced are 413, which names maxOperations (RFC 7644 §3.7.4)', () => {
  const many = Array.from({ length: limits.bulkOperationsMax + 1 }, (_, n) => creation(`u${n}`));
  assert.equal(parse(...many.slice(1)).length, limits.bulkOperationsMax);
  assert.throws(() => parse(...many), { status: 413, detail: /exceeds the maxOperations \(1000\)/ });
});

const operations: [what: string, operation: object, status: number, scimType: string | undefined, detail: RegExp][] = [
  ['no method', { path: '/Users', bulkId: 'x', data: {} }, 400, 'invalidSyntax', /method must be POST, PUT, PATCH or/],
  ['the method GET', { method: 'GET', path: `/Users/${ada}` }, 400, 'invalidSyntax', /not "GET"/],
  ['the method as a number', { method: 7, path: '/Users' }, 400, 'invalidSyntax', /not a number/],
  ['no path', { method: 'POST', bulkId: 'x', data: {} }, 400, 'invalidSyntax', /path is required/],
  ['a path that is no text', { method: 'DELETE', path: ['/Users'] }, 400, 'invalidSyntax', /path is required/],
  ['a long path', { method: 'DELETE', path: `/Users/${'a'.repeat(2000)}` }, 400, 'invalidSyntax', /1024 characters/],
  ['another endpoint', { method: 'POST', path: '/Robots', bulkId: 'x', data: {} }, 404, undefined, /\/Robots/],
  ['a bulk in a bulk', { method: 'POST', path: '/Bulk', bulkId: 'x', data: {} }, 404, undefined, /\/Users or \/Groups/],
  ['discovery', { method: 'DELETE', path: '/Schemas/x' }, 404, undefined, /\/Users or \/Groups/],
  ['/Me', { method: 'PATCH', path: '/Me', data: {} }, 404, undefined, /\/Users or \/Groups/],
  ['a longer endpoint', { method: 'DELETE', path: `/UsersX/${ada}` }, 404, undefined, /\/UsersX/],
  ['an endpoint in another case', { method: 'DELETE', path: `/users/${ada}` }, 404, undefined, /\/users/],
  ['a path without its slash', { method: 'DELETE', path: `Users/${ada}` }, 404, undefined, /Users/],
  ['a whole URL', { method: 'DELETE', path: `https://x.example/Users/${ada}` }, 404, undefined, /x\.example/],
  ['a POST to a resource', { ...creation('x'), path: `/Users/${ada}` }, 405, undefined, /its path is \/Users and not/],
  ['a PUT to a type', { method: 'PUT', path: '/Groups', data: {} }, 405, undefined, /\/Groups with an id/],
  ['a DELETE of a type', { method: 'DELETE', path: '/Users/' }, 405, undefined, /\/Users with an id/],
  ['no bulkId', { method: 'POST', path: '/Users', data: {} }, 400, 'invalidSyntax', /bulkId is required/],
  ['an empty bulkId', { ...creation(''), data: {} }, 400, 'invalidSyntax', /bulkId is required/],
  ['a bulkId that is no text', { ...creation('x'), bulkId: 7 }, 400, 'invalidSyntax', /bulkId must be a string/],
  ['a long bulkId', creation('x'.repeat(257)), 400, 'invalidValue', /256 characters/],
  ['no data', { method: 'POST', path: '/Users', bulkId: 'x' }, 400, 'invalidSyntax', /data is required for POST/],
  ['null for data', { method: 'PATCH', path: `/Users/${ada}`, data: null }, 400, 'invalidSyntax', /required for PATCH/],
  [
    'a version that is no text',
    { method: 'DELETE', path: `/Users/${ada}`, version: 1 },
    400,
    'invalidSyntax',
    /version/,
  ],
  ['a reference to nothing', creation('x', { manager: { value: 'bulkId:y' } }), 400, 'invalidValue', /bulkId:y/],
  [
    'a reference to nothing in its path',
    { method: 'DELETE', path: '/Users/bulkId:y' },
    400,
    'invalidValue',
    /bulkId:y/,
  ],
  ['a reference without a bulkId', creation('x', { manager: 'bulkId:' }), 400, 'invalidValue', /bulkId:, and no POST/],
];
for (const [what, operation, status, scimType, detail] of operations) {
  test(`an operation with ${what} is ${scimType ?? status} by itself, and the others stay`, () => {
    const [first, second, third] = parse(creation('before'), operation, creation('after'));
    good(first);
    good(third);
    const refused = refusal(second);
    assert.equal(refused.index, 1);
    assert.deepEqual([refused.refusal.status, refused.refusal.scimType], [status, scimType]);
    assert.match(refused.refusal.detail, detail);
    assert.ok(refused.refusal.detail.length < 300);
  });
}

test('creations that share a bulkId are all refused: a reference would name either', () => {
  const [first, second, third, fourth] = parse(
    creation('twin'),
    creation('twin'),
    creation('other'),
    creation('led', { manager: { value: 'bulkId:twin' } }),
  );
  for (const each of [first, second])
    assert.match(refusal(each).refusal.detail, /"twin" is that of more than one POST/);
  good(third);
  // It stays until its turn: the creation that it needs has failed by then.
  good(fourth);
});

test('a bulkId on another method is an echo, and names nothing', () => {
  const [first, second] = parse(creation('a'), { method: 'DELETE', path: `/Users/${ada}`, bulkId: 'a' });
  assert.equal(good(first).bulkId, 'a');
  assert.equal(good(second).bulkId, 'a');
  const [only] = parse({ method: 'PUT', path: `/Users/${ada}`, bulkId: 'b', data: { manager: 'bulkId:b' } });
  assert.equal(refusal(only).refusal.scimType, 'invalidValue');
});

test('the id of a path is percent-decoded once, and is no path any more (R2)', () => {
  const targetOf = (path: string) => good(parse({ method: 'DELETE', path })[0]).target;
  assert.equal(targetOf('/Users/a%2Fb'), 'a/b');
  assert.equal(targetOf('/Users/%252e'), '%2e');
  assert.equal(targetOf('/Users/../Groups/x'), '../Groups/x');
  assert.equal(targetOf('/Users/..%2f..%2fBulk'), '../../Bulk');
  assert.equal(targetOf('/Users/%zz'), '%zz');
  assert.equal(targetOf('/Users//x/'), '/x');
  const [, byPath] = parse(creation('a/b c'), { method: 'DELETE', path: '/Users/bulkId%3Aa%2Fb%20c' });
  assert.equal(good(byPath).target, 'bulkId:a/b c');
});

test('names of the prototype are bulkIds like any other (R22)', () => {
  const [first, second] = parse(
    creation('__proto__'),
    creation('constructor', { manager: { value: 'bulkId:__proto__' } }),
  );
  good(first);
  assert.deepEqual([...good(second).named.bulkIds], ['__proto__']);
  assert.equal(refusal(parse(creation('a', { manager: 'bulkId:toString' }))[0]).refusal.scimType, 'invalidValue');
});
