import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import { isLockTimeout, isRetryable } from './database-errors.ts';
import { commitWithoutWaiting, flushMessage, shareFlush } from './durability.ts';
import { connectFor, type Lease } from './fair-connections.ts';
import { inLane, type Running } from './lanes.ts';
import { type Statement, sendStatements } from './statement-batch.ts';
import type { TrialState } from './trial-state.ts';

export type { Statement } from './statement-batch.ts';

/**
 * A transaction that has entered one organization. It is the only way for the functions of this folder to reach an
 * organization's rows, and `inOrganization` is the only way to get one.
 */
export interface OrgTransaction {
  readonly orgId: string;
  /** Whether other changes are made in it at the same time (shared-transactions.ts). */
  readonly isShared?: boolean;
  /** What a trial has changed whose rows it leaves alone (trial-state.ts). */
  trial?: TrialState;
  /** Sends a statement at once, without waiting for those before it, and resolves to its result. */
  query<Row extends QueryResultRow>(statement: Statement): Promise<QueryResult<Row>>;
  /** Sends a statement whose result nobody needs; if it fails, the transaction fails. */
  send(statement: Statement): void;
}

const attemptsMax = 3;

/**
 * Runs `work` in a transaction of one organization and commits it. Begin and enter travel with the first statements of
 * `work`, commit with its last ones, so a transaction costs as many round trips as `work` awaits, and one for the flush
 * that makes it durable, which it shares with others. A serialization failure or deadlock is run again from the start,
 * three times at most.
 *
 * @param flush whether to flush; whoever does not calls `flushOrganization` before anybody is told that it is done
 * @throws the first database error of the transaction, or what `work` threw; nothing is stored then.
 */
export async function inOrganization<T>(
  db: Pool,
  orgId: string,
  work: (tx: OrgTransaction) => Promise<T>,
  flush = true,
): Promise<T> {
  const trial = trials.get(db);
  if (trial !== undefined) return await transactInTrial(trial, orgId, work);
  for (let attempt = 1; ; attempt++) {
    try {
      const outcome = await inLane(db, orgId, (client) => transact(client, orgId, work));
      if (flush) await flushOrganization(db, orgId);
      return outcome;
    } catch (error) {
      if (attempt === attemptsMax || !isRetryable(error)) throw error;
    }
  }
}

/**
 * Runs `work` in a transaction of one organization that sees one moment, and undoes it: nothing is stored. What it writes stays locked
 * until then, and what it only reads is not. If that was changed since the moment, it is run again, three times at most.
 *
 * @throws the first database error of the transaction, or what `work` threw
 */
export async function tryInOrganization<T>(
  db: Pool,
  orgId: string,
  work: (tx: OrgTransaction) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const { client, release } = await connectFor(db, orgId);
    const line = openLine(client);
    for (const statement of [beginOfOneMoment, enter(orgId)]) line.send(statement);
    const [worked] = await Promise.allSettled([work({ orgId, query: line.query, send: line.send })]);
    const [ended] = await Promise.allSettled([line.close(rollback)]);
    const statements = await Promise.allSettled(line.outcomes);
    release(ended.status === 'rejected' ? (ended.reason as Error) : undefined);
    const failed = [...statements, worked, ended].find((one) => one.status === 'rejected');
    if (failed === undefined) return (worked as PromiseFulfilledResult<T>).value;
    if (attempt === attemptsMax || !isRetryable(failed.reason)) throw failed.reason;
  }
}

/** Transactions that are tried, each as a part of one that is undone. */
type Trial = { readonly orgId: string; readonly client: PoolClient; counts: TrialState };

/** The trials under way, by the database that stands for each. */
const trials = new WeakMap<Pool, Trial>();

/** What `tryInOrder` does, with the counts that it begins with. */
export async function tryTransactions<T>(
  db: Pool,
  orgId: string,
  readCounts: (tx: OrgTransaction) => Promise<TrialState>,
  work: (trial: Pool) => Promise<T>,
): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    const { client, release } = await connectFor(db, orgId);
    const line = openLine(client);
    for (const statement of [begin, waitsBriefly, enter(orgId)]) line.send(statement);
    const run = async () => {
      const counts = await readCounts({ orgId, query: line.query, send: line.send });
      const trial = Object.freeze({}) as Pool;
      trials.set(trial, { orgId, client, counts });
      return await work(trial);
    };
    const [worked] = await Promise.allSettled([run()]);
    const [ended] = await Promise.allSettled([line.close(rollback)]);
    release(ended.status === 'rejected' ? (ended.reason as Error) : undefined);
    const failed = [worked, ended].find((one) => one.status === 'rejected');
    if (failed === undefined) return (worked as PromiseFulfilledResult<T>).value;
    const isInTheWay = isRetryable(failed.reason) || isLockTimeout(failed.reason);
    if (attempt === attemptsMax || !isInTheWay) throw failed.reason;
  }
}

