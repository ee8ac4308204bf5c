/**
 * References within a bulk (RFC 7644 §3.7.2): an operation speaks of a resource that another operation creates by the text
 * `bulkId:` and the bulkId of that operation. Such a text is a reference wherever in the data it stands, whatever attribute it
 * is the value of; as the end of a `$ref`; and, in the path of a PATCH, in quotation marks.
 */

import { equalIgnoringCase } from './ascii.ts';
import { isObject } from './attribute-value.ts';
import { isId } from './resource-id.ts';

const prefix = 'bulkId:';

/** The bulkId that a text refers to; undefined if it is no reference. */
export function bulkIdIn(text: string): string | undefined {
  return text.startsWith(prefix) ? text.slice(prefix.length) : undefined;
}

/** Of which resources an operation speaks in its data. */
export type NamedResources = { bulkIds: ReadonlySet<string>; ids: ReadonlySet<string> };

/** Finds the references in the data of an operation, and the texts that may be ids of resources. */
export function namedResources(data: unknown, isPatch: boolean): NamedResources {
  const bulkIds = new Set<string>();
  const ids = new Set<string>();
  mapNames(data, '', isPatch, (name) => {
    const bulkId = bulkIdIn(name);
    if (bulkId !== undefined) bulkIds.add(bulkId);
    else ids.add(name.toLowerCase());
    return name;
  });
  return { bulkIds, ids };
}

/** The data with the id of the created resource in the place of each reference. What holds none is not copied. */
export function resolveReferences(data: unknown, isPatch: boolean, idOf: (bulkId: string) => string): unknown {
  return mapNames(data, '', isPatch, (name) => {
    const bulkId = bulkIdIn(name);
    return bulkId === undefined ? name : idOf(bulkId);
  });
}

/** Puts something in the place of each reference and of each text that has the form of an id. */
type Replace = (name: string) => string;

function mapNames(value: unknown, key: string, isPatch: boolean, replace: Replace): unknown {
  if (typeof value === 'string') return mapText(value, key, isPatch, replace);
  if (Array.isArray(value)) {
    const mapped = value.map((each) => mapNames(each, key, isPatch, replace));
    return mapped.every((each, index) => each === value[index]) ? value : mapped;
  }
  if (!isObject(value)) return value;
  let copy = value;
  for (const [name, each] of Object.entries(value)) {
    const mapped = mapNames(each, name, isPatch, replace);
    if (mapped === each) continue;
    if (copy === value) copy = { ...value };
    copy[name] = mapped;
  }
  return copy;
}

function mapText(text: string, key: string, isPatch: boolean, replace: Replace): string {
  if (text.startsWith(prefix) || isId(text)) return replace(text);
  if (equalIgnoringCase(key, '$ref')) return mapAddress(text, replace);
  return isPatch && equalIgnoringCase(key, 'path') ? mapQuoted(text, replace) : text;
}

/** `https://example.com/v2/Users/bulkId:qwerty`, absolute or relative. */
function mapAddress(text: string, replace: Replace): string {
  const reference = text.indexOf(`/${prefix}`);
  const start = (reference === -1 ? text.lastIndexOf('/') : reference) + 1;
  const name = text.slice(start);
  return reference !== -1 || isId(name) ? text.slice(0, start) + replace(name) : text;
}

/** `members[value eq "bulkId:qwerty"]`: the strings of a filter are those of JSON (RFC 7644 figure 1). */
function mapQuoted(text: string, replace: Replace): string {
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

function mapLiteral(quoted: string, replace: Replace): string {
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
