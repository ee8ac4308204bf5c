import { isDeepStrictEqual } from 'node:util';
import type { AccessRules } from '../organization/access.ts';
import { addressWaits } from '../organization/address-change.ts';
import { brakeCounts } from '../organization/brake.ts';
import { isBackAsNew, managed } from '../organization/lifecycle.ts';
import { isToBeTakenOver } from '../organization/linking.ts';
import { plan } from '../organization/plan.ts';
import type { Policy } from '../organization/policy.ts';
import { shown } from '../scim/attribute-name.ts';
import { caseKey } from '../scim/case-key.ts';
import { forbidden, notFound, preconditionFailed } from '../scim/errors.ts';
import { applyPatch, parsePatch } from '../scim/patch.ts';
import type { Resource } from '../scim/schema.ts';
import { validateResource } from '../scim/validate.ts';
import { lockSeats, updateGivenByHand } from '../store/access-writing.ts';
import { updateMemberLinking } from '../store/member-state-writing.ts';
import {
  type AskedMember,
  type Held,
  type LockedMember,
  lockMember,
  type MemberTeam,
  replaceEmails,
  updateMember,
} from '../store/member-writing.ts';
import type { StoredResource } from '../store/members.ts';
import { deleteMemberships, updateMemberships } from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { lockRemembered, type Remembered } from '../store/remembered.ts';
import { teamsSeenBy } from '../store/teams-seen.ts';
import { addCounts, freeSeats, writeAccess } from './access-in-force.ts';
import { accessRulesOf, askedAccess, isUnlicensed, settleSeatless, withFreedSeats } from './access-of-request.ts';
import { askedMember, profileOf } from './asked-member.ts';
import type { Assumptions } from './assumptions.ts';
import { withoutGiven } from './begin-anew.ts';
import { askBrake } from './brake.ts';
import { bringBack, rememberedAccess } from './bring-back.ts';
import { type ChangedAttributes, changedAttributes } from './changed-attributes.ts';
import { commitChange, type Outcome } from './commit-change.ts';
import { settleAddress } from './confirm-address.ts';
import { memberConflict } from './conflicts.ts';
import { assertReferences, writeDefinedAttributes } from './defined-attributes.ts';
import { heldFor } from './hold.ts';
import { invite, mailNewMember } from './invitation-mail.ts';
import { linkedEvent, takeOverRefusal } from './link-member.ts';
import { createdEvent } from './member-created.ts';
import { memberEvents } from './member-events.ts';
import { memberInForce, memberSides } from './member-in-force.ts';
import { isMembership, membershipEventsOf } from './membership-events.ts';
import { memberAsAllowed, refuseAnotherUserName } from './policy-of-request.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';
import { memberRef } from './references.ts';
import { assertPlaceIsFree, memberSuccession, takingPlace } from './succession.ts';

/** A member after a change, with the names of the teams in which the provider sees it. */
export type ChangedMember = { stored: StoredResource; teams: readonly { id: string; displayName: string }[] };

/**
 * Replaces what was asked for a member by the body of PUT /Users/{id} (RFC 7644 §3.5.1). A body that does not speak of
 * `active` leaves it as it is.
 *
 * @throws ScimError notFound, preconditionFailed, invalidValue or uniqueness
 */
export async function replaceMember(request: ProvisioningRequest, id: string, body: unknown): Promise<ChangedMember> {
  return await changeMember(request, id, (previous) =>
    validateResource(request.types.user, body, {
      operation: 'replace',
      previous,
      tolerances: request.record.tolerances,
    }),
  );
}

/**
 * Applies the body of PATCH /Users/{id} (RFC 7644 §3.5.2).
 *
 * @throws ScimError notFound, preconditionFailed, uniqueness, or what PATCH refuses
 */
export async function patchMember(request: ProvisioningRequest, id: string, body: unknown): Promise<ChangedMember> {
  const { tolerances } = request.record;
  const operations = parsePatch(body, tolerances);
  return await changeMember(request, id, (previous) =>
    applyPatch(request.types.user, previous, operations, tolerances, undefined, id),
  );
}

type ChangeAsked = (previous: Resource) => { resource: Resource };

async function changeMember(request: ProvisioningRequest, id: string, change: ChangeAsked): Promise<ChangedMember> {
  request.record.resourceId = id;
  let asked: AskedMember | undefined;
  return await commitChange(
    request,
    async (tx, assumptions) => {
      const rules = accessRulesOf(request);
      const member = await lockMember(tx, id);
      if (member === undefined) throw notFound(noSuchUser(id));
      if (request.isExpectedVersion?.(member.version) === false) throw preconditionFailed(otherVersion(member.version));
      const resource = memberAsAllowed(request, change(member.scim).resource, member.scim);
      const match = { by: 'id', userName: resource.userName as string } as const;
      const refusal = isTakenOver(request, member) ? takeOverRefusal(request, member, match) : undefined;
      if (refusal !== undefined) throw forbidden(refusal);
      asked = askedMember(resource, request.organization.policy, member.scim);
      return await writeAsked(tx, request, member, { resource, asked, rules, assumptions });
    },
    (constraint) => memberConflict(request, asked as AskedMember, constraint, 'change'),
    { members: [id] },
  );
}

