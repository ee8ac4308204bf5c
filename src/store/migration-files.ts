import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { fileURLToPath } from 'node:url';

/** One file of `migrations/`: `0003_requests_and_events.sql` is version 3. */
export type Migration = { version: number; name: string; sql: string; checksum: string };

/** Where Rollcall's own migrations are. */
const migrationsFolder = fileURLToPath(new URL('../../migrations/', import.meta.url));

/** The migrations of a folder in their order. Other files in it, such as the generated schema, are left alone. */
export async function readMigrations(folder: string = migrationsFolder): Promise<Migration[]> {
  const names = (await readdir(folder)).filter((name) => /^\d{4}_[a-z0-9_]+\.sql$/.test(name)).sort();
  const migrations = await Promise.all(
    names.map(async (name) => {
      const sql = await readFile(path.join(folder, name), 'utf8');
      return { version: Number(name.slice(0, 4)), name, sql, checksum: checksumOf(sql) };
    }),
  );
  migrations.forEach((migration, index) => {
    const before = migrations[index - 1];
    if (before?.version === migration.version) {
      throw new Error(`Two migrations have the same number: ${before.name} and ${migration.name}`);
    }
  });
  return migrations;
}

/** Git may write other line ends on Windows, which change nothing. */
function checksumOf(sql: string): string {
  return createHash('sha256').update(sql.replaceAll('\r\n', '\n')).digest('hex');
}
