/**
 * Requests at the same moment, over two nodes on one PostgreSQL: this process and another one (security.md I3 to I5, I9).
 * Each test checks the feed with the state: whoever replays it must arrive at what is stored.
 */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { FeedEvent } from '../../src/events/feed.ts';
import { assertFeedTellsState, assertInForceFollows } from '../feed-replay.ts';
import {
  brakeOff,
  type Scim,
  scimClient,
  startRollcall,
  type TestOrganization,
  type TestRollcall,
} from '../rollcall.ts';
import { type ServingProcess, startServingProcess } from '../serving-process.ts';
import {
  assertRefusal,
  createGroup,
  createUser,
  lastEvent,
  memberIdsOf,
  patch,
  untilWaiting,
  user,
} from './beside-globex.ts';

describe('requests at the same moment', () => {
  let rollcall: TestRollcall;
  let other: ServingProcess;

  before(async () => {
    rollcall = await startRollcall();
    other = await startServingProcess(rollcall.db);
  });
  after(async () => {
    await other[Symbol.asyncDispose]();
    await rollcall[Symbol.asyncDispose]();
  });

  /** An organization of its own for a test, and its two nodes in turn. */
  async function organization(): Promise<{ acme: TestOrganization; node: (index: number) => Scim }> {
    const acme = await rollcall.organization({ settings: brakeOff });
    const nodes = [acme.scim, scimClient(`${other.url}/scim/v2/${acme.slug}`, acme.token)] as const;
    return { acme, node: (index) => nodes[index % 2 === 0 ? 0 : 1] };
  }

  test('40 PATCHes that each add one member to one group: none is lost, none is doubled', async () => {
    const { acme, node } = await organization();
    const ids: string[] = [];
    for (let index = 0; index < 40; index++) ids.push(await createUser(acme, `person-${index}`));
    const team = await createGroup(acme, 'Everybody');
    const before = await lastEvent(rollcall, acme);
    const answers = await Promise.all(
      ids.map((value, index) =>
        node(index)('PATCH', `/Groups/${team}`, patch({ op: 'add', path: 'members', value: [{ value }] })),
      ),
    );
    assert.deepEqual(new Set(answers.map((answer) => answer.status)), new Set([204]));
    assert.deepEqual(await memberIdsOf(rollcall, acme, team), ids.toSorted());
    const { body, headers } = await acme.scim('GET', `/Groups/${team}`);
    assert.equal((body.members as unknown[]).length, 40);
    assert.match(headers.get('etag') ?? '', /^W\/"41-/);
    const events = await assertFeedTellsState(rollcall.db.app, rollcall.db.owner, acme);
    assert.equal(events.length, before + 40);
  });

  test('50 POSTs of one userName in different letter case: one 201, 49 times 409 uniqueness (I9)', async () => {
    const { acme, node } = await organization();
    const spellings = Array.from({ length: 50 }, (_, index) =>
      [...'ada.lovelace'].map((letter, place) => ((index >> (place % 6)) & 1 ? letter.toUpperCase() : letter)).join(''),
    );
    const answers = await Promise.all(
      spellings.map((name, index) => node(index)('POST', '/Users', user(name, { externalId: `00u-${index}` }))),
    );
    const created = answers.filter((answer) => answer.status === 201);
    assert.equal(created.length, 1);
    for (const answer of answers) if (answer !== created[0]) assertRefusal(answer, 409, 'uniqueness', /userName "/);
    const events = await assertFeedTellsState(rollcall.db.app, rollcall.db.owner, acme);
    assert.deepEqual(
      events.map((event) => event.kind),
      ['organization.created', 'token.created', 'member.created'],
    );
    await assertInForceFollows(rollcall.db.owner, acme);
  });

  test('20 POSTs of one displayName, and 20 of one externalId: one of each is created', async () => {
    const { acme, node } = await organization();
    const twenty = Array.from({ length: 20 }, (_, index) => index);
    const groups = await Promise.all(
      twenty.map((index) => node(index)('POST', '/Groups', { displayName: index % 2 ? 'Team' : 'TEAM' })),
    );
    const users = await Promise.all(
      twenty.map((index) => node(index)('POST', '/Users', user(`u${index}`, { externalId: 'one' }))),
    );
    for (const answers of [groups, users]) {
      const statuses = answers.map((answer) => answer.status).sort();
      assert.deepEqual(statuses, [201, ...twenty.slice(1).map(() => 409)]);
    }
    await assertInForceFollows(rollcall.db.owner, acme);
  });

  test('20 PATCHes under one If-Match: one wins, the others are told (RFC 7644 §3.14)', async () => {
    const { acme, node } = await organization();
    const id = await createUser(acme, 'contested');
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        node(index)('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { title: `T${index}` } }), {
          'if-match': 'W/"1"',
        }),
      ),
    );
    assert.deepEqual(answers.map((answer) => answer.status).sort(), [200, ...Array.from({ length: 19 }, () => 412)]);
    const winner = answers.find((answer) => answer.status === 200);
    assert.equal((await acme.scim('GET', `/Users/${id}`)).body.title, winner?.body.title);
  });

  test('a team that lets a person go while the person is reactivated: the feed does not put them in (I5)', async () => {
    const { acme, node } = await organization();
    const id = await createUser(acme, 'sleeper', { active: false });
    const team = await createGroup(acme, 'Contested', [id]);
    const { owner } = rollcall.db;
    const holder = await owner.connect();
    try {
      // Both requests come to wait for the membership's row, in this order.
      await holder.query('begin');
      await holder.query('select from team_members where org_id = $1 and team_id = $2 for update', [acme.id, team]);
      const removal = node(0)('PATCH', `/Groups/${team}`, patch({ op: 'remove', path: `members[value eq "${id}"]` }));
      await untilWaiting(owner, 1);
      const reactivation = node(1)('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: true } }));
      await untilWaiting(owner, 2);
      await holder.query('commit');
      assert.deepEqual([(await removal).status, (await reactivation).status], [204, 200]);
    } finally {
      holder.release();
    }
    await assertFeedTellsState(rollcall.db.app, rollcall.db.owner, acme);
    await assertInForceFollows(rollcall.db.owner, acme);
  });

  test('people who come, go and join at random: what is in force follows from what is asked, and the feed tells it (I5, I10)', async () => {
    const { acme, node } = await organization();
    const people = await Promise.all(['a', 'b', 'c', 'd', 'e'].map((name) => createUser(acme, name)));
    const teams = await Promise.all(['One', 'Two', 'Three'].map((name) => createGroup(acme, name)));
    const random = numbers(20300110);
    const pick = <T>(from: readonly T[]): T => from[random(from.length)] as T;
    const some = () => people.filter(() => random(2) === 0).map((value) => ({ value }));
    const acts: (() => [string, string, unknown])[] = [
      () => ['PATCH', `/Users/${pick(people)}`, patch({ op: 'replace', value: { active: random(2) === 0 } })],
      () => ['PATCH', `/Users/${pick(people)}`, patch({ op: 'replace', value: { active: random(2) === 0 } })],
      () => ['PATCH', `/Groups/${pick(teams)}`, patch({ op: 'add', path: 'members', value: some() })],
      () => ['PATCH', `/Groups/${pick(teams)}`, patch({ op: 'remove', path: `members[value eq "${pick(people)}"]` })],
      () => ['PATCH', `/Groups/${pick(teams)}`, patch({ op: 'replace', path: 'members', value: some() })],
      () => [
        'PATCH',
        `/Groups/${pick(teams)}`,
        patch({ op: 'remove', path: 'members[display sw "a"]' }, { op: 'add', path: 'members', value: some() }),
      ],
      () => ['PUT', `/Groups/${pick(teams)}`, { displayName: `Team ${random(1000)}`, members: some() }],
      () => (random(8) === 0 ? ['DELETE', `/Users/${pick(people)}`, undefined] : ['GET', '/Groups?count=5', undefined]),
      () => (random(12) === 0 ? ['DELETE', `/Groups/${pick(teams)}`, undefined] : ['GET', '/Users?count=5', undefined]),
    ];
    let turns = 0;
    const statuses = new Map<number, number>();
    await Promise.all(
      Array.from({ length: 16 }, async (_, worker) => {
        for (let turn = turns++; turn < 400; turn = turns++) {
          const [method, path, body] = pick(acts)();
          const { status, text } = await node(worker)(method, path, body);
          // All whom a list names may have been removed meanwhile: such a list empties no group.
          if (status === 400) assert.match(text, /none is in this organization/);
          statuses.set(status, (statuses.get(status) ?? 0) + 1);
          if (status === 404 && method !== 'GET' && turn % 3 === 0) {
            people.push(await createUser(acme, `new-${turn}`));
            teams.push(await createGroup(acme, `New ${turn}`));
          }
        }
      }),
    );
    for (const status of statuses.keys())
      assert.ok([200, 204, 400, 404, 409].includes(status), `${status} was answered`);
    await assertInForceFollows(rollcall.db.owner, acme);
    const kinds = new Set(
      (await assertFeedTellsState(rollcall.db.app, rollcall.db.owner, acme)).map((event) => event.kind),
    );
    for (const kind of [
      'member.suspended',
      'member.reactivated',
      'member.removed',
      'team.members_changed',
      'team.removed',
    ]) {
      assert.ok(kinds.has(kind as FeedEvent['kind']), kind);
    }
  });

  test('operations on one group at the same moment end as they would one after the other, in some order (I4)', async () => {
    const { acme, node } = await organization();
    const people = await Promise.all(['x', 'y', 'z'].map((name) => createUser(acme, name)));
    const letters = fc.subarray(['x', 'y', 'z']);
    const operation = fc.oneof(
      fc.record({ op: fc.constant('add' as const), names: letters }),
      fc.record({ op: fc.constant('remove' as const), names: letters }),
      fc.record({ op: fc.constant('replace' as const), names: letters }),
    );
    const idOf = (name: string) => people['xyz'.indexOf(name)] as string;
    let runs = 0;
    await fc.assert(
      fc.asyncProperty(letters, fc.array(operation, { minLength: 2, maxLength: 4 }), async (start, operations) => {
        const team = await createGroup(acme, `Serial ${runs++}`, start.map(idOf));
        await Promise.all(
          operations.map(({ op, names }, index) =>
            node(index)('PATCH', `/Groups/${team}`, patch(asOkta(op, names.map(idOf)))),
          ),
        );
        const ended = await memberIdsOf(rollcall, acme, team);
        const serial = orders(operations).map((order) => order.reduce(apply, start).map(idOf).sort().join());
        assert.ok(serial.includes(ended.join()), `${ended} is none of ${[...new Set(serial)].join(' | ')}`);
      }),
      { numRuns: 25 },
    );
    await assertFeedTellsState(rollcall.db.app, rollcall.db.owner, acme);
  });
});

type Operation = { op: 'add' | 'remove' | 'replace'; names: string[] };

const asOkta = (op: Operation['op'], ids: string[]) =>
  op === 'remove'
    ? { op, path: `members[${[...ids, 'nobody'].map((id) => `value eq "${id}"`).join(' or ')}]` }
    : { op, path: 'members', value: ids.map((value) => ({ value })) };

const apply = (names: readonly string[], { op, names: given }: Operation): string[] => {
  if (op === 'replace') return given;
  return ['x', 'y', 'z'].filter((each) => (given.includes(each) ? op === 'add' : names.includes(each)));
};

function orders<T>(all: readonly T[]): T[][] {
  if (all.length === 0) return [[]];
  return all.flatMap((first, index) => orders(all.toSpliced(index, 1)).map((rest) => [first, ...rest]));
}

/** Whole numbers below a bound, the same ones at every run. */
function numbers(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}
