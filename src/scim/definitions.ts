/**
 * What an organization defines at run time: schemas and resource types, as the documents of RFC 7643 §7 and §6. The functions
 * here read such documents and say whether they fit together; whether stored resources fit them is for others to see.
 */

import { limits } from '../limits.ts';
import { asciiLower, equalIgnoringCase } from './ascii.ts';
import { parseAttributes, textOf } from './attribute-definition.ts';
import { shown } from './attribute-name.ts';
import { isObject, isUnassigned, kindOf } from './attribute-value.ts';
import { invalidSyntax, invalidValue, uniqueness } from './errors.ts';
import { resourceTypes as builtIn } from './resource-types.ts';
import { type Attribute, commonAttributes, leavesOf, type Resource, type ResourceType, type Schema } from './schema.ts';
import { oktaEntitlementSchema } from './schemas/okta-entitlement.ts';
import { oktaRoleSchema } from './schemas/okta-role.ts';

/** A schema, and the resource types that it extends. */
export type SchemaDefinition = {
  readonly schema: Schema;
  readonly extends: readonly { readonly resourceType: string; readonly required: boolean }[];
};

/** `schema` and `schemaExtensions` name schemas by their URNs. */
export type ResourceTypeDefinition = {
  readonly name: string;
  readonly description: string;
  readonly endpoint: string;
  readonly schema: string;
  readonly schemaExtensions: readonly { readonly schema: string; readonly required: boolean }[];
};

export type Definitions = {
  readonly schemas: readonly SchemaDefinition[];
  readonly resourceTypes: readonly ResourceTypeDefinition[];
};

/** The URN under which RFC 7643 describes schemas themselves. */
const schemaOfSchemas = 'urn:ietf:params:scim:schemas:core:2.0:Schema';
const schemaOfResourceTypes = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';

/**
 * Reads a schema (RFC 7643 §7).
 *
 * @throws ScimError invalidSyntax or invalidValue, naming the attribute and the way out
 */
export function parseSchema(document: unknown): Schema {
  const given = documentOf(document, 'schema', schemaOfSchemas, ['id', 'name', 'description', 'attributes']);
  const id = urnOf(given.id, 'The id of a schema');
  return {
    id,
    name: given.name === undefined ? (id.split(':').at(-1) ?? id) : textOf(given.name, 'The name of a schema'),
    description: given.description === undefined ? '' : textOf(given.description, 'The description of a schema'),
    attributes: parseAttributes(given.attributes, 'attributes'),
  };
}

/**
 * Reads a resource type (RFC 7643 §6).
 *
 * @throws ScimError invalidSyntax or invalidValue, naming what is wrong
 */
export function parseResourceType(document: unknown): ResourceTypeDefinition {
  const members = ['id', 'name', 'description', 'endpoint', 'schema', 'schemaExtensions'];
  const given = documentOf(document, 'resource type', schemaOfResourceTypes, members);
  const { name, endpoint } = given;
  if (typeof name !== 'string' || !isTypeName(name)) {
    throw invalidValue('The name of a resource type must be 1 to 64 letters and digits, beginning with a letter');
  }
  if (given.id !== undefined && given.id !== name) {
    throw invalidValue(`The id of a resource type is its name; leave it out, or make it "${name}"`);
  }
  if (typeof endpoint !== 'string' || !/^\/[A-Za-z][A-Za-z0-9_-]{0,63}$/.test(endpoint)) {
    throw invalidValue(
      'The endpoint of a resource type must be one path segment, such as "/Devices": a letter, then letters, digits, "-" and "_"',
    );
  }
  return {
    name,
    description: given.description === undefined ? '' : textOf(given.description, 'The description of a resource type'),
    endpoint,
    schema: urnOf(given.schema, 'The schema of a resource type'),
    schemaExtensions: extensionsOf(given.schemaExtensions),
  };
}

/**
 * Holds that definitions fit together and with what every organization has.
 *
 * @throws ScimError uniqueness for a name, URN or endpoint that is taken or a URN that is the name of an attribute, invalidValue for one that names nothing
 */
