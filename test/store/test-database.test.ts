import assert from 'node:assert/strict';
import { test } from 'node:test';
import { testDatabase } from '../database.ts';

test('two test databases are migrated and do not see each other', async () => {
  await using first = await testDatabase();
  await using second = await testDatabase();
  await first.owner.query('create table only_here (id int primary key)');
  const seen = 'select tablename from pg_tables where tablename = any($1) order by 1';
  const names = [['only_here', 'organizations']];
  const inFirst = await first.owner.query({ text: seen, values: names, rowMode: 'array' });
  const inSecond = await second.owner.query({ text: seen, values: names, rowMode: 'array' });
  assert.deepEqual(inFirst.rows, [['only_here'], ['organizations']]);
  assert.deepEqual(inSecond.rows, [['organizations']]);
});

test('the pools enter their roles with bounds on statements and locks', async () => {
  await using db = await testDatabase();
  const ask = `select current_user as role, current_setting('statement_timeout') as statement, current_setting('lock_timeout') as lock`;
  assert.deepEqual((await db.app.query(ask)).rows, [{ role: 'rollcall_app', statement: '10s', lock: '5s' }]);
  assert.deepEqual((await db.jobs.query(ask)).rows, [{ role: 'rollcall_jobs', statement: '1min', lock: '5s' }]);
  assert.deepEqual((await db.owner.query(ask)).rows, [{ role: 'rollcall', statement: '0', lock: '0' }]);
});
