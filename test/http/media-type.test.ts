import assert from 'node:assert/strict';
import { test } from 'node:test';
import { answeredMediaType } from '../../src/http/scim/media-type.ts';

const cases: [accept: string | undefined, answered: 'scim+json' | 'json'][] = [
  [undefined, 'scim+json'],
  ['', 'scim+json'],
  ['application/scim+json', 'scim+json'],
  ['application/json', 'json'],
  ['Application/JSON; charset=utf-8', 'json'],
  ['application/json, text/plain;q=0.5', 'json'],
  ['application/json, application/scim+json', 'scim+json'],
  ['application/json, application/scim+json;q=0.5', 'json'],
  ['application/json;q=0.5, application/scim+json', 'scim+json'],
  ['application/json, */*', 'scim+json'],
  ['application/json, */*;q=0.8', 'json'],
  ['application/scim+json;q=0, application/*', 'json'],
  ['*/*', 'scim+json'],
  ['text/html', 'scim+json'],
  ['application/json;q=none', 'scim+json'],
  [',;=,', 'scim+json'],
];

for (const [accept, answered] of cases) {
  test(`${accept === undefined ? 'no Accept header' : `Accept: ${accept}`} is answered in application/${answered} (RFC 7644 §3.8, O6)`, () => {
    assert.equal(answeredMediaType(accept), `application/${answered}; charset=utf-8`);
  });
}
