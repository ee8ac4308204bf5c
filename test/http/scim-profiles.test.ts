/** What an organization's profile changes at its endpoint, and nobody else's. Each deviation by itself: test/scim/profiles.test.ts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Permission } from '../../src/organization/permissions.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { setScimProfile } from '../../src/provisioning/set-scim-profile.ts';
import { profileNames } from '../../src/scim/profiles.ts';
import { apiClient } from '../rollcall.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  eventually,
  filtered,
  lastEvent,
  loggedRequestOf,
  patch,
  user,
} from './beside-globex.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const nobody = '0192f0c1-2a3b-7c4d-8e5f-60718293a4b5';

describe('the profile rfc', () => {
  const here = besideGlobex({ scimProfile: 'rfc' });

  test('every way to write or look is held to the RFC, and a refusal changes nothing', async () => {
    const { acme, rollcall } = here;
    const ada = await createUser(acme, 'ada');
    const group = await createGroup(acme, 'Engineering', []);
    const before = await lastEvent(rollcall, acme);
    const core = 'urn:ietf:params:scim:schemas:core:2.0';
    const { schemas: _, ...unnamed } = user('grace');
    const refused: [method: string, path: string, body: unknown, scimType: string][] = [
      ['POST', '/Users', unnamed, 'invalidValue'],
      ['POST', '/Users', user('grace', { active: 'True' }), 'invalidValue'],
      ['PUT', `/Users/${ada}`, user('ada', { [enterprise]: { department: 'x' } }), 'invalidValue'],
      ['PATCH', `/Users/${ada}`, patch({ op: 'Replace', path: 'title', value: 'x' }), 'invalidSyntax'],
      [
        'PATCH',
        `/Users/${ada}`,
        patch({ op: 'replace', path: 'phoneNumbers[type eq "work"].value', value: '7' }),
        'noTarget',
      ],
      ['POST', '/Groups', { schemas: [`${core}:Group`], displayName: 'G', members: [ada] }, 'invalidValue'],
      [
        'POST',
        '/Groups',
        { schemas: [`${core}:Group`], displayName: 'G', members: [{ value: nobody }] },
        'invalidValue',
      ],
      [
        'PUT',
        `/Groups/${group}`,
        { schemas: [`${core}:Group`], displayName: 'G', members: { value: ada } },
        'invalidValue',
      ],
      [
        'PATCH',
        `/Groups/${group}`,
        patch({ op: 'add', path: 'members', value: [{ value: ada }, { value: nobody }] }),
        'invalidValue',
      ],
      ['PATCH', `/Groups/${group}`, patch({ op: 'replace', value: { id: nobody, displayName: 'G' } }), 'mutability'],
      ['GET', filtered('/Users', 'userName eq ada'), undefined, 'invalidFilter'],
      ['GET', filtered('/Groups', 'displayName eq Engineering'), undefined, 'invalidFilter'],
      [
        'POST',
        '/Users/.search',
        { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], count: '1' },
        'invalidValue',
      ],
    ];
    for (const [method, path, body, scimType] of refused) {
      const answer = await acme.scim(method, path, body);
      assertRefusal(answer, 400, scimType, /Other SCIM profiles than this organization's, which is rfc, may accept it/);
      assert.equal((await loggedRequestOf(rollcall, acme, answer)).status, 400);
    }
    assert.equal(await lastEvent(rollcall, acme), before);
  });

  test('a remove that carries values removes those and no others, in this profile too (E62)', async () => {
    const { acme } = here;
    const [ben, cleo] = [await createUser(acme, 'ben'), await createUser(acme, 'cleo')];
    const group = await createGroup(acme, 'Analysts', [ben, cleo]);
    await acme.scim('PATCH', `/Groups/${group}`, patch({ op: 'remove', path: 'members', value: [{ value: ben }] }));
    const { body } = await acme.scim('GET', `/Groups/${group}`);
    assert.deepEqual(
      (body.members as { value: string }[]).map(({ value }) => value),
      [cleo],
    );
  });
});

describe('the profile of an organization', () => {
  const here = besideGlobex();

  test('is another from one request to the next, with an event, and what is stored stays (E25)', async () => {
    const { acme, rollcall } = here;
    const id = await createUser(acme, 'dora', { emails: [] });
    const create = patch({ op: 'replace', path: 'emails[type eq "work"].value', value: 'd@mail.example' });
    const after = await lastEvent(rollcall, acme);
    const isFelt = (status: number) =>
      eventually(async () =>
        assert.equal((await acme.scim('GET', filtered('/Users', 'userName eq ada'))).status, status),
      );
    assert.ok(await setScimProfile(rollcall.db.app, acme, 'rfc', { now: new Date() }));
    await isFelt(400);
    assertRefusal(await acme.scim('PATCH', `/Users/${id}`, create), 400, 'noTarget', /selects no value/);
    assert.ok(await setScimProfile(rollcall.db.app, acme, 'entra', { now: new Date() }));
    await isFelt(200);
    const answer = await acme.scim('PATCH', `/Users/${id}`, create);
    assert.deepEqual([answer.status, answer.text], [204, '']);
    const logged = await loggedRequestOf(rollcall, acme, answer);
    assert.deepEqual([logged.status, logged.tolerances], [204, ['created-on-no-target']]);
    assert.equal(await setScimProfile(rollcall.db.app, acme, 'entra', { now: new Date() }), false);
    const events = (await eventsAfter(rollcall, acme, after)).filter(({ kind }) => kind.startsWith('connection.'));
    assert.deepEqual(
      events.map(({ kind, data }) => [kind, data]),
      [
        ['connection.profile_changed', { connection: acme.connectionId, before: 'generic', after: 'rfc' }],
        ['connection.profile_changed', { connection: acme.connectionId, before: 'rfc', after: 'entra' }],
      ],
    );
    const { body } = await acme.scim('GET', `/Users/${id}`);
    assert.deepEqual(body.emails, [{ type: 'work', value: 'd@mail.example' }]);
  });

  test('is set when it is created, and is that of no other organization', async () => {
    const { rollcall } = here;
    for (const scimProfile of profileNames) {
      const organization = await rollcall.organization({ settings: { scimProfile } });
      const bare = await organization.scim('GET', filtered('/Users', 'userName eq ada'));
      assert.equal(bare.status, scimProfile === 'generic' || scimProfile === 'entra' ? 200 : 400, scimProfile);
    }
    await assert.rejects(rollcall.organization({ settings: { scimProfile: 'strict' } }), {
      message: 'The SCIM profile (setting scimProfile) is one of generic, okta, entra, rfc, not "strict".',
    });
  });

  test('is read and set through the management API by whoever may, and by nobody for another organization', async () => {
    const { acme, rollcall } = here;
    const key = (scopes: Permission[]) =>
      createApiKey(rollcall.db.app, acme, { name: 'test', scopes }, { now: new Date() }).then((created) =>
        apiClient(rollcall.url, created.key),
      );
    const [reader, writer] = [await key(['connection:read']), await key(['connection:read', 'connection:write'])];
    const path = '/organizations/acme/scim-profile';
    const before = await lastEvent(rollcall, acme);
    assert.equal((await reader('PUT', path, { scimProfile: 'rfc' })).body.scope, 'connection:write');
    assert.equal((await writer('PUT', path, { scimProfile: 'strict' })).status, 400);
    assert.equal((await writer('PUT', '/organizations/globex/scim-profile', { scimProfile: 'rfc' })).status, 404);
    assert.equal((await writer('GET', '/organizations/globex/scim-profile')).status, 404);
    assert.equal(await lastEvent(rollcall, acme), before);

    const set = await writer('PUT', path, { scimProfile: 'okta' });
    assert.equal(set.status, 200, set.text);
    const read = await reader('GET', path);
    assert.deepEqual(read.body, set.body);
    assert.equal(read.body.scimProfile, 'okta');
    const accepted = (read.body.accepts as { name: string }[]).map(({ name }) => name);
    assert.ok(accepted.includes('op-case') && !accepted.includes('bare-word'));
    const [event, ...more] = await eventsAfter(rollcall, acme, before);
    assert.deepEqual([event?.kind, event?.actor.type, more], ['connection.profile_changed', 'key', []]);
  });

  test('says nothing that discovery would have to take back: the documents are the same in all', async () => {
    const { rollcall } = here;
    for (const path of ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas']) {
      const texts = new Set<string>();
      for (const scimProfile of profileNames) {
        const organization = await rollcall.organization({ settings: { scimProfile } });
        const { text } = await organization.scim('GET', path);
        texts.add(text.replaceAll(`/${organization.slug}/`, '/acme/'));
      }
      assert.equal(texts.size, 1, path);
    }
  });
});
