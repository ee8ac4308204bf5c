import { forbidden, notFound, preconditionFailed } from '../scim/errors.ts';
import { lockTeam } from '../store/team-writing.ts';
import { accessRulesOf } from './access-of-request.ts';
import { otherVersion } from './change-member.ts';
import { commitChange } from './commit-change.ts';
import { dissolveTeam } from './dissolve-team.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';
import { noSuchGroup } from './team-refusals.ts';

/**
 * Removes a team at the request of DELETE /Groups/{id} (RFC 7644 §3.6). Teams that the provider does not manage are not its to
 * delete (behaviors.md P43).
 *
 * @throws ScimError notFound, forbidden, preconditionFailed
 */
export async function deleteTeam(request: ProvisioningRequest, id: string): Promise<void> {
  request.record.resourceId = id;
  await commitChange(
    request,
    async (tx) => {
      const team = await lockTeam(tx, id);
      if (team === undefined) throw notFound(noSuchGroup(id));
      if (team.origin === 'local') throw forbidden(isLocal(team.inForceName));
      if (request.isExpectedVersion?.(team.version) === false) throw preconditionFailed(otherVersion(team.version));
      const context = { rules: accessRulesOf(request), source: sourceOf(request), now: request.now };
      return await dissolveTeam(tx, team, { act: 'asked-removed', ...context });
    },
    (constraint) => new Error(`deleting a team violated ${constraint}`),
  );
}

const isLocal = (name: string) =>
  `The team "${name}" was made in Rollcall and is not managed by the identity provider, so only an admin in Rollcall removes it`;