export function checkDefinitions({ schemas, resourceTypes }: Definitions): void {
  if (schemas.length > limits.definedSchemasMax || resourceTypes.length > limits.definedResourceTypesMax) {
    throw invalidValue(
      `An organization defines at most ${limits.definedSchemasMax} schemas and ${limits.definedResourceTypesMax} resource types`,
    );
  }
  const urns = [...builtInSchemas.map(({ id }) => id), ...schemas.map(({ schema }) => schema.id)];
  const names = [...builtIn, ...resourceTypes].map((each) => each.name);
  const endpoints = [
    ...reserved,
    ...builtIn.map((each) => each.endpoint),
    ...resourceTypes.map((each) => each.endpoint),
  ];
  assertDistinct(urns, (urn) => `The schema ${urn} exists already; change that one, or give this one another URN`);
  assertDistinct(names, (name) => `The resource type ${name} exists already; choose another name`);
  assertDistinct(endpoints, (endpoint) => `The endpoint ${endpoint} is taken; choose another one`);
  assertNoneIsAttribute([...builtInSchemas, ...schemas.map(({ schema }) => schema)], resourceTypes);
  const known = (list: readonly string[], name: string) => list.some((each) => equalIgnoringCase(each, name));
  for (const { schema, extends: extended } of schemas) {
    for (const { resourceType } of extended) {
      if (!known(names, resourceType)) {
        throw invalidValue(`${schema.id} is to extend ${shown(resourceType)}, and there is no such resource type`);
      }
    }
    for (const each of leavesOf(schema.attributes)) assertReferences(each, names);
  }
  for (const type of resourceTypes) {
    const usable = [oktaRoleSchema, oktaEntitlementSchema, ...schemas.map(({ schema }) => schema)].map(({ id }) => id);
    if (!known(usable, type.schema)) {
      throw invalidValue(
        `The resource type ${type.name} is of the schema ${shown(type.schema)}, which is not there; define it first`,
      );
    }
    for (const each of [...type.schemaExtensions, ...extending(schemas, type.name)]) {
      if (!known(urns, each.schema)) {
        throw invalidValue(
          `${type.name} names the extension ${shown(each.schema)}, which is not there; define it first`,
        );
      }
      if (equalIgnoringCase(each.schema, type.schema)) {
        throw invalidValue(`${type.name} has the schema ${type.schema}, so it cannot be extended by it`);
      }
    }
  }
}

/** The resource types that definitions make of those that every organization has. User and Group come first. */
export function definedTypes({ schemas, resourceTypes }: Definitions): ResourceType[] {
  const all: Schema[] = [...builtInSchemas, ...schemas.map(({ schema }) => ({ ...schema, indexed: true as const }))];
  const schemaOf = (urn: string) => all.find((each) => equalIgnoringCase(each.id, urn)) as Schema;
  const extensionsFor = (name: string, own: ResourceTypeDefinition['schemaExtensions']): ResourceType['extensions'] => {
    const required = new Map<Schema, boolean>();
    for (const each of [...own, ...extending(schemas, name)]) {
      const schema = schemaOf(each.schema);
      required.set(schema, each.required || required.get(schema) === true);
    }
    return [...required].map(([schema, isRequired]) => ({ schema, required: isRequired }));
  };
  return [
    ...builtIn.map((type) => ({ ...type, extensions: [...type.extensions, ...extensionsFor(type.name, [])] })),
    ...resourceTypes.map(({ name, description, endpoint, schema, schemaExtensions }) => ({
      name,
      kind: 'Custom' as const,
      description,
      endpoint,
      schema: schemaOf(schema),
      extensions: extensionsFor(name, schemaExtensions),
    })),
  ];
}

const builtInSchemas: readonly Schema[] = [
  ...new Set(builtIn.flatMap(({ schema, extensions }) => [schema, ...extensions.map((each) => each.schema)])),
];

const isTypeName = (text: string): boolean => /^[A-Za-z][A-Za-z0-9]{0,63}$/.test(text);

/** Endpoints of the protocol itself. */
const reserved = ['/Me', '/Bulk', '/Schemas', '/ResourceTypes', '/ServiceProviderConfig', '/.search'];

const extending = (schemas: readonly SchemaDefinition[], type: string) =>
  schemas.flatMap(({ schema, extends: extended }) =>
    extended
      .filter(({ resourceType }) => equalIgnoringCase(resourceType, type))
      .map(({ required }) => ({ schema: schema.id, required })),
  );

