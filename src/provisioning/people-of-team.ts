/** The people whom a change of a team is about, and nobody else: a team's list is not read unless a filter speaks of it. */
import { validate as isUuid } from 'uuid';
import type { AccessRules } from '../organization/access.ts';
import type { Change } from '../organization/plan.ts';
import type { BuiltInRole } from '../organization/roles.ts';
import { matchesFilter } from '../scim/filter-match.ts';
import type { MembershipDelta, MembershipStep } from '../scim/group-patch.ts';
import type { Resource } from '../scim/schema.ts';
import type { PersonAccess } from '../store/access-rows.ts';
import {
  lockPeopleOfDelta,
  type MembershipsMet,
  meetMemberships,
  readTeamMembers,
} from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { TeamGrants } from '../store/team-writing.ts';
import { holdRoleCeiling } from '../store/token-writing.ts';
import { isMembership } from './membership-events.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';

const nobody: MembershipsMet = { joiners: [], leavers: [], unknown: [] };

type Met = { met: MembershipsMet; people: readonly PersonAccess[]; ceiling: BuiltInRole };

/** Meets the people whom a delta is about and, where a team may give something to them, locks them and reads what they have. */
export async function meet(
  tx: OrgTransaction,
  { token }: ProvisioningRequest,
  teamId: string,
  delta: MembershipDelta | undefined,
  grantsByTeam: boolean,
): Promise<Met> {
  if (delta === undefined) return { met: nobody, people: [], ceiling: 'viewer' };
  // What is no id of ours can name nobody, and is not a uuid that PostgreSQL would read.
  const malformed = delta.add.filter((id) => !isUuid(id));
  const wanted = {
    base: delta.base,
    add: delta.add.filter((id) => isUuid(id)),
    remove: delta.remove.filter((id) => isUuid(id)),
  };
  const withMalformed = (met: MembershipsMet) => ({ ...met, unknown: [...malformed, ...met.unknown] });
  if (!grantsByTeam) {
    return { met: withMalformed(await meetMemberships(tx, teamId, wanted)), people: [], ceiling: 'viewer' };
  }
  const [ceiling, { met, people }] = await Promise.all([
    holdRoleCeiling(tx, token.id),
    lockPeopleOfDelta(tx, teamId, wanted, () => meetMemberships(tx, teamId, wanted)),
  ]);
  return { met: withMalformed(met), people, ceiling };
}

type GivingTeam = { id: string; ceiling: BuiltInRole } & TeamGrants;

/** The people who join or leave a team, with what the team gives added to or taken from what their teams give. */
export function withTeam(people: readonly PersonAccess[], team: GivingTeam, met: MembershipsMet): PersonAccess[] {
  const { id: teamId, role, needs, license, ceiling } = team;
  const joining = new Set(met.joiners.map(({ memberId }) => memberId));
  const leaving = new Set(met.leavers.map(({ memberId }) => memberId));
  return people.flatMap((person) => {
    if (!joining.has(person.memberId) && !leaving.has(person.memberId)) return [];
    const teamGrants = person.teamGrants.filter((grant) => grant.teamId !== teamId);
    const byTeams = person.licenseClaims.byTeams.filter((claim) => claim.teamId !== teamId);
    if (joining.has(person.memberId)) {
      if (role !== undefined && needs !== undefined) teamGrants.push({ teamId, role, needs, ceiling });
      if (license !== undefined) byTeams.push({ teamId, license });
    }
    return [{ ...person, teamGrants, licenseClaims: { ...person.licenseClaims, byTeams } }];
  });
}

/** What the plan is to know of the people who join and leave. */
export const membershipSides = (teamId: string, met: MembershipsMet, { licenses }: AccessRules) => [
  ...met.joiners.map(({ memberId, status, isLicensed }) => ({
    teamId,
    memberId,
    asked: true,
    inForce: undefined,
    memberStatus: status,
    memberUnlicensed: licenses.source !== 'none' && !isLicensed,
  })),
  ...met.leavers.map((leaver) => ({ ...leaver, asked: false })),
];

/** The changes as the feed tells them: what they were before is what anybody wanted, be it the provider or an admin. */
export function asTold(changes: readonly Change[], { joiners, leavers }: MembershipsMet): Change[] {
  const wasIn = new Map([...joiners, ...leavers].map((each) => [each.memberId, each.wasIn]));
  return changes.map((change) =>
    isMembership(change) && wasIn.has(change.memberId) ? { ...change, from: wasIn.get(change.memberId) } : change,
  );
}

/** Runs steps of which one selects members by a filter, on the list there is, and returns what is left as a delta. */
export async function runSteps(
  tx: OrgTransaction,
  teamId: string,
  steps: readonly MembershipStep[],
): Promise<MembershipDelta> {
  const people = new Map((await readTeamMembers(tx, teamId)).map((person) => [person.value, person as Resource]));
  const add = (id: string) => people.set(id, people.get(id) ?? { value: id, type: 'User' });
  for (const step of steps) {
    switch (step.op) {
      case 'add':
        for (const id of step.ids) add(id);
        break;
      case 'remove':
        for (const id of step.ids) people.delete(id);
        break;
      case 'replace':
        people.clear();
        for (const id of step.ids) add(id);
        break;
      case 'removeWhere':
        for (const [id, person] of people) if (matchesFilter(step.filter, person)) people.delete(id);
        break;
    }
  }
  return { base: 'empty', add: [...people.keys()], remove: [] };
}
