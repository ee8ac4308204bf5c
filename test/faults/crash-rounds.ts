import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import { type FeedEvent, readEvents } from '../../src/events/feed.ts';
import { startBuiltIn } from '../../src/store/built-in/start.ts';
import { type Database, openDatabase } from '../../src/store/database.ts';
import { assertFeedTellsState, assertInForceFollows } from '../feed-replay.ts';
import { type ServedDirectory, type ServedOrganization, serveDirectory } from './served-directory.ts';
import { ask, type Served, startWriter, type Writer } from './writer.ts';

/** What is killed with SIGKILL. */
export type Victim = 'server' | 'postgres';

export type Round = {
  victim: Victim;
  /** Writes acknowledged in this round, before the kill. */
  acknowledged: number;
  /** Writes whose answer did not come: how many were stored all the same, and how many were not. */
  unknown: { stored: number; lost: number };
  /** From the kill until requests succeed again. */
  backMs: number;
};

const writersPerOrganization = 4;
/** The kill comes after so many writes of the round were acknowledged, another number in each of seven rounds. */
const writesBefore = (number: number) => 25 + (number % 7) * 17;
/** A load that gets nowhere is no load. */
const loadWaitMs = 30_000;

type Load = { org: ServedOrganization; groupId: string; writers: Writer[]; seen: FeedEvent[] };

/** The database of the served directory, looked into beside the server. */
type Beside = { app: Database; owner: Database };

/**
 * Kills one after the other while clients write to two organizations, and after each kill holds that every acknowledged
 * write is there, nothing is half done, and the feed is whole (security.md I1 to I5, I12, I14).
 */
export async function runCrashRounds(
  victims: readonly Victim[],
  tell: (round: Round, number: number) => void,
): Promise<Round[]> {
  await using directory = await serveDirectory();
  const loads: Load[] = [];
  for (const slug of ['acme', 'globex']) {
    const org = await directory.organization(slug);
    const group = await ask(org, 'POST', '/Groups', { displayName: 'Everybody' });
    const groupId = group?.body.id as string;
    const writers = Array.from({ length: writersPerOrganization }, (_, index) =>
      startWriter(org, groupId, `${slug}${index}`),
    );
    loads.push({ org, groupId, writers, seen: [] });
  }
  await using opened = new AsyncDisposableStack();
  const beside = await openBeside(directory, opened);
  const rounds: Round[] = [];
  for (const [number, victim] of victims.entries()) {
    const round = await runRound(directory, beside, loads, victim, writesBefore(number));
    rounds.push(round);
    tell(round, number + 1);
  }
  return rounds;
}

async function runRound(
  directory: ServedDirectory,
  beside: Beside,
  loads: readonly Load[],
  victim: Victim,
  afterWrites: number,
): Promise<Round> {
  const writers = loads.flatMap((load) => load.writers);
  const acknowledgedNow = () => sum(writers.map((writer) => writer.acknowledged));
  const before = { acknowledged: acknowledgedNow(), ...unknownOf(writers) };
  const stop = new AbortController();
  const work = Promise.all([
    ...writers.map((writer) => writer.write(stop.signal)),
    ...loads.map((load) => readOn(load, stop.signal)),
    ...loads.map((load) => follow(load, beside, stop.signal)),
  ]);
  // A broken promise must not be found missing only when it is awaited, after the kill.
  work.catch(() => undefined);
  const deadline = performance.now() + loadWaitMs;
  while (acknowledgedNow() < before.acknowledged + afterWrites) {
    assert.ok(performance.now() < deadline, `fewer than ${afterWrites} writes in ${loadWaitMs} ms`);
    await Promise.race([delay(2), work]);
  }
  const killedAt = performance.now();
  await (victim === 'server' ? directory.killServer() : directory.killPostgres());
  await directory.ready();
  for (const { org } of loads) await untilAnswered(org);
  const backMs = Math.round(performance.now() - killedAt);
  stop.abort();
  await work;

  for (const load of loads) await verify(load);
  await verifyStored(beside, loads);
  const after = unknownOf(writers);
  return {
    victim,
    acknowledged: acknowledgedNow() - before.acknowledged,
    unknown: { stored: after.stored - before.stored, lost: after.lost - before.lost },
    backMs,
  };
}

