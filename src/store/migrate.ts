import pg from 'pg';
import { type Migration, readMigrations } from './migration-files.ts';
import { OperatorError } from './operator-error.ts';

/** The advisory lock under which migrations run: two processes that start together do it one after the other. */
const migrationLock = [0x726f6c6c, 10];

const serverVersionMin = 150_000;

export type MigrateOptions = {
  log: (sentence: string) => void;
  /** Default: Rollcall's own migrations. */
  migrations?: Migration[];
};

/**
 * Brings a database to the program's version. Each file runs in one transaction with its row of bookkeeping, so that an
 * interrupted run leaves whole migrations only and the next run goes on from there.
 *
 * @param connectionString of the owner
 * @returns the names of the files applied now, and the database's version after it
 * @throws OperatorError when the database cannot be reached or is too old or newer than the program, when a file that
 *   was applied has changed since, or when one fails
 */
export async function migrate(
  connectionString: string,
  options: MigrateOptions,
): Promise<{ applied: string[]; version: number }> {
  const migrations = options.migrations ?? (await readMigrations());
  const client = await connectOwner(connectionString);
  try {
    await client.query('select pg_advisory_lock($1, $2)', migrationLock);
    await prepareBookkeeping(client);
    const done = await readBookkeeping(client);
    verify(done, migrations);
    const applied: string[] = [];
    for (const migration of migrations) {
      if (done.has(migration.version)) continue;
      await apply(client, migration);
      // Of a new database nobody wants to know what it once was without.
      if (done.size > 0) options.log(`Applied the migration ${migration.name}.`);
      applied.push(migration.name);
    }
    if (done.size === 0) options.log(`The database is new: migrations up to ${applied.at(-1)} were applied.`);
    return { applied, version: migrations.at(-1)?.version ?? 0 };
  } catch (error) {
    if (error instanceof OperatorError) throw error;
    throw new OperatorError(
      'connection_lost',
      `The migrations were interrupted (${(error as Error).message}); none is half applied, so run them again.`,
      { cause: error },
    );
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function connectOwner(connectionString: string): Promise<pg.Client> {
  const client = await connect(connectionString);
  const { rows } = await client.query<{ number: number; name: string }>(
    `select current_setting('server_version_num')::int as number, current_setting('server_version') as name`,
  );
  if ((rows[0]?.number ?? 0) >= serverVersionMin) return client;
  await client.end();
  throw new OperatorError(
    'database_too_old',
    `Rollcall needs PostgreSQL 15 or newer, and this one is ${rows[0]?.name}.`,
  );
}

async function connect(connectionString: string): Promise<pg.Client> {
  try {
    const client = new pg.Client({
      connectionString,
      application_name: 'rollcall migrate',
      connectionTimeoutMillis: 10_000,
    });
    // a lost connection shows in the statement that was under way
    client.on('error', () => undefined);
    await client.connect();
    return client;
  } catch (cause) {
    if (cause instanceof pg.DatabaseError && /^(28|3D)/.test(cause.code ?? '')) {
      throw new OperatorError(
        'database_unreachable',
        `PostgreSQL at ${placeOf(connectionString)} lets nobody in like this (${cause.message}): check the user, the password and the name of the database in ROLLCALL_DATABASE_URL.`,
        { cause },
      );
    }
    throw new OperatorError(
      'database_unreachable',
      `PostgreSQL cannot be reached at ${placeOf(connectionString)} (${causeOf(cause)}): check ROLLCALL_DATABASE_URL and that the server runs.`,
      { cause },
    );
  }
}

/** Host, port and database of a connection string; never its password. */
function placeOf(connectionString: string): string {
  try {
    const url = new URL(connectionString);
    return `${url.searchParams.get('host') ?? url.host}${url.pathname}`;
  } catch {
    return 'the address given';
  }
}

/** Node tries each address of a name and collects the failures in an error without a message. */
function causeOf(error: unknown): string {
  if (error instanceof AggregateError) return error.errors.map((each: Error) => each.message).join(', ');
  return (error as Error).message;
}

/** In a schema of its own: the public one holds the product's tables and nothing else. */
async function prepareBookkeeping(client: pg.Client): Promise<void> {
  await client.query(`
    create schema if not exists rollcall_meta;
    create table if not exists rollcall_meta.schema_migrations (
      version integer primary key,
      name text not null,
      checksum text not null,
      applied_at timestamptz not null default now()
    );
  `);
}

type Done = { version: number; name: string; checksum: string };

async function readBookkeeping(client: pg.Client): Promise<Map<number, Done>> {
  const { rows } = await client.query<Done>('select version, name, checksum from rollcall_meta.schema_migrations');
  return new Map(rows.map((row) => [row.version, row]));
}

function verify(done: Map<number, Done>, migrations: Migration[]): void {
  const known = new Map(migrations.map((migration) => [migration.version, migration]));
  const newest = Math.max(0, ...known.keys());
  const reached = Math.max(0, ...done.keys());
  for (const row of done.values()) {
    const migration = known.get(row.version);
    if (migration === undefined) {
      throw new OperatorError(
        'database_newer',
        `The database is newer than this Rollcall: it has the migration ${row.name}, and the program ends at number ` +
          `${newest}; run the version that made it, or a newer one.`,
      );
    }
    if (migration.checksum !== row.checksum) {
      throw new OperatorError(
        'migration_changed',
        `The migration ${migration.name} was changed after this database had applied it: put the file back as it was, and ` +
          'write the change as a new migration.',
      );
    }
  }
  const skipped = migrations.find((migration) => migration.version < reached && !done.has(migration.version));
  if (skipped !== undefined) {
    throw new OperatorError(
      'migration_changed',
      `The migration ${skipped.name} was added below number ${reached}, which this database has applied already: give it ` +
        'the next free number.',
    );
  }
}

async function apply(client: pg.Client, migration: Migration): Promise<void> {
  await client.query('begin');
  try {
    await client.query('insert into rollcall_meta.schema_migrations (version, name, checksum) values ($1, $2, $3)', [
      migration.version,
      migration.name,
      migration.checksum,
    ]);
    await client.query(migration.sql);
    await client.query('commit');
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code?.startsWith('57P')) throw error;
    await client.query('rollback');
    throw new OperatorError(
      'migration_failed',
      `The migration ${migration.name} failed and was undone (${error.message}${lineOf(migration, error)}).`,
      { cause: error },
    );
  }
}

function lineOf(migration: Migration, error: pg.DatabaseError): string {
  if (error.position === undefined) return '';
  return `, line ${migration.sql.slice(0, Number(error.position)).split('\n').length}`;
}
