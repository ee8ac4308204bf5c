import { type LockedMember, lockMember } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { type LockedTeam, lockTeam } from '../store/team-writing.ts';
import type { Acting } from './acting.ts';
import { mayMakeOwners } from './give-access.ts';

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

/**
 * Reads and locks a member whom somebody changes by hand: name, address, status, or whose they are. An owner is changed by owners
 * and the operator alone, for whoever may rename, suspend or hand over an owner may be one.
 *
 * @throws OperatorError not_found, or refused
 */
export async function memberToChange(tx: OrgTransaction, id: string, at: Acting): Promise<LockedMember> {
  const member = await lockedMember(tx, id);
  if (member.access.inForce.role === 'owner' && !(await mayMakeOwners(tx, at))) {
    throw new OperatorError(
      'refused',
      `${member.scim.userName} is an owner: only an owner or the operator changes an owner.`,
    );
  }
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

/**
 * Reads and locks a team that somebody changes by hand: its name, its people, or whose it is. A team that makes owners is
 * changed by owners and the operator alone.
 *
 * @throws OperatorError not_found, or refused
 */
export async function teamToChange(tx: OrgTransaction, id: string, at: Acting): Promise<TeamHere> {
  const team = await lockedTeam(tx, id);
  if (team.grants.role === 'owner' && !(await mayMakeOwners(tx, at))) {
    throw new OperatorError(
      'refused',
      `The team "${team.inForceName}" makes owners: only an owner or the operator changes it.`,
    );
  }
  return team;
}
