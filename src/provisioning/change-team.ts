import { validate as isUuid } from 'uuid';
import type { FeedEventBody, TeamRef } from '../events/feed.ts';
import type { AccessRules } from '../organization/access.ts';
import { managedTeam } from '../organization/lifecycle.ts';
import { type Change, plan, type Rule } from '../organization/plan.ts';
import type { BuiltInRole } from '../organization/roles.ts';
import { caseKey } from '../scim/case-key.ts';
import { forbidden, invalidValue, notFound, preconditionFailed, uniqueness } from '../scim/errors.ts';
import { matchesFilter } from '../scim/filter-match.ts';
import { foldMembership, type MembershipDelta, type MembershipStep, readGroupPatch } from '../scim/group-patch.ts';
import { keepImmutable } from '../scim/immutable.ts';
import { applyPatch, parsePatch } from '../scim/patch.ts';
import type { Resource } from '../scim/schema.ts';
import { validateResource } from '../scim/validate.ts';
import type { PersonAccess } from '../store/access-rows.ts';
import { lockSeats } from '../store/access-writing.ts';
import type { DerivedOptions, StoredResource } from '../store/members.ts';
import {
  deleteMemberships,
  insertMemberships,
  lockPeopleOfDelta,
  type MembershipChange,
  type MembershipsMet,
  meetMemberships,
  readTeamMembers,
} from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import {
  type AskedTeam,
  insertTeam,
  type LockedTeam,
  lockLocalTeam,
  lockTeam,
  type TeamGrants,
  touchTeam,
  updateTeam,
} from '../store/team-writing.ts';
import { readTeam } from '../store/teams.ts';
import { holdRoleCeiling } from '../store/token-writing.ts';
import { freeSeats, settleMemberships, writeAccess } from './access-in-force.ts';
import { accessRulesOf, settleSeatless, withFreedSeats } from './access-of-request.ts';
import { TeamGivesSomething } from './assumptions.ts';
import { otherVersion } from './change-member.ts';
import { type ChangedAttributes, changedAttributes } from './changed-attributes.ts';
import { commitChange, type Outcome, type PreparedChange } from './commit-change.ts';
import { teamConflict } from './conflicts.ts';
import { assertReferences, writeDefinedAttributes } from './defined-attributes.ts';
import { isMembership, membershipEvents } from './membership-events.ts';
import { refuseTeamBeyondPolicy } from './policy-of-request.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';
import { teamRef } from './references.ts';

/**
 * Creates a team from the body of POST /Groups (RFC 7644 §3.3). `answer` says whether the members are wanted in the
 * answer.
 *
 * @throws ScimError invalidValue or uniqueness
 */
export async function createTeam(
  request: ProvisioningRequest,
  body: unknown,
  answer: DerivedOptions,
): Promise<StoredResource> {
  const { work, onConflict } = teamCreation(request, body, answer);
  return await commitChange(request, work, onConflict);
}

/** The same, to be carried out together with other changes. */
export function teamCreation(
  request: ProvisioningRequest,
  body: unknown,
  answer: DerivedOptions,
): PreparedChange<StoredResource> {
  const { tolerances } = request.record;
  const { resource, members = [] } = validateResource(request.types.group, body, { operation: 'create', tolerances });
  refuseTeamBeyondPolicy(request, resource);
  const asked = askedTeam(resource);
  const id = request.newId();
  const { connectionId, now } = request;
  request.record.resourceId = id;
  return {
    request,
    work: async (tx, { meetsNobody = true }) => {
      const known = meetsNobody ? undefined : await lockLocalTeam(tx, asked.displayNameKey);
      if (known !== undefined) return await linkPushed(tx, request, known, { asked, members, answer });
      const delta: MembershipDelta = { base: 'current', add: members, remove: [] };
      const { met } = await meet(tx, request, id, delta, false);
      settleUnknown(request, met.unknown);
      const name = asked.displayName;
      const changes = plan(
        {
          teams: [{ id, asked: { name }, inForce: undefined }],
          memberships: membershipSides(id, met, accessRulesOf(request)),
        },
        sourceOf(request),
      );
      refuseHeldBack(request, changes);
      const defined = { type: request.types.group, id, before: undefined, after: resource };
      await assertReferences(tx, request, defined);
      insertTeam(tx, { id, connectionId, origin: 'synced', asked, inForceName: name, now });
      const definitions = writeDefinedAttributes(tx, request, defined);
      insertMemberships(tx, changes.filter(isMembership));
      const result = await readTeam(tx, id, answer);
      const team = teamRef(id, name);
      const created: FeedEventBody[] = changes.flatMap((change) =>
        change.kind === 'team.name' ? [{ kind: 'team.created', data: { team, reason: change.reason } }] : [],
      );
      const events = [...created, ...membershipEvents(team, changes.filter(isMembership))];
      return { result, definitions, events, teams: 1 };
    },
    onConflict: (constraint) => teamConflict(request, asked, constraint),
  };
}

