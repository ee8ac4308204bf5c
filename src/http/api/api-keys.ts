import type { FastifyRequest } from 'fastify';
import { Type } from 'typebox';
import { cannotGive } from '../../organization/permissions.ts';
import type { Creating } from '../../provisioning/acting.ts';
import { renameApiKey, revokeApiKey } from '../../provisioning/change-api-key.ts';
import { type CreatedApiKey as Created, createApiKey } from '../../provisioning/create-api-key.ts';
import { findApiKey, type ListedApiKey, listApiKeys } from '../../store/api-keys.ts';
import { actingOf, callerOf, organizationOf } from './caller.ts';
import { createOnce } from './create-once.ts';
import type { ApiOptions } from './management-api.ts';
import { pageOf } from './paging.ts';
import { problem } from './problem.ts';
import { ApiKey, ApiKeyList, ApiKeyQuery, CreatedApiKey, NewApiKey, Renamed } from './schemas/api-key.ts';
import { ItemParams, OrganizationParams } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['API keys'];
const read = { guard: 'management', scope: 'keys:read' } as const;
const write = { guard: 'management', scope: 'keys:write' } as const;

export function apiKeyRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;

  api.get(
    '/organizations/:organization/api-keys',
    {
      config: read,
      schema: {
        operationId: 'listApiKeys',
        summary: 'List the API keys, the newest first',
        description: 'Revoked ones included, without their text.',
        tags,
        params: OrganizationParams,
        querystring: ApiKeyQuery,
        response: { 200: ApiKeyList },
      },
    },
    async (request) => {
      const { member, ...page } = request.query;
      const org = organizationOf(request);
      return await pageOf(
        options,
        { owner: org.id, list: `api keys ${member ?? ''}`, page },
        ({ limit, from }) => listApiKeys(app, org, { limit, before: from?.id, memberId: member }),
        shown,
      );
    },
  );

  api.post(
    '/organizations/:organization/api-keys',
    {
      config: write,
      schema: {
        operationId: 'createApiKey',
        summary: 'Create an API key',
        description: 'Its text is in this answer and nowhere else. A key cannot give what it does not have.',
        tags,
        params: OrganizationParams,
        body: NewApiKey,
        response: { 201: CreatedApiKey },
      },
    },
    async (request, reply) => {
      const { name, scopes, member, expiresAt } = request.body;
      assertMayGive(request, scopes, member);
      const org = organizationOf(request);
      const input = { name, scopes, memberId: member, expiresAt: dateOf(expiresAt) };
      return await createOnce(request, reply, options, {
        orgId: async () => org.id,
        create: (at: Creating<Created>) => createApiKey(app, org, input, at),
        show: shownCreated,
        location: ({ id }) => `${org.slug}/api-keys/${id}`,
      });
    },
  );

  api.patch(
    '/organizations/:organization/api-keys/:id',
    {
      config: write,
      schema: {
        operationId: 'renameApiKey',
        summary: 'Rename an API key',
        tags,
        params: ItemParams,
        body: Renamed,
        response: { 200: ApiKey },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      const { id } = request.params;
      if (!(await renameApiKey(app, org, id, request.body.name, actingOf(request, now())))) throw noSuchKey(id);
      const renamed = await findApiKey(app, org, id);
      if (renamed === undefined) throw noSuchKey(id);
      return shown(renamed);
    },
  );

  api.delete(
    '/organizations/:organization/api-keys/:id',
    {
      config: write,
      schema: {
        operationId: 'revokeApiKey',
        summary: 'Revoke an API key',
        description: 'Within a second every process refuses it and ends the streams that it opened.',
        tags,
        params: ItemParams,
        response: { 204: Type.Null({ description: 'It is revoked.' }) },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      if (!(await revokeApiKey(app, organizationOf(request), id, actingOf(request, now())))) throw noSuchKey(id);
      return reply.code(204).send(null);
    },
  );
}

/**
 * Nobody gives more than they have. A person's key makes keys for that person alone: a key of the organization outlives
 * the person, and one of somebody else acts with other rights.
 *
 * @throws ApiProblem forbidden
 */
function assertMayGive(request: FastifyRequest, scopes: readonly string[], member: string | undefined): void {
  const caller = callerOf(request);
  if (caller.kind === 'operator') return;
  const own: ReadonlySet<string> = caller.may;
  const { grant } = caller;
  const isOwn = (scope: string) => own.has(scope) || (member !== undefined && scope.startsWith('me:'));
  const missing = scopes.filter((scope) => !isOwn(scope));
  if (missing.length > 0) {
    throw problem('forbidden', cannotGive(missing));
  }
  if (grant.member !== undefined && grant.member.id !== member) {
    throw problem('forbidden', 'A key of a person creates keys for that person only.');
  }
}

const dateOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

const noSuchKey = (id: string) => problem('not_found', `There is no API key ${id} in force in this organization.`);

function shown(key: ListedApiKey): ApiKey {
  return {
    id: key.id,
    name: key.name,
    scopes: [...key.scopes],
    member: key.member ?? null,
    createdAt: key.createdAt.toISOString(),
    expiresAt: key.expiresAt?.toISOString() ?? null,
    revokedAt: key.revokedAt?.toISOString() ?? null,
    lastUsedAt: key.lastUsedAt?.toISOString() ?? null,
    lastUsedAddress: key.lastUsedAddress ?? null,
    lastUsedClient: key.lastUsedClient ?? null,
  };
}

function shownCreated(created: Created): CreatedApiKey {
  return {
    id: created.id,
    key: created.key,
    name: created.name,
    scopes: [...created.scopes],
    member: created.member ?? null,
    createdAt: created.createdAt.toISOString(),
    expiresAt: created.expiresAt?.toISOString() ?? null,
  };
}
