/**
 * A SCIM filter as a condition on `members m`, `teams t` or `resources r` (security.md R20). The tree is walked with names of our own
 * schemas; everything that a client wrote becomes a parameter. It means what scim/filter-match.ts says.
 *
 * Under row-level security only leakproof operators reach an index, so equality of userName, e-mail addresses, displayName,
 * externalId and ids is written as equality of columns. Every subquery names the organization itself.
 */

import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { invalidFilter } from '../scim/errors.ts';
import type { Filter, FilterTarget } from '../scim/filter.ts';
import type { ResourceType } from '../scim/schema.ts';
import { type Column, type List, resourceColumn, rowName, type Surroundings } from './filter-sql-columns.ts';
import { comparableScalar, compareScalar, presentScalar } from './filter-sql-compare.ts';
import type { TeamsSeen } from './teams-seen.ts';

/** Whose resources are searched, and as whom the provider sees them. */
export type FilterSurroundings = {
  orgId: string;
  /** The address that the locations of the organization's resources begin with: that of its SCIM endpoint. */
  scimBaseUrl: string;
  seen?: TeamsSeen;
};

/**
 * The condition for a `where` over `members m` (users), `teams t` (groups) or `resources r`; it does not say `org_id` or
 * `deleted_at` of that row. It may be null instead of false, as conditions in SQL are. Throws invalidFilter for what cannot be
 * searched.
 */
export function filterExpression(
  filter: Filter,
  type: ResourceType,
  { orgId, scimBaseUrl, seen = 'all' }: FilterSurroundings,
): RawBuilder<SqlBool> {
  const surroundings: Surroundings = { type, orgId, scimBaseUrl, row: sql.ref(rowName(type)), seen };
  return condition(filter, (target) => resourceColumn(target, surroundings));
}

type Resolve = (target: FilterTarget) => Column;

/** Whether a value of the list passes a test; without one, whether there is a value. */
type Any = (list: List, test?: RawBuilder<SqlBool>) => RawBuilder<SqlBool>;

function condition(filter: Filter, resolve: Resolve): RawBuilder<SqlBool> {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return sql<SqlBool>`(${joined(filter.kind, [...partsOf(filter, resolve)])})`;
    case 'not':
      return negated(condition(filter.filter, resolve));
    default:
      return term(filter, resolve(filter.target), exists);
  }
}

const joined = (kind: 'and' | 'or', parts: readonly RawBuilder<unknown>[]) =>
  sql.join([...parts], kind === 'and' ? sql` and ` : sql` or `);

/** Null stands for false everywhere below, and must not stay null when it is negated. */
const negated = (part: RawBuilder<SqlBool>) => sql<SqlBool>`not coalesce(${part}, false)`;

type Term = Extract<Filter, { target: FilterTarget }>;

const isTerm = (filter: Filter): filter is Term => 'target' in filter;

/**
 * The parts of an `and` or `or`. Those that look through one and the same list do so together: one subquery instead of many, which
 * PostgreSQL would each plan, and run for every row.
 */
function* partsOf(
  { kind, filters }: Extract<Filter, { kind: 'and' | 'or' }>,
  resolve: Resolve,
): Generator<RawBuilder<SqlBool>> {
  const together = new Map<string, { list: List; parts: RawBuilder<SqlBool>[]; alone: () => RawBuilder<SqlBool> }>();
  for (const each of filters) {
    const inner = each.kind === 'not' ? each.filter : each;
    const column = isTerm(inner) ? resolve(inner.target) : undefined;
    const name = column?.kind === 'list' ? column.list.name : undefined;
    if (!isTerm(inner) || column?.kind !== 'list' || name === undefined || isFoundByIndex(inner, column)) {
      yield condition(each, resolve);
      continue;
    }
    const { list } = column;
    const group = together.get(name) ?? { list, parts: [], alone: () => condition(each, resolve) };
    together.set(name, group);
    const part = term(inner, column, anyOfRows);
    group.parts.push(each.kind === 'not' ? negated(part) : part);
  }
  for (const { list, parts, alone } of together.values()) {
    const where = list.where === undefined ? sql`` : sql` where ${list.where}`;
    yield parts.length === 1 ? alone() : sql<SqlBool>`(select ${joined(kind, parts)} from ${list.from}${where})`;
  }
}

