import type { FeedEventBody } from '../events/feed.ts';
import { forbidden, notFound, preconditionFailed } from '../scim/errors.ts';
import { userType } from '../scim/resource-types.ts';
import { lockSeats } from '../store/access-writing.ts';
import { deleteValuesOf } from '../store/attribute-value-writing.ts';
import { holdMemberDeletion } from '../store/held-writing.ts';
import { type LockedMember, lockMember } from '../store/member-writing.ts';
import { accessRulesOf } from './access-of-request.ts';
import { askBrake } from './brake.ts';
import { noSuchUser, otherVersion } from './change-member.ts';
import { commitChange } from './commit-change.ts';
import { heldFor } from './hold.ts';
import { takeOverRefusal } from './link-member.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';
import { memberRef } from './references.ts';
import { countsOfRemoval } from './succession.ts';
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
    async (tx, assumptions) => {
      const member = await lockMember(tx, id);
      if (member === undefined) throw notFound(noSuchUser(id));
      if (member.origin === 'local' && member.heldBy === undefined)
        throw forbidden(isLocal(member.scim.userName as string));
      // Whoever is not the provider's to take over is not its to delete.
      const refusal = takeOverRefusal(request, member, { by: 'id', userName: member.scim.userName as string });
      if (refusal !== undefined) throw forbidden(refusal);
      if (request.organization.policy.deletion === 'refuse') throw forbidden(mayNotDelete);
      if (request.isExpectedVersion?.(member.version) === false) throw preconditionFailed(otherVersion(member.version));
      const byConnection = isInForce(member) ? heldFor(request, member.heldBy) : undefined;
      const { status } = member.inForce;
      const brake =
        byConnection === undefined && status === 'active'
          ? await askBrake(tx, request, assumptions, countsOfRemoval(member.access.inForce.role))
          : undefined;
      const held = byConnection ?? brake?.held;
      if (held !== undefined) {
        holdMemberDeletion(tx, id, held, request.now);
        deleteValuesOf(tx, userType.name, id);
        const data = { member: memberRef(id, member.scim), hold: held.by, asked: 'removal' as const, changed: {} };
        const events: FeedEventBody[] = [...(brake?.rest.events ?? []), { kind: 'member.held', data }];
        return {
          result: undefined,
          events,
          governs: brake?.rest.governs === true || !request.organization.knowsGoing,
          members: -1,
        };
      }
      const outcome = await takeOut(tx, member, {
        act: 'asked-removed',
        rules: accessRulesOf(request),
        source: sourceOf(request),
        now: request.now,
        knowsPeople: request.organization.knowsPeople,
        isRemembered: request.organization.policy.deletion !== 'remove',
        seats: async () => (assumptions.seatsAreFree ? undefined : await lockSeats(tx)),
      });
      return { ...outcome, braked: brake?.rest.braked };
    },
    (constraint) => new Error(`deleting a member violated ${constraint}`),
  );
}

/** Whoever never was here, and whoever was taken out by a deactivation, leaves nothing to hold. */
const isInForce = ({ inForce }: LockedMember) => inForce.status !== 'held' && inForce.status !== 'removed';

const mayNotDelete =
  'This organization lets the identity provider deactivate people and not delete them (setting deletion): send active=false';

const isLocal = (userName: string) =>
  `${userName} is not managed by the identity provider, so only an admin in Rollcall removes them`;
