import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { databaseFault } from '../../src/store/database-errors.ts';
import { connectFor, connectionsPerOrganization, type Lease } from '../../src/store/fair-connections.ts';
import { inOrganization, queryOrganization } from '../../src/store/organization-transaction.ts';
import { type TestDatabase, testDatabase } from '../database.ts';

const acme = '0190a0b0-0000-7000-8000-0000000000a0';
const globex = '0190a0b0-0000-7000-8000-0000000000b0';

describe('connections of a pool', () => {
  let db: TestDatabase;
  before(async () => {
    db = await testDatabase();
  });
  after(async () => await db[Symbol.asyncDispose]());

  /** Takes all connections that an organization may have. */
  const takeAll = async (orgId: string): Promise<Lease[]> => {
    const count = connectionsPerOrganization(db.app.options.max);
    return await Promise.all(Array.from({ length: count }, () => connectFor(db.app, orgId)));
  };

  test('one organization holds half of them at most, and another goes on', async () => {
    const held = await takeAll(acme);
    let hasMore = false;
    const more = connectFor(db.app, acme).then((lease) => {
      hasMore = true;
      return lease;
    });
    assert.deepEqual(await queryOrganization(db.app, globex, { text: 'select 1 as one', values: [] }), [{ one: 1 }]);
    assert.ok(db.app.idleCount > 0 || db.app.totalCount < db.app.options.max, 'the pool is not exhausted');
    assert.equal(hasMore, false);
    held[0]?.release();
    (await more).release();
    for (const lease of held.slice(1)) lease.release();
  });

  test('those who wait come in the order in which they asked', async () => {
    const held = await takeAll(acme);
    const order: number[] = [];
    const waiting = [1, 2, 3].map(async (number) => {
      const lease = await connectFor(db.app, acme);
      order.push(number);
      lease.release();
    });
    for (const lease of held) lease.release();
    await Promise.all(waiting);
    assert.deepEqual(order, [1, 2, 3]);
  });

  test('a transaction gives its connection back, whether it succeeds, throws or fails', async () => {
    const count = connectionsPerOrganization(db.app.options.max);
    for (let round = 0; round < 3 * count; round++) {
      await inOrganization(db.app, acme, async () => undefined);
      await assert.rejects(
        inOrganization(db.app, acme, () => Promise.reject(new Error('no'))),
        /no/,
      );
      await assert.rejects(queryOrganization(db.app, acme, { text: 'select 1/0', values: [] }), /division by zero/);
    }
  });

  test('whoever waits too long learns that the organization is busy, which is no outage', async (t) => {
    const held = await takeAll(acme);
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const late = connectFor(db.app, acme);
    late.catch(() => undefined);
    t.mock.timers.runAll();
    t.mock.timers.reset();
    await assert.rejects(late, (error) => databaseFault(error).kind === 'busy');
    for (const lease of held) lease.release();
    for (const lease of await takeAll(acme)) lease.release();
  });
});
