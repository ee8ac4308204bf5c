import { appendEvents } from '../events/feed.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { markLinkAsked } from '../store/team-writing.ts';
import { actorOf, type ProvisioningRequest } from './provisioning-request.ts';
import { teamRef } from './references.ts';

/**
 * Notes, apart from the request that was refused for it, that a team waits for an admin's word. It is told once, however often
 * the provider tries.
 */
export async function noteLinkAsked(request: ProvisioningRequest, teamId: string): Promise<void> {
  const { db, organization, now, record } = request;
  await inOrganization(db, organization.id, async (tx) => {
    const name = await markLinkAsked(tx, teamId, { requestId: record.id, now });
    if (name === undefined) return;
    const event = { kind: 'team.link_asked' as const, data: { team: teamRef(teamId, name) } };
    appendEvents(tx, [event], { at: now, actor: actorOf(request), requestId: record.id, members: 0, teams: 0 });
  });
}
