import type { FeedEventBody, TeamRef } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { Change, Rule } from '../organization/plan.ts';
import type { MembershipChange } from '../store/membership-writing.ts';
import { teamRef } from './references.ts';

type MembersChanged = Extract<FeedEventBody, { kind: 'team.members_changed' }>;

/**
 * The events about one team's people. A change of thousands becomes several events of a bounded size, so that a reader
 * of the feed never meets one that it cannot hold.
 */
export function membershipEvents(team: TeamRef, changes: readonly MembershipChange[]): MembersChanged[] {
  const events: MembersChanged[] = [];
  for (let from = 0; from < changes.length; from += limits.membersPerEventMax) {
    const data: MembersChanged['data'] = { team, added: [], removed: [], pending: {} };
    const waited: string[] = [];
    for (const change of changes.slice(from, from + limits.membersPerEventMax)) {
      const goesOnWaiting = change.from === false && isWaiting(change);
      if (change.to && change.from !== true) data.added.push(change.memberId);
      if (!change.to && change.from !== undefined && !goesOnWaiting) data.removed.push(change.memberId);
      if (change.from === false) waited.push(change.memberId);
      if (isWaiting(change)) {
        const waiting = data.pending[change.reason.rule] ?? [];
        data.pending[change.reason.rule] = waiting;
        waiting.push(change.memberId);
      }
    }
    if (waited.length > 0) data.waited = waited;
    events.push({ kind: 'team.members_changed', data });
  }
  return events;
}

/** Asked for, and held back by the state of the person or for want of a license. */
const isWaiting = ({ to, reason }: MembershipChange) => !to && heldBack.has(reason.rule);

const heldBack: ReadonlySet<Rule> = new Set(['member-held', 'member-invited', 'member-suspended', 'member-unlicensed']);

export const isMembership = (change: Change): change is MembershipChange => change.kind === 'membership';

/** The events about the memberships of people, one after the other for each team. `known` has the names of the teams. */
export function membershipEventsOf(
  known: readonly { teamId: string; teamName: string }[],
  changes: readonly MembershipChange[],
): MembersChanged[] {
  const names = new Map(known.map(({ teamId, teamName }) => [teamId, teamName]));
  return [...Map.groupBy(changes, ({ teamId }) => teamId)].flatMap(([teamId, ofTeam]) =>
    membershipEvents(teamRef(teamId, names.get(teamId) ?? ''), ofTeam),
  );
}
