import { setConnectionState } from '../../provisioning/set-connection-state.ts';
import { readConnection } from '../../store/connections.ts';
import { actingOf, type NamedOrganization, organizationOf } from './caller.ts';
import { assertMatch, entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { Connection, ConnectionChange } from './schemas/connection.ts';
import { OrganizationParams } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Connection'];

/** The link to the identity provider, and whether its requests are taken. */
export function connectionRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, baseUrl, now } = options;

  const read = async (org: NamedOrganization): Promise<Connection> => {
    const { createdAt, updatedAt, ...connection } = await readConnection(app, org);
    return {
      ...connection,
      scimBaseUrl: `${baseUrl}/scim/v2/${org.slug}`,
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
      reply.header('etag', entityTag(connection));
      return connection;
    },
  );

  api.patch(
    '/organizations/:organization/connection',
    {
      config: { guard: 'management', scope: 'connection:write' },
      schema: {
        operationId: 'changeConnection',
        summary: 'Turn provisioning on or off',
        tags,
        params: OrganizationParams,
        body: ConnectionChange,
        response: { 200: Connection },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      if (request.headers['if-match'] !== undefined) assertMatch(request, await read(org));
      await setConnectionState(app, org, request.body.state, actingOf(request, now()));
      const connection = await read(org);
      reply.header('etag', entityTag(connection));
      return connection;
    },
  );
}
