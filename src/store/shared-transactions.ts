/**
 * Changes of one organization that come while another is under way share the next transaction, if they are about different
 * things (docs/decisions/shared-transactions.md). Each does in it what it would do in one of its own, so that nobody can tell
 * the difference from that of transactions which follow each other; but begin, enter, the event counter, the log, the commit
 * and the flush are there once for all of them, and so is the way to PostgreSQL and back.
 *
 * Sharing is worth nothing when something goes wrong: if a statement fails, the transaction is undone and each change has one
 * of its own. A change that is refused before it has written anything leaves the others alone.
 */
import { DatabaseError, type Pool } from 'pg';
import { limits } from '../limits.ts';
import { flushOrganization, inOrganization, type OrgTransaction } from './organization-transaction.ts';

/** What a change is about. Changes that have people or names in common, or two teams, do not share a transaction. */
export type ChangeAbout = {
  /** The id of the team that people join or leave. Changes about different people of one team may share a transaction. */
  readonly team?: string;
  /** The ids of the people who are changed, join or leave, in lower case. */
  readonly members: readonly string[];
  /** Whatever else only one of them may be about. */
  readonly names?: readonly string[];
};

export type SharedChange<T> = {
  readonly about: ChangeAbout;
  /** May run more than once, like that of `inOrganization`. It awaits its statements by `query` and writes by `send` only. */
  readonly work: (tx: OrgTransaction) => Promise<T>;
  /** Sends what comes last in the transaction, for all changes of it. */
  readonly finish: (tx: OrgTransaction, done: readonly T[]) => void;
};

/** Thrown by a change that finds, before it has written anything, that it is about more than it said. */
export class NotShared extends Error {
  override readonly name = 'NotShared';
}

/**
 * Runs a change, by itself or with others, commits it and flushes.
 *
 * @throws what its work threw, or the first error of the database, like `inOrganization`
 */
export async function inSharedTransaction<T>(db: Pool, orgId: string, change: SharedChange<T>): Promise<T> {
  const ended = await queue<T>(db, orgId, change);
  if (ended.kind === 'done') return ended.result;
  if (ended.kind === 'refused') throw ended.error;
  const { work, finish } = change;
  return await inOrganization(db, orgId, async (tx) => {
    const result = await work(tx);
    finish(tx, [result]);
    return result;
  });
}

/** How a change ended; one that is `apart` has not happened, and wants a transaction of its own. */
type Ended<T> = { kind: 'done'; result: T } | { kind: 'refused'; error: unknown } | { kind: 'apart' };

type Waiting = { change: SharedChange<unknown>; end: (ended: Ended<never>) => void };

/** Whoever waits for the next transaction of an organization. It is asked for as long as somebody waits. */
const waitingOfPools = new WeakMap<Pool, Map<string, Waiting[]>>();

function queue<T>(db: Pool, orgId: string, change: SharedChange<T>): Promise<Ended<T>> {
  const organizations = waitingOfPools.get(db) ?? new Map<string, Waiting[]>();
  waitingOfPools.set(db, organizations);
  const { promise, resolve } = Promise.withResolvers<Ended<T>>();
  const entry = { change, end: resolve } as unknown as Waiting;
  const waiting = organizations.get(orgId);
  if (waiting !== undefined) waiting.push(entry);
  else {
    organizations.set(orgId, [entry]);
    // Requests that arrived with this one are read from their sockets first.
    setImmediate(() => void runNext(db, orgId, organizations));
  }
  return promise;
}

/** Runs a transaction with whoever waits when its turn comes. */
async function runNext(db: Pool, orgId: string, organizations: Map<string, Waiting[]>): Promise<void> {
  let together: Waiting[] | undefined;
  const take = (): Waiting[] => {
    const [taken, left] = whoShares(organizations.get(orgId) ?? []);
    if (left.length > 0) {
      organizations.set(orgId, left);
      void runNext(db, orgId, organizations);
    } else organizations.delete(orgId);
    return taken;
  };
  let isCommitted = false;
  try {
    const work = async (tx: OrgTransaction) => {
      together ??= take();
      return await runTogether(tx, together);
    };
    const ended = await inOrganization(db, orgId, work, false);
    isCommitted = true;
    await flushOrganization(db, orgId);
    for (const [place, { end }] of (together ?? []).entries()) end(ended[place] as Ended<never>);
  } catch (error) {
    // Nobody's turn came: there is no connection for this organization, or no database.
    const all = together ?? organizations.get(orgId) ?? [];
    if (together === undefined) organizations.delete(orgId);
    const isApart = all.length > 1 && !isCommitted && isUndone(error);
    for (const { end } of all) end(isApart ? { kind: 'apart' } : { kind: 'refused', error });
  }
}

