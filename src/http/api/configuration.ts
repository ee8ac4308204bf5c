import type { Permission } from '../../organization/permissions.ts';
import {
  applyConfiguration,
  confirmationsOfConfiguration,
  planConfiguration,
  planPeople,
  readConfiguration,
  type WantedConfiguration as Wanted,
} from '../../provisioning/configuration.ts';
import { listApiKeys } from '../../store/api-keys.ts';
import { listTokens } from '../../store/tokens.ts';
import { actingOf, callerOf, isAllowed, type NamedOrganization, organizationOf } from './caller.ts';
import { assertMatch, entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { ApiProblem, problem } from './problem.ts';
import {
  Configuration,
  ConfigurationApplied,
  ConfigurationPlan,
  WantedConfiguration,
} from './schemas/configuration.ts';
import { OrganizationParams } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Configuration'];
const keysMax = 200;

/** The whole configuration of an organization as one document: exported, planned, and applied. */
export function configurationRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;
  const path = '/organizations/:organization/configuration';

  api.get(
    path,
    {
      config: { guard: 'management', scope: 'policy:read' },
      schema: {
        operationId: 'exportConfiguration',
        summary: 'Export the configuration',
        tags,
        params: OrganizationParams,
        response: { 200: Configuration },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const configuration = await readConfiguration(app, org);
      reply.header('etag', entityTag(configuration));
      return { version: 1 as const, ...shown(configuration), ...(await secretsOf(app, org, now())) };
    },
  );

  api.post(
    `${path}/plan`,
    {
      config: { guard: 'management', scope: 'policy:read' },
      schema: {
        operationId: 'planConfiguration',
        summary: 'Show what a configuration would change',
        description: 'Changes nothing. The answer carries the `ETag` to apply it with.',
        tags,
        params: OrganizationParams,
        body: WantedConfiguration,
        response: { 200: ConfigurationPlan },
      },
    },
    async (request, reply) => {
      const before = await readConfiguration(app, organizationOf(request));
      reply.header('etag', entityTag(before));
      const wanted = request.body as Wanted;
      const changes = planConfiguration(before, wanted);
      const at = actingOf(request, now());
      const plan = await planPeople(app, organizationOf(request), before, changes, at);
      return { changes, confirm: confirmationsOfConfiguration(before, wanted), ...plan };
    },
  );

  api.put(
    path,
    {
      config: { guard: 'management', scope: 'policy:write' },
      schema: {
        operationId: 'applyConfiguration',
        summary: 'Apply a configuration',
        description:
          'With `If-Match` and the `ETag` of the plan, so that what was shown is what happens. Each part needs its own scope as well. ' +
          'Schemas and resource types come first, each by itself; then all else in one transaction; then the connection. What fails ' +
          'ends it; the same request with a new plan goes on from there.',
        tags,
        params: OrganizationParams,
        body: WantedConfiguration,
        response: { 200: ConfigurationApplied },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      if (request.headers['if-match'] === undefined) {
        throw problem('precondition_required', 'Plan it first, and send the ETag of the plan as If-Match.');
      }
      const before = await readConfiguration(app, org);
      assertMatch(request, before);
      const changes = planConfiguration(before, request.body as Wanted);
      for (const change of changes) {
        const scope = scopes[change.path.split('/', 1)[0] ?? ''] ?? 'policy:write';
        if (!isAllowed(callerOf(request), scope)) {
          throw new ApiProblem('scope_missing', `To change ${change.path} needs the scope ${scope}.`, { scope });
        }
      }
      if (callerOf(request).kind !== 'operator' && changes.some(({ path }) => path.startsWith('seats/'))) {
        throw problem('forbidden', 'Numbers of seats are for the operator to set; leave them out of the document.');
      }
      const { confirm = [] } = request.body;
      await applyConfiguration(app, org, before, changes, confirm, actingOf(request, now()));
      reply.header('etag', entityTag(await readConfiguration(app, org)));
      return { changes };
    },
  );
}

/** What the parts need, each as where it is changed alone. */
const scopes: Record<string, Permission> = {
  name: 'organization:write',
  connection: 'connection:write',
  policy: 'policy:write',
  roles: 'roles:write',
  seats: 'licenses:write',
  teamMappings: 'roles:write',
  signInGroups: 'licenses:write',
  schemas: 'schemas:write',
  resourceTypes: 'schemas:write',
};

type Stored = Awaited<ReturnType<typeof readConfiguration>>;

const shown = ({
  name,
  connection,
  policy,
  roles,
  seats,
  teamMappings,
  signInGroups,
  schemas,
  resourceTypes,
}: Stored) => ({
  name,
  connection,
  policy: { ...policy },
  roles: roles.map((role) => ({ ...role, permissions: [...role.permissions] })),
  seats: { ...seats },
  teamMappings: { ...teamMappings },
  signInGroups: { ...signInGroups },
  schemas: schemas.map(({ definition, extends: types }) => ({ definition: { ...definition }, extends: [...types] })),
  resourceTypes: resourceTypes.map((each) => ({ ...each })),
});

/** What lets somebody in, by name. */
async function secretsOf(app: ApiOptions['app'], org: NamedOrganization, now: Date) {
  const isInForce = ({ revokedAt, expiresAt }: { revokedAt: Date | undefined; expiresAt: Date | undefined }) =>
    revokedAt === undefined && (expiresAt === undefined || expiresAt > now);
  const [tokens, keys] = await Promise.all([
    listTokens(app, org, { limit: keysMax }),
    listApiKeys(app, org, { limit: keysMax }),
  ]);
  const expiry = ({ expiresAt }: { expiresAt: Date | undefined }) => expiresAt?.toISOString() ?? null;
  return {
    tokens: tokens.filter(isInForce).map((token) => ({ name: token.name, expiresAt: expiry(token) })),
    apiKeys: keys
      .filter((key) => isInForce(key) && key.member === undefined)
      .map((key) => ({ name: key.name, scopes: [...key.scopes], expiresAt: expiry(key) })),
  };
}
