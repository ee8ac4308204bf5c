import { forbidden, notFound, preconditionFailed } from '../scim/errors.ts';
import { userType } from '../scim/resource-types.ts';
import { lockSeats } from '../store/access-writing.ts';
import { deleteValuesOf } from '../store/attribute-value-writing.ts';
import { holdMemberDeletion } from '../store/held-writing.ts';
import { type LockedMember, lockMember } from '../store/member-writing.ts';
import { accessRulesOf } from './access-of-request.ts';
import { noSuchUser, otherVersion } from './change-member.ts';
import { commitChange } from './commit-change.ts';
import { heldFor } from './hold.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';
import { memberRef } from './references.ts';
import { takeOut } from './take-out.ts';

/**
 * Removes a member at the request of DELETE /Users/{id} (RFC 7644 §3.6). People whom the provider does not manage are not its
 * to delete (behaviors.md B36, P43).
 *
 * @throws ScimError notFound, forbidden, preconditionFailed
 */
export async function deleteMember(request: ProvisioningRequest, id: string): Promise<void> {
  request.record.resourceId = id;
  await commitChange(
    request,
    async (tx, { seatsAreFree }) => {
      const member = await lockMember(tx, id);
      if (member === undefined) throw notFound(noSuchUser(id));
      if (member.origin === 'local' && member.heldBy === undefined)
        throw forbidden(isLocal(member.scim.userName as string));
      if (request.organization.policy.deletion === 'refuse') throw forbidden(mayNotDelete);
      if (request.isExpectedVersion?.(member.version) === false) throw preconditionFailed(otherVersion(member.version));
      const held = isInForce(member) ? heldFor(request, member.heldBy) : undefined;
      if (held !== undefined) {
        holdMemberDeletion(tx, id, held, request.now);
        deleteValuesOf(tx, userType.name, id);
        const data = { member: memberRef(id, member.scim), hold: held.by, asked: 'removal' as const, changed: {} };
        return { result: undefined, events: [{ kind: 'member.held', data }], members: -1 };
      }
      return await takeOut(tx, member, {
        act: 'asked-removed',
        rules: accessRulesOf(request),
        source: sourceOf(request),
        now: request.now,
        knowsPeople: request.organization.knowsPeople,
        isRemembered: request.organization.policy.deletion !== 'remove',
        seats: async () => (seatsAreFree ? undefined : await lockSeats(tx)),
      });
    },
    (constraint) => new Error(`deleting a member violated ${constraint}`),
  );
}

/** Whoever never was here, and whoever was taken out by a deactivation, leaves nothing to hold. */
const isInForce = ({ inForce }: LockedMember) => inForce.status !== 'held' && inForce.status !== 'removed';

const mayNotDelete =
  'This organization lets the identity provider deactivate people and not delete them (setting deletion): send active=false';

const isLocal = (userName: string) =>
  `${userName} was made in Rollcall and is not managed by the identity provider, so only an admin in Rollcall removes them`;