/**
 * Replaces what was asked for a team by the body of PUT /Groups/{id} (RFC 7644 §3.5.1). A body that does not speak of
 * `members` leaves them; an empty list empties the team.
 *
 * @throws ScimError notFound, preconditionFailed, invalidValue or uniqueness
 */
export async function replaceTeam(
  request: ProvisioningRequest,
  id: string,
  body: unknown,
  answer: DerivedOptions,
): Promise<StoredResource> {
  const { tolerances } = request.record;
  const { resource, members } = validateResource(request.types.group, body, { operation: 'replace', tolerances });
  const delta: MembershipDelta | undefined = members && { base: 'empty', add: members, remove: [] };
  const change = {
    resource: (previous: Resource) => keepImmutable(request.types.group, previous, resource),
    delta: async () => delta,
  };
  return (await changeTeam(request, id, change, answer)).stored as StoredResource;
}

/** A team after a change: its version, and the rest if it was wanted. */
export type ChangedTeam = { version: number; stored: StoredResource | undefined };

/**
 * Applies the body of PATCH /Groups/{id} (RFC 7644 §3.5.2). The member list is neither read nor returned unless the
 * caller wants the team in the answer, or an operation selects members by more than their id.
 *
 * @throws ScimError notFound, preconditionFailed, uniqueness, or what PATCH refuses
 */
export async function patchTeam(
  request: ProvisioningRequest,
  id: string,
  body: unknown,
  answer: DerivedOptions | undefined,
): Promise<ChangedTeam> {
  const { tolerances } = request.record;
  const operations = parsePatch(body, tolerances);
  const { attributes, members } = readGroupPatch(request.types.group, operations, tolerances);
  const folded = members.length === 0 ? undefined : foldMembership(members);
  const needsList = members.length > 0 && folded === undefined;
  const change: TeamChange = {
    resource: (previous) => applyPatch(request.types.group, previous, attributes, tolerances).resource,
    delta: async (tx) => (needsList ? await runSteps(tx, id, members) : folded),
  };
  return await changeTeam(request, id, change, answer);
}

type TeamChange = {
  resource: (previous: Resource) => Resource;
  /** Undefined if the request is not about members. Runs when the team is locked, or about to be. */
  delta: (tx: OrgTransaction) => Promise<MembershipDelta | undefined>;
};

