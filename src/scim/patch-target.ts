/** What one PATCH operation does to the attribute that its path names (RFC 7644 §3.5.2.1 to §3.5.2.3). */

import { isDeepStrictEqual } from 'node:util';
import { equalIgnoringCase } from './ascii.ts';
import { type AttributePath, printAttributePath } from './attribute-path.ts';
import {
  canonicalElement,
  canonicalValue,
  complexObject,
  elementIdentity,
  elementsOf,
  isContentless,
  isObject,
  isUnassigned,
  keepOnePrimary,
} from './attribute-value.ts';
import { invalidPath, invalidValue, noTarget } from './errors.ts';
import type { Filter } from './filter.ts';
import { matchesFilter } from './filter-match.ts';
import type { PatchOperation } from './patch.ts';
import type { Tolerances } from './quirks.ts';
import { type Attribute, findSubAttribute, type Resource } from './schema.ts';

type Change = Pick<PatchOperation, 'op' | 'value'>;

/** Changes the attribute in its holder, which is the resource or the object of an extension. */
export function changeAttribute(holder: Resource, path: AttributePath, change: Change, tolerances: Tolerances): void {
  const attribute = path.attribute as Attribute;
  const key = heldKey(holder, attribute);
  const held = Object.hasOwn(holder, key) ? holder[key] : undefined;
  const outcome =
    path.filter !== undefined
      ? changeSelected(listOf(held, path), path, path.filter, change, tolerances)
      : path.subAttribute !== undefined
        ? changeSubAttribute(held, path, path.subAttribute, change, tolerances)
        : changeWhole(held, attribute, change, tolerances);
  if (isUnassigned(outcome) || (isObject(outcome) && Object.keys(outcome).length === 0)) delete holder[key];
  else holder[key] = outcome;
}

/** Names of opaque attributes are compared without case too (RFC 7643 §2.1), and keep the spelling they came in first. */
export function heldKey(holder: Resource, attribute: Attribute): string {
  if (attribute.opaque !== true) return attribute.name;
  return Object.keys(holder).find((each) => equalIgnoringCase(each, attribute.name)) ?? attribute.name;
}

function changeWhole(
  held: unknown,
  attribute: Attribute,
  change: Change,
  tolerances: Tolerances,
  place = attribute.name,
): unknown {
  const { op, value } = change;
  const isList = attribute.multiValued || (attribute.opaque === true && Array.isArray(held));
  if (op === 'remove') {
    if (!isList || value === undefined || value === null) return undefined;
    return removeNamed(Array.isArray(held) ? held : [], attribute, value, tolerances, place);
  }
  if (isList && op === 'add') return addToList(Array.isArray(held) ? held : [], attribute, value, tolerances, place);
  if (attribute.opaque === true) return isObject(held) && isObject(value) ? { ...held, ...value } : value;
  if (attribute.type === 'complex' && !attribute.multiValued) return mergeComplex(held, attribute, change, tolerances);
  return canonicalValue(attribute, value, place, tolerances);
}

/** RFC 7644 §3.5.2.3: sub-attributes that the value does not name stay; one named with no value goes (quirk E33). */
function mergeComplex(
  held: unknown,
  attribute: Attribute,
  { op, value: raw }: Change,
  tolerances: Tolerances,
): unknown {
  if (isUnassigned(raw)) {
    tolerances.add('empty-as-unset');
    return undefined;
  }
  const given = complexObject(attribute, raw, attribute.name, tolerances);
  const canonical = canonicalElement(attribute, given, attribute.name, tolerances);
  const [before, named] = [isObject(held) ? held : {}, isObject(canonical) ? canonical : {}];
  const merged = op === 'add' ? joined(attribute, before, named) : { ...before, ...named };
  for (const [name, value] of Object.entries(given)) {
    if (!isUnassigned(value)) continue;
    const sub = findSubAttribute(attribute, name);
    if (sub?.name === 'value') return undefined;
    delete merged[sub?.name ?? name];
  }
  return merged;
}

/** A complex value after another was added to it: what that one says counts, and a list in it is one more to add to. */
function joined({ subAttributes = [] }: Attribute, held: Resource, added: Resource): Resource {
  const merged: Resource = { ...held, ...added };
  for (const { name, multiValued } of subAttributes) {
    const [before, more] = [held[name], added[name]];
    if (!multiValued || !Array.isArray(before) || !Array.isArray(more)) continue;
    merged[name] = [...new Map([...before, ...more].map((each) => [elementIdentity(each), each])).values()];
  }
  return merged;
}

