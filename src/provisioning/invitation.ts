import type { Database } from '../store/database.ts';
import { type LockedMember, updateInvitation } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { Acting } from './acting.ts';
import { commitByHand } from './commit-by-hand.ts';
import { writeByHand } from './edit-member.ts';
import { lockedMember } from './locked.ts';
import { invitedUntil } from './note-invitation.ts';
import { memberRef } from './references.ts';

/**
 * Accepts an invitation in the name of the person: in force from now on, with a license if there is one (behaviors.md B30).
 *
 * @returns false if the person is active already
 * @throws OperatorError not_found, or refused if the person is suspended, the invitation is over, or there is no seat
 */
export async function acceptInvitation(db: Database, org: { id: string }, id: string, at: Acting): Promise<boolean> {
  return await commitByHand(db, org, at, async (tx, context) => {
    const member = await lockedMember(tx, id);
    const { inForce, scim, invitedUntil: until } = member;
    if (inForce.status === 'active') return { result: false, events: [] };
    assertInvited(member);
    if (until !== undefined && until <= context.now) {
      throw new OperatorError('refused', `The invitation of ${scim.userName} is over; invite the person again.`);
    }
    return await writeByHand(tx, member, { act: 'accepted', resource: scim, profile: inForce }, context);
  });
}

/**
 * Invites a person again, who then has the whole time to accept (behaviors.md B31).
 *
 * @returns until when the person may accept
 * @throws OperatorError not_found, or refused if the person is not invited
 */
export async function inviteAgain(db: Database, org: { id: string }, id: string, at: Acting): Promise<Date> {
  return await commitByHand(db, org, at, async (tx, { now }) => {
    const member = await lockedMember(tx, id);
    assertInvited(member);
    const until = invitedUntil(now);
    updateInvitation(tx, id, until);
    return { result: until, events: [{ kind: 'member.invited', data: { member: memberRef(id, member.scim), until } }] };
  });
}

function assertInvited({ inForce, scim }: LockedMember): void {
  if (inForce.status === 'invited') return;
  throw new OperatorError('refused', `${scim.userName} is ${inForce.status} and not invited.`);
}
