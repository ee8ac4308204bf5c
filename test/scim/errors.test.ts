import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as errors from '../../src/scim/errors.ts';

const { ScimError, errorBody, plainErrors, scimTypes } = errors;
const exported: Record<string, unknown> = { ...errors };

function make(name: string, ...parameters: unknown[]): errors.ScimError {
  const byName = exported[name] as (...parameters: unknown[]) => errors.ScimError;
  return byName(...parameters);
}

test('every scimType has a function of its name that makes it with its status (RFC 7644 §3.12)', () => {
  for (const [name, [status]] of Object.entries(scimTypes)) {
    const error = make(name, 'why');
    assert.ok(error instanceof ScimError);
    assert.deepEqual([error.status, error.scimType, error.detail], [status, name, 'why']);
  }
});

test('every other refusal has a function of its name, and no scimType', () => {
  for (const [name, [status]] of Object.entries(plainErrors)) {
    const error = make(name, 'why', 3);
    assert.deepEqual([error.status, error.scimType, error.detail], [status, undefined, 'why']);
  }
});

test('the body carries the status as a string and ends its detail with the reference', () => {
  assert.deepEqual(errorBody(errors.uniqueness('ada@acme.example is taken'), '0190'), {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
    status: '409',
    scimType: 'uniqueness',
    detail: 'ada@acme.example is taken (reference 0190)',
  });
  assert.equal('scimType' in errorBody(errors.notFound('no such user'), '0190'), false);
});

test('Retry-After is a whole second, at least one, on 429 and 503 only (OK11)', () => {
  assert.equal(errors.tooManyRequests('slow down', 0.2).retryAfterSeconds, 1);
  assert.equal(errors.unavailable('no database', 4.1).retryAfterSeconds, 5);
  assert.equal('retryAfterSeconds' in errors.internal('failed'), false);
});
