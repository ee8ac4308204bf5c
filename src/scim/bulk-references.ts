/**
 * References within a bulk (RFC 7644 §3.7.2): an operation speaks of a resource that another operation creates by the text
 * `bulkId:` and the bulkId of that operation. Such a text is a reference where a reference stands, and a text anywhere else: in
 * attributes that refer to resources, as their `value` or as the end of their `$ref`, and in the filters of paths of a PATCH. In
 * what no schema describes it is one if there is such a creation.
 */

import { equalIgnoringCase } from './ascii.ts';
import { type AttributeName, resolveAttributeName } from './attribute-name.ts';
import { isObject, valueNamed } from './attribute-value.ts';
import { invalidPath } from './errors.ts';
import { isId } from './resource-id.ts';
import { type Attribute, findAttribute, findExtension, findSubAttribute, type ResourceType } from './schema.ts';

const prefix = 'bulkId:';

/** The bulkId that a text refers to; undefined if it is no reference. */
export function bulkIdIn(text: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}

/** Of which resources an operation speaks in its data. */
export type NamedResources = {
  bulkIds: ReadonlySet<string>;
  /** Of these only if there are creations of that name: nobody knows what they stand in. */
  mayBe: ReadonlySet<string>;
  ids: ReadonlySet<string>;
};

/** The data of an operation: a resource of the type, or a PATCH of one. */
export type OperationData = { type: ResourceType; isPatch: boolean; data: unknown };

/** Finds the references in the data of an operation, and the texts that may be ids of resources. */
export function namedResources(of: OperationData): NamedResources {
  const bulkIds = new Set<string>();
  const mayBe = new Set<string>();
  const ids = new Set<string>();
  mapNames(of, (name, kind) => {
    const bulkId = kind === 'text' ? undefined : bulkIdIn(name);
    if (bulkId === undefined) ids.add(name);
    else (kind === 'unknown' ? mayBe : bulkIds).add(bulkId);
    return name;
  });
  return { bulkIds, mayBe, ids };
}

/**
 * The data with the id of the created resource in the place of each reference; what `idOf` does not know stays. What holds none is
 * not copied.
 */
export function resolveReferences(of: OperationData, idOf: (bulkId: string) => string | undefined): unknown {
  return mapNames(of, (name, kind) => {
    const bulkId = kind === 'text' ? undefined : bulkIdIn(name);
    return bulkId === undefined ? name : (idOf(bulkId) ?? name);
  });
}

/** Puts something in the place of each reference and of each text that has the form of an id. */
type Replace = (name: string, kind: Place['kind']) => string;

/** What the texts at a place are, and the places below it. */
type Place = {
  kind: 'text' | 'reference' | 'address' | 'unknown';
  at(key: string): Place;
};

const text: Place = { kind: 'text', at: () => text };
const reference: Place = { kind: 'reference', at: () => text };
const address: Place = { kind: 'address', at: () => text };
const undescribed: Place = {
  kind: 'unknown',
  at: (key) => (equalIgnoringCase(key, '$ref') ? address : undescribed),
};

function placeOf(attribute: Attribute | undefined): Place {
  if (attribute === undefined || attribute.opaque === true) return undescribed;
  if (attribute.type === 'reference') {
    return attribute.referenceTypes?.some((each) => each !== 'uri' && each !== 'external') === true
      ? address
      : undescribed;
  }
  if (attribute.type !== 'complex') return text;
  const refers = isReferring(attribute);
  return {
    kind: refers ? 'reference' : 'text',
    at: (key) => {
      const sub = findSubAttribute(attribute, key);
      return refers && sub?.name === 'value' ? reference : placeOf(sub);
    },
  };
}

/** Members, managers, and whatever else has a `$ref`; roles and entitlements name resources by their ids (okta-wire.md §14). */
const isReferring = ({ name, subAttributes }: Attribute): boolean =>
  name === 'roles' || name === 'entitlements' || subAttributes?.some((sub) => sub.name === '$ref') === true;

function placeOfResource(type: ResourceType): Place {
  const place: Place = {
    kind: 'text',
    at: (key) => {
      const name = nameOf(key, type);
      return name === undefined ? undescribed : placeOfName(name, type, place);
    },
  };
  return place;
}

function placeOfName(
  { extension, attribute, subAttribute }: AttributeName,
  type: ResourceType,
  resource: Place,
): Place {
  if (attribute !== undefined) {
    const place = attribute.opaque === true ? undescribed.at(attribute.name) : placeOf(attribute);
    return subAttribute === undefined ? place : place.at(subAttribute.name);
  }
  if (extension === undefined) return resource;
  const attributes = findExtension(type, extension)?.attributes;
  return {
    kind: 'text',
    at: (key) => (attributes === undefined ? undescribed.at(key) : placeOf(findAttribute(attributes, key))),
  };
}

