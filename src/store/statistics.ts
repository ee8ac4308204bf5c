/** One of the files whose statements span organizations: the planner's statistics belong to tables, not to organizations. */
import type { Database } from './database.ts';

/**
 * Analyzes the tables that have grown by half since it was last done. PostgreSQL's own daemon does so once a minute for
 * whatever has changed, which is long for an organization that is being filled: its first thousands of people are looked up
 * with plans that were made when there was nobody, when every index seemed as good as another. Changes of rows that are
 * there move no plan within a minute, and reading thousands of them again and again is not free: they are left to the daemon.
 *
 * @param owner a pool of the owner, who alone may analyze
 * @returns the names of the tables
 */
export async function refreshStatistics(owner: Database): Promise<string[]> {
  const { rows } = await owner.query<{ name: string }>(
    `select format('%I', s.relname) as name from pg_stat_user_tables s join pg_class c on c.oid = s.relid
      where s.schemaname = 'public' and s.n_live_tup > 100 + 1.5 * greatest(c.reltuples, 0)
      order by 1`,
  );
  for (const { name } of rows) await owner.query(`analyze (skip_locked) ${name}`);
  return rows.map((row) => row.name);
}
