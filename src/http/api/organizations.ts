import { listOrganizations, type Organization as StoredOrganization } from '../../store/organizations.ts';
import type { OperatorApiOptions } from './operator-api.ts';
import { type Organization, OrganizationList } from './schemas.ts';
import type { TypedInstance } from './typebox-provider.ts';

export function organizationRoutes(api: TypedInstance, options: OperatorApiOptions): void {
  api.get(
    '/organizations',
    { config: { guard: 'operator' }, schema: { response: { 200: OrganizationList } } },
    async () => {
      const stored = await listOrganizations(options.jobs);
      return { organizations: stored.map((organization) => shown(organization, options.baseUrl)) };
    },
  );
}

function shown(stored: StoredOrganization, baseUrl: string): Organization {
  return {
    id: stored.id,
    slug: stored.slug,
    name: stored.name,
    plan: stored.plan,
    status: stored.status,
    scim: stored.connection.state,
    scimBaseUrl: `${baseUrl}/scim/v2/${stored.slug}`,
    members: stored.members,
    teams: stored.teams,
    tokens: stored.tokens,
    lastRequestAt: stored.lastRequestAt?.toISOString() ?? null,
  };
}
