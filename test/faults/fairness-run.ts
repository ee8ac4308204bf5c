/**
 * Measures what one organization feels of another, on a server in a process of its own:
 *
 *     node bin/node24.js test/faults/fairness-run.ts [seconds of a phase] [rounds]
 *
 * Globex sends fifty requests a second, evenly, half of them changes. Acme sends nothing, then what its token may, then ten
 * times as much, then as many changes of one group at once as it can, which all wait for one row. The phases take turns, so
 * that a busy machine disturbs them alike. Three minutes with the defaults; ends with 1 if ten times the load makes the p99 of
 * Globex more than half longer.
 *
 * Both clients share the machine with the server, so they do no more than the protocol needs (bench/load/connection.ts).
 */
import { setTimeout as delay } from 'node:timers/promises';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { type Connection, openConnection } from '../../bench/load/connection.ts';
import { createOrganization } from '../../src/provisioning/create-organization.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { testDatabase } from '../database.ts';
import { startServingProcess } from '../serving-process.ts';

type Target = { baseUrl: string; token: string };
type Answer = { status: number; body: string; ms: number };
type Send = (method: string, path: string, body?: unknown) => Promise<Answer>;
type Attack = 'nothing' | 'what it may' | 'ten times its rate' | 'changes of one group';
/** How many answers of each status the attacker got. */
type Answers = Record<number, number>;

const attacks: readonly Attack[] = ['nothing', 'what it may', 'ten times its rate', 'changes of one group'];
const quietPerSecond = 50;
const allowedPerSecond = 200;
const attackersAtOnce = 64;
const ratioMax = 1.5;

/** Sends over so many connections at most, each of which waits for its answer; whoever finds none free waits for one. */
function sender({ baseUrl, token }: Target, connections: number): Send & { close(): void } {
  const all: Connection[] = [];
  const free: Connection[] = [];
  const waiting: ((connection: Connection) => void)[] = [];
  const taken = (): Connection | Promise<Connection> => {
    const known = free.pop();
    if (known !== undefined) return known;
    if (all.length === connections) return new Promise((resolve) => waiting.push(resolve));
    const opened = openConnection({ baseUrl, authorization: `Bearer ${token}`, timeoutMs: 30_000 });
    all.push(opened);
    return opened;
  };
  const send: Send = async (method, path, body) => {
    const startedMs = performance.now();
    const connection = await taken();
    const answer = await connection.send(method, path, body === undefined ? undefined : JSON.stringify(body));
    const next = waiting.shift();
    if (next === undefined) free.push(connection);
    else next(connection);
    return { status: answer.status, body: answer.body.toString(), ms: performance.now() - startedMs };
  };
  const close = () => {
    for (const each of all) each.close();
  };
  return Object.assign(send, { close });
}

const patch = (path: string, value: unknown) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations: [{ op: 'replace', path, value }],
});

/** Sends at a steady rate for some seconds, whether answers come or not. */
async function atRate(perSecond: number, seconds: number, send: (index: number) => Promise<Answer>): Promise<Answer[]> {
  const sent: Promise<Answer>[] = [];
  const startedMs = performance.now();
  for (let now = 0; now < seconds * 1000; now = performance.now() - startedMs) {
    while (sent.length < (now / 1000) * perSecond) sent.push(send(sent.length));
    await delay(5);
  }
  return await Promise.all(sent);
}

/** Sends at a rate over connections that do not wait for one another; one whose answer is late sends less. */
async function overConnections(perSecond: number, seconds: number, send: () => Promise<Answer>): Promise<Answer[]> {
  const answers: Answer[] = [];
  const endMs = performance.now() + seconds * 1000;
  const stepMs = (1000 * attackersAtOnce) / perSecond;
  await Promise.all(
    Array.from({ length: attackersAtOnce }, async (_, index) => {
      await delay((index * stepMs) / attackersAtOnce);
      for (let dueMs = performance.now(); dueMs < endMs; dueMs = Math.max(dueMs + stepMs, performance.now() - stepMs)) {
        const waitMs = dueMs - performance.now();
        if (waitMs > 0) await delay(waitMs);
        answers.push(await send());
      }
    }),
  );
  return answers;
}

