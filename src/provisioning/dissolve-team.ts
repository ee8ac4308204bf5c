import type { FeedEventBody } from '../events/feed.ts';
import type { TeamAct } from '../organization/lifecycle.ts';
import { groupType } from '../scim/resource-types.ts';
import { deleteValuesOf } from '../store/attribute-value-writing.ts';
import { deleteMembershipsOfTeam, lockPeopleOfTeam } from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { type LockedTeam, markTeamDeleted } from '../store/team-writing.ts';
import { type AccessContext, recomputeAccess } from './access-in-force.ts';
import type { Outcome } from './commit-change.ts';
import { teamRef } from './references.ts';
import { rememberedUntil } from './take-out.ts';

/**
 * Removes a locked team, whoever wants it. Its people stay in the organization, without what the team gave them. The event says
 * that the team is gone and does not list them, so that the cost does not grow with the team.
 */
export async function dissolveTeam(
  tx: OrgTransaction,
  { id, inForceName, grants }: LockedTeam,
  { act, ...context }: AccessContext & { act: Extract<TeamAct, 'asked-removed' | 'removed-by-hand'> },
): Promise<Outcome<undefined>> {
  const gave = grants.role !== undefined || grants.license !== undefined;
  const ids = gave ? await lockPeopleOfTeam(tx, id) : [];
  markTeamDeleted(tx, id, context.now, rememberedUntil(context.now));
  deleteValuesOf(tx, groupType.name, id);
  deleteMembershipsOfTeam(tx, id);
  const access = gave ? await recomputeAccess(tx, { of: 'people', ids }, context) : undefined;
  const reason = { rule: act, ...context.source };
  const removed: FeedEventBody = { kind: 'team.removed', data: { team: teamRef(id, inForceName), reason } };
  return {
    result: undefined,
    events: [removed, ...(access?.events ?? [])],
    teams: -1,
    ...(access === undefined ? {} : { access: access.counts }),
  };
}
