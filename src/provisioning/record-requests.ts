import { limits } from '../limits.ts';
import type { Sign } from '../organization/doctor.ts';
import { trafficBucketMs } from '../organization/rhythm.ts';
import { type ApiKeyUse, updateApiKeyUses } from '../store/api-key-writing.ts';
import type { Database } from '../store/database.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { findOrganizationId } from '../store/organizations.ts';
import { insertRequests, type LoggedRequest } from '../store/request-log.ts';
import { type TokenUse, updateTokenUses } from '../store/token-writing.ts';
import { addTraffic, type TrafficCount } from '../store/traffic-writing.ts';
import { retireReplaced } from './rotate-token.ts';

/**
 * Writes the log rows of requests that changed nothing, the last uses of tokens and the counts of requests, in batches off the
 * hot path. A crash may lose what waits, at most a second of it; the rows of changes commit with the changes and never wait
 * here.
 */
export type RequestRecorder = {
  /** A row of a known organization, with the use of the token that it came with. */
  add(orgId: string, row: LoggedRequest): void;
  /**
   * A request of a known organization that a rate limit refused. At each writing the log takes the first one of a token, with
   * the number of those that followed it, and the counts go by that one; `row` makes it.
   */
  addLimited(orgId: string, tokenId: string, counted: CountedRequest, row: () => LoggedRequest): void;
  /** Notes a use of a token. */
  noteUse(orgId: string, use: TokenUse): void;
  /** Counts how a request of a known organization was answered, and what was noticed about it. */
  noteTraffic(orgId: string, request: CountedRequest): void;
  /** Notes the use of an API key. */
  noteKeyUse(orgId: string, use: ApiKeyUse): void;
  /** A row of a request that no token vouches for; it goes to the organization that the path names, if there is one. */
  addRefused(slugOrId: string, row: LoggedRequest, counted: CountedRequest): void;
  /** Writes what waits, now. */
  flush(): Promise<void>;
  /** Writes what waits and stops. */
  stop(): Promise<void>;
};

/** What is counted of a request. */
export type CountedRequest = {
  /** Its reference in the log. */
  id: string;
  at: Date;
  /** The status and, of an error that has one, the scimType: `409 uniqueness`. */
  answer: string;
  signs: ReadonlySet<Sign>;
};

type Refused = { row: LoggedRequest; counted: CountedRequest };

type Limited = { row: LoggedRequest; following: number };
type Waiting = {
  rows: LoggedRequest[];
  uses: Map<string, TokenUse>;
  keyUses: Map<string, ApiKeyUse>;
  limited: Map<string, Limited>;
  traffic: Map<string, TrafficCount>;
};

