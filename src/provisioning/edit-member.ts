import { isDeepStrictEqual } from 'node:util';
import { type MemberAct, memberAfter } from '../organization/lifecycle.ts';
import { type Profile, plan } from '../organization/plan.ts';
import { type OrganizationTypes, organizationTypes } from '../scim/organization-types.ts';
import type { Resource } from '../scim/schema.ts';
import { validateResource } from '../scim/validate.ts';
import { lockSeats } from '../store/access-writing.ts';
import type { Database } from '../store/database.ts';
import { readDefinitions } from '../store/definitions.ts';
import { type LockedMember, replaceEmails, updateMember, updateMemberInForce } from '../store/member-writing.ts';
import { updateMemberships } from '../store/membership-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { freeSeats, giveFreeSeats, writeAccess } from './access-in-force.ts';
import { isUnlicensed } from './access-of-request.ts';
import type { Acting } from './acting.ts';
import { type MemberByHand, resourceByHand, userNameTaken } from './add-member.ts';
import { askedMember, profileOf } from './asked-member.ts';
import { changedAttributes } from './changed-attributes.ts';
import { type ByHand, commitByHand } from './commit-by-hand.ts';
import type { Outcome } from './commit-change.ts';
import { writeDefinedAttributes } from './defined-attributes.ts';
import { endInvitationMail, invite } from './invitation-mail.ts';
import { isDeletionDiscarded, memberToChange, memberToTakeFrom } from './locked.ts';
import { memberEvents } from './member-events.ts';
import { memberInForce } from './member-in-force.ts';
import { isMembership } from './membership-events.ts';
import { refuseSeatless } from './refuse-seatless.ts';
import { assertNotTooSoon } from './request-mail.ts';
import { assertNobodyLeaves } from './succession.ts';
import { takeOut } from './take-out.ts';

/** What an admin writes of a person. What is left out stays, null takes it away. */
export type MemberEdit = { readonly userName?: string | undefined } & {
  readonly [Name in Exclude<keyof MemberByHand, 'userName'>]?: string | null | undefined;
};

/** Whether the caller knows the member that there is; what it throws refuses the change. */
export type ExpectedMember = (member: LockedMember) => void;

/**
 * Changes what an admin may write of a person. Of a local member that is everything; of one whom the provider manages, where no
 * lock is on them, the name and the address in force, until the provider's next request about the person (behaviors.md B50).
 *
 * @returns false if nothing differs
 * @throws OperatorError not_found, locked, or refused if the userName is taken; ScimError if a value does not fit
 */
export async function editMember(
  db: Database,
  org: { id: string },
  id: string,
  edit: MemberEdit,
  at: Acting,
  isExpected: ExpectedMember = () => undefined,
): Promise<boolean> {
  return await commitByHand(
    db,
    org,
    at,
    async (tx, context) => {
      const member = await memberToChange(tx, id, at);
      isExpected(member);
      assertMayEdit(member, context);
      if (isOwn(member)) {
        const { definitions, version } = await readDefinitions(tx);
        const types = organizationTypes(definitions, version);
        const body = { ...member.scim, ...overlaid(member.scim, edit) };
        const { resource } = validateResource(types.user, body, { operation: 'replace', previous: member.scim });
        const written = { act: 'edited-by-hand', resource, profile: profileOf(resource), types } as const;
        return await writeByHand(tx, member, written, context);
      }
      if (edit.userName !== undefined && edit.userName !== member.scim.userName) {
        throw new OperatorError(
          'locked',
          'The userName of a person whom the identity provider manages is changed there.',
        );
      }
      const profile = profileInForce(member, edit);
      return await writeByHand(tx, member, { act: 'edited-by-hand', resource: member.scim, profile }, context);
    },
    () => userNameTaken(edit.userName ?? ''),
  );
}

/**
 * Suspends a person: out of force in every team, without a seat, and whatever lets the person in ends with it (R16).
 *
 * @returns false if the person is suspended already
 * @throws OperatorError not_found, locked, or refused if nobody who administers would be left
 */
export const suspendMember = statusChange('suspended-by-hand');

