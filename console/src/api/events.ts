/** The event feed. */
import type { EventPage } from '../../../src/http/api/schemas/event.ts';
import { askWithKeptKey, pathOf } from './transport.ts';

export type FeedEvent = EventPage['items'][number];

/** Events after a number, waiting for one if there is none yet. */
export async function loadEvents(
  slug: string,
  { after, wait }: { after: number; wait: number },
  signal: AbortSignal,
): Promise<EventPage> {
  return await askWithKeptKey(`${pathOf(slug)}/events?after=${after}&wait=${wait}`, signal);
}
