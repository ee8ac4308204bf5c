/** What waits to be written of requests that changed nothing, on a real PostgreSQL. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { v7 as newUuid } from 'uuid';
import { startRequestRecorder } from '../../src/provisioning/record-requests.ts';
import { findRequest, type LoggedRequest } from '../../src/store/request-log.ts';
import { readCounted } from '../../src/store/traffic.ts';
import { startRollcall } from '../rollcall.ts';

const refused = (): LoggedRequest => ({
  id: newUuid(),
  at: new Date(),
  connectionId: undefined,
  tokenId: undefined,
  tokenName: 'okta',
  client: undefined,
  address: '127.0.0.1',
  method: 'GET',
  path: '/Users',
  status: 429,
  durationUs: 1,
  requestBody: undefined,
  responseBody: undefined,
  detail: 'too many',
  resourceType: undefined,
  resourceId: undefined,
  changes: [],
  tolerances: [],
  bulk: undefined,
});

test('the counts name the row that the log keeps of refusals which come together', async () => {
  await using rollcall = await startRollcall();
  const [acme, globex] = [await rollcall.organization(), await rollcall.organization()];
  const { app, jobs } = rollcall.db;
  const recorder = startRequestRecorder({ app, jobs, log: () => undefined });
  const token = newUuid();
  const together = [refused(), refused(), refused()] as const;
  for (const row of together) {
    const counted = { id: row.id, at: row.at, answer: '429', signs: new Set<never>() };
    recorder.addLimited(acme.id, token, counted, () => row);
  }
  await recorder.stop();
  const since = new Date(Date.now() - 3_600_000);
  const counted = (await readCounted(app, acme.id, 'answer', since)).get('429');
  assert.deepEqual([counted?.count, counted?.requests], [3, [together[0].id]]);
  assert.notEqual(await findRequest(app, acme, together[0].id), undefined);
  assert.equal(await findRequest(app, acme, together[2].id), undefined);
  assert.equal((await readCounted(app, globex.id, 'answer', since)).size, 0);
});
