/** Partial representations: `attributes` and `excludedAttributes` (RFC 7644 §3.9), within what `returned` allows (RFC 7643 §7). */

import { limits } from '../limits.ts';
import { asciiLower } from './ascii.ts';
import { type AttributeName, printAttributeName, resolveAttributeName } from './attribute-name.ts';
import { type AttributePath, parseAttributePath } from './attribute-path.ts';
import { elementsOf, isObject } from './attribute-value.ts';
import { invalidPath, invalidValue, ScimError } from './errors.ts';
import type { PatchOperation } from './patch.ts';
import {
  type Attribute,
  findExtension,
  findOwnAttribute,
  findSubAttribute,
  leavesOf,
  type Resource,
  type ResourceType,
} from './schema.ts';

/**
 * `only` keeps the named attributes, `except` leaves them out. What is named is looked up by each attribute of each resource, so it is
 * kept as it is looked up.
 */
export type Projection = {
  kind: 'only' | 'except';
  /** What is named of an attribute, by `attributeKey`. */
  attributes: ReadonlyMap<string, NamedPart>;
  /**
   * All names as text in lower case. Where the URN of an unknown extension ends cannot be told from the name alone, so an extension
   * is looked up here.
   */
  texts: ReadonlySet<string>;
};

/** An attribute that is named as a whole, or only its sub-attributes, by their names in lower case. */
type NamedPart = { isWhole: boolean; subs: Set<string> };

const attributeKey = (extension: string | undefined, name: string) => asciiLower(`${extension ?? ''}\n${name}`);

/**
 * What the query asks for; undefined for the default representation. Names that nothing has are ignored: they select nothing.
 * Throws invalidValue when both parameters are given, which exclude each other, or one has more than limits.projectedNamesMax names.
 */
export function parseProjection(
  query: { attributes?: string | undefined; excludedAttributes?: string | undefined },
  type: ResourceType,
): Projection | undefined {
  const only = parseNames('attributes', query.attributes, type);
  const except = parseNames('excludedAttributes', query.excludedAttributes, type);
  if (only !== undefined && except !== undefined) {
    throw invalidValue('attributes and excludedAttributes exclude each other; send one of them');
  }
  if (only !== undefined) return projectionOf('only', only);
  return except && projectionOf('except', except);
}

function projectionOf(kind: Projection['kind'], names: readonly AttributeName[]): Projection {
  const attributes = new Map<string, NamedPart>();
  for (const { extension, attribute, subAttribute } of names) {
    if (attribute === undefined) continue;
    const key = attributeKey(extension, attribute.name);
    const part = attributes.get(key) ?? { isWhole: false, subs: new Set() };
    attributes.set(key, part);
    if (subAttribute === undefined) part.isWhole = true;
    else part.subs.add(asciiLower(subAttribute.name));
  }
  return { kind, attributes, texts: new Set(names.map((each) => asciiLower(printAttributeName(each)))) };
}

