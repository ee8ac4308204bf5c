/** A whole resource in canonical form: what POST, PUT and the outcome of a PATCH have in common. */

import { limits } from '../limits.ts';
import { asciiLower, equalIgnoringCase } from './ascii.ts';
import { shown } from './attribute-name.ts';
import { assertCount, assertKey, canonicalValue, isObject, isUnassigned, kindOf } from './attribute-value.ts';
import { isPath, namesElsewhere, underOneName } from './body-names.ts';
import { caseKey } from './case-key.ts';
import { invalidValue, payloadTooLarge, ScimError } from './errors.ts';
import type { Tolerances } from './quirks.ts';
import {
  commonAttributes,
  findAttribute,
  findExtension,
  findOwnAttribute,
  type Resource,
  type ResourceType,
} from './schema.ts';

export type CanonicalOptions = {
  /** What happens to id, meta and groups: a body may echo them, the held resource may carry them. */
  readOnly: 'drop' | 'keep';
  /** Filled with the attributes that the caller reads itself: those whose names it has, as they came. */
  apart?: Map<string, unknown>;
  tolerances: Tolerances;
};

/**
 * The resource with names spelled as in the schemas, values checked, unassigned ones left out, and `schemas` computed: the core
 * schema and every extension that has content. What no schema describes is kept as it came, within a bound. Key order is as sent.
 * Keys of a body may name attributes in other ways too (body-names.ts); what is held has names only.
 */
export function canonicalResource(type: ResourceType, body: Resource, options: CanonicalOptions): Resource {
  const reading: Reading = { ...options, opaque: {}, mayBePaths: options.readOnly === 'drop', hasPaths: false };
  const resource = readResource(type, body, reading);
  if (!reading.hasPaths) return resource;
  const named = underOneName(type, body, options.tolerances);
  return readResource(type, named, { ...options, opaque: {}, mayBePaths: false, hasPaths: false });
}

type Reading = CanonicalOptions & {
  /** What no schema describes. */
  opaque: Resource;
  /** Whether a key may name an attribute in another way than by its name, and whether one did. */
  mayBePaths: boolean;
  hasPaths: boolean;
};

function readResource(type: ResourceType, body: Resource, reading: Reading): Resource {
  const resource: Resource = { schemas: [type.schema.id] };
  const { opaque } = reading;
  const urns: string[] = [];
  for (const [key, value] of Object.entries(body)) {
    assertKey(key, type.name);
    if (equalIgnoringCase(key, 'schemas')) continue;
    const own = findOwnAttribute(type, key);
    if (own !== undefined) {
      if (reading.apart?.has(own.name)) {
        reading.apart.set(own.name, value);
        continue;
      }
      if (own.mutability === 'readOnly') {
        if (reading.readOnly === 'keep') resource[own.name] = value;
        else reading.tolerances.add('read-only-ignored');
      } else if (own.mutability === 'writeOnly') {
        reading.tolerances.add('password-discarded');
      } else {
        assign(resource, own.name, canonicalValue(own, value, own.name, reading.tolerances));
      }
      continue;
    }
    const extension = findExtension(type, key);
    if (extension !== undefined) {
      const content = canonicalExtension(extension.id, extension.attributes, value, reading);
      assign(resource, extension.id, content);
      if (content !== undefined) urns.push(extension.id);
      continue;
    }
    if (reading.mayBePaths && namesElsewhere(type, key)) {
      reading.hasPaths = true;
      continue;
    }
    if (isUnassigned(value) || (isObject(value) && Object.keys(value).length === 0)) continue;
    const isExtension = key.includes(':') && isObject(value);
    if (isExtension) reading.tolerances.add('unknown-schema', () => noSuchSchema(key));
    else reading.tolerances.add('unknown-attribute', undefined, key);
    resource[key] = value;
    opaque[key] = value;
    if (isExtension) urns.push(key);
  }
  resource.schemas = [type.schema.id, ...urnsInOrder(type, urns)];
  if (reading.hasPaths) return resource;
  assertSize(type, resource, opaque);
  assertIndexedLengths(type, resource);
  return resource;
}

/** Registered extensions, then the others by their URN: an order that does not depend on that of the keys, which jsonb changes. */
export function urnsInOrder(type: ResourceType, urns: readonly string[]): string[] {
  const registered = type.extensions.map((each) => each.schema.id).filter((urn) => urns.includes(urn));
  return [...registered, ...urns.filter((urn) => !registered.includes(urn)).sort()];
}

const namesOfType = new WeakMap<ResourceType, ReadonlySet<string>>();

/**
 * Gives what is held under another spelling than its name the place it has, in `held` itself. What stands there already counts. A
 * value that the schema would not take stays where it is.
 */
