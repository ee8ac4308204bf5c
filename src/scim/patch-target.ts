/** What one PATCH operation does to the attribute that its path names (RFC 7644 §3.5.2.1 to §3.5.2.3). */

import { equalIgnoringCase } from './ascii.ts';
import { shown } from './attribute-name.ts';
import { type AttributePath, printAttributePath } from './attribute-path.ts';
import {
  canonicalElement,
  canonicalValue,
  isContentless,
  isObject,
  isUnassigned,
  own,
  withOnePrimary,
} from './attribute-value.ts';
import { invalidPath, invalidValue, noTarget } from './errors.ts';
import { equalityTerms, type Filter } from './filter.ts';
import { inBrackets, matcherOf } from './filter-match.ts';
import { type Change, changeWhole, extentOf, identityOf, joined, type Patching, removeNamed } from './patch-value.ts';
import { costOfChanged, costOfList, costOfSelection, costOfValue, type Extent, spend } from './patch-work.ts';
import type { Tolerances } from './quirks.ts';
import type { Attribute, Resource } from './schema.ts';

/**
 * Changes the attribute in its holder, which is the resource or the object of an extension.
 *
 * @throws ScimError payloadTooLarge before work is done that is more than is left, or what PATCH refuses
 */
export function changeAttribute(holder: Resource, path: AttributePath, change: Change, patching: Patching): void {
  const attribute = path.attribute as Attribute;
  const key = heldKey(holder, attribute);
  const held = own(holder, key);
  const extent = extentOf(held, patching);
  spend(patching.work, 1 + costOfList(extent));
  const outcome =
    path.filter !== undefined
      ? attribute.type === 'complex' || attribute.opaque === true
        ? changeSelected(listOf(held, path), path, path.filter, change, patching, extent)
        : changeSelectedSimple(Array.isArray(held) ? held : [], path, path.filter, change, patching, extent)
      : path.subAttribute !== undefined
        ? changeSubAttribute(held, path, path.subAttribute, change, patching, extent)
        : changeWhole(held, attribute, change, patching);
  if (isUnassigned(outcome) || (isObject(outcome) && Object.keys(outcome).length === 0)) delete holder[key];
  else holder[key] = outcome;
}

/** Names of opaque attributes are compared without case too (RFC 7643 §2.1), and keep the spelling they came in first. */
function heldKey(holder: Resource, attribute: Attribute): string {
  if (attribute.opaque !== true) return attribute.name;
  return Object.keys(holder).find((each) => equalIgnoringCase(each, attribute.name)) ?? attribute.name;
}

