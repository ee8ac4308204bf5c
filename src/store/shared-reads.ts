/**
 * Reads that cost PostgreSQL less than the way to it. Each would be a transaction of four statements and a wake-up at
 * either end; those of one organization that come while one is on its way share the next, so that the busier it is, the
 * less each costs. Alone, a read goes at once.
 *
 * They are for single rows by their key. What may take long, or return much, has a transaction of its own, because all that
 * travel together arrive together.
 */
import { DatabaseError, type Pool, type QueryResultRow } from 'pg';
import { limits } from '../limits.ts';
import { queryOrganization, queryOrganizationBatch, type Statement } from './organization-transaction.ts';

/** One prepared statement in a transaction of one organization that it may share with others. */
export function readTogether<Row extends QueryResultRow>(
  db: Pool,
  orgId: string,
  statement: Statement & { name: string },
): Promise<Row[]> {
  const organizations = waitingOfPools.get(db) ?? new Map<string, Read[]>();
  waitingOfPools.set(db, organizations);
  const outcome = Promise.withResolvers<QueryResultRow[]>();
  const waiting = organizations.get(orgId);
  if (waiting !== undefined) {
    waiting.push({ statement, outcome });
  } else {
    organizations.set(orgId, [{ statement, outcome }]);
    // Requests that arrived with this one are read from their sockets first.
    setImmediate(() => void readAll(db, orgId, organizations));
  }
  return outcome.promise as Promise<Row[]>;
}

type Read = { statement: Statement; outcome: PromiseWithResolvers<QueryResultRow[]> };

/** Whoever waits, by organization; an organization is in it while its reads are under way. */
const waitingOfPools = new WeakMap<Pool, Map<string, Read[]>>();

/** Serves who waits, and who comes meanwhile, until nobody does. */
async function readAll(db: Pool, orgId: string, organizations: Map<string, Read[]>): Promise<void> {
  for (;;) {
    const waiting = organizations.get(orgId) ?? [];
    if (waiting.length === 0) break;
    const reads = waiting.splice(0, limits.readsTogetherMax);
    const statements = reads.map(({ statement }) => statement);
    try {
      const rows = await queryOrganizationBatch(db, orgId, statements);
      reads.forEach(({ outcome }, index) => {
        outcome.resolve(rows[index] ?? []);
      });
    } catch (error) {
      await readAlone(db, orgId, reads, error);
    }
  }
  organizations.delete(orgId);
}

/** A statement that failed says nothing about the others, which do without it. A database that is away says it for all. */
async function readAlone(db: Pool, orgId: string, reads: readonly Read[], error: unknown): Promise<void> {
  const isOfOne = error instanceof DatabaseError && reads.length > 1;
  await Promise.all(
    reads.map(({ statement, outcome }) =>
      isOfOne ? queryOrganization(db, orgId, statement).then(outcome.resolve, outcome.reject) : outcome.reject(error),
    ),
  );
}
