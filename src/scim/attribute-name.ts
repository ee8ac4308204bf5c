/**
 * Attribute notation (RFC 7644 §3.10): an optional schema URN, an attribute, an optional sub-attribute.
 *
 * Each segment is looked up in the schema. What no schema describes becomes an opaque attribute, and only if it is spelled
 * as an attribute name (RFC 7643 §2.1), so that `__proto__` never becomes a key.
 */

import { asciiLower } from './ascii.ts';
import type { ScimError } from './errors.ts';
import type { Tolerances } from './quirks.ts';
import {
  type Attribute,
  type AttributeScope,
  findAttribute,
  findOwnAttribute,
  findSubAttribute,
  opaqueAttribute,
} from './schema.ts';

export type AttributeName = {
  /** URN of the extension that holds the attribute; undefined for the resource itself. */
  extension: string | undefined;
  /** Undefined when the name is a schema URN and nothing else. */
  attribute: Attribute | undefined;
  subAttribute: Attribute | undefined;
};

export type NameOptions = {
  /** Makes the error for a name that cannot be read. */
  refuse: (detail: string) => ScimError;
  /** URNs of unregistered extensions that the resource holds: they help to see where an unknown URN ends. */
  heldUrns?: readonly string[];
  /** Reads an unknown URN as the whole name: what comes with it is an object. */
  wholeUrn?: boolean;
  tolerances: Tolerances;
};

const nameLengthMax = 256;

/** Resolves the text of an attribute name, without brackets, against the schemas of a resource type, or of all. */
export function resolveAttributeName(text: string, type: AttributeScope, options: NameOptions): AttributeName {
  if (!text.includes(':')) return resolveUnqualified(text, type, options);
  const known = registeredUrns(type);
  const urn = longestPrefix(text, known);
  if (urn !== undefined) {
    const extension = urn === type.schema.id ? undefined : urn;
    if (text.length === urn.length) return { extension, attribute: undefined, subAttribute: undefined };
    const rest = text.slice(urn.length + 1);
    if (extension === undefined) return resolveUnqualified(rest, type, options);
    const schema = type.extensions.find((each) => each.schema.id === urn)?.schema;
    return { extension, ...resolveIn(schema?.attributes ?? [], rest, options) };
  }
  return resolveUnknownUrn(text, options);
}

/** An attribute name as it is written in a path, a filter or `attributes`. */
export function printAttributeName(name: AttributeName): string {
  const own = name.attribute === undefined ? undefined : name.attribute.name;
  const sub = name.subAttribute === undefined ? '' : `.${name.subAttribute.name}`;
  if (own === undefined) return name.extension ?? '';
  return name.extension === undefined ? own + sub : `${name.extension}:${own}${sub}`;
}

/** ATTRNAME of RFC 7643 §2.1; `$ref` is the one name with a dollar sign. */
export function isAttributeName(text: string): boolean {
  if (text === '$ref') return true;
  if (text.length === 0 || text.length > nameLengthMax || !isLetter(text.charCodeAt(0))) return false;
  for (let index = 1; index < text.length; index++) {
    const code = text.charCodeAt(index);
    const digit = code >= 0x30 && code <= 0x39;
    if (!isLetter(code) && !digit && code !== 0x2d && code !== 0x5f) return false;
  }
  return true;
}

function isLetter(code: number): boolean {
  return (code >= 0x41 && code <= 0x5a) || (code >= 0x61 && code <= 0x7a);
}

function registeredUrns(type: AttributeScope): string[] {
  return [type.schema.id, ...type.extensions.map((each) => each.schema.id)];
}

/** URNs hold dots and colons, so the longest one that the text begins with wins (quirk E38). */
function longestPrefix(text: string, urns: readonly string[]): string | undefined {
  const lower = asciiLower(text);
  let longest: string | undefined;
  for (const urn of urns) {
    if (!lower.startsWith(asciiLower(urn))) continue;
    if (lower.length > urn.length && lower[urn.length] !== ':') continue;
    if (longest === undefined || urn.length > longest.length) longest = urn;
  }
  return longest;
}

function resolveUnknownUrn(text: string, options: NameOptions): AttributeName {
  options.tolerances.add('unknown-schema', () => options.refuse('it begins with the URN of no schema there is'));
  const held = longestPrefix(text, options.heldUrns ?? []);
  if (held !== undefined && held.length === text.length) {
    return { extension: held, attribute: undefined, subAttribute: undefined };
  }
  if (held !== undefined) return { extension: held, ...resolveIn([], text.slice(held.length + 1), options) };
  const colon = text.lastIndexOf(':');
  const tail = text.slice(colon + 1);
  const namesAttribute = tail.split('.', 3).every(isAttributeName);
  if (options.wholeUrn === true || !namesAttribute) {
    return { extension: text, attribute: undefined, subAttribute: undefined };
  }
  return { extension: text.slice(0, colon), ...resolveIn([], tail, options) };
}

function resolveUnqualified(text: string, type: AttributeScope, options: NameOptions): AttributeName {
  const dot = text.indexOf('.');
  const first = dot === -1 ? text : text.slice(0, dot);
  if (findOwnAttribute(type, first) === undefined) {
    for (const { schema } of type.extensions) {
      if (findAttribute(schema.attributes, first) === undefined) continue;
      options.tolerances.add('unqualified-extension-attribute');
      return { extension: schema.id, ...resolveIn(schema.attributes, text, options) };
    }
  }
  const own = findOwnAttribute(type, first);
  return { extension: undefined, ...resolveIn(own === undefined ? [] : [own], text, options) };
}

function resolveIn(
  attributes: readonly Attribute[],
  text: string,
  options: NameOptions,
): { attribute: Attribute; subAttribute: Attribute | undefined } {
  const dot = text.indexOf('.');
  const name = dot === -1 ? text : text.slice(0, dot);
  const attribute = findAttribute(attributes, name) ?? opaque(name, options, text);
  if (dot === -1) return { attribute, subAttribute: undefined };
  const sub = text.slice(dot + 1);
  const subAttribute = findSubAttribute(attribute, sub);
  if (subAttribute !== undefined) return { attribute, subAttribute };
  if (attribute.opaque !== true && attribute.type !== 'complex') {
    throw options.refuse(`${attribute.name} has no sub-attributes, so ${attribute.name}.${shown(sub)} names nothing`);
  }
  return { attribute, subAttribute: opaque(sub, options, text) };
}

/** @param path as it was sent, of which the name is a part */
function opaque(name: string, options: NameOptions, path: string): Attribute {
  if (!isAttributeName(name)) throw options.refuse(`"${shown(name)}" is not an attribute name`);
  options.tolerances.add('unknown-attribute', undefined, path);
  return opaqueAttribute(name);
}

/** Client text for an error's detail: short, and without what could confuse a log. */
export function shown(text: string): string {
  const short = text.length > 80 ? `${text.slice(0, 80)}…` : text;
  let clean = '';
  for (const character of short.toWellFormed()) clean += (character.codePointAt(0) as number) < 0x20 ? ' ' : character;
  return clean;
}
