import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { appendEvents, type FeedEvent, readEvents } from '../../src/events/feed.ts';
import { addMember } from '../../src/provisioning/add-member.ts';
import { createOrganization } from '../../src/provisioning/create-organization.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { setRoleCeiling } from '../../src/provisioning/set-role-ceiling.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { listEvents } from '../../src/store/event-lists.ts';
import { inOrganization } from '../../src/store/organization-transaction.ts';
import { touchTeam } from '../../src/store/team-writing.ts';
import { testDatabase } from '../database.ts';
import { assertFeedTellsAccess, assertFeedTellsState } from '../feed-replay.ts';
import { besideGlobex, createGroup, createUser, eventsAfter, lastEvent, patch, user } from '../http/beside-globex.ts';
import { rowsOf } from '../store/twins.ts';

describe('the feed of an organization', () => {
  const here = besideGlobex();

  type Ids = { ada: string; ben: string; team: string };
  let ids: Ids | undefined;
  const inhabitants = async (): Promise<Ids> => {
    if (ids !== undefined) return ids;
    const [ada, ben] = [await createUser(here.acme, 'ada'), await createUser(here.acme, 'ben', { active: false })];
    ids = { ada, ben, team: await createGroup(here.acme, 'Team', [ada]) };
    return ids;
  };
  const members = (...values: string[]) => values.map((value) => ({ value }));

  /** In their order: what each request leaves is what the next one finds. */
  const requests: [
    title: string,
    send: (ids: Ids) => [method: string, path: string, body?: unknown],
    kinds: FeedEvent['kind'][],
  ][] = [
    [
      'a new title',
      ({ ada }) => ['PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { title: 'Countess' } })],
      ['member.updated'],
    ],
    [
      'the same title',
      ({ ada }) => ['PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { title: 'Countess' } })],
      [],
    ],
    ['a PATCH without operations', ({ ada }) => ['PATCH', `/Users/${ada}`, patch()], []],
    [
      'a title that is set and set back in one request',
      ({ ada }) => [
        'PATCH',
        `/Users/${ada}`,
        patch({ op: 'replace', value: { title: 'X' } }, { op: 'replace', value: { title: 'Countess' } }),
      ],
      [],
    ],
    [
      'removal of what is not there',
      ({ ada }) => ['PATCH', `/Users/${ada}`, patch({ op: 'remove', path: 'nickName' })],
      [],
    ],
    ['a PUT of the same', ({ ada }) => ['PUT', `/Users/${ada}`, user('ada', { title: 'Countess' })], []],
    [
      'a PUT of the same with a password',
      ({ ada }) => ['PUT', `/Users/${ada}`, user('ada', { title: 'Countess', password: 'Other-secret1' })],
      [],
    ],
    [
      'a suspension of somebody in a team',
      ({ ada }) => ['PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { active: false } })],
      ['member.suspended', 'team.members_changed'],
    ],
    [
      'the same suspension',
      ({ ada }) => ['PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { active: false } })],
      [],
    ],
    [
      'a reactivation with a new name',
      ({ ada }) => ['PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { active: true, displayName: 'Ada K.' } })],
      ['member.updated', 'member.reactivated', 'team.members_changed'],
    ],
    [
      'a member who is in the team',
      ({ ada, team }) => ['PATCH', `/Groups/${team}`, patch({ op: 'add', path: 'members', value: members(ada) })],
      [],
    ],
    [
      'a member who is suspended',
      ({ ben, team }) => ['PATCH', `/Groups/${team}`, patch({ op: 'add', path: 'members', value: members(ben) })],
      ['team.members_changed'],
    ],
    [
      'the same member again',
      ({ ben, team }) => ['PATCH', `/Groups/${team}`, patch({ op: 'add', path: 'members', value: members(ben) })],
      [],
    ],
    [
      'a member who waits leaves',
      ({ ben, team }) => ['PATCH', `/Groups/${team}`, patch({ op: 'remove', path: `members[value eq "${ben}"]` })],
      ['team.members_changed'],
    ],
    [
      'somebody who is not in the team leaves',
      ({ ben, team }) => ['PATCH', `/Groups/${team}`, patch({ op: 'remove', path: `members[value eq "${ben}"]` })],
      [],
    ],
    [
      'a member who joins and leaves in one request',
      ({ ben, team }) => [
        'PATCH',
        `/Groups/${team}`,
        patch(
          { op: 'add', path: 'members', value: members(ben) },
          { op: 'remove', path: `members[value eq "${ben}"]` },
        ),
      ],
      [],
    ],
    [
      'a rename with the same members',
      ({ ada, team }) => ['PUT', `/Groups/${team}`, { displayName: 'Team 2', members: members(ada) }],
      ['team.updated'],
    ],
    [
      'the same group again',
      ({ ada, team }) => ['PUT', `/Groups/${team}`, { displayName: 'Team 2', members: members(ada) }],
      [],
    ],
    [
      'a rename and a new member',
      ({ ada, ben, team }) => ['PUT', `/Groups/${team}`, { displayName: 'Team 3', members: members(ada, ben) }],
      ['team.updated', 'team.members_changed'],
    ],
    [
      'a request that is refused',
      ({ ada }) => [
        'PATCH',
        `/Users/${ada}`,
        patch({ op: 'replace', value: { title: 'Y' } }, { op: 'replace', path: 'userName', value: 'ben@acme.example' }),
      ],
      [],
    ],
    ['a create that is refused', () => ['POST', '/Users', user('ada')], []],
    ['a read', ({ ada }) => ['GET', `/Users/${ada}`], []],
    ['a new user', () => ['POST', '/Users', user('cleo')], ['member.created']],
    [
      'a new group with people',
      ({ ada, ben }) => ['POST', '/Groups', { displayName: 'New', members: members(ada, ben) }],
      ['team.created', 'team.members_changed'],
    ],
    ['a new group without people', () => ['POST', '/Groups', { displayName: 'Empty' }], ['team.created']],
    [
      'the end of somebody in two teams',
      ({ ada }) => ['DELETE', `/Users/${ada}`],
      ['member.removed', 'team.members_changed', 'team.members_changed'],
    ],
    ['the same end', ({ ada }) => ['DELETE', `/Users/${ada}`], []],
    ['the end of a team', ({ team }) => ['DELETE', `/Groups/${team}`], ['team.members_changed', 'team.removed']],
    [
      'the end of somebody whose team has ended',
      ({ ben }) => ['DELETE', `/Users/${ben}`],
      ['member.removed', 'team.members_changed'],
    ],
  ];
  for (const [title, send, kinds] of requests) {
    test(`${title}: ${kinds.length === 0 ? 'no change and no event' : kinds.join(', ')} (I5)`, async () => {
      const { db } = here.rollcall;
      const its = await inhabitants();
      const before = await lastEvent(here.rollcall, here.acme);
      const rowsBefore = await rowsOf(db.owner, here.acme.id);
      const answer = await here.acme.scim(...send(its));
      const events = await eventsAfter(here.rollcall, here.acme, before);
      assert.deepEqual(
        events.map((event) => event.kind),
        kinds,
        answer.text,
      );
      assert.deepEqual(
        events.map((event) => event.seq),
        kinds.map((_, index) => before + 1 + index),
      );
      const rows = await rowsOf(db.owner, here.acme.id);
      for (const table of ['members', 'member_emails', 'teams', 'team_members', 'event_counters'] as const) {
        if (kinds.length === 0) assert.deepEqual(rows[table], rowsBefore[table], table);
      }
      if (kinds.length > 0) {
        const changed = (['members', 'teams', 'team_members'] as const).some(
          (table) => String(rows[table]) !== String(rowsBefore[table]),
        );
        assert.ok(changed, 'no event without a change');
        const reference = answer.headers.get('rollcall-request');
        assert.ok(events.every((event) => event.requestId === reference));
        const logged = rows.scim_requests.map((row) => JSON.parse(row)).find((row) => row.id === reference);
        assert.deepEqual(
          logged.changes.map((change: { kind: string }) => change.kind),
          kinds,
          'the log row commits with the change',
        );
      }
    });
  }

  test('what somebody is given who comes is said once, by the event of their creation; whoever never came is not said to have had anything', async () => {
    const { app } = here.rollcall.db;
    const at = { now: new Date() };
    const settings = {
      licenseSource: 'by-rules',
      defaultLicense: 'developer',
      defaultRole: 'member',
      addByHand: 'allowed',
    };
    const org = await here.rollcall.organization({ settings });
    const crew = await createGroup(org, 'Crew');
    await mapTeam(app, org, crew, { role: 'admin' }, at);
    await setRoleCeiling(app, org, org.tokenId, 'admin', at);
    const before = await lastEvent(here.rollcall, org);
    const local = await addMember(app, org, { userName: 'local@acme.example' }, at);
    await switchConnection(app, org, 'paused', at);
    const [came, lead, never] = [
      await createUser(org, 'came'),
      await createUser(org, 'lead'),
      await createUser(org, 'never'),
    ];
    await org.scim('PATCH', `/Groups/${crew}`, patch({ op: 'add', path: 'members', value: members(lead) }));
    await org.scim('DELETE', `/Users/${never}`);
    await switchConnection(app, org, 'on', at);
    const told = (await eventsAfter(here.rollcall, org, before)).flatMap(({ kind, data }): unknown[] => {
      if (kind === 'member.created') {
        const { member, role, license, roleReason } = data;
        return [[kind, member.id, role, license, roleReason?.rule]];
      }
      return kind === 'member.role_changed' || kind === 'member.license_changed' ? [[kind, data.changes]] : [];
    });
    assert.deepEqual(told, [
      ['member.created', local.id, 'member', 'developer', undefined],
      ['member.created', came, 'member', 'developer', undefined],
      ['member.created', lead, 'admin', 'developer', 'role-by-team'],
    ]);
    const [leads] = await listEvents(app, org, { about: { subject: 'role:admin' } }, { order: 'newest', limit: 1 });
    assert.equal(leads?.kind, 'member.created', 'the history of a role says who came with it');
    const { owner } = here.rollcall.db;
    await assertFeedTellsAccess(owner, org, await assertFeedTellsState(app, owner, org));
  });

  test('whoever is deactivated out of the organization comes back with what a reader needs who dropped them (K5)', async () => {
    const { app, owner } = here.rollcall.db;
    const org = await here.rollcall.organization({ settings: { deactivation: 'remove' } });
    await createUser(org, 'olga');
    const id = await createUser(org, 'ada');
    const crew = await createGroup(org, 'Crew', [id]);
    await mapTeam(app, org, crew, { role: 'admin' }, { now: new Date() });
    const active = async (value: boolean) => {
      const answer = await org.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value }));
      assert.equal(answer.status, 200, answer.text);
    };
    for (const _ of ['first', 'again']) {
      await active(false);
      const gone = await lastEvent(here.rollcall, org);
      await org.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { displayName: 'Ada K.' } }));
      await active(true);
      const back = (await eventsAfter(here.rollcall, org, gone)).find(({ kind }) => kind === 'member.reactivated');
      assert.ok(back?.kind === 'member.reactivated');
      const { member, before, after, name, email } = back.data;
      assert.deepEqual(
        { id: member.id, before, after, name, email },
        { id, before: 'removed', after: 'active', name: 'Ada K.', email: 'ada@acme.example' },
      );
    }
    await assertFeedTellsAccess(owner, org, await assertFeedTellsState(app, owner, org));
    const other = await createUser(here.acme, 'stays');
    const seen = await lastEvent(here.rollcall, here.acme);
    await here.acme.scim('PATCH', `/Users/${other}`, patch({ op: 'replace', path: 'active', value: false }));
    const [suspended] = await eventsAfter(here.rollcall, here.acme, seen);
    assert.deepEqual(suspended?.kind === 'member.suspended' && Object.keys(suspended.data), [
      'after',
      'before',
      'member',
      'reason',
    ]);
  });

  test('an update tells each attribute before and after, and nothing else', async () => {
    const id = await createUser(here.acme, 'told', { title: 'Old', nickName: 'T' });
    const before = await lastEvent(here.rollcall, here.acme);
    await here.acme.scim(
      'PATCH',
      `/Users/${id}`,
      patch({ op: 'replace', value: { title: 'New', userType: 'Staff' } }, { op: 'remove', path: 'nickName' }),
    );
    const [event] = await eventsAfter(here.rollcall, here.acme, before);
    assert.deepEqual(event?.data, {
      member: { id, userName: 'told@acme.example', externalId: '00u-told' },
      changed: { title: { before: 'Old', after: 'New' }, userType: { after: 'Staff' }, nickName: { before: 'T' } },
    });
  });

  test('is read in pages from any number on, oldest first', async () => {
    const { db } = here.rollcall;
    const all = await readEvents(db.app, here.acme, { after: 0, limit: 1000 });
    const paged: FeedEvent[] = [];
    for (;;) {
      const page = await readEvents(db.app, here.acme, { after: paged.length, limit: 7 });
      if (page.length === 0) break;
      assert.ok(page.length <= 7);
      paged.push(...page);
    }
    assert.deepEqual(paged, all);
    assert.deepEqual(await readEvents(db.app, here.acme, { after: all.length + 5, limit: 7 }), []);
  });
});

