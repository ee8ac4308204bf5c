import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { Permission } from '../../src/organization/permissions.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { openEventStream } from '../event-stream-client.ts';
import { apiClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { eventually } from './beside-globex.ts';

type Event = { seq: number; kind: string; data: Record<string, unknown> };

describe('the event feed over the management API', () => {
  let rollcall: TestRollcall;
  let second: AsyncDisposable & { url: string };
  let acme: TestOrganization;
  let globex: TestOrganization;

  before(async () => {
    rollcall = await startRollcall();
    second = await rollcall.startNode();
    [acme, globex] = [await rollcall.organization({ slug: 'acme' }), await rollcall.organization({ slug: 'globex' })];
  });
  after(async () => {
    await second[Symbol.asyncDispose]();
    await rollcall[Symbol.asyncDispose]();
  });

  const nodes = () => [rollcall.url, second.url];
  const keyOf = async (of: TestOrganization, memberId?: string, scopes: Permission[] = ['events:read']) => {
    const input = { name: 'reader', scopes, ...(memberId === undefined ? {} : { memberId }) };
    return await createApiKey(rollcall.db.app, of, input, { now: new Date() });
  };
  const person = async (of: TestOrganization, name: string) =>
    (await of.scim('POST', '/Users', { userName: `${name}@${of.slug}.example`, active: true })).body.id as string;
  const lastOf = async (of: TestOrganization): Promise<number> => {
    const { rows } = await rollcall.db.owner.query('select last_seq from event_counters where org_id = $1', [of.id]);
    return Number(rows[0].last_seq);
  };

  test('the feed is read page by page from 1, each page saying where to go on', async () => {
    const api = apiClient(rollcall.url, (await keyOf(acme)).key);
    for (const name of ['p1', 'p2', 'p3']) await person(acme, name);
    const last = await lastOf(acme);
    const seen: number[] = [];
    let next = 0;
    while (next < last) {
      const { body } = await api('GET', `/organizations/acme/events?after=${next}&limit=2`);
      seen.push(...(body.items as Event[]).map(({ seq }) => seq));
      next = body.next as number;
    }
    assert.deepEqual(
      seen,
      Array.from({ length: last }, (_, place) => place + 1),
    );
    const end = await api('GET', `/organizations/acme/events?after=${last}`);
    assert.deepEqual(end.body, { items: [], next: last });
  });

  test('a number that the feed has not come to is refused, and so is another organization (R7)', async () => {
    const api = apiClient(rollcall.url, (await keyOf(acme)).key);
    const beyond = await api('GET', `/organizations/acme/events?after=${(await lastOf(acme)) + 1}`);
    assert.equal(beyond.status, 400);
    assert.equal((await api('GET', '/organizations/globex/events')).status, 404);
    assert.equal((await api('GET', '/organizations/globex/snapshot')).status, 404);
  });

  test('a request that waits is answered by a change, on whichever process it happens', async () => {
    const api = apiClient(second.url, (await keyOf(acme)).key);
    const after = await lastOf(acme);
    const [answer] = await Promise.all([
      api('GET', `/organizations/acme/events?after=${after}&wait=30`),
      person(acme, 'awaited'),
      person(globex, 'not-awaited'),
    ]);
    const [event] = answer.body.items as Event[];
    assert.deepEqual([event?.seq, event?.kind], [after + 1, 'member.created']);
    assert.ok(!answer.text.includes('globex'));
  });

  test('a request that waits in vain is answered with nothing and the same number', async () => {
    const after = await lastOf(acme);
    const api = apiClient(rollcall.url, rollcall.operatorKey);
    const answer = await api('GET', `/organizations/acme/events?after=${after}&wait=1`);
    assert.deepEqual(answer.body, { items: [], next: after });
  });

  test('streams send each event once, in order, with its number and kind, and none of another organization (I5, I8)', async () => {
    const { key } = await keyOf(acme);
    const after = await lastOf(acme);
    await using streams = new AsyncDisposableStack();
    const open = [];
    for (const url of [...nodes(), ...nodes()])
      open.push(streams.use(await openEventStream(url, 'acme', key, { after })));
    for (let place = 0; place < 20; place++) {
      await Promise.all([person(acme, `streamed-${place}`), person(globex, `streamed-${place}`)]);
    }
    for (const stream of open) {
      for (let place = 1; place <= 20; place++) {
        const event = await stream.next();
        assert.deepEqual(
          [event?.id, event?.event, event?.data.seq],
          [String(after + place), 'member.created', after + place],
        );
        assert.ok(!JSON.stringify(event).includes('globex'));
      }
    }
  });

  test('a stream that was cut off goes on after Last-Event-ID', async () => {
    const { key } = await keyOf(acme);
    const after = await lastOf(acme);
    for (const name of ['missed-1', 'missed-2']) await person(acme, name);
    await using stream = await openEventStream(second.url, 'acme', key, { after: 0, lastEventId: String(after) });
    assert.equal((await stream.next())?.id, String(after + 1));
    assert.equal((await stream.next())?.id, String(after + 2));
  });

  test('forty streams of one organization read what is new from the database once', async () => {
    const { key } = await keyOf(acme);
    const after = await lastOf(acme);
    await using streams = new AsyncDisposableStack();
    const open = await Promise.all(
      Array.from({ length: 40 }, async () => streams.use(await openEventStream(rollcall.url, 'acme', key, { after }))),
    );
    // The first event shows that all of them follow; what the second costs is counted.
    await person(acme, 'first-for-all');
    await Promise.all(open.map((stream) => stream.next()));
    let taken = 0;
    const count = () => taken++;
    rollcall.db.app.on('acquire', count);
    await person(acme, 'second-for-all');
    const events = await Promise.all(open.map((stream) => stream.next()));
    rollcall.db.app.off('acquire', count);
    assert.ok(events.every((event) => event?.id === String(after + 2)));
    assert.ok(taken < 20, `${taken} transactions`);
  });

  test('events that are no longer kept answer 410, and the reader begins again with a snapshot', async () => {
    const hooli = await rollcall.organization({ slug: 'hooli' });
    for (const name of ['a', 'b', 'c']) await person(hooli, name);
    await rollcall.db.owner.query('delete from events where org_id = $1 and seq <= 3', [hooli.id]);
    const api = apiClient(rollcall.url, (await keyOf(hooli)).key);
    const gone = await api('GET', '/organizations/hooli/events?after=1');
    assert.equal(gone.status, 410);
    assert.equal(gone.body.code, 'events_gone');
    assert.equal((await api('GET', '/organizations/hooli/events?after=3')).status, 200);
    assert.equal((await openEventStream(rollcall.url, 'hooli', rollcall.operatorKey, { after: 1 })).status, 410);
  });

  const ends: [string, (of: TestOrganization, keyId: string, memberId: string) => Promise<unknown>][] = [
    [
      'the key is revoked',
      (of, keyId) =>
        apiClient(rollcall.url, rollcall.operatorKey)('DELETE', `/organizations/${of.slug}/api-keys/${keyId}`),
    ],
    [
      'the person is deactivated',
      (of, _keyId, memberId) =>
        of.scim('PATCH', `/Users/${memberId}`, {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [{ op: 'replace', value: { active: false } }],
        }),
    ],
    ['the person is deleted', (of, _keyId, memberId) => of.scim('DELETE', `/Users/${memberId}`)],
    [
      'the organization is suspended',
      (of) =>
        apiClient(rollcall.url, rollcall.operatorKey)('PATCH', `/organizations/${of.slug}`, { status: 'suspended' }),
    ],
    [
      'the key is revoked behind the back of every process',
      (_of, keyId) => rollcall.db.owner.query('update api_keys set revoked_at = now() where id = $1', [keyId]),
    ],
  ];
  for (const [place, [what, end]] of ends.entries()) {
    test(`streams and waiting requests end on both processes when ${what} (R16, I7)`, async () => {
      const of = await rollcall.organization({ slug: `ending-${place}` });
      const memberId = await person(of, 'ada');
      const { key, id } = await keyOf(of, memberId);
      const other = await keyOf(acme);
      const after = await lastOf(of);
      await using streams = new AsyncDisposableStack();
      const open = await Promise.all(
        nodes().map(async (url) => streams.use(await openEventStream(url, of.slug, key, { after }))),
      );
      const bystander = streams.use(
        await openEventStream(rollcall.url, 'acme', other.key, { after: await lastOf(acme) }),
      );
      const waiting = nodes().map((url) =>
        apiClient(url, key)('GET', `/organizations/${of.slug}/events?after=${after}&wait=30`),
      );
      await end(of, id, memberId);
      for (const stream of open) while ((await stream.next()) !== undefined);
      for (const answer of await Promise.all(waiting)) assert.ok([200, 401, 403].includes(answer.status), answer.text);
      for (const url of nodes()) {
        await eventually(async () => {
          const answer = await apiClient(url, key)('GET', `/organizations/${of.slug}/events?after=${after}`);
          assert.ok([401, 403].includes(answer.status), answer.text);
        });
      }
      await person(acme, `bystander-${place}`);
      assert.equal((await bystander.next())?.event, 'member.created');
    });
  }

  test('streams of a key end when nobody can look whether it is still good (I12)', async () => {
    await using away = await startRollcall();
    const lonely = await away.organization({ slug: 'lonely' });
    const { key } = await createApiKey(
      away.db.app,
      lonely,
      { name: 'k', scopes: ['events:read'] },
      { now: new Date() },
    );
    await using stream = await openEventStream(away.url, 'lonely', key, { after: 3 });
    assert.equal(stream.status, 200);
    await away.db.owner.query('revoke select on event_counters from rollcall_jobs');
    assert.equal(await stream.next(), undefined);
  });

  test('an organization follows its feed a bounded number of times on one process, and others are not in its way', async () => {
    const crowd = await rollcall.organization({ slug: 'crowd' });
    const { key } = await keyOf(crowd);
    await using streams = new AsyncDisposableStack();
    const open = await Promise.all(
      Array.from({ length: 101 }, async () =>
        streams.use(await openEventStream(rollcall.url, 'crowd', key, { after: await lastOf(crowd) })),
      ),
    );
    assert.equal(open.filter(({ status }) => status === 429).length, 1);
    const other = streams.use(await openEventStream(rollcall.url, 'globex', (await keyOf(globex)).key));
    assert.equal(other.status, 200);
  });

  test('a snapshot and the events after it are the state, while changes go on (I3, I5)', async () => {
    const busy = await rollcall.organization({ slug: 'busy' });
    const people: string[] = [];
    for (let place = 0; place < 30; place++) people.push(await person(busy, `person-${place}`));
    const members = people.slice(0, 20).map((value) => ({ value }));
    const team = (await busy.scim('POST', '/Groups', { displayName: 'All', members })).body.id as string;
    const api = apiClient(rollcall.url, (await keyOf(busy)).key);

    const changes = (async () => {
      for (const [place, id] of people.entries()) {
        const value = [{ value: id }];
        const [op, path] = place < 20 ? ['remove', `members[value eq "${id}"]`] : ['add', 'members'];
        await busy.scim('PATCH', `/Groups/${team}`, {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
          Operations: [op === 'add' ? { op, path, value } : { op, path }],
        });
        if (place % 5 === 0) await busy.scim('DELETE', `/Users/${id}`);
      }
    })();
    const taken: string[] = [];
    for (let time = 0; time < 5; time++) {
      const response = await fetch(`${rollcall.url}/api/v1/organizations/busy/snapshot`, {
        headers: { authorization: `Bearer ${rollcall.operatorKey}` },
      });
      assert.match(response.headers.get('content-type') ?? '', /^application\/jsonl/);
      taken.push(await response.text());
    }
    await changes;
    const { rows } = await rollcall.db.owner.query(
      `select team_id || ' ' || member_id as membership from team_members where org_id = $1 and in_force order by 1`,
      [busy.id],
    );
    const stored = rows.map(({ membership }) => membership);
    for (const text of taken) {
      const lines = text
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line));
      const [first, last] = [lines[0], lines.at(-1)];
      assert.equal(first.kind, 'snapshot');
      assert.equal(last.kind, 'end');
      assert.equal(last.members, lines.filter(({ kind }) => kind === 'member').length);
      const memberships = new Set<string>(
        lines.filter((line) => line.kind === 'membership' && line.inForce).map((line) => `${line.team} ${line.member}`),
      );
      const { body } = await api('GET', `/organizations/busy/events?after=${first.seq}&limit=1000`);
      for (const event of body.items as Event[]) {
        if (event.kind !== 'team.members_changed') continue;
        const data = event.data as { team: { id: string }; added: string[]; removed: string[] };
        for (const id of data.added) memberships.add(`${data.team.id} ${id}`);
        for (const id of data.removed) memberships.delete(`${data.team.id} ${id}`);
      }
      assert.deepEqual([...memberships].sort(), stored);
      assert.ok(!text.includes('globex'));
    }
  });
});
