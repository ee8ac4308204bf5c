/** Partial representations: `attributes` and `excludedAttributes` (RFC 7644 §3.9), within what `returned` allows (RFC 7643 §7). */

import { asciiLower } from './ascii.ts';
import { type AttributeName, printAttributeName, resolveAttributeName } from './attribute-name.ts';
import { isObject } from './attribute-value.ts';
import { invalidPath, invalidValue, ScimError } from './errors.ts';
import {
  type Attribute,
  findExtension,
  findOwnAttribute,
  findSubAttribute,
  type Resource,
  type ResourceType,
} from './schema.ts';

/** `only` keeps the named attributes, `except` leaves them out. */
export type Projection = { kind: 'only' | 'except'; names: readonly AttributeName[] };

/**
 * What the query asks for; undefined for the default representation. Names that nothing has are ignored: they select nothing.
 * Throws invalidValue when both parameters are given, which exclude each other.
 */
export function parseProjection(
  query: { attributes?: string | undefined; excludedAttributes?: string | undefined },
  type: ResourceType,
): Projection | undefined {
  const only = parseNames(query.attributes, type);
  const except = parseNames(query.excludedAttributes, type);
  if (only !== undefined && except !== undefined) {
    throw invalidValue('attributes and excludedAttributes exclude each other; send one of them');
  }
  if (only !== undefined) return { kind: 'only', names: only };
  return except === undefined ? undefined : { kind: 'except', names: except };
}

/** Whether the attribute would be in the representation: if not, it need not be read (quirk E6). */
export function wants(projection: Projection | undefined, name: 'members' | 'groups'): boolean {
  if (projection === undefined) return true;
  const about = projection.names.filter((each) => each.extension === undefined && each.attribute?.name === name);
  if (projection.kind === 'only') return about.length > 0;
  return !about.some((each) => each.subAttribute === undefined);
}

/** The representation of a resource in canonical form. The resource stays untouched; values are shared with it. */
export function project(resource: Resource, projection: Projection | undefined, type: ResourceType): Resource {
  const projected: Resource = {};
  for (const [key, value] of Object.entries(resource)) {
    const extension = findExtension(type, key);
    const isExtension = extension !== undefined || (key.includes(':') && isObject(value));
    const kept = isExtension
      ? projectExtension(key, extension?.attributes ?? [], value, projection)
      : projectAttribute(undefined, key, findOwnAttribute(type, key), value, projection);
    if (kept !== undefined) projected[key] = kept;
  }
  return projected;
}

function parseNames(list: string | undefined, type: ResourceType): AttributeName[] | undefined {
  if (list === undefined || list.trim() === '') return undefined;
  const names: AttributeName[] = [];
  for (const part of list.split(',')) {
    const text = part.trim();
    if (text === '') continue;
    try {
      names.push(resolveAttributeName(text, type, { refuse: invalidPath, tolerances: new Set() }));
    } catch (error) {
      if (!(error instanceof ScimError)) throw error;
    }
  }
  return names;
}

function projectExtension(
  urn: string,
  attributes: readonly Attribute[],
  value: unknown,
  projection: Projection | undefined,
): unknown {
  // Printed and compared as text: where the URN of an unknown extension ends cannot be told from the name alone.
  const whole = projection?.names.some((each) => sameName(printAttributeName(each), urn)) ?? false;
  if (projection === undefined || !isObject(value)) {
    return projection === undefined || whole === (projection.kind === 'only') ? value : undefined;
  }
  if (whole) return projection.kind === 'only' ? value : undefined;
  const kept: Resource = {};
  for (const [key, each] of Object.entries(value)) {
    const attribute = attributes.find((candidate) => candidate.name === key);
    const projected = projectAttribute(urn, key, attribute, each, projection);
    if (projected !== undefined) kept[key] = projected;
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function projectAttribute(
  extension: string | undefined,
  key: string,
  attribute: Attribute | undefined,
  value: unknown,
  projection: Projection | undefined,
): unknown {
  const returned = attribute?.returned ?? 'default';
  if (returned === 'never') return undefined;
  if (returned === 'always') return value;
  if (projection === undefined) return returned === 'request' ? undefined : value;
  const about = projection.names.filter(
    (each) => sameName(each.extension, extension) && sameName(each.attribute?.name, key),
  );
  const whole = about.some((each) => each.subAttribute === undefined);
  const subs = about.flatMap((each) => (each.subAttribute === undefined ? [] : [each.subAttribute.name]));
  if (projection.kind === 'only') {
    if (whole) return value;
    return subs.length === 0
      ? undefined
      : keepSubs(value, attribute, (name) => subs.some((sub) => sameName(sub, name)));
  }
  if (whole || returned === 'request') return undefined;
  return subs.length === 0 ? value : keepSubs(value, attribute, (name) => !subs.some((sub) => sameName(sub, name)));
}

function keepSubs(value: unknown, attribute: Attribute | undefined, keep: (name: string) => boolean): unknown {
  if (Array.isArray(value)) {
    const kept = value.map((each) => keepSubs(each, attribute, keep)).filter((each) => each !== undefined);
    return kept.length === 0 ? undefined : kept;
  }
  if (!isObject(value)) return undefined;
  const kept: Resource = {};
  for (const [name, each] of Object.entries(value)) {
    const always = attribute !== undefined && findSubAttribute(attribute, name)?.returned === 'always';
    if (always || keep(name)) kept[name] = each;
  }
  return Object.keys(kept).length === 0 ? undefined : kept;
}

function sameName(left: string | undefined, right: string | undefined): boolean {
  if (left === undefined || right === undefined) return left === right;
  return left === right || asciiLower(left) === asciiLower(right);
}
