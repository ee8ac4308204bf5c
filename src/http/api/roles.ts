import { Type } from 'typebox';
import { permissionsOf } from '../../organization/permissions.ts';
import { type BuiltInRole, builtInRoles } from '../../organization/roles.ts';
import { removeRole, writeRole } from '../../provisioning/change-role.ts';
import { giveRole } from '../../provisioning/give-access.ts';
import { mapTeam, teamMapping } from '../../provisioning/map-team.ts';
import { roleCeiling, setRoleCeiling } from '../../provisioning/set-role-ceiling.ts';
import { findAccess, type ListedAccess, listAccess, listRoles, listTeamMappings } from '../../store/access-lists.ts';
import type { Database } from '../../store/database.ts';
import { actingOf, organizationOf } from './caller.ts';
import { entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { pageOf } from './paging.ts';
import { accessPlanPage, assertPlanned } from './plan-page.ts';
import { problem } from './problem.ts';
import {
  type Access,
  AccessDetail,
  AccessList,
  AccessQuery,
  MappingList,
  MappingWritten,
  type Role,
  RoleCeiling,
  RoleGiven,
  RoleList,
  RoleParams,
  RoleWritten,
} from './schemas/access.ts';
import { closed, ItemParams, OrganizationParams, pageParameters } from './schemas/parts.ts';
import { Plan } from './schemas/plan.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Roles'];
const read = { guard: 'management', scope: 'roles:read' } as const;
const write = { guard: 'management', scope: 'roles:write' } as const;
const done = Type.Null({ description: 'It is so now.' });

export function roleRoutes(api: TypedInstance, options: ApiOptions): void {
  definitionRoutes(api, options);
  mappingRoutes(api, options);
  accessRoutes(api, options);
}

function definitionRoutes(api: TypedInstance, { app, now }: ApiOptions): void {
  api.get(
    '/organizations/:organization/roles',
    {
      config: read,
      schema: {
        operationId: 'listRoles',
        summary: 'List the roles, the built-in ones first',
        tags,
        params: OrganizationParams,
        response: { 200: RoleList },
      },
    },
    async (request) => ({ items: await rolesOf(app, organizationOf(request)) }),
  );

  api.put(
    '/organizations/:organization/roles/:key',
    {
      config: write,
      schema: {
        operationId: 'writeRole',
        summary: 'Make or change a custom role',
        description: 'None of its permissions may be one that the caller does not have.',
        tags,
        params: RoleParams,
        body: RoleWritten,
        response: { 204: done },
      },
    },
    async (request, reply) => {
      const { key } = request.params;
      await writeRole(app, organizationOf(request), { key, ...request.body }, actingOf(request, now()));
      return reply.code(204).send(null);
    },
  );

  api.delete(
    '/organizations/:organization/roles/:key',
    {
      config: write,
      schema: {
        operationId: 'removeRole',
        summary: 'Remove a custom role that no team gives',
        tags,
        params: RoleParams,
        response: { 204: done },
      },
    },
    async (request, reply) => {
      const { key } = request.params;
      if (!(await removeRole(app, organizationOf(request), key, actingOf(request, now())))) {
        throw problem('not_found', `There is no role ${key} in this organization.`);
      }
      return reply.code(204).send(null);
    },
  );
}

function mappingRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;
  api.get(
    '/organizations/:organization/team-mappings',
    {
      config: read,
      schema: {
        operationId: 'listTeamMappings',
        summary: 'List the teams that give a role or a license',
        tags,
        params: OrganizationParams,
        response: { 200: MappingList },
      },
    },
    async (request) => ({
      items: (await listTeamMappings(app, organizationOf(request))).map(({ role, license, ...mapping }) => ({
        ...mapping,
        role: role ?? null,
        license: license ?? null,
      })),
    }),
  );

  api.patch(
    '/organizations/:organization/team-mappings/:id',
    {
      config: write,
      schema: {
        operationId: 'mapTeam',
        summary: 'Map a team to the role and the license that it gives',
        description:
          'For everyone who is in the team it is so at once. To map licenses the caller needs licenses:write too. With `If-Match` and the version of a plan it happens only if it is what the plan showed.',
        tags,
        params: ItemParams,
        body: MappingWritten,
        response: { 204: done },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const { id } = request.params;
      await mapTeam(app, org, id, request.body, actingOf(request, now()), assertPlanned(request));
      return reply.code(204).send(null);
    },
  );

  api.post(
    '/organizations/:organization/team-mappings/:id/plan',
    {
      config: write,
      schema: {
        operationId: 'planTeamMapping',
        summary: 'Show what another mapping of a team would change, for whom and why',
        description: 'Nothing is changed.',
        tags,
        params: ItemParams,
        querystring: closed(pageParameters),
        body: MappingWritten,
        response: { 200: Plan },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const list = `mapping plan ${id} ${entityTag(request.body)}`;
      return await accessPlanPage(options, request, reply, list, (at) => teamMapping(id, request.body, at));
    },
  );

  api.patch(
    '/organizations/:organization/tokens/:id/role-ceiling',
    {
      config: write,
      schema: {
        operationId: 'setRoleCeiling',
        summary: 'Set the strongest role that teams give to people whom a SCIM token puts into them',
        description: 'With `If-Match` and the version of a plan it happens only if it is what the plan showed.',
        tags,
        params: ItemParams,
        body: RoleCeiling,
        response: { 204: done },
      },
    },
    async (request, reply) => {
      const { roleCeiling: ceiling } = request.body;
      const { id } = request.params;
      const at = actingOf(request, now());
      await setRoleCeiling(app, organizationOf(request), id, ceiling, at, assertPlanned(request));
      return reply.code(204).send(null);
    },
  );

  api.post(
    '/organizations/:organization/tokens/:id/role-ceiling/plan',
    {
      config: write,
      schema: {
        operationId: 'planRoleCeiling',
        summary: 'Show what another role ceiling of a SCIM token would change, for whom and why',
        description: 'Nothing is changed.',
        tags,
        params: ItemParams,
        querystring: closed(pageParameters),
        body: RoleCeiling,
        response: { 200: Plan },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const { roleCeiling: ceiling } = request.body;
      const list = `ceiling plan ${id} ${ceiling}`;
      return await accessPlanPage(options, request, reply, list, (at) => roleCeiling(id, ceiling, at));
    },
  );
}

function accessRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;

  api.get(
    '/organizations/:organization/access',
    {
      config: read,
      schema: {
        operationId: 'listAccess',
        summary: 'List people with their roles and licenses, in force and said',
        tags,
        params: OrganizationParams,
        querystring: AccessQuery,
        response: { 200: AccessList },
      },
    },
    async (request) => {
      const { which, role, license, ...page } = request.query;
      const org = organizationOf(request);
      return await pageOf(
        options,
        { owner: org.id, list: `access ${JSON.stringify([which, role, license])}`, page },
        ({ limit, from }) => listAccess(app, org, { limit, after: from?.id, which, role, license }),
        shown,
      );
    },
  );

  api.get(
    '/organizations/:organization/access/:id',
    {
      config: read,
      schema: {
        operationId: 'readAccess',
        summary: 'Read why a person has their roles and license',
        tags,
        params: ItemParams,
        response: { 200: AccessDetail },
      },
    },
    async (request) => {
      const { id } = request.params;
      const found = await findAccess(app, organizationOf(request), id);
      if (found === undefined) throw problem('not_found', `There is no member ${id} in this organization.`);
      const teams = [
        ...found.grants.map(({ teamId: team, role, ceiling }) => ({ team, role, ceiling })),
        ...found.licenses.map(({ teamId: team, license }) => ({ team, license })),
      ];
      return { ...shown(found.listed), teams };
    },
  );

  api.put(
    '/organizations/:organization/access/:id/role',
    {
      config: write,
      schema: {
        operationId: 'giveRole',
        summary: 'Give a person a built-in role by hand, or with null take it back',
        description:
          'What the person’s teams give stays: the most permissive of all wins. Owners are made by owners and the operator.',
        tags,
        params: ItemParams,
        body: RoleGiven,
        response: { 204: done },
      },
    },
    async (request, reply) => {
      const role = request.body.role ?? undefined;
      await giveRole(app, organizationOf(request), request.params.id, role, actingOf(request, now()));
      return reply.code(204).send(null);
    },
  );
}

/** The built-in roles and those of the organization's own. */
async function rolesOf(app: Database, org: { id: string }): Promise<Role[]> {
  const builtIn = Object.entries(builtInRoles) as [BuiltInRole, string][];
  const [custom, mappings] = [await listRoles(app, org), await listTeamMappings(app, org)];
  return [
    ...builtIn.map(([key, name]) => ({
      key,
      name,
      builtIn: true,
      permissions: [...permissionsOf(key, [])],
      needs: key,
      teams: mappings.filter(({ role }) => role === key).length,
    })),
    ...custom.map((role) => ({ ...role, permissions: [...role.permissions], builtIn: false })),
  ];
}

const shown = (access: ListedAccess): Access => ({
  id: access.id,
  userName: access.userName,
  name: access.name,
  status: access.status,
  origin: access.origin,
  breakGlass: access.breakGlass,
  role: access.role,
  customRoles: [...access.customRoles],
  roleReason: access.roleReason,
  roleByHand: access.roleByHand ?? null,
  license: access.license ?? null,
  waitsFor: access.waitsFor ?? null,
  waitsSince: access.waitsSince?.toISOString() ?? null,
  licenseReason: access.licenseReason,
  licenseByHand: access.licenseByHand ?? null,
  licenseBySignIn: access.licenseBySignIn ?? null,
  licenseAsked: access.licenseAsked ?? null,
});
