import type { FastifyInstance, FastifyRequest } from 'fastify';
import { tokenScopeFor } from '../../organization/token-scopes.ts';
import { type ListQuery, parseSearchRequest } from '../../scim/list-query.ts';
import { groupType, userType } from '../../scim/resource-types.ts';
import { contextOf } from './context.ts';
import { answerList, answerListOfAll, printingOf, queryOf } from './listing.ts';
import { type ScimOptions, scimBaseUrlOf } from './scim-routes.ts';

/**
 * Queries whose parameters are in the body, where neither a log nor the length of an address stands in their way
 * (RFC 7644 §3.4.3), and queries of all resource types at the root (§3.4.2.1).
 */
export function searchRoutes(app: FastifyInstance, options: ScimOptions): void {
  const ofAll = { guard: 'scim-token', tokenScopes: ['users:read', 'groups:read', 'resources:read'] } as const;

  for (const type of [userType, groupType]) {
    const config = { guard: 'scim-token', tokenScopes: [tokenScopeFor(type.kind, 'read')] } as const;
    app.post(`${type.endpoint}/.search`, { config }, async (request, reply) => {
      const { record, grant } = contextOf(request);
      record.resourceType = type.name;
      const query = searchOf(request);
      const own = type === userType ? grant.types.user : grant.types.group;
      const printing = printingOf(query, own, scimBaseUrlOf(request, options.baseUrl));
      return reply.send(await answerList(request, options, query, printing));
    });
  }

  app.post('/.search', { config: ofAll }, async (request, reply) => {
    return reply.send(
      await answerListOfAll(request, options, searchOf(request), scimBaseUrlOf(request, options.baseUrl)),
    );
  });

  app.get('/', { config: ofAll }, async (request, reply) => {
    return reply.send(
      await answerListOfAll(request, options, queryOf(request), scimBaseUrlOf(request, options.baseUrl)),
    );
  });
}

function searchOf(request: FastifyRequest): ListQuery {
  return parseSearchRequest(request.body, contextOf(request).record.tolerances);
}
