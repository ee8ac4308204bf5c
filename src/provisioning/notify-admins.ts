import { v7 as newUuid } from 'uuid';
import { insertAlert } from '../store/mail-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';

/** What admins are to be told: a word for programs, and a sentence that names the thing and what to do. */
export type Alert = { readonly kind: string; readonly says: string };

/**
 * Tells owners and admins of something by mail, if the transaction commits. The first alert goes out at once; those of the
 * next quarter of an hour come together in one mail.
 */
export function notifyAdmins(tx: OrgTransaction, { kind, says }: Alert, now: Date): void {
  insertAlert(tx, { id: newUuid({ msecs: now.getTime() }), kind, says, now });
}
