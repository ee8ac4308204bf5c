import type { FeedEventBody, TeamRef } from '../events/feed.ts';
import { managedTeam } from '../organization/lifecycle.ts';
import type { MembershipChange } from '../store/membership-writing.ts';
import type { LockedTeam } from '../store/team-writing.ts';
import type { ChangedAttributes } from './changed-attributes.ts';
import { membershipEvents } from './membership-events.ts';
import { teamRef } from './references.ts';

/** What a change of a team's attributes and people is for those who follow the feed. */
export function teamEvents(
  team: TeamRef,
  changed: ChangedAttributes,
  memberships: readonly MembershipChange[],
): FeedEventBody[] {
  const updated: FeedEventBody[] =
    Object.keys(changed).length > 0 ? [{ kind: 'team.updated', data: { team, changed } }] : [];
  return [...updated, ...membershipEvents(team, memberships)];
}

/** A local team that the provider manages from now on. */
export const teamLinked = ({ id, origin }: LockedTeam, name: string): FeedEventBody => ({
  kind: 'team.linked',
  data: { team: teamRef(id, name), before: origin, after: managedTeam(origin) },
});
