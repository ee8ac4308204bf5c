import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createOrganization } from '../../src/provisioning/create-organization.ts';
import { commitWithoutWaiting, shareFlush } from '../../src/store/durability.ts';
import { flushOrganization } from '../../src/store/organization-transaction.ts';
import { type TestDatabase, testDatabase } from '../database.ts';

test('a flush reaches what others have committed without waiting', async () => {
  await using db = await testDatabase();
  // The server of the tests waits for no commit; connections from now on do, as those of a real server.
  await db.owner.query(
    `do $$ begin execute format('alter database %I set synchronous_commit = on', current_database()); end $$`,
  );
  const at = { now: new Date() };
  const { id } = await createOrganization(db.app, { slug: 'acme', name: 'Acme', plan: 'free', settings: {} }, at);
  const client = await db.owner.connect();
  await client.query('begin');
  await client.query(commitWithoutWaiting);
  await client.query(`select pg_logical_emit_message(true, 'test', repeat('x', 1000))`);
  await client.query('commit');
  client.release();
  const position = await insertPosition(db);
  await flushOrganization(db.app, id);
  assert.ok(await isFlushedSince(db, position));
});

test('whoever asks while a flush runs shares the next one, and nobody is answered by one that began before', async () => {
  await using db = await testDatabase();
  const begun: PromiseWithResolvers<void>[] = [];
  const run = () => {
    const one = Promise.withResolvers<void>();
    begun.push(one);
    return one.promise;
  };
  const ended: string[] = [];
  const ask = (name: string) => shareFlush(db.app, 'acme', run).then(() => ended.push(name));
  const first = ask('first');
  const others = [ask('second'), ask('third')];
  assert.equal(begun.length, 1);
  begun[0]?.resolve();
  await first;
  assert.deepEqual(ended, ['first']);
  await Promise.resolve();
  assert.equal(begun.length, 2);
  begun[1]?.resolve();
  await Promise.all(others);
  assert.deepEqual(ended, ['first', 'second', 'third']);
});

test('a flush that fails fails those who wait for it, and the next one is made', async () => {
  await using db = await testDatabase();
  const away = new Error('the database is away');
  await assert.rejects(
    shareFlush(db.app, 'acme', async () => {
      throw away;
    }),
    away,
  );
  await shareFlush(db.app, 'acme', async () => undefined);
});

async function insertPosition(db: TestDatabase): Promise<string> {
  const { rows } = await db.owner.query<{ position: string }>('select pg_current_wal_insert_lsn()::text as position');
  return rows[0]?.position ?? '';
}

/** Whether the write-ahead log is on the disk up to the last record that began before the position. */
async function isFlushedSince(db: TestDatabase, position: string): Promise<boolean> {
  const { rows } = await db.owner.query<{ flushed: boolean }>(
    'select pg_wal_lsn_diff($1::pg_lsn, pg_current_wal_flush_lsn()) <= 0 as flushed',
    [position],
  );
  return rows[0]?.flushed === true;
}
