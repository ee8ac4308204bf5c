/** One value in SQL and the comparisons of a filter with it. */

import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { caseKey } from '../scim/case-key.ts';
import { withZone } from '../scim/date-time.ts';
import type { CompareOperator, FilterLiteral } from '../scim/filter-operand.ts';
import { isId } from '../scim/resource-id.ts';
import { afterAllWith } from './key-range.ts';

/**
 * An SQL expression and how it compares: `key` holds caseKey() of the text, `exact` and `folded` hold the text itself, the
 * latter compared by its key too, which fold_case() makes (migrations/0030_fold_case.sql). It may be null, which is a missing value.
 */
export type Scalar = {
  as: 'exact' | 'folded' | 'key' | 'uuid' | 'boolean' | 'instant' | 'number';
  expression: RawBuilder<unknown>;
  /** A missing `primary` compares as false (RFC 7643 §2.4), though it is not present. */
  missingIsFalse?: boolean;
};

const never = sql<SqlBool>`false`;
const always = sql<SqlBool>`true`;

/** Whether there is a value: `pr`. */
export function presentScalar({ expression }: Scalar): RawBuilder<SqlBool> {
  return sql<SqlBool>`${expression} is not null`;
}

/** Whether there is something to compare. */
export function comparableScalar(scalar: Scalar): RawBuilder<SqlBool> {
  return scalar.missingIsFalse === true ? always : presentScalar(scalar);
}

/** The comparison; null where the value is missing and the operator is not `ne`, which a missing value satisfies. */
export function compareScalar(scalar: Scalar, operator: CompareOperator, value: FilterLiteral): RawBuilder<SqlBool> {
  if (value === null) return operator === 'eq' ? sql<SqlBool>`${scalar.expression} is null` : presentScalar(scalar);
  const expression = scalar.missingIsFalse === true ? sql`coalesce(${scalar.expression}, false)` : scalar.expression;
  switch (scalar.as) {
    case 'boolean':
      return compareOrdered(expression, operator, sql`${value}::boolean`);
    case 'instant':
      return compareOrdered(expression, operator, sql`${withZone(String(value))}::timestamptz`);
    case 'number':
      return compareOrdered(expression, operator, sql`${String(value)}::numeric`);
    case 'uuid':
      return compareUuid(scalar, operator, String(value));
    case 'exact':
      return compareText(expression, operator, String(value));
    case 'key':
      return operator === 'sw'
        ? beginsWith(expression, caseKey(String(value)))
        : compareText(expression, operator, caseKey(String(value)));
    case 'folded':
      return compareText(foldCase(expression), operator, caseKey(String(value)));
  }
}

/** The key of a text, as caseKey() makes it. */
export const foldCase = (text: RawBuilder<unknown>) => sql`fold_case(${text})`;

function compareText(expression: RawBuilder<unknown>, operator: CompareOperator, text: string): RawBuilder<SqlBool> {
  const parameter = (each: string) => sql`${each}::text`;
  switch (operator) {
    case 'co':
      return sql<SqlBool>`${expression} like ${parameter(`%${escapeLike(text)}%`)} escape '!'`;
    case 'sw':
      return sql<SqlBool>`${expression} like ${parameter(`${escapeLike(text)}%`)} escape '!'`;
    case 'ew':
      return sql<SqlBool>`${expression} like ${parameter(`%${escapeLike(text)}`)} escape '!'`;
    case 'eq':
    case 'ne':
      return compareOrdered(expression, operator, parameter(text));
    default:
      // The order of code points, whatever the collation of the database.
      return compareOrdered(sql`${expression} collate "C"`, operator, parameter(text));
  }
}

/**
 * Keys are in the order of code points, in which the texts with one beginning follow each other. Unlike LIKE, the
 * comparisons that bound them reach an index under row-level security.
 */
function beginsWith(key: RawBuilder<unknown>, beginning: string): RawBuilder<SqlBool> {
  const end = afterAllWith(beginning);
  const from = sql<SqlBool>`${key} collate "C" >= ${beginning}::text`;
  return end === undefined ? from : sql<SqlBool>`(${from} and ${key} collate "C" < ${end}::text)`;
}

/** Text that is no id equals none; it is an answer, not an error. */
function compareUuid(scalar: Scalar, operator: CompareOperator, text: string): RawBuilder<SqlBool> {
  if (operator === 'eq' || operator === 'ne') {
    if (isId(text)) return compareOrdered(scalar.expression, operator, sql`${text}::uuid`);
    return operator === 'ne' ? always : never;
  }
  return compareText(sql`${scalar.expression}::text`, operator, text);
}

function compareOrdered(
  left: RawBuilder<unknown>,
  operator: CompareOperator,
  right: RawBuilder<unknown>,
): RawBuilder<SqlBool> {
  switch (operator) {
    case 'eq':
      return sql<SqlBool>`${left} = ${right}`;
    case 'ne':
      return sql<SqlBool>`${left} is distinct from ${right}`;
    case 'gt':
      return sql<SqlBool>`${left} > ${right}`;
    case 'ge':
      return sql<SqlBool>`${left} >= ${right}`;
    case 'lt':
      return sql<SqlBool>`${left} < ${right}`;
    case 'le':
      return sql<SqlBool>`${left} <= ${right}`;
    default:
      return never;
  }
}

function escapeLike(text: string): string {
  let escaped = '';
  for (const character of text)
    escaped += character === '%' || character === '_' || character === '!' ? `!${character}` : character;
  return escaped;
}