/** What an index may find need not look through the list of every row. */
function isFoundByIndex(filter: Term, { equals, probe }: Column & { kind: 'list' }): boolean {
  if (filter.kind === 'valuePath') return (probe ?? equals) !== undefined && fixedValue(filter.filter) !== undefined;
  if (filter.kind !== 'compare' || filter.operator !== 'eq') return false;
  return equals !== undefined || (probe !== undefined && filter.target.subAttribute?.name === 'value');
}

/** In a subquery over the rows of one list. */
const anyOfRows: Any = (_list, test = sql<SqlBool>`true`) => sql<SqlBool>`coalesce(bool_or(${test}), false)`;

function term(filter: Term, column: Column, any: Any): RawBuilder<SqlBool> {
  switch (filter.kind) {
    case 'present':
      return present(column, any);
    case 'compare':
      return compare(filter, column, any);
    case 'valuePath':
      return valuePath(filter.filter, column, any);
  }
}

function present(column: Column, any: Any): RawBuilder<SqlBool> {
  if (column.kind === 'scalar') return presentScalar(column.scalar);
  return column.leaf === undefined ? any(column.list) : any(column.list, presentScalar(column.leaf));
}

function compare(filter: Extract<Filter, { kind: 'compare' }>, column: Column, any: Any): RawBuilder<SqlBool> {
  const { operator, value } = filter;
  if (operator === 'eq' && value !== null && column.equals !== undefined) return column.equals(value);
  if (column.kind === 'scalar') return compareScalar(column.scalar, operator, value);
  const { list, leaf } = column;
  if (leaf === undefined)
    throw invalidFilter(`${filter.target.attribute.name} is complex; compare one of its sub-attributes`);
  if (value === null) {
    const some = any(list, presentScalar(leaf));
    return operator === 'eq' ? sql<SqlBool>`not ${some}` : some;
  }
  if (operator === 'eq' && typeof value === 'string' && filter.target.subAttribute?.name === 'value') {
    const probe = column.probe?.(value);
    if (probe !== undefined) return probe;
  }
  if (operator !== 'ne') return any(list, compareScalar(leaf, operator, value));
  const differs = sql<SqlBool>`${comparableScalar(leaf)} and ${compareScalar(leaf, 'ne', value)}`;
  return sql<SqlBool>`(${any(list, differs)} or not ${any(list, comparableScalar(leaf))})`;
}

/** All terms hold for one value. A term that fixes the value is also given to the index, which the elements in jsonb have not. */
function valuePath(filter: Filter, column: Column, any: Any): RawBuilder<SqlBool> {
  if (column.kind === 'scalar') throw invalidFilter('Only a multi-valued attribute takes a filter in brackets');
  const { list, leaf, equals } = column;
  const sub = column.sub ?? (leaf && ((): Column => ({ kind: 'scalar', scalar: leaf })));
  if (sub === undefined) throw invalidFilter('Only a multi-valued attribute takes a filter in brackets');
  // A simple value is its own `value`.
  const probe = column.probe ?? (column.sub === undefined ? equals : undefined);
  const matched = any(
    list,
    condition(filter, (target) => sub(target.attribute)),
  );
  const value = fixedValue(filter);
  const probed = value === undefined ? undefined : probe?.(value);
  return probed === undefined ? matched : sql<SqlBool>`(${probed} and ${matched})`;
}

function fixedValue(filter: Filter): string | undefined {
  if (filter.kind === 'and') return filter.filters.map(fixedValue).find((each) => each !== undefined);
  if (filter.kind !== 'compare' || filter.operator !== 'eq' || filter.target.attribute.name !== 'value')
    return undefined;
  return typeof filter.value === 'string' ? filter.value : undefined;
}

const exists: Any = (list, test) => {
  const conditions = [
    ...(list.where === undefined ? [] : [list.where]),
    ...(test === undefined ? [] : [sql`(${test})`]),
  ];
  return conditions.length === 0
    ? sql<SqlBool>`exists (select from ${list.from})`
    : sql<SqlBool>`exists (select from ${list.from} where ${joined('and', conditions)})`;
};
