/**
 * The order of a list in SQL (RFC 7644 §3.4.2.3). Texts are compared by code points after folding their case, whatever the
 * collation of the database: an order that never changes with an upgrade of the operating system, and the one in which
 * indexes and the operators gt and lt see them (docs/decisions/sorted-lists.md).
 *
 * PostgreSQL puts nulls last when it ascends and first when it descends, which is what the RFC wants of missing values.
 */

import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { limits } from '../limits.ts';
import type { FilterTarget } from '../scim/filter.ts';
import type { Attribute, ResourceType } from '../scim/schema.ts';
import type { Sort } from '../scim/sort.ts';
import { type Column, documentColumn, resourceColumn, rowName, type Surroundings } from './filter-sql-columns.ts';
import { foldCase, type Scalar } from './filter-sql-compare.ts';
import type { Position } from './page-marks.ts';
import type { TeamsSeen } from './teams-seen.ts';

/** What rows are ordered by before their id. */
export type SortKey = {
  expression: RawBuilder<unknown>;
  type: 'text' | 'uuid' | 'boolean' | 'timestamptz' | 'numeric';
  /** Whether rows may have no value. */
  isOptional: boolean;
};

/** The key of an attribute over the rows of a type. */
export function sortKey(target: FilterTarget, type: ResourceType, orgId: string, seen: TeamsSeen = 'all'): SortKey {
  // What addresses begin with makes no order.
  const surroundings: Surroundings = { type, orgId, scimBaseUrl: '', row: sql.ref(rowName(type)), seen };
  const stored = storedTarget(target, type);
  if (stored === 'id') return { expression: sql`${surroundings.row}.id`, type: 'uuid', isOptional: false };
  // An e-mail's table knows neither which is the first nor the primary one.
  const isEmails = type.kind === 'User' && stored.attribute.name === 'emails';
  const isOwn = stored.extension === undefined && !isEmails;
  const column = isOwn ? resourceColumn(stored, surroundings) : documentColumn(stored, surroundings);
  const expression = column.kind === 'scalar' ? keyOf(column.scalar) : firstOf(column);
  const scalar = column.kind === 'scalar' ? column.scalar : column.leaf;
  return {
    expression,
    type: typeOf[scalar?.as ?? 'exact'],
    isOptional: !(stored.extension === undefined && isAlwaysThere(type, stored.attribute)),
  };
}

/** The key that stands for an attribute which a type has not. */
export const missingKey = (type: SortKey['type']): SortKey => ({
  expression: type === 'text' ? sql`null::text collate "C"` : sql`null::${sql.raw(type)}`,
  type,
  isOptional: true,
});

/** Whether a row stands behind a position: what a page continues with. `id` is the row's. */
export function isBehind(
  { key, order, id }: { key: SortKey | undefined; order: Sort['order']; id: RawBuilder<unknown> },
  position: Position,
): RawBuilder<SqlBool> {
  const behind = sql.raw(order === 'ascending' ? '>' : '<');
  const idIsBehind = sql<SqlBool>`${id} ${behind} ${position.id}::uuid`;
  if (key === undefined) return idIsBehind;
  const { expression } = key;
  if (position.key === null) {
    return order === 'ascending'
      ? sql<SqlBool>`(${expression} is null and ${idIsBehind})`
      : sql<SqlBool>`(${expression} is null and ${idIsBehind} or ${expression} is not null)`;
  }
  const keyIsBehind = sql<SqlBool>`(${expression}, ${id}) ${behind} (${position.key}::text::${sql.raw(key.type)}, ${position.id}::uuid)`;
  return key.isOptional && order === 'ascending'
    ? sql<SqlBool>`(${keyIsBehind} or ${expression} is null)`
    : keyIsBehind;
}

/** The columns of an `order by`. */
export function orderBy(
  { key, id }: { key: RawBuilder<unknown> | undefined; id: RawBuilder<unknown> },
  order: Sort['order'],
): RawBuilder<unknown> {
  const direction = sql.raw(order === 'ascending' ? 'asc' : 'desc');
  return key === undefined ? sql`${id} ${direction}` : sql`${key} ${direction}, ${id} ${direction}`;
}

/** Addresses are made of ids and sort as these do. */
function storedTarget(target: FilterTarget, type: ResourceType): FilterTarget | 'id' {
  const { attribute, subAttribute, extension } = target;
  if (extension !== undefined) return target;
  if (attribute.name === 'meta' && subAttribute?.name === 'location') return 'id';
  const isReference = type.kind === 'User' ? attribute.name === 'groups' : isMembers(type, attribute);
  if (!isReference || subAttribute?.name !== '$ref') return target;
  const value = attribute.subAttributes?.find((each) => each.name === 'value');
  return { ...target, subAttribute: value };
}

const isMembers = ({ kind }: ResourceType, { name }: Attribute) => kind === 'Group' && name === 'members';

function isAlwaysThere({ kind }: ResourceType, { name }: Attribute): boolean {
  if (name === 'id' || name === 'meta' || name === 'schemas') return true;
  return kind === 'User' ? name === 'userName' || name === 'active' : kind === 'Group' && name === 'displayName';
}

/** The primary value of a multi-valued attribute, or its first. */
function firstOf({ list, leaf }: Extract<Column, { kind: 'list' }>): RawBuilder<unknown> {
  const key = leaf === undefined ? sql`null::text` : keyOf(leaf);
  const where = list.where === undefined ? sql`` : sql` where ${list.where}`;
  const order = list.order === undefined ? sql`` : sql` order by ${list.order}`;
  const first = sql`(select ${key} from ${list.from}${where}${order} limit 1)`;
  return leaf !== undefined && typeOf[leaf.as] === 'text' ? sql`${first} collate "C"` : first;
}

/** Texts of the document are compared by their beginnings: a key goes into the cursor that continues behind it. */
function keyOf({ as, expression }: Scalar): RawBuilder<unknown> {
  switch (as) {
    case 'key':
      return sql`${expression} collate "C"`;
    case 'exact':
      return sql`left(${expression}, ${sql.lit(limits.indexedStringLengthMax)}) collate "C"`;
    case 'folded':
      return sql`left(${foldCase(expression)}, ${sql.lit(limits.indexedStringLengthMax)}) collate "C"`;
    default:
      return expression;
  }
}

const typeOf = {
  key: 'text',
  exact: 'text',
  folded: 'text',
  uuid: 'uuid',
  boolean: 'boolean',
  instant: 'timestamptz',
  number: 'numeric',
} as const satisfies Record<Scalar['as'], SortKey['type']>;
