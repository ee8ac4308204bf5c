import type { FastifyRequest } from 'fastify';
import { declaredOf, standingOf } from '../../organization/sign-in.ts';
import { changeProviders, type ProvidersWish } from '../../provisioning/change-providers.ts';
import { readConnection } from '../../store/connections.ts';
import { readGoverned } from '../../store/governing.ts';
import { findSignInProvider, type StoredSignInProvider } from '../../store/sign-in-providers.ts';
import { actingOf, type NamedOrganization, organizationOf } from './caller.ts';
import { assertMatch, entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { OrganizationParams } from './schemas/parts.ts';
import { ConnectionProviderChange, SignInProvider, SignInProviderChange } from './schemas/sign-in-provider.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Connection'];
const read = { guard: 'management', scope: 'connection:read' } as const;
const write = { guard: 'management', scope: 'connection:write' } as const;

/** Who signs people in and who provisions them, as admins say. */
export function signInProviderRoutes(api: TypedInstance, { app, now }: ApiOptions): void {
  const path = '/organizations/:organization/sign-in-provider';

  const shown = async (org: NamedOrganization): Promise<SignInProvider> => {
    const [found, { provider: scim }, { policy }] = await Promise.all([
      findSignInProvider(app, org),
      readConnection(app, org),
      readGoverned(app, org.id),
    ]);
    const declared = declaredOf(found);
    return {
      provider: declared?.provider ?? null,
      issuer: declared?.issuer ?? null,
      declaredAt: found?.declaredAt.toISOString() ?? null,
      removedAt: found?.removedAt?.toISOString() ?? null,
      provisionedBy: scim,
      standing: standingOf({ scim, signIn: declared?.provider }),
      sameSignInProvider: policy.sameSignInProvider,
    };
  };
  const change = async (request: FastifyRequest, wish: ProvidersWish, confirm: readonly string[] = []) => {
    const org = organizationOf(request);
    await changeProviders(app, org, wish, actingOf(request, now()), confirm);
    return await shown(org);
  };

  api.get(
    path,
    {
      config: read,
      schema: {
        operationId: 'readSignInProvider',
        summary: 'Read which provider signs people in, as it was declared',
        description: 'Without a declaration `provider` is null. The entity tag is that of the declaration.',
        tags,
        params: OrganizationParams,
        response: { 200: SignInProvider },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      reply.header('etag', tagOf(await findSignInProvider(app, org)));
      return await shown(org);
    },
  );

  api.put(
    path,
    {
      config: write,
      schema: {
        operationId: 'declareSignInProvider',
        summary: 'Declare which provider signs people in',
        description:
          'Nobody is signed in or out by it. While provisioning is on and comes from another provider, the policy decides (`sameSignInProvider`): it is refused, or has to be confirmed.',
        tags,
        params: OrganizationParams,
        body: SignInProviderChange,
        response: { 200: SignInProvider },
      },
    },
    async (request, reply) => {
      const { provider, issuer = null, confirm } = request.body;
      const answer = await change(request, { signIn: { provider, issuer }, isExpected: expected(request) }, confirm);
      reply.header('etag', tagOf(await findSignInProvider(app, organizationOf(request))));
      return answer;
    },
  );

  api.delete(
    path,
    {
      config: write,
      schema: {
        operationId: 'removeSignInProvider',
        summary: 'Take back which provider signs people in',
        description:
          'Provisioning goes on, and the setup doctor says so; where the policy requires one (`sameSignInProvider`) it is refused while provisioning is on.',
        tags,
        params: OrganizationParams,
        response: { 200: SignInProvider },
      },
    },
    async (request) => await change(request, { signIn: null, isExpected: expected(request) }),
  );

  api.put(
    '/organizations/:organization/connection/provider',
    {
      config: write,
      schema: {
        operationId: 'setConnectionProvider',
        summary: 'Say which provider provisions by the connection',
        description:
          'It names the provider in the audit, and is what the one that signs people in is compared with. How requests are read is the SCIM profile.',
        tags,
        params: OrganizationParams,
        body: ConnectionProviderChange,
        response: { 200: SignInProvider },
      },
    },
    async (request) => {
      const { provider, confirm } = request.body;
      return await change(request, { scim: provider }, confirm);
    },
  );
}

const tagOf = (found: StoredSignInProvider | undefined) => entityTag(declaredOf(found) ?? null);

const expected = (request: FastifyRequest) => (found: StoredSignInProvider | undefined) =>
  assertMatch(request, declaredOf(found) ?? null);
