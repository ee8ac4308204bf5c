/**
 * The changes of an organization follow each other on one connection, each a transaction of its own: the first statements
 * of one travel with the commit of the one before, so that a change costs PostgreSQL and us one wake-up less, and finds the
 * organization's event counter free instead of waiting for it while holding a connection.
 *
 * Changes of different resources must not wait for each other longer than that saves. Whoever has waited for
 * limits.laneWaitMs, because a change ahead is long or waits for a lock, opens another lane; the share that one organization
 * has of the pool bounds their number.
 */
import type { Pool, PoolClient } from 'pg';
import { limits } from '../limits.ts';
import { connectFor, organizationIsBusy } from './fair-connections.ts';

/** A transaction under way on a connection. */
export type Running<T> = {
  /** Resolves when its last statement has been sent, so that another transaction may be sent behind it. Never rejects. */
  readonly sent: Promise<void>;
  /** Resolves when everything is answered, to the error that makes the connection useless if there is one. Never rejects. */
  readonly answered: Promise<Error | undefined>;
  readonly outcome: Promise<T>;
};

/**
 * Runs a transaction as soon as a lane of the organization is free.
 *
 * @throws what its outcome rejects with, or an error with the code `organizationBusy` if none was free for limits.connectionWaitMs
 */
export function inLane<T>(db: Pool, orgId: string, begin: (client: PoolClient) => Running<T>): Promise<T> {
  const lanes = lanesOf(db, orgId);
  const result = Promise.withResolvers<T>();
  const busyAtMs = performance.now() + limits.connectionWaitMs;
  const wait = () => setTimeout(() => lookAround(), limits.laneWaitMs);
  let timer = wait();
  const job: Job = {
    begin(client) {
      clearTimeout(timer);
      const running = begin(client);
      running.outcome.then(result.resolve, result.reject);
      return running;
    },
    fail(error) {
      clearTimeout(timer);
      result.reject(error);
    },
  };
  const lookAround = (): void => {
    if (performance.now() < busyAtMs) {
      if (!lanes.isOpening) void openLane(db, orgId, lanes);
      timer = wait();
    } else {
      lanes.waiting.splice(lanes.waiting.indexOf(job), 1);
      job.fail(organizationIsBusy());
    }
  };
  lanes.waiting.push(job);
  const wake = lanes.resting.shift();
  if (wake !== undefined) wake();
  else if (lanes.open === 0) void openLane(db, orgId, lanes);
  return result.promise;
}

type Job = { begin(client: PoolClient): Running<unknown>; fail(error: unknown): void };

/** The lanes of one organization in this process, and who waits for one. */
type Lanes = {
  open: number;
  isOpening: boolean;
  waiting: Job[];
  /** Lanes that have sent everything and wait for the answers: calling one makes it look for more. */
  resting: (() => void)[];
};

const lanesOfPools = new WeakMap<Pool, Map<string, Lanes>>();

function lanesOf(db: Pool, orgId: string): Lanes {
  const organizations = lanesOfPools.get(db) ?? new Map<string, Lanes>();
  lanesOfPools.set(db, organizations);
  const lanes = organizations.get(orgId) ?? { open: 0, isOpening: false, waiting: [], resting: [] };
  organizations.set(orgId, lanes);
  return lanes;
}

/** Serves who waits until nobody does and everything is answered, or the connection is lost. */
async function openLane(db: Pool, orgId: string, lanes: Lanes): Promise<void> {
  lanes.open++;
  lanes.isOpening = true;
  try {
    const lease = await connectFor(db, orgId).finally(() => {
      lanes.isOpening = false;
    });
    lease.release(await serve(lease.client, lanes));
  } catch (error) {
    lanes.waiting.shift()?.fail(error);
  }
  lanes.open--;
  if (lanes.open > 0) return;
  if (lanes.waiting.length > 0) void openLane(db, orgId, lanes);
  else lanesOfPools.get(db)?.delete(orgId);
}

async function serve(client: PoolClient, lanes: Lanes): Promise<Error | undefined> {
  let lost: Error | undefined;
  let answered: Promise<void> = Promise.resolve();
  for (;;) {
    const job = lost === undefined ? lanes.waiting.shift() : undefined;
    if (job !== undefined) {
      const running = job.begin(client);
      answered = running.answered.then((error) => {
        lost ??= error;
      });
      await running.sent;
      continue;
    }
    const { promise: more, resolve: wake } = Promise.withResolvers<void>();
    lanes.resting.push(wake);
    await Promise.race([more, answered]);
    lanes.resting = lanes.resting.filter((each) => each !== wake);
    if (lanes.waiting.length === 0 || lost !== undefined) break;
  }
  await answered;
  return lost;
}
