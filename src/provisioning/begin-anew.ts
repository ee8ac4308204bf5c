/** Whoever comes back as somebody new (K7) has nothing of what an admin had given them before. */
import { isBackAsNew } from '../organization/lifecycle.ts';
import type { Policy } from '../organization/policy.ts';
import type { PersonAccess } from '../store/access-rows.ts';
import type { HeldPerson } from '../store/held-rows.ts';

/** Access without what an admin gave, and memberships of which those end that an admin says. */
export function withoutGiven<Membership extends { teamId: string; isByHand?: boolean }>(
  access: PersonAccess,
  memberships: readonly Membership[],
): { access: PersonAccess; memberships: Membership[] } {
  const byHand = new Set(memberships.flatMap(({ teamId, isByHand }) => (isByHand ? [teamId] : [])));
  const stays = ({ teamId }: { teamId: string }) => !byHand.has(teamId);
  const { teamGrants, licenseClaims } = access;
  return {
    access: {
      ...access,
      roleByHand: undefined,
      teamGrants: teamGrants.filter(stays),
      licenseClaims: { ...licenseClaims, byHand: undefined, byTeams: licenseClaims.byTeams.filter(stays) },
    },
    memberships: memberships.map((each) => (stays(each) ? each : { ...each, asked: false, ...endsAnew })),
  };
}

/** Why such a membership ends, as the plan of a request takes it and as that of what is held does. */
const endsAnew = { ends: 'asked-inactive', endsBy: 'asked-inactive' } as const;

/** Whether what is held of a person lets them come back as somebody new. */
export const isHeldBackAsNew = (
  { source, act, isAskedFor, askedActive, inForce }: HeldPerson,
  policy: Policy,
): boolean => source !== undefined && act === undefined && isAskedFor && askedActive && isBackAsNew(inForce, policy);

/** People of a batch, those who come back as somebody new without what they had been given. */
export const beginningAnew = (people: readonly HeldPerson[], policy: Policy): HeldPerson[] =>
  people.map((person) =>
    isHeldBackAsNew(person, policy) ? { ...person, ...withoutGiven(person.access, person.memberships) } : person,
  );
