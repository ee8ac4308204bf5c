import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { v7 as newUuid } from 'uuid';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { apiClient, type Scim } from '../rollcall.ts';
import { besideGlobex, createGroup, createUser, eventsAfter, filtered, lastEvent, patch } from './beside-globex.ts';

describe('what admins do beside the provider', () => {
  const here = besideGlobex();
  let api: Scim;
  before(() => {
    const admin = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    api = (method, path, ...rest) => admin(method, `/organizations/acme${path}`, ...rest);
  });

  const addMember = async (name: string, more: Record<string, unknown> = {}) => {
    const answer = await api('POST', '/members', { userName: `${name}@acme.example`, breakGlass: true, ...more });
    assert.equal(answer.status, 201, answer.text);
    return answer.body.id as string;
  };
  const addTeam = async (name: string) => {
    const answer = await api('POST', '/teams', { name });
    assert.equal(answer.status, 201, answer.text);
    return answer.body.id as string;
  };
  const memberOf = async (id: string) => (await api('GET', `/members/${id}`)).body;
  const peopleOf = async (team: string) =>
    ((await api('GET', `/teams/${team}/members`)).body.items as Record<string, unknown>[]).map(
      ({ id, asked, inForce, reason }) => [id, asked, inForce, (reason as { rule: string }).rule],
    );

  test('D21, K8: while the connection is on nobody is made by hand but by the operator as a way in', async () => {
    const refused = await api('POST', '/members', { userName: 'alan@acme.example' });
    assert.equal(refused.status, 403);
    assert.equal(refused.body.code, 'locked');
    assert.match(refused.body.detail ?? '', /lock addByHand\). Assign the person to the app .*manualUpdates/);
    const { key } = await createApiKey(
      here.rollcall.db.app,
      here.acme,
      { name: 'admin', scopes: ['members:write'] },
      { now: new Date() },
    );
    const withKey = apiClient(here.rollcall.url, key);
    const body = { userName: 'alan@acme.example', breakGlass: true };
    assert.equal((await withKey('POST', '/organizations/acme/members', body)).body.code, 'locked');
    assert.equal((await memberOf(await addMember('alan'))).origin, 'local');
    await switchConnection(here.rollcall.db.app, here.acme, 'off', { now: new Date() });
    assert.equal((await api('POST', '/members', { userName: 'off@acme.example' })).status, 201);
    await switchConnection(here.rollcall.db.app, here.acme, 'on', { now: new Date() });
  });

  test('A10: a local member is seen by the provider as it is, and told apart in Rollcall', async () => {
    const id = await addMember('bea', {
      displayName: 'Bea',
      givenName: 'Bea',
      familyName: 'Lee',
      email: 'b@acme.example',
    });
    const member = await memberOf(id);
    assert.deepEqual([member.name, member.email, member.status], ['Bea', 'b@acme.example', 'active']);
    assert.deepEqual(member.reason, { rule: 'made-by-hand', by: { type: 'operator' } });
    const found = await here.acme.scim('GET', filtered('/Users', 'userName eq "bea@acme.example"'));
    assert.equal(found.body.Resources?.[0]?.id, id);
    const created = (await eventsAfter(here.rollcall, here.acme, 0)).findLast(({ kind }) => kind === 'member.created');
    assert.deepEqual(created?.actor, { type: 'operator' });
  });

  test('a local member is edited, with the version that was read', async () => {
    const id = await addMember('cora', { displayName: 'Cora' });
    const etag = (await api('GET', `/members/${id}`)).headers.get('etag') as string;
    const body = { displayName: 'Cora B.', email: 'cora@home.example', userName: 'cora.b@acme.example' };
    const edited = await api('PATCH', `/members/${id}`, body, { 'if-match': etag });
    assert.equal(edited.status, 200, edited.text);
    assert.deepEqual(
      [edited.body.userName, edited.body.name, edited.body.email],
      ['cora.b@acme.example', 'Cora B.', 'cora@home.example'],
    );
    assert.equal((await api('PATCH', `/members/${id}`, { email: null }, { 'if-match': etag })).status, 412);
    assert.equal((await api('PATCH', `/members/${id}`, { email: null })).body.email, 'cora.b@acme.example');
    const events = await lastEvent(here.rollcall, here.acme);
    assert.equal((await api('PATCH', `/members/${id}`, { displayName: 'Cora B.' })).status, 200);
    assert.equal(await lastEvent(here.rollcall, here.acme), events);
    await addMember('dora');
    const taken = await api('PATCH', `/members/${id}`, { userName: 'DORA@acme.example' });
    assert.deepEqual([taken.status, taken.body.code], [409, 'conflict']);
    assert.equal((await api('PATCH', `/members/${id}`, { userName: 'no address' })).status, 400);
  });

  test('R16: who is suspended by hand loses the keys and leaves every team, and is in them again when restored', async () => {
    const id = await addMember('edda');
    const team = await addTeam('Editors');
    assert.equal((await api('PUT', `/teams/${team}/members/${id}`)).status, 204);
    const { key } = await createApiKey(
      here.rollcall.db.app,
      here.acme,
      { name: 'own', scopes: ['members:read'], memberId: id },
      { now: new Date() },
    );
    const own = apiClient(here.rollcall.url, key);
    assert.equal((await own('GET', '/organizations/acme/members')).status, 200);
    assert.equal((await api('POST', `/members/${id}/suspend`)).body.status, 'suspended');
    const suspended = await memberOf(id);
    assert.deepEqual(suspended.reason, { rule: 'suspended-by-hand', by: { type: 'operator' } });
    assert.deepEqual(await peopleOf(team), [[id, false, false, 'member-suspended']]);
    const read = await here.acme.scim('GET', `/Users/${id}`);
    assert.equal(read.body.active, false);
    assert.equal((await api('POST', `/members/${id}/restore`)).body.status, 'active');
    assert.deepEqual(await peopleOf(team), [[id, false, true, 'member-by-hand']]);
    const { rows } = await here.rollcall.db.owner.query('select revoked_at from api_keys where member_id = $1', [id]);
    assert.ok(rows[0].revoked_at instanceof Date);
  });

  test('a local member is removed by an admin and not by the provider (B36, P43)', async () => {
    const id = await addMember('fay');
    const refused = await here.acme.scim('DELETE', `/Users/${id}`);
    assert.equal(refused.status, 403);
    assert.match(refused.body.detail ?? '', /fay@acme\.example is not managed by the identity provider/);
    assert.equal((await api('DELETE', `/members/${id}`)).status, 204);
    assert.equal((await memberOf(id)).status, 'removed');
    assert.equal((await here.acme.scim('GET', `/Users/${id}`)).status, 404);
    assert.equal((await api('DELETE', `/members/${id}`)).status, 404);
  });

  test('D22, D27, K9: of a person whom the provider manages nothing but the roles is open', async () => {
    const id = await createUser(here.acme, 'gwen');
    for (const [method, path, body] of [
      ['PATCH', '', { displayName: 'Gwen' }],
      ['POST', '/suspend', undefined],
      ['DELETE', '', undefined],
    ] as const) {
      const refused = await api(method, `/members/${id}${path}`, body);
      assert.deepEqual([refused.status, refused.body.code], [403, 'locked']);
      assert.match(
        refused.body.detail ?? '',
        /gwen@acme\.example is managed by the identity provider \(lock editMembersByHand/,
      );
    }
    assert.equal((await memberOf(id)).status, 'active');
  });

  test('B48, K9: where nothing of a managed person is open, roles and licenses are not either, until the member is unlocked', async () => {
    const id = await createUser(here.acme, 'greta');
    const set = async (editMembersByHand: string) => {
      const wish = { preset: 'rollcall', settings: { editMembersByHand } };
      const etag = (await api('GET', '/policy')).headers.get('etag') ?? '';
      const saved = await api('PUT', '/policy', wish, { 'if-match': etag });
      assert.equal(saved.status, 200, saved.text);
    };
    await set('blocked');
    const give = () => api('PUT', `/access/${id}/role`, { role: 'member' });
    const refused = await give();
    assert.deepEqual([refused.status, refused.body.code], [403, 'locked']);
    assert.match(refused.body.detail ?? '', /greta@acme\.example is managed by the identity provider/);
    assert.ok((await api('POST', `/members/${id}/unlock`, { hours: 1 })).status < 300);
    assert.ok((await give()).status < 300);
    await set('roles');
  });

  test('D33, P35, D36: a local team has people in Rollcall and none for the provider', async () => {
    const id = await createUser(here.acme, 'hana');
    const team = await addTeam('Handmade');
    await api('PUT', `/teams/${team}/members/${id}`);
    assert.equal((await api('PUT', `/teams/${team}/members/${id}`)).status, 204);
    const found = await here.acme.scim('GET', filtered('/Groups', 'displayName eq "Handmade"'));
    assert.deepEqual(found.body.Resources?.[0]?.members ?? [], []);
    const user = await here.acme.scim('GET', `/Users/${id}`);
    assert.deepEqual(user.body.groups ?? [], []);
    await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { displayName: 'Hana' } }));
    assert.deepEqual(await peopleOf(team), [[id, false, true, 'member-by-hand']]);
    await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    assert.deepEqual(await peopleOf(team), [[id, false, false, 'member-suspended']]);
    await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: true } }));
    assert.deepEqual(await peopleOf(team), [[id, false, true, 'member-by-hand']]);
    assert.equal((await api('DELETE', `/teams/${team}/members/${id}`)).status, 204);
    assert.deepEqual(await peopleOf(team), []);
  });

  test('a local team is renamed and removed by an admin and not by the provider (P43)', async () => {
    const team = await addTeam('Interim');
    assert.equal((await api('PATCH', `/teams/${team}`, { name: 'Internal' })).body.name, 'Internal');
    assert.equal((await api('POST', '/teams', { name: 'INTERNAL' })).status, 409);
    assert.equal((await here.acme.scim('DELETE', `/Groups/${team}`)).status, 403);
    assert.equal((await api('DELETE', `/teams/${team}`)).status, 204);
    assert.equal((await api('GET', `/teams/${team}`)).status, 404);
  });

  test('P34, B51, K10: who is in a team of the provider cannot be changed by hand, nor its name', async () => {
    const id = await createUser(here.acme, 'jane');
    const team = await createGroup(here.acme, 'Joiners', [id]);
    for (const [method, path, body] of [
      ['PATCH', '', { name: 'Other' }],
      ['DELETE', '', undefined],
      ['PUT', `/members/${id}`, undefined],
      ['DELETE', `/members/${id}`, undefined],
    ] as const) {
      const refused = await api(method, `/teams/${team}${path}`, body);
      assert.deepEqual([refused.status, refused.body.code], [403, 'locked']);
      assert.match(refused.body.detail ?? '', /lock editTeamsByHand/);
    }
  });

  test('what is not there, or belongs to another organization, is not found (R7)', async () => {
    const member = await addMember('kim');
    const team = await addTeam('Kitchen');
    const globex = await here.rollcall.db.owner.query<{ id: string; team: string }>(
      `select m.id, t.id as team from members m, teams t, organization_slugs s
        where s.slug = 'globex' and m.org_id = s.org_id and t.org_id = s.org_id`,
    );
    for (const other of [newUuid(), globex.rows[0]?.id]) {
      for (const [method, path] of [
        ['PATCH', `/members/${other}`],
        ['POST', `/members/${other}/suspend`],
        ['DELETE', `/members/${other}`],
        ['PUT', `/teams/${team}/members/${other}`],
        ['PUT', `/teams/${globex.rows[0]?.team}/members/${member}`],
        ['DELETE', `/teams/${globex.rows[0]?.team}`],
      ] as const) {
        assert.equal((await api(method, path, method === 'PATCH' ? {} : undefined)).status, 404, path);
      }
    }
  });

  test('the feed tells it all', async () => {
    await assertFeedTellsState(here.rollcall.db.app, here.rollcall.db.owner, here.acme);
  });
});

