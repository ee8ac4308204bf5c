import { scimBaseUrl } from '../../organization/policy.ts';
import type { Creating } from '../../provisioning/acting.ts';
import { changeOrganization } from '../../provisioning/change-organization.ts';
import { type CreatedOrganization, createOrganization } from '../../provisioning/create-organization.ts';
import { findOrganization, listOrganizations, type Organization as Stored } from '../../store/organizations.ts';
import { actingOf, callerOf, noSuchOrganization, organizationOf } from './caller.ts';
import { createOnce } from './create-once.ts';
import { assertMatch, entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { pageOf } from './paging.ts';
import { problem } from './problem.ts';
import { NewOrganization, Organization, OrganizationChange, OrganizationList } from './schemas/organization.ts';
import { closed, OrganizationParams, pageParameters } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Organizations'];

export function organizationRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, jobs, baseUrl, now } = options;

  api.get(
    '/organizations',
    {
      config: { guard: 'management', scope: 'organization:read' },
      schema: {
        operationId: 'listOrganizations',
        summary: 'List the organizations',
        description: 'The operator sees all, an API key its own.',
        tags,
        querystring: closed(pageParameters),
        response: { 200: OrganizationList },
      },
    },
    async (request) => {
      const caller = callerOf(request);
      const only = caller.kind === 'operator' ? undefined : caller.grant.organization.id;
      return await pageOf(
        options,
        { owner: only ?? 'operator', list: 'organizations', page: request.query },
        ({ limit, from }) => listOrganizations(jobs, { limit, after: from?.key ?? undefined, only }),
        (organization) => shown(organization, baseUrl),
        (organization) => organization.slug,
      );
    },
  );

  api.post(
    '/organizations',
    {
      config: { guard: 'operator' },
      schema: {
        operationId: 'createOrganization',
        summary: 'Create an organization',
        description: 'It is ready for an identity provider: create a SCIM token next.',
        tags,
        body: NewOrganization,
        response: { 201: Organization },
      },
    },
    async (request, reply) => {
      const { slug, name, plan = 'enterprise', settings = {} } = request.body;
      return await createOnce(request, reply, options, {
        orgId: async () => (await findOrganization(jobs, slug))?.id,
        create: (at: Creating<CreatedOrganization>) => createOrganization(app, { slug, name, plan, settings }, at),
        show: (created) => {
          const { state, scimProfile } = created;
          return shown({ ...created, ...untouched, plan, connection: { state, scimProfile } }, baseUrl);
        },
        location: (made) => made.slug,
      });
    },
  );

  api.get(
    '/organizations/:organization',
    {
      config: { guard: 'management', scope: 'organization:read' },
      schema: {
        operationId: 'readOrganization',
        summary: 'Read an organization',
        tags,
        params: OrganizationParams,
        response: { 200: Organization },
      },
    },
    async (request, reply) => {
      const found = await findOrganization(jobs, organizationOf(request).id);
      if (found === undefined) throw noSuchOrganization(request.params.organization);
      reply.header('etag', entityTag(factsOf(found)));
      return shown(found, baseUrl);
    },
  );

  api.patch(
    '/organizations/:organization',
    {
      config: { guard: 'management', scope: 'organization:write' },
      schema: {
        operationId: 'changeOrganization',
        summary: 'Change the name, plan or status of an organization',
        description:
          'The plan and the status are the operator’s to change. With `If-Match` only what was read is changed.',
        tags,
        params: OrganizationParams,
        body: OrganizationChange,
        response: { 200: Organization },
      },
    },
    async (request, reply) => {
      const { plan, status } = request.body;
      if ((plan ?? status) !== undefined && callerOf(request).kind !== 'operator') {
        throw problem('forbidden', 'Only the operator changes the plan or the status of an organization.');
      }
      const org = organizationOf(request);
      await changeOrganization(app, org, request.body, actingOf(request, now()), (facts) =>
        assertMatch(request, factsOf(facts)),
      );
      const found = await findOrganization(jobs, org.id);
      if (found === undefined) throw noSuchOrganization(request.params.organization);
      reply.header('etag', entityTag(factsOf(found)));
      return shown(found, baseUrl);
    },
  );
}

/** What of an organization can be changed here, and so makes its entity tag. */
const factsOf = ({ name, plan, status, updatedAt }: Pick<Stored, 'name' | 'plan' | 'status' | 'updatedAt'>) => [
  name,
  plan,
  status,
  updatedAt,
];

type Shown = Pick<
  Stored,
  'id' | 'slug' | 'name' | 'plan' | 'status' | 'policy' | 'members' | 'teams' | 'tokens' | 'lastRequestAt' | 'lastEvent'
> & { connection: Pick<Stored['connection'], 'state' | 'scimProfile'> };

/** What an organization has when it is made. */
const untouched = {
  status: 'active',
  members: 0,
  teams: 0,
  tokens: 0,
  lastRequestAt: undefined,
  // That of its creation.
  lastEvent: 1,
} as const;

function shown(stored: Shown, baseUrl: string): Organization {
  return {
    id: stored.id,
    slug: stored.slug,
    name: stored.name,
    plan: stored.plan,
    status: stored.status,
    scim: stored.connection.state,
    scimProfile: stored.connection.scimProfile,
    scimBaseUrl: scimBaseUrl(baseUrl, stored, stored.policy),
    members: stored.members,
    teams: stored.teams,
    tokens: stored.tokens,
    lastRequestAt: stored.lastRequestAt?.toISOString() ?? null,
    lastEvent: stored.lastEvent,
  };
}