/** Made once: a bulk may have a hundred thousand keys that are no names, and making an error costs more than all else. */
const noName = invalidPath('no name');

/** What is wrong with a name is said where its operation is carried out. */
function nameOf(key: string, type: ResourceType): AttributeName | undefined {
  try {
    return resolveAttributeName(key, type, { refuse: () => noName, wholeUrn: true, tolerances: new Set() });
  } catch {
    return undefined;
  }
}

function mapNames({ type, isPatch, data }: OperationData, replace: Replace): unknown {
  const resource = placeOfResource(type);
  if (!isPatch) return mapAt(data, resource, replace);
  return mapMembers(data, (key, operations) => {
    if (!equalIgnoringCase(key, 'operations')) return operations;
    return mapList(operations, (operation) => {
      const path = isObject(operation) ? valueNamed(operation, 'path') : undefined;
      const target =
        typeof path === 'string' && path !== '' ? targetOf(path, resource) : { place: resource, selects: text };
      return mapMembers(operation, (name, each) => {
        if (equalIgnoringCase(name, 'value')) return mapAt(each, target.place, replace);
        const isPath = equalIgnoringCase(name, 'path') && typeof each === 'string';
        return isPath ? mapQuoted(each, (quoted) => replace(quoted, target.selects.kind)) : each;
      });
    });
  });
}

/** What a path names: `selects` is what its filter compares. The filter itself is left to where it is read. */
function targetOf(path: string, resource: Place): { place: Place; selects: Place } {
  const open = path.indexOf('[');
  if (open === -1) return { place: resource.at(path), selects: text };
  const list = resource.at(path.slice(0, open));
  const rest = path.slice(path.lastIndexOf(']') + 1);
  return { place: rest.startsWith('.') ? list.at(rest.slice(1)) : list, selects: list };
}

function mapAt(value: unknown, place: Place, replace: Replace): unknown {
  if (typeof value === 'string') return mapText(value, place, replace);
  if (Array.isArray(value)) return mapList(value, (each) => mapAt(each, place, replace));
  return mapMembers(value, (key, each) => (mayName(each) ? mapAt(each, place.at(key), replace) : each));
}

function mapList(value: unknown, change: (each: unknown) => unknown): unknown {
  if (!Array.isArray(value)) return value;
  const mapped = value.map(change);
  return mapped.every((each, index) => each === value[index]) ? value : mapped;
}

function mapMembers(value: unknown, change: (key: string, each: unknown) => unknown): unknown {
  if (!isObject(value)) return value;
  let copy = value;
  for (const [name, each] of Object.entries(value)) {
    const mapped = change(name, each);
    if (mapped === each) continue;
    if (copy === value) copy = { ...value };
    copy[name] = mapped;
  }
  return copy;
}

/** Most texts name no resource wherever they stand, and need no place. */
const mayName = (value: unknown): boolean =>
  typeof value === 'string'
    ? value.includes(prefix) || isId(value.slice(value.lastIndexOf('/') + 1))
    : typeof value === 'object';

function mapText(value: string, { kind }: Place, replace: Replace): string {
  if (isId(value) || (kind !== 'text' && value.startsWith(prefix))) return replace(value, kind);
  return kind === 'address' ? mapAddress(value, (name) => replace(name, kind)) : value;
}

/** `https://example.com/v2/Users/bulkId:qwerty`, absolute or relative. */
function mapAddress(text: string, replace: (name: string) => string): string {
  const reference = text.indexOf(`/${prefix}`);
  const start = (reference === -1 ? text.lastIndexOf('/') : reference) + 1;
  const name = text.slice(start);
  return reference !== -1 || isId(name) ? text.slice(0, start) + replace(name) : text;
}

/** `members[value eq "bulkId:qwerty"]`: the strings of a filter are those of JSON (RFC 7644 figure 1). */
function mapQuoted(text: string, replace: (name: string) => string): string {
  let mapped = '';
  let position = 0;
  for (;;) {
    const open = text.indexOf('"', position);
    const end = open === -1 ? -1 : closingQuote(text, open);
    if (end === -1) return mapped + text.slice(position);
    const quoted = text.slice(open, end + 1);
    mapped += text.slice(position, open) + mapLiteral(quoted, replace);
    position = end + 1;
  }
}

function mapLiteral(quoted: string, replace: (name: string) => string): string {
  let name: string;
  try {
    name = JSON.parse(quoted) as string;
  } catch {
    // What is wrong with it is said where the path is parsed.
    return quoted;
  }
  return name.startsWith(prefix) || isId(name) ? JSON.stringify(replace(name)) : quoted;
}

function closingQuote(text: string, open: number): number {
  for (let position = open + 1; position < text.length; position++) {
    if (text[position] === '\\') position++;
    else if (text[position] === '"') return position;
  }
  return -1;
}
