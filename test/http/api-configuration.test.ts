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
      ['name', 'policy/usernameFormat', 'policy/defaultRole', 'roles/auditor', 'seats/developer', 'connection/state'],
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

  test('a connection that is paused is exported and imported as that', async () => {
    await rollcall.organization({ slug: 'pausing' });
    await api('PATCH', '/organizations/pausing/connection', { state: 'paused' });
    const { connection } = (await api('GET', path('pausing'))).body;
    const other = await rollcall.organization({ slug: 'pausing-too' });
    const { etag } = await plan('pausing-too', { connection });
    const applied = await api('PUT', path('pausing-too'), { version: 1, connection }, { 'if-match': etag });
    assert.equal(applied.status, 200, applied.text);
    assert.deepEqual((await api('GET', path('pausing-too'))).body.connection, connection);
    const person = (await other.scim('POST', '/Users', { userName: 'ada@acme.example' })).body.id;
    const { body } = await api('GET', `/organizations/pausing-too/members/${person}`);
    assert.equal(body.status, 'held', 'what is asked is held');
  });

  const everything = {
    policy: { preset: 'dbt' },
    roles: [{ key: 'auditor', name: 'Auditor', permissions: ['members:read'] }],
    seats: { developer: 7, planner: 3 },
    teamMappings: { Engineers: { role: 'auditor', license: 'planner' } },
    signInGroups: { 'okta-engineers': 'planner' },
    schemas: [
      {
        definition: { id: 'urn:example:badge', name: 'Badge', attributes: [{ name: 'badge', type: 'string' }] },
        extends: [{ resourceType: 'User' }],
      },
      { definition: { id: 'urn:example:device', name: 'Device', attributes: [{ name: 'label', type: 'string' }] } },
    ],
    resourceTypes: [{ name: 'Device', endpoint: '/Devices', schema: 'urn:example:device' }],
  };

  test('mappings, groups of sign-ins, presets, schemas and resource types are exported, planned, applied and taken away again', async () => {
    const org = await rollcall.organization({ slug: 'whole' });
    const person = (await org.scim('POST', '/Users', { userName: 'ada@acme.example', active: true })).body.id;
    await org.scim('POST', '/Groups', { displayName: 'Engineers', members: [{ value: person }] });
    const bare = (await api('GET', path('whole'))).body;
    const planned = await api('POST', `${path('whole')}/plan`, { version: 1, ...everything });
    assert.equal(planned.status, 200, planned.text);
    const paths = (planned.body.changes as Change[]).map((change) => change.path);
    for (const each of [
      'schemas/urn:example:badge',
      'resourceTypes/Device',
      'policy/preset',
      'policy/licenseSource',
      'roles/auditor',
      'seats/planner',
      'teamMappings/Engineers',
      'signInGroups/okta-engineers',
    ]) {
      assert.ok(paths.includes(each), each);
    }
    const { counts, first } = planned.body as { counts: Record<string, number>; first: { id: string; says: string }[] };
    assert.equal(counts['member.license_changed'], 1);
    assert.ok(first.some(({ id, says }) => id === person && says === 'license none becomes planner'));
    assert.deepEqual((await api('GET', path('whole'))).body, bare, 'a plan changes nothing');

    const etag = planned.headers.get('etag') as string;
    const applied = await api('PUT', path('whole'), { version: 1, ...everything }, { 'if-match': etag });
    assert.equal(applied.status, 200, applied.text);
    assert.deepEqual((await plan('whole', everything)).changes, []);
    const access = (await api('GET', `/organizations/whole/access/${person}`)).body;
    assert.deepEqual([access.customRoles, access.license], [['auditor'], 'planner']);
    const events = await readEvents(rollcall.db.app, org, { after: 0, limit: 1_000 });
    const policyChange = events.find(({ kind }) => kind === 'policy.changed');
    assert.ok(policyChange?.kind === 'policy.changed' && policyChange.data.changed.preset?.after === 'dbt');

    for (const wanted of [bare, { version: 1, seats: { planner: 0 } }]) {
      const { etag: back } = await plan('whole', wanted);
      const undone = await api('PUT', path('whole'), wanted, { 'if-match': back });
      assert.equal(undone.status, 200, undone.text);
    }
    const { seats: _, ...again } = (await api('GET', path('whole'))).body;
    const { seats: __, ...first1 } = bare;
    assert.deepEqual(again, first1);
  });

  test('what decides about people is one transaction: where one part is not possible, nothing of it happened', async () => {
    const org = await rollcall.organization({ slug: 'atomic' });
    const before = (await api('GET', path('atomic'))).body;
    const body = {
      version: 1,
      name: 'Other',
      roles: [{ key: 'auditor', name: 'Auditor', permissions: [] }],
      teamMappings: { Nobody: { role: 'auditor' } },
    };
    const planned = await api('POST', `${path('atomic')}/plan`, body);
    assert.deepEqual([planned.status, /no team named "Nobody"/.test(planned.body.detail ?? '')], [409, true]);
    const { etag } = await plan('atomic', { name: 'Other' });
    assert.equal((await api('PUT', path('atomic'), body, { 'if-match': etag })).status, 409);
    assert.deepEqual((await api('GET', path('atomic'))).body, before);
    const events = await readEvents(rollcall.db.app, org, { after: 0, limit: 100 });
    assert.ok(!events.some(({ kind }) => kind === 'role.created' || kind === 'organization.updated'));
  });

  test('B49: a setting that opens locks is confirmed here as well', async () => {
    const body = { version: 1, policy: { manualUpdates: 'on' } };
    const planned = await api('POST', `${path('atomic')}/plan`, body);
    assert.equal((planned.body.confirm as { setting: string }[])[0]?.setting, 'manualUpdates');
    const headers = { 'if-match': planned.headers.get('etag') as string };
    assert.equal((await api('PUT', path('atomic'), body, headers)).body.code, 'confirmation_required');
    assert.equal((await api('PUT', path('atomic'), { ...body, confirm: ['manualUpdates'] }, headers)).status, 200);
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
    const licensing = { name: 'licensing', scopes: ['policy:read', 'policy:write', 'licenses:write'] };
    const { key } = (await api('POST', '/organizations/acme/api-keys', licensing)).body;
    const seats = await apiClient(rollcall.url, key as string)('PUT', path('acme'), body, { 'if-match': etag });
    assert.deepEqual([seats.status, /for the operator/.test(seats.body.detail ?? '')], [403, true]);
    assert.equal((await plan('acme', body)).changes.length, 2);
    assert.equal((await narrow('GET', path('globex'))).status, 404);
  });
});
