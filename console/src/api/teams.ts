/** Teams, and what an admin does to one of them. */
import type { MemberOfTeamList } from '../../../src/http/api/schemas/member.ts';
import type { PendingLinkList, TeamDetail, TeamList } from '../../../src/http/api/schemas/team.ts';
import { askTagged, askWithKeptKey, listPage, pathOf, sendWithKeptKey } from './transport.ts';

/** A team with the entity tag that guards a change. */
export type TaggedTeam = { team: TeamDetail; tag: string };

const teamPath = (slug: string, id: string) => `${pathOf(slug)}/teams/${encodeURIComponent(id)}`;
const personPath = (slug: string, team: string, person: string) =>
  `${teamPath(slug, team)}/members/${encodeURIComponent(person)}`;

/** One page of the teams whose names begin with something, in the order of their creation. */
export async function loadTeamPage(
  slug: string,
  search: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<TeamList> {
  return await askWithKeptKey(`${pathOf(slug)}/teams?${listPage(cursor, 50, { search })}`, signal);
}

export async function loadTeam(slug: string, id: string, signal: AbortSignal): Promise<TaggedTeam> {
  const { value: team, tag } = await askTagged<TeamDetail>(teamPath(slug, id), signal);
  return { team, tag };
}

/** One page of the people of a team, those included who wait for it. */
export async function loadPeopleOfTeam(
  slug: string,
  id: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<MemberOfTeamList> {
  return await askWithKeptKey(`${teamPath(slug, id)}/members?${listPage(cursor, 50)}`, signal);
}

export async function addTeam(slug: string, name: string): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/teams`, { name });
}

/** Renames a team, if it still is as it was read. */
export async function renameTeam(slug: string, id: string, name: string, tag: string): Promise<void> {
  await sendWithKeptKey('PATCH', teamPath(slug, id), { name }, tag);
}

export async function removeTeam(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('DELETE', teamPath(slug, id));
}

/** Parts a team from the provider, or lets the provider take it over. */
export async function changeTeam(slug: string, id: string, act: 'link' | 'unlink'): Promise<void> {
  await sendWithKeptKey('POST', `${teamPath(slug, id)}/${act}`);
}

export async function putIntoTeam(slug: string, team: string, person: string): Promise<void> {
  await sendWithKeptKey('PUT', personPath(slug, team, person));
}

export async function takeOutOfTeam(slug: string, team: string, person: string): Promise<void> {
  await sendWithKeptKey('DELETE', personPath(slug, team, person));
}

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
  await sendWithKeptKey('POST', `${teamPath(slug, team)}/link-decision`, decision);
}