export function mendNames(type: ResourceType, held: Resource): void {
  let names = namesOfType.get(type);
  if (names === undefined) {
    const own = [...commonAttributes, ...type.schema.attributes].map((each) => each.name);
    names = new Set([...own, ...type.extensions.map(({ schema }) => schema.id)]);
    namesOfType.set(type, names);
  }
  for (const key of Object.keys(held)) {
    if (names.has(key) || !namesElsewhere(type, key)) continue;
    let mended: Resource;
    try {
      mended = canonicalResource(type, { [key]: held[key] }, { readOnly: 'drop', tolerances: new Set() });
    } catch (error) {
      if (error instanceof ScimError) continue;
      throw error;
    }
    delete held[key];
    addMissing(held, mended);
  }
}

function addMissing(held: Resource, more: Resource): void {
  for (const [name, value] of Object.entries(more)) {
    const there = Object.hasOwn(held, name) ? held[name] : undefined;
    if (there === undefined) held[name] = value;
    else if (isObject(there) && isObject(value)) addMissing(there, value);
  }
}

function canonicalExtension(
  urn: string,
  attributes: Parameters<typeof findAttribute>[0],
  value: unknown,
  reading: Reading,
): Resource | undefined {
  if (isUnassigned(value)) return undefined;
  if (!isObject(value)) throw invalidValue(`${urn} must be an object, not ${kindOf(value)}`);
  const content: Resource = {};
  for (const [key, each] of Object.entries(value)) {
    const attribute = findAttribute(attributes, key);
    if (attribute?.mutability === 'readOnly') {
      if (reading.readOnly === 'keep') content[attribute.name] = each;
      else reading.tolerances.add('read-only-ignored');
      continue;
    }
    if (attribute?.mutability === 'writeOnly') {
      reading.tolerances.add('password-discarded');
      continue;
    }
    if (attribute !== undefined) {
      assign(content, attribute.name, canonicalValue(attribute, each, attribute.name, reading.tolerances));
      continue;
    }
    assertKey(key, urn);
    if (reading.mayBePaths && isPath(key)) {
      reading.hasPaths = true;
      continue;
    }
    if (isUnassigned(each)) continue;
    reading.tolerances.add('unknown-attribute', undefined, `${urn}:${key}`);
    content[key] = each;
    reading.opaque[`${urn}:${key}`] = each;
  }
  return Object.keys(content).length === 0 ? undefined : content;
}

function assign(holder: Resource, name: string, value: unknown): void {
  if (value !== undefined) holder[name] = value;
}

function assertSize(type: ResourceType, resource: Resource, opaque: Resource): void {
  if (JSON.stringify(resource).length > limits.resourceLengthMax) {
    throw payloadTooLarge(`The ${type.name} holds more than ${limits.resourceLengthMax} characters`);
  }
  const opaqueLength = Object.keys(opaque).length === 0 ? 0 : JSON.stringify(opaque).length;
  if (opaqueLength > limits.opaqueLengthMax) {
    throw payloadTooLarge(
      `The attributes that Rollcall does not know (${Object.keys(opaque).slice(0, 3).join(', ')}) hold more than ${limits.opaqueLengthMax} characters`,
    );
  }
}

/** What an index holds must fit into an index entry, as it is and as its comparison key. */
function assertIndexedLengths(type: ResourceType, resource: Resource): void {
  const indexed: [string, unknown][] = [['externalId', resource.externalId]];
  if (type.kind !== 'Custom') indexed.push(['displayName', resource.displayName]);
  if (type.kind === 'User') indexed.push(['userName', resource.userName]);
  if (type.kind === 'User' && Array.isArray(resource.emails)) {
    for (const [index, each] of resource.emails.entries()) indexed.push([`emails[${index}].value`, each.value]);
  }
  for (const [place, value] of indexed) {
    if (typeof value !== 'string') continue;
    if (Math.max(value.length, caseKey(value).length) <= limits.indexedStringLengthMax) continue;
    throw invalidValue(`${place} is longer than ${limits.indexedStringLengthMax} characters`);
  }
}

const noSuchSchema = (urn: string) => invalidValue(`schemas names ${shown(urn)}, which is no schema there is`);

/** Which of the schemas named in a body, and needed for it, are missing or unknown (quirks E37, E60). */
export function noteSchemas(type: ResourceType, named: unknown, computed: unknown, tolerances: Tolerances): void {
  if (!isUnassigned(named) && typeof named !== 'string' && !Array.isArray(named)) {
    throw invalidValue(`schemas must be a list of URNs, not ${kindOf(named)}`);
  }
  const list: unknown[] = isUnassigned(named) ? [] : Array.isArray(named) ? named : [named];
  assertCount(list, 'schemas');
  const urns = new Set<string>();
  for (const each of list) {
    if (typeof each !== 'string') throw invalidValue(`schemas must be a list of URNs, and holds ${kindOf(each)}`);
    urns.add(asciiLower(each));
    const known = equalIgnoringCase(each, type.schema.id) || findExtension(type, each) !== undefined;
    if (!known) tolerances.add('unknown-schema', () => noSuchSchema(each));
  }
  const needed = Array.isArray(computed) ? computed : [];
  const missing = needed.find((urn) => typeof urn === 'string' && !urns.has(asciiLower(urn)));
  if (missing === undefined) return;
  tolerances.add('schemas-incomplete', () => invalidValue(`schemas must name ${shown(String(missing))}`));
}
