/**
 * The canonical form of one attribute's value, and the type check on the way to it (RFC 7643 §2.3, §2.4, §2.5). Names of
 * sub-attributes get the spelling of the schema; what is unassigned disappears; tolerated shapes become the described ones.
 */

import { limits } from '../limits.ts';
import { equalIgnoringCase } from './ascii.ts';
import { shown } from './attribute-name.ts';
import { caseKey } from './case-key.ts';
import { hasTooManyMarks, tooManyMarks } from './combining-marks.ts';
import { comparisonKey } from './comparison-key.ts';
import { instantOf } from './date-time.ts';
import { invalidValue } from './errors.ts';
import { booleanOf, numberOf } from './filter-operand.ts';
import type { Tolerances } from './quirks.ts';
import { type Attribute, findSubAttribute, type Resource } from './schema.ts';

/** RFC 7643 §2.5: null and the empty list are no value; so is the empty string (quirks E29, O3). */
export function isUnassigned(value: unknown): boolean {
  return value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
}

/** Whether a JSON value is an object, and neither null nor a list. */
export function isObject(value: unknown): value is Resource {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** A member that the object has itself: what every object has, such as `constructor`, was given by nobody. */
export function own<Value>(holder: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(holder, name) ? holder[name] : undefined;
}

/** The member of a body with that name, whatever its letter case (RFC 7643 §2.1). */
export function valueNamed(body: Resource, name: string): unknown {
  const key = Object.keys(body).find((each) => equalIgnoringCase(each, name));
  return key === undefined ? undefined : body[key];
}

/**
 * The canonical value, or undefined if it is unassigned. `place` names the value in errors, such as `emails[0].value`.
 * Throws invalidValue for a value that does not fit.
 */
export function canonicalValue(attribute: Attribute, raw: unknown, place: string, tolerances: Tolerances): unknown {
  if (isUnassigned(raw)) {
    if (raw !== undefined) tolerances.add('empty-as-unset');
    return undefined;
  }
  if (attribute.opaque === true) return raw;
  return attribute.multiValued
    ? canonicalList(attribute, raw, place, tolerances)
    : canonicalElement(attribute, raw, place, tolerances);
}

/** The canonical form of one value, of a multi-valued attribute or a single-valued one. */
export function canonicalElement(attribute: Attribute, raw: unknown, place: string, tolerances: Tolerances): unknown {
  if (isUnassigned(raw) || attribute.opaque === true) return isUnassigned(raw) ? undefined : raw;
  return attribute.type === 'complex'
    ? canonicalComplex(attribute, raw, place, tolerances)
    : canonicalSimple(attribute, unwrap(raw, attribute, place, tolerances), place, tolerances);
}

/** The elements of a value that stands for a list: one value counts as a list of one. */
export function elementsOf(raw: unknown): unknown[] {
  return Array.isArray(raw) ? raw : [raw];
}

/**
 * The values with at most one that is primary (RFC 7643 §2.4): the last of `newest` that claims it, else the last of all. The
 * others become false, as RFC 7644 §3.5.2 wants it of those that were there before.
 */
export function withOnePrimary(
  values: readonly unknown[],
  newest: ReadonlySet<unknown>,
  tolerances: Tolerances,
): unknown[] {
  const claiming = values.filter((each): each is Resource => isObject(each) && each.primary === true);
  if (claiming.length < 2) return [...values];
  if (newest.size === 0 || claiming.filter((each) => newest.has(each)).length > 1) {
    tolerances.add('second-primary', () => invalidValue('More than one of the values is primary'));
  }
  const chosen = claiming.findLast((each) => newest.has(each)) ?? claiming.at(-1);
  return values.map((each) =>
    isObject(each) && each.primary === true && each !== chosen ? { ...each, primary: false } : each,
  );
}

/**
 * What makes two values of a multi-valued attribute one (RFC 7643 §2.4): `value` and `type` where there is a value, else all of
 * it, each compared as the schema says. What no schema describes is compared as it is.
 */
export function elementIdentity(attribute: Attribute, element: unknown): string {
  if (!isObject(element)) return keyText(attribute, element);
  const sub = (name: string) => {
    const described = findSubAttribute(attribute, name);
    return described === undefined ? stableText(own(element, name)) : keyText(described, own(element, name));
  };
  if (element.value !== undefined) return `${sub('value')} ${element.type === undefined ? '' : sub('type')}`;
  return JSON.stringify(
    Object.keys(element)
      .sort()
      .map((name) => [name, sub(name)]),
  );
}

/** Equal for values that are equal to the schema. */
export function keyText(attribute: Attribute, value: unknown): string {
  return attribute.opaque === true || typeof value !== 'string'
    ? stableText(value)
    : `'${comparisonKey(attribute, value)}`;
}

/** An object as a complex value: a string becomes its `value` (quirk E31), a list of one is opened (quirk E32). */
export function complexObject(attribute: Attribute, raw: unknown, place: string, tolerances: Tolerances): Resource {
  if (Array.isArray(raw) && raw.length === 1 && !attribute.multiValued) {
    tolerances.add('complex-as-list', () => invalidValue(`${place} must be an object, not a list`));
    return complexObject(attribute, raw[0], place, tolerances);
  }
  if (isObject(raw)) return raw;
  if (typeof raw === 'string' && findSubAttribute(attribute, 'value') !== undefined) {
    tolerances.add(attribute.multiValued ? 'string-as-value' : 'manager-as-string', () =>
      invalidValue(`${place} must be an object, not a string`),
    );
    return { value: raw };
  }
  throw invalidValue(`${place} must be an object, not ${kindOf(raw)}`);
}

function canonicalList(
  attribute: Attribute,
  raw: unknown,
  place: string,
  tolerances: Tolerances,
): unknown[] | undefined {
  // Quirk (onelogin): one value in place of a list (O4).
  if (!Array.isArray(raw)) {
    tolerances.add('single-as-list', () => invalidValue(`${place} must be a list, not ${kindOf(raw)}`));
  }
  const elements = elementsOf(raw);
  assertCount(elements, place);
  const byIdentity = new Map<string, unknown>();
  for (const [index, each] of elements.entries()) {
    const value = canonicalElement(attribute, each, `${place}[${index}]`, tolerances);
    if (value === undefined || isContentless(attribute, value)) {
      tolerances.add('empty-element');
      continue;
    }
    const identity = elementIdentity(attribute, value);
    const earlier = byIdentity.get(identity);
    byIdentity.set(identity, isObject(earlier) && isObject(value) ? { ...earlier, ...value } : value);
  }
  if (byIdentity.size === 0) return undefined;
  return withOnePrimary([...byIdentity.values()], new Set(), tolerances);
}

/** @throws ScimError invalidValue beyond the bound of values */
export function assertCount(elements: readonly unknown[], place: string): void {
  if (elements.length <= limits.valuesPerAttributeMax) return;
  throw invalidValue(`${place} has more than ${limits.valuesPerAttributeMax} values`);
}

/** An element that only says what its value would be used for, as a template without the value leaves it (quirk O3). */
export function isContentless(attribute: Attribute, element: unknown): boolean {
  if (!isObject(element) || findSubAttribute(attribute, 'value') === undefined) return false;
  return Object.keys(element).every((name) => name === 'type' || name === 'primary');
}

function canonicalComplex(
  attribute: Attribute,
  raw: unknown,
  place: string,
  tolerances: Tolerances,
): Resource | undefined {
  const canonical: Resource = {};
  for (const [key, value] of Object.entries(complexObject(attribute, raw, place, tolerances))) {
    const sub = findSubAttribute(attribute, key);
    if (sub?.mutability === 'readOnly') {
      tolerances.add('read-only-ignored');
      continue;
    }
    if (sub?.mutability === 'writeOnly') {
      tolerances.add('password-discarded');
      continue;
    }
    if (sub === undefined) assertKey(key, place);
    const kept = sub === undefined ? value : canonicalValue(sub, value, `${place}.${sub.name}`, tolerances);
    if (isUnassigned(kept)) continue;
    if (sub === undefined) tolerances.add('unknown-attribute', undefined, `${place}.${key}`);
    canonical[sub?.name ?? key] = kept;
  }
  return Object.keys(canonical).length === 0 ? undefined : canonical;
}

function canonicalSimple(attribute: Attribute, raw: unknown, place: string, tolerances: Tolerances): unknown {
  if (isUnassigned(raw)) return undefined;
  switch (attribute.type) {
    case 'boolean': {
      if (typeof raw === 'boolean') return raw;
      const boolean = booleanOf(raw);
      if (boolean === undefined) throw invalidValue(`${place} must be true or false, not ${kindOf(raw)}`);
      tolerances.add('bool-as-string', () => invalidValue(`${place} must be true or false, not a string`));
      return boolean;
    }
    case 'integer':
    case 'decimal': {
      const number = typeof raw === 'string' ? numberOf(raw, attribute.type) : raw;
      if (typeof number !== 'number' || !Number.isFinite(number)) {
        throw invalidValue(`${place} must be a number, not ${kindOf(raw)}`);
      }
      if (attribute.type === 'integer' && !Number.isSafeInteger(number)) {
        throw invalidValue(`${place} must be a whole number`);
      }
      if (typeof raw === 'string') {
        tolerances.add('number-as-string', () => invalidValue(`${place} must be a number, not a string`));
      }
      return number;
    }
    default:
      return canonicalText(attribute, raw, place);
  }
}

function canonicalText(attribute: Attribute, raw: unknown, place: string): string {
  if (typeof raw !== 'string') throw invalidValue(`${place} must be a string, not ${kindOf(raw)}`);
  if (raw.length > limits.stringLengthMax) {
    throw invalidValue(`${place} is longer than ${limits.stringLengthMax} characters`);
  }
  if (hasTooManyMarks(raw)) throw invalidValue(tooManyMarks(place));
  if (attribute.type === 'dateTime' && instantOf(raw) === undefined) {
    throw invalidValue(`${place} must be a dateTime such as "2026-01-31T08:00:00Z"`);
  }
  if (attribute.type === 'binary' && !isBase64(raw)) throw invalidValue(`${place} must be base64`);
  return attribute.onlyCanonical === true ? oneOfCanonical(attribute, raw, place) : raw;
}

/** In the spelling of the definition, where the case of letters says nothing. */
function oneOfCanonical({ caseExact, canonicalValues = [] }: Attribute, raw: string, place: string): string {
  const same = (value: string) => (caseExact ? value === raw : caseKey(value) === caseKey(raw));
  const value = canonicalValues.find(same);
  if (value !== undefined) return value;
  const some = canonicalValues.slice(0, 10).join(', ');
  throw invalidValue(
    `${place} must be one of ${some}${canonicalValues.length > 10 ? ' and others' : ''}, not "${shown(raw)}"`,
  );
}

/** A plain value that came as [{"value": …}] or {"value": …} (quirk E34). */
function unwrap(raw: unknown, { type }: Attribute, place: string, tolerances: Tolerances): unknown {
  const inner = Array.isArray(raw) && raw.length === 1 ? raw[0] : raw;
  const valueKey = isObject(inner) ? Object.keys(inner).find((key) => key.toLowerCase() === 'value') : undefined;
  const opened = isObject(inner) && valueKey !== undefined ? inner[valueKey] : inner;
  if (opened !== raw) {
    tolerances.add('scalar-wrapped', () => invalidValue(`${place} must be a ${type}, not ${kindOf(raw)}`));
  }
  return opened;
}

/** Both alphabets of RFC 4648, with or without padding. */
function isBase64(text: string): boolean {
  let end = text.length;
  while (end > text.length - 2 && text[end - 1] === '=') end--;
  for (let index = 0; index < end; index++) {
    const code = text.charCodeAt(index);
    const letter = (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
    const digit = code >= 0x30 && code <= 0x39;
    if (!letter && !digit && code !== 0x2b && code !== 0x2f && code !== 0x2d && code !== 0x5f) return false;
  }
  return end % 4 !== 1;
}

/** The one key that is no data anywhere (security.md R22). Bodies that hold it are refused earlier, with their place. */
export function assertKey(key: string, place: string): void {
  if (key === '__proto__') throw invalidValue(`${place} has a name that cannot be kept: ${shown(key)}`);
}

/** What a value is, for a sentence that says what it must be instead. */
export function kindOf(value: unknown): string {
  if (value === undefined) return 'nothing';
  if (value === null) return 'null';
  if (Array.isArray(value)) {
    if (value.length === 0) return 'an empty list';
    return value.length === 1 ? 'a list' : `a list of ${value.length}`;
  }
  return typeof value === 'object' ? 'an object' : `a ${typeof value}`;
}

/** JSON with sorted keys, so that equal values have equal texts. */
export function stableText(value: unknown): string {
  return JSON.stringify(value, (_key, each: unknown) =>
    isObject(each) ? Object.fromEntries(Object.entries(each).sort(([a], [b]) => (a < b ? -1 : 1))) : each,
  );
}