function changeSubAttribute(
  held: unknown,
  path: AttributePath,
  sub: Attribute,
  change: Change,
  patching: Patching,
  extent: Extent,
): unknown {
  const attribute = path.attribute as Attribute;
  const changed = changeOfSub(path, sub, change, patching);
  if (attribute.multiValued) {
    const list = listOf(held, path);
    if (change.op !== 'remove' && list.length === 0) {
      const value = changed({});
      return value === undefined ? [] : [{ [sub.name]: value }];
    }
    const selected = new Set(change.op === 'remove' ? list : preferred(list));
    spend(patching.work, costOfChanged(selected.size, extent));
    return settled(attribute, setOn(list, selected, sub, changed), list, patching);
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
function changeOfSub(path: AttributePath, sub: Attribute, change: Change, patching: Patching): ChangeOfSub {
  const place = printAttributePath(path);
  if (sub.multiValued) {
    const cost = 1 + costOfValue(change.value);
    return (holder) => {
      const held = own(holder, sub.name);
      spend(patching.work, cost + costOfList(extentOf(held, patching)));
      const value = changeWhole(held, sub, change, patching, place);
      return isUnassigned(value) ? undefined : value;
    };
  }
  const value = change.op === 'remove' ? undefined : canonicalValue(sub, change.value, place, patching.tolerances);
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
  patching: Patching,
  extent: Extent,
): unknown[] {
  const attribute = path.attribute as Attribute;
  const { tolerances } = patching;
  spend(patching.work, costOfSelection(filter, extent));
  const matches = matcherOf(filter);
  const selected = new Set(list.filter(matches));
  spend(patching.work, costOfChanged(selected.size, extent));
  const sub = path.subAttribute;
  if (change.op === 'remove') {
    if (sub === undefined) {
      const named = isUnassigned(change.value)
        ? selected
        : namedAmong(selected, attribute, change.value, path, patching);
      return list.filter((each) => !named.has(each));
    }
    const removed = changeOfSub(path, sub, change, patching);
    return settled(attribute, setOn(list, selected, sub, removed), list, patching);
  }
  const place = printAttributePath(path);
  const { value: raw } = change;
  const opened = sub === undefined && Array.isArray(raw) && raw.length === 1 ? raw[0] : raw;
  const changed = sub && changeOfSub(path, sub, change, patching);
  const value = changed === undefined ? canonicalElement(attribute, opened, place, tolerances) : changed({});
  if (selected.size === 0) {
    if (value === undefined) return [...list];
    const created = newElement(path, filter, change.op, value, tolerances);
    return settled(attribute, [...list, created], list, patching);
  }
  if (sub !== undefined && changed !== undefined) {
    return settled(attribute, setOn(list, selected, sub, changed), list, patching);
  }
  if (value === undefined) return change.op === 'add' ? [...list] : list.filter((each) => !selected.has(each));
  if (!isObject(value)) throw invalidValue(`${place} needs an object as its value`);
  const terms = equalityTerms(filter) ?? {};
  const outcome = list.map((each) => {
    if (!selected.has(each)) return each;
    return change.op === 'add' ? joined(attribute, each, value) : { ...terms, ...value };
  });
  return settled(attribute, outcome, list, patching);
}

/** The same for a list of simple values, each of which is its own `value` (RFC 7643 §2.4). */
function changeSelectedSimple(
  list: readonly unknown[],
  path: AttributePath,
  filter: Filter,
  { op, value: raw }: Change,
  patching: Patching,
  extent: Extent,
): unknown {
  const attribute = path.attribute as Attribute;
  const place = printAttributePath(path);
  spend(patching.work, costOfSelection(filter, extent));
  const matches = matcherOf(filter);
  const selected = new Set(list.filter((each) => matches(inBrackets(each))));
  spend(patching.work, costOfChanged(selected.size, extent));
  if (op === 'remove') {
    const named = isUnassigned(raw) ? selected : namedAmong(selected, attribute, raw, path, patching);
    return list.filter((each) => !named.has(each));
  }
  const opened = Array.isArray(raw) && raw.length === 1 ? raw[0] : raw;
  const value = canonicalElement(attribute, opened, place, patching.tolerances);
  if (selected.size === 0) throw noTarget(`${place} selects no value`);
  if (value === undefined) return op === 'add' ? list : list.filter((each) => !selected.has(each));
  const outcome = list.map((each) => (selected.has(each) ? value : each));
  return canonicalValue(attribute, outcome, attribute.name, patching.tolerances);
}

/** What a remove names by its filter and what by its values has nothing in common. */
export const selectsOthers = (path: string) =>
  noTarget(`${shown(path)} selects nothing of what the value names. Send the filter alone, or the values alone`);

/** Of what a filter selects, what a value names too: a remove that has both takes what both mean (E62). */
function namedAmong(
  selected: ReadonlySet<unknown>,
  attribute: Attribute,
  value: unknown,
  path: AttributePath,
  patching: Patching,
): ReadonlySet<unknown> {
  if (selected.size === 0) return selected;
  const spared = new Set(removeNamed([...selected], attribute, value, patching, printAttributePath(path)));
  if (spared.size === selected.size) throw selectsOthers(printAttributePath(path));
  return new Set([...selected].filter((each) => !spared.has(each)));
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

function setOn(
  list: readonly Resource[],
  selected: ReadonlySet<Resource>,
  sub: Attribute,
  changed: ChangeOfSub,
): Resource[] {
  return list.map((each) => (selected.has(each) ? withSub(each, sub, changed(each)) : each));
}

function withSub(element: Resource, sub: Attribute, value: unknown): Resource {
  const changed: Resource = { ...element };
  const key = heldKey(changed, sub);
  if (value === undefined) delete changed[key];
  else changed[key] = value;
  return changed;
}

/** Leaves out elements that lost their content, merges those that became the same, and keeps the newest primary. */
function settled(
  attribute: Attribute,
  list: readonly Resource[],
  before: readonly Resource[],
  patching: Patching,
): unknown[] {
  const former = new Set(before);
  const newest = new Set<unknown>();
  const byIdentity = new Map<string, Resource>();
  for (const each of list) {
    const isNew = !former.has(each);
    if (isNew && (Object.keys(each).length === 0 || isContentless(attribute, each))) continue;
    const identity = identityOf(attribute, each, patching);
    const earlier = byIdentity.get(identity);
    const kept = earlier === undefined ? each : { ...earlier, ...each };
    if (isNew || (earlier !== undefined && newest.has(earlier))) newest.add(kept);
    byIdentity.set(identity, kept);
  }
  return withOnePrimary([...byIdentity.values()], newest, patching.tolerances);
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
