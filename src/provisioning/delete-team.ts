import { plan } from '../organization/plan.ts';
import { notFound, preconditionFailed } from '../scim/errors.ts';
import { deleteMembershipsOfTeam, lockPeopleOfTeam } from '../store/membership-writing.ts';
import { lockTeam, markTeamDeleted } from '../store/team-writing.ts';
import { recomputeAccess } from './access-in-force.ts';
import { accessRulesOf } from './access-of-request.ts';
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
      const gave = team.grants.role !== undefined || team.grants.license !== undefined;
      const ids = gave ? await lockPeopleOfTeam(tx, id) : [];
      markTeamDeleted(tx, id, request.now);
      deleteMembershipsOfTeam(tx, id);
      const context = { rules: accessRulesOf(request), source: sourceOf(request), now: request.now };
      const access = gave ? await recomputeAccess(tx, { of: 'people', ids }, context) : undefined;
      const ref = teamRef(id, team.scim.displayName as string);
      return {
        result: undefined,
        events: [
          ...changes.map(({ reason }) => ({ kind: 'team.removed' as const, data: { team: ref, reason } })),
          ...(access?.events ?? []),
        ],
        teams: -1,
        ...(access === undefined ? {} : { access: access.counts }),
      };
    },
    (constraint) => new Error(`deleting a team violated ${constraint}`),
  );
}
