/** Where the attributes of a filter are stored: columns, tables of their own, or the `scim` document. */

import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { caseKey } from '../scim/case-key.ts';
import { invalidFilter } from '../scim/errors.ts';
import type { FilterTarget } from '../scim/filter.ts';
import { indexedKey, indexedName } from '../scim/indexed-values.ts';
import {
  type Attribute,
  commonAttributes,
  findAttribute,
  findExtension,
  findSubAttribute,
  type ResourceType,
} from '../scim/schema.ts';
import { isUuid, type Scalar } from './filter-sql-compare.ts';
import { isSeenIn, type TeamsSeen } from './teams-seen.ts';

export type Surroundings = { type: ResourceType; orgId: string; row: RawBuilder<unknown>; seen: TeamsSeen };

/** The values of a multi-valued attribute as rows. */
export type List = {
  from: RawBuilder<unknown>;
  where?: RawBuilder<unknown>;
  /** Brings the value that a list of resources is sorted by to the front: the primary one, or the first. */
  order: RawBuilder<unknown>;
  /** A sub-attribute of the value in the row; of a plain value, the value itself. */
  sub(attribute: Attribute): Scalar;
};

export type Column = {
  /** The condition that the attribute has a value equal to this one, as a probe of the index of values. */
  equals?: (value: string | number | boolean) => RawBuilder<SqlBool>;
} & (
  | { kind: 'scalar'; scalar: Scalar }
  | {
      kind: 'list';
      list: List;
      /** What the filter compares of each value; undefined if it names the complex attribute as a whole. */
      leaf: Scalar | undefined;
      /** The condition that a value exists whose `value` equals the text, as a probe of an index. */
      probe?: (value: string) => RawBuilder<SqlBool>;
    }
);

/** The name of a type's rows in statements. */
export const rowName = ({ kind }: ResourceType): 'm' | 't' | 'r' =>
  kind === 'User' ? 'm' : kind === 'Group' ? 't' : 'r';

/** The column that a filter compares with an attribute of the resource. Throws invalidFilter for the few that are not stored. */
export function resourceColumn(target: FilterTarget, surroundings: Surroundings): Column {
  const { attribute, subAttribute, extension } = target;
  if (extension === undefined) {
    const own = ownColumn(attribute, subAttribute, surroundings);
    if (own !== undefined) return { kind: 'scalar', scalar: own };
    if (surroundings.type.kind === 'Custom') return documentColumn(target, surroundings);
    if (attribute.name === 'groups') return membershipColumn(subAttribute, groupsOfMember(surroundings));
    if (attribute.name === 'members') return membershipColumn(subAttribute, membersOfGroup(surroundings));
    if (attribute.name === 'emails') return emailsColumn(subAttribute, attribute, surroundings);
  }
  return documentColumn(target, surroundings);
}

/** The attribute in the document that holds the resource as it was asked. */
export function documentColumn(target: FilterTarget, surroundings: Surroundings): Column {
  const { attribute, subAttribute, extension } = target;
  const { row } = surroundings;
  const indexed = indexedEquality(target, surroundings);
  const equals = indexed === undefined ? {} : { equals: indexed };
  const holder = extension === undefined ? sql`${row}.scim` : sql`${row}.scim -> ${sql.lit(extension)}`;
  if (attribute.multiValued) {
    const list = documentList(row, holder, attribute);
    const leaf =
      subAttribute === undefined && attribute.type === 'complex' ? undefined : list.sub(subAttribute ?? attribute);
    const value = subAttribute === undefined ? findSubAttribute(attribute, 'value') : undefined;
    const probe = value && indexedEquality({ ...target, subAttribute: value }, surroundings);
    return { kind: 'list', list, leaf, ...equals, ...(probe === undefined ? {} : { probe }) };
  }
  if (subAttribute === undefined) return { kind: 'scalar', scalar: documentScalar(row, holder, attribute), ...equals };
  const parent = sql`${holder} -> ${sql.lit(attribute.name)}`;
  return { kind: 'scalar', scalar: documentScalar(row, parent, subAttribute), ...equals };
}

