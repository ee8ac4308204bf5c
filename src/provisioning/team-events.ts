import type { FeedEventBody, TeamRef } from '../events/feed.ts';
import { managedTeam } from '../organization/lifecycle.ts';
import type { Change } from '../organization/plan.ts';
import type { LockedTeam } from '../store/team-writing.ts';
import type { ChangedAttributes } from './changed-attributes.ts';
import { isMembership, membershipEvents } from './membership-events.ts';
import { teamRef } from './references.ts';

/**
 * What a change of a team's attributes and people is for those who follow the feed. `asked` are the attributes that were asked
 * before and after, `changes` what the plan made of them.
 */
export function teamEvents(team: TeamRef, asked: ChangedAttributes, changes: readonly Change[]): FeedEventBody[] {
  const renamed = changes.find((change) => change.kind === 'team.name');
  const changed = Object.keys(asked).length > 0 ? asked : nameInForceChanged(renamed);
  const inForce = renamed?.from === undefined ? undefined : { before: renamed.from, after: renamed.to };
  const updated: FeedEventBody[] =
    Object.keys(changed).length > 0
      ? [{ kind: 'team.updated', data: { team, changed, ...(inForce && { inForce }) } }]
      : [];
  return [...updated, ...membershipEvents(team, changes.filter(isMembership))];
}

/** A name that was changed in force and not in what was asked. */
const nameInForceChanged = (renamed: Extract<Change, { kind: 'team.name' }> | undefined): ChangedAttributes =>
  renamed?.from === undefined ? {} : { nameInForce: { before: renamed.from, after: renamed.to } };
/** The name in force as the plan takes it. */
export const nameInForce = ({ inForceName: name }: Pick<LockedTeam, 'inForceName'>) =>
  name === undefined ? undefined : { name };

/** The event of a team that is here from now on, if a plan says so. */
export const createdTeamEvents = (
  { id, inForceName }: Pick<LockedTeam, 'id' | 'inForceName'>,
  changes: readonly Change[],
): FeedEventBody[] =>
  changes.flatMap((change) =>
    change.kind === 'team.name' && change.teamId === id && inForceName === undefined
      ? [{ kind: 'team.created', data: { team: teamRef(id, change.to), reason: change.reason } }]
      : [],
  );

/** A local team that the provider manages from now on. */
export const teamLinked = ({ id, origin }: LockedTeam, name: string): FeedEventBody => ({
  kind: 'team.linked',
  data: { team: teamRef(id, name), before: origin, after: managedTeam(origin) },
});
