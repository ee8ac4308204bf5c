/** Where the attributes of a filter are stored: columns, tables of their own, or the `scim` document. */

import { type RawBuilder, type SqlBool, sql } from 'kysely';
import { caseKey } from '../scim/case-key.ts';
import type { FilterTarget } from '../scim/filter.ts';
import { indexedKey, indexedName } from '../scim/indexed-values.ts';
import { isId } from '../scim/resource-id.ts';
import { groupType, userType } from '../scim/resource-types.ts';
import {
  type Attribute,
  commonAttributes,
  findAttribute,
  findExtension,
  findSubAttribute,
  type ResourceType,
} from '../scim/schema.ts';
import type { Scalar } from './filter-sql-compare.ts';
import { isSeenIn, type TeamsSeen } from './teams-seen.ts';

export type Surroundings = {
  type: ResourceType;
  orgId: string;
  /** What the addresses of resources begin with. */
  scimBaseUrl: string;
  row: RawBuilder<unknown>;
  seen: TeamsSeen;
};

/** The values of a multi-valued attribute as rows. */
export type List = {
  /**
   * One name for one and the same `from` and `where` within a condition: what asks about it may look through it together. Undefined of
   * lists in tables, where PostgreSQL answers an `exists` for all rows at once.
   */
  name?: string;
  from: RawBuilder<unknown>;
  where?: RawBuilder<unknown>;
  /**
   * Brings the value that a list of resources is sorted by to the front: the primary one, or the first. Undefined where rows
   * do not tell.
   */
  order?: RawBuilder<unknown>;
};

export type Column = {
  /** The condition that the attribute has a value equal to this one, as a probe of an index. */
  equals?: (value: string | number | boolean) => RawBuilder<SqlBool>;
} & (
  | { kind: 'scalar'; scalar: Scalar }
  | {
      kind: 'list';
      list: List;
      /** What the filter compares of each value; undefined if it names the complex attribute as a whole. */
      leaf: Scalar | undefined;
      /** A sub-attribute of the complex value in the row. */
      sub?: (attribute: Attribute) => Column;
      /** The condition that a value exists whose `value` equals the text, as a probe of an index. */
      probe?: (value: string) => RawBuilder<SqlBool>;
    }
);

/** The name of a type's rows in statements. */
export const rowName = ({ kind }: ResourceType): 'm' | 't' | 'r' =>
  kind === 'User' ? 'm' : kind === 'Group' ? 't' : 'r';

/** The column that a filter compares with an attribute of the resource. */
export function resourceColumn(target: FilterTarget, surroundings: Surroundings): Column {
  const { attribute, subAttribute, extension } = target;
  if (extension === undefined) {
    if (attribute.name === 'meta' && subAttribute?.name === 'location') return locationColumn(surroundings);
    const own = ownColumn(attribute, subAttribute, surroundings);
    if (own !== undefined) return { kind: 'scalar', scalar: own };
    if (surroundings.type.kind === 'Custom') return documentColumn(target, surroundings);
    if (attribute.name === 'groups') return membershipColumn(subAttribute, groupsOfMember(surroundings));
    if (attribute.name === 'members') return membershipColumn(subAttribute, membersOfGroup(surroundings));
    if (attribute.name === 'emails') return emailsColumn(target, surroundings);
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
  if (subAttribute === undefined) {
    const value = attribute.multiValued ? findSubAttribute(attribute, 'value') : undefined;
    const probe = value && indexedEquality({ ...target, subAttribute: value }, surroundings);
    return { ...heldColumn(row, holder, attribute, extension), ...equals, ...(probe === undefined ? {} : { probe }) };
  }
  if (attribute.multiValued) return { ...subColumnOfList(row, holder, target, subAttribute), ...equals };
  const path = `${extension ?? ''}:${attribute.name}`;
  const held = heldColumn(row, sql`${holder} -> ${sql.lit(attribute.name)}`, subAttribute, path);
  if (held.kind === 'list') return { ...held, ...equals };
  // Only values of a list are primary or not (RFC 7643 §2.4).
  return { kind: 'scalar', scalar: { ...held.scalar, missingIsFalse: false }, ...equals };
}

/** An attribute in the JSON object that holds it: the document, an extension in it, or a complex value. `path` names that object. */
function heldColumn(
  row: RawBuilder<unknown>,
  holder: RawBuilder<unknown>,
  attribute: Attribute,
  path: string | undefined,
): Column {
  if (!attribute.multiValued) return { kind: 'scalar', scalar: documentScalar(row, holder, attribute) };
  const name = `${path ?? ''}:${attribute.name}`;
  if (attribute.type !== 'complex') {
    const list: List = { name, from: simpleValues(holder, attribute), order: sql`item.place` };
    return { kind: 'list', list, leaf: textScalar(row, sql`item.element`, attribute) };
  }
  const sub = (each: Attribute) => heldColumn(row, sql`each.element`, each, name);
  return { kind: 'list', list: complexValues(name, holder, attribute), leaf: undefined, sub };
}

/** A sub-attribute of all values of a list; where it is a list itself, the values in all of these. */
function subColumnOfList(
  row: RawBuilder<unknown>,
  holder: RawBuilder<unknown>,
  { extension, attribute }: FilterTarget,
  sub: Attribute,
): Column {
  const name = `${extension ?? ''}:${attribute.name}`;
  const outer = complexValues(name, holder, attribute);
  const element = sql`each.element`;
  if (!sub.multiValued) return { kind: 'list', list: outer, leaf: documentScalar(row, element, sub) };
  const list: List = {
    name: `${name}.${sub.name}`,
    // A value without any has a row of its own, so that it is sorted as missing.
    from: sql`${outer.from} left join lateral ${simpleValues(element, sub)} on true`,
    order: sql`${outer.order}, item.place`,
  };
  return { kind: 'list', list, leaf: textScalar(row, sql`item.element`, sub) };
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
      throw new Error(`meta.${sub?.name} is no column`);
  }
}

