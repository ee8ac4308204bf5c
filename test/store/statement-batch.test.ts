import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { PoolClient } from 'pg';
import { isCut, type Statement, sendStatements } from '../../src/store/statement-batch.ts';
import { type TestDatabase, testDatabase } from '../database.ts';

describe('statements that travel together', () => {
  let db: TestDatabase;
  let client: PoolClient;
  before(async () => {
    db = await testDatabase();
    client = await db.app.connect();
  });
  after(async () => {
    client.release();
    await db[Symbol.asyncDispose]();
  });

  const double: Statement = {
    name: 'double',
    text: 'select $1::int * 2 as doubled, $2::text as said',
    values: [2, 'x'],
  };
  const nothing: Statement = { name: 'nothing', text: `set local application_name = 'together'`, values: [] };
  const moment: Statement = { text: 'select $1::timestamptz as at', values: [new Date(0)] };
  const read = async (statements: readonly Statement[]) =>
    (await Promise.all(sendStatements(client, statements))).map(({ rows, command }) => [command, ...rows]);

  test('have the results that they have one by one, the first time and when they are known', async () => {
    const expected = [
      ['BEGIN'],
      ['SELECT', { doubled: 4, said: 'x' }],
      ['SET'],
      ['SELECT', { at: new Date(0) }],
      ['SELECT', { doubled: 14, said: null }],
      ['COMMIT'],
    ];
    const ends = (text: string): Statement => ({ name: text, text, values: [] });
    const statements = [ends('begin'), double, nothing, moment, { ...double, values: [7, null] }, ends('commit')];
    for (let round = 0; round < 3; round++) assert.deepEqual(await read(statements), expected);
  });

  test('a result with a bound has the rows up to it, one at least, and tells whether there are more', async () => {
    const of = (charactersMax: number): Statement => ({
      name: 'letters',
      text: `select repeat('x', $1::int) as x, null as y from generate_series(1, 5)`,
      values: [10],
      charactersMax,
    });
    for (let round = 0; round < 3; round++) {
      const sent = [of(1), of(20), of(21), of(40), of(41), double];
      const results = await Promise.all(sendStatements(client, sent));
      assert.deepEqual(
        results.map(({ rows }) => [rows.length, isCut(rows)]),
        [
          [1, true],
          [2, true],
          [3, true],
          [4, true],
          [5, false],
          [1, false],
        ],
      );
      assert.deepEqual(results[0]?.rows, [{ x: 'x'.repeat(10), y: null }]);
    }
    const broken = await Promise.allSettled(sendStatements(client, [{ ...of(1), name: 'letter', values: ['x'] }]));
    assert.equal(broken[0]?.status, 'rejected');
  });

  test('a failure is that of the statement and of those behind it; those ahead keep their results', async () => {
    await read([double]);
    const broken = { ...double, values: ['no number', ''] };
    const settled = await Promise.allSettled(sendStatements(client, [double, broken, double]));
    assert.deepEqual(
      settled.map((each) => (each.status === 'rejected' ? (each.reason as { code: string }).code : 'good')),
      ['good', '22P02', '22P02'],
    );
    assert.deepEqual(await read([double]), [['SELECT', { doubled: 4, said: 'x' }]]);
  });

  test('a value that cannot be sent fails them all, and the connection goes on', async () => {
    await read([double]);
    const circular: Record<string, unknown> = {};
    circular.self = circular;
    const settled = await Promise.allSettled(sendStatements(client, [double, { ...double, values: [1, circular] }]));
    assert.deepEqual(
      settled.map(({ status }) => status),
      ['rejected', 'rejected'],
    );
    assert.deepEqual(await read([double]), [['SELECT', { doubled: 4, said: 'x' }]]);
  });
});
