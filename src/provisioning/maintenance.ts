import { Logger, run } from 'graphile-worker';
import type { Config } from '../config.ts';
import { limits } from '../limits.ts';
import { type Database, openDatabase } from '../store/database.ts';
import { listOrganizations } from '../store/organizations.ts';
import { maintainPartitions } from '../store/partitions.ts';
import { purgeRemoved } from '../store/remembered.ts';
import { refreshStatistics } from '../store/statistics.ts';
import { alertExpiringTokens } from './alert-expiring-tokens.ts';

export type Maintenance = { stop(): Promise<void> };

/** Each at a quiet minute, and at once if the last time was missed. */
const crontab = [
  '23 3 * * * maintain_partitions ?fill=1d&max=3',
  '33 3 * * * purge_removed ?fill=1d&max=3',
  '43 * * * * alert_expiring_tokens ?fill=1h&max=3',
].join('\n');

/**
 * Starts the background work of one process: makes the partitions of the log and of the feed ahead of time, drops those
 * beyond their retention, deletes people and teams who were removed and are no longer remembered, tells organizations of tokens
 * that are about to expire, and keeps the planner's statistics fresh. The queue is shared by all processes on the database,
 * and each of its jobs runs in one of them.
 *
 * @param connectionString of the owner, who alone may change and analyze tables
 */
export async function startMaintenance(options: {
  connectionString: string;
  config: Config;
  databases: PurgedDatabases;
  log: (sentence: string) => void;
}): Promise<Maintenance> {
  const { connectionString, config, databases, log } = options;
  const owner = openDatabase({
    connectionString,
    role: undefined,
    max: 1,
    applicationName: 'rollcall maintenance',
    log,
  });
  const runner = await run({
    connectionString,
    schema: 'rollcall_jobs',
    maxPoolSize: 2,
    concurrency: 1,
    noHandleSignals: true,
    crontab,
    taskList: {
      maintain_partitions: () => maintainPartitions(owner, new Date(), config),
      purge_removed: () => purgeEverywhere(databases, new Date()),
      alert_expiring_tokens: () => alertExpiringTokens(databases, new Date()),
    },
    logger: new Logger(() => (level, message) => {
      if (level === 'error') log(`Background jobs: ${message}`);
    }),
  });
  let refreshing: Promise<unknown> = Promise.resolve();
  const timer = setInterval(() => {
    // A database that is away is reported by those who need it.
    refreshing = refreshing.then(() => refreshStatistics(owner)).catch(() => undefined);
  }, limits.statisticsCheckMs);
  timer.unref();
  return {
    async stop() {
      clearInterval(timer);
      await runner.stop();
      await refreshing;
      await owner.end();
    },
  };
}

type PurgedDatabases = { app: Database; jobs: Database };

/** Deletes, one organization after the other, who was removed and is no longer remembered. */
export async function purgeEverywhere({ app, jobs }: PurgedDatabases, now: Date): Promise<void> {
  for (const { id } of await listOrganizations(jobs)) await purgeRemoved(app, id, now);
}