test('no event is said to have been before the one before it, in each organization by itself, but for a clock that is wrong', async () => {
  await using db = await testDatabase();
  const begun = new Date('2030-01-10T10:00:00Z');
  const after = (ms: number) => new Date(begun.getTime() + ms);
  const make = async (slug: string) =>
    await createOrganization(db.app, { slug, name: slug, plan: 'pro', settings: {} }, { now: begun });
  const [acme, globex] = [await make('acme'), await make('globex')];
  const told = async (org: { id: string }, at: Date, events = 1) => {
    const from = await readEvents(db.app, org, { after: 0, limit: 1000 });
    await inOrganization(db.app, org.id, async (tx) => {
      const about = { at, actor: { type: 'operator' as const }, requestId: undefined, members: 0, teams: 0 };
      const token = { token: { id: '0190a0b0-0000-7000-8000-000000000001' } };
      const team = { id: '0190a0b0-0000-7000-8000-000000000002', displayName: 'Crew' };
      const joins = {
        added: [3, 4].map((each) => `0190a0b0-0000-7000-8000-00000000000${each}`),
        removed: [],
        pending: {},
      };
      appendEvents(
        tx,
        [
          { kind: 'team.members_changed', data: { team, ...joins } },
          ...Array.from({ length: events - 1 }, () => ({ kind: 'token.revoked' as const, data: token })),
        ],
        about,
      );
    });
    const { rows } = await db.owner.query(
      'select count(*)::int as subjects from event_subjects s join events e on e.org_id = $1 and e.seq = s.seq and e.at = s.at where s.org_id = $1 and s.seq > $2',
      [org.id, from.length],
    );
    assert.deepEqual(rows, [{ subjects: 2 }], 'and what it is about is found by its time');
    return (await readEvents(db.app, org, { after: from.length, limit: 1000 })).map((event) => event.at.getTime());
  };
  const [first, late] = [after(30_000).getTime(), after(90_000).getTime()];
  assert.deepEqual(await told(acme, after(30_000)), [first]);
  assert.deepEqual(await told(acme, after(20_000), 3), [first, first, first], 'begun before, and done behind it');
  assert.deepEqual(await told(globex, after(20_000)), [after(20_000).getTime()], 'the time of another organization');
  assert.deepEqual(await told(acme, after(90_000)), [late]);
  assert.deepEqual(await told(acme, after(30_000), 2), [late, late], 'a minute at most');
  assert.deepEqual(await told(acme, after(29_999)), [after(29_999).getTime()], 'beyond it a clock is wrong');
});

