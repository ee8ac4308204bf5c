import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readEvents } from '../../src/events/feed.ts';
import { apiClient, type Scim, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

type Change = { path: string; before?: unknown; after?: unknown };

describe('the configuration of an organization as one document', () => {
  let rollcall: TestRollcall;
  let acme: TestOrganization;
  let api: Scim;
  const path = (of: string) => `/organizations/${of}/configuration`;

  before(async () => {
    rollcall = await startRollcall();
    acme = await rollcall.organization({ slug: 'acme' });
    await rollcall.organization({ slug: 'globex' });
    api = apiClient(rollcall.url, rollcall.operatorKey);
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  const plan = async (of: string, wanted: object) => {
    const answer = await api('POST', `${path(of)}/plan`, { version: 1, ...wanted });
    assert.equal(answer.status, 200, answer.text);
    return { changes: answer.body.changes as Change[], etag: answer.headers.get('etag') as string };
  };

  const wanted = {
    name: 'Acme Inc.',
    connection: { state: 'off' },
    policy: { usernameFormat: 'any', defaultRole: 'member' },
    roles: [{ key: 'auditor', name: 'Auditor', permissions: ['members:read'] }],
    seats: { developer: 7 },
  };

  test('an export names what lets somebody in and holds no secret (R5)', async () => {
    await api('POST', '/organizations/acme/api-keys', { name: 'reports', scopes: ['members:read'] });
    const { body, text } = await api('GET', path('acme'));
    assert.deepEqual(body.tokens, [{ name: 'okta', expiresAt: null }]);
    assert.deepEqual(body.apiKeys, [{ name: 'reports', scopes: ['members:read'], expiresAt: null }]);
    assert.ok(!text.includes(acme.token.slice(37)) && !text.includes('globex'));
  });

  test('a plan tells each difference and changes nothing', async () => {
    const before = await api('GET', path('acme'));
    const { changes } = await plan('acme', wanted);
    assert.deepEqual(
      changes.map((change) => change.path),
      ['name', 'connection/state', 'policy/usernameFormat', 'policy/defaultRole', 'roles/auditor', 'seats/developer'],
    );
    assert.deepEqual(changes[0], { path: 'name', before: 'acme', after: 'Acme Inc.' });
    assert.deepEqual((await api('GET', path('acme'))).body, before.body);
  });

  test('what was shown is what happens, with events, and then nothing differs any more', async () => {
    const untouched = (await api('GET', path('globex'))).body;
    const { changes, etag } = await plan('acme', wanted);
    const applied = await api('PUT', path('acme'), { version: 1, ...wanted }, { 'if-match': etag });
    assert.equal(applied.status, 200, applied.text);
    assert.deepEqual(applied.body.changes, changes);
    assert.deepEqual((await plan('acme', wanted)).changes, []);
    const kinds = (await readEvents(rollcall.db.app, acme, { after: 0, limit: 1_000 })).map(({ kind }) => kind);
    for (const kind of [
      'organization.updated',
      'connection.state_changed',
      'policy.changed',
      'role.created',
    ] as const) {
      assert.ok(kinds.includes(kind), kind);
    }
    assert.deepEqual((await api('GET', path('globex'))).body, untouched);
  });

  test('an exported configuration makes another organization like the first, and back again', async () => {
    const [of, other] = [(await api('GET', path('acme'))).body, (await api('GET', path('globex'))).body];
    for (const document of [of, other]) {
      const { etag } = await plan('globex', document);
      assert.equal((await api('PUT', path('globex'), document, { 'if-match': etag })).status, 200);
      const { tokens: _, apiKeys: __, ...after } = (await api('GET', path('globex'))).body;
      const { tokens: ___, apiKeys: ____, ...given } = document;
      assert.deepEqual(after, given);
    }
  });

  test('without the ETag of a plan, or with that of an older state, nothing is applied', async () => {
    const body = { version: 1, name: 'Other' };
    assert.equal((await api('PUT', path('acme'), body)).status, 428);
    const { etag } = await plan('acme', body);
    await api('PATCH', '/organizations/acme', { name: 'Meanwhile' });
    assert.equal((await api('PUT', path('acme'), body, { 'if-match': etag })).status, 412);
    assert.equal((await api('GET', path('acme'))).body.name, 'Meanwhile');
  });

  test('a setting that does not exist is refused by the plan, by its name', async () => {
    const answer = await api('POST', `${path('acme')}/plan`, { version: 1, policy: { everyone: 'admin' } });
    assert.equal(answer.status, 400);
    assert.match(answer.body.detail ?? '', /"everyone"/);
  });

  test('each part needs its own scope, and without one of them nothing is applied (V8.2.1)', async () => {
    const input = { name: 'narrow', scopes: ['policy:read', 'policy:write'] };
    const made = await api('POST', '/organizations/acme/api-keys', input);
    const narrow = apiClient(rollcall.url, made.body.key as string);
    const body = { version: 1, policy: { usernameFormat: 'email' }, seats: { developer: 9 } };
    const { etag } = await plan('acme', body);
    const refused = await narrow('PUT', path('acme'), body, { 'if-match': etag });
    assert.equal(refused.status, 403);
    assert.equal(refused.body.scope, 'licenses:write');
    assert.equal((await plan('acme', body)).changes.length, 2);
    assert.equal((await narrow('GET', path('globex'))).status, 404);
  });
});
