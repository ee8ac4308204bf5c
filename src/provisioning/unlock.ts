import { limits } from '../limits.ts';
import type { Database } from '../store/database.ts';
import { updateMemberUnlocked } from '../store/member-state-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { updateTeamUnlocked } from '../store/team-writing.ts';
import type { Acting } from './acting.ts';
import { commitByHand } from './commit-by-hand.ts';
import { memberToChange, teamToChange } from './locked.ts';
import { memberRef, teamRef } from './references.ts';

/**
 * Opens the locks on one member for some hours; then they are closed again by themselves. Zero hours close them now.
 *
 * @returns until when it is open; undefined if it is closed
 * @throws OperatorError not_found, setting_invalid for too many hours, or refused if no provider manages the member
 */
export async function unlockMember(
  db: Database,
  org: { id: string },
  id: string,
  hours: number,
  at: Acting,
): Promise<Date | undefined> {
  const until = untilAfter(hours, at.now);
  await commitByHand(db, org, at, async (tx) => {
    const { origin, scim, unlockedUntil } = await memberToChange(tx, id, at);
    if (origin === 'local')
      throw new OperatorError('refused', `${scim.userName} is not locked: no provider manages them.`);
    updateMemberUnlocked(tx, id, until);
    const data = { member: memberRef(id, scim), before: unlockedUntil ?? null, until: until ?? null };
    return { result: undefined, events: [{ kind: 'member.unlocked', data }] };
  });
  return until;
}

/**
 * The same for one team.
 *
 * @throws OperatorError not_found, setting_invalid for too many hours, or refused if no provider manages the team
 */
export async function unlockTeam(
  db: Database,
  org: { id: string },
  id: string,
  hours: number,
  at: Acting,
): Promise<Date | undefined> {
  const until = untilAfter(hours, at.now);
  await commitByHand(db, org, at, async (tx) => {
    const { origin, inForceName, unlockedUntil } = await teamToChange(tx, id, at);
    if (origin === 'local') {
      throw new OperatorError('refused', `The team "${inForceName}" is not locked: no provider manages it.`);
    }
    updateTeamUnlocked(tx, id, until);
    const data = { team: teamRef(id, inForceName), before: unlockedUntil ?? null, until: until ?? null };
    return { result: undefined, events: [{ kind: 'team.unlocked', data }] };
  });
  return until;
}

function untilAfter(hours: number, now: Date): Date | undefined {
  if (!Number.isInteger(hours) || hours < 0 || hours > limits.unlockHoursMax) {
    throw new OperatorError(
      'setting_invalid',
      `The hours for which it is unlocked must be a whole number from 0 to ${limits.unlockHoursMax}; 0 locks it now.`,
    );
  }
  return hours === 0 ? undefined : new Date(now.getTime() + hours * 3_600_000);
}
