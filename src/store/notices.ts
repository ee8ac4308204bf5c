import type { PoolClient } from 'pg';
import type { Database } from './database.ts';

/**
 * Short texts among the processes on one database, by LISTEN and NOTIFY. Delivery is a courtesy: a process whose connection
 * is down misses what is sent meanwhile, so nothing may depend on a notice for more than speed or fairness.
 */
export type Notices = {
  /** Sends texts of at most 7,999 bytes each, in one statement; false if they could not be sent. */
  send(texts: readonly string[]): Promise<boolean>;
  stop(): void;
};

/** Time between attempts to listen again. Milliseconds. */
const reconnectMs = 1_000;

/**
 * Listens on a channel with one connection of the pool, which it keeps, and tells every notice, those of this process too.
 * After the connection is lost it listens again as soon as the database is back.
 */
export async function openNotices(
  jobs: Database,
  channel: string,
  tell: (text: string) => void,
  log: (sentence: string) => void,
): Promise<Notices> {
  let client: PoolClient | undefined;
  let timer: NodeJS.Timeout | undefined;
  let isStopped = false;

  const lose = (lost: PoolClient, error: Error): void => {
    if (client !== lost) return;
    client = undefined;
    lost.release(error);
    if (isStopped) return;
    log(`Notices of other processes are missed until the database is back (${error.message}).`);
    retry();
  };

  const retry = (): void => {
    timer = setTimeout(listen, reconnectMs);
    timer.unref();
  };

  const listen = async (): Promise<void> => {
    try {
      const opened = await jobs.connect();
      if (isStopped) return opened.release();
      client = opened;
      opened.on('error', (error) => lose(opened, error));
      opened.on('notification', ({ payload }) => tell(payload ?? ''));
      // A notice that a crash takes along was none: nobody waits for the disk to have it.
      const begun = [opened.query('set synchronous_commit = off'), opened.query(`listen ${channel}`)];
      await Promise.all(begun).catch((error: Error) => lose(opened, error));
    } catch {
      // The pool cannot connect, and the requests say so.
      if (!isStopped) retry();
    }
  };

  await listen();
  return {
    async send(texts) {
      const sender = client;
      if (sender === undefined) return false;
      return await sender
        .query({
          name: 'notify',
          text: 'select pg_notify($1, x) from unnest($2::text[]) as x',
          values: [channel, texts],
        })
        .then(
          () => true,
          () => false,
        );
    },
    stop() {
      isStopped = true;
      clearTimeout(timer);
      const listening = client;
      client = undefined;
      // Not to be reused: it would go on listening.
      listening?.release(true);
    },
  };
}