/** Equality as a probe of attribute_values, for attributes whose values are there (indexed-values.ts). */
function indexedEquality(
  { attribute, subAttribute, extension }: FilterTarget,
  { type, orgId, row }: Surroundings,
): Column['equals'] | undefined {
  const leaf = subAttribute ?? attribute;
  const schema = extension === undefined ? type.schema : findExtension(type, extension);
  const isCommon = extension === undefined && findAttribute(commonAttributes, attribute.name) !== undefined;
  const name = schema === undefined || isCommon ? undefined : indexedName(schema, attribute, subAttribute);
  // A missing primary is equal to false, and stands in no index.
  if (name === undefined || (leaf.name === 'primary' && leaf.type === 'boolean')) return undefined;
  return (value) => sql<SqlBool>`${row}.id in (
    select a.resource_id from attribute_values a where a.org_id = ${orgId}::uuid and a.resource_type = ${type.name}
      and a.attribute = ${name} and a.value_key = ${indexedKey(leaf, value)}::text)`;
}

/** The column of a sub-attribute inside a value path. */
export function elementColumn(list: List, target: FilterTarget): Scalar {
  return list.sub(target.attribute);
}

function ownColumn(attribute: Attribute, sub: Attribute | undefined, { type, row }: Surroundings): Scalar | undefined {
  switch (attribute.name) {
    case 'id':
      return { as: 'uuid', expression: sql`${row}.id` };
    case 'externalId':
      return { as: 'exact', expression: sql`${row}.external_id` };
    case 'meta':
      return metaColumn(sub, type, row);
  }
  // What an organization calls userName or active is an attribute like any other.
  if (type.kind === 'Custom') return undefined;
  switch (attribute.name) {
    case 'userName':
      return { as: 'key', expression: sql`${row}.user_name_key` };
    case 'displayName':
      return { as: 'key', expression: sql`${row}.display_name_key` };
    case 'active':
      return { as: 'boolean', expression: sql`${row}.asked_active` };
    default:
      return undefined;
  }
}

function metaColumn(sub: Attribute | undefined, type: ResourceType, row: RawBuilder<unknown>): Scalar {
  switch (sub?.name) {
    case undefined:
    case 'created':
      return { as: 'instant', expression: sql`${row}.created_at` };
    case 'lastModified':
      return { as: 'instant', expression: sql`${row}.updated_at` };
    case 'version':
      return { as: 'exact', expression: sql`('W/"' || ${row}.version || '"')` };
    case 'resourceType':
      return { as: 'exact', expression: sql`${sql.lit(type.name)}::text` };
    default:
      throw invalidFilter(`meta.${sub?.name} cannot be searched; search by id`);
  }
}

/** E-mail addresses have a table of their own for their value; the rest of an element is in the document. */
function emailsColumn(sub: Attribute | undefined, attribute: Attribute, { row, orgId }: Surroundings): Column {
  const probe = (value: string) => sql<SqlBool>`${row}.id in (
    select e.member_id from member_emails e where e.org_id = ${orgId}::uuid and e.value_key = ${caseKey(value)}::text)`;
  if (sub?.name !== 'value') {
    const list = documentList(row, sql`${row}.scim`, attribute);
    return { kind: 'list', list, leaf: sub === undefined ? undefined : list.sub(sub), probe };
  }
  const leaf: Scalar = { as: 'key', expression: sql`e.value_key` };
  const list: List = {
    from: sql`member_emails e`,
    where: sql`e.org_id = ${orgId}::uuid and e.member_id = ${row}.id`,
    order: sql`e.value_key`,
    sub: () => leaf,
  };
  return { kind: 'list', list, leaf, probe };
}

type Membership = { list: List; probe: (value: string) => RawBuilder<SqlBool> };

function membershipColumn(sub: Attribute | undefined, { list, probe }: Membership): Column {
  return { kind: 'list', list, leaf: sub === undefined ? undefined : list.sub(sub), probe };
}

function groupsOfMember({ row, orgId, seen }: Surroundings): Membership {
  const isSeenHere = sql.raw(isSeenIn(seen));
  return {
    list: {
      from: sql`team_members tm join teams g on g.org_id = ${orgId}::uuid and g.id = tm.team_id`,
      where: sql`tm.org_id = ${orgId}::uuid and tm.member_id = ${row}.id and ${isSeenHere} and g.deleted_at is null`,
      order: sql`tm.team_id`,
      sub: (attribute) =>
        membershipScalar('groups', attribute, {
          value: { as: 'uuid', expression: sql`tm.team_id` },
          display: { as: 'key', expression: sql`g.display_name_key` },
          type: { as: 'folded', expression: sql`'direct'::text` },
        }),
    },
    probe: (value) =>
      isUuid(value)
        ? sql<SqlBool>`${row}.id in (
    select tm.member_id from team_members tm join teams g on g.org_id = ${orgId}::uuid and g.id = tm.team_id
    where tm.org_id = ${orgId}::uuid and tm.team_id = ${value}::uuid and ${isSeenHere} and g.deleted_at is null)`
        : sql<SqlBool>`false`,
  };
}