/** An address is no column: it is made of the endpoint and an id, and equality with it is that of the id. */
function locationColumn({ type, scimBaseUrl, row }: Surroundings): Column {
  const endpoint = `${scimBaseUrl}${type.endpoint}/`;
  return {
    kind: 'scalar',
    scalar: addressOf(endpoint, sql`${row}.id`),
    equals: (value) => {
      const id = idIn(String(value), endpoint);
      return id === undefined ? sql<SqlBool>`false` : sql<SqlBool>`${row}.id = ${id}::uuid`;
    },
  };
}

const addressOf = (endpoint: string, id: RawBuilder<unknown>): Scalar => ({
  as: 'exact',
  expression: sql`(${endpoint}::text || ${id})`,
});

function idIn(address: string, endpoint: string): string | undefined {
  const id = address.startsWith(endpoint) ? address.slice(endpoint.length) : '';
  return isId(id) ? id : undefined;
}

/** E-mail addresses have a table of their own for their value; the rest of an element is in the document. */
function emailsColumn(target: FilterTarget, surroundings: Surroundings): Column {
  const { row, orgId } = surroundings;
  const probe = (value: string) => sql<SqlBool>`${row}.id in (
    select e.member_id from member_emails e where e.org_id = ${orgId}::uuid and e.value_key = ${caseKey(value)}::text)`;
  if (target.subAttribute?.name !== 'value') {
    const column = documentColumn(target, surroundings);
    return column.kind === 'list' ? { ...column, probe } : column;
  }
  const list: List = {
    from: sql`member_emails e`,
    where: sql`e.org_id = ${orgId}::uuid and e.member_id = ${row}.id`,
  };
  return { kind: 'list', list, leaf: { as: 'key', expression: sql`e.value_key` }, probe };
}

/** The teams of a person or the people of a team. */
type Membership = {
  list: List;
  value: Scalar & { as: 'uuid' };
  display: Scalar;
  type: string;
  /** The endpoint of what `$ref` is the address of. */
  endpoint: string;
  /** The condition that the row has a membership with this id. */
  has: (id: string) => RawBuilder<SqlBool>;
};

function membershipColumn(named: Attribute | undefined, membership: Membership): Column {
  const { list, value, display, type, endpoint, has } = membership;
  const scalarOf = ({ name }: Attribute): Scalar => {
    switch (name) {
      case 'value':
        return value;
      case '$ref':
        return addressOf(endpoint, value.expression);
      case 'display':
        return display;
      case 'type':
        return { as: 'folded', expression: sql`${sql.lit(type)}::text` };
      default:
        throw new Error(`${name} is no column of a membership`);
    }
  };
  const sub = (attribute: Attribute): Column => ({ kind: 'scalar', scalar: scalarOf(attribute) });
  const hasId = (id: string | undefined) => (id === undefined ? sql<SqlBool>`false` : has(id));
  return {
    kind: 'list',
    list,
    leaf: named === undefined ? undefined : scalarOf(named),
    sub,
    probe: (text) => hasId(isId(text) ? text : undefined),
    ...(named?.name === '$ref' ? { equals: (address) => hasId(idIn(String(address), endpoint)) } : {}),
  };
}

