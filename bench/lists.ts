/**
 * What searches, sorted lists, pages and imports cost in organizations of different sizes, and how much memory they take:
 * `node bin/node24.js bench/lists.ts --users 1000,100000,1000000`. Rollcall runs as for bench/run.ts, alone, on a PostgreSQL
 * of its own for each size, and one request is sent at a time.
 */
import assert from 'node:assert/strict';
import { parseArgs } from 'node:util';
import { assignPeople, pushGroup } from './load/assign.ts';
import type { Answer } from './load/connection.ts';
import { importAll } from './load/full-import.ts';
import { median } from './load/latencies.ts';
import { activation, userName } from './load/people.ts';
import { residentMegabytes } from './load/process-usage.ts';
import { closeSession, openSession, type Session } from './load/session.ts';
import { startDatabaseServer } from './peers/database-server.ts';
import { startRollcall } from './peers/rollcall.ts';
import { ms, printTable } from './report/tables.ts';

const usage = `node bin/node24.js bench/lists.ts [options]

  --users <numbers>   sizes of the organization, separated by commas. Default: 1000,100000,1000000
  --group <number>    people in the group that is read. Default: 100000, at most all
  --rounds <number>   requests of each kind. Default: 15`;

const overHttp = 1_000;
const pageSize = 100;

type Row = { name: string; p50: number; megabytes: number };

async function main(): Promise<void> {
  const text = { type: 'string' } as const;
  const { values } = parseArgs({ options: { users: text, group: text, rounds: text, help: { type: 'boolean' } } });
  if (values.help) return console.log(usage);
  const sizes = (values.users ?? '1000,100000,1000000').split(',').map(whole);
  const table = new Map<string, string[]>();
  for (const users of sizes) {
    for (const { name, p50, megabytes } of await measure(users, {
      groupMax: whole(values.group ?? '100000'),
      rounds: whole(values.rounds ?? '15'),
    })) {
      table.set(name, [...(table.get(name) ?? []), ms(p50), megabytes.toFixed(0)]);
    }
  }
  printTable(
    ['median of one request', ...sizes.flatMap((users) => [`${users}: ms`, 'MB'])],
    [...table].map(([name, cells]) => [name, ...cells]),
  );
}

function whole(given: string): number {
  const number = Number(given);
  if (Number.isInteger(number) && number >= 1 && number <= 1_000_000) return number;
  throw new Error(`a whole number from 1 to 1000000 is wanted, not ${given}`);
}

async function measure(users: number, options: { groupMax: number; rounds: number }): Promise<Row[]> {
  await using running = new AsyncDisposableStack();
  const database = await startDatabaseServer();
  running.defer(() => database.stop());
  const target = await startRollcall(database, { slug: 'bench', nodeArguments: [] });
  running.defer(() => target.stop());
  const session = openSession(target, { concurrency: 4, seed: 1, postmasterPid: database.postmasterPid });
  running.defer(() => closeSession(session));

  await assignPeople(session, Math.min(users, overHttp), { seconds: 120 });
  const group = await pushGroup(session, { name: 'Everyone', people: 1, batch: 1 });
  assert.ok(target.fill !== undefined, 'Rollcall can be filled by statements');
  for (const id of await target.fill.members(session.ids[0] as string, { from: session.ids.length, to: users })) {
    session.ids.push(id);
  }
  await target.fill.team(group.id, spread(session.ids, options.groupMax));
  await target.settle();
  console.error(`${users} users are there`);

  const rows: Row[] = [];
  const note = (name: string, times: readonly number[]) => {
    const megabytes = residentMegabytes(target.pid as number).peak;
    rows.push({ name, p50: median(times), megabytes });
  };
  for (const { name, path, found } of searches(users)) {
    note(name, await timed(session, options.rounds, () => ({ method: 'GET', path, found })));
  }
  note(
    'PATCH of active',
    await timed(session, options.rounds, (round) => ({
      method: 'PATCH',
      path: `/Users/${session.ids[Math.floor(users / 2)]}`,
      body: activation(round % 2 === 1),
    })),
  );
  for (const by of ['index', 'cursor'] as const) {
    const { pages, seen, errors } = await importAll(session, { rounds: 1, seconds: 600, by });
    assert.deepEqual({ ...seen, errors }, { people: users, twice: 0, never: 0, errors: [] });
    for (const place of ['first', 'middle', 'last'] as const) note(`import by ${by}, ${place} pages`, [pages[place]]);
  }
  note(
    `read a group of ${options.groupMax} at most`,
    await timed(session, Math.min(5, options.rounds), () => ({ method: 'GET', path: `/Groups/${group.id}` })),
  );
  return rows;
}

