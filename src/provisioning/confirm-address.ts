import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { Profile } from '../organization/plan.ts';
import type { Database } from '../store/database.ts';
import { deleteLink, withdrawMails } from '../store/mail-writing.ts';
import { updateWaitingAddress } from '../store/member-state-writing.ts';
import type { LockedMember } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Acting } from './acting.ts';
import { type ByHand, commitByHand } from './commit-by-hand.ts';
import type { Outcome } from './commit-change.ts';
import { writeByHand } from './edit-member.ts';
import { memberToChange, memberToTakeFrom } from './locked.ts';
import { memberRef } from './references.ts';
import { assertNotTooSoon, requestMail } from './request-mail.ts';

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
  if (waiting === undefined) {
    updateWaitingAddress(tx, id, undefined);
    tellOldAddress(tx, id, before, after, now);
    return waited !== undefined && waited.until > now ? [addressDropped({ id, scim }, waited.address)] : [];
  }
  const until = askToConfirm(tx, { id, name: after.name }, waiting, now);
  requestMail(tx, { kind: 'email-asked', facts: { name: after.name } }, { address: before.email, memberId: id }, now);
  return [addressWaits({ id, scim }, waiting, until)];
}

/** Lets an address wait from now on, and writes to it. */
function askToConfirm(
  tx: OrgTransaction,
  { id, name }: { id: string; name: string },
  address: string,
  now: Date,
): Date {
  const until = new Date(now.getTime() + limits.confirmationDays * 86_400_000);
  updateWaitingAddress(tx, id, { address, until });
  const facts = { name, until: until.toISOString() };
  requestMail(tx, { kind: 'email-confirmation', facts }, { address, memberId: id }, now);
  return until;
}

const addressWaits = (
  { id, scim }: Pick<LockedMember, 'id' | 'scim'>,
  address: string,
  until: Date,
): FeedEventBody => ({ kind: 'member.address_waits', data: { member: memberRef(id, scim), address, until } });

const addressDropped = ({ id, scim }: Pick<LockedMember, 'id' | 'scim'>, address: string): FeedEventBody => ({
  kind: 'member.address_dropped',
  data: { member: memberRef(id, scim), address },
});

function assertConfirms({ inForce, scim }: LockedMember): void {
  if (inForce.status === 'active') return;
  throw new OperatorError(
    'refused',
    `${scim.userName} is ${inForce.status}; an address is confirmed for who is active.`,
  );
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
  return await commitByHand(db, org, at, async (tx, context) =>
    confirmLocked(tx, await memberToChange(tx, id, at), context),
  );
}

/**
 * Writes once more to the address that waits, which has the whole time again, also where an admin had dropped it. The link of an
 * earlier mail ends.
 *
 * @returns until when the person may confirm it
 * @throws OperatorError not_found, refused if none waits or the person is not active, or too_soon after another mail
 */
export async function resendConfirmation(db: Database, org: { id: string }, id: string, at: Acting): Promise<Date> {
  return await commitByHand(db, org, at, async (tx, { now }) => {
    const member = await memberToChange(tx, id, at);
    const { waiting, inForce, scim } = member;
    if (waiting === undefined) {
      throw new OperatorError('refused', `No address of ${scim.userName} waits for a confirmation.`);
    }
    assertConfirms(member);
    await assertNotTooSoon(tx, member, { kind: 'email-confirmation', asked: 'written to', again: 'write again' }, now);
    endConfirmation(tx, id, now);
    const until = askToConfirm(tx, { id, name: inForce.name }, waiting.address, now);
    return { result: until, events: [addressWaits(member, waiting.address, until)] };
  });
}

/**
 * Drops the address that waits: no link confirms it any more. The provider asking for it once more changes nothing; it is over
 * until the provider asks for another one, or an admin sends the mail again.
 *
 * @returns false if none waits, or it is over already
 * @throws OperatorError not_found
 */
export async function dropAddress(db: Database, org: { id: string }, id: string, at: Acting): Promise<boolean> {
  return await commitByHand(db, org, at, async (tx, { now }) => {
    const member = await memberToTakeFrom(tx, id, at);
    const { waiting } = member;
    if (waiting === undefined || waiting.until <= now) return { result: false, events: [] };
    endConfirmation(tx, id, now);
    updateWaitingAddress(tx, id, { address: waiting.address, until: now });
    return { result: true, events: [addressDropped(member, waiting.address)] };
  });
}

/** The same as `confirmAddress`, of a locked member. */
export async function confirmLocked(
  tx: OrgTransaction,
  member: LockedMember,
  context: ByHand,
): Promise<Outcome<boolean>> {
  const { id, inForce, scim, waiting } = member;
  if (waiting === undefined) return { result: false, events: [] };
  assertConfirms(member);
  endConfirmation(tx, id, context.now);
  updateWaitingAddress(tx, id, undefined);
  const profile = { name: inForce.name, email: waiting.address };
  const outcome = await writeByHand(tx, member, { act: 'address-confirmed', resource: scim, profile }, context);
  tellOldAddress(tx, id, inForce, { ...profile, status: inForce.status }, context.now);
  return outcome;
}
