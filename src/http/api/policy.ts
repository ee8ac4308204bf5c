import { deviations, type Policy as Stored } from '../../organization/policy.ts';
import { policySettings, type Settings, settingNames } from '../../organization/policy-settings.ts';
import { presetNames, presetSays, presets } from '../../organization/presets.ts';
import { changePolicy, planPolicyChange } from '../../provisioning/change-policy.ts';
import { findOrganization } from '../../store/organizations.ts';
import { actingOf, callerOf, isAllowed, noSuchOrganization, organizationOf } from './caller.ts';
import { assertMatch, entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { planPage, planVersion } from './plan-page.ts';
import { closed, OrganizationParams, pageParameters } from './schemas/parts.ts';
import { Policy, PolicyPlan, PolicyWish, PolicyWritten, PresetList } from './schemas/policy.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Policy'];

/** What an organization decides about provisioning. */
export function policyRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, jobs, now } = options;
  const path = '/organizations/:organization/policy';

  api.get(
    path,
    {
      config: { guard: 'management', scope: 'policy:read' },
      schema: {
        operationId: 'readPolicy',
        summary: 'Read the policy, and where it deviates from its preset',
        tags,
        params: OrganizationParams,
        response: { 200: Policy },
      },
    },
    async (request, reply) => {
      const found = await findOrganization(jobs, organizationOf(request).id);
      if (found === undefined) throw noSuchOrganization(request.params.organization);
      reply.header('etag', entityTag(found.policy));
      return shown(found.policy);
    },
  );

  api.put(
    path,
    {
      config: { guard: 'management', scope: 'policy:write' },
      schema: {
        operationId: 'replacePolicy',
        summary: 'Replace the policy',
        description:
          'What is in force by it changes in the same transaction; ask for the plan first, which also says what has to be confirmed. With `If-Match` and the version of a plan it happens only if it is what the plan showed; with the entity tag of the policy, only if the policy is as it was read.',
        tags,
        params: OrganizationParams,
        body: PolicyWish,
        response: { 200: PolicyWritten },
      },
    },
    async (request, reply) => {
      const { preset, settings = {}, confirm = [] } = request.body;
      const version = planVersion(request.headers['if-match']);
      const { policy, warnings } = await changePolicy(
        app,
        organizationOf(request),
        {
          settings: { preset, ...settings } as Record<string, string>,
          ...(version === undefined && { isExpected: (before: Stored) => assertMatch(request, before) }),
          confirmed: confirm,
          version,
        },
        { ...actingOf(request, now()), namesNobody: !isAllowed(callerOf(request), 'members:read') },
      );
      reply.header('etag', entityTag(policy));
      return { ...shown(policy), warnings: [...warnings] };
    },
  );

  api.post(
    `${path}/plan`,
    {
      config: { guard: 'management', scope: 'policy:read' },
      schema: {
        operationId: 'planPolicy',
        summary: 'Show what another policy would change, for whom and why',
        description:
          'Nothing is changed. With `If-Match` and the entity tag of the policy only what would change of that one is shown.',
        tags,
        params: OrganizationParams,
        querystring: closed(pageParameters),
        body: PolicyWish,
        response: { 200: PolicyPlan },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const { preset, settings = {} } = request.body;
      const wish = {
        settings: { preset, ...settings } as Record<string, string>,
        isExpected: (before: Stored) => assertMatch(request, before),
      };
      const list = `policy plan ${entityTag(wish.settings)}`;
      return await planPage(options, request, reply, list, async (page, at) => {
        const { plan, changed, confirm, warnings } = await planPolicyChange(app, org, wish, at, page);
        return { ...plan, changed, confirm: [...confirm], warnings: [...warnings] };
      });
    },
  );

  api.get(
    '/organizations/:organization/policy/presets',
    {
      config: { guard: 'management', scope: 'policy:read' },
      schema: {
        operationId: 'listPresets',
        summary: 'List the presets, and what each setting means',
        tags,
        params: OrganizationParams,
        response: { 200: PresetList },
      },
    },
    async () => ({
      items: presetNames.map((preset) => ({ preset, says: presetSays[preset], settings: presets[preset] })),
      settings: settingNames.map((name) => {
        const { id, meaning, values } = policySettings[name];
        return { name, id, meaning, values: Object.entries(values).map(([value, means]) => ({ value, means })) };
      }),
    }),
  );
}

function shown(policy: Stored): Policy {
  const settings = Object.fromEntries(settingNames.map((name) => [name, policy[name]])) as Settings;
  return { preset: policy.preset, settings, deviations: deviations(policy) };
}
