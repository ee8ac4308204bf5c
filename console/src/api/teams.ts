/** Teams. */
import type { PendingLinkList, TeamList } from '../../../src/http/api/schemas/team.ts';
import { askWithKeptKey, pathOf, sendWithKeptKey } from './transport.ts';

export async function loadTeams(slug: string, signal: AbortSignal): Promise<TeamList> {
  return await askWithKeptKey(`${pathOf(slug)}/teams?limit=200`, signal);
}

/** The local teams that wait for somebody to decide whether they are linked. */
export async function loadPendingLinks(slug: string, signal: AbortSignal): Promise<PendingLinkList> {
  return await askWithKeptKey(`${pathOf(slug)}/link-decisions`, signal);
}

export async function decideTeamLink(
  slug: string,
  team: string,
  decision: { decision: 'link' } | { decision: 'create'; rename: string },
): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/teams/${encodeURIComponent(team)}/link-decision`, decision);
}