/** Whether a request is the provider's first about a person whom an admin made, or another provider handed over. */
const isTakenOver = ({ connectionId }: ProvisioningRequest, member: LockedMember) =>
  connectionId !== undefined && isToBeTakenOver(member);

/** What is asked for a locked member from now on, and what it is stored with. */
type Asked = { resource: Resource; asked: AskedMember; rules: AccessRules; assumptions: Assumptions };

/**
 * Stores another asked side of a locked member, and what follows from it.
 *
 * @throws ScimError mutability if the person would get another userName, which the policy refuses
 */
export async function writeAsked(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  member: LockedMember,
  { resource, asked, rules, assumptions }: Asked,
): Promise<Outcome<ChangedMember>> {
  const { id } = member;
  const { connectionId, now, organization } = request;
  const isLinked = isTakenOver(request, member);
  if (connectionId !== undefined) refuseAnotherUserName(request, member.scim, resource);
  const profile = profileOf(resource);
  const waits =
    connectionId !== undefined &&
    addressWaits(
      { asked: profile.email, inForce: member.inForce.email, status: member.inForce.status },
      organization.policy,
      organization.domains,
    );
  const sides = memberSides(id, { active: asked.active, profile }, member.inForce, member.origin, waits);
  const succession = mayTakeAPlace(request, member, asked)
    ? await memberSuccession(tx, request, assumptions, asked)
    : undefined;
  const held = succession?.held ?? heldFor(request, member.heldBy);
  // Whose creation was held until now comes into being here.
  const isNew = member.inForce.status === 'held' && held === undefined;
  const remembered = isNew ? await findRemembered(tx, request, asked) : undefined;
  const isAnew = connectionId !== undefined && asked.active && isBackAsNew(member.inForce, organization.policy);
  const given = isAnew ? withoutGiven(member.access, member.memberships) : member;
  const known = askedAccess(given.access, resource, rules, member.scim);
  const access = remembered === undefined ? known : rememberedAccess(known, remembered);
  const seats = assumptions.seatsAreFree || held !== undefined ? undefined : await lockSeats(tx);
  const changes = plan(
    {
      members: [sides],
      memberships: given.memberships.map((each) => ({ ...each, memberUnlicensed: isUnlicensed(access, rules) })),
      access: { people: [access], rules, freeSeats: seats && freeSeats(seats) },
      life: organization.policy,
    },
    sourceOf(request),
  );
  const attributes = changedAttributes(member.scim, resource);
  // What people write of themselves says nothing about their address.
  const waiting = connectionId === undefined ? member.waiting?.address : waits ? profile.email : undefined;
  const differs = changes.length > 0 || isLinked || waiting !== member.waiting?.address;
  if (held !== undefined) {
    const stays = differs || succession !== undefined ? held : undefined;
    const outcome = await holdAsked(tx, request, member, { resource, asked, attributes, held: stays });
    if (succession === undefined) return outcome;
    const again = () => changedNow(tx, request, id);
    return await takingPlace(tx, request, succession, outcome, { id, rules, again });
  }
  const brake = await askBrake(
    tx,
    request,
    assumptions,
    brakeCounts(changes, rules.licenses, () => member.access.inForce.role),
  );
  if (brake.held !== undefined) {
    const outcome = await holdAsked(tx, request, member, { resource, asked, attributes, held: brake.held });
    return { ...outcome, ...brake.rest, events: [...brake.rest.events, ...outcome.events] };
  }
  settleSeatless(request, changes, () => asked.userName);
  if (Object.keys(attributes).length === 0 && !differs) return unchanged(request, member);

  const inForce = memberInForce(member.inForce, changes);
  const defined = { type: request.types.user, id, before: member.scim, after: resource };
  await assertReferences(tx, request, defined);
  const version = member.version + 1;
  // Without a provider it is the person who writes, and stays nobody's.
  const origin = isLinked ? managed(member.origin) : member.origin;
  updateMember(tx, { id, origin, connectionId, version, asked, inForce, now });
  if (mayTakeAPlace(request, member, asked)) await assertPlaceIsFree(tx, request, asked);
  if (!isDeepStrictEqual(resource.emails, member.scim.emails)) replaceEmails(tx, id, asked.emailKeys);
  const definitions = writeDefinedAttributes(tx, request, defined);
  const settled = settleAddress(tx, member, { waiting, after: inForce, now });
  const isOtherMailbox = inForce.email !== member.inForce.email;
  if (isNew) mailNewMember(tx, { id, ...inForce }, organization.policy, now);
  else if (inForce.status === 'invited' && (inForce.status !== member.inForce.status || isOtherMailbox)) {
    invite(tx, { id, ...inForce }, now);
  }
  if (isLinked) updateMemberLinking(tx, id, { origin, linking: undefined });
  updateMemberships(tx, changes.filter(isMembership));
  const left = given.memberships.filter((each) => !each.asked);
  if (isAnew) {
    deleteMemberships(tx, left);
    updateGivenByHand(tx, [{ memberId: id, role: undefined, license: undefined }]);
  }
  const teams = member.teams.filter((team) => !left.some(({ teamId }) => teamId === team.id));
  const after = { ...member, version, updatedAt: now, scim: resource, teams };
  const written = writeAccess(tx, [access], changes, now);
  const { events, counts } = await withFreedSeats(tx, request, rules, seats, written);
  const person = { id, status: inForce.status, isUnlicensed: isUnlicensed(access, rules, changes) };
  const back = remembered && (await bringBack(tx, remembered, person, { rules, source: sourceOf(request), now }));
  const own = isNew
    ? [
        createdEvent(id, resource, inForce, { changes, rules }, remembered?.id),
        ...membershipEventsOf(member.memberships, changes.filter(isMembership)),
      ]
    : memberEvents(member, resource, attributes, changes);
  return {
    result: changed(request, back === undefined ? after : { ...after, teams: [...after.teams, ...back.teams] }),
    definitions,
    events: [...(isLinked ? [linkedEvent(member)] : []), ...own, ...settled, ...events, ...(back?.events ?? [])],
    braked: brake.rest.braked,
    access: back?.counts === undefined ? counts : addCounts(counts, back.counts),
  };
}

