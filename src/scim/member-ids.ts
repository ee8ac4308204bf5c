/** The members of a group as providers write them, read into ids. Lists of 100,000 are one pass and one set. */

import { isObject, isUnassigned, kindOf } from './attribute-value.ts';
import { invalidValue } from './errors.ts';
import type { Tolerances } from './quirks.ts';

/**
 * Ids in order, each once. A member is `{value}`, whatever else it carries, or a bare string (quirk E65); an empty value is no
 * member (quirk O3). Throws invalidValue for anything else. `place` names the list in errors. One member in place of a list
 * is what an add to a list may bring (RFC 7644 §3.5.2.1), and a deviation where the whole list is meant.
 */
export function memberIds(
  value: unknown,
  place: string,
  tolerances: Tolerances,
  expected: 'list' | 'list or one' = 'list',
): string[] {
  if (isUnassigned(value)) return [];
  if (!Array.isArray(value) && expected === 'list') {
    tolerances.add('single-as-list', () => invalidValue(`${place} must be a list, not ${kindOf(value)}`));
  }
  const elements: unknown[] = Array.isArray(value) ? value : [value];
  const ids = new Set<string>();
  let counted = 0;
  for (let index = 0; index < elements.length; index++) {
    const id = memberId(elements[index], `${place}[${index}]`, tolerances);
    if (id === undefined) continue;
    counted++;
    ids.add(id);
  }
  if (ids.size < counted) tolerances.add('duplicate-member');
  return [...ids];
}

/** What serializers and templates write for no value. For members that is not the empty list, which empties a group. */
export const saysNothing = (value: unknown): boolean => value === undefined || value === null || value === '';

/** Whether a value that is neither null, the empty string nor the empty list names nobody, since each element of it is empty. */
export const areBlank = (value: unknown, ids: readonly string[]): boolean => ids.length === 0 && !isUnassigned(value);

function memberId(element: unknown, place: string, tolerances: Tolerances): string | undefined {
  if (typeof element === 'string') {
    tolerances.add('member-as-string', () => invalidValue(`${place} must be an object with a value, not a string`));
    return emptyIsNone(element, tolerances);
  }
  if (!isObject(element)) {
    if (element === null) return emptyIsNone('', tolerances);
    throw invalidValue(`${place} must be an object with a value, not ${kindOf(element)}`);
  }
  let id: unknown;
  for (const key in element) {
    if (!Object.hasOwn(element, key)) continue;
    if (key === 'value' || key.toLowerCase() === 'value') id = element[key];
    else tolerances.add('member-details-ignored');
  }
  if (id === '') return emptyIsNone(id, tolerances);
  if (typeof id !== 'string')
    throw invalidValue(`${place}.value must be the id of a user as a string, not ${kindOf(id)}`);
  return id;
}

function emptyIsNone(id: string, tolerances: Tolerances): string | undefined {
  if (id !== '') return id;
  tolerances.add('empty-element');
  return undefined;
}
