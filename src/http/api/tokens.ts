import { Type } from 'typebox';
import { limits } from '../../limits.ts';
import { scimBaseUrl } from '../../organization/policy.ts';
import type { Creating } from '../../provisioning/acting.ts';
import { changeToken } from '../../provisioning/change-token.ts';
import { type CreatedToken as Created, createToken } from '../../provisioning/create-token.ts';
import { revokeToken } from '../../provisioning/revoke-token.ts';
import { cancelRotation, rotateToken } from '../../provisioning/rotate-token.ts';
import { readGoverned } from '../../store/governing.ts';
import { findToken, type ListedToken, listTokens } from '../../store/tokens.ts';
import { actingOf, type NamedOrganization, organizationOf } from './caller.ts';
import { createOnce } from './create-once.ts';
import type { ApiOptions } from './management-api.ts';
import { pageOf } from './paging.ts';
import { problem } from './problem.ts';
import { closed, ItemParams, OrganizationParams, pageParameters } from './schemas/parts.ts';
import { CreatedToken, NewRotation, NewToken, Token, TokenChange, TokenList } from './schemas/token.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['SCIM tokens'];
const write = { guard: 'management', scope: 'tokens:write' } as const;

export function tokenRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, baseUrl, now } = options;
  const showCreated = async (org: NamedOrganization) => {
    const createdAt = now().toISOString();
    const { policy } = await readGoverned(app, org.id);
    return (created: Created): CreatedToken => ({
      ...created,
      scopes: [...created.scopes],
      addresses: [...created.addresses],
      createdAt,
      expiresAt: created.expiresAt?.toISOString() ?? null,
      replaces: created.replaces ?? null,
      scimBaseUrl: scimBaseUrl(baseUrl, org, policy),
    });
  };

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
          'Its text is in this answer and nowhere else. Several may be in force, so that one can replace another. ' +
          'To give it a role ceiling the caller needs roles:write too.',
        tags,
        params: OrganizationParams,
        body: NewToken,
        response: { 201: CreatedToken },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const { expiresAt, ...input } = request.body;
      return await createOnce(request, reply, options, {
        orgId: async () => org.id,
        create: (at: Creating<Created>) => createToken(app, org, { ...input, expiresAt: dateOf(expiresAt) }, at),
        show: await showCreated(org),
        location: ({ id }) => `${org.slug}/tokens/${id}`,
      });
    },
  );

  api.post(
    '/organizations/:organization/tokens/:id/rotation',
    {
      config: write,
      schema: {
        operationId: 'rotateToken',
        summary: 'Create a SCIM token that takes over from another one',
        description:
          `It has the other one’s name, scopes, addresses and ceiling, which must not be above what the caller may give. Both work until it has had ${limits.rotationGoodCalls} good calls; ` +
          'then the other one is revoked by itself. Where the policy allows one token, the other one is revoked at once. A token that is still taking over is refused (409).',
        tags,
        params: ItemParams,
        body: NewRotation,
        response: { 201: CreatedToken },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const { id } = request.params;
      const expiresAt = dateOf(request.body.expiresAt);
      return await createOnce(request, reply, options, {
        orgId: async () => org.id,
        create: async (at: Creating<Created>) => {
          const created = await rotateToken(app, org, id, expiresAt, at);
          if (created === undefined) throw noSuchToken(id);
          return created;
        },
        show: await showCreated(org),
        location: ({ id }) => `${org.slug}/tokens/${id}`,
      });
    },
  );

  api.delete(
    '/organizations/:organization/tokens/:id/rotation',
    {
      config: write,
      schema: {
        operationId: 'cancelTokenRotation',
        summary: 'Give a rotation up',
        description: 'The token stays, and the one that was taking over from it is revoked.',
        tags,
        params: ItemParams,
        response: { 204: Type.Null({ description: 'The token is the only one of the two in force.' }) },
      },
    },
    async (request, reply) => {
      await cancelRotation(app, organizationOf(request), request.params.id, actingOf(request, now()));
      return reply.code(204).send(null);
    },
  );

  api.patch(
    '/organizations/:organization/tokens/:id',
    {
      config: write,
      schema: {
        operationId: 'changeToken',
        summary: 'Change the name, the scopes, the addresses or the expiry of a SCIM token',
        description:
          'What is left out stays. Within a second every process goes by it. Of a token with a ceiling above `member` only who may give that ceiling changes more than the name.',
        tags,
        params: ItemParams,
        body: TokenChange,
        response: { 200: Token },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      const { id } = request.params;
      const { expiresAt, ...rest } = request.body;
      const change = { ...rest, expiresAt: typeof expiresAt === 'string' ? new Date(expiresAt) : expiresAt };
      if (!(await changeToken(app, org, id, change, actingOf(request, now())))) throw noSuchToken(id);
      const changed = await findToken(app, org, id);
      if (changed === undefined) throw noSuchToken(id);
      return shown(changed);
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

const dateOf = (text: string | undefined) => (text === undefined ? undefined : new Date(text));

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
    scopes: [...token.scopes],
    addresses: [...token.addresses],
    rotation: rotationOf(token),
  };
}

function rotationOf({ replaces, replacedBy, goodCalls }: ListedToken): Token['rotation'] {
  if (replaces === undefined && replacedBy === undefined) return null;
  return {
    replaces: replaces ?? null,
    replacedBy: replacedBy ?? null,
    goodCalls,
    goodCallsNeeded: limits.rotationGoodCalls,
  };
}
