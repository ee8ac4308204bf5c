/** One of the files whose statements span organizations: the partitions of the request log and of the feed. */
import type { PoolClient } from 'pg';
import type { Database } from './database.ts';
import { firstIdAt } from './time-ordered-id.ts';

/** How long rows are kept; what is older goes with its partition. Days. */
export type Retention = { requestLogDays: number; eventDays: number };

const dayMs = 86_400_000;

/** Partitions are made this long ahead, so that a job that fails for weeks harms nobody. Days. */
const aheadDays = 60;

/** The log is cut by week, since it is kept for weeks; the feed by four of them. Both begin on a Monday. */
const tables = [
  { name: 'scim_requests', column: 'id', days: 7, bound: (at: Date) => firstIdAt(at) },
  { name: 'events', column: 'at', days: 28, bound: (at: Date) => at.toISOString() },
  { name: 'event_subjects', column: 'at', days: 28, bound: (at: Date) => at.toISOString() },
] as const;

/**
 * Makes the partitions that are missing from now on, and drops those whose last row is older than the retention. Each
 * in a transaction of its own with a short wait for locks: what does not succeed now will at the next run.
 *
 * @param owner a pool of the owner, who alone may change tables
 */
export async function maintainPartitions(owner: Database, now: Date, retention: Retention): Promise<void> {
  const client = await owner.connect();
  try {
    for (const table of tables) {
      const keptDays = table.name === 'scim_requests' ? retention.requestLogDays : retention.eventDays;
      await makePartitions(client, table, now);
      await dropPartitions(client, table, new Date(now.getTime() - keptDays * dayMs));
    }
  } finally {
    client.release();
  }
}

type Table = (typeof tables)[number];

async function makePartitions(client: PoolClient, table: Table, now: Date): Promise<void> {
  const existing = await partitionNames(client, table);
  const step = table.days * dayMs;
  for (let from = startOf(now, step); from < now.getTime() + aheadDays * dayMs; from += step) {
    const name = partitionName(table, from);
    if (existing.has(name)) continue;
    const [low, high] = [table.bound(new Date(from)), table.bound(new Date(from + step))];
    await addPartition(client, table, name, `'${low}'`, `'${high}'`);
  }
}

/**
 * Adds one partition. Rows of its time that came before it, after weeks without maintenance, are in the default partition
 * and move into it: PostgreSQL would refuse the new partition for them.
 */
async function addPartition(client: PoolClient, table: Table, name: string, low: string, high: string): Promise<void> {
  const created = `create table if not exists ${name} partition of ${table.name} for values from (${low}) to (${high})`;
  const isEarlier = `${table.column} >= ${low} and ${table.column} < ${high}`;
  const { rows } = await client.query(`select from ${table.name}_default where ${isEarlier} limit 1`);
  if (rows.length === 0) return await inShortTransaction(client, [created]);
  await inShortTransaction(client, [
    `create table ${name} (like ${table.name} including defaults including constraints)`,
    `insert into ${name} select * from ${table.name}_default where ${isEarlier}`,
    `delete from ${table.name}_default where ${isEarlier}`,
    `alter table ${table.name} attach partition ${name} for values from (${low}) to (${high})`,
  ]);
}

async function dropPartitions(client: PoolClient, table: Table, oldest: Date): Promise<void> {
  for (const name of await partitionNames(client, table)) {
    const from = startInName(name);
    if (from === undefined || from + table.days * dayMs > oldest.getTime()) continue;
    await inShortTransaction(client, [`drop table if exists ${name}`]);
  }
}

async function partitionNames(client: PoolClient, table: Table): Promise<Set<string>> {
  const { rows } = await client.query<{ name: string }>({
    text: `select c.relname as name from pg_inherits i join pg_class c on c.oid = i.inhrelid
      where i.inhparent = $1::regclass`,
    values: [table.name],
  });
  return new Set(rows.map((row) => row.name));
}

async function inShortTransaction(client: PoolClient, statements: readonly string[]): Promise<void> {
  try {
    await client.query('begin');
    await client.query(`set local lock_timeout = '2s'`);
    for (const statement of statements) await client.query(statement);
    await client.query('commit');
  } catch (error) {
    await client.query('rollback');
    throw error;
  }
}

const partitionName = (table: Table, from: number) =>
  `${table.name}_${new Date(from).toISOString().slice(0, 10).replaceAll('-', '')}`;

function startInName(name: string): number | undefined {
  const digits = /_(\d{4})(\d{2})(\d{2})$/.exec(name);
  return digits === null ? undefined : Date.parse(`${digits[1]}-${digits[2]}-${digits[3]}T00:00:00Z`);
}

/** The first day of the epoch was a Thursday; four days later is a Monday. */
const firstMondayMs = 4 * dayMs;

const startOf = (at: Date, step: number) => Math.floor((at.getTime() - firstMondayMs) / step) * step + firstMondayMs;
