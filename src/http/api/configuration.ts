import type { FastifyRequest } from 'fastify';
import type { Permission } from '../../organization/permissions.ts';
import type { TokenScope } from '../../organization/token-scopes.ts';
import { applyConfiguration, planConfiguration } from '../../provisioning/apply-configuration.ts';
import {
  type ComparedConfiguration,
  compareConfiguration,
  readConfiguration,
  type WantedConfiguration as Wanted,
} from '../../provisioning/configuration.ts';
import { configuredApiKeys } from '../../provisioning/configured-api-keys.ts';
import { actingOf, callerOf, isAllowed, organizationOf } from './caller.ts';
import { entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { planPage, shownVersion } from './plan-page.ts';
import { ApiProblem, problem } from './problem.ts';
import {
  Configuration,
  ConfigurationApplied,
  ConfigurationPlan,
  WantedConfiguration,
} from './schemas/configuration.ts';
import { closed, OrganizationParams, pageParameters } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Configuration'];

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
        description: 'The whole of it, so each part needs its own scope as well, and `keys:read`.',
        tags,
        params: OrganizationParams,
        response: { 200: Configuration },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      for (const part of Object.keys(scopes)) assertMaySee(request, part);
      if (!isAllowed(callerOf(request), 'keys:read')) throw scopeMissing('To see the API keys', 'keys:read');
      const configuration = await readConfiguration(app, org, now());
      reply.header('etag', entityTag(configuration));
      return { version: 1 as const, ...shown(configuration), apiKeys: await configuredApiKeys(app, org, now()) };
    },
  );

  api.post(
    `${path}/plan`,
    {
      config: { guard: 'management', scope: 'policy:read' },
      schema: {
        operationId: 'planConfiguration',
        summary: 'Show what a configuration would change, for whom and why',
        description:
          'Changes nothing. The version, which is the `ETag` too, is what to apply it with; it names the document and what would follow for people. Each part that would change needs its own scope as well.',
        tags,
        params: OrganizationParams,
        querystring: closed(pageParameters),
        body: WantedConfiguration,
        response: { 200: ConfigurationPlan },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const compared = await compareConfiguration(app, org, request.body as Wanted, now(), {
        namesNobody: !isAllowed(callerOf(request), 'members:read'),
      });
      const { before: _, confirm, warnings: __, ...differing } = compared;
      for (const { path } of differing.changes) assertMaySee(request, path);
      const list = `configuration plan ${entityTag(request.body)} ${entityTag(differing)}`;
      const plan = await planPage(options, request, reply, list, (page, at) =>
        planConfiguration(app, org, compared, at, page),
      );
      return {
        ...differing,
        ...missingOf(request, differing),
        confirm: [...confirm],
        ...plan,
      };
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
          'With `If-Match` and the version of a plan of the same document, so that what was shown is what happens; with the entity tag of the ' +
          'configuration, only if that is as it was read. Each part needs its own scope as well. ' +
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
        throw problem('precondition_required', 'Plan it first, and send the version of the plan as If-Match.');
      }
      const at = actingOf(request, now());
      const by = { namesNobody: !isAllowed(callerOf(request), 'members:read') };
      const compared = await compareConfiguration(app, org, request.body as Wanted, at.now, by);
      const { changes } = compared;
      // That what was compared is what there is, the transaction holds that applies it.
      const version = shownVersion(request, compared.before);
      for (const change of changes) {
        const scope = scopeOf(change.path);
        if (!isAllowed(callerOf(request), scope)) throw scopeMissing(`To change ${change.path}`, scope);
      }
      if (callerOf(request).kind !== 'operator' && changes.some(({ path }) => path.startsWith('seats/'))) {
        throw problem('forbidden', 'Numbers of seats are for the operator to set; leave them out of the document.');
      }
      const { confirm: confirmed = [] } = request.body;
      const { switched, warnings } = await applyConfiguration(app, org, compared, { confirmed, version }, at);
      reply.header('etag', entityTag(await readConfiguration(app, org, now())));
      return { changes, ...missingOf(request, compared), settling: switched?.settled ?? null, warnings };
    },
  );
}

/** What of a document is not here. Which API keys there are is for those to know who may read them. */
const missingOf = (
  request: FastifyRequest,
  {
    tokensMissing,
    teamsMissing,
    apiKeysMissing,
  }: Pick<ComparedConfiguration, 'tokensMissing' | 'teamsMissing' | 'apiKeysMissing'>,
) => ({
  tokensMissing,
  teamsMissing,
  apiKeysMissing: isAllowed(callerOf(request), 'keys:read') ? apiKeysMissing : null,
});

const scopeMissing = (what: string, scope: Permission) =>
  new ApiProblem('scope_missing', `${what} needs the scope ${scope}.`, { scope });

/**
 * Who may change a part may see it.
 *
 * @throws ApiProblem scope_missing
 */
function assertMaySee(request: FastifyRequest, path: string): void {
  const write = scopeOf(path);
  const read = write.replace(/write$/, 'read') as Permission;
  const caller = callerOf(request);
  if (!isAllowed(caller, read) && !isAllowed(caller, write)) throw scopeMissing(`To see ${path}`, read);
}

/** The ceiling of a token is about roles, as where it is set alone. */
const scopeOf = (path: string): Permission =>
  path.startsWith('tokens/') && path.endsWith('/roleCeiling')
    ? 'roles:write'
    : (scopes[path.split('/', 1)[0] ?? ''] ?? 'policy:write');

/** What the parts need, each as where it is changed alone. */
const scopes: Record<string, Permission> = {
  name: 'organization:write',
  connection: 'connection:write',
  signInProvider: 'connection:write',
  policy: 'policy:write',
  roles: 'roles:write',
  seats: 'licenses:write',
  teamMappings: 'roles:write',
  signInGroups: 'licenses:write',
  schemas: 'schemas:write',
  resourceTypes: 'schemas:write',
  domains: 'domains:write',
  addresses: 'connection:write',
  tokens: 'tokens:write',
};

type Stored = Awaited<ReturnType<typeof readConfiguration>>;

const shown = ({
  name,
  connection,
  signInProvider,
  policy,
  roles,
  seats,
  teamMappings,
  signInGroups,
  schemas,
  resourceTypes,
  domains,
  addresses,
  tokens,
}: Stored) => ({
  name,
  connection,
  signInProvider,
  policy: { ...policy },
  roles: roles.map((role) => ({ ...role, permissions: [...role.permissions] })),
  seats: { ...seats },
  teamMappings: { ...teamMappings },
  signInGroups: { ...signInGroups },
  schemas: schemas.map(({ definition, extends: types }) => ({ definition: { ...definition }, extends: [...types] })),
  resourceTypes: resourceTypes.map((each) => ({ ...each })),
  domains: [...domains],
  addresses: { appliesTo: addresses.appliesTo, allow: [...addresses.allow], deny: [...addresses.deny] },
  tokens: tokens.map((each) => ({ ...each, scopes: [...each.scopes] as TokenScope[], addresses: [...each.addresses] })),
});
