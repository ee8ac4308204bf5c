import { limits } from '../../limits.ts';
import { readLocks } from '../../provisioning/read-locks.ts';
import { listMembersOfTeam } from '../../store/membership-list.ts';
import { findListedTeam, type ListedTeam, listPendingLinks, listTeams } from '../../store/team-list.ts';
import { organizationOf } from './caller.ts';
import { entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { shownLock } from './members.ts';
import { pageOf } from './paging.ts';
import { problem } from './problem.ts';
import { MemberOfTeamList } from './schemas/member.ts';
import { closed, ItemParams, OrganizationParams, pageParameters } from './schemas/parts.ts';
import { PendingLinkList, type Team, TeamDetail, TeamList, TeamQuery } from './schemas/team.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Teams'];
const config = { guard: 'management', scope: 'teams:read' } as const;

export function teamRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;

  api.get(
    '/organizations/:organization/teams',
    {
      config,
      schema: {
        operationId: 'listTeams',
        summary: 'List the teams in the order of their creation',
        tags,
        params: OrganizationParams,
        querystring: TeamQuery,
        response: { 200: TeamList },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      const { status, search, ...page } = request.query;
      const rememberedAt = status === 'removed' ? now() : undefined;
      return await pageOf(
        options,
        { owner: org.id, list: `teams ${JSON.stringify([status, search])}`, page },
        ({ limit, from }) => listTeams(app, org, { limit, after: from?.id, rememberedAt, search }),
        shownTeam,
      );
    },
  );

  api.get(
    '/organizations/:organization/link-decisions',
    {
      config,
      schema: {
        operationId: 'listPendingLinks',
        summary: 'List the local teams that the provider came upon and that wait for a decision',
        tags,
        params: OrganizationParams,
        response: { 200: PendingLinkList },
      },
    },
    async (request) => {
      const pending = await listPendingLinks(app, organizationOf(request), limits.pendingLinksMax);
      return { items: pending.map((each) => ({ ...each, askedAt: each.askedAt.toISOString() })) };
    },
  );

  api.get(
    '/organizations/:organization/teams/:id',
    {
      config,
      schema: {
        operationId: 'readTeam',
        summary: 'Read a team',
        tags,
        params: ItemParams,
        response: { 200: TeamDetail },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const org = organizationOf(request);
      const found = await findListedTeam(app, org, id);
      if (found === undefined) throw noSuchTeam(id);
      reply.header('etag', entityTag(teamFacts(found)));
      const { origin, unlockedUntil } = found;
      const locks = await readLocks(app, org, ['edit-team'], { isManaged: origin !== 'local', unlockedUntil }, now());
      return { ...shownTeam(found), locks: locks.map(shownLock) };
    },
  );

  api.get(
    '/organizations/:organization/teams/:id/members',
    {
      config,
      schema: {
        operationId: 'listMembersOfTeam',
        summary: 'List the members of a team, asked and in force',
        tags,
        params: ItemParams,
        querystring: closed(pageParameters),
        response: { 200: MemberOfTeamList },
      },
    },
    async (request) => {
      const { id } = request.params;
      const org = organizationOf(request);
      if ((await findListedTeam(app, org, id)) === undefined) throw noSuchTeam(id);
      return await pageOf(
        options,
        { owner: org.id, list: `members of ${id}`, page: request.query },
        ({ limit, from }) => listMembersOfTeam(app, org, id, { limit, after: from?.id }),
        (member) => member,
      );
    },
  );
}

export const noSuchTeam = (id: string) => problem('not_found', `There is no team ${id} in this organization.`);

/** What of a team can be changed here, and so makes its entity tag. */
export const teamFacts = ({ version, name }: { version: number; name: string }) => [version, name];

export function shownTeam(team: ListedTeam): Team {
  return {
    id: team.id,
    name: team.name,
    askedName: team.askedName,
    externalId: team.externalId ?? null,
    isHere: team.isHere,
    isAskedFor: team.isAskedFor,
    held: team.held ?? null,
    origin: team.origin,
    asked: team.asked,
    inForce: team.inForce,
    unlockedUntil: team.unlockedUntil?.toISOString() ?? null,
    createdAt: team.createdAt.toISOString(),
    updatedAt: team.updatedAt.toISOString(),
  };
}
