/**
 * References from one resource to others (RFC 7643 §2.3.7): what the reference attributes of defined schemas name, and what the
 * roles and entitlements of people name (okta-wire.md §14). Whether what is named is there is for the store to say.
 */

import { asciiLower, equalIgnoringCase } from './ascii.ts';
import { isObject, own, stableText } from './attribute-value.ts';
import type { OrganizationTypes } from './organization-types.ts';
import { isId } from './resource-id.ts';
import type { Attribute, Resource, ResourceType, Schema } from './schema.ts';
import { oktaEntitlementSchema } from './schemas/okta-entitlement.ts';
import { oktaRoleSchema } from './schemas/okta-role.ts';

export type Reference = {
  /** As an error calls it. */
  place: string;
  value: string;
  /** What it may name: one of these must be there. Empty if the value can name nothing. */
  targets: { type: string; id: string }[];
  /** Names of the types that it may refer to. */
  types: readonly string[];
  /** Whether it counts only once there is any resource of these types: a provider may have roles that nobody defined here. */
  onlyIfUsed: boolean;
};

/** What is looked at to tell references into this organization from others: its slugs, its id, and where Rollcall is served. */
export type OrganizationNames = { id: string; slugs: readonly string[]; baseUrl: string };

/** The references of `after` that `before` has not: those that were there already may outlive what they name. */
export function newReferences(
  types: OrganizationTypes,
  type: ResourceType,
  names: OrganizationNames,
  before: Resource | undefined,
  after: Resource,
): Reference[] {
  const known = new Set(before === undefined ? [] : references(types, type, names, before).map(identity));
  return references(types, type, names, after).filter((each) => !known.has(identity(each)));
}

/** One thing named in two spellings is one reference. */
const identity = ({ place, value, targets, types }: Reference) =>
  stableText([place, targets.length > 0 ? targets : value, types]);

function references(
  types: OrganizationTypes,
  type: ResourceType,
  names: OrganizationNames,
  resource: Resource,
): Reference[] {
  const found: Reference[] = type.kind === 'User' ? grants(types, resource) : [];
  const collect = (schema: Schema, holder: Resource, prefix: string) => {
    for (const attribute of schema.attributes) {
      for (const value of [own(holder, attribute.name) ?? []].flat()) {
        if (typeof value === 'string') add(attribute, value, `${prefix}${attribute.name}`);
        if (!isObject(value)) continue;
        for (const sub of attribute.subAttributes ?? []) {
          for (const each of [own(value, sub.name)].flat()) {
            if (typeof each === 'string') add(sub, each, `${prefix}${attribute.name}.${sub.name}`);
          }
        }
      }
    }
  };
  const add = (attribute: Attribute, value: string, place: string) => {
    const named = attribute.type === 'reference' ? (attribute.referenceTypes ?? []) : [];
    const wanted = named.filter((each) => each !== 'external' && each !== 'uri');
    if (wanted.length === 0) return;
    // Of a type that is not defined yet there is nothing that could be named.
    const among = types.all.filter((each) => wanted.includes(each.name));
    const targets = targetsOf(value, among, names);
    if (targets.length === 0 && wanted.length < named.length) return;
    found.push({ place, value, targets, types: wanted, onlyIfUsed: false });
  };
  if (type.schema.indexed === true) collect(type.schema, resource, '');
  for (const { schema } of type.extensions) {
    const holder = own(resource, schema.id);
    if (schema.indexed === true && isObject(holder)) collect(schema, holder, `${schema.id}:`);
  }
  return found;
}

/** The roles and entitlements of a person name resources by their id. */
function grants(types: OrganizationTypes, user: Resource): Reference[] {
  const of = (name: 'roles' | 'entitlements', schema: Schema): Reference[] => {
    const all = types.all.filter((each) => each.schema.id === schema.id);
    return [user[name] ?? []].flat().flatMap((each): Reference[] => {
      if (!isObject(each) || typeof each.value !== 'string') return [];
      const { value, type } = each;
      const named = all.filter((candidate) => typeof type === 'string' && equalIgnoringCase(candidate.name, type));
      const possible = (named.length > 0 ? named : all).map((candidate) => candidate.name);
      const targets = isId(value) ? possible.map((candidate) => ({ type: candidate, id: value })) : [];
      return [{ place: `${name}.value`, value, targets, types: possible, onlyIfUsed: true }];
    });
  };
  return [...of('roles', oktaRoleSchema), ...of('entitlements', oktaEntitlementSchema)];
}

/** A reference is an id, or an address of the resource: absolute, or relative to the base URL. */
function targetsOf(value: string, types: readonly ResourceType[], names: OrganizationNames): Reference['targets'] {
  if (isId(value)) return types.map((type) => ({ type: type.name, id: value }));
  const segments = value.split('/').filter((each) => each !== '' && each !== '.' && each !== '..');
  const id = segments.pop() ?? '';
  const endpoint = `/${segments.pop() ?? ''}`;
  const type = types.find((each) => each.endpoint === endpoint);
  if (type === undefined || !isId(id)) return [];
  const organization = segments.pop();
  const isHere =
    organization === undefined
      ? !value.includes(':') && !value.startsWith('//')
      : isBelow(value, names.baseUrl) &&
        (names.id === asciiLower(organization) || names.slugs.includes(asciiLower(organization)));
  return isHere ? [{ type: type.name, id }] : [];
}

/** Whether an address is one below the endpoints that are served here: absolute, or without the host. */
function isBelow(value: string, baseUrl: string): boolean {
  const [base, named] = [URL.parse(baseUrl), URL.parse(value, baseUrl)];
  if (base === null || named === null || named.origin !== base.origin) return false;
  const path = base.pathname.endsWith('/') ? base.pathname.slice(0, -1) : base.pathname;
  return (
    named.pathname.startsWith(`${path}/scim/v2/`) || (!value.includes(':') && named.pathname.startsWith('/scim/v2/'))
  );
}