function membersOfGroup({ row, orgId, seen }: Surroundings): Membership {
  const isSeenHere = sql.raw(isSeenIn(seen));
  return {
    list: {
      from: sql`team_members tm join members p on p.org_id = ${orgId}::uuid and p.id = tm.member_id`,
      where: sql`tm.org_id = ${orgId}::uuid and tm.team_id = ${row}.id and ${isSeenHere} and p.deleted_at is null`,
      order: sql`tm.member_id`,
      sub: (attribute) =>
        membershipScalar('members', attribute, {
          value: { as: 'uuid', expression: sql`tm.member_id` },
          display: { as: 'key', expression: sql`p.user_name_key` },
          type: { as: 'folded', expression: sql`'User'::text` },
        }),
    },
    probe: (value) =>
      isUuid(value)
        ? sql<SqlBool>`${row}.id in (
    select tm.team_id from team_members tm join members p on p.org_id = ${orgId}::uuid and p.id = tm.member_id
    where tm.org_id = ${orgId}::uuid and tm.member_id = ${value}::uuid and ${isSeenHere} and p.deleted_at is null)`
        : sql<SqlBool>`false`,
  };
}

function membershipScalar(
  list: string,
  attribute: Attribute,
  subs: Record<'value' | 'display' | 'type', Scalar>,
): Scalar {
  const { name } = attribute;
  if (name === 'value' || name === 'display' || name === 'type') return subs[name];
  throw invalidFilter(`${list}.${name} cannot be searched; search by ${list}.value`);
}

/**
 * A list in the document. Attributes in canonical form are arrays or missing, and a missing one has no rows. What was deleted
 * before its attribute was defined may hold anything.
 */
function documentList(row: RawBuilder<unknown>, holder: RawBuilder<unknown>, attribute: Attribute): List {
  const held = sql`${holder} -> ${sql.lit(attribute.name)}`;
  const values = sql`case when jsonb_typeof(${held}) = 'array' then ${held} end`;
  return attribute.type === 'complex'
    ? {
        from: sql`jsonb_array_elements(${values}) with ordinality as each(element, place)`,
        order: sql`(each.element ->> 'primary') is not distinct from 'true' desc, each.place`,
        sub: (sub) => documentScalar(row, sql`each.element`, sub),
      }
    : {
        from: sql`jsonb_array_elements_text(${values}) with ordinality as each(element, place)`,
        order: sql`each.place`,
        sub: () => textScalar(row, sql`each.element`, attribute),
      };
}

function documentScalar(row: RawBuilder<unknown>, holder: RawBuilder<unknown>, attribute: Attribute): Scalar {
  return textScalar(row, sql`(${holder} ->> ${sql.lit(attribute.name)})`, attribute);
}

/** A value that the document holds as this text. It is read as its type only in rows that are live. */
function textScalar(row: RawBuilder<unknown>, text: RawBuilder<unknown>, attribute: Attribute): Scalar {
  switch (attribute.type) {
    case 'boolean':
      return { as: 'boolean', expression: sql`(${text} = 'true')`, missingIsFalse: attribute.name === 'primary' };
    case 'integer':
    case 'decimal':
      return { as: 'number', expression: sql`case when ${row}.deleted_at is null then ${text}::numeric end` };
    case 'dateTime': {
      // A time without a zone is in UTC, whatever the zone of the session.
      const zoned = sql`case when ${text} ~ '([Zz]|[+-][0-9][0-9]:[0-9][0-9])$' then ${text} else ${text} || 'Z' end`;
      return { as: 'instant', expression: sql`case when ${row}.deleted_at is null then (${zoned})::timestamptz end` };
    }
    default:
      return { as: attribute.caseExact ? 'exact' : 'folded', expression: text };
  }
}
