/** What is equal to a filter, to an index and in a list of values has one key (RFC 7643 §2.2, §2.4; RFC 7644 §3.4.2.2). */

import { caseKey } from './case-key.ts';
import { instantOf } from './date-time.ts';
import type { Attribute } from './schema.ts';

/** The key of a value of the attribute. What is no text is its own. */
export function comparisonKey(attribute: Attribute, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (attribute.type === 'dateTime') return instantOf(value);
  return attribute.caseExact ? value : caseKey(value);
}
