import assert from 'node:assert/strict';
import { test } from 'node:test';
import fastify from 'fastify';
import { Type } from 'typebox';
import { lazyCompilers } from '../../src/http/lazy-compilers.ts';

test('an answer holds what its schema lists and nothing else, each time', async () => {
  const app = fastify({ schemaController: lazyCompilers });
  const response = { 200: Type.Object({ name: Type.String() }) };
  app.get('/person', { schema: { response } }, async () => ({ name: 'Ada', secret: 'x' }));
  for (const _ of [1, 2]) assert.equal((await app.inject('/person')).body, '{"name":"Ada"}');
  await app.close();
});

test('each status and each route has its own schema', async () => {
  const app = fastify({ schemaController: lazyCompilers });
  const response = { 200: Type.Object({ a: Type.Number() }), 201: Type.Object({ b: Type.Number() }) };
  const both = { a: 1, b: 2, c: 3 };
  app.get('/first', { schema: { response } }, async () => both);
  app.get('/second', { schema: { response } }, async (_request, reply) => reply.code(201).send(both));
  app.get('/third', { schema: { response: { 200: Type.Object({ c: Type.Number() }) } } }, async () => both);
  const bodies = await Promise.all(['/first', '/second', '/third'].map(async (url) => (await app.inject(url)).body));
  assert.deepEqual(bodies, ['{"a":1}', '{"b":2}', '{"c":3}']);
  await app.close();
});

test('a schema of a request that nothing checks stops the boot', async () => {
  const app = fastify({ schemaController: lazyCompilers });
  app.post('/people', { schema: { body: Type.Object({ name: Type.String() }) } }, async () => 'made');
  await assert.rejects(async () => await app.ready(), /\/people has a schema, and nothing that checks it/);
});
