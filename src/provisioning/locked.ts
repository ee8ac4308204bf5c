import { type LockedMember, lockMember } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { type LockedTeam, lockTeam } from '../store/team-writing.ts';

/**
 * Reads and locks a member who is there.
 *
 * @throws OperatorError not_found
 */
export async function lockedMember(tx: OrgTransaction, id: string): Promise<LockedMember> {
  const member = await lockMember(tx, id, 'here');
  if (member === undefined) throw new OperatorError('not_found', `There is no member ${id} in this organization.`);
  return member;
}

/** A team that has a name in force. */
export type TeamHere = LockedTeam & { inForceName: string };

/**
 * Reads and locks a team that is there.
 *
 * @throws OperatorError not_found
 */
export async function lockedTeam(tx: OrgTransaction, id: string): Promise<TeamHere> {
  const team = await lockTeam(tx, id, 'here');
  if (team?.inForceName === undefined)
    throw new OperatorError('not_found', `There is no team ${id} in this organization.`);
  return { ...team, inForceName: team.inForceName };
}
