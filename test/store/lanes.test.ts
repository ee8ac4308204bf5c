import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { databaseFault } from '../../src/store/database-errors.ts';
import { connectFor, connectionsPerOrganization } from '../../src/store/fair-connections.ts';
import { inOrganization, type OrgTransaction } from '../../src/store/organization-transaction.ts';
import { type TestDatabase, testDatabase } from '../database.ts';
import { eventually } from '../http/beside-globex.ts';

const acme = '0190a0b0-0000-7000-8000-0000000000a0';
const globex = '0190a0b0-0000-7000-8000-0000000000b0';

const statement = (text: string, ...values: unknown[]) => ({ text, values });
const backendOf = async (tx: OrgTransaction): Promise<number> =>
  (await tx.query<{ pid: number }>(statement('select pg_backend_pid() as pid'))).rows[0]?.pid ?? 0;
const transactionOf = async (tx: OrgTransaction): Promise<string> =>
  (await tx.query<{ id: string }>(statement('select pg_current_xact_id()::text as id'))).rows[0]?.id ?? '';

describe('changes of one organization', () => {
  let db: TestDatabase;
  before(async () => {
    db = await testDatabase();
    await db.owner.query('create table notes (org_id uuid, id int, primary key (org_id, id))');
    await db.owner.query('grant select, insert on notes to rollcall_app');
  });
  after(async () => await db[Symbol.asyncDispose]());

  const insert = (tx: OrgTransaction, id: number) =>
    tx.send(statement('insert into notes (org_id, id) values ($1, $2)', tx.orgId, id));
  const idsOf = async (orgId: string) =>
    (await db.owner.query('select id from notes where org_id = $1 order by id', [orgId])).rows.map(({ id }) => id);

  test('each is a transaction of its own, on a connection that they share', async () => {
    const seen = await Promise.all(
      Array.from({ length: 8 }, () =>
        inOrganization(db.app, acme, async (tx) => [await backendOf(tx), await transactionOf(tx)]),
      ),
    );
    assert.equal(new Set(seen.map(([, transaction]) => transaction)).size, 8);
    assert.ok(new Set(seen.map(([backend]) => backend)).size < 8, 'some followed each other on one connection');
  });

  test('one that fails, at any point, undoes itself and none of those before and behind it', async () => {
    const changes = [
      inOrganization(db.app, acme, async (tx) => insert(tx, 1)),
      // Breaks in the database, with a statement behind it that is skipped.
      inOrganization(db.app, acme, async (tx) => {
        insert(tx, 2);
        tx.send(statement('select 1 / 0'));
        insert(tx, 3);
      }),
      inOrganization(db.app, acme, async (tx) => insert(tx, 4)),
      // Breaks here, with a statement that has not been sent.
      inOrganization(db.app, acme, async (tx) => {
        insert(tx, 5);
        throw new Error('refused');
      }),
      inOrganization(db.app, acme, async (tx) => {
        insert(tx, 6);
        await tx.query(statement('select 1'));
        insert(tx, 7);
      }),
      inOrganization(db.app, globex, async (tx) => insert(tx, 1)),
    ];
    const settled = await Promise.allSettled(changes);
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['fulfilled', 'rejected', 'fulfilled', 'rejected', 'fulfilled', 'fulfilled'],
    );
    assert.match(String((settled[1] as PromiseRejectedResult).reason), /division by zero/);
    assert.match(String((settled[3] as PromiseRejectedResult).reason), /refused/);
    assert.deepEqual([await idsOf(acme), await idsOf(globex)], [[1, 4, 6, 7], [1]]);
  });

  test('one behind another whose failure kept a statement from being prepared prepares it again', async () => {
    const named = { name: 'first-time', text: 'select 7 as seven', values: [] };
    for (let round = 0; round < 20; round++) {
      // On a connection that does not know the statement yet, which is what the first one leaves open.
      named.name = `first-time-${round}`;
      const [failed, behind] = await Promise.allSettled([
        inOrganization(db.app, acme, async (tx) => {
          tx.send(statement('select 1 / 0'));
          tx.send({ ...named });
        }),
        inOrganization(db.app, acme, async (tx) => (await tx.query<{ seven: number }>({ ...named })).rows[0]?.seven),
      ]);
      assert.match(String((failed as PromiseRejectedResult).reason), /division by zero/);
      assert.deepEqual(behind, { status: 'fulfilled', value: 7 });
    }
  });

  test('one that takes long holds up neither those behind it nor another organization', async () => {
    const held = Promise.withResolvers<void>();
    const long = inOrganization(db.app, acme, async (tx) => {
      await tx.query(statement('select 1'));
      await held.promise;
    });
    const behind = Array.from({ length: 3 }, () => inOrganization(db.app, acme, backendOf));
    const beside = inOrganization(db.app, globex, backendOf);
    await Promise.all([...behind, beside]);
    held.resolve();
    await long;
    await eventually(async () => assert.equal(db.app.idleCount, db.app.totalCount));
  });

  test('whoever finds no connection for long learns that the organization is busy', async (t) => {
    const held = await Promise.all(
      Array.from({ length: connectionsPerOrganization(db.app.options.max) }, () => connectFor(db.app, acme)),
    );
    t.mock.timers.enable({ apis: ['setTimeout'] });
    const late = [1, 2].map(() => inOrganization(db.app, acme, async () => undefined));
    for (const each of late) each.catch(() => undefined);
    t.mock.timers.tick(limits.connectionWaitMs);
    t.mock.timers.reset();
    for (const lease of held) lease.release();
    const [first] = await Promise.allSettled(late);
    assert.equal(databaseFault((first as PromiseRejectedResult).reason).kind, 'busy');
    await inOrganization(db.app, acme, async () => undefined);
    await eventually(async () => assert.equal(db.app.idleCount, db.app.totalCount));
  });
});