async function changeTeam(
  request: ProvisioningRequest,
  id: string,
  change: TeamChange,
  answer: DerivedOptions | undefined,
): Promise<ChangedTeam> {
  request.record.resourceId = id;
  const { connectionId, now } = request;
  let asked: AskedTeam | undefined;
  return await commitChange(
    request,
    async (tx, { grantsByTeam, seatsAreFree }) => {
      const rules = accessRulesOf(request);
      // The statements about people travel behind the lock, so they see the team as it is when the lock is held.
      const [team, { met, people, ceiling }] = await Promise.all([
        lockTeam(tx, id),
        change.delta(tx).then((delta) => meet(tx, request, id, delta, grantsByTeam)),
      ]);
      if (team === undefined) throw notFound(noSuchGroup(id));
      if (team.origin === 'local' && team.linking === 'refused') throw forbidden(partedTeam(team));
      const moving = met.joiners.length + met.leavers.length;
      const gives = moving > 0 && (team.grants.role !== undefined || team.grants.license !== undefined);
      if (gives && !grantsByTeam) throw new TeamGivesSomething();
      if (request.isExpectedVersion?.(team.version) === false) throw preconditionFailed(otherVersion(team.version));
      settleUnknown(request, met.unknown);
      const resource = change.resource(team.scim);
      refuseTeamBeyondPolicy(request, resource);
      asked = askedTeam(resource);

      const name = asked.displayName;
      const seats = gives && !seatsAreFree ? await lockSeats(tx) : undefined;
      const moved = gives ? withTeam(people, { id, ...team.grants, ceiling }, met) : [];
      const changes = plan(
        {
          teams: [{ id, asked: { name }, inForce: { name: team.inForceName } }],
          memberships: membershipSides(id, met, rules),
          access: { people: moved, rules, freeSeats: seats && freeSeats(seats) },
        },
        sourceOf(request),
      );
      settleSeatless(request, changes, (memberId) => memberId);
      refuseHeldBack(request, changes);
      const attributes = changedAttributes(team.scim, resource);
      const memberships = changes.filter(isMembership);
      const origin = managedTeam(team.origin);
      const isRenamed = changes.some(({ kind }) => kind === 'team.name');
      const isRewritten = Object.keys(attributes).length > 0 || isRenamed || origin !== team.origin;
      const version = isRewritten || memberships.length > 0 ? team.version + 1 : team.version;
      let definitions: number | undefined;
      if (isRewritten) {
        const defined = { type: request.types.group, id, before: team.scim, after: resource };
        await assertReferences(tx, request, defined);
        updateTeam(tx, { id, connectionId, origin, version, asked, inForceName: name, now });
        definitions = writeDefinedAttributes(tx, request, defined);
      } else if (memberships.length > 0) {
        touchTeam(tx, id, version, now);
      }
      insertMemberships(
        tx,
        memberships.filter(({ from }) => from === undefined),
      );
      deleteMemberships(tx, met.leavers);
      const written = writeAccess(tx, moved, changes, now);
      const settled = await settleMemberships(tx, moved, changes, rules, sourceOf(request));
      const access = await withFreedSeats(tx, request, rules, seats, written);
      const stored = answer === undefined ? undefined : await readTeam(tx, id, answer);
      const linked: FeedEventBody[] = origin === team.origin ? [] : [teamLinked(team, name)];
      const events = [...linked, ...eventsOf(teamRef(id, name), attributes, memberships), ...settled, ...access.events];
      return { result: { version, stored }, definitions, events, access: access.counts };
    },
    (constraint) => teamConflict(request, asked as AskedTeam, constraint),
  );
}

/** What the provider pushes for a group that it does not know. */
type Pushed = { asked: AskedTeam; members: readonly string[]; answer: DerivedOptions };

/**
 * Links a local team to the group of its name that the provider pushes, whose people are from now on those in the team
 * (behaviors.md B39). A name never grants anything: a team that gives something is linked by its id only.
 *
 * @throws ScimError uniqueness if the policy, an admin or what the team gives says no
 */
async function linkPushed(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  team: LockedTeam,
  { asked, members, answer }: Pushed,
): Promise<Outcome<StoredResource>> {
  const { id, grants } = team;
  const gives = grants.role !== undefined || grants.license !== undefined;
  if (request.organization.policy.groupNameClash === 'refuse' || gives) {
    throw await teamConflict(request, asked, 'teams_display_name');
  }
  if (team.linking === 'refused') throw uniqueness(partedTeam(team));
  request.record.resourceId = id;
  const { connectionId, now } = request;
  const { met } = await meet(tx, request, id, { base: 'empty', add: [...members], remove: [] }, false);
  settleUnknown(request, met.unknown);
  const name = asked.displayName;
  const changes = plan(
    {
      teams: [{ id, asked: { name }, inForce: { name: team.inForceName } }],
      memberships: membershipSides(id, met, accessRulesOf(request)),
    },
    sourceOf(request),
  );
  refuseHeldBack(request, changes);
  const memberships = changes.filter(isMembership);
  const defined = { type: request.types.group, id, before: team.scim, after: asked.scim };
  await assertReferences(tx, request, defined);
  updateTeam(tx, { id, connectionId, origin: 'linked', version: team.version + 1, asked, inForceName: name, now });
  const definitions = writeDefinedAttributes(tx, request, defined);
  insertMemberships(
    tx,
    memberships.filter(({ from }) => from === undefined),
  );
  deleteMemberships(tx, met.leavers);
  const result = await readTeam(tx, id, answer);
  const attributes = changedAttributes(team.scim, asked.scim);
  const events = [teamLinked(team, name), ...eventsOf(teamRef(id, name), attributes, memberships)];
  return { result, definitions, events };
}

