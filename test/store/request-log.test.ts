/** The request log's rows, on a real PostgreSQL. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v7 as newUuid } from 'uuid';
import { quirks } from '../../src/scim/quirks.ts';
import { insertRequests, type LoggedRequest, listRequests } from '../../src/store/request-log.ts';
import { startRollcall } from '../rollcall.ts';

const full = (): LoggedRequest => ({
  id: newUuid(),
  at: new Date('2030-01-02T03:04:05.678Z'),
  connectionId: newUuid(),
  tokenId: newUuid(),
  tokenName: 'okta "live", {new}',
  client: 'A\\B "c" NULL',
  address: '127.0.0.1',
  method: 'PATCH',
  path: '/Users/null',
  status: 200,
  durationUs: 12,
  requestBody: '{"title":"a,b"}',
  responseBody: '',
  detail: 'ünïcödé 🐢',
  resourceType: 'User',
  resourceId: newUuid(),
  changes: [{ kind: 'member.updated', id: newUuid(), says: 'renamed "x\\y"' }],
  tolerances: Object.keys(quirks),
  bulk: { id: newUuid(), index: 3 },
});

const bare = (): LoggedRequest => ({
  ...full(),
  connectionId: undefined,
  tokenId: undefined,
  tokenName: undefined,
  client: undefined,
  requestBody: undefined,
  responseBody: undefined,
  detail: undefined,
  resourceType: undefined,
  resourceId: undefined,
  changes: [],
  tolerances: [],
  bulk: undefined,
});

test('rows of every kind come back as they were written, and another organization sees none', async () => {
  await using rollcall = await startRollcall();
  const [acme, globex] = [await rollcall.organization(), await rollcall.organization()];
  const { app } = rollcall.db;
  const rows = [full(), bare(), full()];
  await insertRequests(app, acme.id, rows);
  assert.deepEqual(await listRequests(app, acme, { limit: 10 }), rows.toReversed());
  assert.deepEqual(await listRequests(app, globex, { limit: 10 }), []);
});

test('what PostgreSQL cannot hold is replaced, and takes no other row along', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization();
  const { app } = rollcall.db;
  const says = 'a\u0000b\ud800c';
  const plain = full();
  const odd = { ...full(), client: says, path: says, detail: says, changes: [{ kind: 'k', id: newUuid(), says }] };
  await insertRequests(app, acme.id, [plain, odd]);
  const [found, other] = await listRequests(app, acme, { limit: 10 });
  assert.deepEqual(other, plain);
  const kept = 'a\ufffdb\ufffdc';
  assert.deepEqual([found?.client, found?.path, found?.detail, found?.changes[0]?.says], [kept, kept, kept, kept]);
});
