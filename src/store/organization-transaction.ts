import type { Pool, PoolClient, QueryResult, QueryResultRow } from 'pg';
import { isRetryable } from './database-errors.ts';
import { commitWithoutWaiting, flushMessage, shareFlush } from './durability.ts';
import { connectFor, type Lease } from './fair-connections.ts';

/** A statement with its parameters. A `name` makes it a prepared statement of its connection: for fixed texts only. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
}

/**
 * A transaction that has entered one organization. It is the only way for the functions of this folder to reach an
 * organization's rows, and `inOrganization` is the only way to get one.
 */
export interface OrgTransaction {
  readonly orgId: string;
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
 * @throws the first database error of the transaction, or what `work` threw; nothing is stored then.
 */
export async function inOrganization<T>(db: Pool, orgId: string, work: (tx: OrgTransaction) => Promise<T>): Promise<T> {
  for (let attempt = 1; ; attempt++) {
    try {
      const outcome = await runOnce(db, orgId, work);
      await flushOrganization(db, orgId);
      return outcome;
    } catch (error) {
      if (attempt === attemptsMax || !isRetryable(error)) throw error;
    }
  }
}

/** One statement in a transaction of one organization, as a single round trip. */
export async function queryOrganization<Row extends QueryResultRow>(
  db: Pool,
  orgId: string,
  statement: Statement,
): Promise<Row[]> {
  const [rows] = await queryOrganizationBatch(db, orgId, [statement]);
  return rows as Row[];
}

/** Several statements that do not need each other's results, in one transaction and one round trip. */
export async function queryOrganizationBatch(
  db: Pool,
  orgId: string,
  statements: readonly Statement[],
): Promise<QueryResultRow[][]> {
  return await runBatch(await connectFor(db, orgId), orgId, statements);
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
  const lease = await connectFor(db, orgId);
  const sent: Promise<QueryResult>[] = [lease.client.query(beginReading), lease.client.query(enter(orgId))];
  for (const one of sent) one.catch(ignore);
  try {
    yield* work(transaction(lease.client, orgId, sent));
  } finally {
    await settle(lease, sent, rollback);
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

async function runBatch(lease: Lease, orgId: string, statements: readonly Statement[]): Promise<QueryResultRow[][]> {
  const { client } = lease;
  const sent = [client.query(begin), client.query(enter(orgId)), ...statements.map((s) => client.query(asQuery(s)))];
  const results = await settle(lease, sent, commit);
  return results.slice(2).map((result) => result.rows);
}

async function runOnce<T>(db: Pool, orgId: string, work: (tx: OrgTransaction) => Promise<T>): Promise<T> {
  const lease = await connectFor(db, orgId);
  const { client } = lease;
  const sent: Promise<QueryResult>[] = [
    client.query(begin),
    client.query(commitWithoutWaiting),
    client.query(enter(orgId)),
  ];
  for (const one of sent) one.catch(ignore);
  let outcome: T;
  try {
    outcome = await work(transaction(client, orgId, sent));
  } catch (error) {
    // What broke a later statement is the first one that failed: later ones only say that the transaction is aborted.
    await settle(lease, sent, rollback);
    throw error;
  }
  await settle(lease, sent, commit);
  return outcome;
}

/**
 * Ends the transaction, waits for every answer, so that none is left on the wire, and gives the connection back: to the
 * pool if it still answers, else to the bin.
 *
 * @throws the error of the earliest statement that failed
 */
async function settle(
  { client, release }: Lease,
  sent: readonly Promise<QueryResult>[],
  end: typeof commit,
): Promise<QueryResult[]> {
  const [last, ...settled] = await Promise.allSettled([client.query(end), ...sent]);
  release(last.status === 'rejected' ? (last.reason as Error) : undefined);
  const results = settled.map((one) => {
    if (one.status === 'rejected') throw one.reason;
    return one.value;
  });
  if (last.status === 'rejected') throw last.reason;
  // PostgreSQL answers the commit of an aborted transaction with ROLLBACK and no error.
  if (end === commit && last.value.command !== 'COMMIT') throw new Error('the transaction was rolled back at commit');
  return results;
}

function transaction(client: PoolClient, orgId: string, pending: Promise<QueryResult>[]): OrgTransaction {
  const query = <Row extends QueryResultRow>(statement: Statement): Promise<QueryResult<Row>> => {
    const sent = client.query<Row>(asQuery(statement));
    sent.catch(ignore);
    pending.push(sent);
    return sent;
  };
  return { orgId, query, send: (statement) => void query(statement) };
}

const begin = { name: 'begin', text: 'begin' };
const beginReading = { name: 'begin-reading', text: 'begin isolation level repeatable read read only' };
const commit = { name: 'commit', text: 'commit' };
const rollback = { name: 'rollback', text: 'rollback' };
const enter = (orgId: string) => ({ name: 'enter', text: 'select enter_organization($1)', values: [orgId] });

const asQuery = (statement: Statement) => ({ ...statement, values: statement.values as unknown[] });

const ignore = () => {};