/** Whether the attribute would be in the representation: if not, it need not be read (quirk E6). */
export function wants(projection: Projection | undefined, name: 'members' | 'groups'): boolean {
  if (projection === undefined) return true;
  const about = projection.attributes.get(attributeKey(undefined, name));
  return projection.kind === 'only' ? about !== undefined : about?.isWhole !== true;
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

/** The names of attributes and sub-attributes in lower case, with the URN of their extension. */
export type GivenNames = ReadonlySet<string>;

const nothingGiven: GivenNames = new Set();

/**
 * What the body of a POST or PUT, or the operations of a PATCH, name: whoever gives what is returned on request is answered with it
 * (RFC 7643 §7). The body has been read and carried out, so what cannot be read in it names nothing.
 */
export function namesGiven(type: ResourceType, body: unknown, operations?: readonly PatchOperation[]): GivenNames {
  const given = new Set<string>();
  if (operations === undefined) noteObject(given, type, '', body);
  for (const { path, value } of operations ?? []) {
    if (path === undefined) noteObject(given, type, '', value);
    else notePath(given, type, path, value);
  }
  return given;
}

function noteObject(given: Set<string>, type: ResourceType, prefix: string, value: unknown): void {
  if (!isObject(value)) return;
  for (const [key, each] of Object.entries(value)) notePath(given, type, prefix + key, each);
}

function notePath(given: Set<string>, type: ResourceType, text: string, value: unknown): void {
  const path = pathOrNone(text, type, value);
  if (path === undefined) return;
  const { extension, attribute, subAttribute } = path;
  if (attribute === undefined) {
    noteObject(given, type, extension === undefined ? '' : `${extension}:`, value);
    return;
  }
  const note = (sub: Attribute | undefined) => {
    given.add(asciiLower(printAttributeName({ extension, attribute, subAttribute: sub })));
  };
  note(undefined);
  if (subAttribute !== undefined) note(subAttribute);
  for (const each of elementsOf(value)) {
    if (isObject(each)) for (const name of Object.keys(each)) note(findSubAttribute(attribute, name));
  }
}

function pathOrNone(text: string, type: ResourceType, value: unknown): AttributePath | undefined {
  try {
    return parseAttributePath(text, type, { valueIsObject: isObject(value) });
  } catch (error) {
    if (error instanceof ScimError) return undefined;
    throw error;
  }
}

/**
 * The representation of a resource in canonical form. The resource stays untouched; values are shared with it.
 *
 * @param given what the request gave, of which also that is shown which is returned on request
 */
export function project(
  resource: Resource,
  projection: Projection | undefined,
  type: ResourceType,
  given: GivenNames = nothingGiven,
): Resource {
  const projected: Resource = {};
  for (const [key, value] of Object.entries(resource)) {
    const extension = findExtension(type, key);
    const isExtension = extension !== undefined || (key.includes(':') && isObject(value));
    const kept = isExtension
      ? projectExtension(key, extension?.attributes ?? [], value, projection, given)
      : projectAttribute(undefined, key, findOwnAttribute(type, key), value, projection, given);
    if (kept !== undefined) projected[key] = kept;
  }
  return projected;
}

function parseNames(
  parameter: 'attributes' | 'excludedAttributes',
  list: string | undefined,
  type: ResourceType,
): AttributeName[] | undefined {
  if (list === undefined || list.trim() === '') return undefined;
  const parts = list.split(',');
  if (parts.length > limits.projectedNamesMax) {
    throw invalidValue(`${parameter} has ${parts.length} names, and at most ${limits.projectedNamesMax} are taken`);
  }
  const names: AttributeName[] = [];
  for (const part of parts) {
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
  given: GivenNames,
): unknown {
  const whole = projection?.texts.has(asciiLower(urn)) ?? false;
  if (!isObject(value)) {
    return projection === undefined || whole === (projection.kind === 'only') ? value : undefined;
  }
  const kept: Resource = {};
  for (const [key, each] of Object.entries(value)) {
    const attribute = attributes.find((candidate) => candidate.name === key);
    const isAlways = attribute?.returned === 'always';
    if (whole && projection?.kind === 'except' && !isAlways) continue;
    // Whoever names the extension is given what is in it by default.
    const projected = projectAttribute(urn, key, attribute, each, whole ? undefined : projection, given);
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
  given: GivenNames,
): unknown {
  const returned = attribute?.returned ?? 'default';
  const isGiven = (subAttribute?: Attribute) =>
    attribute !== undefined && given.has(asciiLower(printAttributeName({ extension, attribute, subAttribute })));
  const isHidden = returned === 'request' && !isGiven();
  if (returned === 'never') return undefined;
  if (returned === 'always') return byDefault(value, attribute, isGiven);
  if (projection === undefined) return isHidden ? undefined : byDefault(value, attribute, isGiven);
  const about = projection.attributes.get(attributeKey(extension, key));
  const isNamed = (name: string) => about?.subs.has(asciiLower(name)) === true;
  if (projection.kind === 'only') {
    if (about === undefined) return undefined;
    return about.isWhole ? byDefault(value, attribute, isGiven) : keepSubs(value, attribute, isNamed);
  }
  if (about?.isWhole || isHidden) return undefined;
  const shownByDefault = byDefault(value, attribute, isGiven);
  return about === undefined ? shownByDefault : keepSubs(shownByDefault, attribute, (name) => !isNamed(name));
}

/** The value without the sub-attributes that are returned on request only, unless the request gave them. */
function byDefault(value: unknown, attribute: Attribute | undefined, isGiven: (sub: Attribute) => boolean): unknown {
  const hidden =
    attribute?.subAttributes?.filter(
      (sub) => sub.returned === 'never' || (sub.returned === 'request' && !isGiven(sub)),
    ) ?? [];
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
