/** People and teams who are in an organization, as an admin finds them, and what is said of whoever is not here yet. */
import { lockBatch } from '../store/held-rows.ts';
import { type LockedMember, lockMember } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { type LockedTeam, lockTeam } from '../store/team-writing.ts';

/**
 * Reads and locks a member who is there.
 *
 * @throws OperatorError not_found, or refused if the person is held
 */
export async function lockedMember(tx: OrgTransaction, id: string): Promise<LockedMember> {
  const member = await lockMember(tx, id, 'here');
  if (member === undefined) throw await noSuchMember(tx, id);
  return member;
}

/** Why there is no such member: nobody has the id, or the person is held and not here yet. */
export async function noSuchMember(tx: OrgTransaction, id: string): Promise<OperatorError> {
  const asked = await lockMember(tx, id);
  return asked?.inForce.status === 'held'
    ? await notHereYet(tx, String(asked.scim.userName), asked.heldBy)
    : new OperatorError('not_found', `There is no member ${id} in this organization.`);
}

/** A team that has a name in force. */
export type TeamHere = LockedTeam & { inForceName: string };

/**
 * Reads and locks a team that is there.
 *
 * @throws OperatorError not_found, or refused if the team is held
 */
export async function lockedTeam(tx: OrgTransaction, id: string): Promise<TeamHere> {
  const team = (await lockTeam(tx, id, 'here')) ?? (await lockTeam(tx, id));
  if (team === undefined) throw new OperatorError('not_found', `There is no team ${id} in this organization.`);
  const { inForceName } = team;
  if (inForceName === undefined) {
    throw await notHereYet(tx, `The team "${String(team.scim.displayName)}"`, team.heldBy);
  }
  return { ...team, inForceName };
}

async function notHereYet(tx: OrgTransaction, who: string, heldBy: string | undefined): Promise<OperatorError> {
  const batch = heldBy === undefined ? undefined : await lockBatch(tx, heldBy);
  const wayOut =
    batch?.state === 'discarded'
      ? 'the batch was discarded, so the next request of the provider about it decides'
      : `let the batch ${heldBy ?? ''} go first`;
  return new OperatorError('refused', `${who} is held and not here yet; ${wayOut}.`);
}

/** Whether the provider has deleted a person, and an admin discarded that: nobody asks for the person any more. */
export async function isLetGo(
  tx: OrgTransaction,
  { isAskedFor, heldBy }: Pick<LockedMember, 'isAskedFor' | 'heldBy'>,
): Promise<boolean> {
  if (isAskedFor || heldBy === undefined) return false;
  return (await lockBatch(tx, heldBy))?.state === 'discarded';
}
