/**
 * The values by which resources are found through an index, and which uniqueness is kept on. They are those of the schemas
 * that say so (schema.ts, `indexed`): of what organizations define, and of Okta's roles and entitlements.
 */

import { createHash } from 'node:crypto';
import { limits } from '../limits.ts';
import { asciiLower } from './ascii.ts';
import { isObject, own } from './attribute-value.ts';
import { comparisonKey } from './comparison-key.ts';
import type { Attribute, Resource, ResourceType, Schema } from './schema.ts';

export type IndexedValue = {
  /** The attribute with the URN of its schema, in lower case. */
  attribute: string;
  key: string;
  /** Where the value must be alone: the name of a resource type, `*` for the whole organization, undefined for nowhere. */
  scope: string | undefined;
};

/** The name under which the values of an attribute are indexed; undefined if they are not. */
export function indexedName(schema: Schema, attribute: Attribute, sub: Attribute | undefined): string | undefined {
  const leaf = sub ?? attribute;
  const isSearched = leaf.type !== 'complex' && leaf.returned !== 'never' && attribute.returned !== 'never';
  if (schema.indexed !== true || !isSearched || leaf.opaque === true) return undefined;
  return asciiLower(`${schema.id}:${attribute.name}${sub === undefined ? '' : `.${sub.name}`}`);
}

/** What is equal for a filter has one key; keys of long values are digests. */
export function indexedKey(attribute: Attribute, value: string | number | boolean): string {
  const text = String(comparisonKey(attribute, value));
  return text.length <= limits.indexedStringLengthMax ? text : createHash('sha256').update(text).digest('hex');
}

/** Whether a type has values that are indexed. */
export const hasIndexedValues = (type: ResourceType): boolean =>
  type.schema.indexed === true || type.extensions.some(({ schema }) => schema.indexed === true);

/** The values of a resource in canonical form, each once, in a fixed order. */
export function indexedValues(type: ResourceType, resource: Resource): IndexedValue[] {
  const found = new Map<string, IndexedValue>();
  const collect = (schema: Schema, holder: Resource) => {
    for (const attribute of schema.attributes) {
      const held = own(holder, attribute.name);
      for (const value of held === undefined ? [] : [held].flat()) {
        if (attribute.type !== 'complex') add(schema, attribute, undefined, value);
        else if (isObject(value)) {
          for (const sub of attribute.subAttributes ?? []) {
            for (const each of [own(value, sub.name)].flat()) add(schema, attribute, sub, each);
          }
        }
      }
    }
  };
  const add = (schema: Schema, attribute: Attribute, sub: Attribute | undefined, value: unknown) => {
    const name = indexedName(schema, attribute, sub);
    const isSimple = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    if (name === undefined || !isSimple) return;
    const leaf = sub ?? attribute;
    const key = indexedKey(leaf, value);
    const scope = leaf.uniqueness === 'none' ? undefined : leaf.uniqueness === 'global' ? '*' : type.name;
    found.set(`${name} ${key}`, { attribute: name, key, scope });
  };
  if (type.schema.indexed === true) collect(type.schema, resource);
  for (const { schema } of type.extensions) {
    const holder = own(resource, schema.id);
    if (schema.indexed === true && isObject(holder)) collect(schema, holder);
  }
  return [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, value]) => value);
}
