/**
 * Makes the rate limits of several processes on one database one limit (docs/decisions/shared-rate-limits.md): several
 * times a second each process tells what its busy keys have spent, and subtracts what the others tell. Nothing is asked of
 * the database for a request, and a process that is alone with its load sends a notice or none.
 */
import { limits } from '../limits.ts';
import type { Database } from '../store/database.ts';
import { openNotices } from '../store/notices.ts';
import type { Buckets } from './token-buckets.ts';

export type SharedSpending = { stop(): void };

const channel = 'rollcall_spending';

/** @param node an id of this process, by which it knows its own notices */
export async function shareSpending(options: {
  jobs: Database;
  node: string;
  buckets: ReadonlyMap<string, Buckets>;
  log: (sentence: string) => void;
}): Promise<SharedSpending> {
  const { jobs, node, buckets, log } = options;
  if (buckets.size === 0) return { stop: () => undefined };
  const notices = await openNotices(
    jobs,
    channel,
    (text) => {
      const notice = readNotice(text);
      if (notice === undefined || notice.from === node) return;
      for (const [limit, key, spent] of notice.spent) buckets.get(limit)?.spendElsewhere(key, spent);
    },
    log,
  );
  const tell = (): void => {
    const spent = [...buckets].flatMap(([limit, each]) =>
      each.takeUntold().map(([key, count]): Spent => [limit, key, count]),
    );
    if (spent.length === 0) return;
    const texts: string[] = [];
    for (let start = 0; start < spent.length; start += limits.rateKeysPerNotice) {
      const part = spent.slice(start, start + limits.rateKeysPerNotice);
      texts.push(JSON.stringify({ from: node, spent: part } satisfies Notice));
    }
    // What cannot be told is forgotten: old spending does not matter once the bucket is full again.
    void notices.send(texts);
  };
  const timer = setInterval(tell, limits.rateTellMs);
  timer.unref();
  return {
    stop() {
      clearInterval(timer);
      notices.stop();
    },
  };
}

type Spent = [limit: string, key: string, spent: number];
type Notice = { from: string; spent: Spent[] };

/** Undefined for what this version does not understand: processes of two versions meet while one replaces the other. */
function readNotice(text: string): Notice | undefined {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return undefined;
  }
  const { from, spent } = (value ?? {}) as Partial<Record<keyof Notice, unknown>>;
  if (typeof from !== 'string' || !Array.isArray(spent) || !spent.every(isSpent)) return undefined;
  return { from, spent };
}

const isSpent = (value: unknown): value is Spent =>
  Array.isArray(value) &&
  typeof value[0] === 'string' &&
  typeof value[1] === 'string' &&
  Number.isSafeInteger(value[2]) &&
  value[2] > 0;
