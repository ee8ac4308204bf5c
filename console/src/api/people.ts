/** People, and what an admin does to one of them. */
import type { MemberDetail, MemberList, TeamOfMemberList } from '../../../src/http/api/schemas/member.ts';
import { askTagged, askWithKeptKey, listPage, pathOf, sendWithKeptKey } from './transport.ts';

/** Who is shown; empty is everybody who is here. */
export type PeopleFilter = { search: string; status: string };

/** A person with the entity tag that guards a change. */
export type TaggedPerson = { person: MemberDetail; tag: string };

/** What an admin writes of a person: what is left out stays, null takes it away. */
export type PersonEdit = {
  userName?: string;
  displayName?: string | null;
  givenName?: string | null;
  familyName?: string | null;
  email?: string | null;
};

const personPath = (slug: string, id: string) => `${pathOf(slug)}/members/${encodeURIComponent(id)}`;

/** One page of the people whom a filter leaves, in the order of their creation. */
export async function loadPeople(
  slug: string,
  { search, status }: PeopleFilter,
  { cursor, limit = 50 }: { cursor: string | null; limit?: number },
  signal: AbortSignal,
): Promise<MemberList> {
  const query = listPage(cursor, limit, { search, status });
  return await askWithKeptKey(`${pathOf(slug)}/members?${query}`, signal);
}

export async function loadPerson(slug: string, id: string, signal: AbortSignal): Promise<TaggedPerson> {
  const { value: person, tag } = await askTagged<MemberDetail>(personPath(slug, id), signal);
  return { person, tag };
}

/** One page of the teams of a person, those included that the person waits for. */
export async function loadTeamsOf(
  slug: string,
  id: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<TeamOfMemberList> {
  return await askWithKeptKey(`${personPath(slug, id)}/teams?${listPage(cursor, 50)}`, signal);
}

/** Makes a person whom no provider manages. `breakGlass` makes the person although people come from the provider. */
export async function addPerson(
  slug: string,
  person: PersonEdit & { userName: string; breakGlass?: boolean },
): Promise<void> {
  await sendWithKeptKey('POST', `${pathOf(slug)}/members`, person);
}

/** Changes a person, if they still are as they were read. */
export async function editPerson(slug: string, id: string, edit: PersonEdit, tag: string): Promise<void> {
  await sendWithKeptKey('PATCH', personPath(slug, id), edit, tag);
}

export async function removePerson(slug: string, id: string): Promise<void> {
  await sendWithKeptKey('DELETE', personPath(slug, id));
}

/** Suspends or restores a person, or parts them from the provider. */
export async function changePerson(slug: string, id: string, act: 'suspend' | 'restore' | 'unlink'): Promise<void> {
  await sendWithKeptKey('POST', `${personPath(slug, id)}/${act}`);
}

/** Lets the provider take over a person, who is named by their userName. */
export async function linkPerson(slug: string, id: string, userName: string): Promise<void> {
  await sendWithKeptKey('POST', `${personPath(slug, id)}/link`, { confirm: userName });
}
