import type { FeedEventBody } from '../events/feed.ts';
import { type BrakeCounts, brakeLimits, counted } from '../organization/brake.ts';
import type { TeamAct } from '../organization/lifecycle.ts';
import type { MembershipSides, Reason } from '../organization/plan.ts';
import type { Policy } from '../organization/policy.ts';
import { isAdministrative } from '../organization/roles.ts';
import { groupType } from '../scim/resource-types.ts';
import { deleteValuesOf } from '../store/attribute-value-writing.ts';
import {
  countInForce,
  deleteMembershipsOfTeam,
  lockPeopleOfTeam,
  type MembershipChange,
} from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { type LockedTeam, markTeamDeleted } from '../store/team-writing.ts';
import { type AccessContext, recomputeAccess } from './access-in-force.ts';
import type { Outcome } from './commit-change.ts';
import { heldTeam } from './hold-team.ts';
import { membershipEvents } from './membership-events.ts';
import { teamRef } from './references.ts';
import { rememberedUntil } from './take-out.ts';

type Dissolving = {
  readonly act: Extract<TeamAct, 'asked-removed' | 'removed-by-hand' | 'disconnect-removed'>;
  /** Whether an admin may bring the team back for a time, with what it gave (K13). */
  readonly isRemembered: boolean;
};

/** The changes by which people leave a team that goes. */
export const leavingOf = (
  teamId: string,
  people: readonly Pick<MembershipSides, 'memberId' | 'inForce'>[],
  reason: Reason,
): MembershipChange[] =>
  people.map(({ memberId, inForce: from }) => ({ kind: 'membership', teamId, memberId, from, to: false, reason }));

/**
 * What the end of a team at the provider's request takes out of force. Everybody in the team leaves it with it, and of one that gives a role or a license may lose that. Whoever deletes a group says so, so
 * unlike a list that is suddenly empty it is held only as part of what comes within the time.
 */
export async function countsOfDissolving(
  tx: OrgTransaction,
  policy: Policy,
  { id, grants }: LockedTeam,
): Promise<BrakeCounts> {
  const { needs, license } = grants;
  const givesAdministration = needs !== undefined && isAdministrative(needs);
  const gives = license !== undefined || givesAdministration;
  const people = gives ? (await lockPeopleOfTeam(tx, id)).length : 0;
  const leaving = brakeLimits(policy).emptiedTeams === undefined ? 0 : await countInForce(tx, id);
  return counted({
    teamRemovals: 1,
    emptiedTeams: leaving,
    lostAdmins: givesAdministration ? people : 0,
    downgrades: license === undefined ? 0 : people,
  });
}

/**
 * Removes a locked team, whoever wants it. Its people stay in the organization, without what the team gave them. The feed says
 * of each that they left, so that it can be told later who was in the team.
 */
export async function dissolveTeam(
  tx: OrgTransaction,
  { id, inForceName, isAskedFor, scim, grants }: LockedTeam,
  { act, isRemembered, ...context }: AccessContext & Dissolving,
): Promise<Outcome<undefined>> {
  const { role = null, license = null } = grants;
  const gave = role !== null || license !== null;
  const ids = gave ? await lockPeopleOfTeam(tx, id) : [];
  markTeamDeleted(tx, id, context.now, isRemembered ? rememberedUntil(context.now) : context.now);
  deleteValuesOf(tx, groupType.name, id);
  const left = await deleteMembershipsOfTeam(tx, id);
  const access = gave ? await recomputeAccess(tx, { of: 'people', ids }, context) : undefined;
  const reason = { rule: act, ...context.source };
  const team = teamRef(id, inForceName ?? (scim.displayName as string));
  const leaving = leavingOf(id, left, reason);
  // For those who follow what is in force, a team whose creation was held never was here.
  const removed: FeedEventBody =
    inForceName === undefined
      ? { kind: 'team.held', data: heldTeam(team, 'removal') }
      : { kind: 'team.removed', data: { team, gave: { role, license }, reason } };
  return {
    result: undefined,
    events: [...membershipEvents(team, leaving), removed, ...(access?.events ?? [])],
    // What the provider wants gone is not counted any more.
    teams: isAskedFor ? -1 : 0,
    ...(access === undefined ? {} : { access: access.counts }),
  };
}
