import { v7 as newUuid } from 'uuid';
import { limits } from '../limits.ts';
import { isMailAddress } from '../mail/address.ts';
import type { MailBody, MailKind } from '../mail/texts.ts';
import { insertMail, readMailsSince } from '../store/mail-writing.ts';
import type { LockedMember } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';

/** Whom a mail goes to, and the person whom it is about. */
export type Addressee = { readonly address: string | undefined; readonly memberId: string | undefined };

/**
 * Writes a mail that goes out when the transaction has committed: at least once, always with the same Message-ID. Nothing is
 * written for whom there is no address that mail can go to.
 */
export function requestMail(tx: OrgTransaction, body: MailBody, { address, memberId }: Addressee, now: Date): void {
  if (address === undefined || !isMailAddress(address)) return;
  const { kind, facts } = body;
  insertMail(tx, { id: newUuid({ msecs: now.getTime() }), kind, memberId, recipient: address, facts, now });
}

/** What a mail asks of a person, in the words of a refusal. */
type Asking = { kind: MailKind; asked: string; again: string };

/**
 * Holds that nobody's mailbox is filled (security.md R27). The member's lock makes those who ask at once wait for each other.
 *
 * @throws OperatorError too_soon
 */
export async function assertNotTooSoon(
  tx: OrgTransaction,
  { id, scim }: Pick<LockedMember, 'id' | 'scim'>,
  { kind, asked, again }: Asking,
  now: Date,
): Promise<void> {
  const dayMs = 86_400_000;
  const { count, last } = await readMailsSince(tx, id, kind, new Date(now.getTime() - dayMs));
  const pauseMs = count >= limits.invitationsPerDayMax ? dayMs : limits.invitationPauseSeconds * 1000;
  if (last === undefined || now.getTime() - last.getTime() >= pauseMs) return;
  const after = new Date(last.getTime() + pauseMs).toISOString();
  throw new OperatorError('too_soon', `${scim.userName} was ${asked} a short while ago; ${again} after ${after}.`);
}
