/** What the policy says of teams: whether the provider sees local ones (K12), what deleting a group does (K13). */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { removeRole, writeRole } from '../../src/provisioning/change-role.ts';
import { purgeEverywhere } from '../../src/provisioning/maintenance.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { apiClient, type Scim, scimClient } from '../rollcall.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  eventually,
  filtered,
  lastEvent,
  patch,
} from './beside-globex.ts';

const apiOf =
  (here: ReturnType<typeof besideGlobex>): Scim =>
  (method, path, ...rest) =>
    apiClient(here.rollcall.url, here.rollcall.operatorKey)(method, `/organizations/acme${path}`, ...rest);

describe('K12 hidden: local teams', () => {
  const here = besideGlobex({ localTeams: 'hidden' });
  const api = apiOf(here);

  test('are in no list and under no id, and totals are those of what is shown', async () => {
    const pushed = await createGroup(here.acme, 'Pushed');
    const own = (await api('POST', '/teams', { name: 'Own' })).body.id as string;
    const ids = ({ body }: Awaited<ReturnType<Scim>>) => [
      body.totalResults,
      (body.Resources ?? []).map(({ id }) => id),
    ];
    for (const path of [
      '/Groups',
      '/Groups?count=1',
      '/Groups?sortBy=displayName',
      filtered('/Groups', 'displayName sw ""'),
    ]) {
      assert.deepEqual(ids(await here.acme.scim('GET', path)), [1, [pushed]], path);
    }
    assert.deepEqual(ids(await here.acme.scim('GET', filtered('/Groups', 'displayName eq "own"'))), [0, []]);
    const everything = await here.acme.scim('GET', '/?filter=displayName%20pr');
    assert.ok(!everything.text.includes(own), everything.text);
    const change = patch({ op: 'replace', value: { displayName: 'Mine' } });
    for (const [method, body] of [['GET'], ['PUT', { displayName: 'Mine' }], ['PATCH', change], ['DELETE']] as const) {
      assertRefusal(await here.acme.scim(method, `/Groups/${own}`, body), 404);
    }
    assert.equal((await api('GET', `/teams/${own}`)).body.name, 'Own');
  });

  test('are seen again once the provider manages them', async () => {
    const team = await createGroup(here.acme, 'Parted');
    await api('POST', `/teams/${team}/unlink`);
    assertRefusal(await here.acme.scim('GET', `/Groups/${team}`), 404);
    const { body } = await here.acme.scim('GET', '/Groups');
    assert.ok(!(body.Resources ?? []).some(({ id }) => id === team));
  });
});

