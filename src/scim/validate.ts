/** Reads the body of POST (RFC 7644 §3.3) and PUT (§3.5.1) into a resource in canonical form. */

import { isDeepStrictEqual } from 'node:util';
import { isObject, kindOf, own, valueNamed } from './attribute-value.ts';
import { canonicalResource, noteSchemas } from './canonical-resource.ts';
import { invalidSyntax, invalidValue } from './errors.ts';
import { keepImmutable } from './immutable.ts';
import { areBlank, memberIds, saysNothing } from './member-ids.ts';
import { tolerates } from './profiles.ts';
import type { Tolerance, Tolerances } from './quirks.ts';
import type { Attribute, Resource, ResourceType } from './schema.ts';

export type ValidateOptions = {
  operation: 'create' | 'replace';
  /**
   * What is held now, for a replace. A client that writes back what it read (okta-wire.md §5) then cannot freeze a name: see
   * `stale-formatted`. And a PUT that does not speak of `active` leaves it as it is.
   */
  previous?: Resource;
  /** Where what was tolerated is noted; all is tolerated if it is left out. */
  tolerances?: Tolerances;
};

export type Validated = {
  /** Without id, meta, groups, password, and without members. */
  resource: Resource;
  /** Ids of a group's members, each once; undefined if the body does not speak of members, which is not the empty list. */
  members: string[] | undefined;
  /** Whether the body has members of which each is empty, as a template whose macros found nothing leaves them (quirk O3). */
  membersAreBlank: boolean;
  tolerances: Tolerance[];
};

/**
 * Checks a body against the schemas of its type. Read-only attributes are ignored (RFC 7644 §3.3, §3.5.1); null, "" and [] are
 * no value (RFC 7643 §2.5); attributes that no schema describes are kept as they came. Throws invalidValue, naming the attribute.
 */
export function validateResource(type: ResourceType, body: unknown, options: ValidateOptions): Validated {
  if (!isObject(body)) throw invalidSyntax(`The body must be a ${type.name} as a JSON object, not ${kindOf(body)}`);
  const tolerances: Tolerances = options.tolerances ?? new Set();
  const apart = new Map<string, unknown>(type.kind === 'Group' ? [['members', undefined]] : []);
  const resource = canonicalResource(type, body, { readOnly: 'drop', apart, tolerances });
  noteSchemas(type, valueNamed(body, 'schemas'), resource.schemas, tolerances);
  if (type.kind === 'User') completeUser(resource, options, tolerances);
  if (options.previous !== undefined) keepImmutable(type, options.previous, resource);
  assertRequired(type, resource);
  const named = apart.get('members');
  const members = type.kind === 'Group' ? membersOf(named, tolerances) : undefined;
  return {
    resource,
    members,
    membersAreBlank: members !== undefined && areBlank(named, members),
    tolerances: [...tolerances],
  };
}

/** Throws invalidValue for the first required attribute, sub-attribute or extension that is unassigned. */
export function assertRequired(type: ResourceType, resource: Resource): void {
  assertAssigned(type.schema.attributes, resource, '');
  for (const { schema, required } of type.extensions) {
    const held = own(resource, schema.id);
    if (isObject(held)) assertAssigned(schema.attributes, held, `${schema.id}:`);
    else if (required)
      throw invalidValue(`${schema.id} is required: a ${type.name} must have attributes of this extension`);
  }
}

function assertAssigned(attributes: readonly Attribute[], holder: Resource, prefix: string): void {
  for (const { name, required, subAttributes } of attributes) {
    const held = own(holder, name);
    if (held === undefined) {
      if (required) throw invalidValue(`${prefix}${name} is required`);
      continue;
    }
    if (subAttributes?.some((sub) => sub.required) !== true) continue;
    for (const each of [held].flat()) if (isObject(each)) assertAssigned(subAttributes, each, `${prefix}${name}.`);
  }
}

function completeUser(resource: Resource, options: ValidateOptions, tolerances: Tolerances): void {
  if (resource.active === undefined) {
    const before = options.operation === 'replace' ? options.previous?.active : undefined;
    resource.active = typeof before === 'boolean' ? before : true;
  }
  dropStaleFormatted(resource, options.previous, tolerances);
}

/** name.formatted that is echoed unchanged beside a changed name describes the former one. */
function dropStaleFormatted(resource: Resource, previous: Resource | undefined, tolerances: Tolerances): void {
  const name = resource.name;
  const before = previous?.name;
  if (!isObject(name) || !isObject(before) || name.formatted === undefined) return;
  if (name.formatted !== before.formatted || isDeepStrictEqual(name, before)) return;
  if (!tolerates(tolerances, 'stale-formatted')) return;
  tolerances.add('stale-formatted');
  delete name.formatted;
}

/** A null and an empty string say nothing about the members; only a list, also an empty one, does. */
function membersOf(value: unknown, tolerances: Tolerances): string[] | undefined {
  if (!saysNothing(value)) return memberIds(value, 'members', tolerances);
  if (value !== undefined) tolerances.add('empty-as-unset');
  return undefined;
}
