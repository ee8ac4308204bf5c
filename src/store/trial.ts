import { readAdministratorCounts, readSeats } from './access-writing.ts';
import type { Database } from './database.ts';
import { tryTransactions } from './organization-transaction.ts';
import { TrialState } from './trial-state.ts';

/**
 * Tries several transactions of one organization, each of which finds what those before it have written, and undoes all of it: what
 * changes that follow each other would come to, by the changes themselves. Rows of people and teams that they write stay locked until
 * then; what all changes of the organization write, its counter and its seats, does not. Whoever holds one of these rows for long goes
 * first: the trial begins anew, three times at most.
 *
 * @param work is given a database in which `inOrganization` is such a transaction, one at a time; nothing else is asked of it
 * @throws the first database error that `work` lets through, or what it threw
 */
export async function tryInOrder<T>(db: Database, orgId: string, work: (trial: Database) => Promise<T>): Promise<T> {
  const readCounts = async (tx: Parameters<typeof readSeats>[0]) => {
    const [administrators, seats] = await Promise.all([readAdministratorCounts(tx), readSeats(tx)]);
    return new TrialState(administrators, seats);
  };
  return await tryTransactions(db, orgId, readCounts, work);
}