async function attack(send: Send, kind: Attack, seconds: number, group: string): Promise<Answers> {
  const answers: Answers = {};
  const count = ({ status }: Answer) => {
    answers[status] = (answers[status] ?? 0) + 1;
  };
  if (kind === 'what it may' || kind === 'ten times its rate') {
    const perSecond = (kind === 'what it may' ? 1 : 10) * allowedPerSecond;
    const lookUp = () => send('GET', '/Users?filter=userName%20eq%20%22nobody%22');
    for (const answer of await overConnections(perSecond, seconds, lookUp)) count(answer);
  } else if (kind === 'changes of one group') {
    const endMs = performance.now() + seconds * 1000;
    const change = async (name: string) => {
      while (performance.now() < endMs) {
        const answer = await send('PATCH', `/Groups/${group}`, patch('displayName', `${name} ${performance.now()}`));
        count(answer);
        if (answer.status === 429) await delay(200);
      }
    };
    await Promise.all(Array.from({ length: attackersAtOnce }, (_, index) => change(`Group ${index}`)));
  }
  return answers;
}

const percentile = (values: readonly number[], share: number): number =>
  [...values].sort((a, b) => a - b)[Math.floor(share * (values.length - 1))] ?? 0;

async function measure(seconds: number, rounds: number): Promise<void> {
  await using db = await testDatabase();
  await using server = await startServingProcess(db);
  const organization = async (slug: string): Promise<Target> => {
    const at = { now: new Date() };
    const { id } = await createOrganization(db.app, { slug, name: slug, plan: 'enterprise', settings: {} }, at);
    const { token } = await createToken(db.app, { id }, { name: 'load' }, at);
    return { baseUrl: `${server.url}/scim/v2/${slug}`, token };
  };
  const acme = await organization('acme');
  const loud = sender(acme, 1);
  const { id: group } = JSON.parse((await loud('POST', '/Groups', { displayName: 'Group' })).body);
  loud.close();
  const quiet = sender(await organization('globex'), 20);
  const { id: user } = JSON.parse((await quiet('POST', '/Users', { userName: 'ada@globex.example' })).body);
  const ask = (index: number) =>
    index % 2 === 0
      ? quiet('GET', '/Users?filter=userName%20eq%20%22ada%40globex.example%22')
      : quiet('PATCH', `/Users/${user}`, patch('nickName', `n${index}`));
  await atRate(quietPerSecond, 3, ask);

  const p99s = new Map<Attack, number[]>(attacks.map((kind) => [kind, []]));
  for (let round = 1; round <= rounds; round++) {
    for (const kind of attacks) {
      const worker = new Worker(new URL(import.meta.url), { workerData: { target: acme, kind, seconds, group } });
      const attacked = new Promise<Answers>((resolve, reject) => {
        worker.once('message', resolve).once('error', reject);
      });
      const answers = await atRate(quietPerSecond, seconds, ask);
      const failed = answers.filter(({ status }) => status >= 300).length;
      const times = answers.map(({ ms }) => ms);
      p99s.get(kind)?.push(percentile(times, 0.99));
      console.log(
        `round ${round}, Acme sends ${kind}: Globex ${answers.length} requests, ${failed} failed, ` +
          `p50 ${percentile(times, 0.5).toFixed(1)} ms, p99 ${percentile(times, 0.99).toFixed(1)} ms; ` +
          `answers to Acme ${JSON.stringify(await attacked)}`,
      );
    }
  }
  quiet.close();
  const median = (kind: Attack) => percentile(p99s.get(kind) ?? [], 0.5);
  const times = (kind: Attack, than: Attack) => (median(kind) / median(than)).toFixed(2);
  for (const kind of attacks.slice(1)) {
    console.log(
      `${kind}: the median p99 of Globex is ${times(kind, 'nothing')} times the one without, ` +
        `${times(kind, 'what it may')} times the one with what Acme may send`,
    );
  }
  if (median('ten times its rate') > ratioMax * median('nothing')) process.exitCode = 1;
}

type Work = { target: Target; kind: Attack; seconds: number; group: string };

if (isMainThread) {
  const [seconds = 8, rounds = 4] = process.argv.slice(2).map(Number);
  await measure(Math.min(60, seconds), Math.min(20, rounds));
} else {
  const { target, kind, seconds, group } = workerData as Work;
  const send = sender(target, attackersAtOnce);
  const answers = await attack(send, kind, seconds, group);
  send.close();
  parentPort?.postMessage(answers);
}
