import type { FeedEventBody } from '../events/feed.ts';
import type { Match } from '../organization/linking.ts';
import { plan } from '../organization/plan.ts';
import { uniqueness } from '../scim/errors.ts';
import type { Resource } from '../scim/schema.ts';
import { validateResource } from '../scim/validate.ts';
import { lockSeats } from '../store/access-writing.ts';
import {
  type Held,
  insertMember,
  type LockedMember,
  lockLocalMatch,
  type MemberInForce,
} from '../store/member-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { lockRemembered } from '../store/remembered.ts';
import { addCounts, freeSeats, writeAccess } from './access-in-force.ts';
import { accessRulesOf, askedAccess, isUnlicensed, newAccess, settleSeatless } from './access-of-request.ts';
import { askedMember, profileOf } from './asked-member.ts';
import { bringBack, rememberedAccess } from './bring-back.ts';
import { type ChangedMember, changedNow, teamsSeen, writeAsked } from './change-member.ts';
import { commitChange, type Outcome, type PreparedChange } from './commit-change.ts';
import { memberConflict } from './conflicts.ts';
import { assertReferences, writeDefinedAttributes } from './defined-attributes.ts';
import { heldFor } from './hold.ts';
import { mailNewMember } from './invitation-mail.ts';
import { takeOverRefusal } from './link-member.ts';
import { createdEvent } from './member-created.ts';
import { memberInForce, memberSides } from './member-in-force.ts';
import { memberAsAllowed } from './policy-of-request.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';
import { memberRef } from './references.ts';
import { assertPlaceIsFree, memberSuccession, takingPlace } from './succession.ts';

/**
 * Creates a member from the body of POST /Users (RFC 7644 §3.3).
 *
 * @throws ScimError invalidValue for a body that is no User, uniqueness if its userName or externalId is taken
 */
export async function createMember(request: ProvisioningRequest, body: unknown): Promise<ChangedMember> {
  const { work, onConflict, about } = memberCreation(request, body);
  return await commitChange(request, work, onConflict, about);
}

/** The same, to be carried out together with other changes. */
export function memberCreation(request: ProvisioningRequest, body: unknown): PreparedChange<ChangedMember> {
  const { tolerances } = request.record;
  const validated = validateResource(request.types.user, body, { operation: 'create', tolerances });
  const resource = memberAsAllowed(request, validated.resource);
  const asked = askedMember(resource, request.organization.policy);
  const profile = profileOf(resource);
  const { connectionId, now } = request;
  const id = request.newId();
  request.record.resourceId = id;

  return {
    request,
    work: async (tx, assumptions) => {
      const { seatsAreFree, meetsNobody = true } = assumptions;
      const rules = accessRulesOf(request);
      const met = meetsNobody
        ? undefined
        : await lockLocalMatch(tx, asked, request.organization.policy.matchLetterCase);
      if (met !== undefined) return await linkCreated(tx, request, met, { resource, asked, rules, assumptions });
      const isFresh = request.organization.policy.reactivation === 'fresh';
      const remembered = meetsNobody || isFresh ? undefined : await lockRemembered(tx, { ...asked, connectionId, now });
      const unknown = askedAccess(newAccess(id), resource, rules);
      const change = { type: request.types.user, id, before: undefined, after: resource };
      const must = meetsNobody && request.organization.knowsPeople;
      const meeting = must ? { meetNobody: isFresh ? ('local' as const) : ('new' as const) } : undefined;
      const succession = await memberSuccession(tx, request, assumptions, asked);
      const held = succession?.held ?? heldFor(request, undefined);
      if (held !== undefined) {
        await assertReferences(tx, request, change);
        const inForce = notHereYet(held);
        insertMember(tx, { id, origin: 'provisioned', connectionId, asked, inForce, held, now }, meeting);
        const definitions = writeDefinedAttributes(tx, request, change);
        const data = { member: memberRef(id, resource), hold: held.by, asked: 'creation' as const, changed: {} };
        const events: FeedEventBody[] = [{ kind: 'member.held', data }];
        const outcome = { result: created(id, resource, now), definitions, events, members: 1 };
        if (succession === undefined) return outcome;
        const again = () => changedNow(tx, request, id);
        return await takingPlace(tx, request, succession, outcome, { id, rules, again });
      }
      const access = remembered === undefined ? unknown : rememberedAccess(unknown, remembered);
      const before =
        remembered !== undefined && asked.active ? { ...gone, wasActive: remembered.wasActive } : undefined;
      const seats = seatsAreFree ? undefined : await lockSeats(tx);
      const changes = plan(
        {
          members: [memberSides(id, { active: asked.active, profile }, before)],
          access: { people: [access], rules, freeSeats: seats && freeSeats(seats) },
          life: request.organization.policy,
        },
        sourceOf(request),
      );
      settleSeatless(request, changes, () => asked.userName);
      const inForce = memberInForce(before, changes);
      await assertReferences(tx, request, change);
      insertMember(tx, { id, origin: 'provisioned', connectionId, asked, inForce, now }, meeting);
      await assertPlaceIsFree(tx, request, asked);
      const definitions = writeDefinedAttributes(tx, request, change);
      mailNewMember(tx, { id, ...inForce }, request.organization.policy, now);
      const { counts } = writeAccess(tx, [access], changes, now);
      const back =
        remembered &&
        (await bringBack(
          tx,
          remembered,
          { id, status: inForce.status, isUnlicensed: isUnlicensed(access, rules, changes) },
          { rules, source: sourceOf(request), now },
        ));
      return {
        result: created(id, resource, now, teamsSeen(back?.teams ?? [], request.organization.policy)),
        definitions,
        events: [createdEvent(id, resource, inForce, { changes, rules }, remembered?.id), ...(back?.events ?? [])],
        members: 1,
        access: back?.counts === undefined ? counts : addCounts(counts, back.counts),
      };
    },
    onConflict: (constraint) => memberConflict(request, asked, constraint, 'create'),
    about: { members: [], names: [asked.userNameKey] },
  };
}

const created = (id: string, resource: Resource, now: Date, teams: ChangedMember['teams'] = []): ChangedMember => ({
  stored: { id, version: 1, createdAt: now, updatedAt: now, scim: JSON.stringify(resource), derived: undefined },
  teams,
});

/** The side in force of somebody whose creation is held. */
const notHereYet = ({ source }: Held): MemberInForce => ({
  status: 'held',
  statusReason: { rule: 'held', ...source },
  name: '',
  email: undefined,
});

/** Somebody who was here before begins as removed, with no name that could stay. */
const gone = { status: 'removed', name: '', email: undefined } as MemberInForce;

/**
 * Links a local member to the person whom the provider wants to create, instead of making a second one (behaviors.md D24, B27).
 *
 * @throws ScimError uniqueness if the policy or an admin says no (P19, P20)
 */
async function linkCreated(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  { member, by }: { member: LockedMember; by: Match['by'] },
  what: Parameters<typeof writeAsked>[3],
): Promise<Outcome<ChangedMember>> {
  const refusal = takeOverRefusal(request, member, { by, ...what.asked });
  if (refusal !== undefined) throw uniqueness(refusal);
  request.record.resourceId = member.id;
  request.record.detail = `linked the local member ${member.scim.userName}, matched by ${by}`;
  return await writeAsked(tx, request, member, what);
}
