import { median } from './latencies.ts';
import { measurePhase, type PhaseFigures, type Session, sendTimed } from './session.ts';

const pageSize = 100;
/**
 * Pages at the beginning, in the middle and at the end whose times are compared, at most: enough for a second or two each, so that
 * whatever else the machine does for a moment is not all that one of them shows.
 */
const windowPages = 500;

type ListResponse = { totalResults: number; nextCursor?: string; Resources?: { id: string }[] };

export type ImportFigures = PhaseFigures & {
  /** Median milliseconds of a page, over all rounds. */
  pages: { first: number; middle: number; last: number };
  /** People whom every round saw, and those whom some round saw twice or never. */
  seen: { people: number; twice: number; never: number };
};

/** By `startIndex`, as Okta reads (RFC 7644 §3.4.2.4), or by the cursor of the page before (RFC 9865). */
export type Paging = 'index' | 'cursor';

/**
 * Reads all users page by page, as an import of Okta does, `rounds` times, and checks that each round sees everyone once.
 */
export async function importAll(
  session: Session,
  options: { rounds: number; seconds: number; by?: Paging },
): Promise<ImportFigures> {
  const [connection] = session.connections;
  if (connection === undefined) throw new Error('a session has at least one connection');
  const windows = { first: [] as number[], middle: [] as number[], last: [] as number[] };
  const seen = { people: 0, twice: 0, never: 0 };
  const pages = Math.ceil(session.ids.length / pageSize);
  const width = Math.max(1, Math.min(windowPages, Math.floor(pages / 3)));
  const middle = Math.floor((pages - width) / 2);
  const { by = 'index' } = options;

  const figures = await measurePhase(
    session,
    by === 'index' ? 'full import' : 'full import by cursor',
    async (latencies) => {
      const endMs = performance.now() + options.seconds * 1000;
      const remarks = new Set<string>();
      for (let round = 0; round < options.rounds; round++) {
        const found = new Map<string, number>();
        let cursor = '';
        for (let page = 0; page < pages; page++) {
          if (performance.now() > endMs) return [`cut off in round ${round + 1} after ${page} of ${pages} pages`];
          const startedMs = performance.now();
          const answer = await sendTimed(connection, latencies, {
            operation: 'page of 100',
            method: 'GET',
            path: `/Users?${by === 'index' ? `startIndex=${page * pageSize + 1}` : `cursor=${cursor}`}&count=${pageSize}`,
            isRight: ({ status }) => status === 200,
          });
          const ms = performance.now() - startedMs;
          if (page < width) windows.first.push(ms);
          if (page >= middle && page < middle + width) windows.middle.push(ms);
          if (page >= pages - width) windows.last.push(ms);
          if (answer === undefined) continue;
          const list = JSON.parse(answer.body.toString('utf8')) as ListResponse;
          cursor = encodeURIComponent(list.nextCursor ?? '');
          for (const { id } of list.Resources ?? []) found.set(id, (found.get(id) ?? 0) + 1);
          if (list.totalResults !== session.ids.length) {
            remarks.add(`totalResults was ${list.totalResults} with ${session.ids.length} people`);
          }
        }
        seen.people = session.ids.filter((id) => found.has(id)).length;
        seen.never += session.ids.length - seen.people;
        for (const times of found.values()) if (times > 1) seen.twice++;
      }
      return [...remarks];
    },
  );
  return {
    ...figures,
    pages: { first: median(windows.first), middle: median(windows.middle), last: median(windows.last) },
    seen,
  };
}
