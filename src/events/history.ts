import { limits } from '../limits.ts';
import type { Database } from '../store/database.ts';
import {
  type AuditedEvent,
  type EventFilter,
  findPlaceInFeed,
  listEvents,
  listEventsBeside,
} from '../store/event-lists.ts';
import type { FeedEvent } from './feed.ts';
import { type ActorNaming, readActorNaming, type ShownActor, shownActor } from './shown-actor.ts';
import { type Follows, followsFrom, isConsequence } from './why-not-undone.ts';
import { sayActor, sayEvent, sayEventOf } from './words.ts';

/** An event as people read it: what happened, and who did it, as the policy of the organization names them. */
export type HistoryItem = Omit<FeedEvent, 'actor'> & {
  actor: ShownActor;
  says: string;
  by: string;
  address: string | undefined;
};

/**
 * The history of one thing, or of the whole organization: what the feed has of it, in words. The feed is the audit: it is
 * append-only, and nothing happens without it.
 *
 * @param page how many items at most, and whether the newest come first
 * @param naming how the policy names the provider; it is read where it is not given
 */
export async function readHistory(
  db: Database,
  org: { id: string },
  filter: EventFilter,
  page: { order: 'newest' | 'oldest'; limit: number },
  naming?: ActorNaming,
): Promise<HistoryItem[]> {
  const [events, named] = await Promise.all([listEvents(db, org, filter, page), naming ?? readActorNaming(db, org)]);
  return events.map((event) => historyItem(event, named, memberOf(filter)));
}

/** The person whose history is read, if it is a person's. */
const memberOf = ({ about }: EventFilter) => (about !== undefined && 'member' in about ? about.member : undefined);

/** An item with what it follows from, where it is not undone by itself. */
export type FollowingItem = HistoryItem & { follows: Follows | undefined };

/** The same with what each item follows from that only says what another change has brought about. */
export async function readHistoryWithCauses(
  db: Database,
  org: { id: string },
  filter: EventFilter,
  page: { order: 'newest' | 'oldest'; limit: number },
): Promise<FollowingItem[]> {
  const [events, naming] = await Promise.all([listEvents(db, org, filter, page), readActorNaming(db, org)]);
  const following = (events as FeedEvent[]).filter(isConsequence);
  const numbers = following.map(({ seq }) => seq);
  const beside = (await listEventsBeside(db, org, numbers, limits.eventsBesideUndone)) as FeedEvent[];
  const causes = new Map(following.map((event) => [event.seq, followsFrom(event, beside)]));
  return events.map((event) => ({
    ...historyItem(event, naming, memberOf(filter)),
    follows: causes.get(event.seq),
  }));
}

/** What of the audit is wanted. */
export type AuditAsked = Omit<EventFilter, 'after' | 'before'> & { from?: Date | undefined; to?: Date | undefined };

/** The filter for what is wanted of the audit: its times become places in the feed, to which an index leads. */
export async function auditFilter(
  db: Database,
  org: { id: string },
  { from, to, ...filter }: AuditAsked,
): Promise<EventFilter> {
  const placeOf = async (at: Date) => (await findPlaceInFeed(db, org, at)).seq;
  return {
    ...filter,
    after: from === undefined ? undefined : await placeOf(new Date(from.getTime() - 1)),
    before: to === undefined ? undefined : (await placeOf(to)) + 1,
  };
}

/** @param member the person whose history it is part of, if it is a person's */
export function historyItem(stored: AuditedEvent, naming: ActorNaming, member?: string): HistoryItem {
  const event = stored as FeedEvent & Pick<AuditedEvent, 'address'>;
  const says = member === undefined ? sayEvent(event) : sayEventOf(event, member);
  const actor = shownActor(event, naming);
  return { ...event, actor, says, by: sayActor(actor) };
}