/** Reads what is there all the time: an answer is the user or an outage, never an absence (I12). */
async function readOn({ org, groupId }: Load, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    const list = await ask(org, 'GET', '/Groups?filter=displayName%20eq%20%22everybody%22&excludedAttributes=members');
    if (list !== undefined) assert.equal(list.body.totalResults, 1);
    const group = await ask(org, 'GET', `/Groups/${groupId}?excludedAttributes=members`);
    if (group !== undefined) assert.equal(group.body.id, groupId);
    await delay(5);
  }
}

async function untilAnswered(org: ServedOrganization): Promise<void> {
  while ((await ask(org, 'GET', '/Users?count=1')) === undefined) await delay(20);
}

async function verify({ org, groupId, writers }: Load): Promise<void> {
  const users = new Map<string, Record<string, unknown>>();
  for (;;) {
    const page = await ask(org, 'GET', `/Users?startIndex=${users.size + 1}&count=500`);
    assert.ok(page !== undefined, 'the list is answered');
    const { Resources = [], totalResults } = page.body as {
      Resources?: Record<string, unknown>[];
      totalResults: number;
    };
    for (const user of Resources) users.set(user.id as string, user);
    if (Resources.length === 0 || users.size >= totalResults) break;
  }
  const group = await ask(org, 'GET', `/Groups/${groupId}`);
  const members = new Set((group?.body.members as { value: string }[] | undefined)?.map((member) => member.value));
  const served: Served = { users, members };
  for (const writer of writers) writer.verify(served);
}

/** Follows the feed as a product does, and remembers what it was told. */
async function follow({ org, seen }: Load, { app }: Beside, stop: AbortSignal): Promise<void> {
  while (!stop.aborted) {
    // Without the database there is nothing to be told; what was told before must still be true afterwards.
    const page = await readEvents(app, org, { after: seen.length, limit: 100 }).catch(() => []);
    seen.push(...page);
    await delay(5);
  }
}

async function openBeside({ dataDir }: ServedDirectory, opened: AsyncDisposableStack): Promise<Beside> {
  // Joined once for its address, which stays right however often it is started again.
  const builtIn = await startBuiltIn({ dataDir, log: () => undefined });
  await builtIn.stop();
  const open = (role: 'rollcall_app' | undefined) => {
    const { connectionString } = builtIn;
    const pool = openDatabase({ connectionString, role, max: 3, applicationName: 'crash rounds' });
    opened.defer(() => pool.end());
    return pool;
  };
  return { app: open('rollcall_app'), owner: open(undefined) };
}

async function verifyStored({ app, owner }: Beside, loads: readonly Load[]): Promise<void> {
  for (const { org, writers, seen } of loads) {
    const events = await assertFeedTellsState(app, owner, org);
    await assertInForceFollows(owner, org);
    assert.deepEqual(events.slice(0, seen.length), seen, 'what the feed has told stays true');
    const told = new Set(events.map((event) => event.requestId));
    for (const writer of writers) {
      for (const reference of writer.references) assert.ok(told.has(reference), 'an acknowledged write has its event');
    }
    const { rows } = await owner.query<{ id: string }>(
      `select r.id from scim_requests r where r.org_id = $1 and jsonb_array_length(r.changes) > 0 and r.status < 300`,
      [org.id],
    );
    const logged = new Set(rows.map((row) => row.id));
    assert.deepEqual(
      logged,
      new Set([...told].filter((id) => id !== undefined)),
      'a change, its events and its log row come together',
    );
  }
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

const unknownOf = (writers: readonly Writer[]) => ({
  stored: sum(writers.map((writer) => writer.unknown.stored)),
  lost: sum(writers.map((writer) => writer.unknown.lost)),
});