/** Those who share the next transaction, the one that has waited longest among them, and those who wait on. */
function whoShares(waiting: readonly Waiting[]): [taken: Waiting[], left: Waiting[]] {
  const taken: Waiting[] = [];
  const left: Waiting[] = [];
  const things = new Set<string>();
  let team: string | undefined;
  for (const entry of waiting) {
    const { about } = entry.change;
    const own = [...about.members, ...(about.names ?? [])];
    const isOneTeam = team === undefined || about.team === undefined || about.team === team;
    if (taken.length < limits.changesTogetherMax && isOneTeam && !own.some((each) => things.has(each))) {
      taken.push(entry);
      for (const each of own) things.add(each);
      team ??= about.team;
    } else left.push(entry);
  }
  return [taken, left];
}

async function runTogether(tx: OrgTransaction, together: readonly Waiting[]): Promise<Ended<unknown>[]> {
  const [first, ...others] = together as [Waiting, ...Waiting[]];
  if (others.length === 0) {
    const result = await first.change.work(tx);
    first.change.finish(tx, [result]);
    return [{ kind: 'done', result }];
  }
  lockInOrder(tx, together);
  const ended = await Promise.all(together.map(async ({ change }) => await runAmongOthers(tx, change)));
  first.change.finish(
    tx,
    ended.flatMap((one) => (one.kind === 'done' ? [one.result] : [])),
  );
  return ended;
}

async function runAmongOthers(tx: OrgTransaction, { work }: SharedChange<unknown>): Promise<Ended<unknown>> {
  let hasWritten = false;
  const own: OrgTransaction = {
    ...tx,
    isShared: true,
    send(statement) {
      hasWritten = true;
      tx.send(statement);
    },
  };
  try {
    return { kind: 'done', result: await work(own) };
  } catch (error) {
    if (hasWritten) throw new BrokeOff(error);
    if (error instanceof DatabaseError) throw error;
    return error instanceof NotShared ? { kind: 'apart' } : { kind: 'refused', error };
  }
}

/**
 * Takes the locks of all changes in the one order in which everybody takes them, the team and then people by rising id, before
 * the changes take them one after the other.
 */
function lockInOrder(tx: OrgTransaction, together: readonly Waiting[]): void {
  const team = together.find(({ change }) => change.about.team !== undefined)?.change.about.team;
  if (team !== undefined) {
    tx.send({
      name: 'shared-lock-team',
      text: 'select t.id from teams t where t.org_id = $1 and t.id = $2 for no key update of t',
      values: [tx.orgId, team],
    });
  }
  const members = together.flatMap(({ change }) => change.about.members);
  if (members.length < 2) return;
  tx.send({
    name: 'shared-lock-members',
    text: 'select m.id from members m where m.org_id = $1 and m.id = any ($2::uuid[]) order by m.id for no key update of m',
    values: [tx.orgId, members],
  });
}

/** A change broke off after it had written something, so that the transaction cannot be committed for the others. */
class BrokeOff extends Error {
  override readonly name = 'BrokeOff';
  constructor(cause: unknown) {
    super('a change of a shared transaction broke off', { cause });
  }
}

/**
 * Whether an error says that nothing of the transaction is stored: one of its changes broke off, or PostgreSQL has refused a
 * statement. A connection that broke says nothing of a commit that was on its way.
 */
function isUndone(error: unknown): boolean {
  if (!(error instanceof DatabaseError)) return error instanceof BrokeOff;
  const { severity, code = '' } = error;
  return severity === 'ERROR' && !code.startsWith('XX') && !code.startsWith('08');
}
