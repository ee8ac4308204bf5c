/**
 * The work of one PATCH (security.md R21). It is all done at once, and nobody else is answered meanwhile, so each part is paid for
 * before it is done. A unit is about a microsecond.
 */

import { limits } from '../limits.ts';
import { isAscii } from './case-key.ts';
import { payloadTooLarge } from './errors.ts';
import type { Filter } from './filter.ts';
import type { Resource } from './schema.ts';

/** `left` is what may still be spent. */
export type PatchWork = { left: number };

export const patchWork = (): PatchWork => ({ left: limits.patchWorkMax });

/** @throws ScimError payloadTooLarge, naming the limit, where more is spent than is left */
export function spend(work: PatchWork, units: number): void {
  work.left -= units;
  if (work.left >= 0) return;
  throw payloadTooLarge(
    `The PATCH asks for more work than one request may; its limit is ${limits.patchWorkMax} units. ` +
      'Send it in parts, or select fewer values by shorter filters',
  );
}

/** A path is read character by character. */
export const costOfPath = (path: string): number => 1 + path.length / 3;

/** How much there is in an attribute. */
export type Extent = {
  /** Elements of a list; of a complex value, its parts. */
  count: number;
  /** Their text, as `textOf` measures it. */
  text: number;
};

/** A list is gone through and put together again, and what is looked at in an element is prepared. */
export const costOfList = ({ count, text }: Extent): number => count / 3 + text / 128;

/** Changed elements are made anew, and told apart by their text. */
export const costOfChanged = (changed: number, { count, text }: Extent): number =>
  changed === 0 ? 0 : changed * 2 + ((changed / count) * text) / 64;

/** Each comparison is made with each element. Only `co` goes through all of a text. */
export function costOfSelection(filter: Filter, { count, text }: Extent): number {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return filter.filters.reduce((cost, each) => cost + costOfSelection(each, { count, text }), 0);
    case 'not':
    case 'valuePath':
      return costOfSelection(filter.filter, { count, text });
    case 'present':
      return count / 8;
    case 'compare': {
      const operand = typeof filter.value === 'string' ? filter.value.length : 1;
      return count / 8 + (filter.operator === 'co' ? text / 32 : Math.min(text, count * operand) / 256);
    }
  }
}

/** What it costs to try each element on a filter. */
export const costOfLooking = (filter: Filter, extent: Extent): number =>
  costOfList(extent) + costOfSelection(filter, extent);

/** What a value that came costs to read: its parts and their text. */
export function costOfValue(value: unknown): number {
  if (typeof value === 'string') return 1 + textOf(value) / 64;
  if (typeof value !== 'object' || value === null) return 1;
  let cost = 2;
  if (Array.isArray(value)) for (const each of value) cost += costOfValue(each);
  else for (const name in value) cost += 1 + name.length / 64 + costOfValue((value as Resource)[name]);
  return cost;
}

/** The characters of a value and of what is in it. Beyond ASCII each is folded by itself, and counts as several. */
export function textOf(value: unknown): number {
  if (typeof value === 'string') return isAscii(value) ? value.length : value.length * 16;
  if (typeof value !== 'object' || value === null) return 8;
  let text = 0;
  if (Array.isArray(value)) for (const each of value) text += textOf(each);
  else for (const name in value) text += 4 + textOf((value as Resource)[name]);
  return text;
}
