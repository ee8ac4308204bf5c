import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { brakeOff } from '../rollcall.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  filtered,
  lastEvent,
  loggedRequestOf,
  memberIdsOf,
  membershipRows,
  patch,
} from './beside-globex.ts';

const groupSchema = 'urn:ietf:params:scim:schemas:core:2.0:Group';
const nobody = '0190a0b0-0000-7000-8000-00000000dead';

describe('groups over SCIM', () => {
  // The same group is deleted and pushed again more often than the brake lets pass.
  const here = besideGlobex(brakeOff);
  const people = new Map<string, string>();

  /** Ids of people by a letter, made when they are first named. */
  async function idsOf(letters: string): Promise<string[]> {
    const ids: string[] = [];
    for (const letter of letters) {
      const id = people.get(letter) ?? (await createUser(here.acme, `person-${letter}`));
      people.set(letter, id);
      ids.push(id);
    }
    return ids;
  }

  /** The letters of the people whom a team has in the store, in the order of the alphabet. */
  async function lettersOf(team: string): Promise<string> {
    const letters = new Map([...people].map(([letter, id]) => [id, letter]));
    const ids = await memberIdsOf(here.rollcall, here.acme, team);
    return ids
      .map((id) => letters.get(id) ?? '?')
      .sort()
      .join('');
  }

  test('POST answers 201 with the group and its members, and what they are is ours to say (okta-wire §10.1, §17.6)', async () => {
    const [ada, ben] = await idsOf('ab');
    const answer = await here.acme.scim('POST', '/Groups', {
      schemas: [groupSchema],
      displayName: 'Eng Team',
      externalId: 'g-1',
      members: [
        { value: ada, display: 'whoever@acme.example' },
        { value: ben, display: null, type: 'Robot', $ref: 'x' },
      ],
    });
    assert.equal(answer.status, 201);
    const { id, meta, members, ...rest } = answer.body;
    assert.deepEqual(rest, { schemas: [groupSchema], displayName: 'Eng Team', externalId: 'g-1' });
    assert.equal((meta as { location: string }).location, answer.headers.get('location'));
    const people = members as { value: string }[];
    assert.deepEqual(
      people.sort((one, other) => one.value.localeCompare(other.value)),
      [ada, ben].map((value, index) => ({
        value,
        $ref: `${here.acme.scimBaseUrl}/Users/${value}`,
        display: `person-${'ab'[index]}@acme.example`,
        type: 'User',
      })),
    );
    assert.equal(await lettersOf(id as string), 'ab');
  });

  test('a group is found by displayName in any letter case, with its members unless they are excluded (okta-wire §17.3)', async () => {
    const id = await createGroup(here.acme, 'Équipe Rouge', await idsOf('a'));
    for (const name of ['Équipe Rouge', 'ÉQUIPE ROUGE', 'équipe rouge']) {
      const { body } = await here.acme.scim('GET', filtered('/Groups', `displayName eq "${name}"`));
      assert.deepEqual([body.totalResults, body.Resources?.[0]?.id], [1, id], name);
      assert.deepEqual(
        (body.Resources?.[0]?.members as { value: string }[] | undefined)?.map((each) => each.value),
        await idsOf('a'),
      );
    }
    const { body } = await here.acme.scim(
      'GET',
      `${filtered('/Groups', 'displayName eq "équipe rouge"')}&excludedAttributes=members`,
    );
    assert.ok(!('members' in (body.Resources?.[0] ?? {})));
    const list = await here.acme.scim('GET', '/Groups?startIndex=1&count=100');
    assert.ok(list.body.Resources?.every((each) => Array.isArray(each.members)));
    const none = await here.acme.scim('GET', filtered('/Groups', 'displayName eq "Nobody"'));
    assert.deepEqual([none.status, none.body.totalResults, none.body.Resources], [200, 0, []]);
  });

  const shapes: [
    title: string,
    from: string,
    operations: (ids: (letters: string) => { value: string }[]) => Record<string, unknown>[],
    to: string,
    name?: string,
  ][] = [
    [
      'leavers and joiners in one request (okta-wire §11.1)',
      'abc',
      (ids) => [
        { op: 'remove', path: `members[value eq "${ids('a')[0]?.value}"]` },
        { op: 'remove', path: `members[value eq "${ids('b')[0]?.value}"]` },
        { op: 'add', path: 'members', value: ids('de') },
      ],
      'cde',
    ],
    [
      'joiners who are in the team already (A12)',
      'ab',
      (ids) => [{ op: 'add', path: 'members', value: ids('abc') }],
      'abc',
    ],
    [
      'removal of one who is not in the team, which is no error (okta-wire §17.7)',
      'ab',
      (ids) => [{ op: 'remove', path: `members[value eq "${ids('c')[0]?.value}"]` }],
      'ab',
    ],
    [
      'removal of one whom nobody knows',
      'ab',
      () => [
        { op: 'remove', path: `members[value eq "${nobody}"]` },
        { op: 'remove', path: 'members[value eq "no-uuid"]' },
      ],
      'ab',
    ],
    [
      'a full replacement (okta-wire §11.1)',
      'abc',
      (ids) => [{ op: 'replace', path: 'members', value: ids('cd') }],
      'cd',
    ],
    [
      'an empty replacement, which empties the team (okta-wire §11.1)',
      'abc',
      () => [{ op: 'replace', path: 'members', value: [] }],
      '',
    ],
    [
      'a replacement without a path (okta-wire §11.1)',
      'ab',
      (ids) => [{ op: 'replace', value: { members: ids('c') } }],
      'c',
    ],
    [
      'members, id and name without a path (okta-wire §11.1)',
      'ab',
      (ids) => [{ op: 'replace', value: { members: ids('b'), id: 'ignored', displayName: 'Shape 2' } }],
      'b',
      'Shape 2',
    ],
    [
      'the name with the id beside it, which leaves the members (okta-wire §10.2)',
      'ab',
      () => [{ op: 'replace', value: { id: 'ignored', displayName: 'Shape 2' } }],
      'ab',
      'Shape 2',
    ],
    ['a name by path', 'ab', () => [{ op: 'replace', path: 'displayName', value: 'Shape 2' }], 'ab', 'Shape 2'],
    [
      'removal with values, which wipes nobody else',
      'abc',
      (ids) => [{ op: 'Remove', path: 'members', value: ids('b') }],
      'ac',
    ],
    [
      'removal without values, which empties the team (RFC 7644 §3.5.2.2)',
      'abc',
      () => [{ op: 'remove', path: 'members' }],
      '',
    ],
    [
      'removal of several by one filter',
      'abcd',
      (ids) => [
        { op: 'remove', path: `members[value eq "${ids('a')[0]?.value}" or value eq "${ids('d')[0]?.value}"]` },
      ],
      'bc',
    ],
    [
      'removal by a name, which only the list can tell',
      'abc',
      () => [{ op: 'remove', path: 'members[display eq "PERSON-B@acme.example"]' }],
      'ac',
    ],
    [
      'a name filter over people who join in the same request',
      'ab',
      (ids) => [
        { op: 'add', path: 'members', value: ids('c') },
        { op: 'remove', path: 'members[display sw "person-a"]' },
      ],
      'bc',
    ],
    [
      'the order of operations: the last about a person wins',
      'a',
      (ids) => [
        { op: 'add', path: 'members', value: ids('b') },
        { op: 'remove', path: `members[value eq "${ids('b')[0]?.value}"]` },
        { op: 'remove', path: `members[value eq "${ids('a')[0]?.value}"]` },
        { op: 'add', path: 'members', value: ids('a') },
      ],
      'a',
    ],
    [
      'one member as a single object, one as a string',
      '',
      (ids) => [
        { op: 'add', path: 'members', value: ids('a')[0] },
        { op: 'add', path: 'members', value: [ids('b')[0]?.value] },
      ],
      'ab',
    ],
    ['a member named twice', '', (ids) => [{ op: 'add', path: 'members', value: ids('aa') }], 'a'],
  ];
  for (const [title, from, operations, to, name = 'Shape'] of shapes) {
    test(`PATCH stores ${title}`, async () => {
      await idsOf('abcde');
      const id = await createGroup(here.acme, 'Shape', await idsOf(from));
      const before = await lastEvent(here.rollcall, here.acme);
      const ids = (letters: string) => [...letters].map((letter) => ({ value: people.get(letter) ?? '' }));
      const answer = await here.acme.scim('PATCH', `/Groups/${id}`, patch(...operations(ids)));
      assert.deepEqual([answer.status, answer.text], [204, '']);
      assert.equal(await lettersOf(id), to);
      const { body } = await here.acme.scim('GET', `/Groups/${id}`);
      assert.equal(body.displayName, name);
      assert.equal((body.members as unknown[]).length, to.length);
      const isChange = from !== to || name !== 'Shape';
      const events = await eventsAfter(here.rollcall, here.acme, before);
      assert.equal(events.length > 0, isChange, 'an event for a change, none without one (I5)');
      const added = events.flatMap((event) => (event.kind === 'team.members_changed' ? event.data.added : []));
      const removed = events.flatMap((event) => (event.kind === 'team.members_changed' ? event.data.removed : []));
      const idsIn = (letters: string, without: string) =>
        ids([...letters].filter((each) => !without.includes(each)).join(''))
          .map((each) => each.value)
          .sort();
      assert.deepEqual([added.sort(), removed.sort()], [idsIn(to, from), idsIn(from, to)]);

      await here.acme.scim('PATCH', `/Groups/${id}`, patch({ op: 'replace', value: { displayName: name } }));
      assert.equal((await eventsAfter(here.rollcall, here.acme, before)).length, events.length);
      await here.acme.scim('DELETE', `/Groups/${id}`);
    });
  }

  test('PATCH answers with the group when attributes are asked for (RFC 7644 §3.5.2)', async () => {
    const id = await createGroup(here.acme, 'Asked for', await idsOf('a'));
    const { status, body } = await here.acme.scim(
      'PATCH',
      `/Groups/${id}?attributes=members`,
      patch({ op: 'add', path: 'members', value: [{ value: (await idsOf('b'))[0] }] }),
    );
    assert.equal(status, 200);
    assert.deepEqual(Object.keys(body).sort(), ['id', 'members', 'schemas']);
    assert.equal((body.members as unknown[]).length, 2);
  });

  test('PUT replaces the members when it speaks of them and leaves them when it does not (okta-wire §10.1)', async () => {
    const id = await createGroup(here.acme, 'Put', await idsOf('ab'));
    const path = `/Groups/${id}`;
    const put = async (body: Record<string, unknown>) => {
      const answer = await here.acme.scim('PUT', path, { schemas: [groupSchema], ...body });
      assert.equal(answer.status, 200);
      assert.deepEqual((await here.acme.scim('GET', path)).body, answer.body);
      return await lettersOf(id);
    };
    const ids = await idsOf('abcd');
    const members = (from: number, to: number) => ids.slice(from, to).map((value) => ({ value, display: 'x' }));
    const before = await lastEvent(here.rollcall, here.acme);
    assert.equal(await put({ id, displayName: 'Put', members: members(0, 2) }), 'ab', 'PUT right after POST');
    assert.equal(await lastEvent(here.rollcall, here.acme), before);
    assert.equal(await put({ displayName: 'Put', members: members(1, 4) }), 'bcd');
    assert.equal(await put({ displayName: 'Put 2' }), 'bcd');
    assert.equal(await put({ displayName: 'PUT 2', members: members(0, 1) }), 'a');
    assert.equal(await put({ displayName: 'PUT 2', members: [] }), '');
    const { body } = await here.acme.scim('GET', path);
    assert.equal(body.displayName, 'PUT 2');
  });

  test('User.groups tells the teams of a person, direct ones, by the name they have now (RFC 7643 §4.1.2)', async () => {
    const id = await createUser(here.acme, 'joiner');
    const one = await createGroup(here.acme, 'First', [id]);
    const two = await createGroup(here.acme, 'Second', [id]);
    const groupsOf = async (path: string) =>
      ((await here.acme.scim('GET', path)).body.groups as { value: string; display: string }[])
        .map(({ value, display }) => [value, display])
        .sort();
    assert.deepEqual(
      await groupsOf(`/Users/${id}`),
      [
        [one, 'First'],
        [two, 'Second'],
      ].sort(),
    );
    await here.acme.scim('PATCH', `/Groups/${one}`, patch({ op: 'replace', value: { displayName: 'Renamed' } }));
    await here.acme.scim('DELETE', `/Groups/${two}`);
    assert.deepEqual(await groupsOf(`/Users/${id}`), [[one, 'Renamed']]);
    const { body } = await here.acme.scim('GET', filtered('/Users', `groups.value eq "${one}"`));
    assert.deepEqual(
      body.Resources?.map((each) => each.id),
      [id],
    );
  });

  test('a suspended person is asked for and not in force, and comes into force with the reactivation', async () => {
    const id = await createUser(here.acme, 'sleeper', { active: false });
    const before = await lastEvent(here.rollcall, here.acme);
    const team = await createGroup(here.acme, 'Waiting', [id]);
    assert.deepEqual(await membershipRows(here.rollcall, here.acme, team), [
      { member: id, inForce: false, rule: 'member-suspended' },
    ]);
    const { body } = await here.acme.scim('GET', `/Groups/${team}`);
    assert.deepEqual(
      (body.members as { value: string }[]).map((each) => each.value),
      [id],
      'a read shows what was asked',
    );
    await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: true } }));
    assert.deepEqual(await membershipRows(here.rollcall, here.acme, team), [
      { member: id, inForce: true, rule: 'asked-member' },
    ]);
    const changes = (await eventsAfter(here.rollcall, here.acme, before)).flatMap((event) =>
      event.kind === 'team.members_changed' ? [event.data] : [],
    );
    const ref = { id: team, displayName: 'Waiting' };
    assert.deepEqual(changes, [
      { team: ref, added: [], removed: [], pending: { 'member-suspended': [id] } },
      { team: ref, added: [id], removed: [], pending: {}, waited: [id] },
    ]);
  });

  test('a member whom nobody knows is left out and recorded, and the others are pushed (okta-wire §11.7, K14)', async () => {
    const [ada] = await idsOf('a');
    for (const stranger of [nobody, 'not-a-uuid', await deletedUser()]) {
      const id = await createGroup(here.acme, `With ${stranger}`);
      const answer = await here.acme.scim(
        'PATCH',
        `/Groups/${id}`,
        patch({ op: 'add', path: 'members', value: [{ value: stranger }, { value: ada }] }),
      );
      assert.equal(answer.status, 204);
      assert.equal(await lettersOf(id), 'a');
      const logged = await loggedRequestOf(here.rollcall, here.acme, answer);
      assert.deepEqual(logged.tolerances, ['unknown-member-skipped']);
      assert.match(logged.detail ?? '', new RegExp(stranger));
    }
  });

  async function deletedUser(): Promise<string> {
    const id = await createUser(here.acme, 'ghost');
    await here.acme.scim('DELETE', `/Users/${id}`);
    return id;
  }

  test('DELETE answers 204, the people stay, and the name is free again (okta-wire §11.6)', async () => {
    const [ada] = await idsOf('a');
    const id = await createGroup(here.acme, 'Short-lived', [ada ?? '']);
    assert.equal((await here.acme.scim('DELETE', `/Groups/${id}`)).status, 204);
    for (const method of ['GET', 'DELETE'] as const) assertRefusal(await here.acme.scim(method, `/Groups/${id}`), 404);
    assert.equal((await here.acme.scim('GET', `/Users/${ada}`)).status, 200);
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, id), []);
    assert.notEqual(await createGroup(here.acme, 'Short-lived'), id);
  });

  test('If-Match guards a group by the version that was read (RFC 7644 §3.14)', async () => {
    const id = await createGroup(here.acme, 'Guarded', await idsOf('a'));
    const send = (method: string, version: string, body?: unknown) =>
      here.acme.scim(method, `/Groups/${id}`, body, { 'if-match': version });
    const empty = patch({ op: 'replace', path: 'members', value: [] });
    assertRefusal(await send('PATCH', 'W/"7"', empty), 412, undefined, /W\/"1"/);
    assertRefusal(await send('PUT', 'W/"7"', { displayName: 'Other', members: [] }), 412);
    assertRefusal(await send('DELETE', 'W/"7"'), 412);
    assert.equal(await lettersOf(id), 'a');
    assert.equal((await send('PATCH', 'W/"1"', empty)).status, 204);
    assert.equal((await here.acme.scim('GET', `/Groups/${id}`)).headers.get('etag'), 'W/"2"');
  });

  test('a group of thousands is the same and whole, alone and in a list, in each of its parts and whatever is asked of it', async () => {
    const org = await here.rollcall.organization();
    const other = await here.rollcall.organization();
    const id = await createGroup(org, 'Many');
    const same = await createGroup(other, 'Many', [await createUser(other, 'ada')]);
    const { owner } = here.rollcall.db;
    await owner.query(
      `insert into members (org_id, id, connection_id, scim, user_name, user_name_key, asked_active, status, status_reason, in_force_name,
          origin, version, created_at, updated_at)
        select $1, gen_random_uuid(), $2, '{"active":true}', 'große 𝒳 ' || n, 'x' || n, true, 'active', '{}', 'X', 'provisioned', 1, now(), now()
          from generate_series(1, 6000) n`,
      [org.id, org.connectionId],
    );
    await owner.query(
      `insert into team_members (org_id, team_id, member_id, asked, in_force, reason)
        select m.org_id, $2, m.id, true, true, '{}' from members m where m.org_id = $1`,
      [org.id, id],
    );
    // As the maintenance does where a table grew.
    await owner.query('analyze members, team_members');
    const ids = (await owner.query('select id from members where org_id = $1 order by id', [org.id])).rows.map(
      (row) => row.id,
    );
    const path = `/Groups/${id}`;
    const alone = await org.scim('GET', path);
    const members = alone.body.members as { value: string; display: string; $ref: string }[];
    assert.deepEqual(
      members.map(({ value }) => value),
      ids,
    );
    assert.ok(members.every(({ display, $ref, value }) => /^große 𝒳 \d+$/.test(display) && $ref.endsWith(value)));
    const [length, tag] = [alone.headers.get('content-length'), alone.headers.get('etag')];
    assert.ok(Number(length) > limits.answeredWholeBytes);
    assert.equal(length, String(Buffer.byteLength(alone.text)));
    assert.equal((alone.body.meta as { version: string }).version, tag);
    const listed = (await org.scim('GET', '/Groups')).body.Resources?.[0];
    assert.deepEqual(listed, alone.body);
    const head = await org.scim('HEAD', path);
    assert.deepEqual([head.status, head.text, head.headers.get('etag')], [200, '', tag]);
    const held = await org.scim('GET', path, undefined, { 'if-none-match': String(tag) });
    assert.equal(held.status, 304);
    const few = await org.scim('GET', `${path}?attributes=members.value`);
    assert.deepEqual(
      few.body.members,
      ids.map((value) => ({ value })),
    );
    assert.equal(((await other.scim('GET', `/Groups/${same}`)).body.members as unknown[]).length, 1);
  });

  test('a push of more people than one event names is told in several events (limits.membersPerEventMax)', async () => {
    const { db } = here.rollcall;
    await db.owner.query(
      `insert into members (org_id, id, connection_id, scim, user_name, user_name_key, asked_active, status, status_reason, in_force_name,
          origin, version, created_at, updated_at)
        select $1, gen_random_uuid(), $2, '{"active":true}', 'bulk' || n, 'bulk' || n, true, 'active', '{}', 'Bulk', 'provisioned', 1, now(), now()
          from generate_series(1, 1200) n`,
      [here.acme.id, here.acme.connectionId],
    );
    const { rows } = await db.owner.query(
      `select id from members where org_id = $1 and user_name like 'bulk%' order by id`,
      [here.acme.id],
    );
    const ids: string[] = rows.map((row) => row.id);
    const before = await lastEvent(here.rollcall, here.acme);
    const id = await createGroup(here.acme, 'Everybody', ids);
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, id), ids);
    const [created, ...changes] = await eventsAfter(here.rollcall, here.acme, before);
    assert.equal(created?.kind, 'team.created');
    const named = changes.map((event) => (event.kind === 'team.members_changed' ? event.data.added : []));
    assert.deepEqual(
      named.map((each) => each.length),
      [500, 500, 200],
    );
    assert.deepEqual(named.flat().sort(), ids);
    await here.acme.scim('PATCH', `/Groups/${id}`, patch({ op: 'remove', path: `members[value eq "${ids[700]}"]` }));
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, id), ids.toSpliced(700, 1), 'nobody else is lost');
  });
});

describe('groups of an organization that refuses members whom it does not know', () => {
  const here = besideGlobex({ unknownMembers: 'refuse' });

  test('a stranger in a request refuses it whole, by name, before anything is written (K14)', async () => {
    const id = await createUser(here.acme, 'ada');
    const team = await createGroup(here.acme, 'Strict', [id]);
    const before = await lastEvent(here.rollcall, here.acme);
    const strangers = [{ value: nobody }, { value: 'not-a-uuid' }];
    const refused = [
      await here.acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'replace', path: 'members', value: strangers })),
      await here.acme.scim('PUT', `/Groups/${team}`, { displayName: 'Strict', members: strangers }),
      await here.acme.scim('POST', '/Groups', { displayName: 'Stricter', members: strangers }),
    ];
    for (const answer of refused) assertRefusal(answer, 400, 'invalidValue', new RegExp(`${nobody}.*Assign`));
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, team), [id]);
    assert.equal(await lastEvent(here.rollcall, here.acme), before);
    assert.equal((await here.acme.scim('GET', filtered('/Groups', 'displayName eq "Stricter"'))).body.totalResults, 0);
  });
});