/** Starts the recorder of one process. `log` takes a sentence about rows that could not be written. */
export function startRequestRecorder(options: {
  app: Database;
  jobs: Database;
  log: (sentence: string) => void;
}): RequestRecorder {
  const { app, jobs, log } = options;
  let waiting = new Map<string, Waiting>();
  let refused = new Map<string, Refused[]>();
  let count = 0;
  let lost = 0;
  let running: Promise<void> = Promise.resolve();

  const waitingOf = (orgId: string): Waiting => {
    const known = waiting.get(orgId) ?? nothingWaiting();
    waiting.set(orgId, known);
    return known;
  };

  const hasRoom = (): boolean => {
    if (count < limits.waitingRequestsMax) {
      count++;
      return true;
    }
    lost++;
    return false;
  };

  const write = async (): Promise<void> => {
    const [batch, refusals] = [waiting, refused];
    waiting = new Map();
    refused = new Map();
    count = 0;
    if (lost > 0) log(`The request log could not keep up: ${lost} rows of reads and refusals were lost.`);
    lost = 0;
    for (const [slugOrId, rows] of refusals) {
      const orgId = await findOrganizationId(jobs, slugOrId).catch(() => undefined);
      if (orgId === undefined) continue;
      const known = batch.get(orgId) ?? nothingWaiting();
      batch.set(orgId, known);
      for (const { row, counted } of rows) {
        known.rows.push(row);
        countTraffic(known.traffic, counted);
      }
    }
    for (const [orgId, { rows, uses, keyUses, limited, traffic }] of batch) {
      rows.push(...[...limited.values()].map(limitedRow));
      if (uses.size + keyUses.size + traffic.size > 0) {
        await inOrganization(app, orgId, async (tx) => {
          if (keyUses.size > 0) updateApiKeyUses(tx, [...keyUses.values()]);
          if (traffic.size > 0) addTraffic(tx, [...traffic.values()]);
          if (uses.size === 0) return;
          const successors = await updateTokenUses(tx, [...uses.values()], limits.rotationGoodCalls);
          await retireReplaced(tx, successors, new Date());
        }).catch((error) =>
          log(`The last uses of tokens could not be noted, nor requests counted (${(error as Error).message}).`),
        );
      }
      if (rows.length > 0) await writeRows(app, orgId, rows, log);
    }
  };

  const flush = (): Promise<void> => {
    running = running.then(() => write());
    return running;
  };
  const timer = setInterval(flush, limits.requestFlushMs);
  timer.unref();

  return {
    add(orgId, row) {
      if (hasRoom()) waitingOf(orgId).rows.push(row);
    },
    addLimited(orgId, tokenId, counted, row) {
      const { limited, traffic } = waitingOf(orgId);
      const first = limited.get(tokenId);
      countTraffic(traffic, { ...counted, id: first?.row.id ?? counted.id });
      if (first !== undefined) first.following++;
      else if (hasRoom()) limited.set(tokenId, { row: row(), following: 0 });
    },
    noteUse(orgId, use) {
      const { uses } = waitingOf(orgId);
      const good = (uses.get(use.tokenId)?.good ?? 0) + use.good;
      uses.set(use.tokenId, { ...use, good });
    },
    noteTraffic(orgId, request) {
      countTraffic(waitingOf(orgId).traffic, request);
    },
    noteKeyUse(orgId, use) {
      waitingOf(orgId).keyUses.set(use.keyId, use);
    },
    addRefused(slugOrId, row, counted) {
      const rows = refused.get(slugOrId) ?? [];
      // Whoever has no token must be able neither to fill an organization's log nor to make us remember many names.
      if (rows.length >= limits.refusalsPerFlushMax || refused.size >= limits.refusalsPerFlushMax || !hasRoom()) return;
      rows.push({ row, counted });
      refused.set(slugOrId, rows);
    },
    flush,
    async stop() {
      clearInterval(timer);
      await flush();
    },
  };
}

const nothingWaiting = (): Waiting => ({
  rows: [],
  uses: new Map(),
  keyUses: new Map(),
  limited: new Map(),
  traffic: new Map(),
});

/** Adds a request to the counts: few however many requests there are, since answers and signs are few. */
function countTraffic(traffic: Map<string, TrafficCount>, { id, at, answer, signs }: CountedRequest): void {
  const bucketMs = Math.floor(at.getTime() / trafficBucketMs) * trafficBucketMs;
  const add = (kind: TrafficCount['kind'], name: string): void => {
    const key = `${kind} ${bucketMs} ${name}`;
    const count = (traffic.get(key)?.count ?? 0) + 1;
    traffic.set(key, { kind, bucket: new Date(bucketMs), name, count, lastAt: at, lastRequest: id });
  };
  add('answer', answer);
  for (const sign of signs) add('sign', sign);
}

/** One row stands for those that followed it. */
function limitedRow({ row, following }: Limited): LoggedRequest {
  if (following === 0) return row;
  return { ...row, detail: `${row.detail} (and ${following} more like it at the same time)` };
}

async function writeRows(
  app: Database,
  orgId: string,
  rows: readonly LoggedRequest[],
  log: (sentence: string) => void,
): Promise<void> {
  try {
    await insertRequests(app, orgId, rows);
  } catch (error) {
    log(`${rows.length} rows of the request log could not be written (${(error as Error).message}).`);
  }
}
