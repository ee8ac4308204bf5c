import assert from 'node:assert/strict';
import { test } from 'node:test';
import { withStartupOptions } from '../../src/store/database.ts';
import { migrate } from '../../src/store/migrate.ts';
import { readMigrations } from '../../src/store/migration-files.ts';
import { testDatabase } from '../database.ts';

const acme = '0190a0b0-0000-7000-8000-0000000000a0';
const log = (): void => undefined;

test('members of before have a key of their name afterwards, also where row-level security holds the owner (0004)', async () => {
  await using db = await testDatabase();
  const owner = `plain_owner_${process.pid}`;
  await db.owner.query('drop schema rollcall_meta cascade; drop schema public cascade');
  await db.owner.query(`create role ${owner} nologin; grant rollcall_app, rollcall_jobs to ${owner} with admin option`);
  try {
    await db.owner.query(
      `do $$ begin execute format('grant create on database %I to ${owner}', current_database()); end $$`,
    );
    await db.owner.query(`create schema public authorization ${owner}`);
    const asOwner = withStartupOptions(db.connectionString, `-c role=${owner}`);
    const migrations = await readMigrations();
    await migrate(asOwner, { log, migrations: migrations.filter(({ version }) => version < 4) });
    await db.owner.query(
      `insert into organizations (id, name, plan, policy, created_at, updated_at) values ($1, 'x', 'pro', '{}', now(), now())`,
      [acme],
    );
    const names = ['Ada Byron', 'ZOË', 'x'.repeat(3_000), null];
    for (const [index, name] of names.entries()) {
      await db.owner.query(
        `insert into members (org_id, id, scim, user_name, user_name_key, display_name, asked_active, status, status_reason, in_force_name,
            origin, version, created_at, updated_at)
          values ($1, $2, '{}', $3, $3, $4, true, 'active', '{}', '', 'provisioned', 1, now(), now())`,
        [acme, `0190a0b0-0000-7000-8000-00000000000${index}`, String(index), name],
      );
    }
    await migrate(asOwner, { log, migrations });
    const { rows } = await db.owner.query('select display_name_key as key from members order by id');
    assert.deepEqual(
      rows.map(({ key }) => key),
      ['ada byron', 'zoë', 'x'.repeat(512), null],
    );
    const { rows: forced } = await db.owner.query(
      `select relforcerowsecurity as forced from pg_class where relname = 'members'`,
    );
    assert.deepEqual(forced, [{ forced: true }]);
  } finally {
    await db.owner.query(`drop owned by ${owner} cascade; drop role ${owner}`);
  }
});
