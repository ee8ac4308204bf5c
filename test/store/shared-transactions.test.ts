import assert from 'node:assert/strict';
import { after, before, beforeEach, describe, test } from 'node:test';
import { inOrganization, type OrgTransaction } from '../../src/store/organization-transaction.ts';
import { type ChangeAbout, inSharedTransaction, NotShared } from '../../src/store/shared-transactions.ts';
import { type TestDatabase, testDatabase } from '../database.ts';

const acme = '0190a0b0-0000-7000-8000-0000000000a0';
const globex = '0190a0b0-0000-7000-8000-0000000000b0';
const person = (number: number) => `0190a0b0-0000-7000-8000-${String(number).padStart(12, '0')}`;

const statement = (text: string, ...values: unknown[]) => ({ text, values });

describe('changes that share a transaction', () => {
  let db: TestDatabase;
  before(async () => {
    db = await testDatabase();
    await db.owner.query('create table notes (org_id uuid, id int, primary key (org_id, id))');
    await db.owner.query('create table endings (org_id uuid, ids int[])');
    await db.owner.query('grant select, insert on notes, endings to rollcall_app');
  });
  beforeEach(async () => await db.owner.query('truncate notes, endings'));
  after(async () => await db[Symbol.asyncDispose]());

  const transactionOf = async (tx: OrgTransaction): Promise<string> =>
    (await tx.query<{ id: string }>(statement('select pg_current_xact_id()::text as id'))).rows[0]?.id ?? '';
  const insert = (tx: OrgTransaction, id: number) =>
    tx.send(statement('insert into notes (org_id, id) values ($1, $2)', tx.orgId, id));
  const idsOf = async (orgId: string) =>
    (await db.owner.query('select id from notes where org_id = $1 order by id', [orgId])).rows.map(({ id }) => id);
  const endingsOf = async (orgId: string) =>
    (await db.owner.query('select ids from endings where org_id = $1', [orgId])).rows.map(({ ids }) => ids as number[]);

  const finish = (tx: OrgTransaction, done: readonly { id: number }[]) =>
    tx.send(
      statement(
        'insert into endings values ($1, $2)',
        tx.orgId,
        done.map(({ id }) => id),
      ),
    );

  /** A change that notes its number and says which transaction it was in. */
  const change = (
    id: number,
    about: ChangeAbout = { members: [person(id)] },
    work: (tx: OrgTransaction) => Promise<void> = async (tx) => insert(tx, id),
    orgId = acme,
  ) =>
    inSharedTransaction(db.app, orgId, {
      about,
      work: async (tx) => {
        const transaction = await transactionOf(tx);
        await work(tx);
        return { id, transaction, isShared: tx.isShared === true };
      },
      finish,
    });
  const refusal = (message: string) => async () => {
    throw new Error(message);
  };

  test('what comes together and is about different things has one transaction and one end; other organizations have theirs', async () => {
    const here = [change(1), change(2), change(3)];
    const there = [change(1, undefined, undefined, globex), change(2, undefined, undefined, globex)];
    const [mine, theirs] = [await Promise.all(here), await Promise.all(there)];
    assert.equal(new Set(mine.map(({ transaction }) => transaction)).size, 1);
    assert.equal(new Set(theirs.map(({ transaction }) => transaction)).size, 1);
    assert.notEqual(mine[0]?.transaction, theirs[0]?.transaction);
    assert.deepEqual([await idsOf(acme), await endingsOf(acme)], [[1, 2, 3], [[1, 2, 3]]]);
    assert.deepEqual([await idsOf(globex), await endingsOf(globex)], [[1, 2], [[1, 2]]]);
  });

  test('a change alone has a transaction like any other', async () => {
    assert.equal((await change(1)).isShared, false);
    assert.deepEqual([await idsOf(acme), await endingsOf(acme)], [[1], [[1]]]);
    await assert.rejects(change(1), /duplicate key/);
  });

  test('changes of one person, of one name or of two teams do not share one', async () => {
    for (const [one, other] of [
      [{ members: [person(1)] }, { members: [person(2), person(1)] }],
      [
        { members: [], names: ['ada'] },
        { members: [], names: ['ada'] },
      ],
      [
        { members: [person(1)], team: person(8) },
        { members: [person(2)], team: person(9) },
      ],
    ] as [ChangeAbout, ChangeAbout][]) {
      await db.owner.query('truncate notes, endings');
      const ended = await Promise.all([change(1, one), change(2, other), change(3)]);
      const [first, second, third] = ended.map(({ transaction }) => transaction);
      assert.deepEqual([first === second, first === third], [false, true], JSON.stringify(one));
      assert.deepEqual(await idsOf(acme), [1, 2, 3]);
    }
  });

  test('people who join and leave one team share one', async () => {
    const about = (number: number) => ({ members: [person(number)], team: person(9) });
    const ended = await Promise.all([change(1, about(1)), change(2, about(2)), change(3)]);
    assert.equal(new Set(ended.map(({ transaction }) => transaction)).size, 1);
  });

  test('one that is refused before it has written anything leaves the others alone', async () => {
    const settled = await Promise.allSettled([change(1), change(2, undefined, refusal('no')), change(3)]);
    assert.deepEqual(
      settled.map((each) => (each.status === 'rejected' ? String(each.reason) : each.value.isShared)),
      [true, 'Error: no', true],
    );
    assert.deepEqual([await idsOf(acme), await endingsOf(acme)], [[1, 3], [[1, 3]]]);
  });

  test('one that fails in the database, or breaks off, does so alone, and the others happen once', async () => {
    await db.owner.query('insert into notes values ($1, 2)', [acme]);
    const breaksOff = async (tx: OrgTransaction) => {
      insert(tx, 40);
      throw new Error('broke off');
    };
    for (const failing of [() => change(2), () => change(4, undefined, breaksOff)]) {
      const settled = await Promise.allSettled([failing(), change(5), change(6)]);
      assert.deepEqual(
        settled.map(({ status }) => status),
        ['rejected', 'fulfilled', 'fulfilled'],
      );
      assert.match(String((settled[0] as PromiseRejectedResult).reason), /duplicate key|Error: broke off/);
      assert.deepEqual(await idsOf(acme), [2, 5, 6]);
      assert.deepEqual((await endingsOf(acme)).flat().sort(), [5, 6]);
      await db.owner.query('delete from notes where id > 2');
      await db.owner.query('truncate endings');
    }
  });

  test('one that is about more than it said has a transaction of its own', async () => {
    const ended = await Promise.all([
      change(1),
      change(2, undefined, async (tx) => {
        if (tx.isShared) throw new NotShared();
        insert(tx, 2);
      }),
    ]);
    assert.deepEqual(
      ended.map(({ isShared }) => isShared),
      [true, false],
    );
    assert.deepEqual((await endingsOf(acme)).sort(), [[1], [2]]);
  });

  test('those that wait for a lock hold up others no longer than the wait for a lane', async () => {
    const held = Promise.withResolvers<void>();
    const taken = Promise.withResolvers<void>();
    await db.owner.query('insert into notes values ($1, 7)', [acme]);
    const holder = inOrganization(db.app, acme, async (tx) => {
      await tx.query(statement('select pg_advisory_xact_lock(7)'));
      taken.resolve();
      await held.promise;
    });
    await taken.promise;
    const stuck = change(1, undefined, async (tx) => {
      await tx.query(statement('select pg_advisory_xact_lock(7)'));
      insert(tx, 1);
    });
    await change(2);
    assert.deepEqual(await idsOf(acme), [2, 7]);
    held.resolve();
    await Promise.all([holder, stuck]);
    assert.deepEqual(await idsOf(acme), [1, 2, 7]);
  });
});
