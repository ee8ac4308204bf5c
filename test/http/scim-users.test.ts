import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startRollcall } from '../rollcall.ts';

test('a user that was created is found by any letter case of the userName (RFC 7643 §4.1.1, OK7)', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization();
  const created = await acme.scim('POST', '/Users', { userName: 'Ada@acme.example' });
  assert.equal(created.status, 201);
  const found = await acme.scim('GET', '/Users?filter=userName%20eq%20%22ADA%40ACME.example%22');
  assert.equal(found.body.totalResults, 1);
  assert.equal(found.body.Resources?.[0]?.id, created.body.id);
});
