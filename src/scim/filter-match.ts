/**
 * Evaluates a filter over a resource in canonical form (RFC 7644 §3.4.2.2). store/filter-sql.ts says the same in SQL.
 *
 * What the RFC leaves open: a comparison is true or false, never unknown, so `not` is plain negation. A missing value equals
 * only null; it differs from every value, so `ne` holds for it; no other operator does. A missing `primary` compares as false
 * (RFC 7643 §2.4).
 */

import { printAttributeName } from './attribute-name.ts';
import { isObject, own } from './attribute-value.ts';
import { comparisonKey } from './comparison-key.ts';
import type { Filter, FilterTarget } from './filter.ts';
import type { CompareOperator, FilterLiteral } from './filter-operand.ts';
import type { Attribute, Resource } from './schema.ts';

/** Whether a resource (or, for the filter of a value path, a value of a multi-valued attribute) matches. */
export type Matcher = (resource: Resource) => boolean;

/** Whether one resource matches. What looks at many of them takes a matcher. */
export function matchesFilter(filter: Filter, resource: Resource): boolean {
  return matcherOf(filter)(resource);
}

/** The filter as a test whose operands are prepared once. */
export function matcherOf(filter: Filter): Matcher {
  const test = prepared(filter);
  return (resource) => test(new Looked(resource));
}

/** A resource that is looked at: however many comparisons are about one attribute, its values are prepared once. */
class Looked {
  readonly resource: Resource;
  readonly #keys = new Map<string, unknown[]>();

  constructor(resource: Resource) {
    this.resource = resource;
  }

  /** The comparison keys of the values that are present; `name` stands for the target. */
  keysAt(name: string, target: FilterTarget): unknown[] {
    let keys = this.#keys.get(name);
    if (keys === undefined) {
      const leaf = target.subAttribute ?? target.attribute;
      const values = withDefaults(leaf, target, valuesAt(target, this.resource));
      keys = values.filter(isPresent).map((value) => comparisonKey(leaf, value));
      this.#keys.set(name, keys);
    }
    return keys;
  }
}

function prepared(filter: Filter): (looked: Looked) => boolean {
  switch (filter.kind) {
    case 'and': {
      const tests = filter.filters.map(prepared);
      return (looked) => tests.every((test) => test(looked));
    }
    case 'or': {
      const tests = filter.filters.map(prepared);
      return (looked) => tests.some((test) => test(looked));
    }
    case 'not': {
      const test = prepared(filter.filter);
      return (looked) => !test(looked);
    }
    case 'present':
      return ({ resource }) => valuesAt(filter.target, resource).some(isPresent);
    case 'compare':
      return preparedComparison(filter.target, filter.operator, filter.value);
    case 'valuePath': {
      const matches = matcherOf(filter.filter);
      return ({ resource }) => valuesAt(filter.target, resource).some((each) => matches(inBrackets(each)));
    }
  }
}

/** A value as a filter in brackets looks at it: a simple one is its own `value` (RFC 7643 §2.4). */
export const inBrackets = (value: unknown): Resource => (isObject(value) ? value : { value });

/** The test that one value of the attribute passes or not. */
function preparedComparison(
  target: FilterTarget,
  operator: CompareOperator,
  expected: FilterLiteral,
): (looked: Looked) => boolean {
  if (expected === null) {
    return ({ resource }) => valuesAt(target, resource).some(isPresent) === (operator === 'ne');
  }
  const name = printAttributeName(target);
  const key = comparisonKey(target.subAttribute ?? target.attribute, expected);
  return (looked) => {
    const keys = looked.keysAt(name, target);
    if (keys.length === 0) return operator === 'ne';
    return keys.some((held) => compares(operator, held, key));
  };
}

function withDefaults(leaf: Attribute, target: FilterTarget, values: unknown[]): unknown[] {
  if (leaf.name !== 'primary' || leaf.type !== 'boolean' || leaf.multiValued) return values;
  if (target.subAttribute !== undefined && !target.attribute.multiValued) return values;
  return values.length === 0 && target.subAttribute === undefined ? [false] : values.map((each) => each ?? false);
}

/** Both sides are comparison keys. */
function compares(operator: CompareOperator, left: unknown, right: unknown): boolean {
  if (operator === 'ne') return left !== right;
  if (typeof left !== typeof right) return false;
  if (operator === 'eq') return left === right;
  if (typeof left === 'string' && typeof right === 'string') {
    if (operator === 'co') return left.includes(right);
    if (operator === 'sw') return left.startsWith(right);
    if (operator === 'ew') return left.endsWith(right);
    return holds(operator, compareCodePoints(left, right));
  }
  if (typeof left === 'number' && typeof right === 'number') return holds(operator, left - right);
  return false;
}

function holds(operator: CompareOperator, difference: number): boolean {
  switch (operator) {
    case 'gt':
      return difference > 0;
    case 'ge':
      return difference >= 0;
    case 'lt':
      return difference < 0;
    case 'le':
      return difference <= 0;
    default:
      return false;
  }
}

/** The order of code points, which is that of UTF-8 bytes: what the database compares by. */
function compareCodePoints(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let index = 0; index < shorter; index++) {
    const leftUnit = left.charCodeAt(index);
    const rightUnit = right.charCodeAt(index);
    if (leftUnit === rightUnit) continue;
    // A surrogate stands for a code point above all others, but sorts below U+E000–U+FFFF as a unit.
    const leftIsSurrogate = leftUnit >= 0xd800 && leftUnit <= 0xdfff;
    const rightIsSurrogate = rightUnit >= 0xd800 && rightUnit <= 0xdfff;
    if (leftIsSurrogate !== rightIsSurrogate) return leftIsSurrogate ? 1 : -1;
    return leftUnit - rightUnit;
  }
  return left.length - right.length;
}

function valuesAt(target: FilterTarget, resource: Resource): unknown[] {
  const holder = target.extension === undefined ? resource : own(resource, target.extension);
  const value = isObject(holder) ? own(holder, target.attribute.name) : undefined;
  const values = Array.isArray(value) ? value : value === undefined ? [] : [value];
  const sub = target.subAttribute;
  if (sub === undefined) return values;
  // A sub-attribute may be a list itself: its values are those of all values of the attribute.
  return values.flatMap((each) => (isObject(each) ? own(each, sub.name) : undefined));
}

function isPresent(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return false;
  if (Array.isArray(value)) return value.some(isPresent);
  return isObject(value) ? Object.values(value).some(isPresent) : true;
}
