/**
 * A SCIM filter as a condition on `members m`, `teams t` or `resources r` (security.md R20). The tree is walked with names of our own
 * schemas; everything that a client wrote becomes a parameter. It means what scim/filter-match.ts says, with one difference: letters
 * beyond ASCII in attributes without a key column fold as the database's lower() does.
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

/**
 * The condition for a `where` over `members m` (users), `teams t` (groups) or `resources r`; it does not say `org_id` or `deleted_at` of that row.
 * It may be null instead of false, as conditions in SQL are. Throws invalidFilter for what cannot be searched.
 */
export function filterExpression(
  filter: Filter,
  type: ResourceType,
  orgId: string,
  seen: TeamsSeen = 'all',
): RawBuilder<SqlBool> {
  const surroundings: Surroundings = { type, orgId, row: sql.ref(rowName(type)), seen };
  return condition(filter, (target) => resourceColumn(target, surroundings));
}

type Resolve = (target: FilterTarget) => Column;

function condition(filter: Filter, resolve: Resolve): RawBuilder<SqlBool> {
  switch (filter.kind) {
    case 'and':
    case 'or': {
      const parts = filter.filters.map((each) => condition(each, resolve));
      return sql<SqlBool>`(${sql.join(parts, filter.kind === 'and' ? sql` and ` : sql` or `)})`;
    }
    case 'not':
      // Null stands for false everywhere below, and must not stay null when it is negated.
      return sql<SqlBool>`not coalesce(${condition(filter.filter, resolve)}, false)`;
    case 'present':
      return present(resolve(filter.target));
    case 'compare':
      return compare(filter, resolve(filter.target));
    case 'valuePath':
      return valuePath(filter.filter, resolve(filter.target));
  }
}

function present(column: Column): RawBuilder<SqlBool> {
  if (column.kind === 'scalar') return presentScalar(column.scalar);
  return column.leaf === undefined ? exists(column.list) : exists(column.list, presentScalar(column.leaf));
}

function compare(filter: Extract<Filter, { kind: 'compare' }>, column: Column): RawBuilder<SqlBool> {
  const { operator, value } = filter;
  if (operator === 'eq' && value !== null && column.equals !== undefined) return column.equals(value);
  if (column.kind === 'scalar') return compareScalar(column.scalar, operator, value);
  const { list, leaf } = column;
  if (leaf === undefined)
    throw invalidFilter(`${filter.target.attribute.name} is complex; compare one of its sub-attributes`);
  if (value === null) {
    const any = exists(list, presentScalar(leaf));
    return operator === 'eq' ? sql<SqlBool>`not ${any}` : any;
  }
  if (operator === 'eq' && typeof value === 'string' && filter.target.subAttribute?.name === 'value') {
    const probe = column.probe?.(value);
    if (probe !== undefined) return probe;
  }
  if (operator !== 'ne') return exists(list, compareScalar(leaf, operator, value));
  const differs = sql<SqlBool>`${comparableScalar(leaf)} and ${compareScalar(leaf, 'ne', value)}`;
  return sql<SqlBool>`(${exists(list, differs)} or not ${exists(list, comparableScalar(leaf))})`;
}

/** All terms hold for one value. A term that fixes the value is also given to the index, which the elements in jsonb have not. */
function valuePath(filter: Filter, column: Column): RawBuilder<SqlBool> {
  if (column.kind === 'scalar' || column.sub === undefined) {
    throw invalidFilter('Only a multi-valued complex attribute takes a filter in brackets');
  }
  const { list, probe, sub } = column;
  const matched = exists(
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

function exists(list: List, where?: RawBuilder<SqlBool>): RawBuilder<SqlBool> {
  const conditions = [
    ...(list.where === undefined ? [] : [list.where]),
    ...(where === undefined ? [] : [sql`(${where})`]),
  ];
  return conditions.length === 0
    ? sql<SqlBool>`exists (select from ${list.from})`
    : sql<SqlBool>`exists (select from ${list.from} where ${sql.join(conditions, sql` and `)})`;
}
