import type { Database } from '../store/database.ts';
import { deleteLink } from '../store/mail-writing.ts';
import { updateInvitation } from '../store/member-state-writing.ts';
import type { LockedMember } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Acting } from './acting.ts';
import { type ByHand, commitByHand } from './commit-by-hand.ts';
import type { Outcome } from './commit-change.ts';
import { writeByHand } from './edit-member.ts';
import { endInvitationMail, invite } from './invitation-mail.ts';
import { memberToChange, memberToTakeFrom } from './locked.ts';
import { memberRef } from './references.ts';
import { assertNotTooSoon } from './request-mail.ts';

/**
 * Accepts an invitation in the name of the person: in force from now on, with a license if there is one (behaviors.md B30).
 *
 * @returns false if the person is active already
 * @throws OperatorError not_found, or refused if the person is suspended, the invitation is over, or there is no seat
 */
export async function acceptInvitation(db: Database, org: { id: string }, id: string, at: Acting): Promise<boolean> {
  return await commitByHand(db, org, at, async (tx, context) => {
    const member = await memberToChange(tx, id, at);
    if (member.inForce.status === 'active') return { result: false, events: [] };
    deleteLink(tx, id, 'invitation');
    return await acceptLocked(tx, member, context);
  });
}

/**
 * Accepts the invitation of a locked member.
 *
 * @throws OperatorError refused if the person is not invited or no longer, or there is no seat
 */
export async function acceptLocked(
  tx: OrgTransaction,
  member: LockedMember,
  context: ByHand,
): Promise<Outcome<boolean>> {
  assertInvited(member);
  const { inForce, scim, invitedUntil: until } = member;
  if (until !== undefined && until <= context.now) {
    throw new OperatorError('refused', `The invitation of ${scim.userName} is over; invite the person again.`);
  }
  return await writeByHand(tx, member, { act: 'accepted', resource: scim, profile: inForce }, context);
}

/**
 * Invites a person again, by mail, who then has the whole time to accept (behaviors.md B31). The link of an earlier mail ends.
 *
 * @returns until when the person may accept
 * @throws OperatorError not_found, refused if the person is not invited, or too_soon after another mail
 */
export async function inviteAgain(db: Database, org: { id: string }, id: string, at: Acting): Promise<Date> {
  return await commitByHand(db, org, at, async (tx, { now }) => {
    const member = await memberToChange(tx, id, at);
    assertInvited(member);
    await assertNotTooSoon(tx, member, { kind: 'invitation', asked: 'invited', again: 'invite them again' }, now);
    endInvitationMail(tx, id, now);
    const { name, email } = member.inForce;
    const until = invite(tx, { id, name, email }, now);
    return { result: until, events: [{ kind: 'member.invited', data: { member: memberRef(id, member.scim), until } }] };
  });
}

/**
 * Withdraws an invitation: nobody accepts it any more, by a link or in the person's name, until the person is invited again.
 *
 * @returns false if it is over already
 * @throws OperatorError not_found, or refused if the person is not invited
 */
export async function withdrawInvitation(db: Database, org: { id: string }, id: string, at: Acting): Promise<boolean> {
  return await commitByHand(db, org, at, async (tx, { now }) => {
    const member = await memberToTakeFrom(tx, id, at);
    assertInvited(member);
    const { invitedUntil: until } = member;
    if (until !== undefined && until <= now) return { result: false, events: [] };
    endInvitationMail(tx, id, now);
    updateInvitation(tx, id, now);
    const data = { member: memberRef(id, member.scim) };
    return { result: true, events: [{ kind: 'member.invitation_withdrawn', data }] };
  });
}

function assertInvited({ inForce, scim }: LockedMember): void {
  if (inForce.status === 'invited') return;
  throw new OperatorError('refused', `${scim.userName} is ${inForce.status} and not invited.`);
}
