/**
 * What a filter costs for each resource that it is asked of, known while it is parsed. A unit is a comparison with a column.
 * Lists are read from JSON value by value; groups and members are looked up in tables, and each is another resource.
 */

import type { FilterTarget } from './filter.ts';
import type { CompareOperator } from './filter-operand.ts';

/** Names, ids and times are columns. */
const costOfColumn = 1;
/** What is read from JSON, and folded. */
const costOfValue = 2;
const costOfList = 5;
const costOfMemberships = 10;
/** What an index finds is found once for all resources. */
const costOfProbe = 2;

/** A comparison, outside the brackets of a value path. `operator` is undefined for `pr`. */
export function costOfComparison(target: FilterTarget, operator: CompareOperator | undefined): number {
  if (!isList(target)) return isColumn(target) ? costOfColumn : costOfValue;
  if (operator === 'eq' && isFoundByValue(target)) return costOfProbe;
  return costOfValuePath(target);
}

/** A value path, without the comparisons in its brackets. */
export const costOfValuePath = (target: FilterTarget): number =>
  isMemberships(target) ? costOfMemberships : costOfList;

/** A comparison in the brackets of a value path: it is made with each value of the list. */
export function costInValuePath(list: FilterTarget, target: FilterTarget): number {
  if (isMemberships(list)) return costOfMemberships;
  return target.attribute.multiValued ? costOfList : costOfValue;
}

const isList = ({ attribute, subAttribute }: FilterTarget) =>
  attribute.multiValued || subAttribute?.multiValued === true;

const columns = new Set(['id', 'externalId', 'meta', 'userName', 'displayName', 'active']);

const isColumn = ({ extension, attribute }: FilterTarget) => extension === undefined && columns.has(attribute.name);

const isMemberships = ({ extension, attribute }: FilterTarget) =>
  extension === undefined && (attribute.name === 'groups' || attribute.name === 'members');

/** Addresses and memberships are found by their value. */
const isFoundByValue = (target: FilterTarget) =>
  target.subAttribute?.name === 'value' && (isMemberships(target) || target.attribute.name === 'emails');
