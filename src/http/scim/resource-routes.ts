import type { FastifyInstance, FastifyRequest } from 'fastify';
import {
  createResource,
  deleteResource,
  noSuchResource,
  patchResource,
  replaceResource,
} from '../../provisioning/change-resource.ts';
import { notFound } from '../../scim/errors.ts';
import { parseSearchRequest } from '../../scim/list-query.ts';
import { findTypeByEndpoint } from '../../scim/organization-types.ts';
import type { ResourceType } from '../../scim/schema.ts';
import { findResource } from '../../store/resources.ts';
import { contextOf, provisioningOf } from './context.ts';
import { answerList, printingOf, queryOf } from './listing.ts';
import { locationOf, printResource, printWritten } from './representation.ts';
import { idOf, noSuchEndpoint, type ScimOptions, scimBaseUrlOf, sendResource, sendUnlessHeld } from './scim-routes.ts';

type OfType = { Params: { organization: string; endpoint: string } };
type ById = { Params: { organization: string; endpoint: string; id: string } };

/** The endpoints of the types that are neither User nor Group, those of the organization's own among them (RFC 7644 §3). */
export function resourceRoutes(app: FastifyInstance, options: ScimOptions): void {
  const { app: db, baseUrl } = options;
  const reads = { config: { guard: 'scim-token', tokenScopes: ['resources:read'] } } as const;
  const writes = { config: { guard: 'scim-token', tokenScopes: ['resources:write'] } } as const;
  const printing = (request: FastifyRequest, type: ResourceType) =>
    printingOf(queryOf(request), type, scimBaseUrlOf(request, baseUrl));
  const provisioning = (request: FastifyRequest, status: number) => provisioningOf(request, options, status);

  app.get<OfType>('/:endpoint', reads, async (request, reply) => {
    const type = typeOf(request);
    return reply.send(await answerList(request, options, queryOf(request), printing(request, type)));
  });

  app.post<OfType>('/:endpoint/.search', reads, async (request, reply) => {
    const type = typeOf(request);
    const query = parseSearchRequest(request.body, contextOf(request).record.tolerances);
    const how = printingOf(query, type, scimBaseUrlOf(request, baseUrl));
    return reply.send(await answerList(request, options, query, how));
  });

  app.post<OfType>('/:endpoint', writes, async (request, reply) => {
    const type = typeOf(request);
    const how = printing(request, type);
    const stored = await createResource(provisioning(request, 201), type, request.body);
    reply.code(201).header('location', locationOf(how, stored.id));
    return sendResource(reply, stored, printWritten(stored, how, request));
  });

  app.get<ById>('/:endpoint/:id', reads, async (request, reply) => {
    const type = typeOf(request);
    const how = printing(request, type);
    const { grant, record } = contextOf(request);
    const id = idOf(request, (id) => noSuchResource(type, id));
    const stored = await findResource(db, grant.organization.id, type.name, id);
    if (stored === undefined) throw notFound(noSuchResource(type, id));
    record.resourceId = stored.id;
    return sendUnlessHeld(reply, stored, () => printResource(stored, how));
  });

  app.put<ById>('/:endpoint/:id', writes, async (request, reply) => {
    const type = typeOf(request);
    const how = printing(request, type);
    const stored = await replaceResource(
      provisioning(request, 200),
      type,
      idOf(request, (id) => noSuchResource(type, id)),
      request.body,
    );
    return sendResource(reply, stored, printWritten(stored, how, request));
  });

  app.patch<ById>('/:endpoint/:id', writes, async (request, reply) => {
    const type = typeOf(request);
    const how = printing(request, type);
    const stored = await patchResource(
      provisioning(request, 200),
      type,
      idOf(request, (id) => noSuchResource(type, id)),
      request.body,
    );
    return sendResource(reply, stored, printWritten(stored, how, request));
  });

  app.delete<ById>('/:endpoint/:id', writes, async (request, reply) => {
    const type = typeOf(request);
    await deleteResource(
      provisioning(request, 204),
      type,
      idOf(request, (id) => noSuchResource(type, id)),
    );
    return reply.code(204).send();
  });
}

/**
 * The type that the path names.
 *
 * @throws ScimError notFound for an endpoint that this organization has not, whatever others have
 */
function typeOf(request: FastifyRequest<OfType>): ResourceType {
  const { grant, record } = contextOf(request);
  const type = findTypeByEndpoint(grant.types, `/${request.params.endpoint}`);
  if (type === undefined || type.kind !== 'Custom') throw noSuchEndpoint(request);
  record.resourceType = type.name;
  return type;
}