describe('K12 listed-with-members: local teams', () => {
  const here = besideGlobex({ localTeams: 'listed-with-members', groupNameClash: 'ask' });
  const api = apiOf(here);
  const members = (resource: unknown) =>
    ((resource as { members?: { value: string }[] }).members ?? []).map(({ value }) => value);
  const groups = (resource: unknown) =>
    ((resource as { groups?: { value: string }[] }).groups ?? []).map(({ value }) => value);
  const found = ({ body }: Awaited<ReturnType<Scim>>) => (body.Resources ?? []).map(({ id }) => id);

  test('have their people in reads, lists, filters and User.groups, and nothing is read that is excluded', async () => {
    const ada = await createUser(here.acme, 'ada');
    const bob = await createUser(here.acme, 'bob');
    const pushed = await createGroup(here.acme, 'Pushed', [ada]);
    const own = (await api('POST', '/teams', { name: 'Own' })).body.id as string;
    for (const id of [ada, bob]) assert.equal((await api('PUT', `/teams/${own}/members/${id}`)).status, 204);

    const { body: read } = await here.acme.scim('GET', `/Groups/${own}`);
    assert.deepEqual(read.members, [
      ...[
        [ada, 'ada'],
        [bob, 'bob'],
      ].map(([value, name]) => ({
        value,
        $ref: `${here.rollcall.url}/scim/v2/acme/Users/${value}`,
        display: `${name}@acme.example`,
        type: 'User',
      })),
    ]);
    for (const path of ['/Groups', '/Groups?count=1&startIndex=2', '/Groups?cursor', '/Groups?sortBy=displayName']) {
      const { body } = await here.acme.scim('GET', path);
      assert.equal(body.totalResults ?? 2, 2, path);
      const team = (body.Resources ?? []).find(({ id }) => id === own);
      assert.deepEqual(members(team), [ada, bob], path);
    }
    assert.deepEqual(
      (await here.acme.scim('GET', filtered('/Groups', 'displayName eq "own"'))).body.Resources?.map(members),
      [[ada, bob]],
    );
    assert.deepEqual(found(await here.acme.scim('GET', filtered('/Groups', `members.value eq "${bob}"`))), [own]);
    assert.deepEqual(found(await here.acme.scim('GET', filtered('/Groups', `members[value eq "${ada}"]`))), [
      pushed,
      own,
    ]);
    assert.deepEqual(found(await here.acme.scim('GET', filtered('/Groups', `not (members.value eq "${bob}")`))), [
      pushed,
    ]);
    assert.deepEqual(found(await here.acme.scim('GET', filtered('/Users', `groups.value eq "${own}"`))), [ada, bob]);
    assert.deepEqual(found(await here.acme.scim('GET', filtered('/Users', 'groups.display eq "Own"'))), [ada, bob]);

    assert.deepEqual(groups((await here.acme.scim('GET', `/Users/${ada}`)).body), [pushed, own]);
    const all = (await here.acme.scim('GET', '/Users')).body.Resources ?? [];
    assert.deepEqual(all.map(groups), [[pushed, own], [own]]);
    const named = (await here.acme.scim('GET', filtered('/Users', 'userName eq "bob@acme.example"'))).body;
    assert.deepEqual(named.Resources?.map(groups), [[own]]);
    const everything = (await here.acme.scim('GET', '/?filter=id%20pr')).body.Resources ?? [];
    assert.deepEqual(
      everything.map((each) => [...groups(each), ...members(each)]),
      [[pushed, own], [own], [ada], [ada, bob]],
    );

    for (const path of [`/Groups/${own}?excludedAttributes=members`, `/Users/${bob}?excludedAttributes=groups`]) {
      const { body } = await here.acme.scim('GET', path);
      assert.deepEqual([body.members, body.groups], [undefined, undefined], path);
    }
  });

  test('are in the answer to a change of a person as in a read, and in its tag', async () => {
    const eve = await createUser(here.acme, 'eve');
    const team = (await api('POST', '/teams', { name: 'Readers' })).body.id as string;
    await api('PUT', `/teams/${team}/members/${eve}`);
    const { body: before } = await here.acme.scim('GET', `/Users/${eve}`);
    const changed = await here.acme.scim('PUT', `/Users/${eve}`, { ...before, title: 'Dr.' });
    assert.deepEqual(groups(changed.body), [team]);
    const { body: after, headers } = await here.acme.scim('GET', `/Users/${eve}`);
    assert.deepEqual(after, changed.body);
    assert.equal(headers.get('etag'), changed.headers.get('etag'));
    // Somebody who was here comes back into the team.
    await here.acme.scim('DELETE', `/Users/${eve}`);
    assert.deepEqual(members((await here.acme.scim('GET', `/Groups/${team}`)).body), []);
    const again = await here.acme.scim('POST', '/Users', { userName: 'eve@acme.example', active: true });
    assert.deepEqual(groups(again.body), [team]);
    assert.deepEqual((await here.acme.scim('GET', `/Users/${again.body.id}`)).body, again.body);
  });

  test('show whoever is asked for, and not whom a held deletion leaves in force', async () => {
    const zoe = await createUser(here.acme, 'zoe');
    const team = (await api('POST', '/teams', { name: 'Paused' })).body.id as string;
    await api('PUT', `/teams/${team}/members/${zoe}`);
    await api('PATCH', '/connection', { state: 'paused' });
    await here.acme.scim('DELETE', `/Users/${zoe}`);
    assert.deepEqual(members((await here.acme.scim('GET', `/Groups/${team}`)).body), []);
    assert.equal(((await api('GET', `/teams/${team}/members`)).body.items as unknown[]).length, 1);
    await api('PATCH', '/connection', { state: 'on' });
  });

  test('cannot be changed or deleted by the provider', async () => {
    const kim = await createUser(here.acme, 'kim');
    const own = (await api('POST', '/teams', { name: 'Kept' })).body.id as string;
    await api('PUT', `/teams/${own}/members/${kim}`);
    const change = patch({ op: 'remove', path: `members[value eq "${kim}"]` });
    for (const [method, body, status, type] of [
      ['PUT', { displayName: 'Mine', members: [] }, 409, 'uniqueness'],
      ['PATCH', change, 409, 'uniqueness'],
      ['DELETE', undefined, 403, undefined],
    ] as const) {
      assertRefusal(await here.acme.scim(method, `/Groups/${own}`, body), status, type);
    }
    assert.equal((await api('GET', `/teams/${own}`)).body.name, 'Kept');
    assert.deepEqual(members((await here.acme.scim('GET', `/Groups/${own}`)).body), [kim]);
  });

  test('of another organization are not found by their people', async () => {
    const { rows } = await here.rollcall.db.owner.query(
      `select tm.member_id from team_members tm join organization_slugs s on s.org_id = tm.org_id where s.slug = 'globex'`,
    );
    const filter = `members.value eq "${rows[0].member_id}"`;
    assert.deepEqual(found(await here.acme.scim('GET', filtered('/Groups', filter))), []);
  });

  test('are without their people under listed', async () => {
    const team = (await api('POST', '/teams', { name: 'Closed' })).body.id as string;
    const pat = await createUser(here.acme, 'pat');
    await api('PUT', `/teams/${team}/members/${pat}`);
    assert.deepEqual(members((await here.acme.scim('GET', `/Groups/${team}`)).body), [pat]);
    const setting = async (localTeams: string) =>
      assert.equal((await api('PUT', '/policy', { preset: 'rollcall', settings: { localTeams } })).status, 200);
    await setting('listed');
    // What a process remembers of a token may be half a second old.
    await eventually(async () => {
      const group = (await here.acme.scim('GET', `/Groups/${team}`)).body;
      assert.deepEqual([members(group), groups((await here.acme.scim('GET', `/Users/${pat}`)).body)], [[], []]);
    });
    assert.deepEqual(found(await here.acme.scim('GET', filtered('/Groups', `members.value eq "${pat}"`))), []);
  });
});

