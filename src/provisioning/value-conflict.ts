import { type ScimError, uniqueness } from '../scim/errors.ts';
import type { Resource, ResourceType } from '../scim/schema.ts';

/** The refusal for a value of a defined attribute that must be unique and is taken. */
export function valueConflict({ name, schema, extensions }: ResourceType, resource: Resource): ScimError {
  const unique = [
    ...uniqueNames(schema, resource, ''),
    ...extensions.flatMap((each) => uniqueNames(each.schema, resource[each.schema.id], `${each.schema.id}:`)),
  ];
  const named = unique.length === 1 ? `${unique[0]} is` : `One of ${unique.join(', ')} is`;
  return uniqueness(
    `${named} already taken by another resource of this organization, and must be unique. Give this ${name} another value`,
  );
}

function uniqueNames(schema: ResourceType['schema'], holder: unknown, prefix: string): string[] {
  if (schema.indexed !== true || typeof holder !== 'object' || holder === null) return [];
  return schema.attributes.flatMap((attribute) => {
    const value = (holder as Resource)[attribute.name];
    if (value === undefined) return [];
    if (attribute.uniqueness !== 'none') return [`${prefix}${attribute.name} ${JSON.stringify(value)}`];
    const subs = attribute.subAttributes?.filter((sub) => sub.uniqueness !== 'none') ?? [];
    return subs.map((sub) => `${prefix}${attribute.name}.${sub.name}`);
  });
}
