import { Type } from 'typebox';
import type { Creating } from '../../provisioning/acting.ts';
import { type CreatedToken as Created, createToken } from '../../provisioning/create-token.ts';
import { renameToken } from '../../provisioning/rename-token.ts';
import { revokeToken } from '../../provisioning/revoke-token.ts';
import { findToken, type ListedToken, listTokens } from '../../store/tokens.ts';
import { actingOf, organizationOf } from './caller.ts';
import { createOnce } from './create-once.ts';
import type { ApiOptions } from './management-api.ts';
import { pageOf } from './paging.ts';
import { problem } from './problem.ts';
import { Renamed } from './schemas/api-key.ts';
import { closed, ItemParams, OrganizationParams, pageParameters } from './schemas/parts.ts';
import { CreatedToken, NewToken, Token, TokenList } from './schemas/token.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['SCIM tokens'];
const write = { guard: 'management', scope: 'tokens:write' } as const;

export function tokenRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, baseUrl, now } = options;

  api.get(
    '/organizations/:organization/tokens',
    {
      config: { guard: 'management', scope: 'tokens:read' },
      schema: {
        operationId: 'listTokens',
        summary: 'List the SCIM tokens, the newest first',
        description: 'Revoked ones included, without their text.',
        tags,
        params: OrganizationParams,
        querystring: closed(pageParameters),
        response: { 200: TokenList },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      return await pageOf(
        options,
        { owner: org.id, list: 'tokens', page: request.query },
        ({ limit, from }) => listTokens(app, org, { limit, before: from?.id }),
        shown,
      );
    },
  );

  api.post(
    '/organizations/:organization/tokens',
    {
      config: write,
      schema: {
        operationId: 'createToken',
        summary: 'Create a SCIM token',
        description:
          'Its text is in this answer and nowhere else. Several may be in force, so that one can replace another.',
        tags,
        params: OrganizationParams,
        body: NewToken,
        response: { 201: CreatedToken },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const { name, expiresAt } = request.body;
      const input = { name, expiresAt: expiresAt === undefined ? undefined : new Date(expiresAt) };
      const createdAt = now().toISOString();
      return await createOnce(request, reply, options, {
        orgId: async () => org.id,
        create: (at: Creating<Created>) => createToken(app, org, input, at),
        show: (created) => ({
          ...created,
          createdAt,
          expiresAt: created.expiresAt?.toISOString() ?? null,
          scimBaseUrl: `${baseUrl}/scim/v2/${org.slug}`,
        }),
      });
    },
  );

  api.patch(
    '/organizations/:organization/tokens/:id',
    {
      config: write,
      schema: {
        operationId: 'renameToken',
        summary: 'Rename a SCIM token',
        tags,
        params: ItemParams,
        body: Renamed,
        response: { 200: Token },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      const { id } = request.params;
      if (!(await renameToken(app, org, id, request.body.name, actingOf(request, now())))) throw noSuchToken(id);
      const renamed = await findToken(app, org, id);
      if (renamed === undefined) throw noSuchToken(id);
      return shown(renamed);
    },
  );

  api.delete(
    '/organizations/:organization/tokens/:id',
    {
      config: write,
      schema: {
        operationId: 'revokeToken',
        summary: 'Revoke a SCIM token',
        description: 'Within a second every process refuses it.',
        tags,
        params: ItemParams,
        response: { 204: Type.Null({ description: 'It is revoked.' }) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await revokeToken(app, organizationOf(request), id, actingOf(request, now())))) throw noSuchToken(id);
      return reply.code(204).send(null);
    },
  );
}

const noSuchToken = (id: string) => problem('not_found', `There is no SCIM token ${id} in force in this organization.`);

function shown(token: ListedToken): Token {
  return {
    id: token.id,
    name: token.name,
    createdAt: token.createdAt.toISOString(),
    expiresAt: token.expiresAt?.toISOString() ?? null,
    revokedAt: token.revokedAt?.toISOString() ?? null,
    lastUsedAt: token.lastUsedAt?.toISOString() ?? null,
    lastUsedAddress: token.lastUsedAddress ?? null,
    lastUsedClient: token.lastUsedClient ?? null,
    roleCeiling: token.roleCeiling,
  };
}
