import { createRequire } from 'node:module';
import pg, { type PoolClient, type QueryResult } from 'pg';

/** A statement with its parameters. A `name` makes it a prepared statement of its connection: for fixed texts only. */
export interface Statement {
  readonly name?: string;
  readonly text: string;
  readonly values: readonly unknown[];
  /**
   * Characters of a result, from which on further rows are thrown away as they come (`isCut`): rows that are bounded in number may
   * be large, and nothing here can hold them all.
   */
  readonly charactersMax?: number;
}

/**
 * Sends statements that follow each other on one connection as one message, and resolves to their results. A failed one
 * keeps those behind it from running, which then fail with its error.
 *
 * `pg` ends every statement with a synchronization of its own, for which PostgreSQL writes to the socket and wakes us each
 * time; a batch has one. What it cannot have is a named statement that its connection does not know yet, since a failure
 * would leave open whether it is known now: the first time, statements travel one by one.
 */
export function sendStatements(client: PoolClient, statements: readonly Statement[]): Promise<QueryResult>[] {
  const { connection } = client as unknown as { connection: Connection };
  const isKnown = ({ name }: Statement) => name === undefined || connection.parsedStatements[name] !== undefined;
  if (!statements.every(isKnown)) {
    return statements.map((statement) =>
      statement.charactersMax === undefined
        ? client.query({ ...statement, values: [...statement.values] })
        : queryBounded(client, statement, statement.charactersMax),
    );
  }
  const results = statements.map(() => Promise.withResolvers<QueryResult>());
  client.query(new StatementBatch(client, statements, results));
  return results.map(({ promise }) => promise);
}

/** Whether rows were thrown away behind these. */
export const isCut = (rows: readonly unknown[]): boolean => cutResults.has(rows);

const cutResults = new WeakSet<readonly unknown[]>();

/** Whether the next row is still within the bound; one row always is. */
function rowsWithin(charactersMax: number): (fields: readonly unknown[]) => boolean {
  let left = charactersMax;
  return (fields) => {
    if (left <= 0) return false;
    for (const each of fields) left -= typeof each === 'string' ? each.length : 0;
    return true;
  };
}

function queryBounded(client: PoolClient, statement: Statement, charactersMax: number): Promise<QueryResult> {
  const { promise, resolve, reject } = Promise.withResolvers<QueryResult>();
  const isWithin = rowsWithin(charactersMax);
  let isWhole = true;
  const callback = (error: Error | undefined, result: QueryResult) => {
    if (error) return reject(error);
    if (!isWhole) cutResults.add(result.rows);
    resolve(result);
  };
  const query = new pg.Query({ ...statement, values: [...statement.values], callback } as pg.QueryConfig);
  const { handleDataRow } = query as unknown as { handleDataRow(message: Message): void };
  Object.assign(query, {
    handleDataRow(message: Message) {
      isWhole &&= isWithin(message.fields);
      if (isWhole) handleDataRow.call(query, message);
    },
  });
  client.query(query);
  return promise;
}

type Outcome = PromiseWithResolvers<QueryResult>;

/** What of pg's connection is used here. Its messages are the protocol's (PostgreSQL, chapter Frontend/Backend Protocol). */
type Connection = {
  parsedStatements: Record<string, string | undefined>;
  parse(message: { text: string; name: string }): void;
  bind(message: { portal: ''; statement: string; values: readonly unknown[] }): void;
  describe(message: { type: 'P'; name: '' }): void;
  execute(message: { portal: ''; rows: 0 }): void;
  sync(): void;
};

type Message = { fields: readonly unknown[] };

type ResultBuilder = QueryResult & {
  _parsers: unknown;
  _prebuiltEmptyResultObject: unknown;
  addFields(fields: readonly unknown[]): void;
  addCommandComplete(message: unknown): void;
  parseRow(fields: readonly unknown[]): unknown;
  addRow(row: unknown): void;
};

const load = createRequire(import.meta.url);
const { prepareValue } = load('pg/lib/utils.js') as { prepareValue: (value: unknown) => unknown };
const Result = load('pg/lib/result.js') as new (rowMode: undefined, types: unknown) => ResultBuilder;

/** For each prepared statement of a connection a result without rows, which knows its columns: they are described once. */
const describedOf = new WeakMap<Connection, Map<string, ResultBuilder>>();

/** A class, because that is the shape in which pg takes a query of one's own. */
class StatementBatch extends pg.Query {
  readonly #types: unknown;
  readonly #statements: readonly Statement[];
  readonly #outcomes: readonly Outcome[];
  #described = new Map<string, ResultBuilder>();
  #at = 0;
  #result: ResultBuilder;
  #isWithin: ReturnType<typeof rowsWithin> | undefined;

  constructor(client: PoolClient, statements: readonly Statement[], outcomes: readonly Outcome[]) {
    super('');
    this.#types = (client as unknown as { _types: unknown })._types;
    this.#statements = statements;
    this.#outcomes = outcomes;
    this.#result = new Result(undefined, this.#types);
    // pg tells through a callback that the connection is gone.
    Object.assign(this, { callback: (error: Error | null) => error && this.handleError(error) });
  }

  /** Called by pg when the connection can be written to. Returns what keeps it from sending. */
  override submit = (given: unknown): unknown => {
    const connection = given as Connection;
    this.#described = describedOf.get(connection) ?? new Map();
    describedOf.set(connection, this.#described);
    let prepared: unknown[][];
    try {
      // Ahead of the first message: a value that cannot be sent must not leave half a batch on the wire.
      prepared = this.#statements.map(({ values }) => values.map(prepareValue));
    } catch (error) {
      return error;
    }
    this.#statements.forEach(({ name = '', text }, index) => {
      if (name === '') connection.parse({ text, name });
      connection.bind({ portal: '', statement: name, values: prepared[index] ?? [] });
      if (!this.#described.has(name)) connection.describe({ type: 'P', name: '' });
      connection.execute({ portal: '', rows: 0 });
    });
    connection.sync();
    this.#result = this.#resultOfNext();
    return undefined;
  };

  handleRowDescription({ fields }: Message): void {
    this.#result.addFields(fields);
  }

  handleDataRow({ fields }: Message): void {
    if (this.#isWithin?.(fields) === false) cutResults.add(this.#result.rows);
    else this.#result.addRow(this.#result.parseRow(fields));
  }

  handleCommandComplete(message: unknown): void {
    const result = this.#result;
    const name = this.#statements[this.#at]?.name;
    if (name !== undefined && !this.#described.has(name)) this.#described.set(name, withColumnsOf(result, this.#types));
    result.addCommandComplete(message);
    this.#outcomes[this.#at]?.resolve(result);
    this.#at++;
    this.#result = this.#resultOfNext();
  }

  handleError(error: Error): void {
    for (const outcome of this.#outcomes.slice(this.#at)) outcome.reject(error);
  }

  handleReadyForQuery(): void {
    // Every statement has its outcome already.
  }

  #resultOfNext(): ResultBuilder {
    const { name, charactersMax } = this.#statements[this.#at] ?? {};
    this.#isWithin = charactersMax === undefined ? undefined : rowsWithin(charactersMax);
    const described = name === undefined ? undefined : this.#described.get(name);
    return described === undefined ? new Result(undefined, this.#types) : withColumnsOf(described, this.#types);
  }
}

function withColumnsOf(result: ResultBuilder, types: unknown): ResultBuilder {
  const { fields, _parsers, _prebuiltEmptyResultObject } = result;
  return Object.assign(new Result(undefined, types), { fields, _parsers, _prebuiltEmptyResultObject });
}
