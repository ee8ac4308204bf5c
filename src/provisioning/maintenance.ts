import { Logger, run } from 'graphile-worker';
import type { Config } from '../config.ts';
import { openDatabase } from '../store/database.ts';
import { maintainPartitions } from '../store/partitions.ts';

export type Maintenance = { stop(): Promise<void> };

/** Once a day at a quiet minute, and at once if the last time was missed. */
const crontab = '23 3 * * * maintain_partitions ?fill=1d&max=3';

/**
 * Starts the background jobs of one process: makes the partitions of the log and of the feed ahead of time and drops
 * those beyond their retention. The queue is shared by all processes on the database, and each job runs in one of them.
 *
 * @param connectionString of the owner, who alone may change tables
 */
export async function startMaintenance(options: {
  connectionString: string;
  config: Config;
  log: (sentence: string) => void;
}): Promise<Maintenance> {
  const { connectionString, config, log } = options;
  const maintain = async () => {
    const owner = openDatabase({
      connectionString,
      role: undefined,
      max: 1,
      applicationName: 'rollcall maintenance',
      log,
    });
    try {
      await maintainPartitions(owner, new Date(), config);
    } finally {
      await owner.end();
    }
  };
  const runner = await run({
    connectionString,
    schema: 'rollcall_jobs',
    maxPoolSize: 2,
    concurrency: 1,
    noHandleSignals: true,
    crontab,
    taskList: { maintain_partitions: maintain },
    logger: new Logger(() => (level, message) => {
      if (level === 'error') log(`Background jobs: ${message}`);
    }),
  });
  return { stop: () => runner.stop() };
}
