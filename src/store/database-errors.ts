import { organizationBusy } from './fair-connections.ts';

/** What went wrong in the database, as far as callers may act on it. */
export type DatabaseFault =
  | { readonly kind: 'unique'; readonly constraint: string }
  /** A rule about counts that the database keeps, such as that of the last admin. */
  | { readonly kind: 'check'; readonly constraint: string }
  | { readonly kind: 'bad-input' }
  /** The organization's schemas were changed since the request was held against them (definition-writing.ts). */
  | { readonly kind: 'definitions-changed' }
  | { readonly kind: 'unavailable' }
  /** A statement took longer than one may, and was stopped. */
  | { readonly kind: 'too-slow' }
  /** The organization's own requests hold all the connections that it may have. */
  | { readonly kind: 'busy' }
  | { readonly kind: 'unexpected' };

/**
 * Classifies an error that a statement or a connection raised. Input that PostgreSQL cannot represent is the client's
 * mistake; a store that is away, overloaded or in conflict after retries is an outage, never an empty answer.
 */
export function databaseFault(error: unknown): DatabaseFault {
  const code = errorCode(error);
  if (code === undefined) return { kind: 'unexpected' };
  if (code === '23505') return { kind: 'unique', constraint: constraintName(error) };
  if (code === '23514') {
    const constraint = constraintName(error);
    return { kind: keptUnique.has(constraint) ? 'unique' : 'check', constraint };
  }
  if (code === '23502' && String((error as { message?: unknown }).message).includes('schemas_version')) {
    return { kind: 'definitions-changed' };
  }
  if (code === organizationBusy) return { kind: 'busy' };
  if (badInput.has(code)) return { kind: 'bad-input' };
  if (code === '57014') return { kind: 'too-slow' };
  if (unavailable.has(code) || code.startsWith('08') || code.startsWith('57P') || code.startsWith('53')) {
    return { kind: 'unavailable' };
  }
  return { kind: 'unexpected' };
}

/** Whether the database itself cannot be used now, as opposed to a lock or a conflict in the way of one transaction. */
export function isDatabaseAway(error: unknown): boolean {
  return databaseFault(error).kind === 'unavailable' && !isRetryable(error) && !isLockTimeout(error);
}

/**
 * Whether the same transaction may succeed when it is run again: serialization failures and deadlocks (40001, 40P01), and a prepared
 * statement that is not there (26000). The first use of a statement on a connection prepares it, and uses that travel right behind go
 * by that; if it stands behind an error in its transaction, nothing was prepared, and they find out.
 */
export function isRetryable(error: unknown): boolean {
  return retryable.has(errorCode(error) ?? '');
}

/** Whether a lock was not to be had in the time that the transaction waits for one. */
export const isLockTimeout = (error: unknown): boolean => errorCode(error) === '55P03';

const retryable: ReadonlySet<string> = new Set(['40001', '40P01', '26000']);

/**
 * The violated constraint's name, from the field where there is one and else from the message: a distributed
 * PostgreSQL leaves the field out and appends the shard's number to the name.
 */
export function constraintName(error: unknown): string {
  const { constraint, message } = error as { constraint?: unknown; message?: unknown };
  const named = typeof constraint === 'string' ? constraint : (/constraint "([^"]+)"/.exec(String(message))?.[1] ?? '');
  return named.replace(/_\d+$/, '');
}

/** Checks that keep what no unique index can: the statement has looked for others. */
const keptUnique = new Set(['teams_name_in_force']);

/** What a text may be that is no value of its type: of class 22 those that speak of texts, and JSON that is nested too deep. */
const badInput = new Set([
  ...[
    '22001',
    '22003',
    '22007',
    '22008',
    '22018',
    '22019',
    '22021',
    '22023',
    '22025',
    '22026',
    '22P02',
    '22P03',
    '22P05',
  ],
  '54001',
]);

/** 55P03 is our own lock timeout; the rest are Node's words for a server that is not there. */
const unavailable = new Set([
  ...retryable,
  '55P03',
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ENOENT',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'ENOTFOUND',
]);

function errorCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null)?.code;
  if (typeof code === 'string') return code;
  // pg reports its own time limits and a connection that ended under a query with a message only.
  const message = error instanceof Error ? error.message : '';
  if (
    /timeout exceeded when trying to connect|Connection terminated|connection error and is not queryable/i.test(message)
  ) {
    return 'ECONNRESET';
  }
  return undefined;
}
