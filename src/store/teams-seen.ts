/** What a provider sees of local teams (K12). */
import type { Policy } from '../organization/policy.ts';

/** All teams; those that it manages; or all, and who is in local ones. */
export type TeamsSeen = 'all' | 'managed' | 'with-members';

/** What the provider of an organization sees. */
export function teamsSeenBy({ localTeams }: Policy): TeamsSeen {
  switch (localTeams) {
    case 'listed':
      return 'all';
    case 'listed-with-members':
      return 'with-members';
    case 'hidden':
      return 'managed';
  }
}

/** The condition on `teams t`, that a team is seen at all. */
export const isSeen = (seen: TeamsSeen) =>
  seen === 'managed' ? ` and (t.origin <> 'local' or t.held_by is not null)` : '';

/**
 * The condition on `team_members tm`, that somebody is seen in the team: whom the provider asked for, in force or not, and in a local
 * team whom an admin put into it. Of a team that it is about to take over, the provider sees what it asked.
 */
export const isSeenIn = (seen: TeamsSeen) =>
  seen === 'with-members'
    ? `(tm.asked or tm.by_hand and exists (
        select from teams l where l.org_id = tm.org_id and l.id = tm.team_id and l.origin = 'local' and l.held_by is null))`
    : 'tm.asked';

/** What a prepared statement that says so is called. */
export const namedBySeen = (name: string, seen: TeamsSeen) => (seen === 'all' ? name : `${name}-${seen}`);
