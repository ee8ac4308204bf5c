/** What all three products share, under every preset. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { presetNames } from '../../src/organization/presets.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import {
  assertRefusal,
  createGroup,
  eventually,
  filtered,
  lastEvent,
  loggedRequestOf,
  memberRow,
  patch,
  user,
} from '../http/beside-globex.ts';
import { apiClient, scimClient } from '../rollcall.ts';
import { rowsOf } from '../store/twins.ts';
import { underPreset } from './under-preset.ts';

for (const preset of presetNames) {
  describe(`under the preset ${preset}`, () => {
    const here = underPreset(preset);
    const { api, read, items, createPerson, addPerson, addTeam } = here;

    test('D3 B4 P2 whoever does not administer neither turns provisioning on nor makes tokens', async () => {
      const input = { name: 'viewer', scopes: ['members:read' as const, 'connection:read' as const] };
      const { key } = await createApiKey(here.rollcall.db.app, here.acme, input, { now: new Date() });
      const withKey = apiClient(here.rollcall.url, key);
      const tried = [
        await withKey('POST', '/organizations/acme/tokens', { name: 'mine' }),
        await withKey('PATCH', '/organizations/acme/connection', { state: 'off' }),
        await withKey('PUT', '/organizations/acme/policy', { preset: 'rollcall' }),
      ];
      assert.deepEqual(
        tried.map(({ status, body }) => [status, body.code]),
        tried.map(() => [403, 'scope_missing']),
      );
    });

    test('A1 a wrong or revoked token is answered 401 as a SCIM error and recorded with the address', async () => {
      const made = (await api('POST', '/tokens', { name: 'gone' })).body;
      await api('DELETE', `/tokens/${made.id}`);
      const revoked = scimClient(here.acme.scimBaseUrl, made.token as string);
      const refused = await eventually(async () => {
        const answer = await revoked('GET', '/Users');
        assertRefusal(answer, 401);
        return answer;
      });
      assert.equal(typeof (await loggedRequestOf(here.rollcall, here.acme, refused)).address, 'string');
      // Where one token is good at a time, the newest has ended the others.
      const { token, id } = (await api('POST', '/tokens', { name: 'okta' })).body as { token: string; id: string };
      Object.assign(here.acme, { token, tokenId: id, scim: scimClient(here.acme.scimBaseUrl, token) });
      assert.equal((await here.acme.scim('GET', '/Users?count=1')).status, 200);
    });

    test('A2 the lookup of somebody who is not there is an empty list', async () => {
      const { status, body } = await here.acme.scim('GET', filtered('/Users', 'userName eq "nobody@acme.example"'));
      assert.deepEqual([status, body.totalResults, body.Resources ?? []], [200, 0, []]);
    });

    test('A4 A12 every request may be repeated: nothing changes and nothing is told again', async () => {
      const id = await createPerson('a12');
      const team = await createGroup(here.acme, 'A12', [id]);
      const requests = [
        ['PUT', `/Users/${id}`, user('a12', { title: 'Lead' })],
        ['PATCH', `/Groups/${team}`, patch({ op: 'add', path: 'members', value: [{ value: id }] })],
        ['PUT', `/Groups/${team}`, { displayName: 'A12', members: [{ value: id }] }],
        ['PUT', `/Users/${id}`, user('a12', { active: false })],
        ['PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } })],
      ] as const;
      for (const [method, path, body] of requests) {
        await here.acme.scim(method, path, body);
        const told = await lastEvent(here.rollcall, here.acme);
        assert.ok((await here.acme.scim(method, path, body)).status < 300);
        assert.equal(await lastEvent(here.rollcall, here.acme), told, `${method} ${path}`);
      }
    });

    test('A6 a refusal names who it is about and the way out', async () => {
      await createPerson('a6');
      assertRefusal(await here.acme.scim('POST', '/Users', user('a6')), 409, 'uniqueness', /a6@acme\.example.*assign/);
    });

    test('A7 pages have whole numbers and an exact total', async () => {
      for (const name of ['a7-1', 'a7-2', 'a7-3']) await createPerson(name);
      const first = (await here.acme.scim('GET', '/Users?startIndex=1&count=2')).body;
      const total = first.totalResults as number;
      assert.deepEqual([first.startIndex, first.itemsPerPage, first.Resources?.length], [1, 2, 2]);
      const all = (await here.acme.scim('GET', '/Users?startIndex=1&count=100')).body;
      assert.deepEqual([all.totalResults, all.Resources?.length], [total, total]);
    });

    test('A8 a group may come before its users', async () => {
      const team = await createGroup(here.acme, 'A8');
      const id = await createPerson('a8');
      const join = patch({ op: 'add', path: 'members', value: [{ value: id }] });
      assert.equal((await here.acme.scim('PATCH', `/Groups/${team}`, join)).status, 204);
      assert.deepEqual(
        (await items(`/teams/${team}/members`)).map((each) => [each.id, each.inForce]),
        [[id, true]],
      );
    });

    test('A9 provisioning sets no role, whatever it calls people and groups', async () => {
      const says = { roles: [{ value: 'owner', primary: true }], userType: 'admin', title: 'Owner' };
      const id = await createPerson('admin', says);
      const before = (await read(`/access/${id}`)).role;
      for (const name of ['Owners', 'admin', 'Administrators']) await createGroup(here.acme, name, [id]);
      const { role, customRoles } = await read(`/access/${id}`);
      assert.deepEqual([role, customRoles], [before, []]);
      assert.ok(before === 'viewer' || before === 'member');
    });

    test('A10 local people and teams stand beside the managed ones, visibly different', async () => {
      const [local, managed] = [await addPerson('a10-local'), await createPerson('a10')];
      const [own, pushed] = [await addTeam('A10 own'), await createGroup(here.acme, 'A10')];
      assert.deepEqual(
        [await read(`/members/${local}`), await read(`/members/${managed}`)].map(({ origin }) => origin),
        ['local', 'provisioned'],
      );
      assert.deepEqual(
        [await read(`/teams/${own}`), await read(`/teams/${pushed}`)].map(({ origin }) => origin),
        ['local', 'synced'],
      );
    });

    test('A11 a password is nowhere afterwards', async () => {
      const password = 'correct-horse-battery-staple';
      const id = await createPerson('a11', { password });
      await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { password } }));
      const rows = await rowsOf(here.rollcall.db.owner, here.acme.id);
      assert.ok(!JSON.stringify(rows).includes(password));
      assert.equal((await memberRow(here.rollcall, here.acme, id)).status, 'active');
    });

    test('A13 the token of another organization is nonsense here', async () => {
      const globex = await here.rollcall.organization({ settings: { preset } });
      const across = scimClient(here.acme.scimBaseUrl, globex.token);
      assertRefusal(await across('GET', '/Users'), 401);
      const id = await createPerson('a13');
      assertRefusal(await globex.scim('GET', `/Users/${id}`), 404);
    });
  });
}
