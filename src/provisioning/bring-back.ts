import type { FeedEventBody } from '../events/feed.ts';
import { type MemberStatus, plan, type Source } from '../organization/plan.ts';
import type { Policy } from '../organization/policy.ts';
import type { PersonAccess } from '../store/access-rows.ts';
import { updateGivenByHand } from '../store/access-writing.ts';
import { insertMembershipsByHand } from '../store/by-hand-writing.ts';
import type { HeldPerson } from '../store/held-rows.ts';
import type { MemberTeam } from '../store/member-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { forget, type LeftTeam, type Remembered, readLeftTeams, readRememberedOf } from '../store/remembered.ts';
import { type AccessContext, type AccessOutcome, recomputeAccess } from './access-in-force.ts';
import { isComing, isGoing } from './held-plan.ts';
import { isMembership, membershipEventsOf } from './membership-events.ts';

/** The access of somebody new who was here before, with what an admin had given them. */
export function rememberedAccess(access: PersonAccess, { roleByHand, licenseByHand }: Remembered): PersonAccess {
  return { ...access, roleByHand, licenseClaims: { ...access.licenseClaims, byHand: licenseByHand } };
}

/** A person who was just put back. */
type Back = { id: string; status: MemberStatus; isUnlicensed: boolean };

/** What came of it. `teams` are those that the person is in again and that are of the organization's own. */
export type BroughtBack = Partial<AccessOutcome> & { events: FeedEventBody[]; teams: MemberTeam[] };

/**
 * Gives back to a person whose new row was just written what was remembered: what an admin had given, and the teams that an
 * admin had put them into and that are still there. Sessions and API keys do not come back.
 */
export async function bringBack(
  tx: OrgTransaction,
  remembered: Remembered,
  person: Back,
  context: AccessContext,
): Promise<BroughtBack> {
  giveSaid(tx, new Map([[person.id, remembered]]), context.now);
  if (remembered.teams.length === 0) return { events: [], teams: [] };
  const teams = await readLeftTeams(tx, remembered.teams, true);
  const changes = membershipsOf(teams, person, context.source);
  insertMembershipsByHand(tx, changes);
  const names = teams.map(({ id: teamId, name: teamName }) => ({ teamId, teamName }));
  const events: FeedEventBody[] = membershipEventsOf(names, changes);
  const local = teams
    .filter(({ isLocal }) => isLocal)
    .map(({ id, name: displayName }) => ({ id, displayName, isLocal: true }));
  if (!teams.some(({ role, license }) => role !== undefined || license !== undefined)) return { events, teams: local };
  const access = await recomputeAccess(tx, { of: 'people', ids: [person.id] }, context);
  return { events: [...events, ...access.events], teams: local, counts: access.counts };
}

/** Stores what an admin had given to people who have come back, by their ids, and who are no longer remembered as gone. */
export function giveSaid(tx: OrgTransaction, people: ReadonlyMap<string, Remembered>, now: Date): void {
  const given = [...people].map(([memberId, { roleByHand: role, licenseByHand: license }]) => ({
    memberId,
    role,
    license,
  }));
  updateGivenByHand(tx, given);
  const gone = [...people.values()].map(({ id }) => id);
  forget(tx, 'members', gone, now);
}

/** People of a batch, and who of them was here before, by their ids. */
export type Returning = { people: readonly HeldPerson[]; remembered: ReadonlyMap<string, Remembered> };

type Remembering = {
  policy: Policy;
  /** Whether anybody is remembered in the organization. */
  knowsPeople: boolean;
  now: Date;
  lock: boolean;
  /** Those who go with the batch before the people or with them, by the keys of their userNames. They are remembered too. */
  gone: ReadonlyMap<string, Remembered>;
};

/** Those of a batch who go and are remembered from then on, by the keys of their userNames. */
export function rememberedOfGoing(people: readonly HeldPerson[], { deletion }: Policy): Map<string, Remembered> {
  if (deletion === 'remove') return new Map();
  return new Map(
    people.filter(isGoing).map((person) => {
      const { id, access, userNameKey } = person;
      const { roleByHand, licenseClaims } = access;
      return [
        userNameKey,
        {
          id,
          roleByHand,
          licenseByHand: licenseClaims.byHand,
          teams: leftTeams(person),
          wasActive: person.inForce.wasActive,
        },
      ];
    }),
  );
}

/** The teams that an admin had put a person into: what is remembered of whoever goes. */
export const leftTeams = ({ memberships }: HeldPerson) =>
  memberships.filter(({ isByHand }) => isByHand).map(({ teamId }) => teamId);

/**
 * Gives what is remembered to those of a batch who come under the userName of somebody who was here before: what an admin had
 * given, and the teams that an admin had put them into. The plan takes it as if it had been asked with the rest.
 */
export async function withRemembered(
  tx: OrgTransaction,
  people: readonly HeldPerson[],
  { policy, knowsPeople, now, lock, gone }: Remembering,
): Promise<Returning> {
  const coming = policy.reactivation === 'fresh' ? [] : people.filter(isComing);
  const userNameKeys = coming.map(({ userNameKey }) => userNameKey);
  const stored =
    knowsPeople && userNameKeys.length > 0 ? await readRememberedOf(tx, { userNameKeys, now }, lock) : undefined;
  const remembered = new Map<string, Remembered>();
  for (const { id, userNameKey } of coming) {
    const known = gone.get(userNameKey) ?? stored?.get(userNameKey);
    if (known !== undefined) remembered.set(id, known);
  }
  const teamIds = [...new Set([...remembered.values()].flatMap(({ teams }) => teams))];
  const teams = teamIds.length === 0 ? [] : await readLeftTeams(tx, teamIds, lock);
  return {
    people: people.map((person) => {
      const known = remembered.get(person.id);
      return known === undefined ? person : returned(person, known, teams);
    }),
    remembered,
  };
}

function returned(person: HeldPerson, remembered: Remembered, teams: readonly LeftTeam[]): HeldPerson {
  // Where the provider has asked for the membership too, it is the provider's.
  const asked = new Set(person.memberships.map(({ teamId }) => teamId));
  const back = teams.filter(({ id, isGoing }) => remembered.teams.includes(id) && !isGoing && !asked.has(id));
  const access = rememberedAccess(person.access, remembered);
  const { teamGrants, licenseClaims } = access;
  return {
    ...person,
    access: {
      ...access,
      teamGrants: [
        ...teamGrants,
        ...back.flatMap(({ id: teamId, role, needs }) =>
          role === undefined || needs === undefined ? [] : [{ teamId, role, needs, ceiling: 'owner' as const }],
        ),
      ],
      licenseClaims: {
        ...licenseClaims,
        byTeams: [
          ...licenseClaims.byTeams,
          ...back.flatMap(({ id: teamId, license }) => (license === undefined ? [] : [{ teamId, license }])),
        ],
      },
    },
    memberships: [
      ...person.memberships,
      ...back.map(({ id, name }) => ({
        teamId: id,
        teamName: name,
        memberId: person.id,
        asked: true,
        inForce: undefined,
        isByHand: true,
        source: undefined,
        heldBy: undefined,
        ends: false,
      })),
    ],
  };
}

const membershipsOf = (
  teams: readonly { id: string }[],
  { id: memberId, status: memberStatus, isUnlicensed }: Back,
  source: Source,
) =>
  plan(
    {
      memberships: teams.map(({ id: teamId }) => ({
        teamId,
        memberId,
        asked: true,
        inForce: undefined,
        memberStatus,
        memberUnlicensed: isUnlicensed,
        isByHand: true,
      })),
    },
    source,
  ).filter(isMembership);