/** Adds what is not there yet; a value that is there, by value and type, takes over what the new one says of it. */
function addToList(
  held: readonly unknown[],
  attribute: Attribute,
  raw: unknown,
  tolerances: Tolerances,
  place: string,
): unknown[] {
  if (isUnassigned(raw)) return [...held];
  const byIdentity = new Map(held.map((each) => [elementIdentity(each), each]));
  const newest = new Set<unknown>();
  for (const [index, each] of elementsOf(raw).entries()) {
    const element = canonicalElement(attribute, each, `${place}[${index}]`, tolerances);
    if (element === undefined || isContentless(element)) {
      tolerances.add('empty-element');
      continue;
    }
    const identity = elementIdentity(element);
    const earlier = byIdentity.get(identity);
    const merged = isObject(earlier) && isObject(element) ? joined(attribute, earlier, element) : element;
    byIdentity.set(identity, merged);
    if (isObject(element) && element.primary === true) newest.add(merged);
  }
  const values = [...byIdentity.values()];
  keepOnePrimary(values, newest, tolerances);
  return values;
}

/**
 * Quirk (entra, jumpcloud, authentik): a remove that carries values removes those and no others (E62, J4, A6). An element is named
 * by its `value`, and by its type where one is given; without a value, by all that is given.
 */
function removeNamed(
  held: readonly unknown[],
  attribute: Attribute,
  raw: unknown,
  tolerances: Tolerances,
  place: string,
): unknown[] {
  tolerances.add('remove-by-value');
  const elements = isUnassigned(raw) ? [] : elementsOf(raw);
  const selectors = elements.map((each, index) =>
    attribute.opaque === true ? each : canonicalElement(attribute, each, `${place}[${index}]`, tolerances),
  );
  return held.filter((each) => !selectors.some((selector) => selects(selector, each)));
}

function selects(selector: unknown, element: unknown): boolean {
  if (!isObject(selector)) {
    return selector !== undefined && isDeepStrictEqual(selector, isObject(element) ? element.value : element);
  }
  if (!isObject(element)) return false;
  const names = Object.keys(selector).filter(
    (name) => selector.value === undefined || name === 'value' || name === 'type',
  );
  return names.length > 0 && names.every((name) => isDeepStrictEqual(selector[name], element[name]));
}

function changeSubAttribute(
  held: unknown,
  path: AttributePath,
  sub: Attribute,
  change: Change,
  tolerances: Tolerances,
): unknown {
  const attribute = path.attribute as Attribute;
  const changed = changeOfSub(path, sub, change, tolerances);
  if (attribute.multiValued) {
    const list = listOf(held, path);
    if (change.op !== 'remove' && list.length === 0) {
      const value = changed({});
      return value === undefined ? [] : [{ [sub.name]: value }];
    }
    return settled(setOn(list, change.op === 'remove' ? list : preferred(list), sub, changed), list, tolerances);
  }
  if (held !== undefined && !isObject(held)) throw invalidPath(`${attribute.name} has no sub-attributes`);
  const holder = held ?? {};
  const value = changed(holder);
  // Quirk (entra): a manager whose value is emptied is no manager any more (E33).
  if (value === undefined && sub.name === 'value' && change.op !== 'remove') return undefined;
  return withSub(holder, sub, value);
}

/** What becomes of a sub-attribute of one complex value: undefined for none. */
type ChangeOfSub = (holder: Resource) => unknown;

/** A sub-attribute that is a list is added to and removed from like every list. */
function changeOfSub(path: AttributePath, sub: Attribute, change: Change, tolerances: Tolerances): ChangeOfSub {
  const place = printAttributePath(path);
  if (sub.multiValued) {
    return (holder) => {
      const held = Object.hasOwn(holder, sub.name) ? holder[sub.name] : undefined;
      const value = changeWhole(held, sub, change, tolerances, place);
      return isUnassigned(value) ? undefined : value;
    };
  }
  const value = change.op === 'remove' ? undefined : canonicalValue(sub, change.value, place, tolerances);
  return () => value;
}

/** A sub-attribute of a list without a filter means the preferred value, so that the others are not overwritten with it. */
function preferred(list: readonly Resource[]): Resource[] {
  const chosen = list.find((each) => each.primary === true) ?? list[0];
  return chosen === undefined ? [] : [chosen];
}

