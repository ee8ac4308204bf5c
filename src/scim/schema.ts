/** Schemas and resource types as values (RFC 7643 §6, §7). Everything that depends on an attribute asks these. */

import { asciiLower, equalIgnoringCase } from './ascii.ts';

export type AttributeType =
  | 'string'
  | 'boolean'
  | 'decimal'
  | 'integer'
  | 'dateTime'
  | 'binary'
  | 'reference'
  | 'complex';

/** RFC 7643 §7: the characteristics of an attribute. */
export type Attribute = {
  readonly name: string;
  readonly type: AttributeType;
  readonly multiValued: boolean;
  readonly description: string;
  readonly required: boolean;
  readonly caseExact: boolean;
  readonly mutability: 'readOnly' | 'readWrite' | 'immutable' | 'writeOnly';
  readonly returned: 'always' | 'never' | 'default' | 'request';
  readonly uniqueness: 'none' | 'server' | 'global';
  readonly canonicalValues?: readonly string[];
  /** Takes its canonical values and no others. */
  readonly onlyCanonical?: true;
  readonly referenceTypes?: readonly string[];
  readonly subAttributes?: readonly Attribute[];
  /** An attribute that no schema of ours describes: kept as it came, compared by the type of the value it is compared with. */
  readonly opaque?: true;
};

export type Schema = {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly attributes: readonly Attribute[];
  /** Its attributes are searched by an index of their values (indexed-values.ts), which keeps their uniqueness too. */
  readonly indexed?: true;
};

/** Where attribute names are looked up: one resource type, or all of them at once. */
export type AttributeScope = {
  /** As a message calls it. */
  readonly name: string;
  readonly schema: Schema;
  readonly extensions: readonly { readonly schema: Schema; readonly required: boolean }[];
};

export type ResourceType = AttributeScope & {
  readonly name: string;
  /** People and teams are stored and changed in ways of their own; all other types are alike. */
  readonly kind: 'User' | 'Group' | 'Custom';
  readonly description: string;
  readonly endpoint: string;
};

/** A resource in canonical form: attribute names spelled as in the schema, no value that is unassigned. */
export type Resource = Record<string, unknown>;

/** An attribute with the defaults of RFC 7643 §2.2, and what differs from them. */
export function attribute(name: string, description: string, rest: Partial<Attribute> = {}): Attribute {
  return {
    name,
    type: 'string',
    multiValued: false,
    description,
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
    ...rest,
  };
}

/** Stands for an attribute that the schemas do not describe. */
export function opaqueAttribute(name: string): Attribute {
  return attribute(name, '', { opaque: true });
}

/** RFC 7643 §3.1 and §3: what every resource has, whatever its schema. Not part of the /Schemas documents. */
export const commonAttributes: readonly Attribute[] = [
  attribute('schemas', 'URNs of the schemas that describe the resource.', {
    type: 'reference',
    referenceTypes: ['uri'],
    multiValued: true,
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
  }),
  attribute('id', 'Identifier given by Rollcall. Never changes and is never used again.', {
    caseExact: true,
    mutability: 'readOnly',
    returned: 'always',
    uniqueness: 'server',
  }),
  attribute('externalId', 'Identifier given by the identity provider.', { caseExact: true }),
  attribute('meta', 'What Rollcall knows about the resource itself.', {
    type: 'complex',
    mutability: 'readOnly',
    subAttributes: [
      attribute('resourceType', 'Name of the resource type.', { caseExact: true, mutability: 'readOnly' }),
      attribute('created', 'When the resource was added.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('lastModified', 'When the resource last changed.', { type: 'dateTime', mutability: 'readOnly' }),
      attribute('location', 'Address of the resource.', {
        type: 'reference',
        referenceTypes: ['uri'],
        caseExact: true,
        mutability: 'readOnly',
      }),
      attribute('version', 'Version of the resource, as in its ETag.', { caseExact: true, mutability: 'readOnly' }),
    ],
  }),
];

const byName = new WeakMap<readonly Attribute[], Map<string, Attribute>>();

/** The attribute of that name, whatever its letter case (RFC 7643 §2.1). */
export function findAttribute(attributes: readonly Attribute[], name: string): Attribute | undefined {
  let names = byName.get(attributes);
  if (names === undefined) {
    names = new Map(attributes.map((each) => [asciiLower(each.name), each]));
    byName.set(attributes, names);
  }
  return names.get(asciiLower(name));
}

/** Every attribute and sub-attribute. */
export function leavesOf(attributes: readonly Attribute[]): Attribute[] {
  return attributes.flatMap((each) => [each, ...(each.subAttributes ?? [])]);
}

/** A sub-attribute by its name, whatever its letter case. */
export function findSubAttribute(parent: Attribute, name: string): Attribute | undefined {
  return parent.subAttributes === undefined ? undefined : findAttribute(parent.subAttributes, name);
}

/**
 * What a filter in brackets may name: a sub-attribute, and of a list of simple values `value`, which is the value itself (RFC 7643
 * §2.4).
 */
export function findInBrackets(parent: Attribute, name: string): Attribute | undefined {
  if (parent.type === 'complex' || parent.opaque === true) return findSubAttribute(parent, name);
  return equalIgnoringCase(name, 'value') ? { ...parent, name: 'value', multiValued: false } : undefined;
}

/** The common or core attribute of that name. */
export function findOwnAttribute(type: AttributeScope, name: string): Attribute | undefined {
  return findAttribute(commonAttributes, name) ?? findAttribute(type.schema.attributes, name);
}

/** The extension with that URN, whatever its letter case (quirk E37). */
export function findExtension(type: AttributeScope, urn: string): Schema | undefined {
  return type.extensions.find((each) => equalIgnoringCase(each.schema.id, urn))?.schema;
}