describe('K13: a group that is deleted', () => {
  const here = besideGlobex();
  const api = apiOf(here);

  test('leaves a team that an admin brings back, with an id of its own, empty, and with what it gave', async () => {
    const ada = await createUser(here.acme, 'ada');
    const team = await createGroup(here.acme, 'Engineers', [ada]);
    await api('PATCH', `/team-mappings/${team}`, { role: 'member', license: 'developer' });
    await here.acme.scim('DELETE', `/Groups/${team}`);
    const removed = (await api('GET', '/teams?status=removed')).body.items as { id: string; name: string }[];
    assert.deepEqual(
      removed.map(({ id, name }) => [id, name]),
      [[team, 'Engineers']],
    );
    const from = await lastEvent(here.rollcall, here.acme);
    const restored = await api('POST', `/teams/${team}/restore`);
    assert.equal(restored.status, 201, restored.text);
    const id = restored.body.id as string;
    assert.notEqual(id, team);
    assert.equal((await api('GET', `/teams/${id}`)).body.origin, 'local');
    assert.deepEqual((await api('GET', `/teams/${id}/members`)).body.items, []);
    const mapping = ((await api('GET', '/team-mappings')).body.items as { team: { id: string } }[]).find(
      (each) => each.team.id === id,
    );
    assert.deepEqual(mapping, { team: { id, name: 'Engineers' }, role: 'member', license: 'developer', members: 0 });
    const told = await eventsAfter(here.rollcall, here.acme, from);
    assert.deepEqual(
      told.map(({ kind }) => kind),
      ['team.created', 'team.mapped'],
    );
    assert.ok(told[0]?.kind === 'team.created' && told[0].data.returns === team);
    assert.deepEqual((await api('GET', '/teams?status=removed')).body.items, []);
    assert.equal((await api('POST', `/teams/${team}/restore`)).status, 404, 'it comes back once');
  });

  test('is not brought back over a team that has the name by now, nor with a role that is gone', async () => {
    const at = { now: new Date() };
    await writeRole(here.rollcall.db.app, here.acme, { key: 'auditor', name: 'Auditor', permissions: [] }, at);
    const team = await createGroup(here.acme, 'Auditors');
    await api('PATCH', `/team-mappings/${team}`, { role: 'auditor' });
    await here.acme.scim('DELETE', `/Groups/${team}`);
    const again = await createGroup(here.acme, 'Auditors');
    const refused = await api('POST', `/teams/${team}/restore`);
    assert.deepEqual([refused.status, /"Auditors" already exists/.test(refused.body.detail ?? '')], [409, true]);
    await here.acme.scim('DELETE', `/Groups/${again}`);
    await removeRole(here.rollcall.db.app, here.acme, 'auditor', at);
    assert.equal((await api('POST', `/teams/${team}/restore`)).status, 201);
    assert.ok(!JSON.stringify((await api('GET', '/team-mappings')).body).includes('auditor'));
  });

  test('of another organization is not found, and one is forgotten after the time of remembering (R7)', async () => {
    const { rows } = await here.rollcall.db.owner.query(
      `select t.id from teams t join organization_slugs s on s.org_id = t.org_id where s.slug = 'globex'`,
    );
    assert.equal((await api('POST', `/teams/${rows[0].id}/restore`)).status, 404);
    const team = await createGroup(here.acme, 'Gone');
    await here.acme.scim('DELETE', `/Groups/${team}`);
    const { app, jobs } = here.rollcall.db;
    await purgeEverywhere({ app, jobs }, new Date(Date.now() + (limits.removedDays + 1) * 86_400_000), {
      log: assert.fail,
    });
    assert.equal((await api('POST', `/teams/${team}/restore`)).status, 404);
  });

  test('is told in the feed', async () => {
    await assertFeedTellsState(here.rollcall.db.app, here.rollcall.db.owner, here.acme);
  });
});

describe('K24 id: the base URL', () => {
  const here = besideGlobex({ baseUrl: 'id' });
  const api = apiOf(here);

  test('has the id wherever it is shown and in the addresses of resources, and the name works as well', async () => {
    const expected = `${here.rollcall.url}/scim/v2/${here.acme.id}`;
    const token = await api('POST', '/tokens', { name: 'next' });
    const shown = [token.body, (await api('GET', '/connection')).body, (await api('GET', '')).body];
    assert.deepEqual(
      shown.map(({ scimBaseUrl }) => scimBaseUrl),
      [expected, expected, expected],
    );
    const { body, headers } = await here.acme.scim('POST', '/Users', { userName: 'ada@acme.example' });
    assert.equal((body.meta as { location: string }).location, `${expected}/Users/${body.id}`);
    assert.equal(headers.get('location'), `${expected}/Users/${body.id}`);
    const byId = scimClient(expected, here.acme.token);
    for (const scim of [byId, here.acme.scim]) assert.equal((await scim('GET', `/Users/${body.id}`)).status, 200);
  });
});
