/**
 * The path of a PATCH operation (RFC 7644 §3.5.2, figure 7): an attribute name, a value filter in brackets, a sub-attribute.
 * Names are case-insensitive and may be qualified by a schema URN, whose own dots and colons are not separators.
 */

import { limits } from '../limits.ts';
import {
  type AttributeName,
  isAttributeName,
  printAttributeName,
  resolveAttributeName,
  shown,
} from './attribute-name.ts';
import { invalidPath, ScimError } from './errors.ts';
import { type Filter, parseValueFilter, printFilter } from './filter.ts';
import type { Tolerances } from './quirks.ts';
import { findSubAttribute, opaqueAttribute, type ResourceType } from './schema.ts';

export type AttributePath = AttributeName & {
  /** The value filter; its names are sub-attributes of `attribute`. */
  filter: Filter | undefined;
};

export type PathOptions = {
  /** URNs of unregistered extensions that the resource holds. */
  heldUrns?: readonly string[];
  /** Whether the operation's value is an object, which an unknown URN as a whole would take. */
  valueIsObject?: boolean;
  /** Makes the error for a path that cannot be read; invalidPath if it is left out. */
  refuse?: (detail: string) => ScimError;
  tolerances?: Tolerances;
};

/** Parses a path; throws invalidPath. What no schema describes is an opaque attribute: the caller decides what it may do. */
export function parseAttributePath(text: string, type: ResourceType, options: PathOptions = {}): AttributePath {
  const refuse = options.refuse ?? ((detail) => invalidPath(`The path "${shown(text)}" is not valid: ${detail}`));
  if (text.length > limits.patchPathLengthMax) {
    throw refuse(`it is longer than ${limits.patchPathLengthMax} characters`);
  }
  if (text.includes('\u0000') || !text.isWellFormed()) throw refuse('it holds characters that are not text');
  const tolerances: Tolerances = options.tolerances ?? new Set();
  const open = text.indexOf('[');
  const name = resolveAttributeName(open === -1 ? text : text.slice(0, open), type, {
    refuse,
    tolerances,
    heldUrns: options.heldUrns ?? [],
    wholeUrn: options.valueIsObject === true && open === -1,
  });
  if (open === -1) return { ...name, filter: undefined };
  const { attribute } = name;
  if (
    attribute === undefined ||
    name.subAttribute !== undefined ||
    (!attribute.multiValued && attribute.opaque !== true)
  ) {
    throw refuse('only a multi-valued attribute takes a filter in brackets');
  }
  const close = closingBracket(text, open);
  if (close === undefined) throw refuse('the bracket is not closed');
  const filter = readFilter(text.slice(open + 1, close), attribute, refuse, tolerances);
  const rest = text.slice(close + 1);
  if (rest === '') return { ...name, filter };
  const sub = rest.slice(1);
  if (rest[0] !== '.' || !isAttributeName(sub)) throw refuse('after the bracket only a sub-attribute may follow');
  const known = findSubAttribute(attribute, sub);
  if (known === undefined && attribute.opaque !== true && attribute.type !== 'complex') {
    throw refuse(`${attribute.name} has no sub-attributes`);
  }
  if (known === undefined) tolerances.add('unknown-attribute', undefined, `${attribute.name}.${sub}`);
  return { ...name, filter, subAttribute: known ?? opaqueAttribute(sub) };
}

/** Notes a key that is a path to a part of an attribute, or qualified (quirk E23); `refuse` makes the error of a strict profile. */
export function noteSpelling(
  path: AttributePath,
  key: string,
  tolerances: Tolerances,
  refuse: (detail: string) => ScimError,
): void {
  if (path.subAttribute !== undefined || path.filter !== undefined) {
    tolerances.add('dotted-key', () => refuse(`The value names ${shown(key)}, which is no attribute but a path`));
  } else if (path.attribute !== undefined && key.includes(':')) {
    tolerances.add('qualified-key');
  }
}

/** The path as text: parsing it again gives the same path. */
export function printAttributePath(path: AttributePath): string {
  if (path.filter === undefined) return printAttributeName(path);
  const sub = path.subAttribute === undefined ? '' : `.${path.subAttribute.name}`;
  return `${printAttributeName({ ...path, subAttribute: undefined })}[${printFilter(path.filter)}]${sub}`;
}

/** A bracket inside a string of the filter closes nothing. */
function closingBracket(text: string, open: number): number | undefined {
  let inString = false;
  for (let index = open + 1; index < text.length; index++) {
    const character = text[index];
    if (inString && character === '\\') index++;
    else if (character === '"') inString = !inString;
    else if (character === ']' && !inString) return index;
  }
  return undefined;
}

function readFilter(
  text: string,
  attribute: Parameters<typeof parseValueFilter>[1],
  refuse: (detail: string) => ScimError,
  tolerances: Tolerances,
): Filter {
  try {
    return parseValueFilter(text, attribute, tolerances);
  } catch (error) {
    if (error instanceof ScimError && error.scimType === 'invalidFilter') throw refuse(error.detail);
    throw error;
  }
}
