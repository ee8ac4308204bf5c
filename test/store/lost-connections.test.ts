import assert from 'node:assert/strict';
import { test } from 'node:test';
import { databaseFault } from '../../src/store/database-errors.ts';
import { inOrganization } from '../../src/store/organization-transaction.ts';
import { testDatabase } from '../database.ts';
import { eventually } from '../http/beside-globex.ts';

const orgId = '0190a0b0-0000-7000-8000-0000000000a0';
const one = { text: 'select 1 as one', values: [] };
const backend = { text: 'select pg_backend_pid() as pid', values: [] };

test('a connection that is lost between two statements fails the next one as an outage, and ends no process (I12, I14)', async () => {
  await using db = await testDatabase();
  const lost = inOrganization(db.app, orgId, async (tx) => {
    const { rows } = await tx.query<{ pid: number }>(backend);
    await db.owner.query('select pg_terminate_backend($1, 10000)', [rows[0]?.pid]);
    // The end of the connection arrives while nothing is asked on it.
    await eventually(async () => {
      const left = await db.owner.query('select from pg_stat_activity where pid = $1', [rows[0]?.pid]);
      assert.equal(left.rowCount, 0);
    });
    await new Promise((resolve) => setImmediate(resolve));
    return await tx.query(one);
  });
  const fault = await lost.then(
    () => undefined,
    (error) => databaseFault(error),
  );
  assert.deepEqual(fault, { kind: 'unavailable' });
  assert.deepEqual((await inOrganization(db.app, orgId, (tx) => tx.query(one))).rows, [{ one: 1 }]);
});

test('connections that are all lost at once are made anew, and none stays lent (I14)', async () => {
  await using db = await testDatabase();
  const all = () =>
    Promise.allSettled(Array.from({ length: 30 }, () => inOrganization(db.app, orgId, (tx) => tx.query(one))));
  await all();
  const busy = Array.from({ length: 4 }, () =>
    inOrganization(db.app, orgId, (tx) => tx.query({ text: 'select pg_sleep(60)', values: [] })).then(
      () => undefined,
      (error) => databaseFault(error).kind,
    ),
  );
  await eventually(async () => {
    const { rowCount } = await db.owner.query(
      `select from pg_stat_activity where datname = current_database() and query like '%pg_sleep(60)' and pid <> pg_backend_pid()`,
    );
    assert.equal(rowCount, 4);
  });
  await db.owner.query(
    `select pg_terminate_backend(pid, 10000) from pg_stat_activity
      where datname = current_database() and pid <> pg_backend_pid() and backend_type = 'client backend'`,
  );
  assert.deepEqual(
    await Promise.all(busy),
    Array.from({ length: 4 }, () => 'unavailable'),
  );
  await eventually(async () => {
    for (const { status } of await all()) assert.equal(status, 'fulfilled');
  });
  await eventually(async () => {
    assert.deepEqual([db.app.waitingCount, db.app.idleCount], [0, db.app.totalCount]);
  });
});
