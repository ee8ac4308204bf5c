import { setScimProfile } from '../../provisioning/set-scim-profile.ts';
import { deviationsOf, type ProfileName, profiles } from '../../scim/profiles.ts';
import { quirks } from '../../scim/quirks.ts';
import { findOrganization } from '../../store/organizations.ts';
import { actingOf, noSuchOrganization, organizationOf } from './caller.ts';
import type { ApiOptions } from './management-api.ts';
import { OrganizationParams } from './schemas/parts.ts';
import { ScimProfile, ScimProfileChange } from './schemas/scim-profile.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Connection'];

/** What the SCIM endpoint of an organization accepts beyond the RFCs. */
export function scimProfileRoutes(api: TypedInstance, { app, jobs, now }: ApiOptions): void {
  const path = '/organizations/:organization/scim-profile';

  api.get(
    path,
    {
      config: { guard: 'management', scope: 'connection:read' },
      schema: {
        operationId: 'readScimProfile',
        summary: 'Read the SCIM profile of the connection',
        tags,
        params: OrganizationParams,
        response: { 200: ScimProfile },
      },
    },
    async (request) => {
      const found = await findOrganization(jobs, organizationOf(request).id);
      if (found === undefined) throw noSuchOrganization(request.params.organization);
      return shown(found.connection.scimProfile);
    },
  );

  api.put(
    path,
    {
      config: { guard: 'management', scope: 'connection:write' },
      schema: {
        operationId: 'setScimProfile',
        summary: 'Set the SCIM profile of the connection',
        description:
          'The next requests of the provider feel it, within half a second in every process. What is stored stays.',
        tags,
        params: OrganizationParams,
        body: ScimProfileChange,
        response: { 200: ScimProfile },
      },
    },
    async (request) => {
      const { scimProfile } = request.body;
      await setScimProfile(app, organizationOf(request), scimProfile, actingOf(request, now()));
      return shown(scimProfile);
    },
  );
}

function shown(scimProfile: ProfileName): ScimProfile {
  const { says } = profiles[scimProfile];
  const accepts = deviationsOf(profiles[scimProfile]).map((name) => ({ name, says: quirks[name].says }));
  return { scimProfile, says, accepts };
}
