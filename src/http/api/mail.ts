import { Type } from 'typebox';
import { dropAddress } from '../../provisioning/confirm-address.ts';
import { followMailLink } from '../../provisioning/follow-link.ts';
import { withdrawInvitation } from '../../provisioning/invitation.ts';
import { type OpenedMail as Opened, readMail } from '../../provisioning/outbox.ts';
import { type Asked, type ListedMail, listConfirmations, listInvitations, listMails } from '../../store/mails.ts';
import { actingOf, organizationOf } from './caller.ts';
import type { ApiOptions } from './management-api.ts';
import { pageOf } from './paging.ts';
import { problem } from './problem.ts';
import {
  DoneLink,
  EmailConfirmationList,
  FollowedLink,
  type Invitation,
  InvitationList,
  type Mail,
  MailList,
  MailQuery,
  OpenedMail,
} from './schemas/mail.ts';
import { closed, ItemParams, OrganizationParams, pageParameters } from './schemas/parts.ts';
import type { TypedInstance } from './typebox-provider.ts';

const tags = ['Mail'];

/** The outbox, invitations, and links of mail for products that have a page of their own for them. */
export function mailRoutes(api: TypedInstance, options: ApiOptions): void {
  const { app, now, rates, secretKey } = options;

  api.get(
    '/organizations/:organization/outbox',
    {
      config: { guard: 'management', scope: 'mail:read' },
      schema: {
        operationId: 'listMail',
        summary: 'List the mail of an organization, the newest first',
        tags,
        params: OrganizationParams,
        querystring: MailQuery,
        response: { 200: MailList },
      },
    },
    async (request) => {
      const { state, ...page } = request.query;
      const org = organizationOf(request);
      return await pageOf(
        options,
        { owner: org.id, list: `outbox ${state ?? ''}`, page },
        ({ limit, from }) => listMails(app, org, { limit, before: from?.id, state }),
        shownMail,
      );
    },
  );

  api.get(
    '/organizations/:organization/outbox/:id',
    {
      config: { guard: 'management', scope: 'mail:read' },
      schema: {
        operationId: 'readMail',
        summary: 'Read a mail that was not sent',
        description: 'Whoever reads it can follow its links in the place of the person.',
        tags,
        params: ItemParams,
        response: { 200: OpenedMail },
      },
    },
    async (request) => {
      const { id } = request.params;
      const found = await readMail(app, organizationOf(request), id, secretKey);
      if (found === undefined) throw problem('not_found', `There is no mail ${id} in this organization.`);
      return shownOpened(found);
    },
  );

  api.get(
    '/organizations/:organization/invitations',
    {
      config: { guard: 'management', scope: 'members:read' },
      schema: {
        operationId: 'listInvitations',
        summary: 'List those who are invited and have not accepted',
        description: 'In the order of their creation, with the last mail about it.',
        tags,
        params: OrganizationParams,
        querystring: closed(pageParameters),
        response: { 200: InvitationList },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      return await pageOf(
        options,
        { owner: org.id, list: 'invitations', page: request.query },
        ({ limit, from }) => listInvitations(app, org, { limit, after: from?.id }),
        shownInvitation,
      );
    },
  );

  api.delete(
    '/organizations/:organization/invitations/:id',
    {
      config: { guard: 'management', scope: 'members:write' },
      schema: {
        operationId: 'withdrawInvitation',
        summary: 'Withdraw an invitation',
        description: 'The id is the member’s. Nobody accepts the invitation until the person is invited again.',
        tags,
        params: ItemParams,
        response: { 204: Type.Null({ description: 'It is withdrawn.' }) },
      },
    },
    async (request, reply) => {
      await withdrawInvitation(app, organizationOf(request), request.params.id, actingOf(request, now()));
      return reply.code(204).send(null);
    },
  );

  api.get(
    '/organizations/:organization/email-confirmations',
    {
      config: { guard: 'management', scope: 'members:read' },
      schema: {
        operationId: 'listEmailConfirmations',
        summary: 'List the e-mail addresses that wait for their person to confirm them',
        description:
          'In the order of the creation of the people, with the last mail about it. What is past `until` is over, and no link confirms it.',
        tags,
        params: OrganizationParams,
        querystring: closed(pageParameters),
        response: { 200: EmailConfirmationList },
      },
    },
    async (request) => {
      const org = organizationOf(request);
      return await pageOf(
        options,
        { owner: org.id, list: 'email confirmations', page: request.query },
        ({ limit, from }) => listConfirmations(app, org, { limit, after: from?.id }),
        (asked) => ({ ...shownInvitation(asked), address: asked.address }),
      );
    },
  );

  api.delete(
    '/organizations/:organization/email-confirmations/:id',
    {
      config: { guard: 'management', scope: 'members:write' },
      schema: {
        operationId: 'dropEmailConfirmation',
        summary: 'Drop an e-mail address that waits',
        description:
          'The id is the member’s. No link confirms it any more, and the provider asking for the same one again changes nothing.',
        tags,
        params: ItemParams,
        response: { 204: Type.Null({ description: 'It is over.' }) },
      },
    },
    async (request, reply) => {
      await dropAddress(app, organizationOf(request), request.params.id, actingOf(request, now()));
      return reply.code(204).send(null);
    },
  );

  api.post(
    '/links',
    {
      config: { guard: 'public' },
      schema: {
        operationId: 'followLink',
        summary: 'Do what a link of a mail is for',
        description:
          'The link is the proof; no key is needed. A link that is no longer valid is answered like one that never was.',
        tags,
        body: FollowedLink,
        response: { 200: DoneLink },
      },
    },
    async (request) => {
      rates.spendGuess(request.ip);
      const done = await followMailLink(app, request.body.link, now());
      if (done === undefined)
        throw problem(
          'not_found',
          'There is no such link, or it is no longer valid. Ask an admin of the organization for another mail.',
        );
      rates.giveBackGuess(request.ip);
      return { organization: done.organization.name, purpose: done.purpose as DoneLink['purpose'] };
    },
  );
}

function shownMail(mail: ListedMail): Mail {
  return {
    id: mail.id,
    kind: mail.kind,
    recipient: mail.recipient,
    subject: mail.subject ?? null,
    state: mail.state,
    attempts: mail.attempts,
    createdAt: mail.createdAt.toISOString(),
    nextAttemptAt: mail.state === 'waiting' ? mail.dueAt.toISOString() : null,
    endedAt: mail.endedAt?.toISOString() ?? null,
    problem: mail.problem ?? null,
  };
}

const shownOpened = (mail: Opened): OpenedMail => ({ ...shownMail(mail), text: mail.text ?? null });

function shownInvitation({ id, userName, name, email, until, mail }: Asked): Invitation {
  return {
    member: { id, userName, name, email: email ?? null },
    until: until?.toISOString() ?? null,
    mail:
      mail === undefined ? null : { ...mail, createdAt: mail.createdAt.toISOString(), problem: mail.problem ?? null },
  };
}
