/**
 * The names in a body of POST and PUT. A key may be qualified by the URN of a schema, be a path such as name.givenName, or name an
 * attribute of an extension without its URN, as in a PATCH without path (quirks E23, E5; RFC 7644 §3.10). Here each attribute gets
 * its one place, so that what reads the body afterwards finds it there and nowhere else.
 */

import { asciiLower, equalIgnoringCase } from './ascii.ts';
import { isAttributeName, shown } from './attribute-name.ts';
import { type AttributePath, noteSpelling, parseAttributePath, printAttributePath } from './attribute-path.ts';
import { assertKey, isObject, isUnassigned } from './attribute-value.ts';
import { invalidValue } from './errors.ts';
import { equalityTerms } from './filter.ts';
import type { Tolerances } from './quirks.ts';
import {
  type Attribute,
  findAttribute,
  findExtension,
  findOwnAttribute,
  type Resource,
  type ResourceType,
} from './schema.ts';

/**
 * Whether a key that is neither an attribute of the resource nor the URN of an extension is a path, or names what has its place
 * elsewhere.
 */
export function namesElsewhere(type: ResourceType, key: string): boolean {
  if (key.includes(':')) {
    const urns = [type.schema.id, ...type.extensions.map(({ schema }) => schema.id)];
    return urns.some(
      (urn) =>
        (key.length === urn.length || key[urn.length] === ':') && equalIgnoringCase(key.slice(0, urn.length), urn),
    );
  }
  const first = key.slice(0, firstOf(key, '.', '['));
  if (findOwnAttribute(type, first) !== undefined) return true;
  if (type.extensions.some(({ schema }) => findAttribute(schema.attributes, first) !== undefined)) return true;
  return isPath(key) && key.split('.', 3).every(isAttributeName);
}

/** Whether a key within an extension is a path. */
export const isPath = (key: string): boolean => key.includes('.') || key.includes(':') || key.includes('[');

/**
 * The body with each attribute under its name, and those of extensions within the object of the extension. What no schema
 * describes stays as it came. It costs by the size of the body.
 *
 * @throws ScimError invalidValue for an attribute that is named twice, or a path that names none
 */
export function underOneName(type: ResourceType, body: Resource, tolerances: Tolerances): Resource {
  const naming: Naming = { type, tolerances, resource: {}, taken: new Map(), parts: [], made: new Map() };
  takeAll(naming, body);
  // A part is put into what is given as a whole, whichever comes first.
  for (const part of naming.parts) takePart(naming, part);
  return naming.resource;
}

type Naming = {
  readonly type: ResourceType;
  readonly tolerances: Tolerances;
  readonly resource: Resource;
  /** How each thing that was named is spelled in `resource`, by its path in lower case. */
  readonly taken: Map<string, string>;
  readonly parts: Part[];
  /** The objects that parts were put into, by what selects them, and the lists that these make up. */
  readonly made: Map<string, Resource | Resource[]>;
};

/** A value that is only a part of its attribute: a sub-attribute, or what a filter selects. */
type Part = { key: string; path: AttributePath & { attribute: Attribute }; value: unknown };

function takeAll(naming: Naming, body: Resource): void {
  const { type } = naming;
  for (const [key, value] of Object.entries(body)) {
    const own = findOwnAttribute(type, key);
    const extension = own === undefined ? findExtension(type, key) : undefined;
    if (own !== undefined) {
      take(naming, undefined, own.name, key, value);
    } else if (extension !== undefined && isObject(value)) {
      for (const [name, each] of Object.entries(value)) takeInExtension(naming, extension.id, name, each);
    } else if (extension !== undefined) {
      if (!isUnassigned(value)) take(naming, undefined, extension.id, key, value);
    } else if (equalIgnoringCase(key, type.schema.id) && isObject(value)) {
      // Attributes under the URN of the core schema are attributes of the resource itself (RFC 7644 §3.10).
      takeAll(naming, value);
    } else if (namesElsewhere(type, key)) {
      takeByPath(naming, key, key, value);
    } else {
      take(naming, undefined, key, key, value);
    }
  }
}

