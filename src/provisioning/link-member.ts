import type { FeedEventBody } from '../events/feed.ts';
import { isInDomains } from '../organization/domains.ts';
import { type MemberOrigin, managed, memberAfter } from '../organization/lifecycle.ts';
import { isToBeTakenOver, type LinkRefusal, linkRefusal, type Match } from '../organization/linking.ts';
import type { Reason } from '../organization/plan.ts';
import type { Policy } from '../organization/policy.ts';
import { isAdministrative } from '../organization/roles.ts';
import { caseKey } from '../scim/case-key.ts';
import { takeOverMemberships } from '../store/by-hand-writing.ts';
import { lockConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { partMembers } from '../store/disconnect-writing.ts';
import type { HeldPerson } from '../store/held-rows.ts';
import { updateMemberLinking } from '../store/member-state-writing.ts';
import type { LockedMember } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { Acting } from './acting.ts';
import { userNameTaken } from './add-member.ts';
import { emailKeysOf } from './asked-member.ts';
import { commitByHand } from './commit-by-hand.ts';
import { assertNotEnding } from './hold.ts';
import { assertDeletionNotHeld, memberToChange } from './locked.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';
import { memberRef } from './references.ts';

/** Why the provider may not take over a member whom it came upon, in words an admin can act on; undefined if it may. */
export function takeOverRefusal(
  { organization }: ProvisioningRequest,
  member: LockedMember,
  { by, userName, emailKeys = [] }: { by: Match['by']; userName: string; emailKeys?: readonly string[] },
): string | undefined {
  if (!isToBeTakenOver(member)) return undefined;
  const { id, scim, origin, access, linking, isBreakGlass } = member;
  const own = scim.userName as string;
  const isSpelledOtherwise = own !== userName && caseKey(own) === caseKey(userName);
  const isTrusted = emailKeysOf(scim).some((key) => emailKeys.includes(key) && isInDomains(key, organization.domains));
  const refusal = linkRefusal(
    {
      by,
      isTrusted,
      isSpelledOtherwise,
      isBreakGlass,
      isAdministrative: isAdministrative(access.inForce.role),
      isHandedOver: origin !== 'local',
      linking,
    },
    organization.policy,
  );
  return refusal && refusalSays({ id, name: own, origin }, refusal);
}

function refusalSays({ id, name, origin }: { id: string; name: string; origin: string }, refusal: LinkRefusal): string {
  if (refusal === 'break-glass') return `${name} ${linkRefusalSays[refusal]}`;
  // Who is local may have been provisioned once: by a provider that was disconnected, or until an admin parted them from this one.
  const whose = origin === 'local' ? 'is managed in Rollcall' : 'was handed over by another identity provider';
  return `${name} ${whose} and is not linked, because ${linkRefusalSays[refusal]}. An admin allows it in Rollcall: rollcall member link <org> ${id} --confirm <userName>`;
}

/** Whether what is held of a person lets the provider take them over. */
export const isHeldClaim = ({ source, act, inForce, origin, linking }: HeldPerson): boolean =>
  source !== undefined &&
  act === undefined &&
  inForce.status !== 'held' &&
  (origin === 'local' || linking !== undefined);

/**
 * Why a person stays held whom the provider asked for as the organization's own, in words; undefined if nothing is against it.
 * What was found out by the match when it was asked is not asked again: what an admin has since said or made of the person is.
 */
export function heldClaimRefusal(person: HeldPerson, policy: Policy): string | undefined {
  if (!isHeldClaim(person)) return undefined;
  const { id, scim, origin, linking, isBreakGlass, access } = person;
  const refusal = linkRefusal(
    {
      by: 'id',
      isTrusted: true,
      isSpelledOtherwise: false,
      isBreakGlass,
      isAdministrative: isAdministrative(access.inForce.role),
      isHandedOver: origin !== 'local',
      linking,
    },
    policy,
  );
  return refusal && refusalSays({ id, name: scim.userName as string, origin }, refusal);
}

/** Why the provider does not take a person over, in words; of who is set apart it is said of the person. */
export const linkRefusalSays: Record<LinkRefusal, string> = {
  'break-glass': 'was set apart by an admin as a way in, and is not for the provider to change',
  parted: 'an admin parted the person from the identity provider',
  administrator: 'the person administers the organization and has to be named by an admin',
  policy: 'the organization links nobody by itself (setting accountMatch)',
  spelling: 'the userName is spelled otherwise, and letter case counts here (setting matchLetterCase)',
  email:
    'an e-mail address alone does not prove that it is the same person, outside the domains that the organization has verified (setting accountMatch)',
};

/** What the feed says of a member whom the provider has taken over: a local one, or one whom another provider handed over. */
export const linkedEvent = ({ id, scim, origin }: LockedMember): FeedEventBody => ({
  kind: 'member.linked',
  data: { member: memberRef(id, scim), before: origin, after: managed(origin) },
});

/**
 * Lets the provider take over a member whom an admin made, or another provider handed over, with its next request about them,
 * whatever the policy. A person who administers the organization is linked in no other way.
 *
 * @param confirm the userName of the person, who is named by it
 * @returns false if it was allowed before
 * @throws OperatorError not_found, or refused if the name is another one or the person is managed already
 */
export async function allowLinking(
  db: Database,
  org: { id: string },
  id: string,
  confirm: string,
  at: Acting,
): Promise<boolean> {
  return await commitByHand(db, org, at, async (tx) => {
    const member = await memberToChange(tx, id, at);
    const { origin, linking, scim, isBreakGlass } = member;
    if (isBreakGlass) {
      throw new OperatorError(
        'refused',
        `${scim.userName} is set apart as a way in: end that first (rollcall member break-glass <org> <member> --off).`,
      );
    }
    if (!isToBeTakenOver(member))
      throw new OperatorError('refused', `${scim.userName} is managed by the provider already.`);
    if (confirm !== scim.userName) {
      throw new OperatorError('refused', `The member ${id} is ${scim.userName} and not ${JSON.stringify(confirm)}.`);
    }
    if (linking === 'allowed') return { result: false, events: [] };
    updateMemberLinking(tx, id, { origin, linking: 'allowed' });
    return { result: true, events: [{ kind: 'member.linking_allowed', data: { member: memberRef(id, scim) } }] };
  });
}

/**
 * Parts a member from the provider: they stay as they are, and are an admin's to edit. The provider does not take them over
 * again until an admin allows it. Whom the provider has deleted, which an admin discarded, becomes an admin's altogether.
 *
 * @returns false if no provider manages the member
 * @throws OperatorError not_found, or refused while the batch holds that the provider deleted the person, or if somebody else has
 *   the userName by now
 */
export async function unlinkMember(db: Database, org: { id: string }, id: string, at: Acting): Promise<boolean> {
  let userName = '';
  return await commitByHand(
    db,
    org,
    at,
    async (tx, { governed, source, now }) => {
      const member = await memberToChange(tx, id, at);
      const { origin, inForce, scim, isAskedFor } = member;
      userName = String(scim.userName);
      await assertDeletionNotHeld(tx, member, userName);
      const after = memberAfter({ origin, status: inForce.status }, 'unlinked-by-hand');
      if (after === undefined) return { result: false, events: [] };
      const reason: Reason = { rule: 'unlinked-by-hand', ...source };
      if (!isAskedFor) {
        takeOverMemberships(tx, { memberId: id });
        partMembers(tx, [{ id, emailKeys: emailKeysOf(scim) }], { as: 'local', reason, now });
      }
      updateMemberLinking(tx, id, { origin: after.origin, linking: 'refused', reason });
      const data = { member: memberRef(id, scim), before: origin, after: after.origin };
      return {
        result: true,
        events: [{ kind: 'member.unlinked', data }],
        members: isAskedFor ? 0 : 1,
        governs: !governed.knowsPeople,
      };
    },
    () => userNameTaken(userName),
  );
}

/** Where a member comes from whom a provider manages. */
export type Managed = Exclude<MemberOrigin, 'local'>;

/**
 * Makes a member the provider's again whom an admin had parted from it: what undoes a parting. Whoever administers the
 * organization, or is a way in, is the provider's only where an admin names them.
 *
 * @returns false if a provider manages the member
 * @throws OperatorError not_found, or refused
 */
export async function relinkMember(
  db: Database,
  org: { id: string },
  id: string,
  origin: Managed,
  at: Acting,
): Promise<boolean> {
  return await commitByHand(db, org, at, async (tx) => {
    const connection = await lockConnection(tx);
    const member = await memberToChange(tx, id, at);
    if (member.origin !== 'local') return { result: false, events: [] };
    assertNotEnding(connection.state);
    if (member.isBreakGlass || isAdministrative(member.access.inForce.role)) {
      const because = linkRefusalSays[member.isBreakGlass ? 'break-glass' : 'administrator'];
      throw new OperatorError(
        'refused',
        `${member.scim.userName} is not made the provider’s again by undoing: ${because}. rollcall member link <org> ${id} --confirm <userName>`,
      );
    }
    updateMemberLinking(tx, id, { origin, linking: undefined, connectionId: connection.id });
    const data = { member: memberRef(id, member.scim), before: member.origin, after: origin };
    return { result: true, events: [{ kind: 'member.linked', data }] };
  });
}
