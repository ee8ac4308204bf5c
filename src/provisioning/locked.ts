/** Members and teams that somebody changes by hand, locked, and what is said where one is not there or not theirs to change. */
import { lockBatch } from '../store/held-rows.ts';
import { type LockedMember, lockMember } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { type LockedTeam, lockTeam } from '../store/team-writing.ts';
import type { Acting } from './acting.ts';
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

/**
 * Holds that no batch has still to take away what the provider has deleted: until it is let go or discarded, nobody knows whose that is.
 *
 * @throws OperatorError refused
 */
export async function assertDeletionNotHeld(
  tx: OrgTransaction,
  found: Pick<LockedMember, 'isAskedFor' | 'heldBy'>,
  who: string,
): Promise<void> {
  if (found.isAskedFor || (await isDeletionDiscarded(tx, found))) return;
  throw new OperatorError(
    'refused',
    `The provider has deleted ${who}, which is held; let the batch go or discard it first.`,
  );
}

/** Whether the provider has deleted a person or a team, and an admin discarded that: nobody asks for it any more. */
export async function isDeletionDiscarded(
  tx: OrgTransaction,
  { isAskedFor, heldBy }: Pick<LockedMember, 'isAskedFor' | 'heldBy'>,
): Promise<boolean> {
  if (isAskedFor || heldBy === undefined) return false;
  return (await lockBatch(tx, heldBy))?.state === 'discarded';
}