function takeInExtension(naming: Naming, urn: string, key: string, value: unknown): void {
  const known = findAttribute(findExtension(naming.type, urn)?.attributes ?? [], key);
  const isPart = known === undefined && !key.includes(':') && isPath(key) && key.split('.', 3).every(isAttributeName);
  if (isPart) takeByPath(naming, key, `${urn}:${key}`, value);
  else take(naming, urn, known?.name ?? key, key, value);
}

function takeByPath(naming: Naming, key: string, text: string, value: unknown): void {
  const { type, tolerances } = naming;
  const refuse = (detail: string) => invalidValue(`The name ${shown(key)} is not valid: ${detail}`);
  const path = parseAttributePath(text, type, { valueIsObject: isObject(value), refuse, tolerances });
  const { attribute } = path;
  if (attribute === undefined) throw invalidValue(`${shown(key)} needs an object as its value`);
  noteSpelling(path, key, tolerances, invalidValue);
  if (path.subAttribute !== undefined || path.filter !== undefined) {
    naming.parts.push({ key, path: { ...path, attribute }, value });
  } else {
    take(naming, path.extension, attribute.name, key, value);
  }
}

function take(naming: Naming, urn: string | undefined, name: string, key: string, value: unknown): void {
  assertKey(name, urn ?? naming.type.name);
  claim(naming, prefixed(urn, name), key, name);
  holderIn(naming, urn, key)[name] = value;
}

const prefixed = (urn: string | undefined, name: string) => (urn === undefined ? name : `${urn}:${name}`);

function claim({ taken }: Naming, path: string, key: string, spelled: string): void {
  const lower = asciiLower(path);
  if (taken.has(lower)) throw twice(path, key);
  taken.set(lower, spelled);
}

const twice = (path: string, key: string) =>
  invalidValue(`${shown(path)} comes more than once, also as ${shown(key)}. Send each attribute once`);

function holderIn({ resource }: Naming, urn: string | undefined, key: string): Resource {
  if (urn === undefined) return resource;
  const held = Object.hasOwn(resource, urn) ? resource[urn] : undefined;
  if (held !== undefined && !isObject(held)) throw twice(urn, key);
  const holder = held ?? {};
  resource[urn] = holder;
  return holder;
}

/** What a filter selects is not there before the body is read: it is made of the equality terms, as in a PATCH (E25 to E27). */
function takePart(naming: Naming, { key, path, value }: Part): void {
  const { extension, filter, subAttribute: sub } = path;
  const terms = filter === undefined ? {} : equalityTerms(filter);
  const given = sub !== undefined ? { [sub.name]: value } : value;
  if (terms === undefined || Object.hasOwn(terms, 'value') || !isObject(given)) {
    throw invalidValue(
      `The name ${shown(key)} selects a value that cannot be there yet. Send the attribute as a whole`,
    );
  }
  const whole = prefixed(extension, path.attribute.name);
  const name = naming.taken.get(asciiLower(whole)) ?? path.attribute.name;
  naming.taken.set(asciiLower(whole), name);
  const selector = printAttributePath({ ...path, attribute: { ...path.attribute, name }, subAttribute: undefined });
  let element = naming.made.get(selector) as Resource | undefined;
  if (element === undefined) {
    element = { ...terms };
    const holder = holderIn(naming, extension, key);
    const held = Object.hasOwn(holder, name) && !isUnassigned(holder[name]) ? holder[name] : undefined;
    if (path.attribute.multiValued || filter !== undefined) {
      const list = naming.made.get(`${whole}[]`) ?? [];
      if (!Array.isArray(list) || (held !== undefined && held !== list)) throw twice(whole, key);
      list.push(element);
      naming.made.set(`${whole}[]`, list);
      holder[name] = list;
    } else {
      if (held !== undefined && !isObject(held)) throw twice(whole, key);
      Object.assign(element, held);
      holder[name] = element;
    }
    naming.made.set(selector, element);
    for (const each of Object.keys(element)) naming.taken.set(asciiLower(`${selector}.${each}`), each);
  }
  for (const [each, part] of Object.entries(given)) {
    assertKey(each, name);
    claim(naming, `${selector}.${each}`, key, each);
    element[each] = part;
  }
}
const firstOf = (text: string, ...marks: readonly string[]): number =>
  Math.min(text.length, ...marks.map((each) => text.indexOf(each)).filter((at) => at !== -1));
