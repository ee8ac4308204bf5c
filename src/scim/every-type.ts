/**
 * Queries over all resource types at once, at the root of the endpoint (RFC 7644 §3.4.2.1). Names are looked up in all types
 * together; then what was asked is said again for each type, in which an attribute of another type has no value.
 */

import { combine, type Filter, type FilterTarget } from './filter.ts';
import { resourceTypes } from './resource-types.ts';
import {
  type Attribute,
  type AttributeScope,
  findExtension,
  findOwnAttribute,
  findSubAttribute,
  type ResourceType,
} from './schema.ts';

/** What a query at the root may name. Each core schema is also found by its URN, and then means that type alone. */
export const everyType: AttributeScope = scopeOfAll(resourceTypes);

/**
 * What a query over these types may name. Of attributes with one name, that of the first type is meant; another one, of which the
 * values are of another kind, is named by the URN of its schema.
 */
export function scopeOfAll(types: readonly ResourceType[]): AttributeScope {
  const schemas = types.flatMap(({ schema, extensions }) => [schema, ...extensions.map((each) => each.schema)]);
  return {
    name: 'any resource type',
    // Nothing that a client can write names a schema with a space.
    schema: { id: ' ', name: 'Resource', description: 'A resource of any type', attributes: attributesOfAll(types) },
    extensions: [...new Set(schemas)].map((schema) => ({ schema, required: false })),
  };
}

/** The filter as it is for the resources of one type; true or false if that alone decides it. */
export function filterFor(type: ResourceType, filter: Filter): Filter | boolean {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const deciding = filter.kind === 'or';
      const parts = filter.filters.map((each) => filterFor(type, each));
      if (parts.includes(deciding)) return deciding;
      const open = parts.filter((each) => typeof each !== 'boolean');
      return open.length === 0 ? !deciding : combine(filter.kind, open);
    }
    case 'not': {
      const inner = filterFor(type, filter.filter);
      return typeof inner === 'boolean' ? !inner : { kind: 'not', filter: inner };
    }
    case 'compare': {
      const target = targetIn(type, filter.target);
      if (target !== undefined) return { ...filter, target };
      // What is missing equals null only, and differs from every value (filter-match.ts).
      return filter.operator === (filter.value === null ? 'eq' : 'ne');
    }
    case 'present':
    case 'valuePath': {
      const target = targetIn(type, filter.target);
      return target === undefined ? false : { ...filter, target };
    }
  }
}

/** The attribute of this type that a query over all types means; undefined if the type has none of that name. */
export function targetIn(type: ResourceType, target: FilterTarget): FilterTarget | undefined {
  const { extension, attribute } = target;
  if (extension === undefined || extension === type.schema.id) {
    const own = findOwnAttribute(type, attribute.name);
    return own === undefined ? undefined : alike(target, own);
  }
  return findExtension(type, extension) === undefined ? undefined : target;
}

/** An attribute that another type has under the same name with values of another kind is another attribute. */
function alike(target: FilterTarget, own: Attribute): FilterTarget | undefined {
  const { attribute, subAttribute } = target;
  if (own.type !== attribute.type || own.multiValued !== attribute.multiValued) return undefined;
  if (subAttribute === undefined) return { ...target, extension: undefined, attribute: own };
  const sub = findSubAttribute(own, subAttribute.name);
  if (sub?.type !== subAttribute.type) return undefined;
  return { extension: undefined, attribute: own, subAttribute: sub };
}

function attributesOfAll(types: readonly ResourceType[]): Attribute[] {
  const byName = new Map<string, Attribute>();
  for (const { schema } of types) {
    for (const each of schema.attributes) if (!byName.has(each.name)) byName.set(each.name, each);
  }
  return [...byName.values()];
}
