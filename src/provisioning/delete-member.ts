import type { FeedEventBody } from '../events/feed.ts';
import { plan, type Reason } from '../organization/plan.ts';
import { notFound, preconditionFailed } from '../scim/errors.ts';
import { lockMember, markMemberDeleted } from '../store/member-writing.ts';
import { deleteMembershipsOfMember } from '../store/membership-writing.ts';
import { isMembership, noSuchUser, otherVersion } from './change-member.ts';
import { commitChange } from './commit-change.ts';
import { membershipEvents } from './membership-events.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';
import { memberRef, teamRef } from './references.ts';

/**
 * Removes a member at the request of DELETE /Users/{id} (RFC 7644 §3.6). The row stays as a tombstone: the userName may
 * be used again, the id never is.
 *
 * @throws ScimError notFound, preconditionFailed
 */
export async function deleteMember(request: ProvisioningRequest, id: string): Promise<void> {
  request.record.resourceId = id;
  await commitChange(
    request,
    async (tx) => {
      const member = await lockMember(tx, id);
      if (member === undefined) throw notFound(noSuchUser(id));
      if (request.isExpectedVersion?.(member.version) === false) throw preconditionFailed(otherVersion(member.version));
      // A team may have let the person go since the member was read: only what was still there ends here.
      const left = await deleteMembershipsOfMember(tx, id);
      const memberships = member.memberships
        .filter(({ teamId }) => left.has(teamId))
        .map((membership) => ({ ...membership, asked: false }));
      const sides = { id, asked: undefined, inForce: member.inForce };
      const changes = plan({ members: [sides], memberships }, sourceOf(request));
      const reason: Reason = { rule: 'asked-removed', ...sourceOf(request) };

      markMemberDeleted(tx, id, reason, request.now);
      const names = new Map(memberships.map(({ teamId, teamName }) => [teamId, teamName]));
      const ref = memberRef(id, member.scim);
      const events: FeedEventBody[] = [
        { kind: 'member.removed', data: { member: ref, before: member.inForce.status, reason } },
        ...changes
          .filter(isMembership)
          .flatMap((change) => membershipEvents(teamRef(change.teamId, names.get(change.teamId) ?? ''), [change])),
      ];
      return { result: undefined, events, members: -1 };
    },
    (constraint) => new Error(`deleting a member violated ${constraint}`),
  );
}
