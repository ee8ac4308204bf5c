import { Type } from 'typebox';
import type { Creating } from '../../provisioning/acting.ts';
import {
  defineResourceType,
  defineSchema,
  removeResourceType,
  removeSchema,
  type SchemaInput,
} from '../../provisioning/change-definitions.ts';
import { equalIgnoringCase } from '../../scim/ascii.ts';
import type { ResourceTypeDefinition, SchemaDefinition } from '../../scim/definitions.ts';
import { describeSchema } from '../../scim/discovery.ts';
import { findDefinitions } from '../../store/definitions.ts';
import { actingOf, organizationOf } from './caller.ts';
import { createOnce } from './create-once.ts';
import type { ApiOptions } from './management-api.ts';
import { problem } from './problem.ts';
import {
  DefinedResourceType,
  DefinedResourceTypeList,
  DefinedSchema,
  DefinedSchemaList,
  Force,
  NewSchema,
  ResourceTypeParams,
  SchemaParams,
} from './schemas/definition.ts';
import { OrganizationParams } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Schemas'];
const read = { guard: 'management', scope: 'schemas:read' } as const;
const write = { guard: 'management', scope: 'schemas:write' } as const;

const changing =
  'Whatever is stored must stay valid as it is; a change that it does not fit is refused, and the refusal says what is stored. ' +
  'Every process obeys it within half a second.';

/** Schemas and resource types that organizations define for themselves. */
export function definitionRoutes(api: TypedInstance, options: ApiOptions): void {
  schemaRoutes(api, options);
  resourceTypeRoutes(api, options);
}

function schemaRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;

  api.get(
    '/organizations/:organization/schemas',
    {
      config: read,
      schema: {
        operationId: 'listSchemas',
        summary: 'List the schemas that the organization defined',
        tags,
        params: OrganizationParams,
        response: { 200: DefinedSchemaList },
      },
    },
    async (request) => {
      const { definitions } = await findDefinitions(app, organizationOf(request).id);
      return { items: definitions.schemas.map(shownSchema), nextCursor: null };
    },
  );

  api.post(
    '/organizations/:organization/schemas',
    {
      config: write,
      schema: {
        operationId: 'defineSchema',
        summary: 'Define a schema',
        description: `It extends resource types, or is the schema of one that is defined next. ${changing}`,
        tags,
        params: OrganizationParams,
        body: NewSchema,
        response: { 201: DefinedSchema },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      return await createOnce(request, reply, options, {
        orgId: async () => org.id,
        create: (at: Creating<SchemaDefinition>) => defineSchema(app, org, inputOf(request.body), 'new', at),
        show: shownSchema,
        location: (made) => `${org.slug}/schemas/${encodeURIComponent(made.definition.id as string)}`,
      });
    },
  );

  api.get(
    '/organizations/:organization/schemas/:urn',
    {
      config: read,
      schema: {
        operationId: 'readSchema',
        summary: 'Read a schema that the organization defined',
        tags,
        params: SchemaParams,
        response: { 200: DefinedSchema },
      },
    },
    async (request) => {
      const { urn } = request.params;
      const { definitions } = await findDefinitions(app, organizationOf(request).id);
      const found = definitions.schemas.find(({ schema }) => equalIgnoringCase(schema.id, urn));
      if (found === undefined) throw problem('not_found', `There is no schema ${urn} that this organization defined.`);
      return shownSchema(found);
    },
  );

  api.put(
    '/organizations/:organization/schemas/:urn',
    {
      config: write,
      schema: {
        operationId: 'changeSchema',
        summary: 'Change a schema',
        description: `The new definition takes the place of the old one. ${changing} With \`force\`, resource types that it no longer extends may hold values of it, which stay.`,
        tags,
        params: SchemaParams,
        querystring: Force,
        body: NewSchema,
        response: { 200: DefinedSchema },
      },
    },
    async (request) => {
      const { urn } = request.params;
      const { id = urn, ...definition } = request.body.definition;
      if (typeof id !== 'string' || !equalIgnoringCase(id, urn)) {
        throw problem('invalid_request', 'The URN of a schema does not change: the id of the definition is another.');
      }
      const input = inputOf({ ...request.body, definition: { id, ...definition } });
      const at = actingOf(request, now());
      return shownSchema(await defineSchema(app, organizationOf(request), input, 'changed', at, request.query.force));
    },
  );

  api.delete(
    '/organizations/:organization/schemas/:urn',
    {
      config: write,
      schema: {
        operationId: 'removeSchema',
        summary: 'Remove a schema',
        description:
          'Refused while a resource type is made of it, and while resources hold values of it: with `force` these stay, as values of a schema that nobody defined.',
        tags,
        params: SchemaParams,
        querystring: Force,
        response: { 204: Type.Null({ description: 'It is removed.' }) },
      },
    },
    async (request, reply) => {
      await removeSchema(app, organizationOf(request), request.params.urn, request.query, actingOf(request, now()));
      return reply.code(204).send(null);
    },
  );
}

function resourceTypeRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;

  api.get(
    '/organizations/:organization/resource-types',
    {
      config: read,
      schema: {
        operationId: 'listResourceTypes',
        summary: 'List the resource types that the organization defined',
        tags,
        params: OrganizationParams,
        response: { 200: DefinedResourceTypeList },
      },
    },
    async (request) => {
      const { definitions } = await findDefinitions(app, organizationOf(request).id);
      return { items: definitions.resourceTypes.map(shownType), nextCursor: null };
    },
  );

  api.post(
    '/organizations/:organization/resource-types',
    {
      config: write,
      schema: {
        operationId: 'defineResourceType',
        summary: 'Define a resource type',
        description: 'Its schema and extensions must be there. It is served at its endpoint within half a second.',
        tags,
        params: OrganizationParams,
        body: DefinedResourceType,
        response: { 201: DefinedResourceType },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      return await createOnce(request, reply, options, {
        orgId: async () => org.id,
        create: (at: Creating<ResourceTypeDefinition>) =>
          defineResourceType(app, org, request.body.definition, 'new', at),
        show: shownType,
        location: (made) => `${org.slug}/resource-types/${encodeURIComponent(made.definition.name as string)}`,
      });
    },
  );

  api.get(
    '/organizations/:organization/resource-types/:name',
    {
      config: read,
      schema: {
        operationId: 'readResourceType',
        summary: 'Read a resource type that the organization defined',
        tags,
        params: ResourceTypeParams,
        response: { 200: DefinedResourceType },
      },
    },
    async (request) => {
      const { name } = request.params;
      const { definitions } = await findDefinitions(app, organizationOf(request).id);
      const found = definitions.resourceTypes.find((each) => equalIgnoringCase(each.name, name));
      if (found === undefined) {
        throw problem('not_found', `There is no resource type ${name} that this organization defined.`);
      }
      return shownType(found);
    },
  );

  api.put(
    '/organizations/:organization/resource-types/:name',
    {
      config: write,
      schema: {
        operationId: 'changeResourceType',
        summary: 'Change a resource type',
        description: `The new definition takes the place of the old one. ${changing} With \`force\`, resources may hold values of extensions that it no longer has, which stay.`,
        tags,
        params: ResourceTypeParams,
        querystring: Force,
        body: DefinedResourceType,
        response: { 200: DefinedResourceType },
      },
    },
    async (request) => {
      const { name, ...definition } = { name: request.params.name, ...request.body.definition };
      if (name !== request.params.name) {
        throw problem(
          'invalid_request',
          'The name of a resource type does not change: that of the definition is another.',
        );
      }
      const at = actingOf(request, now());
      const document = { name, ...definition };
      return shownType(
        await defineResourceType(app, organizationOf(request), document, 'changed', at, request.query.force),
      );
    },
  );

  api.delete(
    '/organizations/:organization/resource-types/:name',
    {
      config: write,
      schema: {
        operationId: 'removeResourceType',
        summary: 'Remove a resource type',
        description: 'Refused while there are resources of it: with `force` these are deleted.',
        tags,
        params: ResourceTypeParams,
        querystring: Force,
        response: { 204: Type.Null({ description: 'It is removed.' }) },
      },
    },
    async (request, reply) => {
      const { name } = request.params;
      await removeResourceType(app, organizationOf(request), name, request.query, actingOf(request, now()));
      return reply.code(204).send(null);
    },
  );
}

const inputOf = ({ definition, extends: extended = [] }: NewSchema): SchemaInput => ({
  document: definition,
  extends: extended.map(({ resourceType, required = false }) => ({ resourceType, required })),
});

const shownSchema = ({ schema, extends: extended }: SchemaDefinition): DefinedSchema => ({
  definition: describeSchema(schema),
  extends: extended.map((each) => ({ ...each })),
});

const shownType = ({ schemaExtensions, ...definition }: ResourceTypeDefinition): DefinedResourceType => ({
  definition: { ...definition, ...(schemaExtensions.length === 0 ? {} : { schemaExtensions }) },
});
