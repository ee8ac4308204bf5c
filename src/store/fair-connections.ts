/**
 * Connections of a pool, shared among organizations. A transaction that waits for a lock holds its connection, so that one
 * organization whose requests all wait for each other would otherwise hold the whole pool, and everybody else would wait
 * with it. Half of the pool is the most that one organization has; the rest of its requests wait in order.
 */
import type { Pool, PoolClient } from 'pg';
import { limits } from '../limits.ts';

/** A connection of the pool; an error given to `release` says that it is of no more use. */
export type Lease = { readonly client: PoolClient; release(error?: Error): void };

/** What waiting for a turn ended with, in the place where PostgreSQL's errors have their SQLSTATE. */
export const organizationBusy = 'ORGANIZATION_BUSY';

export const organizationIsBusy = (): Error =>
  Object.assign(new Error('the organization holds its share of the connections'), { code: organizationBusy });

/** The connections that one organization holds at most. */
export const connectionsPerOrganization = (poolMax: number): number => Math.max(1, Math.ceil(poolMax / 2));

/**
 * A connection for one transaction of an organization.
 *
 * @throws an error with the code `organizationBusy` if others of the organization kept it waiting for limits.connectionWaitMs
 */
export async function connectFor(db: Pool, orgId: string): Promise<Lease> {
  const turns = turnsOf(db);
  const turn = turns.get(orgId) ?? { held: 0, waiting: [] };
  turns.set(orgId, turn);
  if (turn.held < connectionsPerOrganization(db.options.max)) turn.held++;
  else await nextTurn(turn);

  const leave = (): void => {
    const next = turn.waiting.shift();
    if (next === undefined) {
      turn.held--;
      if (turn.held === 0) turns.delete(orgId);
    } else {
      // Whoever is next takes over the place, so that nobody who comes later gets in between.
      next();
    }
  };
  try {
    const client = await db.connect();
    return {
      client,
      release(error) {
        client.release(error);
        leave();
      },
    };
  } catch (error) {
    leave();
    throw error;
  }
}

type Turn = { held: number; waiting: (() => void)[] };

const turnsOfPools = new WeakMap<Pool, Map<string, Turn>>();

function turnsOf(db: Pool): Map<string, Turn> {
  const turns = turnsOfPools.get(db) ?? new Map<string, Turn>();
  turnsOfPools.set(db, turns);
  return turns;
}

function nextTurn(turn: Turn): Promise<void> {
  return new Promise((resolve, reject) => {
    const enter = (): void => {
      clearTimeout(timer);
      resolve();
    };
    const timer = setTimeout(() => {
      turn.waiting.splice(turn.waiting.indexOf(enter), 1);
      reject(organizationIsBusy());
    }, limits.connectionWaitMs);
    turn.waiting.push(enter);
  });
}