/** Whether somebody may come under the name of another one: whoever is not here yet, or waits, or is called otherwise than until now. */
const mayTakeAPlace = (
  { organization }: ProvisioningRequest,
  { inForce, heldBy, scim }: LockedMember,
  { userNameKey, externalId }: AskedMember,
): boolean =>
  organization.knowsGoing &&
  (inForce.status === 'held' ||
    heldBy !== undefined ||
    caseKey(scim.userName as string) !== userNameKey ||
    scim.externalId !== externalId);

/** A member whom the transaction has changed, as the answer to a request has them. */
export async function changedNow(tx: OrgTransaction, request: ProvisioningRequest, id: string): Promise<ChangedMember> {
  return changed(request, (await lockMember(tx, id)) as LockedMember);
}

/** Stores another asked side of a locked member and leaves what is in force. Without `held` the two agree. */
async function holdAsked(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  member: LockedMember,
  change: { resource: Resource; asked: AskedMember; attributes: ChangedAttributes; held: Held | undefined },
): Promise<Outcome<ChangedMember>> {
  const { id, origin, inForce } = member;
  const { resource, asked, attributes, held } = change;
  const { connectionId, now } = request;
  if (Object.keys(attributes).length === 0 && (held === undefined) === (member.heldBy === undefined)) {
    return unchanged(request, member);
  }
  const defined = { type: request.types.user, id, before: member.scim, after: resource };
  await assertReferences(tx, request, defined);
  const version = member.version + 1;
  // From here on the row is of the connection, so it says itself that the person was handed over.
  const linking = origin !== 'local' && isTakenOver(request, member) ? (member.linking ?? 'asked') : undefined;
  updateMember(tx, { id, origin, connectionId, version, asked, inForce, held, linking, now });
  if (!isDeepStrictEqual(resource.emails, member.scim.emails)) replaceEmails(tx, id, asked.emailKeys);
  const definitions = writeDefinedAttributes(tx, request, defined);
  const data = {
    member: memberRef(id, resource),
    hold: held?.by ?? null,
    asked: 'change' as const,
    changed: attributes,
  };
  return {
    result: changed(request, { ...member, version, updatedAt: now, scim: resource }),
    definitions,
    events: [{ kind: 'member.held', data }],
  };
}

/** Whom somebody new was before, if the organization remembers and the policy lets them come back. */
async function findRemembered(
  tx: OrgTransaction,
  { organization, connectionId, now }: ProvisioningRequest,
  { userNameKey }: AskedMember,
): Promise<Remembered | undefined> {
  if (!organization.knowsPeople || organization.policy.reactivation === 'fresh') return undefined;
  return await lockRemembered(tx, { userNameKey, connectionId, now });
}

const unchanged = (request: ProvisioningRequest, member: LockedMember): Outcome<ChangedMember> => ({
  result: changed(request, member),
  events: [],
});

function changed(
  { organization }: ProvisioningRequest,
  { id, version, createdAt, updatedAt, scim, teams }: LockedMember,
): ChangedMember {
  return {
    stored: { id, version, createdAt, updatedAt, scim: JSON.stringify(scim), derived: undefined },
    teams: teamsSeen(teams, organization.policy),
  };
}

/** Those of a person's teams in which the provider sees the person. */
export function teamsSeen(teams: readonly MemberTeam[], policy: Policy): MemberTeam[] {
  const seesLocal = teamsSeenBy(policy) === 'with-members';
  return teams.filter(({ isLocal }) => seesLocal || !isLocal);
}

export const noSuchUser = (id: string) =>
  `There is no user ${shown(id)} in this organization. If the person was deleted here, unassign and assign them in the provider`;

export const otherVersion = (version: number) =>
  `The resource is at version W/"${version}", which is not as If-Match and If-None-Match want it; read it again`;
