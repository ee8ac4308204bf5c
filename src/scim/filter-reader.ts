/** The pieces of a filter's text: words, strings, brackets. Each is read once, from the reader's position on. */

import { limits } from '../limits.ts';
import { asciiLower } from './ascii.ts';
import { invalidFilter, type ScimError } from './errors.ts';
import { type FilterLiteral, numberOf } from './filter-operand.ts';
import type { Tolerances } from './quirks.ts';

export type Reader = {
  text: string;
  position: number;
  depth: number;
  nodes: number;
  /** What its comparisons cost (filter-cost.ts). */
  cost: number;
  tolerances: Tolerances;
};

/** A JSON string, number, true, false or null; any other word is bare (quirk E4). */
export function readLiteral(reader: Reader): { value: FilterLiteral; bare: string | undefined } {
  const { text, position } = reader;
  if (position >= text.length) throw problem(reader, 'it ends where a value is expected');
  if (text[position] === '"') return { value: readString(reader), bare: undefined };
  if (text[position] === "'") throw problem(reader, 'strings stand in double quotation marks');
  const word = readWord(reader);
  if (word === '') throw problem(reader, 'a value is expected');
  const lower = asciiLower(word);
  if (lower === 'null') return { value: null, bare: undefined };
  if (lower === 'true' || lower === 'false') return { value: lower === 'true', bare: word };
  return { value: numberOf(word) ?? word, bare: word };
}

function readString(reader: Reader): string {
  const { text } = reader;
  const start = reader.position;
  let end = start + 1;
  while (end < text.length && text[end] !== '"') end += text[end] === '\\' ? 2 : 1;
  if (end >= text.length) throw problem(reader, 'a string has no closing quotation mark');
  let value: unknown;
  try {
    value = JSON.parse(text.slice(start, end + 1));
  } catch {
    throw problem(reader, 'a string is not a JSON string');
  }
  if (typeof value !== 'string' || value.includes('\u0000') || !value.isWellFormed()) {
    throw problem(reader, 'a string holds characters that are not text');
  }
  reader.position = end + 1;
  return value;
}

/** Characters up to a space, a bracket, a quotation mark or the end. */
export function readWord(reader: Reader): string {
  const start = reader.position;
  while (reader.position < reader.text.length && !' ()[]"'.includes(reader.text[reader.position] as string))
    reader.position++;
  return reader.text.slice(start, reader.position);
}

/** Moves past the keyword if it comes next and stands alone. */
export function skipWord(reader: Reader, keyword: string): boolean {
  const start = reader.position;
  skipSpaces(reader);
  if (asciiLower(readWord(reader)) === keyword) return true;
  reader.position = start;
  skipSpaces(reader);
  return false;
}

export function skipSpaces(reader: Reader): void {
  while (reader.text[reader.position] === ' ') reader.position++;
}

/** Goes into a bracket, of which filters may nest limits.filterDepthMax. */
export function enter(reader: Reader): void {
  if (++reader.depth > limits.filterDepthMax) {
    throw invalidFilter(`The filter nests deeper than ${limits.filterDepthMax} levels`);
  }
  reader.position++;
}

/** Goes out of a bracket, which has to be closed here. */
export function leave(reader: Reader, bracket: string): void {
  skipSpaces(reader);
  if (reader.text[reader.position] !== bracket) throw problem(reader, `a closing ${bracket} is expected`);
  reader.position++;
  reader.depth--;
}

/** The error for what stands at the reader's position, counted from 1. */
export function problem(reader: Reader, cause: string): ScimError {
  return invalidFilter(`The filter is not valid at position ${reader.position + 1}: ${cause}`);
}
