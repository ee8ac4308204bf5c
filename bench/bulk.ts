/**
 * How long bulks of the largest size take, and what the same changes take one by one: `node bin/node24.js bench/bulk.ts`. Rollcall
 * runs as for bench/run.ts, alone, on a PostgreSQL of its own.
 */
import assert from 'node:assert/strict';
import { limits } from '../src/limits.ts';
import { person } from './load/people.ts';
import { startDatabaseServer } from './peers/database-server.ts';
import { startRollcall } from './peers/rollcall.ts';
import type { Target } from './peers/target.ts';

const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'];
const patchSchemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp'];
const groupSchemas = ['urn:ietf:params:scim:schemas:core:2.0:Group'];

type Operation = { method: string; path: string; bulkId?: string; data?: unknown };

async function main(): Promise<void> {
  await using running = new AsyncDisposableStack();
  const database = await startDatabaseServer();
  running.defer(() => database.stop());
  const target = await startRollcall(database, { slug: 'bench', nodeArguments: [] });
  running.defer(() => target.stop());

  const count = limits.bulkOperationsMax;
  const people = Array.from({ length: count }, (_, number) => number);
  const create = (number: number): Operation => ({
    method: 'POST',
    path: '/Users',
    bulkId: String(number),
    data: person(number),
  });
  const ids = await bulk(target, 'create people', people.map(create));
  await bulk(target, 'put one person each into a group', [
    { method: 'POST', path: '/Groups', bulkId: 'g', data: { schemas: groupSchemas, displayName: 'Everyone' } },
    ...ids.slice(1).map((value) => change('/Groups/bulkId:g', { op: 'add', path: 'members', value: [{ value }] })),
  ]);
  await bulk(
    target,
    'suspend people',
    ids.map((id) => change(`/Users/${id}`, { op: 'replace', value: { active: false } })),
  );
  await bulk(
    target,
    'delete people',
    ids.map((id) => ({ method: 'DELETE', path: `/Users/${id}` })),
  );
  await bulk(target, 'create a group, then its people', [
    {
      method: 'POST',
      path: '/Groups',
      bulkId: 'g',
      data: {
        schemas: groupSchemas,
        displayName: 'All',
        members: people.slice(1).map((n) => ({ value: `bulkId:${n}` })),
      },
    },
    ...people.slice(1).map(create),
  ]);

  const start = performance.now();
  for (const number of people) await send(target, '/Users', person(count + number), 201);
  print('create people, one request after the other', count, performance.now() - start);
}

const change = (path: string, operation: unknown): Operation => ({
  method: 'PATCH',
  path,
  data: { schemas: patchSchemas, Operations: [operation] },
});

/** Sends a bulk of which everything must succeed, and returns the ids of what it was about. */
async function bulk(target: Target, what: string, operations: readonly Operation[]): Promise<string[]> {
  const start = performance.now();
  const answer = (await send(target, '/Bulk', { schemas, Operations: operations }, 200)) as {
    Operations: { status: string; location: string }[];
  };
  print(what, operations.length, performance.now() - start);
  const refused = answer.Operations.find(({ status }) => !status.startsWith('2'));
  assert.equal(refused, undefined, JSON.stringify(refused));
  return answer.Operations.map(({ location }) => location.split('/').at(-1) as string);
}

async function send({ baseUrl, authorization }: Target, path: string, body: unknown, status: number): Promise<unknown> {
  const answer = await fetch(baseUrl + path, {
    method: 'POST',
    headers: { authorization, 'content-type': 'application/scim+json' },
    body: JSON.stringify(body),
  });
  const text = await answer.text();
  assert.equal(answer.status, status, text);
  return JSON.parse(text);
}

const print = (what: string, count: number, ms: number) =>
  console.log(
    `${(ms / 1000).toFixed(2).padStart(7)} s  ${(ms / count).toFixed(2).padStart(6)} ms each  ${count} × ${what}`,
  );

await main();