/**
 * Restores a person who is suspended, with the teams and roles that they had. API keys that ended stay ended. Whoever has still to
 * accept an invitation is invited again, and not active (K15).
 *
 * @returns false if the person is not suspended
 * @throws OperatorError not_found, locked, or refused if there is no seat
 */
export const restoreMember = statusChange('restored-by-hand');

/**
 * Makes somebody invited again who was until they were suspended or removed: what undoing does, and nothing else. The
 * invitation goes on as it was; if it is over by now the person is invited anew, by mail.
 *
 * @returns false if the person is neither suspended nor removed
 * @throws OperatorError not_found, or too_soon after another mail
 */
export const putInvitationBack = statusChange('invited-by-hand');

/**
 * Removes a person from the organization. By undoing, whom the provider deactivated and still asks not to be active is removed as it
 * asked, and stays its to activate.
 *
 * @throws OperatorError not_found, locked, or refused if nobody who administers would be left
 */
export async function removeMember(
  db: Database,
  org: { id: string },
  id: string,
  at: Acting,
  isExpected: ExpectedMember = () => undefined,
): Promise<void> {
  await commitByHand(db, org, at, async (tx, context) => {
    const member = await memberToTakeFrom(tx, id, at);
    isExpected(member);
    // Whom the provider has deleted, which an admin discarded, nobody removes in the provider any more.
    if (!(await isDeletionDiscarded(tx, member))) assertMayEdit(member, context);
    const { governed, rules, source, now } = context;
    if (at.undoes !== undefined && isDeactivated(member)) {
      if (governed.policy.deactivation !== 'remove') throw deactivatedStays(String(member.scim.userName));
      const written = { act: 'asked-inactive', resource: member.scim, profile: member.inForce } as const;
      return { ...(await writeByHand(tx, member, written, context)), result: undefined };
    }
    return await takeOut(tx, member, {
      act: 'removed-by-hand',
      rules,
      source,
      now,
      knowsPeople: governed.knowsPeople,
      isRemembered: governed.policy.deletion !== 'remove',
      seats: () => lockSeats(tx),
    });
  });
}

/** Whether the provider goes on asking that a person is not active. */
const isDeactivated = ({ origin, isAskedFor, heldBy, scim }: LockedMember) =>
  origin !== 'local' && isAskedFor && heldBy === undefined && scim.active === false;

const deactivatedStays = (userName: string) =>
  new OperatorError(
    'refused',
    `${userName} is not removed again: the organization suspends by now whom the provider deactivates (setting deactivation). Suspend the person instead.`,
  );

type StatusChange = (
  db: Database,
  org: { id: string },
  id: string,
  at: Acting,
  isExpected?: ExpectedMember,
) => Promise<boolean>;

function statusChange(
  act: Extract<MemberAct, 'suspended-by-hand' | 'restored-by-hand' | 'invited-by-hand'>,
): StatusChange {
  return async (db, org, id, at, isExpected = () => undefined) =>
    await commitByHand(db, org, at, async (tx, context) => {
      const member = await (act === 'suspended-by-hand' ? memberToTakeFrom : memberToChange)(tx, id, at);
      isExpected(member);
      assertMayEdit(member, context);
      const { inForce, origin, scim } = member;
      const after = memberAfter({ origin, ...inForce }, act, context.governed.policy);
      if (after === undefined) return { result: false, events: [] };
      const isInvited = inForce.status === 'invited';
      // Nobody accepts an invitation in the person's place by restoring them; whoever was active before may be so again.
      if (isInvited && act === 'restored-by-hand' && at.undoes === undefined) return { result: false, events: [] };
      const resource = isOwn(member) ? { ...scim, active: act !== 'suspended-by-hand' } : scim;
      const outcome = await writeByHand(tx, member, { act, resource, profile: inForce }, context);
      if (act !== 'suspended-by-hand' && after.status === 'invited') await goOnInviting(tx, member, context.now);
      else if (isInvited && act === 'restored-by-hand') endInvitationMail(tx, id, context.now);
      return outcome;
    });
}

