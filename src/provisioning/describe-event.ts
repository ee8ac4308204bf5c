import type { FeedEventBody } from '../events/feed.ts';
import { sayEvent } from '../events/words.ts';
import type { LoggedChange } from '../store/request-log.ts';

/** One line of the request log for an event: what an admin would say of it, and the id of what it is about, if it is one thing. */
export function describeEvent(event: FeedEventBody): LoggedChange {
  const about = event.data as { member?: string | { id: string }; team?: { id: string }; resource?: { id: string } };
  const { member, team, resource } = about;
  const id = typeof member === 'string' ? member : (member ?? team ?? resource)?.id;
  return { kind: event.kind, id: id ?? '', says: sayEvent(event) };
}
