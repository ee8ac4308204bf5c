import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { Profile } from '../organization/plan.ts';
import type { Database } from '../store/database.ts';
import { deleteLink, withdrawMails } from '../store/mail-writing.ts';
import { type LockedMember, updateWaitingAddress } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Acting } from './acting.ts';
import { type ByHand, commitByHand } from './commit-by-hand.ts';
import type { Outcome } from './commit-change.ts';
import { writeByHand } from './edit-member.ts';
import { lockedMember } from './locked.ts';
import { memberRef } from './references.ts';
import { requestMail } from './request-mail.ts';

/**
 * Settles what becomes of the address of a member whose asked side was written: whether it waits for the person (K3), and who is
 * written to. The address that is in force learns what is asked, and what is in force instead of it.
 *
 * @param waiting the address that waits from now on
 * @param after the profile in force from now on
 */
export function settleAddress(
  tx: OrgTransaction,
  { id, inForce: before, scim, waiting: waited }: Pick<LockedMember, 'id' | 'inForce' | 'scim' | 'waiting'>,
  { waiting, after, now }: { waiting: string | undefined; after: Profile & { status: string }; now: Date },
): FeedEventBody[] {
  if (waiting === waited?.address) return tellOldAddress(tx, id, before, after, now);
  if (waited !== undefined) endConfirmation(tx, id, now);
  const until = waiting === undefined ? undefined : new Date(now.getTime() + limits.confirmationDays * 86_400_000);
  updateWaitingAddress(tx, id, waiting === undefined || until === undefined ? undefined : { address: waiting, until });
  if (waiting === undefined || until === undefined) return tellOldAddress(tx, id, before, after, now);
  const facts = { name: after.name, until: until.toISOString() };
  requestMail(tx, { kind: 'email-confirmation', facts }, { address: waiting, memberId: id }, now);
  requestMail(tx, { kind: 'email-asked', facts: { name: after.name } }, { address: before.email, memberId: id }, now);
  return [{ kind: 'member.address_waits', data: { member: memberRef(id, scim), address: waiting, until } }];
}

function tellOldAddress(
  tx: OrgTransaction,
  memberId: string,
  before: Profile,
  after: Profile & { status: string },
  now: Date,
): FeedEventBody[] {
  if (before.email !== undefined && before.email !== after.email && after.status === 'active') {
    const addressee = { address: before.email, memberId };
    requestMail(tx, { kind: 'email-changed', facts: { name: before.name } }, addressee, now);
  }
  return [];
}

function endConfirmation(tx: OrgTransaction, memberId: string, now: Date): void {
  withdrawMails(tx, memberId, 'email-confirmation', now);
  deleteLink(tx, memberId, 'email');
}

/**
 * Puts the address in force that waits for a person's confirmation, in the name of the person.
 *
 * @returns false if none waits
 * @throws OperatorError not_found, or refused if the person is not active
 */
export async function confirmAddress(db: Database, org: { id: string }, id: string, at: Acting): Promise<boolean> {
  return await commitByHand(db, org, at, async (tx, context) => confirmLocked(tx, await lockedMember(tx, id), context));
}

/** The same, of a locked member. */
export async function confirmLocked(
  tx: OrgTransaction,
  member: LockedMember,
  context: ByHand,
): Promise<Outcome<boolean>> {
  const { id, inForce, scim, waiting } = member;
  if (waiting === undefined) return { result: false, events: [] };
  if (inForce.status !== 'active') {
    throw new OperatorError(
      'refused',
      `${scim.userName} is ${inForce.status}; an address is confirmed for who is active.`,
    );
  }
  endConfirmation(tx, id, context.now);
  updateWaitingAddress(tx, id, undefined);
  const profile = { name: inForce.name, email: waiting.address };
  const outcome = await writeByHand(tx, member, { act: 'address-confirmed', resource: scim, profile }, context);
  tellOldAddress(tx, id, inForce, { ...profile, status: inForce.status }, context.now);
  return outcome;
}
