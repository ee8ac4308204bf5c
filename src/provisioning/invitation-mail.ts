import { limits } from '../limits.ts';
import type { Policy } from '../organization/policy.ts';
import { deleteLink, withdrawMails } from '../store/mail-writing.ts';
import { updateInvitation } from '../store/member-state-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { requestMail } from './request-mail.ts';

/** Somebody as mail knows them: what they are called, and where mail goes. */
export type MailPerson = { readonly id: string; readonly name: string; readonly email: string | undefined };

/** Invites somebody by mail, and notes until when they may accept. */
export function invite(tx: OrgTransaction, { id, name, email }: MailPerson, now: Date): Date {
  const until = invitedUntil(now);
  updateInvitation(tx, id, until);
  const facts = { name, until: until.toISOString() };
  requestMail(tx, { kind: 'invitation', facts }, { address: email, memberId: id }, now);
  return until;
}

/** Ends the mail of an invitation and its link: what was sent leads nowhere. */
export function endInvitationMail(tx: OrgTransaction, memberId: string, now: Date): void {
  withdrawMails(tx, memberId, 'invitation', now);
  deleteLink(tx, memberId, 'invitation');
}

/** Writes to somebody who is new: an invitation to whom has to accept one, and a welcome if the organization wants it (K15). */
export function mailNewMember(
  tx: OrgTransaction,
  person: MailPerson & { readonly status: string },
  { invitation }: Policy,
  now: Date,
): void {
  const { id, name, email, status } = person;
  if (status === 'invited') invite(tx, person, now);
  else if (status === 'active' && invitation === 'welcome') {
    requestMail(tx, { kind: 'welcome', facts: { name } }, { address: email, memberId: id }, now);
  }
}

/** Until when an invitation of now may be accepted. */
const invitedUntil = (now: Date) => new Date(now.getTime() + limits.invitationDays * 86_400_000);
