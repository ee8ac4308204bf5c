import { profileOf } from '../../provisioning/asked-member.ts';
import { type LockedEdit, readLocks } from '../../provisioning/read-locks.ts';
import { findListedMember, type ListedMember, listMembers } from '../../store/member-list.ts';
import { listTeamsOfMember } from '../../store/membership-list.ts';
import { organizationOf } from './caller.ts';
import { entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { pageOf } from './paging.ts';
import { problem } from './problem.ts';
import { type Member, MemberDetail, MemberList, MemberQuery, TeamOfMemberList } from './schemas/member.ts';
import { closed, ItemParams, OrganizationParams, pageParameters } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Members'];
const config = { guard: 'management', scope: 'members:read' } as const;

export function memberRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;

  api.get(
    '/organizations/:organization/members',
    {
      config,
      schema: {
        operationId: 'listMembers',
        summary: 'List the members in the order of their creation',
        tags,
        params: OrganizationParams,
        querystring: MemberQuery,
        response: { 200: MemberList },
      },
    },
    async (request) => {
      const { status, userName, search, ...page } = request.query;
      const org = organizationOf(request);
      return await pageOf(
        options,
        { owner: org.id, list: `members ${JSON.stringify([status, userName, search])}`, page },
        ({ limit, from }) => listMembers(app, org, { limit, after: from?.id, status, userName, search }),
        shownMember,
      );
    },
  );

  api.get(
    '/organizations/:organization/members/:id',
    {
      config,
      schema: {
        operationId: 'readMember',
        summary: 'Read a member with what the provider asked',
        description: 'Removed members are found too.',
        tags,
        params: ItemParams,
        response: { 200: MemberDetail },
      },
    },
    async (request, reply) => {
      const { id } = request.params;
      const org = organizationOf(request);
      const found = await findListedMember(app, org, id);
      if (found === undefined) throw noSuchMember(id);
      reply.header('etag', entityTag(memberFacts(found)));
      const { origin, isAskedFor, unlockedUntil, scim: asked } = found;
      const subject = { isManaged: origin !== 'local', isAskedFor, unlockedUntil };
      const locks = await readLocks(app, org, ['edit-member', 'give-access'], subject, now());
      const { name: askedName, email: askedEmail = null } = profileOf(asked);
      return { ...shownMember(found), locks: locks.map(shownLock), askedName, askedEmail, asked };
    },
  );

  api.get(
    '/organizations/:organization/members/:id/teams',
    {
      config,
      schema: {
        operationId: 'listTeamsOfMember',
        summary: 'List the teams of a member, asked and in force',
        tags,
        params: ItemParams,
        querystring: closed(pageParameters),
        response: { 200: TeamOfMemberList },
      },
    },
    async (request) => {
      const { id } = request.params;
      const org = organizationOf(request);
      if ((await findListedMember(app, org, id)) === undefined) throw noSuchMember(id);
      return await pageOf(
        options,
        { owner: org.id, list: `teams of ${id}`, page: request.query },
        ({ limit, from }) => listTeamsOfMember(app, org, id, { limit, after: from?.id }),
        (team) => team,
      );
    },
  );
}

export const noSuchMember = (id: string) => problem('not_found', `There is no member ${id} in this organization.`);

/** A lock as it is shown: whoever reads it asked about edits of one person or team, and not about making one. */
export const shownLock = ({ edit, setting, wayOut }: LockedEdit) => ({
  edit: edit as Exclude<typeof edit, 'add-member'>,
  setting,
  wayOut,
});

/** What of a member can be changed here, and so makes its entity tag. */
export const memberFacts = ({
  version,
  status,
  name,
  email,
}: {
  version: number;
  status: string;
  name: string;
  email: string | undefined;
}) => [version, status, name, email];

export function shownMember(member: ListedMember): Member {
  return {
    id: member.id,
    userName: member.userName,
    externalId: member.externalId ?? null,
    name: member.name,
    email: member.email ?? null,
    waitingEmail:
      member.waiting === undefined
        ? null
        : { address: member.waiting.address, until: member.waiting.until.toISOString() },
    status: member.status,
    reason: member.reason,
    askedActive: member.askedActive,
    isAskedFor: member.isAskedFor,
    held: member.held ?? null,
    origin: member.origin,
    breakGlass: member.breakGlass,
    role: member.role,
    customRoles: [...member.customRoles],
    license: member.license ?? null,
    waitsFor: member.waitsFor ?? null,
    unlockedUntil: member.unlockedUntil?.toISOString() ?? null,
    teams: member.teams,
    createdAt: member.createdAt.toISOString(),
    updatedAt: member.updatedAt.toISOString(),
  };
}
