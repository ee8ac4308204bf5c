/** The lines of behaviors.md about Dagster+ under its preset. Roles and licenses are in licenses-and-roles.test.ts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  assertRefusal,
  createGroup,
  createUser,
  eventsAfter,
  eventually,
  filtered,
  lastEvent,
  membershipRows,
  patch,
  user,
} from '../http/beside-globex.ts';
import { apiClient } from '../rollcall.ts';
import { underPreset } from './under-preset.ts';

describe('Dagster+', () => {
  const here = underPreset('dagster');
  const { api, read, items, addPerson, addTeam } = here;
  const deactivation = patch({ op: 'replace', value: { active: false } });

  test('D6 D7 D8 D9 D10 D11 tokens are made and shown once, have names that can be edited and can be revoked, and one that is not there is said to be so', async () => {
    const made = (await api('POST', '/tokens', { name: 'second' })).body;
    assert.equal(made.scimBaseUrl, here.acme.scimBaseUrl);
    assert.equal((await api('PATCH', `/tokens/${made.id}`, { name: 'Okta' })).body.name, 'Okta');
    const listed = await items('/tokens');
    assert.deepEqual(listed.map(({ name }) => name).sort(), ['Okta', 'okta']);
    assert.ok(!JSON.stringify(listed).includes(made.token as string));
    assert.equal((await api('DELETE', `/tokens/${made.id}`)).status, 204);
    assert.equal((await api('DELETE', `/tokens/${made.id}`)).status, 404);
  });

  test('D17 a user has first and last name, e-mail address, display name, active and externalId', async () => {
    const { body } = await here.acme.scim('POST', '/Users', user('d17'));
    const { name, emails, displayName, active, externalId } = body as Record<string, unknown>;
    assert.deepEqual(
      { name, emails, displayName, active, externalId },
      {
        name: { givenName: 'd17', familyName: 'Byron' },
        emails: [{ primary: true, value: 'd17@acme.example', type: 'work' }],
        displayName: 'd17 Byron',
        active: true,
        externalId: '00u-d17',
      },
    );
  });

  test('D19 a changed name or address is in force at once', async () => {
    const id = await createUser(here.acme, 'd19');
    const changes = { userName: 'byron@acme.example', displayName: 'B.', emails: [{ value: 'byron@acme.example' }] };
    assert.equal((await here.acme.scim('PUT', `/Users/${id}`, user('d19', changes))).status, 200);
    const { userName, name, email } = await read(`/members/${id}`);
    assert.deepEqual([userName, name, email], ['byron@acme.example', 'B.', 'byron@acme.example']);
  });

  test('D20 whoever is deactivated is removed from the organization, and comes back under the same id', async () => {
    const id = await createUser(here.acme, 'd20');
    const team = await createGroup(here.acme, 'D20', [id]);
    assert.equal((await here.acme.scim('PATCH', `/Users/${id}`, deactivation)).status, 200);
    assert.equal((await read(`/members/${id}`)).status, 'removed');
    const [membership] = await membershipRows(here.rollcall, here.acme, team);
    assert.equal(membership?.inForce, false);
    await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: true } }));
    assert.equal((await read(`/members/${id}`)).status, 'active');
  });

  test('D21 D22 nobody is added by hand, and of synced people nobody is removed by hand but the roles are open', async () => {
    assert.equal((await api('POST', '/members', { userName: 'd21@acme.example' })).body.code, 'locked');
    const synced = await createUser(here.acme, 'd22');
    assert.equal((await api('DELETE', `/members/${synced}`)).body.code, 'locked');
    assert.equal((await api('PUT', `/access/${synced}/role`, { role: 'member' })).status, 204);
    assert.equal((await api('DELETE', `/members/${await addPerson('d22-local')}`)).status, 204);
  });

  test('D23 synced people are told from local ones', async () => {
    const [synced, local] = [await createUser(here.acme, 'd23'), await addPerson('d23-local')];
    const origins = new Map((await items('/members?limit=200')).map(({ id, origin }) => [id, origin]));
    assert.deepEqual([origins.get(synced), origins.get(local)], ['provisioned', 'local']);
  });

  test('D24 a local person stays unsynced until a match is provisioned, which links the two', async () => {
    const id = await addPerson('d24');
    assert.equal((await read(`/members/${id}`)).origin, 'local');
    assert.equal(await createUser(here.acme, 'd24'), id);
    assert.equal((await read(`/members/${id}`)).origin, 'claimed');
    const byAddress = await addPerson('d24-other', { email: 'd24-other@acme.example' });
    const emails = [{ value: 'd24.new@acme.example' }, { value: 'd24-other@acme.example' }];
    assert.equal(await createUser(here.acme, 'd24.new', { emails }), byAddress);
  });

  test('D30 whoever was removed by hand may be brought back by the provider', async () => {
    const id = await createUser(here.acme, 'd30');
    await api('POST', `/members/${id}/unlock`, { hours: 1 });
    assert.equal((await api('DELETE', `/members/${id}`)).status, 204);
    const found = await here.acme.scim('GET', filtered('/Users', 'userName eq "d30@acme.example"'));
    assert.equal(found.body.totalResults, 0);
    const back = await createUser(here.acme, 'd30');
    assert.equal((await read(`/members/${back}`)).status, 'active');
    const created = (await eventsAfter(here.rollcall, here.acme, 0)).findLast(({ kind }) => kind === 'member.created');
    assert.ok(created?.kind === 'member.created' && created.data.returns === id, 'the feed says who came back');
  });

  test('D33 D36 D37 a local team is made beside the synced ones, is listed without members, and can be linked or stay', async () => {
    const person = await createUser(here.acme, 'd33');
    const [team, stays] = [await addTeam('D33'), await addTeam('D33 stays')];
    await api('PUT', `/teams/${team}/members/${person}`);
    const found = (await here.acme.scim('GET', filtered('/Groups', 'displayName eq "D33"'))).body.Resources?.[0];
    assert.deepEqual([found?.id, found?.members ?? []], [team, []]);
    const push = { displayName: 'D33', members: [{ value: person }] };
    assert.equal((await here.acme.scim('PUT', `/Groups/${team}`, push)).status, 409);
    await api('POST', `/teams/${team}/link-decision`, { decision: 'link' });
    assert.equal((await here.acme.scim('PUT', `/Groups/${team}`, push)).status, 200);
    assert.equal((await read(`/teams/${team}`)).origin, 'linked');
    assert.equal((await read(`/teams/${stays}`)).origin, 'local');
  });

  test('D34 a synced team is edited by hand until the next sync', async () => {
    const [one, other] = [await createUser(here.acme, 'd34'), await createUser(here.acme, 'd34-other')];
    const team = await createGroup(here.acme, 'D34', [one]);
    assert.equal((await api('PATCH', `/teams/${team}`, { name: 'By hand' })).body.name, 'By hand');
    assert.equal((await api('PUT', `/teams/${team}/members/${other}`)).status, 204);
    const push = { displayName: 'D34', members: [{ value: one }] };
    await here.acme.scim('PUT', `/Groups/${team}`, push);
    assert.equal((await read(`/teams/${team}`)).name, 'D34');
    const people = await items(`/teams/${team}/members`);
    assert.deepEqual(
      people.map(({ id, inForce }) => [id, inForce]),
      [[one, true]],
    );
  });

  test('D35 of a pushed group the admin chooses: a new team of that name, or the one that is there', async () => {
    const [linked, kept] = [await addTeam('D35'), await addTeam('D35 kept')];
    const push = (displayName: string) => here.acme.scim('POST', '/Groups', { displayName });
    for (const name of ['D35', 'D35 kept']) assert.equal((await push(name)).status, 409);
    await api('POST', `/teams/${linked}/link-decision`, { decision: 'link' });
    assert.equal((await push('D35')).body.id, linked);
    await api('POST', `/teams/${kept}/link-decision`, { decision: 'create', rename: 'D35 of our own' });
    const fresh = (await push('D35 kept')).body.id;
    assert.deepEqual(
      [(await read(`/teams/${fresh}`)).origin, (await read(`/teams/${kept}`)).origin],
      ['synced', 'local'],
    );
  });

  test('D38 a group has displayName, externalId and members', async () => {
    const id = await createUser(here.acme, 'd38');
    const group = { displayName: 'D38', externalId: '00g-d38', members: [{ value: id }] };
    const { body } = await here.acme.scim('POST', '/Groups', group);
    const { displayName, externalId, members } = body as Record<string, unknown> & { members: { value: string }[] };
    assert.deepEqual([displayName, externalId, members.map(({ value }) => value)], ['D38', '00g-d38', [id]]);
  });

  test('D5 D41 D42 provisioning is turned off at any time, which leaves everybody as they are, and on again', async () => {
    const id = await createUser(here.acme, 'd41');
    const team = await createGroup(here.acme, 'D41', [id]);
    // What provisioning locks is free while it is off.
    const asTheyAre = async () =>
      await Promise.all(
        [`/members/${id}`, `/teams/${team}`].map(async (path) => ({ ...(await read(path)), locks: undefined })),
      );
    const before = await asTheyAre();
    assert.equal((await api('PATCH', '/connection', { state: 'off' })).body.state, 'off');
    const change = () => here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: true } }));
    await eventually(async () => assert.equal((await change()).status, 403));
    assert.deepEqual(await asTheyAre(), before);
    assert.equal((await api('PATCH', '/connection', { state: 'on' })).body.state, 'on');
    await eventually(async () => assert.equal((await change()).status, 200));
  });

  test('D1 turning provisioning on is warned about without single sign-on, and refused with that of another provider', async () => {
    const turn = async (state: string) => await api('PATCH', '/connection', { state });
    await turn('off');
    const on = await turn('on');
    assert.match((on.body.warnings as string[])[0] ?? '', /no sign-in provider is declared/);
    const findings = async () =>
      ((await read('/connection/findings')).findings as { id: string }[]).some(({ id }) => id.startsWith('sign-in'));
    assert.equal(await findings(), true);
    await turn('off');
    await api('PUT', '/sign-in-provider', { provider: 'entra' });
    assert.equal((await turn('on')).status, 428);
    await api('PUT', '/sign-in-provider', { provider: 'okta' });
    assert.deepEqual([(await turn('on')).body.warnings, await findings()], [[], false]);
  });

  test('D43 what provisioning does is told with the request and the token', async () => {
    const from = await lastEvent(here.rollcall, here.acme);
    await createUser(here.acme, 'd43');
    const [created] = await eventsAfter(here.rollcall, here.acme, from);
    assert.equal(created?.kind, 'member.created');
    assert.deepEqual(created?.actor, { type: 'token', id: here.acme.tokenId, name: 'okta', provider: 'okta' });
    assert.ok(created?.requestId);
  });

  test('D44 an organization that is suspended is refused, and says so', async () => {
    const operator = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const suspended = await operator('PATCH', '/organizations/acme', { status: 'suspended' });
    assert.equal(suspended.status, 200, suspended.text);
    const ask = () => here.acme.scim('GET', '/Users?count=1');
    await eventually(async () => assertRefusal(await ask(), 403, undefined, /suspended/));
    await operator('PATCH', '/organizations/acme', { status: 'active' });
    await eventually(async () => assert.equal((await ask()).status, 200));
  });
});