/** At most so many of the ids, evenly from first to last: else only the first pages of an import would hold people with a group. */
function spread(ids: readonly string[], most: number): string[] {
  const step = Math.ceil(ids.length / most);
  return ids.filter((_, place) => place % step === 0);
}

/** The requests of which each is sent again and again. `found` is what totalResults must be. */
function searches(users: number): { name: string; path: string; found: number }[] {
  const some = Math.floor(users / 2);
  const filtered = (filter: string) => `/Users?filter=${encodeURIComponent(filter)}&count=${pageSize}`;
  const page = (startIndex: number) => `/Users?startIndex=${startIndex}&count=${pageSize}`;
  const sorted = `/Users?sortBy=meta.lastModified&sortOrder=descending&count=${pageSize}`;
  const withNumber = (text: string) => {
    let count = 0;
    for (let number = 0; number < users; number++) if (String(number).includes(text)) count++;
    return count;
  };
  const startingWith = (text: string) => {
    let count = 0;
    for (let number = 0; number < users; number++) if (String(number).startsWith(text)) count++;
    return count;
  };
  const nth = (period: number) => Math.ceil(users / period);
  return [
    { name: 'userName eq', path: filtered(`userName eq "${userName(some)}"`), found: 1 },
    { name: 'userName sw, few', path: filtered(`userName sw "person.${some}"`), found: startingWith(String(some)) },
    { name: 'userName sw, all', path: filtered('userName sw "person."'), found: users },
    { name: 'userName co, few', path: filtered(`userName co ".${some}@"`), found: 1 },
    { name: 'userName co, some', path: filtered('userName co "77"'), found: withNumber('77') },
    { name: 'displayName sw, a tenth', path: filtered('displayName sw "Ada"'), found: nth(10) },
    { name: 'displayName co, few', path: filtered(`displayName co "-${some}"`), found: startingWith(String(some)) },
    { name: 'displayName co, a ninth', path: filtered('displayName co "lovelace"'), found: nth(9) },
    {
      name: 'emails[type eq "work"].value eq',
      path: filtered(`emails[type eq "work"].value eq "${userName(some)}"`),
      found: 1,
    },
    { name: 'sort by meta.lastModified', path: sorted, found: users },
    { name: 'sort by meta.lastModified, middle', path: `${sorted}&startIndex=${some}`, found: users },
    { name: 'page at the beginning', path: page(1), found: users },
    { name: 'page in the middle', path: page(some), found: users },
    { name: 'page at the end', path: page(users - pageSize + 1), found: users },
  ];
}

type Asked = { method: 'GET' | 'PATCH'; path: string; body?: string; found?: number };

/** Sends requests one after the other and returns their times in milliseconds, the first one left out. */
async function timed(session: Session, rounds: number, ask: (round: number) => Asked): Promise<number[]> {
  const [connection] = session.connections;
  assert.ok(connection !== undefined);
  const times: number[] = [];
  for (let round = 0; round <= rounds; round++) {
    const { method, path, body, found } = ask(round);
    const start = performance.now();
    const answer: Answer = await connection.send(method, path, body);
    const took = performance.now() - start;
    assert.equal(Math.floor(answer.status / 100), 2, `${method} ${path}: ${answer.body.toString('utf8', 0, 300)}`);
    if (found !== undefined) {
      const total = /"totalResults": ?(\d+)/.exec(answer.body.toString('latin1'))?.[1];
      assert.equal(Number(total), found, `${method} ${path}: totalResults`);
    }
    if (round > 0) times.push(took);
  }
  return times;
}

await main();
