/** Pages of a list (RFC 7644 §3.4.2, §3.4.2.4; RFC 9865 §2). */

import { limits } from '../limits.ts';
import { invalidCount, invalidValue, type ScimError } from './errors.ts';

export const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/** By index from 1, or by a cursor, of which the first page has none. */
export type Paging =
  | { kind: 'index'; startIndex: number; count: number }
  | { kind: 'cursor'; cursor: string | undefined; count: number };

/** What happens to a count above the bound: the RFC lets a server return less than was asked for. */
export type AboveMaximum = 'cap' | 'refuse';

/**
 * The page that a query asks for. Whoever names a cursor, even an empty one, pages by cursor; everyone else by index
 * (RFC 9865 §2.4).
 *
 * @throws ScimError invalidValue for what is no whole number or if both ways are asked for, invalidCount for the count of a
 *   query by cursor
 */
export function parsePaging(
  query: {
    startIndex?: string | undefined;
    count?: string | undefined;
    cursor?: string | undefined;
  },
  aboveMaximum: AboveMaximum = 'cap',
): Paging {
  if (query.cursor === undefined) return { kind: 'index', ...parseListQuery(query, aboveMaximum) };
  if (query.startIndex !== undefined && query.startIndex !== '') {
    throw invalidValue('startIndex and cursor are two ways to page; send one of them');
  }
  const count = boundedCount(query.count, invalidCount, aboveMaximum);
  return { kind: 'cursor', cursor: query.cursor === '' ? undefined : query.cursor, count };
}

/**
 * The page of a query by index. `startIndex` counts from 1 and anything below means 1; `count` below 0 means 0, above the bound
 * the bound, and none the default. Throws invalidValue for what is no whole number.
 */
export function parseListQuery(
  query: { startIndex?: string | undefined; count?: string | undefined },
  aboveMaximum: AboveMaximum = 'cap',
): {
  startIndex: number;
  count: number;
} {
  const startIndex = wholeNumber('startIndex', query.startIndex, invalidValue) ?? 1;
  return {
    startIndex: Math.min(Math.max(startIndex, 1), Number.MAX_SAFE_INTEGER),
    count: boundedCount(query.count, invalidValue, aboveMaximum),
  };
}

/**
 * The body of a list. `resources` are JSON texts, which are not parsed and printed again. Numbers are numbers and `Resources` is
 * there even when empty: Okta gives up silently on anything else (OK8, okta-wire.md §17). A page by cursor has no
 * `startIndex`, and no `nextCursor` if it is the last.
 */
export function listResponseText(parts: {
  totalResults: number;
  startIndex?: number;
  nextCursor?: string | undefined;
  resources: readonly string[];
}): string {
  const { totalResults, startIndex, nextCursor, resources } = parts;
  const start = startIndex === undefined ? '' : `,"startIndex":${startIndex}`;
  const next = nextCursor === undefined ? '' : `,"nextCursor":"${nextCursor}"`;
  return `{"schemas":["${listSchema}"],"totalResults":${totalResults}${start},"itemsPerPage":${resources.length}${next},"Resources":[${resources.join(',')}]}`;
}

type Refuse = (detail: string) => ScimError;

function boundedCount(text: string | undefined, refuse: Refuse, aboveMaximum: AboveMaximum): number {
  const count = wholeNumber('count', text, refuse) ?? limits.pageSizeDefault;
  if (aboveMaximum === 'refuse' && count > limits.pageSizeMax) {
    throw refuse(`count must be at most ${limits.pageSizeMax}`);
  }
  return Math.min(Math.max(count, 0), limits.pageSizeMax);
}

function wholeNumber(name: string, text: string | undefined, refuse: Refuse): number | undefined {
  if (text === undefined || text === '') return undefined;
  const start = text[0] === '-' || text[0] === '+' ? 1 : 0;
  const digits = text.slice(start);
  const isWhole = digits !== '' && [...digits].every((character) => character >= '0' && character <= '9');
  if (!isWhole) throw refuse(`${name} must be a whole number`);
  return text[0] === '-' ? -Number(digits) : Number(digits);
}