/** The link of an invitation that is not over is still there. */
async function goOnInviting(tx: OrgTransaction, member: LockedMember, now: Date): Promise<void> {
  const { id, inForce, invitedUntil } = member;
  if (invitedUntil !== undefined && invitedUntil > now) return;
  await assertNotTooSoon(tx, member, { kind: 'invitation', asked: 'invited', again: 'invite them again' }, now);
  endInvitationMail(tx, id, now);
  invite(tx, { id, ...inForce }, now);
}

/** Whether an admin writes both sides of a member: nobody else has asked anything of a local one. */
const isOwn = ({ origin, heldBy }: LockedMember) => origin === 'local' && heldBy === undefined;

function assertMayEdit({ origin, scim, unlockedUntil, isAskedFor }: LockedMember, { assertUnlocked }: ByHand): void {
  const what = `${scim.userName} is managed by the identity provider`;
  assertUnlocked('edit-member', what, { isManaged: origin !== 'local', isAskedFor, unlockedUntil });
}

/** What becomes of a locked member: of a local one both sides, of another the side in force. */
type Written = {
  act: MemberAct;
  resource: Resource;
  profile: Profile;
  /** The resource types of the organization, where attributes may have changed. */
  types?: OrganizationTypes;
};

/** Stores what an act of an admin makes of a locked member, and what follows from it. */
export async function writeByHand(
  tx: OrgTransaction,
  member: LockedMember,
  { act, resource, profile, types }: Written,
  { governed, rules, source, now }: ByHand,
): Promise<Outcome<boolean>> {
  const { id, inForce, origin, access } = member;
  const seats = await lockSeats(tx);
  const changes = plan(
    {
      members: [{ id, asked: { active: true, name: profile.name, email: profile.email }, inForce, origin, act }],
      memberships: member.memberships.map((each) => ({ ...each, memberUnlicensed: isUnlicensed(access, rules) })),
      access: { people: [access], rules, freeSeats: freeSeats(seats) },
      life: governed.policy,
    },
    source,
  );
  refuseSeatless(governed.policy, changes);
  const attributes = changedAttributes(member.scim, resource);
  if (Object.keys(attributes).length === 0 && changes.length === 0) return { result: false, events: [] };
  const after = memberInForce(inForce, changes);
  if (isOwn(member)) {
    const asked = askedMember(resource, governed.policy, member.scim);
    updateMember(tx, { id, origin, connectionId: undefined, version: member.version + 1, asked, inForce: after, now });
    if (resource.userName !== member.scim.userName) await assertNobodyLeaves(tx, asked);
    if (!isDeepStrictEqual(resource.emails, member.scim.emails)) replaceEmails(tx, id, asked.emailKeys);
  } else updateMemberInForce(tx, id, after);
  const change = types && { type: types.user, id, before: member.scim, after: resource };
  const definitions = types && change && writeDefinedAttributes(tx, { types }, change);
  updateMemberships(tx, changes.filter(isMembership));
  const written = writeAccess(tx, [access], changes, now);
  const { events, counts } = await giveFreeSeats(tx, seats, written, { rules, source, now });
  const told = [...memberEvents(member, resource, attributes, changes), ...events];
  return { result: true, definitions, events: told, access: counts };
}

/** The attributes of a local member that an edit is about, as its resource has them afterwards. */
function overlaid(scim: Resource, edit: MemberEdit): Record<string, unknown> {
  const { userName, displayName, givenName, familyName, email } = edit;
  const name = { ...(scim.name as Record<string, unknown> | undefined) };
  // A formatted name would go on saying what the parts were.
  if (givenName !== undefined || familyName !== undefined) delete name.formatted;
  return {
    ...(userName === undefined ? {} : { userName }),
    ...(displayName === undefined ? {} : { displayName }),
    name: {
      ...name,
      ...(givenName === undefined ? {} : { givenName }),
      ...(familyName === undefined ? {} : { familyName }),
    },
    ...(email === undefined ? {} : { emails: email === null ? [] : resourceByHand({ userName: '', email }).emails }),
  };
}

function profileInForce({ inForce }: LockedMember, { displayName, givenName, familyName, email }: MemberEdit): Profile {
  const parts = [givenName, familyName].filter((part) => typeof part === 'string' && part !== '').join(' ');
  return {
    name: displayName ?? (parts === '' ? inForce.name : parts),
    email: email === undefined ? inForce.email : (email ?? undefined),
  };
}