const teamLinked = ({ id, origin }: LockedTeam, name: string): FeedEventBody => ({
  kind: 'team.linked',
  data: { team: teamRef(id, name), before: origin, after: managedTeam(origin) },
});

const partedTeam = ({ id, inForceName }: LockedTeam) =>
  `An admin parted the team "${inForceName}" from the identity provider. An admin allows it to be linked in Rollcall: rollcall team link <org> ${id}`;

function eventsOf(
  team: TeamRef,
  changed: ChangedAttributes,
  memberships: readonly MembershipChange[],
): FeedEventBody[] {
  const updated: FeedEventBody[] =
    Object.keys(changed).length > 0 ? [{ kind: 'team.updated', data: { team, changed } }] : [];
  return [...updated, ...membershipEvents(team, memberships)];
}

function askedTeam(resource: Resource): AskedTeam {
  const displayName = resource.displayName as string;
  return {
    scim: resource,
    displayName,
    displayNameKey: caseKey(displayName),
    externalId: resource.externalId as string | undefined,
  };
}

const nobody: MembershipsMet = { joiners: [], leavers: [], unknown: [] };

type Met = { met: MembershipsMet; people: readonly PersonAccess[]; ceiling: BuiltInRole };

/** Meets the people whom a delta is about and, where a team may give something to them, locks them and reads what they have. */
async function meet(
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
function withTeam(people: readonly PersonAccess[], team: GivingTeam, met: MembershipsMet): PersonAccess[] {
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

/** Where a group may name only people who can be in the team at once, one who is held back refuses it (B41, P37). */
function refuseHeldBack(request: ProvisioningRequest, changes: readonly Change[]): void {
  if (request.organization.policy.heldMembers !== 'refuse') return;
  const heldBack = (isHeldBack: (rule: Rule) => boolean) =>
    changes.flatMap((change) =>
      change.kind === 'membership' && isHeldBack(change.reason.rule) ? [change.memberId] : [],
    );
  const inactive = heldBack((rule) => rule === 'member-suspended' || rule === 'member-invited');
  if (inactive.length > 0) {
    throw invalidValue(
      `members names people who are not active in this organization: ${firstOf(inactive)}. Nothing was changed. ` +
        'Activate them, or take them out of the group, then push the group again',
    );
  }
  const ids = heldBack((rule) => rule === 'member-unlicensed');
  if (ids.length === 0) return;
  throw invalidValue(
    `All users must have licenses on the account, and ${ids.length === 1 ? 'this one has' : 'these have'} none: ${firstOf(ids)}. ` +
      'Nothing was changed. Give them licenses, then push the group again',
  );
}

/** What happens to ids that name nobody: the organization's policy says (K14), where its profile leaves it the choice. */
function settleUnknown(request: ProvisioningRequest, unknown: readonly string[]): void {
  if (unknown.length === 0) return;
  const named = firstOf(unknown);
  const refusal = () =>
    invalidValue(
      `members names ${unknown.length === 1 ? 'a user who is' : 'users who are'} not in this organization: ${named}. ` +
        'Nothing was changed. Assign these people to the app first, then push the group again',
    );
  if (request.organization.policy.unknownMembers === 'refuse') throw refusal();
  request.record.tolerances.add('unknown-member-skipped', refusal);
  request.record.detail = `left out members that are not in this organization: ${named}`;
}

const firstOf = (ids: readonly string[]) =>
  `${ids.slice(0, 10).join(', ')}${ids.length > 10 ? ` and ${ids.length - 10} more` : ''}`;

const membershipSides = (teamId: string, met: MembershipsMet, { licenses }: AccessRules) => [
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

/** Runs steps of which one selects members by a filter, on the list there is, and returns what is left as a delta. */
async function runSteps(
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

export const noSuchGroup = (id: string) =>
  `There is no group ${id} in this organization. If the team was deleted here, unlink the pushed group and push it again`;
