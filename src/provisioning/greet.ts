import { limits } from '../limits.ts';
import { updateInvitation } from '../store/member-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';

/** Notes until when somebody who is invited from now on may accept. */
export function noteInvitation(tx: OrgTransaction, memberId: string, status: string, now: Date): void {
  if (status === 'invited') updateInvitation(tx, memberId, invitedUntil(now));
}

/** Until when an invitation of now may be accepted. */
export const invitedUntil = (now: Date) => new Date(now.getTime() + limits.invitationDays * 86_400_000);
