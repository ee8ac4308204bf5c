import type { FastifyRequest } from 'fastify';
import { mayProvision } from '../../organization/plans.ts';
import { scimBaseUrl } from '../../organization/policy.ts';
import { assertDisconnectShown, disconnect } from '../../provisioning/disconnect.ts';
import { planDisconnect } from '../../provisioning/disconnect-plan.ts';
import { forecast } from '../../provisioning/forecast.ts';
import { planSwitch, switchConnection } from '../../provisioning/switch-connection.ts';
import { type LockedConnection, listConnections, readConnection } from '../../store/connections.ts';
import { readGoverned } from '../../store/governing.ts';
import { actingOf, type NamedOrganization, organizationOf } from './caller.ts';
import { assertMatch, entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { pageOf } from './paging.ts';
import { planPage, planVersion } from './plan-page.ts';
import {
  Connection,
  ConnectionChange,
  ConnectionList,
  ConnectionPlan,
  ConnectionPlanQuery,
  Disconnected,
  Disconnecting,
  DisconnectPlan,
  DisconnectPlanQuery,
  ForecastList,
  type ListedConnection,
  SwitchedConnection,
} from './schemas/connection.ts';
import { closed, OrganizationParams, pageParameters } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Connection'];

/** The link to the identity provider, and whether its requests are taken. */
export function connectionRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, baseUrl, now } = options;

  const read = async (org: NamedOrganization): Promise<Connection> => {
    const [{ plan, createdAt, updatedAt, ...connection }, { policy }] = await Promise.all([
      readConnection(app, org),
      readGoverned(app, org.id),
    ]);
    return {
      ...connection,
      scimBaseUrl: scimBaseUrl(baseUrl, org, policy),
      hasProvisioning: mayProvision(plan),
      createdAt: createdAt.toISOString(),
      updatedAt: updatedAt.toISOString(),
    };
  };

  api.get(
    '/organizations/:organization/connection',
    {
      config: { guard: 'management', scope: 'connection:read' },
      schema: {
        operationId: 'readConnection',
        summary: 'Read the connection to the identity provider',
        tags,
        params: OrganizationParams,
        response: { 200: Connection },
      },
    },
    async (request, reply) => {
      const connection = await read(organizationOf(request));
      reply.header('etag', entityTag(factsOf(connection)));
      return connection;
    },
  );

  api.patch(
    '/organizations/:organization/connection',
    {
      config: { guard: 'management', scope: 'connection:write' },
      schema: {
        operationId: 'changeConnection',
        summary: 'Turn provisioning on or off, observe or pause it',
        description:
          'With `If-Match` and the version of a plan, what was held is put in force only if it is what the plan showed; with the entity tag of the connection, only if the connection is as it was read. Turning off where the connection ends by it (`turnOff` is `discard`) needs the version of the plan (428). Turning on needs a plan with provisioning.',
        tags,
        params: OrganizationParams,
        body: ConnectionChange,
        response: { 200: SwitchedConnection },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const { state, confirm } = request.body;
      const { version, isExpected } = expected(request);
      const at = actingOf(request, now());
      const { settled, warnings } = await switchConnection(app, org, state, at, version, confirm, isExpected);
      const connection = await read(org);
      reply.header('etag', entityTag(factsOf(connection)));
      return { ...connection, settling: settled ?? null, warnings: [...warnings] };
    },
  );

  api.get(
    '/organizations/:organization/connection/plan',
    {
      config: { guard: 'management', scope: 'connection:read' },
      schema: {
        operationId: 'planConnection',
        summary: 'Show what another state of the connection would put in force, for whom and why',
        description: 'Nothing is changed.',
        tags,
        params: OrganizationParams,
        querystring: ConnectionPlanQuery,
        response: { 200: ConnectionPlan },
      },
    },
    async (request, reply) => {
      const { to } = request.query;
      const org = organizationOf(request);
      return await planPage(options, request, reply, `connection plan ${to}`, async (page, by) => {
        const plan = await planSwitch(app, org, to, page, by);
        return { ...plan, confirm: [...plan.confirm], warnings: [...plan.warnings] };
      });
    },
  );

  api.get(
    '/organizations/:organization/connections',
    {
      config: { guard: 'management', scope: 'connection:read' },
      schema: {
        operationId: 'listConnections',
        summary: 'List the connection and those that have ended, the newest first',
        tags,
        params: OrganizationParams,
        querystring: closed(pageParameters),
        response: { 200: ConnectionList },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      return await pageOf(
        options,
        { owner: org.id, list: 'connections', page: request.query },
        ({ limit, from }) => listConnections(app, org, { limit, before: from?.id }),
        ({ choice, createdAt, endedAt, updatedAt: _, ...connection }): ListedConnection => ({
          ...connection,
          choice: choice ?? null,
          createdAt: createdAt.toISOString(),
          endedAt: endedAt?.toISOString() ?? null,
        }),
      );
    },
  );

  api.get(
    '/organizations/:organization/connection/disconnect/plan',
    {
      config: { guard: 'management', scope: 'connection:read' },
      schema: {
        operationId: 'planDisconnect',
        summary: 'Show what disconnecting would bring about, for whom and why',
        description: 'Nothing is changed.',
        tags,
        params: OrganizationParams,
        querystring: DisconnectPlanQuery,
        response: { 200: DisconnectPlan },
      },
    },
    async (request, reply) => {
      const { choice } = request.query;
      const org = organizationOf(request);
      return await planPage(options, request, reply, `disconnect plan ${choice}`, (page, by) =>
        planDisconnect(app, org, choice, page, by),
      );
    },
  );

  api.post(
    '/organizations/:organization/connection/disconnect',
    {
      config: { guard: 'management', scope: 'connection:write' },
      schema: {
        operationId: 'disconnect',
        summary: 'Disconnect the identity provider for good',
        description:
          'The SCIM tokens of the connection are refused within a second, what it held is discarded, and what it provisioned becomes what is chosen. Then there is a new connection, which is off. It needs `If-Match` with the version of its plan (428), and happens only if it is what the plan showed.',
        tags,
        params: OrganizationParams,
        body: Disconnecting,
        response: { 200: Disconnected },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      const { choice } = request.body;
      const { version, isExpected } = expected(request);
      const isShown = (connection: LockedConnection) => {
        isExpected(connection);
        assertDisconnectShown(version);
      };
      const disconnected = await disconnect(app, org, choice, actingOf(request, now()), version, isShown);
      return { disconnected: { ...disconnected, choice }, connection: await read(org) };
    },
  );

  api.get(
    '/organizations/:organization/connection/forecast',
    {
      config: { guard: 'management', scope: 'connection:read' },
      schema: {
        operationId: 'forecastConnection',
        summary:
          'Show what becomes of the people and teams of the organization’s own when the provider comes upon them',
        description:
          'The people and then the teams that no provider manages, each with what happens when the provider pushes a person of this userName or a group of this name. Until then they stay as they are. Nothing is changed.',
        tags,
        params: OrganizationParams,
        querystring: closed(pageParameters),
        response: { 200: ForecastList },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      return await pageOf(
        options,
        { owner: org.id, list: 'connection forecast', page: request.query },
        ({ limit, from }) =>
          forecast(app, org, {
            limit,
            after: from && { kind: from.key === 'team' ? 'team' : 'member', id: from.id },
          }),
        (item) => item,
        ({ kind }) => kind,
      );
    },
  );
}

type ConnectionFacts = Pick<Connection, 'id' | 'provider' | 'state' | 'scimProfile'> & { updatedAt: string | Date };

/** What of a connection can be changed here, and so makes its entity tag. */
const factsOf = ({ id, provider, state, scimProfile, updatedAt }: ConnectionFacts) => [
  id,
  provider,
  state,
  scimProfile,
  new Date(updatedAt).toISOString(),
];

/** What If-Match names: the version of a plan, or the connection as it was read, which is held against the one that there is. */
function expected(request: FastifyRequest) {
  const version = planVersion(request.headers['if-match']);
  const isExpected = (connection: LockedConnection) => {
    if (version === undefined) assertMatch(request, factsOf(connection));
  };
  return { version, isExpected };
}
