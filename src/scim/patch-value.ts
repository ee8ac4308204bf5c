/**
 * What one PATCH operation makes of a value that it names as a whole: a simple or complex one, or a list (RFC 7644 §3.5.2.1 to
 * §3.5.2.3).
 */

import { asciiLower } from './ascii.ts';
import {
  assertCount,
  canonicalElement,
  canonicalValue,
  complexObject,
  elementIdentity,
  elementsOf,
  isContentless,
  isObject,
  isUnassigned,
  keyText,
  own,
  stableText,
  withOnePrimary,
} from './attribute-value.ts';
import type { PatchOperation } from './patch.ts';
import { type Extent, type PatchWork, spend, textOf } from './patch-work.ts';
import type { Tolerances } from './quirks.ts';
import { type Attribute, findSubAttribute, opaqueAttribute, type Resource } from './schema.ts';

export type Change = Pick<PatchOperation, 'op' | 'value'>;

/** One PATCH on its way. Elements of lists are replaced and never changed, so what is known of one stays true. */
export type Patching = {
  readonly tolerances: Tolerances;
  readonly work: PatchWork;
  readonly texts: WeakMap<object, number>;
  readonly identities: WeakMap<object, string>;
};

/** What becomes of a value. `place` names it in errors. */
export function changeWhole(
  held: unknown,
  attribute: Attribute,
  change: Change,
  patching: Patching,
  place = attribute.name,
): unknown {
  const { op, value } = change;
  const { tolerances } = patching;
  const isList = attribute.multiValued || (attribute.opaque === true && Array.isArray(held));
  if (op === 'remove') {
    if (value === undefined || !(isList || isObject(held))) return undefined;
    if (!isList) return withoutParts(held as Resource, attribute, value, patching, place);
    return removeNamed(Array.isArray(held) ? held : [], attribute, value, patching, place);
  }
  if (isList && op === 'add') return addToList(Array.isArray(held) ? held : [], attribute, value, patching, place);
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
export function joined({ subAttributes = [] }: Attribute, held: Resource, added: Resource): Resource {
  const merged: Resource = { ...held, ...added };
  for (const sub of subAttributes) {
    const [before, more] = [own(held, sub.name), own(added, sub.name)];
    if (!sub.multiValued || !Array.isArray(before) || !Array.isArray(more)) continue;
    const byIdentity = new Map(before.map((each) => [elementIdentity(sub, each), each]));
    for (const each of more) {
      const identity = elementIdentity(sub, each);
      if (!byIdentity.has(identity)) byIdentity.set(identity, each);
    }
    merged[sub.name] = [...byIdentity.values()];
  }
  return merged;
}

/**
 * Adds what is not there yet. A value that is there, by value and type, keeps the spelling of the two (RFC 7644 §3.5.2.1: it is
 * not changed) and takes over what else the new one says of it.
 */
function addToList(
  held: readonly unknown[],
  attribute: Attribute,
  raw: unknown,
  patching: Patching,
  place: string,
): unknown[] {
  if (isUnassigned(raw)) return [...held];
  const { tolerances } = patching;
  const given = elementsOf(raw);
  assertCount(given, place);
  const byIdentity = new Map(held.map((each) => [identityOf(attribute, each, patching), each]));
  const newest = new Set<unknown>();
  for (const [index, each] of given.entries()) {
    const element = canonicalElement(attribute, each, `${place}[${index}]`, tolerances);
    if (element === undefined || isContentless(attribute, element)) {
      tolerances.add('empty-element');
      continue;
    }
    const identity = elementIdentity(attribute, element);
    const earlier = byIdentity.get(identity);
    const merged =
      isObject(earlier) && isObject(element) ? mergedElement(attribute, earlier, element) : (earlier ?? element);
    byIdentity.set(identity, merged);
    if (isObject(merged)) patching.identities.set(merged, identity);
    if (isObject(element) && element.primary === true) newest.add(merged);
  }
  return withOnePrimary([...byIdentity.values()], newest, tolerances);
}

function mergedElement(attribute: Attribute, earlier: Resource, element: Resource): Resource {
  const merged = joined(attribute, earlier, element);
  for (const name of ['value', 'type']) if (earlier[name] !== undefined) merged[name] = earlier[name];
  return merged;
}

/**
 * Quirk (entra, jumpcloud, authentik): a remove that carries values removes those and no others (E62, J4, A6). An element is named
 * by its `value`, and by its type where one is given; without a value, by all that is given.
 */
export function removeNamed(
  held: readonly unknown[],
  attribute: Attribute,
  raw: unknown,
  patching: Patching,
  place: string,
): unknown[] {
  const { tolerances } = patching;
  tolerances.add('remove-by-value');
  /** The keys of what is named, by the sub-attributes that name it. */
  const named = new Map<string, { names: readonly string[]; keys: Set<string> }>();
  for (const [index, each] of (isUnassigned(raw) ? [] : elementsOf(raw)).entries()) {
    const selector =
      attribute.opaque === true ? each : canonicalElement(attribute, each, `${place}[${index}]`, tolerances);
    if (selector === undefined) continue;
    const names = namingParts(selector);
    const group = names.join(' ');
    const { keys } = named.get(group) ?? { keys: new Set<string>() };
    named.set(group, { names, keys: keys.add(keyOfParts(attribute, selector, names)) });
  }
  const { count, text } = extentOf(held, patching);
  spend(patching.work, named.size * (count + text / 64));
  return held.filter(
    (each) => ![...named.values()].some(({ names, keys }) => keys.has(keyOfParts(attribute, each, names))),
  );
}

/**
 * What a remove with a value leaves of a complex value: what the value names goes where it is as the value says, and the rest stays, as of
 * a list (E62). A value that is none names the whole, and so does one that takes away what the others are about (E33).
 */
export function withoutParts(
  held: Resource,
  attribute: Attribute,
  raw: unknown,
  patching: Patching,
  place: string,
): Resource | undefined {
  const { tolerances } = patching;
  const named = isUnassigned(raw) ? undefined : canonicalElement(attribute, raw, place, tolerances);
  if (!isObject(named)) return undefined;
  tolerances.add('remove-by-value');
  const left = { ...held };
  const names = new Map(Object.keys(held).map((name) => [asciiLower(name), name]));
  for (const [name, value] of Object.entries(named)) {
    const key = names.get(asciiLower(name));
    if (key === undefined) continue;
    const sub = findSubAttribute(attribute, name) ?? opaqueAttribute(name);
    const before = held[key];
    const isWhole = !Array.isArray(before) && !isObject(before);
    const rest = isWhole
      ? keyText(sub, before) === keyText(sub, value)
        ? undefined
        : before
      : changeWhole(before, sub, { op: 'remove', value }, patching, `${place}.${name}`);
    if (isUnassigned(rest) || (isObject(rest) && Object.keys(rest).length === 0)) delete left[key];
    else left[key] = rest;
  }
  const losesValue = findSubAttribute(attribute, 'value') !== undefined && own(held, 'value') !== own(left, 'value');
  return losesValue ? undefined : left;
}

/** The sub-attributes by which an element is named; for what has none, the value itself. */
function namingParts(selector: unknown): string[] {
  if (!isObject(selector)) return ['value'];
  const names = Object.keys(selector).sort();
  return selector.value === undefined ? names : names.filter((name) => name === 'value' || name === 'type');
}

function keyOfParts(attribute: Attribute, element: unknown, names: readonly string[]): string {
  const keys = names.map((name) => {
    const sub = findSubAttribute(attribute, name);
    if (!isObject(element)) return name === 'value' ? keyText(sub ?? attribute, element) : undefined;
    return sub === undefined ? stableText(own(element, name)) : keyText(sub, own(element, name));
  });
  return keys.length === 1 ? String(keys[0]) : JSON.stringify(keys);
}

/** How much there is in a value. What is known of an element is not measured again. */
export function extentOf(held: unknown, { texts }: Patching): Extent {
  if (!Array.isArray(held)) {
    return { count: isObject(held) ? Object.keys(held).length * 3 : 0, text: held === undefined ? 0 : textOf(held) };
  }
  let text = 0;
  for (const each of held) {
    if (!isObject(each)) {
      text += textOf(each);
      continue;
    }
    let known = texts.get(each);
    if (known === undefined) {
      known = textOf(each);
      texts.set(each, known);
    }
    text += known;
  }
  return { count: held.length, text };
}

/** The identity of an element; what is known of one is not made again. */
export function identityOf(attribute: Attribute, element: unknown, { identities }: Patching): string {
  if (!isObject(element)) return elementIdentity(attribute, element);
  let identity = identities.get(element);
  if (identity === undefined) {
    identity = elementIdentity(attribute, element);
    identities.set(element, identity);
  }
  return identity;
}
