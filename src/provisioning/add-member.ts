import { v7 as newUuid } from 'uuid';
import { plan } from '../organization/plan.ts';
import { userType } from '../scim/resource-types.ts';
import { validateResource } from '../scim/validate.ts';
import { lockSeats } from '../store/access-writing.ts';
import type { Database } from '../store/database.ts';
import { insertMember } from '../store/member-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { freeSeats, giveFreeSeats, writeAccess } from './access-in-force.ts';
import { accessData, newAccess } from './access-of-request.ts';
import type { Acting, Creating } from './acting.ts';
import { askedMember, profileOf } from './asked-member.ts';
import { commitByHand } from './commit-by-hand.ts';
import { greet } from './greet.ts';
import { memberInForce } from './member-in-force.ts';
import { memberRef, profileData } from './references.ts';
import { refuseSeatless } from './refuse-seatless.ts';

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
    async (tx, { governed, rules, source, now, assertUnlocked }) => {
      if (written.breakGlass === true) assertOperator(at);
      else {
        const nobody = { isManaged: false, unlockedUntil: undefined };
        assertUnlocked('add-member', 'While the connection is on, people come from the identity provider', nobody);
      }
      const asked = askedMember(resource, governed.policy);
      const access = { ...newAccess(id), isManaged: false };
      const seats = await lockSeats(tx);
      const sides = {
        id,
        asked: { active: true, ...profileOf(resource) },
        inForce: undefined,
        act: 'made-by-hand' as const,
      };
      const changes = plan(
        { members: [sides], access: { people: [access], rules, freeSeats: freeSeats(seats) }, life: governed.policy },
        source,
      );
      refuseSeatless(governed.policy, changes);
      const inForce = memberInForce(undefined, changes);
      insertMember(tx, { id, origin: 'local', connectionId: undefined, asked, inForce, now });
      greet(tx, { id, ...inForce }, governed.policy, now);
      const accessWritten = writeAccess(tx, [access], changes, now);
      const { counts, events } = await giveFreeSeats(tx, seats, accessWritten, { rules, source, now });
      const created = { id };
      at.remember?.(tx, created);
      const data = {
        member: memberRef(id, resource),
        status: inForce.status,
        ...profileData(inForce),
        ...accessData(changes, rules),
        reason: inForce.statusReason,
      };
      return {
        result: created,
        events: [{ kind: 'member.created', data }, ...events],
        members: 1,
        governs: !governed.knowsPeople,
        access: counts,
      };
    },
    () => userNameTaken(written.userName),
  );
}

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
