/**
 * JSON bodies, read strictly (security.md R22). `JSON.parse` takes the last of two equal keys, cuts numbers to what a double
 * holds, and lets through texts that the database refuses; a server that checks one reading and stores another can be
 * tricked. So one pass over the text goes ahead of it and refuses:
 *
 * - bytes that are not UTF-8, unpaired surrogates, NUL characters;
 * - an object that names one key twice, also when the two differ in letter case or by a look-alike of an ASCII letter,
 *   since SCIM compares names without case (RFC 7643 §2.1);
 * - the key `__proto__`;
 * - nesting beyond a bound, numbers that a double does not hold, and more keys or values than bounds allow.
 *
 * The pass finds strings, keys and brackets only; whether the whole is JSON is left to `JSON.parse`.
 */

import { isUtf8 } from 'node:buffer';
import { limits } from '../limits.ts';
import { invalidSyntax, invalidValue, payloadTooLarge } from '../scim/errors.ts';
import { isLostToZero } from '../scim/filter-operand.ts';

export type StrictJsonLimits = {
  /** Arrays and objects that may be inside each other. */
  jsonDepthMax: number;
  /** Keys that one object may have. */
  jsonKeysMax: number;
  /** Keys and elements that the whole may have. */
  jsonValuesMax: number;
};

/** Parses a body; a byte order mark ahead of it is skipped. Throws invalidSyntax, invalidValue or payloadTooLarge, naming the place. */
export function parseStrictJson(body: Buffer, bounds: StrictJsonLimits = limits): unknown {
  if (!isUtf8(body)) throw invalidSyntax('The body is not UTF-8');
  const decoded = body.toString('utf8');
  const text = decoded.charCodeAt(0) === 0xfeff ? decoded.slice(1) : decoded;
  if (text.trim() === '') throw invalidSyntax('The body is empty; JSON is expected');
  scan(text, bounds);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw invalidSyntax(`The body is not JSON${positionOf(error)}`);
  }
}

/** One open array or object. `keys` holds the folded keys seen; small objects are searched, large ones get a set. */
type Level = {
  isObject: boolean;
  expectsKey: boolean;
  key: string;
  index: number;
  keys: string[];
  manyKeys: Set<string> | undefined;
};

const quote = 0x22;
const backslash = 0x5c;
/** Keys up to which comparing them one by one is faster than a set. */
const fewKeys = 8;

function scan(text: string, { jsonDepthMax, jsonKeysMax, jsonValuesMax }: StrictJsonLimits): void {
  const levels: Level[] = [];
  let level: Level | undefined;
  // A value stands behind a comma or is the first of its list or object, so this is never less than there are.
  let values = 0;
  const countValue = () => {
    if (++values > jsonValuesMax) throw payloadTooLarge(`The body holds more than ${jsonValuesMax} values`);
  };
  let position = 0;
  while (position < text.length) {
    const code = text.charCodeAt(position);
    switch (code) {
      case quote: {
        const end = closingQuote(text, position);
        if (end === -1) return;
        readString(text, position, end, level, levels);
        position = end;
        break;
      }
      case 0x7b: // {
      case 0x5b: // [
        if (levels.length === jsonDepthMax) {
          throw invalidSyntax(`The body nests deeper than ${jsonDepthMax} levels${place(levels)}`);
        }
        countValue();
        level = {
          isObject: code === 0x7b,
          expectsKey: code === 0x7b,
          key: '',
          index: 0,
          keys: [],
          manyKeys: undefined,
        };
        levels.push(level);
        break;
      case 0x7d: // }
      case 0x5d: // ]
        levels.pop();
        level = levels.at(-1);
        break;
      case 0x2c: // ,
        countValue();
        if (level !== undefined) {
          level.expectsKey = level.isObject;
          level.index++;
          if (level.isObject && level.index === jsonKeysMax) {
            throw invalidSyntax(`An object has more than ${jsonKeysMax} keys${place(levels.slice(0, -1))}`);
          }
        }
        break;
      default:
        if (code === 0x2d || (code >= 0x30 && code <= 0x39)) position = readNumber(text, position, levels) - 1;
    }
    position++;
  }
}