/** A transaction of a trial. One that fails leaves the trial as it was before. */
async function transactInTrial<T>(trial: Trial, orgId: string, work: (tx: OrgTransaction) => Promise<T>): Promise<T> {
  if (orgId !== trial.orgId) throw new Error('a trial is of one organization');
  for (let attempt = 1; ; attempt++) {
    const line = openLine(trial.client);
    line.send(savepoint);
    const tx: OrgTransaction = { orgId, query: line.query, send: line.send, trial: trial.counts };
    const [worked] = await Promise.allSettled([work(tx)]);
    const statements = await Promise.allSettled(line.outcomes);
    const failed = [...statements, worked].find((one) => one.status === 'rejected');
    if (failed !== undefined) await line.close(backToSavepoint);
    await line.close(releaseSavepoint);
    if (failed === undefined) {
      trial.counts = tx.trial as TrialState;
      return (worked as PromiseFulfilledResult<T>).value;
    }
    if (attempt === attemptsMax || !isRetryable(failed.reason)) throw failed.reason;
  }
}

/** Where an organization is read: in a transaction of the read's own, or in one that there is. */
export type Reader = Pool | OrgTransaction;

/** One statement in a transaction of one organization, as a single round trip, or in the transaction that there is. */
export async function queryOrganization<Row extends QueryResultRow>(
  db: Reader,
  orgId: string,
  statement: Statement,
): Promise<Row[]> {
  if ('orgId' in db) return (await db.query<Row>(statement)).rows;
  const [rows] = await queryOrganizationBatch(db, orgId, [statement]);
  return rows as Row[];
}

/**
 * Several statements that do not need each other's results, in one transaction and one round trip. Each sees what is committed
 * when it begins, or all of them what is at `one moment`; then they cannot write.
 */
export async function queryOrganizationBatch(
  db: Pool,
  orgId: string,
  statements: readonly Statement[],
  seen?: 'one moment',
): Promise<QueryResultRow[][]> {
  return await runBatch(await connectFor(db, orgId), orgId, statements, seen === undefined ? begin : beginReading);
}

/**
 * Reads of one moment, however many they are: all see what was committed when the first of them began. The connection is
 * taken until the generator ends, so whoever reads it bounds its time.
 */
export async function* readAtOneMoment<T>(
  db: Pool,
  orgId: string,
  work: (tx: OrgTransaction) => AsyncGenerator<T, void>,
): AsyncGenerator<T, void> {
  const { client, release } = await connectFor(db, orgId);
  // Whoever reads a whole organization would else have all of it in memory.
  const line = openLine(client, { keepsOutcomes: false });
  for (const statement of [beginReading, enter(orgId)]) line.send(statement);
  try {
    yield* work({ orgId, query: line.query, send: line.send });
  } finally {
    const [ended] = await Promise.allSettled([line.close(rollback)]);
    release(ended.status === 'rejected' ? (ended.reason as Error) : undefined);
  }
}

/**
 * Resolves when what the organization's transactions had committed before the call is durable. It does not queue with the
 * organization's requests, which wait for it.
 */
export async function flushOrganization(db: Pool, orgId: string): Promise<void> {
  await shareFlush(db, orgId, async () => {
    const client = await db.connect();
    await runBatch({ client, release: (error) => client.release(error) }, orgId, [flushMessage(orgId)]);
  });
}

async function runBatch(
  { client, release }: Lease,
  orgId: string,
  statements: readonly Statement[],
  first = begin,
): Promise<QueryResultRow[][]> {
  const sent = sendStatements(client, [first, enter(orgId), ...statements, commit]);
  const settled = await Promise.allSettled(sent);
  const [ended] = settled.slice(-1) as [PromiseSettledResult<QueryResult>];
  // A failed statement skips those behind it, the commit among them.
  const [over] = ended.status === 'fulfilled' ? [ended] : await Promise.allSettled([client.query(rollback)]);
  release(over.status === 'rejected' ? (over.reason as Error) : undefined);
  const results = settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  assertCommitted(results.at(-1) as QueryResult);
  return results.slice(2, -1).map((result) => result.rows);
}

