/** The order of a list: `sortBy` and `sortOrder` (RFC 7644 §3.4.2.3). */

import { asciiLower } from './ascii.ts';
import { printAttributeName, resolveAttributeName, shown } from './attribute-name.ts';
import { invalidPath, invalidValue, sensitive } from './errors.ts';
import type { FilterTarget } from './filter.ts';
import { defaultSubAttribute } from './filter-operand.ts';
import type { Tolerances } from './quirks.ts';
import type { AttributeScope } from './schema.ts';

/**
 * Ascending, the missing values come last; descending is the same order from its other end. Resources with the same value
 * follow each other by id. `target` is never complex: of a multi-valued attribute the primary value counts, or the first.
 */
export type Sort = { target: FilterTarget; order: 'ascending' | 'descending' };

/**
 * The order that a query asks for; undefined if it asks for none, which is that of ids. A complex attribute that has a
 * `value` is sorted by it, as filters compare it.
 *
 * @throws ScimError invalidPath for what cannot be sorted by, invalidValue for an unknown order, sensitive for an attribute
 *   that is never returned: its order would reveal it
 */
export function parseSort(
  query: { sortBy?: string | undefined; sortOrder?: string | undefined },
  scope: AttributeScope,
  tolerances: Tolerances = new Set(),
): Sort | undefined {
  const sortBy = query.sortBy?.trim() ?? '';
  if (sortBy === '') return undefined;
  return { target: targetOf(sortBy, scope, tolerances), order: orderOf(query.sortOrder) };
}

/** The order as text: one text for one order. */
export function printSort({ target, order }: Sort): string {
  return `${printAttributeName(target)} ${order}`;
}

function targetOf(sortBy: string, scope: AttributeScope, tolerances: Tolerances): FilterTarget {
  const refuse = (detail: string) => invalidPath(`sortBy "${shown(sortBy)}" is not valid: ${detail}`);
  const seen: Tolerances = new Set();
  const { attribute, ...name } = resolveAttributeName(sortBy, scope, { refuse, tolerances: seen });
  if (attribute === undefined || attribute.opaque === true || name.subAttribute?.opaque === true) {
    throw refuse(`it is not an attribute of ${scope.name}`);
  }
  if (seen.has('unqualified-extension-attribute')) tolerances.add('unqualified-extension-attribute');
  const target = defaultSubAttribute({ ...name, attribute });
  const leaf = target.subAttribute ?? attribute;
  if (attribute.returned === 'never' || leaf.returned === 'never') {
    throw sensitive(`${printAttributeName(target)} is never returned, so lists cannot be sorted by it`);
  }
  if (leaf.type === 'complex') {
    const first = leaf.subAttributes?.[0]?.name;
    throw refuse(
      `${leaf.name} is complex; sort by one of its sub-attributes, such as ${printAttributeName(target)}.${first}`,
    );
  }
  return target;
}

function orderOf(text: string | undefined): Sort['order'] {
  const order = asciiLower(text?.trim() ?? '');
  if (order === '' || order === 'ascending') return 'ascending';
  if (order === 'descending') return 'descending';
  throw invalidValue(`sortOrder must be ascending or descending, not "${shown(text ?? '')}"`);
}
