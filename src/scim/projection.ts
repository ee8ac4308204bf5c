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
  leavesOf,
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

/** Whether the default representation leaves out something that is stored: if not, it need not be computed. */
export function hidesByDefault(type: ResourceType): boolean {
  let hides = hiding.get(type);
  if (hides === undefined) {
    const schemas = [type.schema, ...type.extensions.map(({ schema }) => schema)];
    hides = schemas.some(({ attributes }) =>
      leavesOf(attributes).some(({ returned, mutability }) => returned === 'request' && mutability !== 'writeOnly'),
    );
    hiding.set(type, hides);
  }
  return hides;
}

const hiding = new WeakMap<ResourceType, boolean>();

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
  if (!isObject(value)) {
    return projection === undefined || whole === (projection.kind === 'only') ? value : undefined;
  }
  const kept: Resource = {};
  for (const [key, each] of Object.entries(value)) {
    const attribute = attributes.find((candidate) => candidate.name === key);
    const isAlways = attribute?.returned === 'always';
    if (whole && projection?.kind === 'except' && !isAlways) continue;
    // Whoever names the extension is given what is in it by default.
    const projected = projectAttribute(urn, key, attribute, each, whole ? undefined : projection);
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
  if (returned === 'always') return byDefault(value, attribute);
  if (projection === undefined) return returned === 'request' ? undefined : byDefault(value, attribute);
  const about = projection.names.filter(
    (each) => sameName(each.extension, extension) && sameName(each.attribute?.name, key),
  );
  const whole = about.some((each) => each.subAttribute === undefined);
  const subs = about.flatMap((each) => (each.subAttribute === undefined ? [] : [each.subAttribute.name]));
  if (projection.kind === 'only') {
    if (whole) return byDefault(value, attribute);
    return subs.length === 0
      ? undefined
      : keepSubs(value, attribute, (name) => subs.some((sub) => sameName(sub, name)));
  }
  if (whole || returned === 'request') return undefined;
  const shownByDefault = byDefault(value, attribute);
  if (subs.length === 0) return shownByDefault;
  return keepSubs(shownByDefault, attribute, (name) => !subs.some((sub) => sameName(sub, name)));
}

/** The value without the sub-attributes that are returned on request only. */
function byDefault(value: unknown, attribute: Attribute | undefined): unknown {
  const hidden =
    attribute?.subAttributes?.filter(({ returned }) => returned === 'request' || returned === 'never') ?? [];
  if (hidden.length === 0) return value;
  return keepSubs(value, attribute, (name) => !hidden.some((sub) => sub.name === name));
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
