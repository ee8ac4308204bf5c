import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readEvents } from '../../src/events/feed.ts';
import type { Permission } from '../../src/organization/permissions.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { type Scim, scimClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { eventually } from './beside-globex.ts';

describe('/Me, the person behind an API key (RFC 7644 §3.11)', () => {
  let rollcall: TestRollcall;
  let acme: TestOrganization;
  let globex: TestOrganization;
  let ada: { id: string; me: Scim };
  let local: { id: string; me: Scim; keyId: string };

  before(async () => {
    rollcall = await startRollcall();
    [acme, globex] = [await rollcall.organization({ slug: 'acme' }), await rollcall.organization({ slug: 'globex' })];
    ada = await person('ada', ['me:read', 'me:write']);
    local = await person('lea', ['me:read', 'me:write']);
    await rollcall.db.owner.query(
      `update members set origin = 'local', connection_id = null where org_id = $1 and id = $2`,
      [acme.id, local.id],
    );
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  async function person(name: string, scopes: Permission[]) {
    const user = { userName: `${name}@acme.example`, displayName: name, active: true };
    const id = (await acme.scim('POST', '/Users', user)).body.id as string;
    const input = { name: `of ${name}`, scopes, memberId: id };
    const { key, id: keyId } = await createApiKey(rollcall.db.app, acme, input, { now: new Date() });
    return { id, keyId, me: scimClient(acme.scimBaseUrl, key) };
  }
  const patch = (...Operations: object[]) => ({
    schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
    Operations,
  });
  const nickName = (value: string) => patch({ op: 'replace', path: 'nickName', value });

  test('7644-3.11-alias, 7644-3.11-location: a person reads the own resource, and every answer names where it is', async () => {
    const mine = await ada.me('GET', '/Me');
    assert.equal(mine.status, 200);
    assert.deepEqual(mine.body, (await acme.scim('GET', `/Users/${ada.id}`)).body);
    assert.equal(mine.headers.get('location'), `${acme.scimBaseUrl}/Users/${ada.id}`);
    const held = await ada.me('GET', '/Me', undefined, { 'if-none-match': mine.headers.get('etag') as string });
    assert.equal(held.status, 304);
    assert.deepEqual(Object.keys((await ada.me('GET', '/Me?attributes=displayName')).body).sort(), [
      'displayName',
      'id',
      'schemas',
    ]);
  });

  test('a person’s key opens nothing else of the endpoint, and nothing of another organization (R6, R7)', async () => {
    for (const path of ['/Users', `/Users/${ada.id}`, '/Groups', '/.search', '/ServiceProviderConfig', '/Me/x']) {
      assert.equal((await ada.me('GET', path)).status, 401, path);
    }
    const { key } = await createApiKey(
      rollcall.db.app,
      acme,
      { name: 'x', scopes: ['me:read'], memberId: ada.id },
      { now: new Date() },
    );
    const elsewhere = scimClient(globex.scimBaseUrl, key);
    assert.equal((await elsewhere('GET', '/Me')).status, 401);
    const nowhere = scimClient(globex.scimBaseUrl.replace('globex', 'nobody'), key);
    assert.equal(
      (await nowhere('GET', '/Me')).body.detail?.split(' (')[0],
      (await elsewhere('GET', '/Me')).body.detail?.split(' (')[0],
    );
  });

  test('a key of the organization is nobody, and a key without the scope may not', async () => {
    const input = { name: 'machine', scopes: ['me:read', 'members:read'] };
    const machine = scimClient(
      acme.scimBaseUrl,
      (await createApiKey(rollcall.db.app, acme, input, { now: new Date() })).key,
    );
    assert.equal((await machine('GET', '/Me')).status, 401);
    const reader = await person('reader', ['me:read']);
    assert.equal((await reader.me('GET', '/Me')).status, 200);
    const refused = await reader.me('PATCH', '/Me', nickName('R'));
    assert.equal(refused.status, 403);
    assert.match(refused.body.detail ?? '', /me:write/);
    assert.equal(refused.headers.get('location'), `${acme.scimBaseUrl}/Users/${reader.id}`);
  });

  test('what the identity provider owns is not the person’s to change, whatever it is', async () => {
    for (const [method, body] of [
      ['PATCH', nickName('Countess')],
      ['PUT', { userName: 'ada@acme.example', nickName: 'Countess' }],
      ['DELETE', undefined],
      ['POST', { userName: 'ada@acme.example' }],
    ] as const) {
      const answer = await ada.me(method, '/Me', body);
      assert.equal(answer.status, 403, method);
    }
    assert.equal((await acme.scim('GET', `/Users/${ada.id}`)).body.nickName, undefined);
  });

  test('a person of no provider changes their own profile, and the feed and the log say who it was', async () => {
    const changed = await local.me('PATCH', '/Me', nickName('Lea'));
    assert.equal(changed.status, 200);
    assert.equal(changed.body.nickName, 'Lea');
    const events = await readEvents(rollcall.db.app, acme, { after: 0, limit: 1_000 });
    const event = events.findLast(({ kind }) => kind === 'member.updated');
    assert.deepEqual(event?.actor, { type: 'member', id: local.id, userName: 'lea@acme.example', key: local.keyId });
    assert.equal(event?.requestId, changed.headers.get('rollcall-request'));
    const { rows } = await rollcall.db.owner.query(
      'select origin, connection_id from members where org_id = $1 and id = $2',
      [acme.id, local.id],
    );
    assert.deepEqual(rows, [{ origin: 'local', connection_id: null }]);
    const { body } = await local.me('GET', '/Me');
    const { id: _, meta: __, groups: ___, ...resource } = body;
    const put = await local.me('PUT', '/Me', { ...resource, nickName: 'L.' });
    assert.equal(put.body.nickName, 'L.');
  });

  const foreign: [string, object][] = [
    ['active', patch({ op: 'replace', path: 'active', value: false })],
    ['userName', patch({ op: 'replace', path: 'userName', value: 'root@acme.example' })],
    ['emails', patch({ op: 'add', path: 'emails', value: [{ value: 'ceo@acme.example' }] })],
    ['roles', patch({ op: 'add', path: 'roles', value: [{ value: 'owner' }] })],
    ['externalId', patch({ op: 'replace', value: { externalId: '00u1', nickName: 'x' } })],
  ];
  for (const [attribute, body] of foreign) {
    test(`nobody gives themselves ${attribute}, and nothing beside it is changed (R10, R12, R13)`, async () => {
      const before = await acme.scim('GET', `/Users/${local.id}`);
      const answer = await local.me('PATCH', '/Me', body);
      assert.equal(answer.status, 403);
      assert.match(answer.body.detail ?? '', new RegExp(attribute));
      assert.deepEqual((await acme.scim('GET', `/Users/${local.id}`)).body, before.body);
    });
  }

  test('a change with If-Match of an older version is refused', async () => {
    const etag = (await local.me('GET', '/Me')).headers.get('etag') as string;
    assert.equal((await local.me('PATCH', '/Me', nickName('one'), { 'if-match': etag })).status, 200);
    assert.equal((await local.me('PATCH', '/Me', nickName('two'), { 'if-match': etag })).status, 412);
  });

  test('a person who is deactivated is nobody any more', async () => {
    const gone = await person('gone', ['me:read']);
    assert.equal((await gone.me('GET', '/Me')).status, 200);
    await acme.scim('PATCH', `/Users/${gone.id}`, patch({ op: 'replace', path: 'active', value: false }));
    await eventually(async () => assert.equal((await gone.me('GET', '/Me')).status, 401));
  });
});
