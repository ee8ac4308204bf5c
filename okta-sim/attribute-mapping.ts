import { type ExpressionScope, evaluate, type Value } from './expression.ts';

export const coreUser = 'urn:ietf:params:scim:schemas:core:2.0:User';
export const enterpriseUser = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
export const coreGroup = 'urn:ietf:params:scim:schemas:core:2.0:Group';

/**
 * One attribute of the app profile and where its value comes from, as in Okta's Profile Editor.
 * `externalName` is the address in the JSON (`name.givenName`, `emails.^[primary==true].value`);
 * without an `externalNamespace` the attribute is never sent.
 */
export type MappedAttribute = {
  name: string;
  externalName: string;
  externalNamespace?: string;
  /** Expression over the Okta user; `user.<attribute>` for a plain mapping. */
  from: string;
  applyOn?: 'create' | 'create-and-update';
};

/** Values of a user at their addresses in the JSON, in the order of the mapping. */
export type MappedValues = Map<string, { attribute: MappedAttribute; value: Value }>;

type Json = Record<string, unknown>;
type Selector = { key: string; value: string | boolean; first: boolean };
type Segment = { name: string; selector?: Selector };
type Address = { urn: string | undefined; segments: Segment[] };

/** The values that Okta has for a user; what is empty, and what has no namespace, is not in it. */
export function mappedValues(
  mapping: readonly MappedAttribute[],
  scope: ExpressionScope,
  operation: 'create' | 'update',
): MappedValues {
  const values: MappedValues = new Map();
  for (const attribute of mapping) {
    if (!attribute.externalNamespace) continue;
    if (operation === 'update' && attribute.applyOn === 'create') continue;
    const value = evaluate(attribute.from, scope);
    if (value === null || value === '' || (Array.isArray(value) && value.length === 0)) continue;
    values.set(addressKey(attribute), { attribute, value });
  }
  return values;
}

/** Names an address across runs: namespace and external name. */
export function addressKey(attribute: MappedAttribute): string {
  return `${attribute.externalNamespace} ${attribute.externalName}`;
}

/** The multi-valued attribute of the core schema in which the value is one element's, such as `emails`; else undefined. */
export function listName(attribute: MappedAttribute): string | undefined {
  const { urn, segments } = parseAddress(attribute);
  return urn === undefined && segments[0]?.selector ? segments[0].name : undefined;
}

/** Writes a value at its address, making the objects and elements on the way; adds its URN to `schemas`. */
export function writeValue(body: Json, attribute: MappedAttribute, value: unknown): void {
  const address = parseAddress(attribute);
  if (address.urn) {
    const schemas = Array.isArray(body.schemas) ? body.schemas : [];
    if (!schemas.includes(address.urn)) body.schemas = [...schemas, address.urn];
  }
  let place = address.urn ? objectAt(body, address.urn) : body;
  for (const segment of address.segments.slice(0, -1)) place = childOf(place, segment);
  const last = address.segments.at(-1);
  if (last) place[last.name] = value;
  const selector = address.segments.at(-2)?.selector;
  if (selector && !(selector.key in place)) place[selector.key] = selector.value;
}

/** The value at an address, or undefined. */
export function readValue(body: Json, attribute: MappedAttribute): unknown {
  const { place, last } = find(body, attribute);
  return place && last ? place[last.name] : undefined;
}

/** Takes the value away from its address; an element that has nothing left but its selector goes too. */
export function removeValue(body: Json, attribute: MappedAttribute): void {
  const { place, last, parent, segment } = find(body, attribute);
  if (!place || !last) return;
  delete place[last.name];
  dropEmptyExtension(body, attribute.externalNamespace);
  if (!parent || !segment) return;
  const left = Object.keys(place).filter((key) => key !== segment.selector?.key && key !== 'type');
  if (left.length > 0) return;
  const list = parent[segment.name];
  const others = segment.selector && Array.isArray(list) ? list.filter((element) => element !== place) : [];
  if (others.length > 0) parent[segment.name] = others;
  else delete parent[segment.name];
  dropEmptyExtension(body, attribute.externalNamespace);
}

/** An extension is named in `schemas` only while it has a value. */
function dropEmptyExtension(body: Json, urn: string | undefined): void {
  if (urn === undefined || urn === coreUser) return;
  const extension = body[urn];
  if (!isObject(extension) || Object.keys(extension).length > 0) return;
  delete body[urn];
  if (Array.isArray(body.schemas)) body.schemas = body.schemas.filter((schema) => schema !== urn);
}

function find(body: Json, attribute: MappedAttribute) {
  const address = parseAddress(attribute);
  let place: Json | undefined = address.urn ? (body[address.urn] as Json | undefined) : body;
  let parent: Json | undefined;
  let segment: Segment | undefined;
  for (segment of address.segments.slice(0, -1)) {
    parent = place;
    place = place && existingChild(place, segment);
  }
  return { place, parent, segment, last: address.segments.at(-1) };
}

function existingChild(place: Json, { name, selector }: Segment): Json | undefined {
  const child = place[name];
  if (!selector) return isObject(child) ? child : undefined;
  if (!Array.isArray(child)) return undefined;
  return child.filter(isObject).find((element) => matches(element, selector));
}

function childOf(place: Json, segment: Segment): Json {
  const existing = existingChild(place, segment);
  if (existing) return existing;
  if (!segment.selector) return objectAt(place, segment.name);
  const element: Json = segment.selector.first ? { [segment.selector.key]: segment.selector.value } : {};
  const list = place[segment.name];
  place[segment.name] = [...(Array.isArray(list) ? list : []), element];
  return element;
}

function matches(element: Json, selector: Selector): boolean {
  if (selector.value === false) return element[selector.key] !== true;
  return element[selector.key] === selector.value;
}

function objectAt(place: Json, name: string): Json {
  const existing = place[name];
  if (isObject(existing)) return existing;
  const made: Json = {};
  place[name] = made;
  return made;
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

const addresses = new Map<string, Address>();

function parseAddress(attribute: MappedAttribute): Address {
  const key = addressKey(attribute);
  const known = addresses.get(key);
  if (known) return known;
  const segments: Segment[] = [];
  for (const part of attribute.externalName.match(/\^\[[^\]]*\]|[^.]+/g) ?? []) {
    if (!part.startsWith('^[')) {
      segments.push({ name: part });
      continue;
    }
    const owner = segments.at(-1);
    const match = /^\^\[(\w+)==(?:'([^']*)'|"([^"]*)"|(\w+))\]$/.exec(part);
    if (!owner || !match) throw new Error(`cannot read the external name ${attribute.externalName}`);
    const [, selectorKey = '', single, double, bare] = match;
    const quoted = single ?? double;
    const value = quoted ?? (bare === 'true' ? true : bare === 'false' ? false : (bare ?? ''));
    // Seen on the wire: `primary` and a quoted type lead the element, a bare type ends it.
    owner.selector = { key: selectorKey, value, first: quoted !== undefined || typeof value === 'boolean' };
  }
  const urn = attribute.externalNamespace === coreUser ? undefined : attribute.externalNamespace;
  const address = { urn, segments };
  addresses.set(key, address);
  return address;
}
