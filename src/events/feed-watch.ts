/**
 * Follows the feeds of organizations for any number of readers in this process.
 *
 * Readers never ask the database for news. Each organization that is followed here has one channel, which reads what is new
 * once and hands it to all its readers; whoever is behind the channel's memory catches up with pages of its own. That there
 * is something new is learned in two ways. Whoever commits a change here tells so (`tell`), and the processes pass it on to
 * each other as notices of PostgreSQL, gathered for a moment; a notice may be lost and is only a hint. And every
 * limits.feedCheckMs one statement asks for the last numbers of all feeds that are followed here, which nothing can hide.
 *
 * The same look finds the API keys that let nobody in any more, and ends what they opened. If nobody can look, because the
 * database is away, whatever a key opened ends as well: closed on failure (I12).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../limits.ts';
import type { Database } from '../store/database.ts';
import { findEndedKeys, readFeedHeads, readFeedSpan } from '../store/feed-heads.ts';
import { openNotices } from '../store/notices.ts';
import { type FeedEvent, readEvents } from './feed.ts';

export type FeedWatch = {
  /**
   * Pages of events after a number, as they come, until the signal is aborted.
   *
   * @throws EventsGone if events after the number are no longer kept, BeyondEnd if the feed does not reach it
   */
  follow(org: { id: string }, after: number, signal: AbortSignal): AsyncGenerator<FeedEvent[], void>;
  /** Calls back once, as soon as the key lets nobody in any more. Returns what takes the wish back. */
  whenKeyEnds(org: { id: string }, keyId: string, end: () => void): () => void;
  /** Says that something was committed in an organization, and whether a key may have ended with it. */
  tell(orgId: string, keysMayHaveEnded: boolean): void;
  /** Ends whatever is followed. */
  stop(): void;
};

/** Events after the number that was asked for have gone with their retention. */
export class EventsGone extends Error {
  override readonly name = 'EventsGone';
}

/** The number that was asked for is greater than that of the last event. */
export class BeyondEnd extends Error {
  override readonly name = 'BeyondEnd';
  readonly last: number;

  constructor(last: number) {
    super(`the feed ends at ${last}`);
    this.last = last;
  }
}

/** Holds that a reader who has seen everything up to `after` can go on from there. */
export async function assertReadable(db: Database, org: { id: string }, after: number): Promise<number> {
  const { last, next } = await readFeedSpan(db, org.id, after);
  if (after > last) throw new BeyondEnd(last);
  if (after < last && next !== after + 1) throw new EventsGone();
  return last;
}

type Channel = {
  orgId: string;
  /** The number of the last event that was handed out. */
  head: number;
  recent: FeedEvent[];
  readers: number;
  waiting: Set<() => void>;
  reading: boolean;
  /** What the database said that there is, while `reading`. */
  target: number;
};

type KeyWish = { orgId: string; keyId: string; end: () => void };

const noticeChannel = 'rollcall_feed';

