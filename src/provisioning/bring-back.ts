import type { FeedEventBody } from '../events/feed.ts';
import { plan, type Source } from '../organization/plan.ts';
import type { PersonAccess } from '../store/access-rows.ts';
import { updateAccessSaid } from '../store/access-writing.ts';
import { insertMembershipsByHand } from '../store/by-hand-writing.ts';
import type { MemberTeam } from '../store/member-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { forget, holdTeams, type Remembered } from '../store/remembered.ts';
import { type AccessContext, type AccessOutcome, recomputeAccess } from './access-in-force.ts';
import { isMembership, membershipEventsOf } from './membership-events.ts';

/** The access of somebody new who was here before, with what an admin had given them. */
export function rememberedAccess(access: PersonAccess, { roleByHand, licenseByHand }: Remembered): PersonAccess {
  return { ...access, roleByHand, licenseClaims: { ...access.licenseClaims, byHand: licenseByHand } };
}

/** What came of it. `teams` are those that the person is in again and that are of the organization's own. */
export type BroughtBack = Partial<AccessOutcome> & { events: FeedEventBody[]; teams: MemberTeam[] };

/**
 * Gives back to a person whose new row was just written what was remembered: what an admin had given, and the teams that an
 * admin had put them into and that are still there. Sessions and API keys do not come back.
 */
export async function bringBack(
  tx: OrgTransaction,
  remembered: Remembered,
  person: { id: string; isActive: boolean; isUnlicensed: boolean },
  context: AccessContext,
): Promise<BroughtBack> {
  const { roleByHand = null, licenseByHand = null } = remembered;
  updateAccessSaid(tx, person.id, { roleByHand, licenseByHand });
  forget(tx, 'members', remembered.id, context.now);
  if (remembered.teams.length === 0) return { events: [], teams: [] };
  const teams = await holdTeams(tx, remembered.teams);
  const changes = membershipsOf(teams, person, context.source);
  insertMembershipsByHand(tx, changes);
  const names = teams.map(({ id: teamId, name: teamName }) => ({ teamId, teamName }));
  const events: FeedEventBody[] = membershipEventsOf(names, changes);
  const local = teams
    .filter(({ isLocal }) => isLocal)
    .map(({ id, name: displayName }) => ({ id, displayName, isLocal: true }));
  if (!teams.some(({ gives }) => gives)) return { events, teams: local };
  const access = await recomputeAccess(tx, { of: 'people', ids: [person.id] }, context);
  return { events: [...events, ...access.events], teams: local, counts: access.counts };
}

const membershipsOf = (
  teams: readonly { id: string }[],
  { id: memberId, isActive, isUnlicensed }: { id: string; isActive: boolean; isUnlicensed: boolean },
  source: Source,
) =>
  plan(
    {
      memberships: teams.map(({ id: teamId }) => ({
        teamId,
        memberId,
        asked: true,
        inForce: undefined,
        memberStatus: isActive ? ('active' as const) : ('invited' as const),
        memberUnlicensed: isUnlicensed,
        isByHand: true,
      })),
    },
    source,
  ).filter(isMembership);