function groupsOfMember({ row, orgId, scimBaseUrl, seen }: Surroundings): Membership {
  const isSeenHere = sql.raw(isSeenIn(seen));
  return {
    list: {
      from: sql`team_members tm join teams g on g.org_id = ${orgId}::uuid and g.id = tm.team_id`,
      where: sql`tm.org_id = ${orgId}::uuid and tm.member_id = ${row}.id and ${isSeenHere} and g.deleted_at is null`,
      order: sql`tm.team_id`,
    },
    value: { as: 'uuid', expression: sql`tm.team_id` },
    display: { as: 'key', expression: sql`g.display_name_key` },
    type: 'direct',
    endpoint: `${scimBaseUrl}${groupType.endpoint}/`,
    has: (id) => sql<SqlBool>`${row}.id in (
    select tm.member_id from team_members tm join teams g on g.org_id = ${orgId}::uuid and g.id = tm.team_id
    where tm.org_id = ${orgId}::uuid and tm.team_id = ${id}::uuid and ${isSeenHere} and g.deleted_at is null)`,
  };
}

function membersOfGroup({ row, orgId, scimBaseUrl, seen }: Surroundings): Membership {
  const isSeenHere = sql.raw(isSeenIn(seen));
  return {
    list: {
      from: sql`team_members tm join members p on p.org_id = ${orgId}::uuid and p.id = tm.member_id`,
      where: sql`tm.org_id = ${orgId}::uuid and tm.team_id = ${row}.id and ${isSeenHere} and p.deleted_at is null`,
      order: sql`tm.member_id`,
    },
    value: { as: 'uuid', expression: sql`tm.member_id` },
    display: { as: 'key', expression: sql`p.user_name_key` },
    type: 'User',
    endpoint: `${scimBaseUrl}${userType.endpoint}/`,
    has: (id) => sql<SqlBool>`${row}.id in (
    select tm.team_id from team_members tm join members p on p.org_id = ${orgId}::uuid and p.id = tm.member_id
    where tm.org_id = ${orgId}::uuid and tm.member_id = ${id}::uuid and ${isSeenHere} and p.deleted_at is null)`,
  };
}

/** The rows of a list of complex values. */
function complexValues(name: string, holder: RawBuilder<unknown>, attribute: Attribute): List {
  return {
    name,
    from: sql`jsonb_array_elements(${heldList(holder, attribute)}) with ordinality as each(element, place)`,
    order: sql`(each.element ->> 'primary') is not distinct from 'true' desc, each.place`,
  };
}

/** The rows of a list of simple values. */
const simpleValues = (holder: RawBuilder<unknown>, attribute: Attribute) =>
  sql`jsonb_array_elements_text(${heldList(holder, attribute)}) with ordinality as item(element, place)`;

/**
 * A list in the document. Attributes in canonical form are arrays or missing, and a missing one has no rows. What was deleted
 * before its attribute was defined may hold anything.
 */
function heldList(holder: RawBuilder<unknown>, attribute: Attribute): RawBuilder<unknown> {
  const held = sql`${holder} -> ${sql.lit(attribute.name)}`;
  return sql`case when jsonb_typeof(${held}) = 'array' then ${held} end`;
}

function documentScalar(row: RawBuilder<unknown>, holder: RawBuilder<unknown>, attribute: Attribute): Scalar {
  return textScalar(row, sql`(${holder} ->> ${sql.lit(attribute.name)})`, attribute);
}

/** A value that the document holds as this text. It is read as its type only in rows that are live. */
function textScalar(row: RawBuilder<unknown>, text: RawBuilder<unknown>, attribute: Attribute): Scalar {
  switch (attribute.type) {
    case 'boolean':
      return {
        as: 'boolean',
        expression: sql`(${text} = 'true')`,
        missingIsFalse: attribute.name === 'primary' && !attribute.multiValued,
      };
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
