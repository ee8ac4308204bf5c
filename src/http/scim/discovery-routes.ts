import type { FastifyInstance, FastifyRequest } from 'fastify';
import { equalIgnoringCase } from '../../scim/ascii.ts';
import { shown } from '../../scim/attribute-name.ts';
import {
  findResourceTypeDocument,
  findSchemaDocument,
  resourceTypesDocuments,
  schemasDocuments,
  serviceProviderConfig,
} from '../../scim/discovery.ts';
import { forbidden, notFound } from '../../scim/errors.ts';
import { listResponseText } from '../../scim/list-response.ts';
import type { Resource } from '../../scim/schema.ts';
import { contextOf } from './context.ts';
import { type ScimOptions, scimBaseUrlOf } from './scim-routes.ts';

/** What the endpoint can do (RFC 7644 §4). */
export function discoveryRoutes(app: FastifyInstance, { baseUrl }: ScimOptions): void {
  const config = { guard: 'scim-token', tokenScopes: ['discovery:read'] } as const;
  const about = (request: FastifyRequest) => ({
    baseUrl: scimBaseUrlOf(request, baseUrl),
    types: contextOf(request).grant.types,
  });

  app.get('/ServiceProviderConfig', { config }, async (request) => {
    refuseFilter(request);
    return JSON.stringify(serviceProviderConfig(about(request)));
  });

  app.get('/ResourceTypes', { config }, async (request) => {
    refuseFilter(request);
    return listAll(resourceTypesDocuments(about(request)));
  });

  app.get<{ Params: { name: string } }>('/ResourceTypes/:name', { config }, async (request) => {
    return one(
      findResourceTypeDocument(request.params.name, about(request)),
      `There is no resource type ${shown(request.params.name)}`,
    );
  });

  app.get('/Schemas', { config }, async (request) => {
    refuseFilter(request);
    return listAll(schemasDocuments(about(request)));
  });

  app.get<{ Params: { urn: string } }>('/Schemas/:urn', { config }, async (request) => {
    return one(
      findSchemaDocument(request.params.urn, about(request)),
      `There is no schema ${shown(request.params.urn)}`,
    );
  });
}

/** RFC 7644 §4: a filter would be ignored, so the client is told that it has no effect here. */
function refuseFilter(request: FastifyRequest): void {
  if (Object.keys(request.query as object).some((name) => equalIgnoringCase(name, 'filter'))) {
    throw forbidden('The discovery endpoints take no filter');
  }
}

function listAll(documents: readonly Resource[]): string {
  const resources = documents.map((document) => JSON.stringify(document));
  return listResponseText({ totalResults: resources.length, startIndex: 1, resources });
}

function one(document: Resource | undefined, missing: string): string {
  if (document === undefined) throw notFound(missing);
  return JSON.stringify(document);
}