function changeSelected(
  list: readonly Resource[],
  path: AttributePath,
  filter: Filter,
  change: Change,
  tolerances: Tolerances,
): unknown[] {
  const attribute = path.attribute as Attribute;
  const selected = list.filter((each) => matchesFilter(filter, each));
  const sub = path.subAttribute;
  if (change.op === 'remove') {
    if (sub === undefined) return list.filter((each) => !selected.includes(each));
    return settled(setOn(list, selected, sub, changeOfSub(path, sub, change, tolerances)), list, tolerances);
  }
  const place = printAttributePath(path);
  const { value: raw } = change;
  const opened = sub === undefined && Array.isArray(raw) && raw.length === 1 ? raw[0] : raw;
  const changed = sub && changeOfSub(path, sub, change, tolerances);
  const value = changed === undefined ? canonicalElement(attribute, opened, place, tolerances) : changed({});
  if (selected.length === 0) {
    if (value === undefined) return [...list];
    return settled([...list, newElement(path, filter, change.op, value, tolerances)], list, tolerances);
  }
  if (sub !== undefined && changed !== undefined) {
    return settled(setOn(list, selected, sub, changed), list, tolerances);
  }
  if (value === undefined) return change.op === 'add' ? [...list] : list.filter((each) => !selected.includes(each));
  if (!isObject(value)) throw invalidValue(`${place} needs an object as its value`);
  const terms = equalityTerms(filter) ?? {};
  const outcome = list.map((each) => {
    if (!selected.includes(each)) return each;
    return change.op === 'add' ? joined(attribute, each, value) : { ...terms, ...value };
  });
  return settled(outcome, list, tolerances);
}

/**
 * RFC 7644 §3.5.2.3 answers a replace that selects nothing with noTarget. Quirk (entra): the element is created instead from the
 * equality terms of the filter and the value (E25 to E27), unless the filter names the value itself or a whole element is replaced.
 */
function newElement(path: AttributePath, filter: Filter, op: string, value: unknown, tolerances: Tolerances): Resource {
  const terms = equalityTerms(filter);
  const sub = path.subAttribute;
  const creatable = sub === undefined ? op === 'add' && isObject(value) : true;
  if (terms === undefined || Object.hasOwn(terms, 'value') || !creatable) {
    throw noTarget(`${printAttributePath(path)} selects no value`);
  }
  tolerances.add('created-on-no-target', () => noTarget(`${printAttributePath(path)} selects no value`));
  return sub === undefined ? { ...terms, ...(value as Resource) } : { ...terms, [sub.name]: value };
}

/** The sub-attributes that a filter fixes, or undefined if it does more than that. */
function equalityTerms(filter: Filter): Resource | undefined {
  if (filter.kind === 'compare' && filter.operator === 'eq' && filter.value !== null) {
    return { [filter.target.attribute.name]: filter.value };
  }
  if (filter.kind !== 'and') return undefined;
  const terms: Resource = {};
  for (const each of filter.filters) {
    const more = equalityTerms(each);
    if (more === undefined || Object.keys(more).some((name) => Object.hasOwn(terms, name))) return undefined;
    Object.assign(terms, more);
  }
  return terms;
}

function setOn(
  list: readonly Resource[],
  selected: readonly Resource[],
  sub: Attribute,
  changed: ChangeOfSub,
): Resource[] {
  return list.map((each) => (selected.includes(each) ? withSub(each, sub, changed(each)) : each));
}

function withSub(element: Resource, sub: Attribute, value: unknown): Resource {
  const changed: Resource = { ...element };
  const key = heldKey(changed, sub);
  if (value === undefined) delete changed[key];
  else changed[key] = value;
  return changed;
}

/** Leaves out elements that lost their content, merges those that became the same, and keeps the newest primary. */
function settled(list: readonly Resource[], before: readonly Resource[], tolerances: Tolerances): Resource[] {
  const newest = new Set<unknown>(list.filter((each) => !before.includes(each)));
  const byIdentity = new Map<string, Resource>();
  for (const each of list) {
    if (Object.keys(each).length === 0 || isContentless(each)) continue;
    const identity = elementIdentity(each);
    const earlier = byIdentity.get(identity);
    const kept = earlier === undefined ? { ...each } : { ...earlier, ...each };
    if (newest.has(each)) newest.add(kept);
    byIdentity.set(identity, kept);
  }
  const values = [...byIdentity.values()];
  keepOnePrimary(values, newest, tolerances);
  return values;
}

function listOf(held: unknown, path: AttributePath): Resource[] {
  if (held === undefined) return [];
  if (!Array.isArray(held) || !held.every(isObject)) {
    throw invalidPath(
      `${printAttributePath({ ...path, filter: undefined, subAttribute: undefined })} holds no list of objects`,
    );
  }
  return held;
}