/** Starts to watch: one connection that listens to other processes, and one look at regular intervals for all who follow. */
export async function watchFeeds(options: {
  app: Database;
  jobs: Database;
  now: () => Date;
  /** Told which organization's keys may have ended, here or in another process. */
  keysMayHaveEnded: (orgId: string) => void;
  log: (sentence: string) => void;
}): Promise<FeedWatch> {
  const { app, jobs, now, log } = options;
  const channels = new Map<string, Channel>();
  const wishes = new Set<KeyWish>();
  const stopped = new AbortController();
  const told = new Map<string, boolean>();
  let tellTimer: NodeJS.Timeout | undefined;
  let isUrgent = false;
  /** When the look began that has not been answered. */
  let blindSinceMs: number | undefined;

  const wake = (channel: Channel): void => {
    const { waiting } = channel;
    channel.waiting = new Set();
    for (const go of waiting) go();
  };

  /** Reads up to the target, once for all readers of the channel. */
  const read = async (channel: Channel): Promise<void> => {
    if (channel.reading) return;
    channel.reading = true;
    try {
      while (channel.head < channel.target && channels.get(channel.orgId) === channel) {
        const org = { id: channel.orgId };
        const page = await readEvents(app, org, { after: channel.head, limit: limits.eventPageMax });
        if (page.length === 0) break;
        channel.recent = [...channel.recent, ...page].slice(-limits.feedRecentMax);
        channel.head = page.at(-1)?.seq ?? channel.head;
        wake(channel);
      }
    } catch {
      // The next look tries again, and readers who are behind learn what is wrong from their own pages.
    } finally {
      channel.reading = false;
    }
  };

  const endKeys = (ended: ReadonlySet<string>): void => {
    for (const wish of wishes) {
      if (!ended.has(wish.keyId)) continue;
      wishes.delete(wish);
      wish.end();
    }
  };

  const look = async (orgIds: readonly string[]): Promise<void> => {
    const followed = orgIds.filter((id) => channels.has(id));
    const keys = [...wishes].filter(({ orgId }) => orgIds.includes(orgId)).map(({ keyId }) => keyId);
    const [heads, ended] = await Promise.all([
      followed.length === 0 ? new Map<string, number>() : readFeedHeads(jobs, followed),
      keys.length === 0 ? [] : findEndedKeys(jobs, orgIds, [...new Set(keys)], now()),
    ]);
    for (const [orgId, last] of heads) {
      const channel = channels.get(orgId);
      if (channel === undefined || last <= channel.head) continue;
      channel.target = Math.max(channel.target, last);
      void read(channel);
    }
    endKeys(new Set(ended));
  };

  const watched = (): string[] => [...new Set([...channels.keys(), ...[...wishes].map(({ orgId }) => orgId)])];

  const check = async (): Promise<void> => {
    const orgIds = watched();
    if (orgIds.length === 0 || blindSinceMs !== undefined) return;
    blindSinceMs = performance.now();
    while (blindSinceMs !== undefined && !stopped.signal.aborted) {
      try {
        await look(orgIds);
        blindSinceMs = undefined;
      } catch {
        await delay(limits.feedCheckMs, undefined, { ref: false });
      }
    }
  };

  const endIfBlind = (): void => {
    if (blindSinceMs === undefined || performance.now() - blindSinceMs < limits.feedBlindMs) return;
    endKeys(new Set([...wishes].map(({ keyId }) => keyId)));
  };

  const hear = (orgId: string, keysMayHaveEnded: boolean): void => {
    if (keysMayHaveEnded) options.keysMayHaveEnded(orgId);
    const isWatched = channels.has(orgId) || (keysMayHaveEnded && [...wishes].some((wish) => wish.orgId === orgId));
    // What the hint was for is found by the next check if this look fails.
    if (isWatched) void look([orgId]).catch(() => undefined);
  };

  const notices = await openNotices(
    jobs,
    noticeChannel,
    (text) => {
      for (const [orgId, keysMayHaveEnded] of readNotice(text)) hear(orgId, keysMayHaveEnded);
    },
    log,
  );

  const passOn = (): void => {
    tellTimer = undefined;
    isUrgent = false;
    const entries = [...told];
    told.clear();
    const texts: string[] = [];
    for (let start = 0; start < entries.length; start += limits.feedHintsPerNotice) {
      texts.push(JSON.stringify(entries.slice(start, start + limits.feedHintsPerNotice)));
    }
    // This process hears its own notices too; without them, it hears what it told.
    void notices.send(texts).then((isSent) => {
      if (!isSent) for (const [orgId, keysMayHaveEnded] of entries) hear(orgId, keysMayHaveEnded);
    });
  };

  const timer = setInterval(() => {
    void check();
    // After the answers that have arrived were read: a process that was busy is not blind.
    setImmediate(endIfBlind);
  }, limits.feedCheckMs);
  timer.unref();

  const enter = (org: { id: string }, last: number): Channel => {
    const channel = channels.get(org.id) ?? {
      orgId: org.id,
      head: last,
      recent: [],
      readers: 0,
      waiting: new Set(),
      reading: false,
      target: last,
    };
    channels.set(org.id, channel);
    channel.readers++;
    return channel;
  };

  const leave = (channel: Channel): void => {
    channel.readers--;
    if (channel.readers === 0) channels.delete(channel.orgId);
  };

  const news = (channel: Channel, signal: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      const go = (): void => {
        channel.waiting.delete(go);
        signal.removeEventListener('abort', go);
        resolve();
      };
      channel.waiting.add(go);
      signal.addEventListener('abort', go);
      if (signal.aborted) go();
    });

  return {
    async *follow(org, after, given) {
      const signal = AbortSignal.any([given, stopped.signal]);
      const channel = enter(org, await assertReadable(app, org, after));
      try {
        let seen = after;
        while (!signal.aborted) {
          const page = await pageAfter(app, channel, seen);
          if (page.length === 0) {
            await news(channel, signal);
            continue;
          }
          seen = page.at(-1)?.seq ?? seen;
          yield page;
        }
      } finally {
        leave(channel);
      }
    },
    whenKeyEnds(org, keyId, end) {
      const wish = { orgId: org.id, keyId, end };
      wishes.add(wish);
      return () => void wishes.delete(wish);
    },
    tell(orgId, keysMayHaveEnded) {
      if (stopped.signal.aborted) return;
      told.set(orgId, (told.get(orgId) ?? false) || keysMayHaveEnded);
      if (!keysMayHaveEnded) {
        tellTimer ??= setTimeout(passOn, limits.feedTellMs).unref();
        return;
      }
      options.keysMayHaveEnded(orgId);
      if (isUrgent) return;
      isUrgent = true;
      clearTimeout(tellTimer);
      tellTimer = setTimeout(passOn, limits.feedTellKeysMs).unref();
    },
    stop() {
      stopped.abort();
      clearInterval(timer);
      clearTimeout(tellTimer);
      notices.stop();
    },
  };
}

/** What comes after a number: from the channel's memory, or from the database for whoever is behind it. */
async function pageAfter(app: Database, channel: Channel, after: number): Promise<FeedEvent[]> {
  if (after >= channel.head) return [];
  const [oldest] = channel.recent;
  if (oldest !== undefined && oldest.seq <= after + 1) return channel.recent.slice(after + 1 - oldest.seq);
  const page = await readEvents(app, { id: channel.orgId }, { after, limit: limits.eventPageMax });
  if (page[0]?.seq !== after + 1) throw new EventsGone();
  return page;
}

/** Empty for what this version does not understand: processes of two versions meet while one replaces the other. */
function readNotice(text: string): [orgId: string, keysMayHaveEnded: boolean][] {
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.filter(isHint) : [];
  } catch {
    return [];
  }
}

const isHint = (value: unknown): value is [string, boolean] =>
  Array.isArray(value) && typeof value[0] === 'string' && typeof value[1] === 'boolean';