test('a reader never sees a gap, whatever order transactions commit in and however many fail (I5)', async () => {
  await using db = await testDatabase();
  const at = { now: new Date('2030-01-10') };
  const make = async (slug: string) =>
    await createOrganization(db.app, { slug, name: slug, plan: 'pro', settings: {} }, at);
  const [acme, globex] = [await make('acme'), await make('globex')];
  const about = { at: at.now, actor: { type: 'operator' as const }, requestId: undefined, members: 0, teams: 0 };
  const failure = new Error('the request fails after it has its numbers');
  const written = new Map<string, number>();
  let isWriting = true;

  const write = async (org: { id: string }, writer: number) => {
    for (let turn = 0; turn < 25; turn++) {
      const events = Array.from({ length: 1 + ((turn + writer) % 3) }, (_, index) => ({
        kind: 'token.revoked' as const,
        data: { token: { id: `${writer} ${turn} ${index}` } },
      }));
      const doesFail = (turn + writer) % 4 === 0;
      await inOrganization(db.app, org.id, async (tx) => {
        touchTeam(tx, '0190a0b0-0000-7000-8000-000000000001', at.now);
        appendEvents(tx, events, about);
        if (doesFail) throw failure;
      }).catch((error) => assert.equal(error, failure));
      if (!doesFail) written.set(org.id, (written.get(org.id) ?? 0) + events.length);
    }
  };
  const read = async (org: { id: string }) => {
    const seen: FeedEvent[] = [];
    for (let isLast = false; !isLast; ) {
      isLast = !isWriting;
      const page = await readEvents(db.app, org, { after: seen.length, limit: 5 });
      for (const event of page) assert.equal(event.seq, seen.push(event));
      if (page.length > 0) isLast = false;
    }
    return seen;
  };

  const readers = [acme, acme, globex].map((org) => read(org));
  await Promise.all([acme, globex].flatMap((org) => [0, 1, 2, 3].map((writer) => write(org, writer))));
  isWriting = false;
  for (const [index, events] of (await Promise.all(readers)).entries()) {
    const org = index === 2 ? globex : acme;
    assert.equal(events.length, 1 + (written.get(org.id) ?? 0));
    const tokens = events.flatMap((event) => (event.kind === 'token.revoked' ? [event.data.token.id] : []));
    for (let writer = 0; writer < 4; writer++) {
      const turns = tokens.filter((id) => id.startsWith(`${writer} `)).map((id) => Number(id.split(' ')[1]));
      assert.deepEqual(
        turns,
        turns.toSorted((one, other) => one - other),
        'each writer is told in its own order',
      );
    }
  }
});