describe('manual updates', () => {
  const here = besideGlobex({ manualUpdates: 'on' });
  let api: Scim;
  before(() => {
    const admin = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    api = (method, path, ...rest) => admin(method, `/organizations/acme${path}`, ...rest);
  });
  const memberOf = async (id: string) => (await api('GET', `/members/${id}`)).body;
  const peopleOf = async (team: string) =>
    ((await api('GET', `/teams/${team}/members`)).body.items as Record<string, unknown>[]).map(
      ({ id, asked, inForce }) => [id, asked, inForce],
    );

  test('B49, B50: a person is edited and suspended by hand, and the provider’s next request wins', async () => {
    const id = await createUser(here.acme, 'ada');
    const edited = await api('PATCH', `/members/${id}`, { displayName: 'Countess', email: 'c@acme.example' });
    assert.deepEqual([edited.body.name, edited.body.email], ['Countess', 'c@acme.example']);
    assert.equal((await api('PATCH', `/members/${id}`, { userName: 'c@acme.example' })).body.code, 'locked');
    await api('POST', `/members/${id}/suspend`);
    assert.deepEqual([(await memberOf(id)).status, (await memberOf(id)).askedActive], ['suspended', true]);
    assert.equal((await here.acme.scim('GET', `/Users/${id}`)).body.active, true);
    await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: true } }));
    const after = await memberOf(id);
    assert.deepEqual([after.status, after.name], ['active', 'ada Byron']);
    // Another address than the one in force has to be shown to be the person's (K3), whoever put that one in force.
    assert.deepEqual(
      [after.email, (after.waitingEmail as { address: string }).address],
      ['c@acme.example', 'ada@acme.example'],
    );
  });

  test('B50: memberships are changed by hand, and the provider’s next request about them wins', async () => {
    const [ben, cleo, dan] = [
      await createUser(here.acme, 'ben'),
      await createUser(here.acme, 'cleo'),
      await createUser(here.acme, 'dan'),
    ];
    const team = await createGroup(here.acme, 'Builders', [ben, cleo]);
    await api('DELETE', `/teams/${team}/members/${ben}`);
    await api('PUT', `/teams/${team}/members/${dan}`);
    assert.deepEqual(await peopleOf(team), [
      [ben, true, false],
      [cleo, true, true],
      [dan, false, true],
    ]);
    const read = await here.acme.scim('GET', `/Groups/${team}`);
    assert.deepEqual(
      (read.body.members as { value: string }[]).map(({ value }) => value),
      [ben, cleo],
    );
    await here.acme.scim('PATCH', `/Users/${ben}`, patch({ op: 'replace', value: { displayName: 'Ben' } }));
    assert.deepEqual((await peopleOf(team))[0], [ben, true, false]);
    await here.acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'add', path: 'members', value: [{ value: ben }] }));
    assert.deepEqual((await peopleOf(team))[0], [ben, true, true]);
    await here.acme.scim('PUT', `/Groups/${team}`, {
      displayName: 'Builders',
      members: [{ value: ben }, { value: cleo }],
    });
    assert.deepEqual(await peopleOf(team), [
      [ben, true, true],
      [cleo, true, true],
    ]);
  });

  test('B50: a team is renamed by hand, and the provider’s next request wins', async () => {
    const team = await createGroup(here.acme, 'Makers');
    assert.equal((await api('PATCH', `/teams/${team}`, { name: 'Doers' })).body.name, 'Doers');
    assert.equal((await here.acme.scim('GET', `/Groups/${team}`)).body.displayName, 'Makers');
    await here.acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'replace', value: { displayName: 'Makers' } }));
    assert.equal((await api('GET', `/teams/${team}`)).body.name, 'Makers');
  });

  test('the feed tells it all', async () => {
    await assertFeedTellsState(here.rollcall.db.app, here.rollcall.db.owner, here.acme);
  });
});
