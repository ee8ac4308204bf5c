import type { Connection } from './connection.ts';
import type { Latencies } from './latencies.ts';
import { activation, joining, leaving, lookUp, replacement } from './people.ts';
import { below, type Random, seededRandom } from './random.ts';
import { isSuccess, measurePhase, type PhaseFigures, type Session, sendTimed } from './session.ts';

const pageSize = 100;

/** The steady mix of an organization that is in use, in percent of the requests. */
const shares = { lookup: 45, read: 20, replace: 10, activate: 10, member: 10, page: 5 };

/**
 * Runs the mix for a time. Each connection has people of its own, so that every change is a real one whatever the others
 * do: a PUT writes another title, a PATCH turns `active` round, and whoever is taken out of the group comes back next.
 */
export async function runMix(
  session: Session,
  options: { phase: string; seconds: number; groupId: string; groupSize: number },
): Promise<PhaseFigures> {
  return await measurePhase(session, options.phase, async (latencies) => {
    const endMs = performance.now() + options.seconds * 1000;
    await Promise.all(
      session.connections.map(async (connection, index) => {
        const worker = makeWorker(session, connection, latencies, { ...options, index });
        while (performance.now() < endMs) await worker();
      }),
    );
    return [];
  });
}

type WorkerOptions = { index: number; groupId: string; groupSize: number };

function makeWorker(
  session: Session,
  connection: Connection,
  latencies: Latencies,
  { index, groupId, groupSize }: WorkerOptions,
): () => Promise<void> {
  const random = seededRandom(session.seed * 1_000 + index);
  const { ids, isActive } = session;
  const workers = session.connections.length;
  const ownPerson = (among = ids.length) => ownOf(random, index, workers, among);
  const pages = Math.ceil(ids.length / pageSize);
  let page = Math.floor((pages * index) / workers);
  let outside: number | undefined;
  let edition = 0;

  const lookup = async () => {
    const person = below(random, ids.length);
    const id = ids[person] as string;
    await sendTimed(connection, latencies, {
      operation: 'lookup by userName',
      method: 'GET',
      path: lookUp(person),
      isRight: ({ status, body }) => status === 200 && body.includes(id),
    });
  };
  const read = async () => {
    const id = ids[below(random, ids.length)] as string;
    await sendTimed(connection, latencies, {
      operation: 'read by id',
      method: 'GET',
      path: `/Users/${id}`,
      isRight: ({ status, body }) => status === 200 && body.includes(id),
    });
  };
  const replace = async () => {
    const person = ownPerson();
    const id = ids[person] as string;
    const title = `Engineer ${session.seed}.${index}.${edition++}.${Math.floor(performance.now())}`;
    await sendTimed(connection, latencies, {
      operation: 'replace (PUT)',
      method: 'PUT',
      path: `/Users/${id}`,
      body: replacement(person, id, isActive[person] as boolean, title),
      isRight: ({ status, body }) => status === 200 && body.includes(title),
    });
  };
  const activate = async () => {
    const person = ownPerson();
    const id = ids[person] as string;
    isActive[person] = !isActive[person];
    await sendTimed(connection, latencies, {
      operation: 'activate or deactivate (PATCH)',
      method: 'PATCH',
      path: `/Users/${id}`,
      body: activation(isActive[person]),
      isRight: isSuccess,
    });
  };
  const member = async () => {
    const isComingBack = outside !== undefined;
    const person = outside ?? ownPerson(groupSize);
    outside = isComingBack ? undefined : person;
    const id = ids[person] as string;
    await sendTimed(connection, latencies, {
      operation: 'one member in or out (PATCH)',
      method: 'PATCH',
      path: `/Groups/${groupId}`,
      body: isComingBack ? joining([[person, id]]) : leaving(id),
      isRight: isSuccess,
    });
  };
  const list = async () => {
    const startIndex = page * pageSize + 1;
    page = (page + 1) % pages;
    await sendTimed(connection, latencies, {
      operation: 'page of 100',
      method: 'GET',
      path: `/Users?startIndex=${startIndex}&count=${pageSize}`,
      isRight: ({ status, body }) => status === 200 && body.includes('"Resources"'),
    });
  };

  const draw = lottery([
    [shares.lookup, lookup],
    [shares.read, read],
    [shares.replace, replace],
    [shares.activate, activate],
    [shares.member, member],
    [shares.page, list],
  ]);
  return () => draw(random)();
}

/** One of the people whose number leaves `index` when divided by the number of workers. */
function ownOf(random: Random, index: number, workers: number, among: number): number {
  const own = Math.max(1, Math.floor((among - index + workers - 1) / workers));
  return Math.min(index + workers * below(random, own), among - 1);
}

function lottery<T>(tickets: readonly (readonly [number, T])[]): (random: Random) => T {
  const drum = tickets.flatMap(([count, prize]) => Array.from({ length: count }, () => prize));
  return (random) => drum[below(random, drum.length)] as T;
}
