import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refreshStatistics } from '../../src/store/statistics.ts';
import { startRollcall } from '../rollcall.ts';

test('a table that grew is analyzed, and one that did not is left alone', async () => {
  await using rollcall = await startRollcall();
  const { db } = rollcall;
  const acme = await rollcall.organization();
  await rollcall.organization({ slug: 'globex' });
  await db.owner.query(
    `insert into member_emails (org_id, member_id, value_key)
      select m.org_id, m.id, n || '@acme.example' from members m, generate_series(1, 500) n where m.id = $1`,
    [(await acme.scim('POST', '/Users', { userName: 'ada@acme.example' })).body.id],
  );
  // PostgreSQL counts changes when a session is asked to, and else within seconds.
  await db.owner.query('select pg_stat_force_next_flush()');
  await db.owner.query('select 1');
  const refreshed = await refreshStatistics(db.owner);
  assert.ok(refreshed.includes('member_emails'), refreshed.join());
  assert.ok(!refreshed.includes('teams'));
  const { rows } = await db.owner.query(`select reltuples from pg_class where relname = 'member_emails'`);
  assert.deepEqual(rows, [{ reltuples: 500 }]);

  await db.owner.query(`update member_emails set value_key = 'x' || value_key where org_id = $1`, [acme.id]);
  await db.owner.query('select pg_stat_force_next_flush()');
  await db.owner.query('select 1');
  assert.ok(!(await refreshStatistics(db.owner)).includes('member_emails'), 'changes of rows are left to the daemon');
});
