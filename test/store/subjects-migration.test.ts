import assert from 'node:assert/strict';
import { test } from 'node:test';
import { migrate } from '../../src/store/migrate.ts';
import { readMigrations } from '../../src/store/migration-files.ts';
import { testDatabase } from '../database.ts';

const acme = '0190a0b0-0000-7000-8000-0000000000a0';
const globex = '0190a0b0-0000-7000-8000-0000000000b0';
const ada = '0190a0b0-0000-7000-8000-000000000001';
const ben = '0190a0b0-0000-7000-8000-000000000002';
const team = '0190a0b0-0000-7000-8000-000000000003';
const log = (): void => undefined;

test('events of before have their subjects afterwards, each in its organization (0010)', async () => {
  await using db = await testDatabase();
  await db.owner.query('drop schema rollcall_meta cascade; drop schema public cascade; create schema public');
  const migrations = await readMigrations();
  await migrate(db.connectionString, { log, migrations: migrations.filter(({ version }) => version < 10) });
  const before: [org: string, seq: number, kind: string, data: unknown][] = [
    [acme, 1, 'member.created', { member: { id: ada } }],
    [acme, 2, 'member.given', { member: ben }],
    [acme, 3, 'team.members_changed', { team: { id: team }, added: [ada], removed: [], pending: { x: [ben] } }],
    [acme, 4, 'member.role_changed', { changes: [{ member: ada }] }],
    [acme, 5, 'role.created', { role: 'auditor' }],
    [acme, 6, 'token.revoked', { token: { id: 't' } }],
    [globex, 1, 'member.created', { member: { id: ben } }],
  ];
  for (const [org, seq, kind, data] of before) {
    await db.owner.query(
      `insert into events (org_id, seq, at, kind, data, actor) values ($1, $2, '2030-01-10', $3, $4, '{}')`,
      [org, seq, kind, JSON.stringify(data)],
    );
  }
  await migrate(db.connectionString, { log, migrations });
  const { rows } = await db.owner.query({
    text: `select e.org_id, e.seq::int, e.member_id, e.team_id, e.subject, array(select s.subject from event_subjects s
        where s.org_id = e.org_id and s.seq = e.seq order by 1) from events e order by 1, 2`,
    rowMode: 'array',
  });
  assert.deepEqual(rows, [
    [acme, 1, ada, null, null, []],
    [acme, 2, ben, null, null, []],
    [acme, 3, null, team, null, [`member:${ada}`, `member:${ben}`]],
    [acme, 4, null, null, null, [`member:${ada}`]],
    [acme, 5, null, null, 'role:auditor', []],
    [acme, 6, null, null, 'token:t', []],
    [globex, 1, ben, null, null, []],
  ]);
});
