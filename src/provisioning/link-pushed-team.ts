import { teamLinkRefusal } from '../organization/linking.ts';
import { plan } from '../organization/plan.ts';
import { uniqueness } from '../scim/errors.ts';
import type { DerivedOptions, StoredResource } from '../store/members.ts';
import { deleteMemberships, insertMemberships, type MembershipsMet } from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { type AskedTeam, type LockedTeam, updateTeam } from '../store/team-writing.ts';
import { readTeam } from '../store/teams.ts';
import { accessRulesOf } from './access-of-request.ts';
import type { Assumptions } from './assumptions.ts';
import { planBraked } from './brake-leavers.ts';
import { changedAttributes } from './changed-attributes.ts';
import type { Outcome } from './commit-change.ts';
import { teamConflict } from './conflicts.ts';
import { assertReferences, writeDefinedAttributes } from './defined-attributes.ts';
import { heldFor } from './hold.ts';
import { heldLeaverEvents, heldPeople, holdPeople, holdTeamChange, teamHeldEvents } from './hold-team.ts';
import { isMembership } from './membership-events.ts';
import { asTold, meet, membershipSides } from './people-of-team.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';
import { teamRef } from './references.ts';
import { nameInForce, teamEvents, teamLinked } from './team-events.ts';
import { isUndecided, LinkUndecided, partedTeam, refuseHeldBack, settleUnknown } from './team-refusals.ts';

/** What the provider pushes for a group that it does not know. */
type Pushed = { asked: AskedTeam; members: readonly string[]; answer: DerivedOptions };

/**
 * Links a local team to the group of its name that the provider pushes, whose people are from now on those in the team
 * (behaviors.md B39). A name never grants anything: a team that gives something is linked by its id only.
 *
 * @throws ScimError uniqueness if the policy, an admin or what the team gives says no
 */
export async function linkPushed(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  team: LockedTeam,
  { asked, members, answer }: Pushed,
  assumptions: Assumptions,
): Promise<Outcome<StoredResource>> {
  const { id, grants } = team;
  const gives = grants.role !== undefined || grants.license !== undefined;
  const isSpelledOtherwise = team.inForceName !== asked.displayName;
  const refusal = teamLinkRefusal({ gives, isSpelledOtherwise, linking: team.linking }, request.organization.policy);
  if (isUndecided(request, team)) throw new LinkUndecided(team);
  if (refusal === 'parted') throw uniqueness(partedTeam(team));
  if (refusal !== undefined) throw await teamConflict(request, asked, 'teams_display_name');
  request.record.resourceId = id;
  const { connectionId, now } = request;
  const { met: all } = await meet(tx, request, id, { base: 'empty', add: [...members], remove: [] }, false);
  settleUnknown(request, all);
  const attributes = changedAttributes(team.scim, asked.scim);
  const defined = { type: request.types.group, id, before: team.scim, after: asked.scim };
  const held = heldFor(request, team.heldBy);
  if (held !== undefined) {
    await assertReferences(tx, request, defined);
    const people = heldPeople(all, held);
    holdTeamChange(tx, request, team, { asked, attributes, people, held, isLinked: true, isByName: true });
    const definitions = writeDefinedAttributes(tx, request, defined);
    const result = await readTeam(tx, id, answer);
    return {
      result,
      definitions,
      events: teamHeldEvents(id, asked, held, { asked: 'change', changed: attributes, ...people }),
    };
  }
  const name = asked.displayName;
  const rules = accessRulesOf(request);
  const planned = (met: MembershipsMet) => ({
    met,
    changes: plan(
      {
        teams: [{ id, asked: { name }, inForce: nameInForce(team) }],
        memberships: membershipSides(id, met, rules),
      },
      sourceOf(request),
    ),
  });
  const braking = { teamId: id, people: [], rules, all, plan: planned };
  const { met, changes, brake, staying } = await planBraked(tx, request, assumptions, braking);
  await refuseHeldBack(tx, request, changes);
  const memberships = changes.filter(isMembership);
  await assertReferences(tx, request, defined);
  updateTeam(tx, { id, connectionId, origin: 'linked', version: team.version + 1, asked, inForceName: name, now });
  const definitions = writeDefinedAttributes(tx, request, defined);
  if (brake.held !== undefined && staying !== undefined) holdPeople(tx, id, staying, brake.held);
  insertMemberships(
    tx,
    memberships.filter(({ from }) => from === undefined),
  );
  deleteMemberships(tx, met.leavers);
  const result = await readTeam(tx, id, answer);
  const events = [
    ...brake.rest.events,
    teamLinked(team, name),
    ...heldLeaverEvents(id, asked, brake.held, staying),
    ...teamEvents(teamRef(id, name), attributes, asTold(changes, met)),
  ];
  const { braked, governs } = brake.rest;
  return { result, definitions, events, braked, governs: governs === true };
}
