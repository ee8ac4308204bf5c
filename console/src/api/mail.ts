/** Mail, invitations, addresses that wait, and domains. */
import type { Domain, DomainList } from '../../../src/http/api/schemas/domain.ts';
import type {
  EmailConfirmationList,
  InvitationList,
  MailList,
  OpenedMail,
} from '../../../src/http/api/schemas/mail.ts';
import { askWithKeptKey, pathOf, sendWithKeptKey } from './transport.ts';

/** The newest mail of an organization. */
export async function loadOutbox(slug: string, signal: AbortSignal): Promise<MailList> {
  return await askWithKeptKey(`${pathOf(slug)}/outbox?limit=50`, signal);
}

/** One mail with its text, if it was not sent. */
export async function loadMail(slug: string, id: string, signal: AbortSignal): Promise<OpenedMail> {
  return await askWithKeptKey(`${pathOf(slug)}/outbox/${encodeURIComponent(id)}`, signal);
}

export async function loadInvitations(slug: string, signal: AbortSignal): Promise<InvitationList> {
  return await askWithKeptKey(`${pathOf(slug)}/invitations?limit=50`, signal);
}

export async function inviteAgain(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/members/${encodeURIComponent(id)}/invite`);
}

export async function acceptInvitation(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/members/${encodeURIComponent(id)}/accept`);
}

export async function withdrawInvitation(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('DELETE', `${pathOf(slug)}/invitations/${encodeURIComponent(id)}`);
}

/** The e-mail addresses that wait for their person to confirm them. */
export async function loadConfirmations(slug: string, signal: AbortSignal): Promise<EmailConfirmationList> {
  return await askWithKeptKey(`${pathOf(slug)}/email-confirmations?limit=50`, signal);
}

export async function resendConfirmation(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/members/${encodeURIComponent(id)}/resend-confirmation`);
}

/** Confirms the address in the name of the person. */
export async function confirmAddress(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/members/${encodeURIComponent(id)}/confirm-email`);
}

export async function dropAddress(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('DELETE', `${pathOf(slug)}/email-confirmations/${encodeURIComponent(id)}`);
}

export async function loadDomains(slug: string, signal: AbortSignal): Promise<DomainList> {
  return await askWithKeptKey(`${pathOf(slug)}/domains`, signal);
}

export async function addDomain(slug: string, name: string): Promise<Domain> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/domains`, { name });
}

export async function checkDomain(slug: string, name: string): Promise<Domain> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/domains/${encodeURIComponent(name)}/check`);
}

export async function removeDomain(slug: string, name: string): Promise<void> {
  await sendWithKeptKey('DELETE', `${pathOf(slug)}/domains/${encodeURIComponent(name)}`);
}
