import { isDeepStrictEqual } from 'node:util';
import type { Resource } from '../scim/schema.ts';

export type ChangedAttributes = Record<string, { before?: unknown; after?: unknown }>;

/**
 * The attributes that differ between two resources in canonical form, with their values before and after. `schemas`
 * follows from the rest and is left out.
 */
export function changedAttributes(before: Resource, after: Resource): ChangedAttributes {
  const changed: ChangedAttributes = {};
  for (const name of new Set([...Object.keys(before), ...Object.keys(after)])) {
    if (name === 'schemas' || isDeepStrictEqual(before[name], after[name])) continue;
    changed[name] = {
      ...(before[name] === undefined ? {} : { before: before[name] }),
      ...(after[name] === undefined ? {} : { after: after[name] }),
    };
  }
  return changed;
}
