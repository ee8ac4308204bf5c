/**
 * Evaluates a filter over a resource in canonical form (RFC 7644 §3.4.2.2). store/filter-sql.ts says the same in SQL.
 *
 * What the RFC leaves open: a comparison is true or false, never unknown, so `not` is plain negation. A missing value equals
 * only null; it differs from every value, so `ne` holds for it; no other operator does. A missing `primary` compares as false
 * (RFC 7643 §2.4).
 */

import { caseKey } from './case-key.ts';
import { instantOf } from './date-time.ts';
import type { Filter, FilterTarget } from './filter.ts';
import type { CompareOperator, FilterLiteral } from './filter-operand.ts';
import type { Attribute, Resource } from './schema.ts';

/** Whether the resource (or, for the filter of a value path, the value of a multi-valued attribute) matches. */
export function matchesFilter(filter: Filter, resource: Resource): boolean {
  switch (filter.kind) {
    case 'and':
      return filter.filters.every((each) => matchesFilter(each, resource));
    case 'or':
      return filter.filters.some((each) => matchesFilter(each, resource));
    case 'not':
      return !matchesFilter(filter.filter, resource);
    case 'present':
      return valuesAt(filter.target, resource).some(isPresent);
    case 'compare':
      return matchesComparison(filter.target, filter.operator, filter.value, resource);
    case 'valuePath':
      return valuesAt(filter.target, resource).some((each) => isObject(each) && matchesFilter(filter.filter, each));
  }
}

/** The test that one value of the attribute passes or not; `expected` is not null. */
function matchesComparison(
  target: FilterTarget,
  operator: CompareOperator,
  expected: FilterLiteral,
  resource: Resource,
) {
  const leaf = target.subAttribute ?? target.attribute;
  const held = valuesAt(target, resource);
  if (expected === null) return held.some(isPresent) === (operator === 'ne');
  const values = withDefaults(leaf, target, held).filter(isPresent);
  if (values.length === 0) return operator === 'ne';
  return values.some((value) => compares(leaf, operator, value, expected));
}

function withDefaults(leaf: Attribute, target: FilterTarget, values: unknown[]): unknown[] {
  if (leaf.name !== 'primary' || leaf.type !== 'boolean' || leaf.multiValued) return values;
  if (target.subAttribute !== undefined && !target.attribute.multiValued) return values;
  return values.length === 0 && target.subAttribute === undefined ? [false] : values.map((each) => each ?? false);
}

function compares(attribute: Attribute, operator: CompareOperator, actual: unknown, expected: FilterLiteral): boolean {
  if (operator === 'ne') return !compares(attribute, 'eq', actual, expected);
  const left = comparable(attribute, actual);
  const right = comparable(attribute, expected);
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

function comparable(attribute: Attribute, value: unknown): unknown {
  if (typeof value !== 'string') return value;
  if (attribute.type === 'dateTime') return instantOf(value);
  return attribute.caseExact ? value : caseKey(value);
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

function own(holder: Resource, name: string): unknown {
  return Object.hasOwn(holder, name) ? holder[name] : undefined;
}

function isObject(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
