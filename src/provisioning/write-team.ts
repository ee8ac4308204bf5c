import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import { isHandedOver } from '../organization/disconnecting.ts';
import { managedTeam } from '../organization/lifecycle.ts';
import { plan } from '../organization/plan.ts';
import { caseKey } from '../scim/case-key.ts';
import { forbidden, notFound, preconditionFailed } from '../scim/errors.ts';
import { type MembershipDelta, selectsNobody } from '../scim/group-patch.ts';
import type { Resource } from '../scim/schema.ts';
import { lockSeats } from '../store/access-writing.ts';
import { readIdsOfTeam } from '../store/held-rows.ts';
import type { DerivedOptions, StoredResource } from '../store/members.ts';
import { deleteMemberships, insertMemberships, type MembershipsMet } from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { type ChangeAbout, NotShared } from '../store/shared-transactions.ts';
import { type AskedTeam, insertTeam, type LockedTeam, lockTeam, touchTeam, updateTeam } from '../store/team-writing.ts';
import { readTeam } from '../store/teams.ts';
import { freeSeats, settleMemberships, writeAccess } from './access-in-force.ts';
import { accessRulesOf, settleSeatless, withFreedSeats } from './access-of-request.ts';
import { askedTeam } from './asked-team.ts';
import { type Assumptions, TeamGivesSomething } from './assumptions.ts';
import { planBraked } from './brake-leavers.ts';
import { otherVersion } from './change-member.ts';
import { changedAttributes } from './changed-attributes.ts';
import type { Outcome } from './commit-change.ts';
import { assertReferences, writeDefinedAttributes } from './defined-attributes.ts';
import { heldFor } from './hold.ts';
import { heldForTeam, heldLeaverEvents, heldPeople, holdPeople, holdTeamChange, teamHeldEvents } from './hold-team.ts';
import { isMembership, membershipEvents } from './membership-events.ts';
import { asTold, meet, membershipSides, missingTarget, withTeam } from './people-of-team.ts';
import { refuseTeamBeyondPolicy } from './policy-of-request.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';
import { teamRef } from './references.ts';
import { assertTeamNameIsFree, inPlaceOf, teamSuccession } from './succession.ts';
import { createdTeamEvents, nameInForce, teamEvents, teamLinked } from './team-events.ts';
import {
  heldLinkRefusal,
  isHidden,
  isUndecided,
  LinkUndecided,
  noSuchGroup,
  partedTeam,
  refuseHeldBack,
  refuseUnknownList,
  settleUnknown,
} from './team-refusals.ts';

/** A team after a change: its version, and the rest if it was wanted. */
export type ChangedTeam = { version: number; stored: StoredResource | undefined };

/** What becomes of the two sides of a team. */
export type TeamChange = {
  resource: (previous: Resource) => Resource;
  /** Undefined if the request is not about members. Runs when the team is locked, or about to be. */
  delta: (tx: OrgTransaction) => Promise<MembershipDelta | undefined>;
  /** What it is about, if it is about a few people and nothing else. */
  about?: ChangeAbout | undefined;
};

/** What the provider asks of a team that is new. */
type NewTeam = {
  resource: Resource;
  asked: AskedTeam;
  /** The ids of the people whom it names. */
  members: string[];
  answer: DerivedOptions;
  assumptions: Assumptions;
};

/** Stores a team that was not known until now, in force or held. */
export async function writeNewTeam(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  id: string,
  { resource, asked, members, answer, assumptions }: NewTeam,
): Promise<Outcome<StoredResource>> {
  const { connectionId, now } = request;
  const succession = await teamSuccession(tx, request, assumptions, accessRulesOf(request), id, asked);
  const delta: MembershipDelta = { base: 'current', add: members, remove: [] };
  const { met } = await meet(tx, request, id, delta, false);
  settleUnknown(request, met);
  const name = asked.displayName;
  const defined = { type: request.types.group, id, before: undefined, after: resource };
  const held = succession === undefined ? heldFor(request, undefined) : succession.held;
  if (held !== undefined) {
    await assertReferences(tx, request, defined);
    insertTeam(tx, { id, connectionId, origin: 'synced', asked, inForceName: undefined, held, now });
    const definitions = writeDefinedAttributes(tx, request, defined);
    const people = heldPeople(met, held);
    holdPeople(tx, id, people, held);
    const result = await readTeam(tx, id, answer);
    const events = teamHeldEvents(id, asked, held, { asked: 'creation', changed: {}, ...people });
    return inPlaceOf(succession, { result, definitions, events, teams: 1 });
  }
  const changes = plan(
    {
      teams: [{ id, asked: { name }, inForce: undefined }],
      memberships: membershipSides(id, met, accessRulesOf(request)),
    },
    sourceOf(request),
  );
  await refuseHeldBack(tx, request, changes);
  await assertReferences(tx, request, defined);
  insertTeam(tx, { id, connectionId, origin: 'synced', asked, inForceName: name, now });
  await assertTeamNameIsFree(tx, request, id, asked);
  const definitions = writeDefinedAttributes(tx, request, defined);
  insertMemberships(tx, changes.filter(isMembership));
  const result = await readTeam(tx, id, answer);
  const team = teamRef(id, name);
  const events = [
    ...createdTeamEvents({ id, inForceName: undefined }, changes),
    ...membershipEvents(team, changes.filter(isMembership)),
  ];
  return inPlaceOf(succession, { result, definitions, events, teams: 1 });
}

