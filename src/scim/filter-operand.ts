/** The type rules of a comparison (RFC 7644 §3.4.2.2, table 3): which operator and which value an attribute takes. */

import { asciiLower } from './ascii.ts';
import { printAttributeName } from './attribute-name.ts';
import { hasTooManyMarks, tooManyMarks } from './combining-marks.ts';
import { instantOf } from './date-time.ts';
import type { ScimError } from './errors.ts';
import { withoutDerived } from './etag.ts';
import type { FilterTarget } from './filter.ts';
import type { Tolerances } from './quirks.ts';
import { findSubAttribute } from './schema.ts';

export type CompareOperator = 'eq' | 'ne' | 'co' | 'sw' | 'ew' | 'gt' | 'ge' | 'lt' | 'le';
export type FilterLiteral = string | number | boolean | null;

/** A complex attribute that has a `value` is compared by it: `emails eq`, `manager eq` (RFC 7644 figure 2, quirk E5). */
export function defaultSubAttribute(target: FilterTarget): FilterTarget {
  if (target.attribute.type !== 'complex' || target.subAttribute !== undefined) return target;
  const value = findSubAttribute(target.attribute, 'value');
  return value === undefined ? target : { ...target, subAttribute: value };
}

/** The value as the attribute's type wants it, or an error made by `refuse`. `bare` is the word as written, if it was not quoted. */
export function fitOperand(
  target: FilterTarget,
  operator: CompareOperator,
  operand: { value: FilterLiteral; bare: string | undefined },
  refuse: (detail: string) => ScimError,
  tolerances: Tolerances,
): FilterLiteral {
  const { type, opaque } = target.subAttribute ?? target.attribute;
  const name = printAttributeName(target);
  const { value, bare } = operand;
  if (type === 'complex') throw refuse(`${name} is complex; compare one of its sub-attributes`);
  if (value === null) {
    if (operator === 'eq' || operator === 'ne') return null;
    throw refuse(`null can only be compared with eq and ne`);
  }
  if (typeof value === 'string' && hasTooManyMarks(value)) throw refuse(tooManyMarks(`The value for ${name}`));
  if (opaque === true) return value;
  const refuseOperator = () => refuse(`${operator} cannot be used with ${name}, which is a ${type}`);
  const equality = operator === 'eq' || operator === 'ne';
  const ordering = operator === 'gt' || operator === 'ge' || operator === 'lt' || operator === 'le';
  switch (type) {
    case 'boolean': {
      if (!equality) throw refuseOperator();
      const boolean = typeof value === 'boolean' ? value : booleanOf(value);
      if (boolean === undefined) throw refuse(`${name} is compared with true or false`);
      if (typeof value === 'string') {
        tolerances.add('bool-as-string', () =>
          refuse(`${name} is compared with true or false, without quotation marks`),
        );
      }
      return boolean;
    }
    case 'integer':
    case 'decimal': {
      if (!equality && !ordering) throw refuseOperator();
      const number = typeof value === 'string' ? numberOf(value, type) : value;
      if (typeof number !== 'number') throw refuse(`${name} is compared with a number`);
      if (typeof value === 'string') {
        tolerances.add('number-as-string', () => refuse(`${name} is compared with a number, without quotation marks`));
      }
      return number;
    }
    case 'dateTime':
      if (!equality && !ordering) throw refuseOperator();
      if (typeof value !== 'string' || instantOf(value) === undefined) {
        throw refuse(`${name} is compared with a dateTime such as "2026-01-31T08:00:00Z"`);
      }
      return value;
    default:
      if (type === 'binary' && ordering) throw refuseOperator();
      if (bare !== undefined) {
        tolerances.add('bare-word', () => refuse(`${name} is compared with a string in double quotation marks`));
        return bare;
      }
      // The tag of a user in a group, and of a group, is about these too. What is searched is the version.
      return isVersion(target) && equality && typeof value === 'string' ? withoutDerived(value) : value;
  }
}

const isVersion = ({ extension, attribute, subAttribute }: FilterTarget) =>
  extension === undefined && attribute.name === 'meta' && subAttribute?.name === 'version';

/** Whether a number other than zero is read as zero, since a double holds none that small. */
export function isLostToZero(text: string, number: number): boolean {
  if (number !== 0) return false;
  for (const character of text) {
    if (character === 'e' || character === 'E') return false;
    if (character >= '1' && character <= '9') return true;
  }
  return false;
}

/**
 * The number that a text is by the grammar of JSON and as a double holds it, and nothing that only a programming language would read as one. An integer has
 * neither a fraction nor an exponent (RFC 7643 §2.3.4).
 */
export function numberOf(text: string, type: 'integer' | 'decimal' = 'decimal'): number | undefined {
  if (type === 'integer' && (text.includes('.') || text.includes('e') || text.includes('E'))) return undefined;
  const [first, last] = [text.charCodeAt(0), text.charCodeAt(text.length - 1)];
  const isDigit = (code: number) => code >= 0x30 && code <= 0x39;
  if (!(first === 0x2d || isDigit(first)) || !isDigit(last)) return undefined;
  try {
    const number: unknown = JSON.parse(text);
    if (typeof number !== 'number' || !Number.isFinite(number) || isLostToZero(text, number)) return undefined;
    return number;
  } catch {
    return undefined;
  }
}

/** True and False in any letter case (quirk E21). */
export function booleanOf(value: unknown): boolean | undefined {
  if (typeof value !== 'string') return undefined;
  const lower = asciiLower(value);
  return lower === 'true' ? true : lower === 'false' ? false : undefined;
}
