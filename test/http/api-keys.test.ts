import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { v7 as newUuid } from 'uuid';
import { readEvents } from '../../src/events/feed.ts';
import type { Permission } from '../../src/organization/permissions.ts';
import { type CreatedApiKey, createApiKey } from '../../src/provisioning/create-api-key.ts';
import { apiClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { eventually } from './beside-globex.ts';

describe('API keys', () => {
  let rollcall: TestRollcall;
  let acme: TestOrganization;
  let globex: TestOrganization;

  before(async () => {
    rollcall = await startRollcall();
    [acme, globex] = [await rollcall.organization({ slug: 'acme' }), await rollcall.organization({ slug: 'globex' })];
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  const operator = () => apiClient(rollcall.url, rollcall.operatorKey);
  const keyOf = async (
    organization: TestOrganization,
    scopes: Permission[],
    more: { memberId?: string; expiresAt?: Date; now?: Date } = {},
  ): Promise<CreatedApiKey> => {
    const { now = new Date(), ...input } = more;
    return await createApiKey(rollcall.db.app, organization, { name: 'test', scopes, ...input }, { now });
  };
  const withKey = async (...args: Parameters<typeof keyOf>) => apiClient(rollcall.url, (await keyOf(...args)).key);

  const personOf = async (organization: TestOrganization, name: string): Promise<string> => {
    const user = { userName: `${name}@${organization.slug}.example`, active: true };
    return (await organization.scim('POST', '/Users', user)).body.id as string;
  };

  test('a key does what its scopes say and is refused the rest, which the refusal names (V8.2.1)', async () => {
    const api = await withKey(acme, ['organization:read']);
    assert.equal((await api('GET', '/organizations/acme')).status, 200);
    const refused = await api('GET', '/organizations/acme/requests');
    assert.equal(refused.status, 403);
    assert.equal(refused.body.code, 'scope_missing');
    assert.equal(refused.body.scope, 'requests:read');
    assert.equal((await api('GET', '/status')).body.code, 'forbidden');
  });

  test('a key reaches its own organization, by slug and by id, and another one is as absent as none (R7, I8)', async () => {
    const api = await withKey(acme, ['organization:read', 'keys:read', 'keys:write']);
    for (const name of ['acme', 'ACME', acme.id])
      assert.equal((await api('GET', `/organizations/${name}`)).status, 200);
    for (const path of ['', '/api-keys']) {
      const [foreign, missing] = [
        await api('GET', `/organizations/globex${path}`),
        await api('GET', `/organizations/nobody${path}`),
      ];
      assert.equal(foreign.status, 404);
      assert.equal(foreign.text.replaceAll('globex', ''), missing.text.replaceAll('nobody', ''));
    }
    const list = await api('GET', '/organizations');
    assert.deepEqual(
      (list.body.items as { id: string }[]).map(({ id }) => id),
      [acme.id],
    );
    const foreignKey = await keyOf(globex, ['keys:read']);
    const revoked = await api('DELETE', `/organizations/acme/api-keys/${foreignKey.id}`);
    const never = await api('DELETE', `/organizations/acme/api-keys/${newUuid()}`);
    assert.equal(revoked.status, 404);
    assert.equal(revoked.text.replace(foreignKey.id, ''), never.text.replace(/[0-9a-f-]{36}/, ''));
  });

  test('SCIM tokens, API keys and the operator key open nothing of each other (R6)', async () => {
    const { key } = await keyOf(acme, ['organization:read']);
    assert.equal((await apiClient(rollcall.url, acme.token)('GET', '/organizations/acme')).status, 401);
    const scim = await fetch(`${acme.scimBaseUrl}/Users`, { headers: { authorization: `Bearer ${key}` } });
    assert.equal(scim.status, 401);
    const operator = await fetch(`${acme.scimBaseUrl}/Users`, {
      headers: { authorization: `Bearer ${rollcall.operatorKey}` },
    });
    assert.equal(operator.status, 401);
  });

  test('a key is shown once: neither the list, the feed nor the database holds it (R3, R5)', async () => {
    const created = await operator()('POST', '/organizations/acme/api-keys', {
      name: 'shown',
      scopes: ['events:read'],
    });
    assert.equal(created.status, 201);
    const key = created.body.key as string;
    assert.match(key, /^rck_[0-9a-f]{32}_[0-9A-Za-z]{49}$/);
    const list = await operator()('GET', '/organizations/acme/api-keys');
    const events = await readEvents(rollcall.db.app, acme, { after: 0, limit: 1_000 });
    const { rows } = await rollcall.db.owner.query('select to_jsonb(k)::text as row from api_keys k');
    for (const text of [list.text, JSON.stringify(events), JSON.stringify(rows)]) {
      assert.ok(text.includes('shown'));
      assert.ok(!text.includes(key.slice(37)));
    }
    const event = events.find((each) => each.kind === 'api_key.created' && each.data.key.name === 'shown');
    assert.deepEqual(event?.actor, { type: 'operator' });
  });

  test('a key gives no more than it has, and one of a person makes keys for that person only', async () => {
    const api = await withKey(acme, ['keys:write', 'events:read']);
    const path = '/organizations/acme/api-keys';
    assert.equal((await api('POST', path, { name: 'less', scopes: ['events:read'] })).status, 201);
    const more = await api('POST', path, { name: 'more', scopes: ['events:read', 'tokens:write'] });
    assert.equal(more.status, 403);
    assert.match(more.body.detail as string, /tokens:write/);
  });

  test('who did something with a key is in the feed', async () => {
    const created = await keyOf(acme, ['keys:write']);
    const api = apiClient(rollcall.url, created.key);
    const other = await keyOf(acme, ['events:read']);
    const renamed = await api('PATCH', `/organizations/acme/api-keys/${other.id}`, { name: 'reports' });
    assert.equal(renamed.body.name, 'reports');
    const events = await readEvents(rollcall.db.app, acme, { after: 0, limit: 1_000 });
    const event = events.findLast((each) => each.kind === 'api_key.renamed');
    assert.deepEqual(event?.data, {
      key: { id: other.id, name: 'reports' },
      before: { name: 'test' },
      after: { name: 'reports' },
    });
    assert.deepEqual(event?.actor, { type: 'key', id: created.id, name: 'test' });
  });

  test('a key that is revoked is refused on every process within a second, with the reason (R4)', async () => {
    await using second = await rollcall.startNode();
    const created = await keyOf(acme, ['organization:read']);
    const nodes = [rollcall.url, second.url].map((url) => apiClient(url, created.key));
    for (const api of nodes) assert.equal((await api('GET', '/organizations/acme')).status, 200);
    assert.equal((await operator()('DELETE', `/organizations/acme/api-keys/${created.id}`)).status, 204);
    for (const api of nodes) {
      await eventually(async () => {
        const answer = await api('GET', '/organizations/acme');
        assert.equal(answer.status, 401);
        assert.match(answer.body.detail as string, /was revoked/);
      });
    }
  });

  test('a key that has expired is refused', async () => {
    const past = new Date(Date.now() - 60_000);
    const api = await withKey(acme, ['organization:read'], { now: past, expiresAt: new Date(Date.now() - 30_000) });
    const answer = await api('GET', '/organizations/acme');
    assert.equal(answer.status, 401);
    assert.match(answer.body.detail as string, /has expired/);
  });

  const deactivations: [string, (id: string) => Promise<unknown>][] = [
    ['PUT', (id) => acme.scim('PUT', `/Users/${id}`, { userName: `put-${id}@acme.example`, active: false })],
    [
      'PATCH with a path',
      (id) => acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'active', value: false })),
    ],
    [
      'PATCH without a path',
      (id) => acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } })),
    ],
    ['DELETE', (id) => acme.scim('DELETE', `/Users/${id}`)],
    [
      'Bulk',
      (id) =>
        acme.scim('POST', '/Bulk', {
          schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
          Operations: [
            { method: 'PATCH', path: `/Users/${id}`, data: patch({ op: 'replace', path: 'active', value: false }) },
          ],
        }),
    ],
  ];
  for (const [path, deactivate] of deactivations) {
    test(`a person's key ends with the person, deactivated by ${path}, and does not come back (R16, I7)`, async () => {
      const name = path.toLowerCase().replaceAll(' ', '-');
      const memberId = await personOf(acme, name);
      const api = await withKey(acme, ['members:read', 'organization:read'], { memberId });
      const foreigner = await personOf(globex, name);
      const foreignApi = await withKey(globex, ['organization:read'], { memberId: foreigner });
      assert.equal((await api('GET', '/organizations/acme')).status, 200);
      await deactivate(memberId);
      await eventually(async () => assert.equal((await api('GET', '/organizations/acme')).status, 401));
      await acme.scim('PATCH', `/Users/${memberId}`, patch({ op: 'replace', path: 'active', value: true }));
      assert.equal((await api('GET', '/organizations/acme')).status, 401);
      const { rows } = await rollcall.db.owner.query(
        'select revoked_at from api_keys where org_id = $1 and member_id = $2',
        [acme.id, memberId],
      );
      assert.ok(rows.every((row) => row.revoked_at !== null));
      assert.equal((await foreignApi('GET', '/organizations/globex')).status, 200);
    });
  }

  for (const [how, end] of [
    ['suspends', (id: string) => operator()('POST', `/organizations/acme/members/${id}/suspend`)],
    ['removes', (id: string) => operator()('DELETE', `/organizations/acme/members/${id}`)],
  ] as const) {
    test(`the key of a person whom an admin ${how} by hand ends as well (R16)`, async () => {
      const local = { userName: `${how}@local.example`, breakGlass: true };
      const added = await operator()('POST', '/organizations/acme/members', local);
      assert.equal(added.status, 201, added.text);
      const api = await withKey(acme, ['organization:read'], { memberId: added.body.id as string });
      assert.equal((await api('GET', '/organizations/acme')).status, 200);
      const ended = await end(added.body.id as string);
      assert.ok(ended.status < 300, ended.text);
      await eventually(async () => assert.equal((await api('GET', '/organizations/acme')).status, 401));
    });
  }

  test('a person’s key may what the person may now: with the role goes the right, within half a second (D39)', async () => {
    const memberId = await personOf(acme, 'promoted');
    const api = await withKey(acme, ['members:read', 'tokens:read', 'tokens:write'], { memberId });
    const refused = await api('GET', '/organizations/acme/tokens');
    assert.deepEqual([refused.status, refused.body.scope], [403, 'tokens:read']);
    const become = (role: string) =>
      rollcall.db.owner.query('update members set role = $3 where org_id = $1 and id = $2', [acme.id, memberId, role]);
    await become('admin');
    await eventually(async () => assert.equal((await api('GET', '/organizations/acme/tokens')).status, 200));
    assert.equal((await api('GET', '/organizations/acme/requests')).status, 403);
    await become('viewer');
    await eventually(async () => assert.equal((await api('GET', '/organizations/acme/tokens')).status, 403));
  });

  test('nobody makes a key for a person who is not active, or not of this organization', async () => {
    const suspended = (await acme.scim('POST', '/Users', { userName: 'off@acme.example', active: false })).body.id;
    const foreigner = await personOf(globex, 'foreigner');
    for (const member of [suspended, foreigner, newUuid()]) {
      const answer = await operator()('POST', '/organizations/acme/api-keys', {
        name: 'x',
        scopes: ['me:read'],
        member,
      });
      assert.equal(answer.status, 404);
      assert.match(answer.body.detail as string, /no active member/);
    }
  });

  test('a suspended organization refuses its keys, and only its (R16)', async () => {
    const initech = await rollcall.organization({ slug: 'initech' });
    const api = await withKey(initech, ['organization:read']);
    assert.equal((await api('GET', '/organizations/initech')).status, 200);
    assert.equal((await operator()('PATCH', '/organizations/initech', { status: 'suspended' })).status, 200);
    await eventually(async () => assert.equal((await api('GET', '/organizations/initech')).status, 403));
    assert.equal((await (await withKey(acme, ['organization:read']))('GET', '/organizations/acme')).status, 200);
    await operator()('PATCH', '/organizations/initech', { status: 'active' });
    await eventually(async () => assert.equal((await api('GET', '/organizations/initech')).status, 200));
  });

  test('the last use of a key is noted with its address and client', async () => {
    const created = await keyOf(acme, ['organization:read']);
    await apiClient(rollcall.url, created.key)('GET', '/organizations/acme', undefined, { 'user-agent': 'reports/1' });
    await eventually(async () => {
      const { body } = await operator()('GET', '/organizations/acme/api-keys');
      const shown = (body.items as Record<string, unknown>[]).find(({ id }) => id === created.id);
      assert.deepEqual([shown?.lastUsedClient, shown?.lastUsedAddress], ['reports/1', '127.0.0.1']);
    });
  });
});

const patch = (...Operations: object[]) => ({
  schemas: ['urn:ietf:params:scim:api:messages:2.0:PatchOp'],
  Operations,
});