/** The position of the quotation mark that ends the string, or -1. */
function closingQuote(text: string, open: number): number {
  let position = open + 1;
  for (;;) {
    const end = text.indexOf('"', position);
    if (end === -1) return -1;
    let backslashes = 0;
    while (text.charCodeAt(end - 1 - backslashes) === backslash) backslashes++;
    if (backslashes % 2 === 0) return end;
    position = end + 1;
  }
}

function readString(text: string, open: number, end: number, level: Level | undefined, levels: Level[]): void {
  const raw = text.slice(open + 1, end);
  const isKey = level?.expectsKey === true;
  const value = raw.includes('\\') ? decodeEscapes(raw) : raw;
  if (isKey && level !== undefined) {
    level.expectsKey = false;
    level.key = value ?? raw;
  }
  if (value === undefined) return;
  if (value.includes('\u0000')) throw invalidValue(`A NUL character cannot be kept${place(levels)}`);
  if (value !== raw && !value.isWellFormed()) throw invalidValue(`A character is only half there${place(levels)}`);
  if (isKey && level !== undefined) addKey(level, value, levels);
}

/** Undefined when the escapes are wrong, which JSON.parse will say better. */
function decodeEscapes(raw: string): string | undefined {
  try {
    return JSON.parse(`"${raw}"`) as string;
  } catch {
    return undefined;
  }
}

function addKey(level: Level, key: string, levels: Level[]): void {
  const folded = foldKey(key);
  if (folded === '__proto__') throw invalidSyntax(`The key __proto__ is not allowed${place(levels)}`);
  const seen = level.manyKeys?.has(folded) ?? level.keys.includes(folded);
  if (seen) throw invalidSyntax(`The body names one attribute twice${place(levels)}`);
  if (level.manyKeys !== undefined) level.manyKeys.add(folded);
  else if (level.keys.push(folded) > fewKeys) level.manyKeys = new Set(level.keys);
}

/** Lower case, with the letters beyond ASCII that some case mapping takes for an ASCII one: U+212A, U+017F, U+0131, U+0130. */
function foldKey(key: string): string {
  const lower = key.toLowerCase();
  for (let index = 0; index < lower.length; index++) {
    if (lower.charCodeAt(index) > 0x7f) {
      return lower.replaceAll('\u017f', 's').replaceAll('\u0131', 'i').replaceAll('i\u0307', 'i');
    }
  }
  return lower;
}

/** Returns the position after the number. Whole numbers beyond 2^53 and magnitudes that no double has would not come back as sent. */
function readNumber(text: string, start: number, levels: Level[]): number {
  let end = start;
  let isWhole = true;
  while (end < text.length) {
    const code = text.charCodeAt(end);
    const isDigit = code >= 0x30 && code <= 0x39;
    const isPart = isDigit || code === 0x2d || code === 0x2b || code === 0x2e || code === 0x45 || code === 0x65;
    if (!isPart) break;
    if (code === 0x2e || code === 0x45 || code === 0x65) isWhole = false;
    end++;
  }
  // Fifteen digits are always safe, and nearly every number has fewer.
  if (end - start <= 15 && isWhole) return end;
  const written = text.slice(start, end);
  const value = Number(written);
  if (Number.isNaN(value)) return end;
  const fits = isWhole ? Number.isSafeInteger(value) : Number.isFinite(value);
  if (!fits) throw invalidValue(`A number is too large to be kept exactly${place(levels)}`);
  if (isLostToZero(written, value)) throw invalidValue(`A number is too small to be kept exactly${place(levels)}`);
  return end;
}

/** Where the scanner is, as ` at emails[0].value`; nothing at the top. Keys are cut, since they are the client's. */
function place(levels: readonly Level[]): string {
  let path = '';
  for (const level of levels.slice(0, 8)) {
    if (!level.isObject) path += `[${level.index}]`;
    else if (level.key !== '')
      path += `${path === '' ? '' : '.'}${level.key.toWellFormed().slice(0, 64).replaceAll('\u0000', '')}`;
  }
  return path === '' ? '' : ` at ${path}`;
}

/** Only the position of the parser's message: the rest may quote the body. */
function positionOf(error: unknown): string {
  const message = error instanceof Error ? error.message : '';
  const marker = ' at position ';
  const start = message.lastIndexOf(marker);
  if (start === -1) return '';
  const position = Number.parseInt(message.slice(start + marker.length), 10);
  return Number.isNaN(position) ? '' : ` (position ${position + 1})`;
}
