import { isDeepStrictEqual } from 'node:util';
import { own } from '../scim/attribute-value.ts';
import type { Resource } from '../scim/schema.ts';

export type ChangedAttributes = Record<string, { before?: unknown; after?: unknown }>;

/**
 * The attributes that differ between two resources in canonical form, with their values before and after. `schemas`
 * follows from the rest and is left out.
 */
export function changedAttributes(before: Resource, after: Resource): ChangedAttributes {
  const changed: ChangedAttributes = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    const [had, has] = [own(before, name), own(after, name)];
    if (name === 'schemas' || isDeepStrictEqual(had, has)) continue;
    changed[name] = {
      ...(had === undefined ? {} : { before: had }),
      ...(has === undefined ? {} : { after: has }),
    };
  }
  return changed;
}
