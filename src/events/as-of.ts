import { limits } from '../limits.ts';
import {
  listPeopleOf,
  listPeopleOfTeam,
  type Moment,
  readEventsOfPeople,
  readEventsOfTeams,
  readPeopleNow,
  readTeamNames,
} from '../store/as-of-rows.ts';
import type { Database } from '../store/database.ts';
import { findPlaceInFeed, listEvents } from '../store/event-lists.ts';
import type { StoredEvent } from '../store/event-rows.ts';
import { type Organization, readOrganizationFacts } from '../store/organizations.ts';
import type { FeedEvent } from './feed.ts';
import { membershipSteps, type PersonThen, rewinding } from './rewind.ts';

/** A time of which nothing is known any more: the events after it are not all kept. */
export class TooLongAgo extends Error {
  override readonly name = 'TooLongAgo';
  /** The oldest time that can be asked for. */
  readonly oldest: Date;

  constructor(oldest: Date) {
    super(`The events that are kept go back to ${oldest.toISOString()}`);
    this.oldest = oldest;
  }
}

/**
 * The place of a time in the feed of an organization.
 *
 * @throws TooLongAgo
 */
export async function momentOf(db: Database, org: { id: string }, at: Date): Promise<Moment> {
  const { seq, first } = await findPlaceInFeed(db, org, at);
  // Before the first event of all there was nothing; before the first one that is kept there was something unknown.
  if (first !== undefined && first.seq > 1 && seq < first.seq) throw new TooLongAgo(first.at);
  return { seq, at };
}

/** Whether an organization was suspended at a moment: then nobody could enter, whoever they were. */
export async function readStatusAsOf(
  db: Database,
  org: { id: string },
  moment: Moment,
): Promise<Organization['status']> {
  // Before the events, so that a change between the two reads is among them.
  const { status } = await readOrganizationFacts(db, org);
  const kinds = ['organization.updated'];
  const read = async (page: { after: number; limit: number }) =>
    await listEvents(
      db,
      org,
      { about: { subject: 'organization' }, kinds, after: page.after },
      { order: 'oldest', limit: page.limit },
    );
  for await (const event of pagesOf(moment, read)) {
    if (event.kind !== 'organization.updated' || event.data.changed.status === undefined) continue;
    return event.data.changed.status.before as Organization['status'];
  }
  return status;
}

/** Whether somebody could enter an organization that was of this status. */
export const couldEnter = ({ status }: Pick<PersonThen, 'status'>, organization: Organization['status']): boolean =>
  status === 'active' && organization === 'active';

/** Which people are asked for. */
export type PeopleThen = { member?: string | undefined; team?: string | undefined };

/**
 * The people of an organization, or of one team, or one person, as they were at a moment, by rising id. A page costs what
 * happened to its people since, and nothing of what happened to others; of a team also what happened to the team's list.
 *
 * @param page how many people at most, and the id of the last one of the page before
 */
export async function readPeopleAsOf(
  db: Database,
  org: { id: string },
  moment: Moment,
  which: PeopleThen,
  page: { limit: number; after: string | undefined },
): Promise<PersonThen[]> {
  const people: PersonThen[] = [];
  let { after } = page;
  for (;;) {
    const limit = page.limit - people.length;
    const ids = await candidates(db, org, moment, which, { limit, after });
    const then = await rewindPeople(db, org, moment, ids);
    people.push(...then.filter((person) => isMeant(person, which)));
    after = ids.at(-1);
    if (after === undefined || ids.length < limit || people.length >= page.limit) return people;
  }
}

const isMeant = ({ status, teams }: PersonThen, { member, team }: PeopleThen) =>
  (member !== undefined || (status !== 'removed' && status !== 'held')) &&
  (team === undefined || teams.some(({ id }) => id === team));

async function candidates(
  db: Database,
  org: { id: string },
  moment: Moment,
  { member, team }: PeopleThen,
  page: { limit: number; after: string | undefined },
): Promise<string[]> {
  if (member !== undefined) return page.after === undefined || member > page.after ? [member] : [];
  if (team === undefined) return await listPeopleOf(db, org, moment, page);
  const moved = new Set<string>();
  const kind = 'team.members_changed';
  for await (const event of pagesOf(moment, (of) => readEventsOfTeams(db, org, [team], { kind, ...of }))) {
    if (event.kind !== kind) continue;
    for (const { memberId } of membershipSteps(event.data)) moved.add(memberId);
  }
  const now = await listPeopleOfTeam(db, org, team, page);
  const then = [...moved].filter((id) => page.after === undefined || id > page.after);
  return [...new Set([...now, ...then])].sort().slice(0, page.limit);
}

async function rewindPeople(
  db: Database,
  org: { id: string },
  moment: Moment,
  ids: readonly string[],
): Promise<PersonThen[]> {
  if (ids.length === 0) return [];
  const now = await readPeopleNow(db, org, ids);
  const rewound = rewinding(ids);
  for await (const event of pagesOf(moment, (of) => readEventsOfPeople(db, org, ids, of))) rewound.take(event);
  const people = rewound.people(now);
  const teams = [...new Set(people.flatMap((person) => person.teams.map(({ id }) => id)))];
  const names = new Map<string, string>();
  for await (const event of pagesOf(moment, (of) =>
    readEventsOfTeams(db, org, teams, { kind: 'team.updated', ...of }),
  )) {
    if (event.kind !== 'team.updated' || event.data.inForce === undefined) continue;
    const { team, inForce } = event.data;
    if (!names.has(team.id)) names.set(team.id, inForce.before);
  }
  const current = await readTeamNames(db, org, teams);
  return people.map((person) => ({
    ...person,
    teams: person.teams.map((team) => ({ ...team, name: names.get(team.id) ?? current.get(team.id) ?? team.name })),
  }));
}

/** The events since a moment, some at a time, so that memory does not grow with their number. */
async function* pagesOf(
  { seq }: Moment,
  read: (page: { after: number; limit: number }) => Promise<StoredEvent[]>,
): AsyncGenerator<FeedEvent, void> {
  let after = seq;
  for (;;) {
    const page = await read({ after, limit: limits.eventPageMax });
    yield* page as FeedEvent[];
    const last = page.at(-1);
    if (last === undefined || page.length < limits.eventPageMax) return;
    after = last.seq;
  }
}
