import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { MemberOrigin, TeamOrigin } from '../organization/lifecycle.ts';
import type { Database } from '../store/database.ts';
import { updateMemberUnlocked } from '../store/member-state-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { updateTeamUnlocked } from '../store/team-writing.ts';
import type { Acting } from './acting.ts';
import { commitByHand } from './commit-by-hand.ts';
import { memberToChange, teamToChange } from './locked.ts';
import { memberRef, teamRef } from './references.ts';

type Unlock = (db: Database, org: { id: string }, id: string, hours: number, at: Acting) => Promise<Date | undefined>;

/**
 * Opens the locks on one member for some hours; then they are closed again by themselves. Zero hours close them now.
 *
 * @returns until when it is open; undefined if it is closed
 * @throws OperatorError not_found, setting_invalid for too many hours, or refused if no provider manages the member
 */
export const unlockMember: Unlock = async (db, org, id, hours, at) =>
  await openLocks(db, org, hours, at, async (tx, until) => {
    const { origin, scim, unlockedUntil } = await memberToChange(tx, id, at);
    assertManaged(origin, String(scim.userName));
    updateMemberUnlocked(tx, id, until);
    return { kind: 'member.unlocked', data: { member: memberRef(id, scim), ...changed(unlockedUntil, until) } };
  });

/** The same for one team. */
export const unlockTeam: Unlock = async (db, org, id, hours, at) =>
  await openLocks(db, org, hours, at, async (tx, until) => {
    const { origin, inForceName, unlockedUntil } = await teamToChange(tx, id, at);
    assertManaged(origin, `The team "${inForceName}"`);
    updateTeamUnlocked(tx, id, until);
    return { kind: 'team.unlocked', data: { team: teamRef(id, inForceName), ...changed(unlockedUntil, until) } };
  });

async function openLocks(
  db: Database,
  org: { id: string },
  hours: number,
  at: Acting,
  open: (tx: OrgTransaction, until: Date | undefined) => Promise<FeedEventBody>,
): Promise<Date | undefined> {
  const until = untilAfter(hours, at.now);
  await commitByHand(db, org, at, async (tx) => ({ result: undefined, events: [await open(tx, until)] }));
  return until;
}

function assertManaged(origin: MemberOrigin | TeamOrigin, what: string): void {
  if (origin === 'local')
    throw new OperatorError('refused', `${what} is managed by no provider, so there is no lock to open.`);
}

const changed = (before: Date | undefined, until: Date | undefined) => ({
  before: before ?? null,
  until: until ?? null,
});

function untilAfter(hours: number, now: Date): Date | undefined {
  if (!Number.isInteger(hours) || hours < 0 || hours > limits.unlockHoursMax) {
    throw new OperatorError(
      'setting_invalid',
      `The hours for which it is unlocked must be a whole number from 0 to ${limits.unlockHoursMax}; 0 locks it now.`,
    );
  }
  return hours === 0 ? undefined : new Date(now.getTime() + hours * 3_600_000);
}
