import type { LockedMember } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Acting } from './acting.ts';
import { lockedMember, lockedTeam, type TeamHere } from './here.ts';
import { assertMayGive, mayMakeOwners, saysOf } from './may-give.ts';

/**
 * Reads and locks a member whom somebody changes by hand: name, address, status, or whose they are. Whoever does that may become
 * who the member is or puts them in force, and so needs all that the member may do.
 *
 * @throws OperatorError not_found, refused, or forbidden
 */
export async function memberToChange(tx: OrgTransaction, id: string, at: Acting): Promise<LockedMember> {
  const member = await memberToTakeFrom(tx, id, at);
  const { role, customRoles } = member.access.inForce;
  const has = { roles: [role, ...customRoles] };
  await assertMayGive(tx, has, at, saysOf(String(member.scim.userName), 'has', has));
  return member;
}

/**
 * Reads and locks a member of whom somebody takes something by hand, and gives nothing. An owner is changed by owners and the
 * operator alone, also in this.
 *
 * @throws OperatorError not_found, or refused
 */
export async function memberToTakeFrom(tx: OrgTransaction, id: string, at: Acting): Promise<LockedMember> {
  const member = await lockedMember(tx, id);
  if (member.access.inForce.role === 'owner' && !(await mayMakeOwners(tx, at))) {
    throw new OperatorError(
      'refused',
      `${member.scim.userName} is an owner: only an owner or the operator changes an owner.`,
    );
  }
  return member;
}

/**
 * Reads and locks a team that somebody changes by hand: its name, who comes into it, or whose it is, which says to whom the team
 * gives what it gives.
 *
 * @throws OperatorError not_found, refused, or forbidden
 */
export async function teamToChange(tx: OrgTransaction, id: string, at: Acting): Promise<TeamHere> {
  const team = await teamToTakeFrom(tx, id, at);
  const { role, license } = team.grants;
  const gives = { roles: role === undefined ? [] : [role], license: license !== undefined };
  await assertMayGive(tx, gives, at, saysOf(`The team "${team.inForceName}"`, 'gives', gives));
  return team;
}

/**
 * Reads and locks a team that somebody takes people out of by hand, or removes. A team that makes owners is changed by owners and
 * the operator alone, also in this.
 *
 * @throws OperatorError not_found, or refused
 */
export async function teamToTakeFrom(tx: OrgTransaction, id: string, at: Acting): Promise<TeamHere> {
  const team = await lockedTeam(tx, id);
  if (team.grants.role === 'owner' && !(await mayMakeOwners(tx, at))) {
    throw new OperatorError(
      'refused',
      `The team "${team.inForceName}" makes owners: only an owner or the operator changes it.`,
    );
  }
  return team;
}
