import type { FeedEventBody } from '../events/feed.ts';
import { plan, type Reason } from '../organization/plan.ts';
import { notFound, preconditionFailed } from '../scim/errors.ts';
import { lockSeats } from '../store/access-writing.ts';
import { lockMember, markMemberDeleted } from '../store/member-writing.ts';
import { deleteMembershipsOfMember } from '../store/membership-writing.ts';
import { writeAccess } from './access-in-force.ts';
import { accessRulesOf, withFreedSeats } from './access-of-request.ts';
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
    async (tx, { seatsAreFree }) => {
      const rules = accessRulesOf(request);
      const member = await lockMember(tx, id);
      if (member === undefined) throw notFound(noSuchUser(id));
      if (request.isExpectedVersion?.(member.version) === false) throw preconditionFailed(otherVersion(member.version));
      // A team may have let the person go since the member was read: only what was still there ends here.
      const left = await deleteMembershipsOfMember(tx, id);
      const memberships = member.memberships
        .filter(({ teamId }) => left.has(teamId))
        .map((membership) => ({ ...membership, asked: false }));
      const sides = { id, asked: undefined, inForce: member.inForce };
      const seats = seatsAreFree ? undefined : await lockSeats(tx);
      const access = { people: [member.access], rules };
      const changes = plan({ members: [sides], memberships, access }, sourceOf(request));
      const reason: Reason = { rule: 'asked-removed', ...sourceOf(request) };

      markMemberDeleted(tx, id, reason, request.now);
      const written = writeAccess(tx, [member.access], changes, request.now);
      const { counts, events: accessEvents } = await withFreedSeats(tx, request, rules, seats, written);
      const names = new Map(memberships.map(({ teamId, teamName }) => [teamId, teamName]));
      const ref = memberRef(id, member.scim);
      const events: FeedEventBody[] = [
        { kind: 'member.removed', data: { member: ref, before: member.inForce.status, reason } },
        ...changes
          .filter(isMembership)
          .flatMap((change) => membershipEvents(teamRef(change.teamId, names.get(change.teamId) ?? ''), [change])),
        ...accessEvents,
      ];
      return { result: undefined, events, members: -1, access: counts };
    },
    (constraint) => new Error(`deleting a member violated ${constraint}`),
  );
}
