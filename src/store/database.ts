import pg from 'pg';
import { corkedSocket } from './corked-socket.ts';

/**
 * Connections to PostgreSQL as one role. Statements sent on one client without waiting travel together (`pipeline`), and
 * are answered in order. After a restart of the server, calls fail until it is back and then work again.
 */
export type Database = pg.Pool;

/** Whom the statements run as: the application behind row-level security, the jobs across organizations, or the owner. */
export type DatabaseRole = 'rollcall_app' | 'rollcall_jobs' | undefined;

export type DatabaseOptions = {
  /** Logs in as the owner, who may enter the two roles. */
  connectionString: string;
  role: DatabaseRole;
  /** Connections at most. */
  max: number;
  /** Shown in pg_stat_activity. */
  applicationName: string;
  /** Told in one sentence of connections that break while nobody uses them. */
  log?: (sentence: string) => void;
};

/** A request that cannot have a connection in this time is answered with 503 rather than kept waiting. */
const connectionTimeoutMs = 5_000;

/** Unused connections are closed after this long. */
const idleTimeoutMs = 60_000;

/**
 * What the two roles may take. A statement of the hot paths takes milliseconds: one that runs into these bounds is stuck
 * behind a lock or a hung server, and the provider will ask again. The owner has no bounds, since migrations wait.
 */
const timeouts = {
  rollcall_app: { statement_timeout: '10s', lock_timeout: '5s', idle_in_transaction_session_timeout: '15s' },
  rollcall_jobs: { statement_timeout: '60s', lock_timeout: '5s', idle_in_transaction_session_timeout: '60s' },
};

/**
 * Opens a pool. The role and the timeouts are options of the connection's start, so that they cost no trip and hold
 * for every session, also the ones that a restart of the server makes necessary.
 */
export function openDatabase(options: DatabaseOptions): Database {
  const pool = new pg.Pool({
    connectionString: withStartupOptions(options.connectionString, startupOptions(options.role)),
    application_name: options.applicationName,
    max: options.max,
    pipeline: true,
    stream: corkedSocket,
    connectionTimeoutMillis: connectionTimeoutMs,
    idleTimeoutMillis: idleTimeoutMs,
    keepAlive: true,
  });
  // A connection that the server closes while it is lent, and between two statements, says so to nobody but itself, and an
  // error without a listener ends the process. Whoever has it learns it from the next statement.
  pool.on('connect', (client) => client.on('error', () => undefined));
  // One that nobody uses tells the pool, which drops it by itself and must be listened to for the same reason.
  pool.on('error', (error) => {
    options.log?.(`A database connection of ${options.applicationName} was lost (${error.message}).`);
  });
  return pool;
}

function startupOptions(role: DatabaseRole): string {
  if (role === undefined) return '';
  const settings = Object.entries({ role, ...timeouts[role] });
  return settings.map(([name, value]) => `-c ${name}=${value}`).join(' ');
}

/** The connection string's own startup options stay: an operator may need some, such as Citus' way of passing settings on. */
export function withStartupOptions(connectionString: string, added: string): string {
  if (added === '') return connectionString;
  const queryAt = connectionString.indexOf('?');
  const address = queryAt === -1 ? connectionString : connectionString.slice(0, queryAt);
  const query = new URLSearchParams(queryAt === -1 ? '' : connectionString.slice(queryAt + 1));
  query.set('options', [query.get('options'), added].filter(Boolean).join(' '));
  return `${address}?${query}`;
}
