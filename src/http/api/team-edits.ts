import { Type } from 'typebox';
import { decideTeamLink } from '../../provisioning/decide-team-link.ts';
import { addTeam, changePersonOfTeam, removeTeam, renameTeam } from '../../provisioning/edit-team.ts';
import { allowTeamLinking, unlinkTeam } from '../../provisioning/link-team.ts';
import { restoreTeam } from '../../provisioning/restore-team.ts';
import { unlockTeam } from '../../provisioning/unlock.ts';
import { findListedTeam } from '../../store/team-list.ts';
import { actingOf, type NamedOrganization, organizationOf } from './caller.ts';
import { createdSchema, createInOrganization, sharedEditRoutes } from './edit-routes.ts';
import { assertMatch, entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { ItemParams, OrganizationParams } from './schemas/parts.ts';
import { LinkDecision, PersonOfTeamParams, Team, TeamName } from './schemas/team.ts';
import { noSuchTeam, shownTeam, teamFacts } from './teams.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Teams'];
const config = { guard: 'management', scope: 'teams:write' } as const;

const CreatedTeam = createdSchema('CreatedTeam');

/** What admins do to teams. Where the provider manages them, locks say what (docs/reference/lifecycle.md). */
export function teamEditRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;

  const found = async (org: NamedOrganization, id: string) => {
    const team = await findListedTeam(app, org, id);
    if (team === undefined) throw noSuchTeam(id);
    return team;
  };

  api.post(
    '/organizations/:organization/teams',
    {
      config,
      schema: {
        operationId: 'addTeam',
        summary: 'Make a local team',
        tags,
        params: OrganizationParams,
        body: TeamName,
        response: { 201: CreatedTeam },
      },
    },
    (request, reply) =>
      createInOrganization(request, reply, options, 'teams', (org, at) => addTeam(app, org, request.body.name, at)),
  );

  api.patch(
    '/organizations/:organization/teams/:id',
    {
      config,
      schema: {
        operationId: 'renameTeam',
        summary: 'Rename a team',
        description:
          'A team that the provider manages is renamed where no lock is on it, and until its next request. With `If-Match` only what was read is changed.',
        tags,
        params: ItemParams,
        body: TeamName,
        response: { 200: Team },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const { id } = request.params;
      await renameTeam(app, org, id, request.body.name, actingOf(request, now()), ({ version, inForceName }) =>
        assertMatch(request, teamFacts({ version, name: inForceName })),
      );
      const team = await found(org, id);
      reply.header('etag', entityTag(teamFacts(team)));
      return shownTeam(team);
    },
  );

  for (const [act, operationId, run, summary] of [
    ['link', 'linkTeam', allowTeamLinking, 'Let the provider take over a team that was parted from it'],
    ['unlink', 'unlinkTeam', unlinkTeam, 'Part a team from the provider'],
  ] as const) {
    api.post(
      `/organizations/:organization/teams/:id/${act}`,
      { config, schema: { operationId, summary, tags, params: ItemParams, response: { 200: Team } } },
      async (request) => {
        const org = organizationOf(request);
        const { id } = request.params;
        await run(app, org, id, actingOf(request, now()));
        return shownTeam(await found(org, id));
      },
    );
  }

  api.post(
    '/organizations/:organization/teams/:id/link-decision',
    {
      config,
      schema: {
        operationId: 'decideTeamLink',
        summary: 'Decide what becomes of a local team that the provider came upon',
        description: 'Then the provider’s next push of the group is taken.',
        tags,
        params: ItemParams,
        body: LinkDecision,
        response: { 200: Team },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      const { id } = request.params;
      await decideTeamLink(app, org, id, request.body, actingOf(request, now()));
      return shownTeam(await found(org, id));
    },
  );

  sharedEditRoutes(api, options, {
    of: 'teams',
    noun: 'team',
    config,
    tags,
    created: CreatedTeam,
    bringBack: {
      act: 'restore',
      operationId: 'restoreTeam',
      summary: 'Bring a removed team back',
      description:
        'As a local team of the same name with an id of its own, without people, that gives what the removed one gave.',
      run: restoreTeam,
    },
    unlock: { operationId: 'unlockTeam', summary: 'Open the locks on a team for some hours', run: unlockTeam },
    remove: {
      operationId: 'removeTeam',
      summary: 'Remove a team',
      description: 'Its people stay in the organization.',
      run: removeTeam,
    },
  });

  api.put(
    '/organizations/:organization/teams/:id/members/:member',
    {
      config,
      schema: {
        operationId: 'putIntoTeam',
        summary: 'Put a member into a team',
        description:
          'Nothing happens if the member is in it. Whoever is suspended or invited is in force later, by itself.',
        tags,
        params: PersonOfTeamParams,
        response: { 204: Type.Null({ description: 'The member is in the team, or waits for it.' }) },
      },
    },
    async (request, reply) => {
      const { id: teamId, member: memberId } = request.params;
      const at = actingOf(request, now());
      await changePersonOfTeam(app, organizationOf(request), { teamId, memberId, isIn: true }, at);
      return reply.code(204).send(null);
    },
  );

  api.delete(
    '/organizations/:organization/teams/:id/members/:member',
    {
      config,
      schema: {
        operationId: 'takeOutOfTeam',
        summary: 'Take a member out of a team',
        description: 'Nothing happens if the member is not in it.',
        tags,
        params: PersonOfTeamParams,
        response: { 204: Type.Null({ description: 'The member is not in the team.' }) },
      },
    },
    async (request, reply) => {
      const { id: teamId, member: memberId } = request.params;
      const at = actingOf(request, now());
      await changePersonOfTeam(app, organizationOf(request), { teamId, memberId, isIn: false }, at);
      return reply.code(204).send(null);
    },
  );
}
