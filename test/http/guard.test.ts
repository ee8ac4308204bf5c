import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify from 'fastify';
import { requireGuards } from '../../src/http/guard.ts';
import { startRollcall } from '../rollcall.ts';

test('a route that does not declare its guard stops the boot (R1)', async () => {
  const app = fastify();
  requireGuards(app);
  app.get('/open', { config: { guard: 'public' } }, async () => 'anyone');
  assert.throws(() => app.get('/forgotten', async () => 'anyone'), /GET \/forgotten does not declare its guard/);
  await app.close();
});

test('a guard that does not exist stops the boot (R1)', async () => {
  const app = fastify();
  requireGuards(app);
  const config = { guard: 'pubilc' } as unknown as { guard: 'public' };
  assert.throws(() => app.get('/misspelled', { config }, async () => 'anyone'), /does not declare its guard/);
  await app.close();
});

test('/healthz answers while the process lives, /readyz once requests would succeed', async () => {
  await using rollcall = await startRollcall();
  assert.equal((await fetch(`${rollcall.url}/healthz`)).status, 200);
  assert.equal((await fetch(`${rollcall.url}/readyz`)).status, 200);
});

test('every answer says that it is neither to be framed, sniffed nor, with people in it, stored (R26, R45)', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization();
  const { headers } = await acme.scim('GET', '/Users');
  assert.equal(headers.get('cache-control'), 'no-store');
  for (const path of ['/', '/healthz', `/scim/v2/${acme.slug}/Users`, '/api/v1/status', '/nowhere']) {
    const answer = await fetch(rollcall.url + path);
    assert.equal(answer.headers.get('x-content-type-options'), 'nosniff', path);
    assert.match(answer.headers.get('content-security-policy') ?? '', /frame-ancestors 'none'/, path);
    assert.equal(answer.headers.get('referrer-policy'), 'no-referrer', path);
    await answer.body?.cancel();
  }
});
