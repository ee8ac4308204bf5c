/** The lines of behaviors.md about the dbt platform under its preset. Roles and licenses are in licenses-and-roles.test.ts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  assertRefusal,
  createGroup,
  createUser,
  lastEvent,
  membershipRows,
  patch,
  user,
} from '../http/beside-globex.ts';
import { seatsOf } from '../provisioning/access-of.ts';
import { scimClient } from '../rollcall.ts';
import { underPreset } from './under-preset.ts';

const deactivation = patch({ op: 'replace', value: { active: false } });

describe('the dbt platform', () => {
  const here = underPreset('dbt');
  const { api, read, items, createPerson, addPerson, addTeam } = here;

  test('B2 B3 provisioning is turned on when Okta or Entra is declared to sign people in and provisions them too', async () => {
    await api('PATCH', '/connection', { state: 'off' });
    await api('DELETE', '/sign-in-provider');
    const turn = async () => (await api('PATCH', '/connection', { state: 'on' })).status;
    assert.equal(await turn(), 409, 'none is declared');
    for (const [provider, other] of [
      ['entra', 'okta'],
      ['okta', 'entra'],
    ]) {
      await api('PUT', '/connection/provider', { provider });
      await api('PUT', '/sign-in-provider', { provider: other });
      assert.equal(await turn(), 409, 'mixing is not supported');
      await api('PUT', '/sign-in-provider', { provider });
      assert.equal(await turn(), 200, provider);
      assert.equal((await api('PUT', '/connection/provider', { provider: other })).status, 409);
      if (provider === 'entra') await api('PATCH', '/connection', { state: 'off' });
    }
  });

  test('B7 B8 B9 B10 B13 tokens have a name, are shown once, overlap, and are listed with their last use', async () => {
    const made = (await api('POST', '/tokens', { name: 'next' })).body;
    const next = scimClient(here.acme.scimBaseUrl, made.token as string);
    for (const scim of [here.acme.scim, next]) assert.equal((await scim('GET', '/Users?count=1')).status, 200);
    const listed = await items('/tokens');
    const one = listed.find(({ id }) => id === made.id);
    assert.deepEqual([one?.name, 'lastUsedAt' in (one ?? {}), 'createdAt' in (one ?? {})], ['next', true, true]);
    assert.ok(!JSON.stringify(listed).includes(made.token as string));
    assert.equal((await api('DELETE', `/tokens/${made.id}`)).status, 204);
  });

  test('B12 B14 enabled, manual updates and who controls licenses are read and written, are one, and are reset to the preset', async () => {
    const configured = async () => {
      const { connection, policy } = (await read('/configuration')) as Record<string, Record<string, string>>;
      return [connection?.state, policy?.manualUpdates, policy?.licenseSource];
    };
    assert.deepEqual(await configured(), ['on', 'off', 'by-rules']);
    const { version } = await read('/configuration');
    const wanted = {
      version,
      confirm: ['manualUpdates'],
      connection: { state: 'off' },
      policy: { manualUpdates: 'on', licenseSource: 'by-attribute' },
    };
    const etag = (await api('POST', '/configuration/plan', wanted)).headers.get('etag') as string;
    const written = await api('PUT', '/configuration', wanted, { 'if-match': etag });
    assert.equal(written.status, 200, written.text);
    assert.deepEqual(await configured(), ['off', 'on', 'by-attribute']);
    assert.equal((await api('DELETE', '/configuration')).status, 405);
    assert.equal((await api('PUT', '/policy', { preset: 'dbt' })).status, 200);
    await api('PATCH', '/connection', { state: 'on' });
    assert.deepEqual(await configured(), ['on', 'off', 'by-rules'], 'manual updates are not allowed after a reset');
  });

  test('B23 B25 username, names, addresses, active and externalId; the username is one of the addresses', async () => {
    const id = await createPerson('b23');
    const { body } = await here.acme.scim('GET', `/Users/${id}`);
    assert.deepEqual([body.userName, body.active, body.externalId], ['b23@acme.example', true, '00u-b23']);
    const emails = [{ value: 'other@acme.example' }];
    assertRefusal(await here.acme.scim('POST', '/Users', user('b25', { emails })), 400, 'invalidValue', /addresses/);
  });

  test('B27 whoever has the address already is linked, and anybody else is new', async () => {
    const id = await addPerson('b27', { email: 'b27@acme.example' });
    const emails = [{ value: 'b27.new@acme.example' }, { value: 'b27@acme.example' }];
    assert.equal(await createPerson('b27.new', { emails }), id);
    assert.equal((await read(`/members/${id}`)).origin, 'claimed');
    const other = await createPerson('b27-new');
    assert.equal((await read(`/members/${other}`)).origin, 'provisioned');
  });

  test('B28 matching counts letter case', async () => {
    const id = await addPerson('b28');
    assertRefusal(await here.acme.scim('POST', '/Users', user('B28')), 409, 'uniqueness', /letter case counts/);
    assert.equal((await read(`/members/${id}`)).origin, 'local');
    assert.equal(await createPerson('b28'), id);
  });

  test('B33 B34 whoever is taken out is removed, and an import lists them, so that they can come back', async () => {
    const id = await createPerson('b33');
    await here.acme.scim('PATCH', `/Users/${id}`, deactivation);
    assert.equal((await read(`/members/${id}`)).status, 'removed');
    const list = (await here.acme.scim('GET', '/Users?count=200')).body.Resources ?? [];
    assert.equal(list.find((each) => each.id === id)?.active, false);
    assert.equal((await here.acme.scim('PUT', `/Users/${id}`, user('b33'))).status, 200);
    assert.equal((await read(`/members/${id}`)).status, 'invited');
    assert.equal((await api('POST', `/members/${id}/accept`)).body.status, 'active');
  });

  test('B35 B36 turning provisioning on converts nobody, and syncs leave whom they do not name untouched', async () => {
    await api('PATCH', '/connection', { state: 'off' });
    const [person, team] = [await addPerson('b35'), await addTeam('B35')];
    await api('PUT', `/teams/${team}/members/${person}`);
    await api('PATCH', '/connection', { state: 'on' });
    const unmanaged = async () => [await read(`/members/${person}`), await read(`/teams/${team}`)];
    const before = await unmanaged();
    assert.deepEqual(
      before.map(({ origin }) => origin),
      ['local', 'local'],
    );
    await createGroup(here.acme, 'B36', [await createPerson('b36')]);
    assert.deepEqual(await unmanaged(), before);
    assert.equal(await createPerson('b35'), person, 'until the person is provisioned');
  });

  test('B38 removing by hand frees the seat, and the person can come back', async () => {
    const id = await createPerson('b38');
    const [, used] = await seatsOf(here.rollcall, here.acme, 'developer');
    await api('POST', `/members/${id}/unlock`, { hours: 1 });
    assert.equal((await api('DELETE', `/members/${id}`)).status, 204);
    assert.equal((await seatsOf(here.rollcall, here.acme, 'developer'))[1], Number(used) - 1);
    assert.equal((await read(`/members/${await createPerson('b38')}`)).status, 'active');
  });

  test('B39 B40 a group is linked by its name or made, changes its people, and is removed', async () => {
    const [one, other] = [await createPerson('b39'), await createPerson('b39-other')];
    const known = await addTeam('B39');
    assert.equal(await createGroup(here.acme, 'B39', [one]), known);
    const change = patch(
      { op: 'add', path: 'members', value: [{ value: other }] },
      { op: 'remove', path: `members[value eq "${one}"]` },
    );
    assert.equal((await here.acme.scim('PATCH', `/Groups/${known}`, change)).status, 204);
    const rows = await membershipRows(here.rollcall, here.acme, known);
    assert.deepEqual(
      rows.map(({ member }) => member),
      [other],
    );
    assert.equal((await here.acme.scim('DELETE', `/Groups/${known}`)).status, 204);
    assert.equal((await api('GET', `/teams/${known}`)).status, 404);
  });

  test('B44 the list of teams says which are managed', async () => {
    const [managed, own] = [await createGroup(here.acme, 'B44'), await addTeam('B44 own')];
    const origins = new Map((await items('/teams?limit=200')).map(({ id, origin }) => [id, origin]));
    assert.deepEqual([origins.get(managed), origins.get(own)], ['synced', 'local']);
  });

  test('B48 B51 managed people and groups are closed to manual changes, and so are invitations', async () => {
    const id = await createPerson('b48');
    const team = await createGroup(here.acme, 'B48', [id]);
    const tried = [
      await api('PATCH', `/members/${id}`, { displayName: 'B.' }),
      await api('PUT', `/access/${id}/role`, { role: 'member' }),
      await api('PATCH', `/teams/${team}`, { name: 'Other' }),
      await api('DELETE', `/teams/${team}/members/${id}`),
      await api('POST', '/members', { userName: 'b48.more@acme.example' }),
    ];
    assert.deepEqual(
      tried.map(({ status, body }) => [status, body.code]),
      tried.map(() => [403, 'locked']),
    );
  });

  test('B70 users and groups that come, change and go are told as done by the SCIM service, and stored with the token', async () => {
    const from = await lastEvent(here.rollcall, here.acme);
    const id = await createPerson('b70');
    const team = await createGroup(here.acme, 'B70', [id]);
    await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { displayName: 'B.' } }));
    await here.acme.scim('DELETE', `/Groups/${team}`);
    await here.acme.scim('PATCH', `/Users/${id}`, deactivation);
    const { items: events } = (await api('GET', `/events?after=${from}`)).body as {
      items: { kind: string; actor: { type: string; id: string } }[];
    };
    // That the person accepted is told of who said so.
    const told = events.filter(({ actor }) => actor.type === 'token');
    assert.deepEqual(
      [
        'member.created',
        'team.created',
        'team.members_changed',
        'member.updated',
        'team.removed',
        'member.removed',
      ].filter((kind) => !told.some((event) => event.kind === kind)),
      [],
    );
    for (const { actor } of told) assert.equal(actor.id, here.acme.tokenId);
    const shown = (await items('/audit?actor=token&limit=200')).map(({ by }) => by);
    assert.deepEqual(new Set(shown), new Set(['SCIM service']));
  });

  test('B72 what a managed group may is set apart from it, and neither makes nor removes it', async () => {
    const id = await createPerson('b72');
    const team = await createGroup(here.acme, 'B72', [id]);
    for (const role of ['member', null]) {
      assert.equal((await api('PATCH', `/team-mappings/${team}`, { role })).status, 204);
      assert.equal((await read(`/teams/${team}`)).name, 'B72');
    }
    assert.equal(
      (await api('PATCH', '/team-mappings/0190a0b0-0000-7000-8000-00000000dead', { role: 'member' })).status,
      404,
    );
  });
});

describe('the dbt platform before manual updates are allowed', () => {
  const here = underPreset('dbt');
  const { api, read, createPerson } = here;

  test('B49 a confirmation turns manual updates on', async () => {
    const wish = { preset: 'dbt', settings: { manualUpdates: 'on' } };
    assert.equal((await api('PUT', '/policy', wish)).body.code, 'confirmation_required');
    const id = await createPerson('b49');
    assert.equal((await api('PATCH', `/members/${id}`, { displayName: 'B.' })).body.code, 'locked');
    assert.equal((await api('PUT', '/policy', { ...wish, confirm: ['manualUpdates'] })).status, 200);
    assert.equal((await api('PATCH', `/members/${id}`, { displayName: 'B.' })).status, 200);
    assert.equal((await read(`/members/${id}`)).name, 'B.');
  });
});

describe('the dbt platform with manual updates allowed', () => {
  const here = underPreset('dbt', { manualUpdates: 'on' });
  const { api, read, createPerson } = here;

  test('B50 manual changes are made, and later requests of the provider override them', async () => {
    const id = await createPerson('b50');
    assert.equal((await api('PATCH', `/members/${id}`, { displayName: 'By hand' })).body.name, 'By hand');
    await here.acme.scim('PUT', `/Users/${id}`, user('b50', { title: 'Lead' }));
    assert.equal((await read(`/members/${id}`)).name, 'b50 Byron');
  });
});

describe('the dbt platform, before people have accepted', () => {
  const here = underPreset('dbt');
  const { api } = here;
  const licenseOf = async (id: string) => (await here.api('GET', `/access/${id}`)).body.license;

  test('B30 B41 B42 nobody has a license or is in a group before they have accepted, and then a push succeeds', async () => {
    const id = await createUser(here.acme, 'b30');
    assert.equal(await licenseOf(id), null);
    const group = { displayName: 'B42', members: [{ value: id }] };
    assertRefusal(await here.acme.scim('POST', '/Groups', group), 400, 'invalidValue', new RegExp(id));
    assert.equal((await api('POST', `/members/${id}/accept`)).body.status, 'active');
    assert.equal(await licenseOf(id), 'developer');
    assert.equal((await here.acme.scim('POST', '/Groups', group)).status, 201);
  });
});
