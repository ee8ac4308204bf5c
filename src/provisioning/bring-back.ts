import type { FeedEventBody } from '../events/feed.ts';
import { plan, type Source } from '../organization/plan.ts';
import type { PersonAccess } from '../store/access-rows.ts';
import { updateAccessSaid } from '../store/access-writing.ts';
import { insertMembershipsByHand } from '../store/by-hand-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { forget, holdTeams, type Remembered } from '../store/remembered.ts';
import { type AccessContext, type AccessOutcome, recomputeAccess } from './access-in-force.ts';
import { isMembership, membershipEventsOf } from './membership-events.ts';

/** The access of somebody new who was here before, with what an admin had given them. */
export function rememberedAccess(access: PersonAccess, { roleByHand, licenseByHand }: Remembered): PersonAccess {
  return { ...access, roleByHand, licenseClaims: { ...access.licenseClaims, byHand: licenseByHand } };
}

/**
 * Gives back to a person whose new row was just written what was remembered: what an admin had given, and the teams that an
 * admin had put them into and that are still there. Sessions and API keys do not come back.
 */
export async function bringBack(
  tx: OrgTransaction,
  remembered: Remembered,
  person: { id: string; isActive: boolean; isUnlicensed: boolean },
  context: AccessContext,
): Promise<Partial<AccessOutcome> & { events: FeedEventBody[] }> {
  const { roleByHand = null, licenseByHand = null } = remembered;
  updateAccessSaid(tx, person.id, { roleByHand, licenseByHand });
  forget(tx, 'members', remembered.id, context.now);
  if (remembered.teams.length === 0) return { events: [] };
  const teams = await holdTeams(tx, remembered.teams);
  const changes = membershipsOf(teams, person, context.source);
  insertMembershipsByHand(tx, changes);
  const names = teams.map(({ id: teamId, name: teamName }) => ({ teamId, teamName }));
  const events: FeedEventBody[] = membershipEventsOf(names, changes);
  if (!teams.some(({ gives }) => gives)) return { events };
  const access = await recomputeAccess(tx, { of: 'people', ids: [person.id] }, context);
  return { events: [...events, ...access.events], counts: access.counts };
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
