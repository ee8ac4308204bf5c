import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readTogether } from '../../src/store/shared-reads.ts';
import { type TestDatabase, testDatabase } from '../database.ts';

const acme = '0190a0b0-0000-7000-8000-0000000000a0';
const globex = '0190a0b0-0000-7000-8000-0000000000b0';

describe('reads of single rows', () => {
  let db: TestDatabase;
  before(async () => {
    db = await testDatabase();
  });
  after(async () => await db[Symbol.asyncDispose]());

  const place = (orgId: string, number: number) =>
    readTogether<{ number: number; org: string; transaction: Date }>(db.app, orgId, {
      name: 'test-place',
      text: `select $1::int as number, current_setting('rollcall.org') as org, now() as transaction`,
      values: [number],
    });
  const share = (orgId: string, divisor: number) =>
    readTogether<{ share: number }>(db.app, orgId, {
      name: 'test-share',
      text: 'select 12 / $1::int as share',
      values: [divisor],
    });

  test('those of one organization travel together, each with its own answer, and never with those of another', async () => {
    const asked = Array.from({ length: 40 }, (_, index) => (index % 4 === 3 ? globex : acme));
    const answers = await Promise.all(asked.map((orgId, index) => place(orgId, index)));
    answers.forEach(([row], index) => {
      assert.deepEqual([row?.number, row?.org], [index, asked[index]]);
    });
    const transactions = new Set(answers.map(([row]) => row?.transaction.getTime()));
    assert.ok(transactions.size < 40, `${transactions.size} transactions`);
  });

  test('one that fails says so to whoever asked for it, and the others are answered', async () => {
    await share(acme, 1);
    const answers = await Promise.allSettled([1, 2, 0, 3].map((divisor) => share(acme, divisor)));
    assert.deepEqual(
      answers.map((each) => (each.status === 'fulfilled' ? each.value[0]?.share : String(each.reason))),
      [12, 6, 'error: division by zero', 4],
    );
    assert.equal(db.app.idleCount, db.app.totalCount);
  });
});
