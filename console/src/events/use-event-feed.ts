import { useEffect, useState } from 'react';
import type { FeedEvent } from '../api/events.ts';
import { loadEvents } from '../api/events.ts';

/** Events that were there already when the page was opened. */
const shownBefore = 50;
/** Events that the page keeps: older ones leave it at its end. */
const shownMax = 500;
const waitSeconds = 10;
const retryMs = 3_000;

export interface EventFeedState {
  /** The newest first. */
  events: FeedEvent[];
  error: Error | null;
  isLoaded: boolean;
}

/** The newest events of an organization, and each new one as it happens: one request waits for it at a time. */
export function useEventFeed(slug: string, lastEvent: number): EventFeedState {
  const [state, setState] = useState<EventFeedState>({ events: [], error: null, isLoaded: false });
  // The number that the feed began with: later ones come by themselves.
  const [first] = useState(Math.max(0, lastEvent - shownBefore));
  useEffect(() => {
    const abort = new AbortController();
    const follow = async () => {
      let after = first;
      let wait = 0;
      while (!abort.signal.aborted) {
        try {
          const { items, next } = await loadEvents(slug, { after, wait }, abort.signal);
          after = next;
          wait = waitSeconds;
          setState(({ events }) => ({
            events: [...items.toReversed(), ...events].slice(0, shownMax),
            error: null,
            isLoaded: true,
          }));
        } catch (error) {
          if (abort.signal.aborted) return;
          setState((before) => ({ ...before, error: error as Error }));
          await new Promise((resolve) => setTimeout(resolve, retryMs));
        }
      }
    };
    void follow();
    return () => abort.abort();
  }, [slug, first]);
  return state;
}
