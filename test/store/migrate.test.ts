import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { migrate } from '../../src/store/migrate.ts';
import type { Migration } from '../../src/store/migration-files.ts';
import { testDatabase } from '../database.ts';

const log = (): void => undefined;

function migrationsOf(...texts: string[]): Migration[] {
  return texts.map((sql, index) => {
    const version = index + 1;
    return { version, name: `000${version}_step.sql`, sql, checksum: createHash('sha256').update(sql).digest('hex') };
  });
}

/** A database that no migration has touched. */
async function emptyDatabase() {
  const db = await testDatabase();
  await db.owner.query('drop schema rollcall_meta cascade; drop schema public cascade; create schema public');
  return db;
}

const one = 'create table one (id int primary key)';
const two = 'create table two (id int primary key)';

test('migrations run in order, once, also when two processes start at one moment', async () => {
  await using db = await emptyDatabase();
  const both = await Promise.all(
    [0, 1].map(() => migrate(db.connectionString, { log, migrations: migrationsOf(one, two) })),
  );
  assert.deepEqual(both.map(({ applied }) => applied.length).sort(), [0, 2]);
  assert.deepEqual(
    both.map(({ version }) => version),
    [2, 2],
  );
});

test('an upgrade names each migration, and a new database says how many there were', async () => {
  await using db = await emptyDatabase();
  const said: string[] = [];
  const say = (sentence: string) => said.push(sentence);
  await migrate(db.connectionString, { log: say, migrations: migrationsOf(one) });
  await migrate(db.connectionString, { log: say, migrations: migrationsOf(one, two) });
  await migrate(db.connectionString, { log: say, migrations: migrationsOf(one, two) });
  assert.deepEqual(said, [
    'The database is new: migrations up to 0001_step.sql were applied.',
    'Applied the migration 0002_step.sql.',
  ]);
});

test('a migration that fails leaves nothing of itself, and the next run goes on from the one before', async () => {
  await using db = await emptyDatabase();
  const broken = migrationsOf(one, `${two};\nselect nonsense`);
  await assert.rejects(migrate(db.connectionString, { log, migrations: broken }), {
    code: 'migration_failed',
    message: 'The migration 0002_step.sql failed and was undone (column "nonsense" does not exist, line 2).',
  });
  const { rows } = await db.owner.query(`select to_regclass('one') is not null as one, to_regclass('two') as two`);
  assert.deepEqual(rows, [{ one: true, two: null }]);
  const { applied } = await migrate(db.connectionString, { log, migrations: migrationsOf(one, two) });
  assert.deepEqual(applied, ['0002_step.sql']);
});

test('a connection that is lost in the middle says that nothing is half applied', async () => {
  await using db = await emptyDatabase();
  const migrations = migrationsOf(one, `${two}; select pg_terminate_backend(pg_backend_pid())`);
  await assert.rejects(migrate(db.connectionString, { log, migrations }), {
    code: 'connection_lost',
    message: /^The migrations were interrupted \(.*\); none is half applied, so run them again\.$/,
  });
  const { applied } = await migrate(db.connectionString, { log, migrations: migrationsOf(one, two) });
  assert.deepEqual(applied, ['0002_step.sql']);
});

test('a database that is newer than the program, and files that changed or came in between, are refused', async () => {
  await using db = await emptyDatabase();
  await migrate(db.connectionString, { log, migrations: migrationsOf(one, two) });
  await assert.rejects(migrate(db.connectionString, { log, migrations: migrationsOf(one) }), {
    code: 'database_newer',
    message:
      /^The database is newer than this Rollcall: it has the migration 0002_step\.sql, and the program ends at number 1;/,
  });
  await assert.rejects(migrate(db.connectionString, { log, migrations: migrationsOf(one, `${two} -- better`) }), {
    code: 'migration_changed',
    message: /^The migration 0002_step\.sql was changed after this database had applied it:/,
  });
  await db.owner.query('delete from rollcall_meta.schema_migrations where version = 1');
  await assert.rejects(migrate(db.connectionString, { log, migrations: migrationsOf(one, two) }), {
    code: 'migration_changed',
    message: /^The migration 0001_step\.sql was added below number 2,/,
  });
});

test('the bookkeeping is outside of the public schema', async () => {
  await using db = await testDatabase();
  const { rows } = await db.owner.query(`select nspname from pg_class c join pg_namespace n on n.oid = relnamespace
    where relname = 'schema_migrations'`);
  assert.deepEqual(rows, [{ nspname: 'rollcall_meta' }]);
});
