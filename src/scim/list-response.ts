/** Pages of a list (RFC 7644 §3.4.2, §3.4.2.4). */

import { limits } from '../limits.ts';
import { invalidValue } from './errors.ts';

export const listSchema = 'urn:ietf:params:scim:api:messages:2.0:ListResponse';

/**
 * The page that a query asks for. `startIndex` counts from 1 and anything below means 1; `count` below 0 means 0, above the bound
 * the bound, and none the default. Throws invalidValue for what is no whole number.
 */
export function parseListQuery(query: { startIndex?: string | undefined; count?: string | undefined }): {
  startIndex: number;
  count: number;
} {
  const startIndex = wholeNumber('startIndex', query.startIndex) ?? 1;
  const count = wholeNumber('count', query.count) ?? limits.pageSizeDefault;
  return {
    startIndex: Math.min(Math.max(startIndex, 1), Number.MAX_SAFE_INTEGER),
    count: Math.min(Math.max(count, 0), limits.pageSizeMax),
  };
}

/**
 * The body of a list. `resources` are JSON texts, which are not parsed and printed again. Numbers are numbers and `Resources` is
 * there even when empty: Okta gives up silently on anything else (OK8, okta-wire.md §17).
 */
export function listResponseText(parts: {
  totalResults: number;
  startIndex: number;
  resources: readonly string[];
}): string {
  const { totalResults, startIndex, resources } = parts;
  return `{"schemas":["${listSchema}"],"totalResults":${totalResults},"startIndex":${startIndex},"itemsPerPage":${resources.length},"Resources":[${resources.join(',')}]}`;
}

function wholeNumber(name: string, text: string | undefined): number | undefined {
  if (text === undefined || text === '') return undefined;
  const start = text[0] === '-' || text[0] === '+' ? 1 : 0;
  const digits = text.slice(start);
  const isWhole = digits !== '' && [...digits].every((character) => character >= '0' && character <= '9');
  if (!isWhole) throw invalidValue(`${name} must be a whole number`);
  return text[0] === '-' ? -Number(digits) : Number(digits);
}
