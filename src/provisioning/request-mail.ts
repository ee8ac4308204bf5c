import { v7 as newUuid } from 'uuid';
import { isMailAddress } from '../mail/address.ts';
import type { MailBody } from '../mail/texts.ts';
import { insertMail } from '../store/mail-writing.ts';
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
