import { v7 as newUuid } from 'uuid';
import type { MemberAct } from '../organization/lifecycle.ts';
import { plan } from '../organization/plan.ts';
import { userType } from '../scim/resource-types.ts';
import type { Resource } from '../scim/schema.ts';
import { validateResource } from '../scim/validate.ts';
import { lockSeats } from '../store/access-writing.ts';
import type { Database } from '../store/database.ts';
import { insertMember } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Remembered } from '../store/remembered.ts';
import { addCounts, freeSeats, giveFreeSeats, writeAccess } from './access-in-force.ts';
import { isUnlicensed, newAccess } from './access-of-request.ts';
import type { Acting, Creating } from './acting.ts';
import { askedMember, profileOf } from './asked-member.ts';
import { bringBack, rememberedAccess } from './bring-back.ts';
import { type ByHand, commitByHand } from './commit-by-hand.ts';
import type { Outcome } from './commit-change.ts';
import { mailNewMember } from './invitation-mail.ts';
import { createdEvent } from './member-created.ts';
import { memberInForce } from './member-in-force.ts';
import { refuseSeatless } from './refuse-seatless.ts';
import { assertNobodyLeaves } from './succession.ts';

/** A person as an admin writes them. */
export type MemberByHand = {
  userName: string;
  displayName?: string | undefined;
  givenName?: string | undefined;
  familyName?: string | undefined;
  email?: string | undefined;
};

/**
 * Makes a local member, whom no identity provider manages. While the connection is on, people come from the provider (K8); the
 * operator may make one all the same as a way in when the provider is out of reach, and says so.
 *
 * @throws OperatorError if members may not be made by hand, or the userName is taken; ScimError if a value does not fit
 */
export async function addMember(
  db: Database,
  org: { id: string },
  written: MemberByHand & { breakGlass?: boolean | undefined },
  at: Creating<{ id: string }>,
): Promise<{ id: string }> {
  const { resource } = validateResource(userType, resourceByHand(written), { operation: 'create' });
  const id = newUuid({ msecs: at.now.getTime() });
  return await commitByHand(
    db,
    org,
    at,
    async (tx, context) => {
      if (written.breakGlass === true) assertOperator(at);
      else assertMayAdd(context);
      return await insertByHand(tx, { id, resource, act: 'made-by-hand' }, context, at);
    },
    () => userNameTaken(written.userName),
  );
}

/**
 * Makes somebody local, with both sides alike, and gives back what is remembered of a person who comes back.
 *
 * @throws OperatorError refused if there is no seat; ScimError if the userName does not fit
 */
export async function insertByHand(
  tx: OrgTransaction,
  {
    id,
    resource,
    act,
    remembered,
  }: {
    id: string;
    resource: Resource;
    act: Extract<MemberAct, 'made-by-hand' | 'restored-by-hand' | 'invited-by-hand' | 'suspended-by-hand'>;
    remembered?: Remembered | undefined;
  },
  { governed, rules, source, now }: ByHand,
  { remember }: Creating<{ id: string }>,
): Promise<Outcome<{ id: string }>> {
  const asked = askedMember(resource, governed.policy);
  const unknown = { ...newAccess(id), isManaged: false };
  const access = remembered === undefined ? unknown : rememberedAccess(unknown, remembered);
  const seats = await lockSeats(tx);
  const sides = { id, asked: { active: true, ...profileOf(resource) }, inForce: undefined, act };
  const changes = plan(
    { members: [sides], access: { people: [access], rules, freeSeats: freeSeats(seats) }, life: governed.policy },
    source,
  );
  refuseSeatless(governed.policy, changes);
  const inForce = memberInForce(undefined, changes);
  insertMember(tx, { id, origin: 'local', connectionId: undefined, asked, inForce, now });
  await assertNobodyLeaves(tx, asked);
  mailNewMember(tx, { id, ...inForce }, governed.policy, now);
  const accessWritten = writeAccess(tx, [access], changes, now);
  const { counts, events } = await giveFreeSeats(tx, seats, accessWritten, { rules, source, now });
  const person = { id, status: inForce.status, isUnlicensed: isUnlicensed(access, rules, changes) };
  const back = remembered && (await bringBack(tx, remembered, person, { rules, source, now }));
  const created = { id };
  remember?.(tx, created);
  return {
    result: created,
    events: [
      createdEvent(id, resource, inForce, { changes, rules }, remembered?.id),
      ...events,
      ...(back?.events ?? []),
    ],
    members: 1,
    governs: !governed.knowsPeople,
    access: back?.counts === undefined ? counts : addCounts(counts, back.counts),
  };
}

/** @throws OperatorError locked if people come from the provider (K8) */
export const assertMayAdd = ({ assertUnlocked }: ByHand): void =>
  assertUnlocked('add-member', 'While the connection is on, people come from the identity provider', {
    isManaged: false,
    unlockedUntil: undefined,
  });

/** The SCIM resource of a person whom an admin writes: what the provider's import reads. */
export function resourceByHand({ userName, displayName, givenName, familyName, email }: MemberByHand) {
  return {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
    userName,
    ...(displayName === undefined ? {} : { displayName }),
    ...(givenName === undefined && familyName === undefined ? {} : { name: { givenName, familyName } }),
    ...(email === undefined ? {} : { emails: [{ value: email, type: 'work', primary: true }] }),
    active: true,
  };
}

export const userNameTaken = (userName: string) =>
  new OperatorError('refused', `The userName "${userName}" already belongs to a member of this organization.`);

function assertOperator({ actor = { type: 'operator' } }: Acting): void {
  if (actor.type === 'operator') return;
  throw new OperatorError('locked', 'Only the operator makes people beside the provider while the connection is on.');
}
