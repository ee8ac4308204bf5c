/** Attributes that never change once they have a value, and those that clients do not set (RFC 7643 §7, RFC 7644 §3.5.1). */

import { isDeepStrictEqual } from 'node:util';
import { elementIdentity, isObject, own } from './attribute-value.ts';
import { urnsInOrder } from './canonical-resource.ts';
import { mutability } from './errors.ts';
import type { Attribute, Resource, ResourceType } from './schema.ts';

/**
 * A replacing body takes over what it does not speak of and cannot take away: immutable values, and read-only ones that are
 * stored. Changes `resource`, and returns it.
 *
 * @throws ScimError mutability for an immutable value that is another one
 */
export function keepImmutable(type: ResourceType, previous: Resource, resource: Resource): Resource {
  keep(type.schema.attributes, previous, resource);
  for (const { schema } of type.extensions) {
    const [before, spoken] = [own(previous, schema.id), own(resource, schema.id)];
    if (!isObject(before)) continue;
    const after = isObject(spoken) ? spoken : {};
    keep(schema.attributes, before, after);
    if (Object.keys(after).length === 0 || isObject(spoken)) continue;
    resource[schema.id] = after;
    resource.schemas = [type.schema.id, ...urnsInOrder(type, [...(resource.schemas as string[]).slice(1), schema.id])];
  }
  assertImmutable(type, previous, resource);
  return resource;
}

/** Throws mutability for the first immutable value that is another, or gone, in `after`. */
export function assertImmutable(type: ResourceType, before: Resource, after: Resource): void {
  assertSame(type.schema.attributes, before, after, '');
  for (const { schema } of type.extensions) {
    const held = own(before, schema.id);
    const now = own(after, schema.id);
    if (isObject(held)) assertSame(schema.attributes, held, isObject(now) ? now : {}, `${schema.id}:`);
  }
}

function keep(attributes: readonly Attribute[], before: Resource, after: Resource): void {
  for (const { name, mutability: mutable } of attributes) {
    const value = own(before, name);
    if (value === undefined || own(after, name) !== undefined) continue;
    if (mutable === 'immutable' || mutable === 'readOnly') after[name] = value;
  }
}

function assertSame(attributes: readonly Attribute[], before: Resource, after: Resource, prefix: string): void {
  for (const attribute of attributes) {
    const { name, subAttributes } = attribute;
    const held = own(before, name);
    if (held === undefined) continue;
    const now = own(after, name);
    if (attribute.mutability === 'immutable' && !isDeepStrictEqual(held, now)) {
      throw mutability(`${prefix}${name} never changes once it has a value; create another resource for another value`);
    }
    if (subAttributes?.some((sub) => sub.mutability === 'immutable') !== true) continue;
    const values = new Map([now].flat().map((each) => [elementIdentity(attribute, each), each]));
    for (const each of [held].flat()) {
      const same = attribute.multiValued ? values.get(elementIdentity(attribute, each)) : now;
      if (isObject(each) && isObject(same)) assertSame(subAttributes, each, same, `${prefix}${name}.`);
    }
  }
}
