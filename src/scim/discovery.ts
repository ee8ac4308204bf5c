/**
 * The documents of discovery (RFC 7644 §4; RFC 7643 §5 to §7), computed from the schemas and bounds that the engines use, so that
 * they cannot promise what is not there. None holds a null: Entra does not read a document that does (E8).
 */

import { limits } from '../limits.ts';
import { equalIgnoringCase } from './ascii.ts';
import type { OrganizationTypes } from './organization-types.ts';
import type { Attribute, Resource, ResourceType, Schema } from './schema.ts';

/** `baseUrl` is the absolute address of the SCIM endpoint, without a slash at its end. */
export type DiscoveryOptions = { baseUrl: string; types: OrganizationTypes; documentationUri?: string };

const serviceProviderConfigSchema = 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig';
const resourceTypeSchema = 'urn:ietf:params:scim:schemas:core:2.0:ResourceType';
const schemaSchema = 'urn:ietf:params:scim:schemas:core:2.0:Schema';

/** RFC 7643 §5, with the pagination of RFC 9865 §4. */
export function serviceProviderConfig(options: DiscoveryOptions): Resource {
  return {
    schemas: [serviceProviderConfigSchema],
    ...(options.documentationUri === undefined ? {} : { documentationUri: options.documentationUri }),
    patch: { supported: true },
    bulk: { supported: true, maxOperations: limits.bulkOperationsMax, maxPayloadSize: limits.bulkBytesMax },
    filter: { supported: true, maxResults: limits.pageSizeMax },
    changePassword: { supported: false },
    sort: { supported: true },
    etag: { supported: true },
    pagination: {
      cursor: true,
      index: true,
      defaultPaginationMethod: 'index',
      defaultPageSize: limits.pageSizeDefault,
      maxPageSize: limits.pageSizeMax,
      cursorTimeout: limits.cursorSeconds,
    },
    authenticationSchemes: [
      {
        type: 'oauthbearertoken',
        name: 'Bearer token',
        description: 'A token made for one connection of the organization, sent as Authorization: Bearer',
        specUri: 'https://www.rfc-editor.org/info/rfc6750',
        primary: true,
      },
    ],
    meta: { resourceType: 'ServiceProviderConfig', location: `${options.baseUrl}/ServiceProviderConfig` },
  };
}

/** RFC 7643 §7: every schema of every resource type, each once. */
export function schemasDocuments(options: DiscoveryOptions): Resource[] {
  const all = options.types.all.flatMap((type) => [type.schema, ...type.extensions.map((each) => each.schema)]);
  return [...new Set(all)].map((schema) => schemaDocument(schema, options));
}

/** The document of one schema, whatever the letter case of its URN; undefined if there is none. */
export function findSchemaDocument(urn: string, options: DiscoveryOptions): Resource | undefined {
  return schemasDocuments(options).find((each) => equalIgnoringCase(String(each.id), urn));
}

/** RFC 7643 §6. */
export function resourceTypesDocuments(options: DiscoveryOptions): Resource[] {
  return options.types.all.map((type) => resourceTypeDocument(type, options));
}

/** The document of one resource type, whatever the letter case of its name; undefined if there is none. */
export function findResourceTypeDocument(name: string, options: DiscoveryOptions): Resource | undefined {
  return resourceTypesDocuments(options).find((each) => equalIgnoringCase(String(each.id), name));
}

/** A schema as RFC 7643 §7 writes it, without what only a resource has. */
export function describeSchema({ id, name, description, attributes }: Schema): Resource {
  return { id, name, description, attributes: attributes.map(attributeDocument) };
}

function schemaDocument(schema: Schema, options: DiscoveryOptions): Resource {
  return {
    schemas: [schemaSchema],
    ...describeSchema(schema),
    meta: { resourceType: 'Schema', location: `${options.baseUrl}/Schemas/${schema.id}` },
  };
}

function resourceTypeDocument(type: ResourceType, options: DiscoveryOptions): Resource {
  const extensions = type.extensions.map((each) => ({ schema: each.schema.id, required: each.required }));
  return {
    schemas: [resourceTypeSchema],
    id: type.name,
    name: type.name,
    description: type.description,
    endpoint: type.endpoint,
    schema: type.schema.id,
    ...(extensions.length === 0 ? {} : { schemaExtensions: extensions }),
    meta: { resourceType: 'ResourceType', location: `${options.baseUrl}/ResourceTypes/${type.name}` },
  };
}

/** RFC 7643 §7: uniqueness and case say something about values, so a complex attribute and a boolean have none to say. */
function attributeDocument(attribute: Attribute): Resource {
  const { name, type, multiValued, description, required, mutability, returned } = attribute;
  const textual = type === 'string' || type === 'reference' || type === 'binary';
  return {
    name,
    type,
    multiValued,
    description,
    required,
    ...(textual ? { caseExact: attribute.caseExact } : {}),
    ...(attribute.canonicalValues === undefined ? {} : { canonicalValues: [...attribute.canonicalValues] }),
    mutability,
    returned,
    ...(type === 'complex' || type === 'boolean' ? {} : { uniqueness: attribute.uniqueness }),
    ...(attribute.referenceTypes === undefined ? {} : { referenceTypes: [...attribute.referenceTypes] }),
    ...(attribute.subAttributes === undefined ? {} : { subAttributes: attribute.subAttributes.map(attributeDocument) }),
  };
}
