/** The keys with one beginning, as a range that an index answers. */
import { caseKey } from '../scim/case-key.ts';

/** A condition that a key, named as SQL names it, is in the range. */
export type KeyRange = (key: string) => string;

/**
 * The range of the keys that begin as a text does, in any letter case. Its bounds are added to the values of the statement.
 *
 * Keys are in the order of code points, in which the texts with one beginning follow each other. Unlike LIKE, the
 * comparisons that bound them reach an index under row-level security.
 */
export function keysFrom(text: string, values: unknown[]): KeyRange {
  const beginning = caseKey(text);
  const end = afterAllWith(beginning);
  const from = values.push(beginning);
  const to = end === undefined ? undefined : values.push(end);
  return (key) =>
    to === undefined
      ? `${key} collate "C" >= $${from}::text`
      : `(${key} collate "C" >= $${from}::text and ${key} collate "C" < $${to}::text)`;
}

/** The least text that is greater than all with this beginning; undefined if there is none. */
export function afterAllWith(beginning: string): string | undefined {
  const characters = [...beginning];
  for (let last = characters.pop(); last !== undefined; last = characters.pop()) {
    const codePoint = last.codePointAt(0) as number;
    if (codePoint === lastCodePoint) continue;
    // Behind the last one before the surrogates, which no text holds, comes the first one after them.
    const next = codePoint === 0xd7ff ? 0xe000 : codePoint + 1;
    return characters.join('') + String.fromCodePoint(next);
  }
  return undefined;
}

const lastCodePoint = 0x10ffff;
