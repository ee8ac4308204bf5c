import { plan } from '../organization/plan.ts';
import { notFound, preconditionFailed } from '../scim/errors.ts';
import { deleteMembershipsOfTeam } from '../store/membership-writing.ts';
import { lockTeam, markTeamDeleted } from '../store/team-writing.ts';
import { otherVersion } from './change-member.ts';
import { noSuchGroup } from './change-team.ts';
import { commitChange } from './commit-change.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';
import { teamRef } from './references.ts';

/**
 * Removes a team at the request of DELETE /Groups/{id} (RFC 7644 §3.6). Its people stay in the organization. The event
 * says that the team is gone and does not list them, so that the cost does not grow with the team.
 *
 * @throws ScimError notFound, preconditionFailed
 */
export async function deleteTeam(request: ProvisioningRequest, id: string): Promise<void> {
  request.record.resourceId = id;
  await commitChange(
    request,
    async (tx) => {
      const team = await lockTeam(tx, id);
      if (team === undefined) throw notFound(noSuchGroup(id));
      if (request.isExpectedVersion?.(team.version) === false) throw preconditionFailed(otherVersion(team.version));
      const sides = { id, asked: undefined, inForce: { name: team.inForceName } };
      const changes = plan({ teams: [sides] }, sourceOf(request));
      markTeamDeleted(tx, id, request.now);
      deleteMembershipsOfTeam(tx, id);
      const ref = teamRef(id, team.scim.displayName as string);
      return {
        result: undefined,
        events: changes.map(({ reason }) => ({ kind: 'team.removed' as const, data: { team: ref, reason } })),
        teams: -1,
      };
    },
    (constraint) => new Error(`deleting a team violated ${constraint}`),
  );
}