/** What is done to a team, and whether it is wanted in the answer. */
type TeamWriting = {
  change: TeamChange;
  answer: DerivedOptions | undefined;
  assumptions: Assumptions;
  /** Whether the provider came upon a local team by its name alone, and may take it over. */
  isByName?: boolean;
};

/**
 * Stores another asked side of a team, and what follows from it.
 *
 * @param note is told what is asked, before it is stored
 */
export async function writeTeam(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  id: string,
  { change, answer, assumptions, isByName = false }: TeamWriting,
  note?: (asked: AskedTeam) => void,
): Promise<Outcome<ChangedTeam>> {
  const { connectionId, now } = request;
  const { grantsByTeam, seatsAreFree } = assumptions;
  const rules = accessRulesOf(request);
  // The statements about people travel behind the lock, so they see the team as it is when the lock is held.
  const [team, [delta, asMet, missing]] = await Promise.all([
    lockTeam(tx, id),
    change
      .delta(tx)
      .then((delta) =>
        Promise.all([delta, meet(tx, request, id, delta, grantsByTeam), missingTarget(tx, id, delta?.targets)]),
      ),
  ]);
  if (team === undefined) throw notFound(noSuchGroup(id));
  if (!isByName && isHidden(request, team)) throw notFound(noSuchGroup(id));
  if (team.origin === 'local' && team.linking === 'refused') throw forbidden(partedTeam(team));
  if (isUndecided(request, team)) throw new LinkUndecided(team);
  if (request.isExpectedVersion?.(team.version) === false) throw preconditionFailed(otherVersion(team.version));
  if (missing !== undefined) throw selectsNobody(missing);
  settleUnknown(request, asMet.met);
  refuseUnknownList(request, delta, asMet.met);
  const resource = change.resource(team.scim);
  refuseTeamBeyondPolicy(request, resource, team.scim);
  const asked = askedTeam(resource);
  note?.(asked);
  const mayMeet = mayTakeAName(request, team, asked);
  const succession = mayMeet ? await teamSuccession(tx, request, assumptions, rules, id, asked) : undefined;
  const held = succession === undefined ? heldForTeam(request, team) : succession.held;
  if (held !== undefined && tx.isShared === true) throw new NotShared();
  const stays = held === undefined && connectionId !== undefined ? heldLinkRefusal(team) : undefined;
  if (stays !== undefined) throw forbidden(stays);
  const comes = succession?.ended !== undefined && team.inForceName === undefined;
  const {
    met: all,
    people,
    ceiling,
  } = comes && delta?.base !== 'empty' ? await meetAllAsked(tx, request, id, delta, grantsByTeam) : asMet;
  const moving = held === undefined ? all.joiners.length + all.leavers.length : 0;
  const gives = moving > 0 && (team.grants.role !== undefined || team.grants.license !== undefined);
  if (gives && !grantsByTeam) throw new TeamGivesSomething();
  const attributes = changedAttributes(team.scim, resource);
  const origin = managedTeam(team.origin);
  const isLinked = origin !== team.origin || (connectionId !== undefined && isHandedOver(team));
  const defined = { type: request.types.group, id, before: team.scim, after: resource };
  if (held !== undefined) {
    await assertReferences(tx, request, defined);
    const people = heldPeople(all, held);
    const { version, isRewritten } = holdTeamChange(tx, request, team, {
      asked,
      attributes,
      people,
      held,
      isLinked,
      isByName,
      waits: succession !== undefined,
    });
    const definitions = isRewritten ? writeDefinedAttributes(tx, request, defined) : undefined;
    const stored = answer === undefined ? undefined : await readTeam(tx, id, answer);
    const events =
      version === team.version
        ? []
        : teamHeldEvents(id, asked, held, { asked: 'change', changed: attributes, ...people });
    return inPlaceOf(succession, { result: { version, stored }, definitions, events });
  }

  const name = asked.displayName;
  const seats = gives && !seatsAreFree ? await lockSeats(tx) : undefined;
  const planned = (met: MembershipsMet) => {
    const moved = gives ? withTeam(people, { id, ...team.grants, ceiling }, met) : [];
    const changes = plan(
      {
        teams: [{ id, asked: { name }, inForce: nameInForce(team) }],
        memberships: membershipSides(id, met, rules),
        access: { people: moved, rules, freeSeats: seats && freeSeats(seats) },
      },
      sourceOf(request),
    );
    return { met, moved, changes };
  };
  const braking = { teamId: id, people, rules, all, plan: planned };
  const { met, moved, changes, brake, staying } = await planBraked(tx, request, assumptions, braking);
  if (brake.held !== undefined && tx.isShared === true) throw new NotShared();
  settleSeatless(request, changes, (memberId) => memberId);
  await refuseHeldBack(tx, request, changes);
  const memberships = changes.filter(isMembership);
  const isRenamed = changes.some(({ kind }) => kind === 'team.name');
  const isRewritten = Object.keys(attributes).length > 0 || isRenamed || isLinked;
  const moves = memberships.length > 0 || (staying !== undefined && staying.leaving.length > 0);
  const version = isRewritten || moves ? team.version + 1 : team.version;
  let definitions: number | undefined;
  if (isRewritten && tx.isShared === true) throw new NotShared();
  if (isRewritten) {
    await assertReferences(tx, request, defined);
    updateTeam(tx, { id, connectionId, origin, version, asked, inForceName: name, now });
    if (mayMeet) await assertTeamNameIsFree(tx, request, id, asked);
    definitions = writeDefinedAttributes(tx, request, defined);
  } else if (moves) {
    touchTeam(tx, id, now);
  }
  if (brake.held !== undefined && staying !== undefined) holdPeople(tx, id, staying, brake.held);
  insertMemberships(
    tx,
    memberships.filter(({ from }) => from === undefined),
  );
  deleteMemberships(tx, met.leavers);
  const written = writeAccess(tx, moved, changes, now);
  const settled = await settleMemberships(tx, moved, changes, rules, { source: sourceOf(request) });
  const access = await withFreedSeats(tx, request, rules, seats, written);
  const stored = answer === undefined ? undefined : await readTeam(tx, id, answer);
  const linked: FeedEventBody[] = isLinked ? [teamLinked(team, name)] : [];
  const events = [
    ...brake.rest.events,
    ...linked,
    ...heldLeaverEvents(id, asked, brake.held, staying),
    ...createdTeamEvents(team, changes),
    ...teamEvents(teamRef(id, name), attributes, asTold(changes, met)),
    ...settled,
    ...access.events,
  ];
  const { braked, governs } = brake.rest;
  return inPlaceOf(succession, {
    result: { version, stored },
    definitions,
    events,
    access: access.counts,
    braked,
    governs: governs === true,
  });
}

/** Whether a team may come under the name of another one: which is not here yet, or waits, or is called otherwise than until now. */
const mayTakeAName = (
  { organization }: ProvisioningRequest,
  { inForceName, heldBy, scim }: LockedTeam,
  { displayNameKey, externalId }: AskedTeam,
): boolean =>
  organization.knowsGoing &&
  (inForceName === undefined ||
    heldBy !== undefined ||
    caseKey(scim.displayName as string) !== displayNameKey ||
    scim.externalId !== externalId);

/** Meets those whom the provider has asked into a team that was not here until now, beside those of a delta. */
async function meetAllAsked(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  id: string,
  { add, remove }: Pick<MembershipDelta, 'add' | 'remove'> = { add: [], remove: [] },
  grantsByTeam: boolean,
) {
  const leaving = new Set(remove.map((each) => each.toLowerCase()));
  const asked: string[] = [];
  let after: string | undefined;
  do {
    const ids = await readIdsOfTeam(tx, id, { after, limit: limits.planPageRows });
    asked.push(...ids.filter((each) => !leaving.has(each)));
    after = ids.at(-1);
  } while (after !== undefined);
  return await meet(tx, request, id, { base: 'current', add: [...new Set([...add, ...asked])], remove }, grantsByTeam);
}
