import { Type } from 'typebox';
import { ruleText } from '../../events/words.ts';
import { limits } from '../../limits.ts';
import { setAccessPolicy } from '../../provisioning/change-policy.ts';
import { seatsOf, setSeats } from '../../provisioning/change-seats.ts';
import { giveLicense } from '../../provisioning/give-access.ts';
import { mapSignInGroup } from '../../provisioning/sign-in-licenses.ts';
import { simulateLicenses } from '../../provisioning/simulate-licenses.ts';
import { listLicenseGroups, listLicenses } from '../../store/access-lists.ts';
import { readGoverned } from '../../store/governing.ts';
import { actingOf, callerOf, isAllowed, organizationOf } from './caller.ts';
import type { ApiOptions } from './management-api.ts';
import { accessPlanPage, assertPlanned } from './plan-page.ts';
import {
  GroupMappingList,
  GroupMappingWritten,
  LicenseGiven,
  LicenseList,
  LicenseParams,
  RulesSet,
  RulesWritten,
  SeatsSet,
  Simulation,
  Supposed,
} from './schemas/access.ts';
import { closed, ItemParams, OrganizationParams, pageParameters } from './schemas/parts.ts';
import { Plan } from './schemas/plan.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Licenses'];
const read = { guard: 'management', scope: 'licenses:read' } as const;
const write = { guard: 'management', scope: 'licenses:write' } as const;
const done = Type.Null({ description: 'It is so now.' });

export function licenseRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;

  api.get(
    '/organizations/:organization/licenses',
    {
      config: read,
      schema: {
        operationId: 'listLicenses',
        summary: 'List the license types with their seats',
        tags,
        params: OrganizationParams,
        response: { 200: LicenseList },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      const [{ policy }, found] = await Promise.all([readGoverned(app, org.id), listLicenses(app, org)]);
      return {
        source: policy.licenseSource,
        byDefault: policy.defaultLicense === 'none' ? null : policy.defaultLicense,
        items: found.map(({ seats, ...license }) => ({ ...license, seats: seats ?? null })),
      };
    },
  );

  api.patch(
    '/organizations/:organization/licenses',
    {
      config: { guard: 'management', scope: 'policy:write' },
      schema: {
        operationId: 'setLicenseRules',
        summary: 'Set where roles and licenses come from',
        description:
          'For everyone it is so at once. `by-attribute` makes the provider’s attribute the source of truth; simulate it first.',
        tags,
        params: OrganizationParams,
        body: RulesSet,
        response: { 200: RulesWritten },
      },
    },
    async (request) => {
      const { warnings } = await setAccessPolicy(app, organizationOf(request), request.body, actingOf(request, now()));
      return { warnings: [...warnings] };
    },
  );

  api.put(
    '/organizations/:organization/licenses/:license',
    {
      config: { guard: 'operator' },
      schema: {
        operationId: 'setSeats',
        summary: 'Set the number of seats of a license type, or add a type',
        description:
          'Seats that become free go to those who wait. Fewer than are taken are refused. With `If-Match` and the version of a plan it happens only if it is what the plan showed.',
        tags,
        params: LicenseParams,
        body: SeatsSet,
        response: { 204: done },
      },
    },
    async (request, reply) => {
      const { license } = request.params;
      const seats = request.body.seats ?? undefined;
      const at = actingOf(request, now());
      await setSeats(app, organizationOf(request), license, seats, at, assertPlanned(request));
      return reply.code(204).send(null);
    },
  );

  api.post(
    '/organizations/:organization/licenses/:license/plan',
    {
      config: { guard: 'operator' },
      schema: {
        operationId: 'planSeats',
        summary: 'Show what another number of seats would change, for whom and why',
        description: 'Nothing is changed.',
        tags,
        params: LicenseParams,
        querystring: closed(pageParameters),
        body: SeatsSet,
        response: { 200: Plan },
      },
    },
    async (request, reply) => {
      const { license } = request.params;
      const seats = request.body.seats ?? undefined;
      const list = `seats plan ${license} ${seats}`;
      return await accessPlanPage(options, request, reply, list, () => seatsOf(license, seats));
    },
  );

  api.put(
    '/organizations/:organization/access/:id/license',
    {
      config: write,
      schema: {
        operationId: 'giveLicense',
        summary: 'Give a person a license by hand, or with null take it back',
        description: 'It counts where the setting licenseSource says so.',
        tags,
        params: ItemParams,
        body: LicenseGiven,
        response: { 204: done },
      },
    },
    async (request, reply) => {
      const license = request.body.license ?? undefined;
      await giveLicense(app, organizationOf(request), request.params.id, license, actingOf(request, now()));
      return reply.code(204).send(null);
    },
  );

  api.get(
    '/organizations/:organization/license-groups',
    {
      config: read,
      schema: {
        operationId: 'listSignInGroups',
        summary: 'List the groups of sign-ins that give a license',
        tags,
        params: OrganizationParams,
        response: { 200: GroupMappingList },
      },
    },
    async (request) => ({ items: await listLicenseGroups(app, organizationOf(request)) }),
  );

  api.put(
    '/organizations/:organization/license-groups',
    {
      config: write,
      schema: {
        operationId: 'mapSignInGroup',
        summary: 'Map a group of sign-ins to a license, or with null take the mapping away',
        description: 'It counts from each person’s next sign-in.',
        tags,
        params: OrganizationParams,
        body: GroupMappingWritten,
        response: { 204: done },
      },
    },
    async (request, reply) => {
      const { group, license } = request.body;
      await mapSignInGroup(app, organizationOf(request), group, license ?? undefined, actingOf(request, now()));
      return reply.code(204).send(null);
    },
  );

  api.post(
    '/organizations/:organization/licenses/simulation',
    {
      config: read,
      schema: {
        operationId: 'simulateLicenses',
        summary: 'Show who would have which license by other rules, changing nothing',
        description:
          'The plan that decides when the rules are set decides here: whoever finds no seat left waits. The people are listed to those who may read members (`members:read`); others get the numbers.',
        tags,
        params: OrganizationParams,
        body: Supposed,
        response: { 200: Simulation },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      const showsItems = isAllowed(callerOf(request), 'members:read');
      const listed = showsItems ? limits.simulatedChangesMax : 0;
      const found = await options.plans.inTurn(org.id, () => simulateLicenses(app, org, request.body, listed));
      return {
        ...found,
        showsItems,
        warnings: [...found.warnings],
        licenses: found.licenses.map(({ seats, ...license }) => ({ ...license, seats: seats ?? null })),
        changes: found.changes.map(({ before, after, waitsFor, narrows, ...change }) => ({
          ...change,
          narrows: narrows ?? null,
          before: before ?? null,
          after: after ?? null,
          waitsFor: waitsFor ?? null,
          because: ruleText(change.rule),
        })),
      };
    },
  );
}