/** PostgreSQL answers the commit of an aborted transaction with ROLLBACK and no error. */
function assertCommitted({ command }: QueryResult): void {
  if (command !== 'COMMIT') throw new Error('the transaction was rolled back at commit');
}

/** Begins a transaction on a connection that may still be busy with the one before. */
function transact<T>(client: PoolClient, orgId: string, work: (tx: OrgTransaction) => Promise<T>): Running<T> {
  const line = openLine(client);
  const sent = Promise.withResolvers<void>();
  const answered = Promise.withResolvers<Error | undefined>();
  const run = async (): Promise<T> => {
    for (const statement of [begin, commitWithoutWaiting, enter(orgId)]) line.send(statement);
    const [worked] = await Promise.allSettled([work({ orgId, query: line.query, send: line.send })]);
    // By itself, since the failure of a statement skips those that were sent with it.
    const end = line.close(worked.status === 'fulfilled' ? commit : rollback);
    sent.resolve();
    const statements = await Promise.allSettled(line.outcomes);
    const [ended] = await Promise.allSettled([end]);
    answered.resolve(ended.status === 'rejected' ? (ended.reason as Error) : undefined);
    // What broke the work is the first statement that failed: later ones only say that the transaction is aborted.
    for (const one of [...statements, worked, ended]) if (one.status === 'rejected') throw one.reason;
    assertCommitted((ended as PromiseFulfilledResult<QueryResult>).value);
    return (worked as PromiseFulfilledResult<T>).value;
  };
  return { sent: sent.promise, answered: answered.promise, outcome: run() };
}

type Line = Pick<OrgTransaction, 'query' | 'send'> & {
  /** Of everything that was sent, if they are kept. */
  readonly outcomes: readonly Promise<QueryResult>[];
  /** Sends what is left, and the end of the transaction behind it. */
  close(end: Statement): Promise<QueryResult>;
};

/**
 * Gathers the statements of a transaction until nothing more can be said without an answer to one of them, which is when
 * the turn of the event loop ends, and sends them together.
 */
function openLine(client: PoolClient, { keepsOutcomes } = { keepsOutcomes: true }): Line {
  const outcomes: Promise<QueryResult>[] = [];
  let gathered: { statement: Statement; outcome: PromiseWithResolvers<QueryResult> }[] = [];
  const flush = (): void => {
    const going = gathered;
    gathered = [];
    if (going.length === 0) return;
    const statements = going.map(({ statement }) => statement);
    sendStatements(client, statements).forEach((outcome, index) => {
      outcome.then(going[index]?.outcome.resolve, going[index]?.outcome.reject);
    });
  };
  const query = <Row extends QueryResultRow>(statement: Statement): Promise<QueryResult<Row>> => {
    const outcome = Promise.withResolvers<QueryResult>();
    outcome.promise.catch(ignore);
    if (keepsOutcomes) outcomes.push(outcome.promise);
    if (gathered.length === 0) process.nextTick(flush);
    gathered.push({ statement, outcome });
    return outcome.promise as Promise<QueryResult<Row>>;
  };
  return {
    outcomes,
    query,
    send: (statement) => void query(statement),
    close(end) {
      flush();
      const [ended] = sendStatements(client, [end]) as [Promise<QueryResult>];
      ended.catch(ignore);
      return ended;
    },
  };
}

const begin = { name: 'begin', text: 'begin', values: [] };
const beginOfOneMoment = { name: 'begin-one-moment', text: 'begin isolation level repeatable read', values: [] };
const beginReading = { name: 'begin-reading', text: 'begin isolation level repeatable read read only', values: [] };
const commit = { name: 'commit', text: 'commit', values: [] };
const rollback = { name: 'rollback', text: 'rollback', values: [] };
const savepoint = { name: 'savepoint', text: 'savepoint step', values: [] };
const backToSavepoint = { name: 'back-to-savepoint', text: 'rollback to savepoint step', values: [] };
const releaseSavepoint = { name: 'release-savepoint', text: 'release savepoint step', values: [] };
/** Less than PostgreSQL waits before it looks for a deadlock, so that it is never a change that gives way to a trial. */
const waitsBriefly = { name: 'wait-briefly', text: `set local lock_timeout = '500ms'`, values: [] };
const enter = (orgId: string) => ({ name: 'enter', text: 'select enter_organization($1)', values: [orgId] });

const ignore = () => {};
