import { Type } from 'typebox';
import { addMember } from '../../provisioning/add-member.ts';
import { confirmAddress, resendConfirmation } from '../../provisioning/confirm-address.ts';
import { editMember, removeMember, restoreMember, suspendMember } from '../../provisioning/edit-member.ts';
import { acceptInvitation, inviteAgain } from '../../provisioning/invitation.ts';
import { allowLinking, unlinkMember } from '../../provisioning/link-member.ts';
import { returnMember } from '../../provisioning/return-member.ts';
import { setBreakGlass } from '../../provisioning/set-break-glass.ts';
import { unlockMember } from '../../provisioning/unlock.ts';
import { findListedMember } from '../../store/member-list.ts';
import { actingOf, type NamedOrganization, organizationOf } from './caller.ts';
import { createdSchema, createInOrganization, sharedEditRoutes } from './edit-routes.ts';
import { assertMatch, entityTag } from './entity-tag.ts';
import type { ApiOptions } from './management-api.ts';
import { memberFacts, noSuchMember, shownMember } from './members.ts';
import { BreakGlass, LinkedMember, Member, MemberChange, NewMember } from './schemas/member.ts';
import { ItemParams, OrganizationParams } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Members'];
const config = { guard: 'management', scope: 'members:write' } as const;

const CreatedMember = createdSchema('CreatedMember');

/** What admins do to people. Where the provider manages them, locks say what (docs/reference/lifecycle.md). */
export function memberEditRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now } = options;

  const found = async (org: NamedOrganization, id: string) => {
    const member = await findListedMember(app, org, id);
    if (member === undefined) throw noSuchMember(id);
    return member;
  };

  api.post(
    '/organizations/:organization/members',
    {
      config,
      schema: {
        operationId: 'addMember',
        summary: 'Make a local member',
        description:
          'While the connection is on, people come from the provider, and only the operator makes one beside it.',
        tags,
        params: OrganizationParams,
        body: NewMember,
        response: { 201: CreatedMember },
      },
    },
    (request, reply) =>
      createInOrganization(request, reply, options, 'members', (org, at) => addMember(app, org, request.body, at)),
  );

  api.patch(
    '/organizations/:organization/members/:id',
    {
      config,
      schema: {
        operationId: 'editMember',
        summary: 'Change a member',
        description:
          'Of a person whom the provider manages only the name and the address in force can be changed, where no lock is on them, and until its next request. With `If-Match` only what was read is changed.',
        tags,
        params: ItemParams,
        body: MemberChange,
        response: { 200: Member },
      },
    },
    async (request, reply) => {
      const org = organizationOf(request);
      const { id } = request.params;
      await editMember(app, org, id, request.body, actingOf(request, now()), ({ version, inForce }) =>
        assertMatch(request, memberFacts({ version, ...inForce })),
      );
      const member = await found(org, id);
      reply.header('etag', entityTag(memberFacts(member)));
      return shownMember(member);
    },
  );

  for (const [act, operationId, run, summary, description] of [
    ['suspend', 'suspendMember', suspendMember, 'Suspend a member'],
    ['restore', 'restoreMember', restoreMember, 'Restore a suspended member'],
    ['accept', 'acceptInvitation', acceptInvitation, 'Accept an invitation in the name of the person'],
    [
      'confirm-email',
      'confirmEmail',
      confirmAddress,
      'Confirm the e-mail address that waits, in the name of the person',
    ],
    [
      'resend-confirmation',
      'resendConfirmation',
      resendConfirmation,
      'Write once more to the e-mail address that waits, which then has the whole time',
    ],
    ['invite', 'inviteAgain', inviteAgain, 'Invite a person again, who then has the whole time to accept'],
    [
      'unlink',
      'unlinkMember',
      unlinkMember,
      'Part a member from the provider',
      'The member stays as they are, and is not taken over again until an admin allows it.',
    ],
  ] as const) {
    api.post(
      `/organizations/:organization/members/:id/${act}`,
      {
        config,
        schema: {
          operationId,
          summary,
          ...(description === undefined ? {} : { description }),
          tags,
          params: ItemParams,
          response: { 200: Member },
        },
      },
      async (request) => {
        const org = organizationOf(request);
        const { id } = request.params;
        await run(app, org, id, actingOf(request, now()));
        return shownMember(await found(org, id));
      },
    );
  }

  api.post(
    '/organizations/:organization/members/:id/link',
    {
      config,
      schema: {
        operationId: 'linkMember',
        summary: 'Let the provider take over a local member',
        description:
          'With its next request about the person, whatever the policy. Nobody who administers the organization is linked in another way.',
        tags,
        params: ItemParams,
        body: LinkedMember,
        response: { 204: Type.Null({ description: 'It is allowed.' }) },
      },
    },
    async (request, reply) => {
      const { confirm } = request.body;
      await allowLinking(app, organizationOf(request), request.params.id, confirm, actingOf(request, now()));
      return reply.code(204).send(null);
    },
  );

  api.put(
    '/organizations/:organization/members/:id/break-glass',
    {
      config,
      schema: {
        operationId: 'setBreakGlass',
        summary: 'Set a member apart as a way in, or end that',
        description:
          'No request of the provider touches such a person. They are local, active and an owner or an admin; the setting breakGlassAccounts says how many there may be.',
        tags,
        params: ItemParams,
        body: BreakGlass,
        response: { 200: Member },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      const { id } = request.params;
      await setBreakGlass(app, org, id, request.body.breakGlass, actingOf(request, now()));
      return shownMember(await found(org, id));
    },
  );

  sharedEditRoutes(api, options, {
    of: 'members',
    noun: 'member',
    config,
    tags,
    created: CreatedMember,
    bringBack: {
      act: 'return',
      operationId: 'returnMember',
      summary: 'Bring a removed member back',
      description:
        'While they are remembered: as a local member with an id of their own, and with the role, license and teams that an admin had given. While the connection is on, people come from the provider (K8).',
      run: returnMember,
    },
    unlock: { operationId: 'unlockMember', summary: 'Open the locks on a member for some hours', run: unlockMember },
    remove: { operationId: 'removeMember', summary: 'Remove a member', run: removeMember },
  });
}
