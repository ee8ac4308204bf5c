/** The people whom a change of a team is about, and nobody else: a team's list is not read unless a filter speaks of it. */
import type { AccessRules } from '../organization/access.ts';
import type { Change } from '../organization/plan.ts';
import type { BuiltInRole } from '../organization/roles.ts';
import { matcherOf } from '../scim/filter-match.ts';
import { type MembershipDelta, type MembershipStep, selectsNobody } from '../scim/group-patch.ts';
import { costOfLooking, type PatchWork, spend, textOf } from '../scim/patch-work.ts';
import { isId } from '../scim/resource-id.ts';
import type { Resource } from '../scim/schema.ts';
import type { PersonAccess } from '../store/access-rows.ts';
import {
  lockPeopleOfDelta,
  type MembershipsMet,
  meetMemberships,
  membersAmong,
  readTeamMembers,
} from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { TeamGrants } from '../store/team-writing.ts';
import { holdRoleCeiling } from '../store/token-writing.ts';
import { isMembership } from './membership-events.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';

const nobody: MembershipsMet = { joiners: [], leavers: [], unknown: [] };

type Met = { met: MembershipsMet; people: readonly PersonAccess[]; ceiling: BuiltInRole };

/**
 * Whether a PATCH replaces people who are in the team. One statement for all of them, where the request has any.
 *
 * @returns the first path that selects nobody, if one does
 */
export async function missingTarget(
  tx: OrgTransaction,
  teamId: string,
  targets: NonNullable<MembershipDelta['targets']> = [],
): Promise<string | undefined> {
  if (targets.length === 0) return undefined;
  const ids = new Set(targets.flatMap((target) => target.ids).filter(isId));
  const members = await membersAmong(tx, teamId, [...ids]);
  return targets.find((target) => !target.ids.some((id) => members.has(id)))?.path;
}

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
  const malformed = delta.add.filter((id) => !isId(id));
  const wanted = {
    base: delta.base,
    add: delta.add.filter(isId),
    remove: delta.remove.filter(isId),
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

/**
 * Runs steps of which one selects members by a filter, on the list there is, and returns what is left as a delta. Only as many
 * people are read as the work that is left may look at.
 *
 * @throws ScimError noTarget, or payloadTooLarge
 */
export async function runSteps(
  tx: OrgTransaction,
  teamId: string,
  steps: readonly MembershipStep[],
  { left }: PatchWork,
): Promise<MembershipDelta> {
  const work: PatchWork = { left };
  const costOfOne = steps.reduce(
    (cost, step) => cost + (step.op === 'removeWhere' ? costOfLooking(step.filter, { count: 1, text: 0 }) : 0),
    readingCost,
  );
  const atMost = Math.floor(left / costOfOne);
  const found = await readTeamMembers(tx, teamId, atMost + 1);
  spend(work, found.length * (found.length > atMost ? costOfOne : readingCost));
  let isBlank = false;
  const people = new Map(found.map((person) => [person.value, person as Resource]));
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
        isBlank = step.isBlank === true;
        people.clear();
        for (const id of step.ids) add(id);
        break;
      case 'target':
        if (!step.ids.some((id) => people.has(id))) throw selectsNobody(step.path);
        break;
      case 'removeWhere': {
        const looked = [...people.values()];
        spend(work, costOfLooking(step.filter, { count: looked.length, text: textOf(looked) }));
        const matches = matcherOf(step.filter);
        const among = step.among === undefined ? undefined : new Set(step.among);
        for (const [id, person] of people) if (among?.has(id) !== false && matches(person)) people.delete(id);
        break;
      }
    }
  }
  return { base: 'empty', add: [...people.keys()], remove: [], ...(isBlank && people.size === 0 && { isBlank }) };
}

/** What it costs to read a member from the database, and to compare the outcome with the database again. */
const readingCost = 3;
