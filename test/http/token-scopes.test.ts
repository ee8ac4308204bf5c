import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { everyTokenScope, type TokenScope } from '../../src/organization/token-scopes.ts';
import { defineResourceType, defineSchema } from '../../src/provisioning/change-definitions.ts';
import { changeToken } from '../../src/provisioning/change-token.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { apiClient, type Scim, scimClient } from '../rollcall.ts';
import { deviceSchema, deviceType } from '../store/twins.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  eventually,
  lastEvent,
  loggedRequestOf,
  patch,
  user,
} from './beside-globex.ts';

const search = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'] };
const bulk = (...Operations: Record<string, unknown>[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
  Operations,
});

describe('scopes of SCIM tokens', () => {
  const here = besideGlobex({ usernameFormat: 'any' });
  const at = () => ({ now: new Date() });

  async function token(...scopes: TokenScope[]): Promise<{ id: string; scim: Scim }> {
    const made = await createToken(here.rollcall.db.app, here.acme, { name: scopes.join(), scopes }, at());
    return { id: made.id, scim: scimClient(here.acme.scimBaseUrl, made.token) };
  }

  test('each request needs the scope of its type and of reading or writing, and the refusal names it and the way out (R4)', async () => {
    const person = await createUser(here.acme, 'scoped');
    const group = await createGroup(here.acme, 'Scoped', [person]);
    const { app } = here.rollcall.db;
    await defineSchema(app, here.acme, { document: deviceSchema, extends: [] }, 'new', at());
    await defineResourceType(app, here.acme, deviceType, 'new', at());
    const device = { schemas: [deviceSchema.id], label: 'one' };
    await eventually(async () => assert.equal((await here.acme.scim('GET', '/Devices')).status, 200));
    const made = await here.acme.scim('POST', '/Devices', device);
    assert.equal(made.status, 201, made.text);

    const requests: [scopes: TokenScope[], method: string, path: string, body?: unknown][] = [
      [['users:read'], 'GET', '/Users'],
      [['users:read'], 'HEAD', '/Users'],
      [['users:read'], 'GET', `/Users/${person}`],
      [['users:read'], 'POST', '/Users/.search', search],
      [['users:write'], 'POST', '/Users', user('scoped-new')],
      [['users:write'], 'PUT', `/Users/${person}`, user('scoped', { title: 'Countess' })],
      [['users:write'], 'PATCH', `/Users/${person}`, patch({ op: 'replace', path: 'title', value: 'Engineer' })],
      [['groups:read'], 'GET', '/Groups'],
      [['groups:read'], 'GET', `/Groups/${group}`],
      [['groups:read'], 'POST', '/Groups/.search', search],
      [['groups:write'], 'POST', '/Groups', { displayName: 'Scoped too' }],
      [['groups:write'], 'PUT', `/Groups/${group}`, { displayName: 'Scoped', members: [] }],
      [
        ['groups:write'],
        'PATCH',
        `/Groups/${group}`,
        patch({ op: 'add', path: 'members', value: [{ value: person }] }),
      ],
      [['groups:write'], 'DELETE', `/Groups/${group}`],
      [['users:write'], 'DELETE', `/Users/${person}`],
      [['resources:read'], 'GET', '/Devices'],
      [['resources:read'], 'GET', `/Devices/${made.body.id}`],
      [['resources:read'], 'POST', '/Devices/.search', search],
      [['resources:write'], 'POST', '/Devices', { ...device, label: 'two' }],
      [['resources:write'], 'PUT', `/Devices/${made.body.id}`, { ...device, label: 'three' }],
      [['resources:write'], 'DELETE', `/Devices/${made.body.id}`],
      [['users:read', 'groups:read', 'resources:read'], 'GET', '/'],
      [['users:read', 'groups:read', 'resources:read'], 'POST', '/.search', search],
      [['discovery:read'], 'GET', '/ServiceProviderConfig'],
      [['discovery:read'], 'GET', '/ResourceTypes'],
      [['discovery:read'], 'GET', '/ResourceTypes/User'],
      [['discovery:read'], 'GET', '/Schemas'],
      [['discovery:read'], 'GET', '/Schemas/urn:ietf:params:scim:schemas:core:2.0:User'],
    ];
    const lacking = new Map<TokenScope, Scim>();
    for (const scope of everyTokenScope) {
      lacking.set(scope, (await token(...everyTokenScope.filter((each) => each !== scope))).scim);
    }
    for (const [scopes, method, path, body] of requests) {
      const before = await lastEvent(here.rollcall, here.acme);
      for (const scope of scopes) {
        const refused = await (lacking.get(scope) as Scim)(method, path, body);
        assert.equal(refused.status, 403, `${method} ${path} without ${scope}`);
        if (method === 'HEAD') continue;
        const says = new RegExp(`lacks the scope ${scope}, which ${method} \\S+ needs.*rollcall token change acme`);
        assertRefusal(refused, 403, undefined, says);
        const { tokenName, detail } = await loggedRequestOf(here.rollcall, here.acme, refused);
        assert.ok(tokenName !== undefined && detail?.includes(scope));
      }
      assert.equal(await lastEvent(here.rollcall, here.acme), before, 'a refusal changes nothing');
      const allowed = await (await token(...scopes)).scim(method, path, body);
      assert.ok(allowed.status < 300, `${method} ${path} with ${scopes}: ${allowed.text}`);
    }
  });

  test('an operation of a bulk needs what its own request would need, and the others go on', async () => {
    const { scim } = await token('users:write');
    const answer = await scim(
      'POST',
      '/Bulk',
      bulk(
        { method: 'POST', path: '/Users', bulkId: 'a', data: user('bulk-a') },
        { method: 'POST', path: '/Groups', bulkId: 'g', data: { displayName: 'By bulk' } },
        { method: 'POST', path: '/Users', bulkId: 'b', data: user('bulk-b') },
      ),
    );
    assert.equal(answer.status, 200, answer.text);
    const operations = answer.body.Operations as { status: string; response?: { detail: string } }[];
    assert.deepEqual(
      operations.map(({ status }) => status),
      ['201', '403', '201'],
    );
    assert.match(operations[1]?.response?.detail ?? '', /lacks the scope groups:write, which POST \/Groups needs/);
  });

  test('operations of a bulk that refer to each other in a circle fail together for a scope that one of them lacks', async () => {
    const { scim } = await token('users:write');
    const manager = (bulkId: string) => ({
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User': { manager: { value: `bulkId:${bulkId}` } },
    });
    const operations = (of: string) =>
      bulk(
        { method: 'POST', path: '/Users', bulkId: 'one', data: user(`${of}-one`, manager('two')) },
        { method: 'POST', path: '/Users', bulkId: 'two', data: user(`${of}-two`, manager('one')) },
      );
    const statuses = async (sender: Scim, of: string) =>
      ((await sender('POST', '/Bulk', operations(of))).body.Operations as { status: string }[]).map(
        ({ status }) => status,
      );
    assert.deepEqual(await statuses((await token('users:read')).scim, 'reader'), ['403', '409']);
    assert.deepEqual(await statuses(scim, 'writer'), ['201', '201']);
  });

  test('what a token may is changed within a second, and the feed tells what was before', async () => {
    const { id, scim } = await token('users:read');
    const { app } = here.rollcall.db;
    assert.equal((await scim('GET', '/Groups')).status, 403);
    const before = await lastEvent(here.rollcall, here.acme);
    assert.equal(
      await changeToken(app, here.acme, id, { scopes: ['groups:read'], addresses: ['127.0.0.0/8'] }, at()),
      true,
    );
    await eventually(async () => assert.equal((await scim('GET', '/Groups')).status, 200));
    assert.equal((await scim('GET', '/Users')).status, 403);
    const [event, ...others] = await eventsAfter(here.rollcall, here.acme, before);
    assert.deepEqual(others, []);
    assert.deepEqual(
      [event?.kind, event?.data],
      [
        'token.limits_changed',
        {
          token: { id, name: 'users:read' },
          before: { scopes: ['users:read'], addresses: [] },
          after: { scopes: ['groups:read'], addresses: ['127.0.0.0/8'] },
        },
      ],
    );
    const stranger = await here.rollcall.organization();
    assert.equal(await changeToken(app, stranger, id, { name: 'mine' }, at()), false);
  });

  test('a token may be used from its addresses only, and a header does not change where a request comes from (R47)', async () => {
    const { app } = here.rollcall.db;
    const elsewhere = { name: 'elsewhere', addresses: ['203.0.113.0/24', '2001:db8::/32'] };
    const made = await createToken(app, here.acme, elsewhere, at());
    const scim = scimClient(here.acme.scimBaseUrl, made.token);
    for (const headers of [{}, { 'x-forwarded-for': '203.0.113.7' }]) {
      const refused = await scim('GET', '/Users', undefined, headers);
      assertRefusal(
        refused,
        403,
        undefined,
        /"elsewhere" may not be used from the address 127\.0\.0\.1.*rollcall token change acme/,
      );
      assert.equal((await loggedRequestOf(here.rollcall, here.acme, refused)).address, '127.0.0.1');
    }
    assert.equal(await changeToken(app, here.acme, made.id, { addresses: [] }, at()), true);
    await eventually(async () => assert.equal((await scim('GET', '/Users')).status, 200));
  });

  test('scopes and ranges that are none are refused by name', async () => {
    const { app } = here.rollcall.db;
    const refused = (input: { scopes?: string[]; addresses?: string[] }, says: RegExp) =>
      assert.rejects(createToken(app, here.acme, { name: 'x', ...input }, at()), says);
    await refused({ scopes: ['users:admin'] }, /no scope "users:admin".*users:read, users:write/);
    await refused({ scopes: [] }, /needs a scope/);
    await refused({ addresses: ['10.0.0.0/33'] }, /"10\.0\.0\.0\/33" is no range/);
    await refused({ addresses: ['10.0.0.1/8'] }, /the range is 10\.0\.0\.0\/8/);
    await refused({ addresses: Array(101).fill('10.0.0.0/8') }, /at most 100/);
  });

  test('the API says which value of a token it refuses, and gives the ceiling that was asked for', async () => {
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const create = (input: object) => api('POST', '/organizations/acme/tokens', { name: 'limited', ...input });
    for (const [input, pointer] of [
      [{ addresses: ['192.0.2.0/24', 'nowhere'] }, '/addresses/1'],
      [{ name: ' ' }, '/name'],
      [{ expiresAt: '2001-01-01T00:00:00Z' }, '/expiresAt'],
    ] as const) {
      const { status, body } = await create(input);
      assert.equal(status, 400);
      assert.deepEqual([body.code, body.errors], ['invalid_setting', [{ in: 'body', pointer, detail: body.detail }]]);
    }
    const before = await lastEvent(here.rollcall, here.acme);
    const { body } = await create({ roleCeiling: 'viewer' });
    assert.equal(body.roleCeiling, 'viewer');
    const [event] = await eventsAfter(here.rollcall, here.acme, before);
    assert.equal((event?.data as { roleCeiling?: string } | undefined)?.roleCeiling, 'viewer');
    const found = async (slug: string) =>
      (await api('GET', `/organizations/${slug}/tokens`)).body.items as { name: string; roleCeiling: string }[];
    assert.equal((await found('acme')).find(({ name }) => name === 'limited')?.roleCeiling, 'viewer');
    assert.ok(!(await found('globex')).some(({ name }) => name === 'limited'));
  });
});
