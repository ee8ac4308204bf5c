import type { FeedEventBody } from '../events/feed.ts';
import { forbidden, notFound, preconditionFailed } from '../scim/errors.ts';
import { groupType } from '../scim/resource-types.ts';
import { deleteValuesOf } from '../store/attribute-value-writing.ts';
import { holdTeamDeletion } from '../store/held-writing.ts';
import { lockTeam } from '../store/team-writing.ts';
import { accessRulesOf } from './access-of-request.ts';
import { askBrake } from './brake.ts';
import { otherVersion } from './change-member.ts';
import { commitChange } from './commit-change.ts';
import { countsOfDissolving, dissolveTeam } from './dissolve-team.ts';
import { heldForTeam, heldTeam } from './hold-team.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';
import { teamRef } from './references.ts';
import { heldLinkRefusal, isHidden, noSuchGroup } from './team-refusals.ts';

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
    async (tx, assumptions) => {
      const team = await lockTeam(tx, id);
      if (team === undefined) throw notFound(noSuchGroup(id));
      if (isHidden(request, team)) throw notFound(noSuchGroup(id));
      if (team.origin === 'local' && team.heldBy === undefined)
        throw forbidden(isLocal(team.scim.displayName as string));
      const stays = heldLinkRefusal(team);
      if (stays !== undefined) throw forbidden(stays);
      if (request.isExpectedVersion?.(team.version) === false) throw preconditionFailed(otherVersion(team.version));
      const isHere = team.inForceName !== undefined;
      const byConnection = isHere ? heldForTeam(request, team) : undefined;
      const brake =
        isHere && byConnection === undefined
          ? await askBrake(tx, request, assumptions, await countsOfDissolving(tx, request.organization.policy, team))
          : undefined;
      const held = byConnection ?? brake?.held;
      if (held !== undefined) {
        holdTeamDeletion(tx, id, held, request.now);
        deleteValuesOf(tx, groupType.name, id);
        const ref = teamRef(id, team.scim.displayName as string);
        const data = { ...heldTeam(ref, 'removal'), hold: held.by };
        const events: FeedEventBody[] = [...(brake?.rest.events ?? []), { kind: 'team.held', data }];
        return {
          result: undefined,
          events,
          governs: brake?.rest.governs === true || !request.organization.knowsGoing,
          teams: -1,
        };
      }
      const context = { rules: accessRulesOf(request), source: sourceOf(request), now: request.now };
      const isRemembered = request.organization.policy.groupDeletion === 'remove-after-grace';
      const outcome = await dissolveTeam(tx, team, { act: 'asked-removed', isRemembered, ...context });
      return { ...outcome, braked: brake?.rest.braked };
    },
    (constraint) => new Error(`deleting a team violated ${constraint}`),
  );
}

const isLocal = (name: string) =>
  `The team "${name}" is not managed by the identity provider, so only an admin in Rollcall removes it`;