function assertDistinct(names: readonly string[], refusal: (name: string) => string): void {
  const seen = new Set<string>();
  for (const name of names) {
    const lower = asciiLower(name);
    if (seen.has(lower)) throw uniqueness(refusal(name));
    seen.add(lower);
  }
}

/**
 * The URN of a schema and the name of an attribute with the URN of its schema (RFC 7644 §3.10) are one kind of text, of which paths and
 * filters read the longest URN first: a schema that is called like an attribute would take it away.
 */
function assertNoneIsAttribute(schemas: readonly Schema[], types: readonly ResourceTypeDefinition[]): void {
  const urns = new Set(schemas.map(({ id }) => asciiLower(id)));
  const cores = new Set(
    [...builtIn.map(({ schema }) => schema.id), ...types.map(({ schema }) => schema)].map(asciiLower),
  );
  for (const { id, attributes } of schemas) {
    for (const { name, subAttributes = [] } of cores.has(asciiLower(id))
      ? [...commonAttributes, ...attributes]
      : attributes) {
      for (const path of [name, ...subAttributes.map((sub) => `${name}.${sub.name}`)]) {
        if (!urns.has(asciiLower(`${id}:${path}`))) continue;
        throw uniqueness(
          `${id}:${path} cannot be a schema beside the attribute ${path} of ${id}: paths and filters could not tell them apart; give the schema another URN, or the attribute another name`,
        );
      }
    }
  }
}

/**
 * A type that is not defined yet may be named: types may refer to themselves and to each other, and none of them comes first. Until it is
 * defined, nothing is of it.
 */
function assertReferences({ name, referenceTypes = [] }: Attribute, types: readonly string[]): void {
  for (const each of referenceTypes) {
    if (each === 'external' || each === 'uri' || types.includes(each)) continue;
    const meant = types.find((type) => equalIgnoringCase(type, each));
    if (meant === undefined && isTypeName(each)) continue;
    throw invalidValue(
      `referenceTypes of the attribute ${name} names ${shown(each)}, which can be no resource type; use ${meant === undefined ? '"external"' : `"${meant}"`}`,
    );
  }
}

/** The members of a document. Its own schemas and meta, which a copied document carries, say nothing. */
function documentOf(document: unknown, what: string, urn: string, members: readonly string[]): Resource {
  if (!isObject(document)) throw invalidSyntax(`A ${what} must be a JSON object, not ${kindOf(document)}`);
  const { schemas, meta: _, ...given } = document;
  const named = [schemas].flat();
  if (!isUnassigned(schemas) && !named.some((each) => typeof each === 'string' && equalIgnoringCase(each, urn))) {
    throw invalidSyntax(`The schemas of a ${what} must name ${urn}`);
  }
  const unknown = Object.keys(given).find((key) => !members.includes(key));
  if (unknown !== undefined) {
    throw invalidValue(`A ${what} has no "${shown(unknown)}"; it has ${members.join(', ')}`);
  }
  return given;
}

function urnOf(raw: unknown, what: string): string {
  if (typeof raw !== 'string' || !/^urn:[a-z0-9][a-z0-9-]{0,31}(:[A-Za-z0-9._-]+)+$/i.test(raw) || raw.length > 255) {
    throw invalidValue(
      `${what} must be a URN of at most 255 characters, such as "urn:example:scim:schemas:1.0:Badge": letters, digits, ".", "_" and "-" between colons`,
    );
  }
  if (asciiLower(raw).startsWith('urn:ietf:params:scim:api:')) {
    throw invalidValue(`${what} is ${raw}, which names messages of the protocol; choose a URN of your own`);
  }
  return raw;
}

function extensionsOf(raw: unknown): ResourceTypeDefinition['schemaExtensions'] {
  if (isUnassigned(raw)) return [];
  if (!Array.isArray(raw)) throw invalidValue(`schemaExtensions must be a list, not ${kindOf(raw)}`);
  return raw.map((each, index) => {
    const place = `schemaExtensions[${index}]`;
    if (!isObject(each)) throw invalidValue(`${place} must be an object with schema and required, not ${kindOf(each)}`);
    const { required = false } = each;
    if (typeof required !== 'boolean') throw invalidValue(`${place}.required must be true or false`);
    return { schema: urnOf(each.schema, `${place}.schema`), required };
  });
}
