import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readEvents } from '../../src/events/feed.ts';
import { permissions } from '../../src/organization/permissions.ts';
import { everyTokenScope } from '../../src/organization/token-scopes.ts';
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
    const token = { name: 'okta', expiresAt: null, scopes: everyTokenScope, addresses: [], roleCeiling: 'member' };
    assert.deepEqual(body.tokens, [token]);
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
    const { counts, items } = planned.body as { counts: Record<string, number>; items: Record<string, unknown>[] };
    assert.deepEqual(counts, { 'member.role': 1, 'member.license': 1 });
    const license = items.find(({ kind }) => kind === 'member.license');
    assert.deepEqual(
      [license?.name, license?.from, license?.to, license?.because],
      ['ada@acme.example', null, 'planner', 'a team that an admin mapped to the license gives it'],
    );
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

  test('domains, lists of addresses and limits of tokens are exported, planned and applied, and a second time nothing differs', async () => {
    const org = await rollcall.organization({ slug: 'guarded' });
    const untouched = (await api('GET', path('globex'))).body;
    await api('POST', '/organizations/guarded/domains', { name: 'old.example' });
    const document = {
      domains: ['Acme.Example', 'ada.example'],
      addresses: {
        appliesTo: 'scim',
        allow: [{ range: '192.0.2.0/24', note: 'office' }, { range: '127.0.0.0/8' }],
        deny: [{ range: '192.0.2.7' }],
      },
      tokens: [
        {
          name: 'okta',
          scopes: ['users:read', 'users:write'],
          addresses: ['127.0.0.1'],
          expiresAt: '2099-01-01T00:00:00Z',
        },
        { name: 'nobody’s', scopes: ['users:read'] },
      ],
    };
    const planned = await api('POST', `${path('guarded')}/plan`, { version: 1, ...document });
    assert.equal(planned.status, 200, planned.text);
    assert.deepEqual(
      (planned.body.changes as Change[]).map((change) => [change.path, change.before === undefined]),
      [
        ['domains/acme.example', true],
        ['domains/ada.example', true],
        ['domains/old.example', false],
        ['addresses/appliesTo', false],
        ['addresses/allow/127.0.0.0/8', true],
        ['addresses/allow/192.0.2.0/24', true],
        ['addresses/deny/192.0.2.7/32', true],
        ['tokens/okta/expiresAt', false],
        ['tokens/okta/scopes', false],
        ['tokens/okta/addresses', false],
      ],
    );
    assert.deepEqual(planned.body.tokensMissing, ['nobody’s']);
    assert.equal(((await api('GET', '/organizations/guarded/domains')).body.items as unknown[]).length, 1);
    const etag = planned.headers.get('etag') as string;
    const applied = await api('PUT', path('guarded'), { version: 1, ...document }, { 'if-match': etag });
    assert.equal(applied.status, 200, applied.text);
    const { changes } = planned.body;
    const missing = { tokensMissing: ['nobody’s'], teamsMissing: [], apiKeysMissing: [] };
    assert.deepEqual(applied.body, { changes, ...missing, settling: null, warnings: [] });

    const domains = (await api('GET', '/organizations/guarded/domains')).body.items as {
      name: string;
      state: string;
    }[];
    assert.deepEqual(
      domains.map(({ name, state }) => [name, state]),
      [
        ['acme.example', 'pending'],
        ['ada.example', 'pending'],
      ],
    );
    const tokens = (await api('GET', '/organizations/guarded/tokens')).body.items as Record<string, unknown>[];
    assert.deepEqual(
      tokens.map(({ name, scopes, addresses, expiresAt }) => [name, scopes, addresses, expiresAt]),
      [['okta', ['users:read', 'users:write'], ['127.0.0.1/32'], '2099-01-01T00:00:00.000Z']],
    );
    assert.equal((await org.scim('GET', '/Users')).status, 200);
    assert.deepEqual((await plan('guarded', document)).changes, []);
    const exported = (await api('GET', path('guarded'))).body;
    assert.deepEqual((await plan('guarded', exported)).changes, []);
    assert.ok(!JSON.stringify(exported).includes(org.token.slice(37)));
    const kinds = (await readEvents(rollcall.db.app, org, { after: 0, limit: 1_000 })).map(({ kind }) => kind);
    assert.deepEqual(
      ['domain.added', 'domain.removed', 'addresses.changed', 'token.limits_changed'].map(
        (kind) => kinds.filter((each) => each === kind).length,
      ),
      [3, 1, 1, 1],
    );
    // The ceiling is set with what follows for people, and a token that expired is none.
    const ceiling = { tokens: [{ name: 'okta', roleCeiling: 'viewer', expiresAt: null }] };
    const again = await plan('guarded', ceiling);
    const set = await api('PUT', path('guarded'), { version: 1, ...ceiling }, { 'if-match': again.etag });
    assert.equal(set.status, 200, set.text);
    assert.deepEqual((await plan('guarded', ceiling)).changes, []);
    assert.deepEqual((await api('GET', path('globex'))).body, untouched);
  });

  test('API keys of a document that are not here as it says are named, and none is made or changed', async () => {
    await rollcall.organization({ slug: 'keyed' });
    await rollcall.organization({ slug: 'beside-keyed' });
    const make = async (slug: string, name: string, more = {}) => {
      const made = await api('POST', `/organizations/${slug}/api-keys`, { name, scopes: ['events:read'], ...more });
      assert.equal(made.status, 201, made.text);
    };
    const soon = new Date(Date.now() + 86_400_000).toISOString();
    for (const name of ['ci', 'ci', 'reports', 'same']) await make('keyed', name);
    await make('keyed', 'expires', { expiresAt: soon });
    const { apiKeys } = (await api('GET', path('keyed'))).body;
    const planned = async (slug: string, keys: unknown) =>
      await api('POST', `${path(slug)}/plan`, { version: 1, apiKeys: keys });
    assert.deepEqual((await planned('keyed', apiKeys)).body.apiKeysMissing, []);
    assert.deepEqual((await planned('beside-keyed', [])).body.apiKeysMissing, []);

    await make('beside-keyed', 'ci');
    await make('beside-keyed', 'reports', { scopes: ['members:read'] });
    await make('beside-keyed', 'same');
    await make('beside-keyed', 'expires');
    const plan = await planned('beside-keyed', apiKeys);
    assert.deepEqual(
      [plan.body.changes, (plan.body.apiKeysMissing as string[]).toSorted()],
      [[], ['ci', 'expires', 'reports']],
      'of two keys of one name one is here',
    );
    const before = (await api('GET', '/organizations/beside-keyed/api-keys')).body;
    const document = { version: 1, apiKeys };
    const tag = { 'if-match': `"${plan.body.version}"` };
    const applied = await api('PUT', path('beside-keyed'), document, tag);
    assert.deepEqual([applied.status, applied.body.apiKeysMissing], [200, plan.body.apiKeysMissing], applied.text);
    assert.deepEqual((await api('GET', '/organizations/beside-keyed/api-keys')).body, before);
    const loose = [{ name: 'reports' }, { name: 'same', scopes: ['events:read', 'events:read'], expiresAt: null }];
    assert.deepEqual((await planned('beside-keyed', loose)).body.apiKeysMissing, []);

    const scopes = ['policy:read'];
    const made = await api('POST', '/organizations/beside-keyed/api-keys', { name: 'narrow', scopes });
    const narrow = apiClient(rollcall.url, made.body.key as string);
    const seen = await narrow('POST', `${path('beside-keyed')}/plan`, document);
    assert.deepEqual([seen.status, seen.body.apiKeysMissing], [200, null], 'who may not read keys learns of none');
  });

  test('a name that several tokens have is left out, and changes none of them', async () => {
    await rollcall.organization({ slug: 'twice' });
    await api('POST', '/organizations/twice/tokens', { name: 'okta' });
    const { tokens } = (await api('GET', path('twice'))).body;
    assert.deepEqual(tokens, []);
    const wish = { version: 1, tokens: [{ name: 'okta', scopes: ['users:read'] }] };
    const { body } = await api('POST', `${path('twice')}/plan`, wish);
    assert.deepEqual([body.changes, body.tokensMissing], [[], ['okta']]);
  });

  test('what is no domain, range, scope or time of a token is refused by the plan', async () => {
    for (const part of [
      { domains: ['gmail.com'] },
      { domains: ['no domain'] },
      { addresses: { allow: [{ range: '10.0.0.0/8' }], deny: [{ range: '10.0.0.0/8' }] } },
      { addresses: { allow: [{ range: 'everywhere' }] } },
      { tokens: [{ name: 'okta', scopes: ['everything'] }] },
      { tokens: [{ name: 'okta', expiresAt: '2001-01-01T00:00:00Z' }] },
    ]) {
      const { status, text } = await api('POST', `${path('acme')}/plan`, { version: 1, ...part });
      assert.equal(status, 400, `${JSON.stringify(part)} ${text}`);
    }
  });

  test('lists of addresses that would shut out whoever applies them are refused, and nothing else is applied', async () => {
    const org = await rollcall.organization({ slug: 'shut' });
    const made = await api('POST', '/organizations/shut/api-keys', {
      name: 'admin',
      scopes: ['policy:read', 'policy:write', 'connection:write', 'organization:write', 'domains:write'],
    });
    const admin = apiClient(rollcall.url, made.body.key as string);
    const addresses = { appliesTo: 'scim-and-api', allow: [{ range: '192.0.2.0/24' }], deny: [] };
    const wish = { version: 1, name: 'Renamed', domains: ['acme.example'], addresses };
    const before = await api('GET', path('shut'));
    const shown = await admin('POST', `${path('shut')}/plan`, wish);
    assert.equal(shown.status, 200);
    assert.match(shown.body.refusal as string, /shut out your own address 127\.0\.0\.1/);
    const refused = await admin('PUT', path('shut'), wish, { 'if-match': before.headers.get('etag') as string });
    assert.deepEqual([refused.status, refused.body.detail], [409, shown.body.refusal]);
    assert.deepEqual((await api('GET', path('shut'))).body, before.body);
    const wider = { ...wish, addresses: { ...addresses, allow: [...addresses.allow, { range: '127.0.0.0/8' }] } };
    const { headers } = await admin('POST', `${path('shut')}/plan`, wider);
    const applied = await admin('PUT', path('shut'), wider, { 'if-match': headers.get('etag') as string });
    assert.equal(applied.status, 200, applied.text);
    assert.equal((await org.scim('GET', '/Users')).status, 200);
  });

  test('nobody gives by a document what they could not give otherwise', async () => {
    const org = await rollcall.organization({ slug: 'climbing' });
    await org.scim('POST', '/Groups', { displayName: 'Climbers' });
    const made = await api('POST', '/organizations/climbing/api-keys', {
      name: 'narrow',
      scopes: ['policy:read', 'policy:write', 'roles:write', 'tokens:write'],
    });
    const narrow = apiClient(rollcall.url, made.body.key as string);
    const before = await api('GET', path('climbing'));
    for (const part of [
      { roles: [{ key: 'chief', name: 'Chief', permissions: ['members:write'] }] },
      { teamMappings: { Climbers: { role: 'owner', license: null } } },
      { teamMappings: { Climbers: { role: null, license: 'developer' } } },
      { tokens: [{ name: 'okta', roleCeiling: 'owner' }] },
    ]) {
      const refused = await narrow(
        'PUT',
        path('climbing'),
        { version: 1, ...part },
        { 'if-match': before.headers.get('etag') as string },
      );
      assert.deepEqual(
        [refused.status, /cannot give/.test(refused.body.detail ?? '')],
        [403, true],
        JSON.stringify(part),
      );
    }
    assert.deepEqual((await api('GET', path('climbing'))).body, before.body);
  });

  test('what decides about people is one transaction: where one part is not possible, nothing of it happened', async () => {
    const org = await rollcall.organization({ slug: 'atomic' });
    const before = (await api('GET', path('atomic'))).body;
    const body = {
      version: 1,
      name: 'Other',
      roles: [{ key: 'auditor', name: 'Auditor', permissions: [] }],
      teamMappings: { Crew: { role: 'chief' } },
    };
    await org.scim('POST', '/Groups', { displayName: 'Crew' });
    const planned = await api('POST', `${path('atomic')}/plan`, body);
    assert.deepEqual([planned.status, /no role "chief"/.test(planned.body.detail ?? '')], [400, true]);
    assert.equal((await api('PUT', path('atomic'), body, { 'if-match': '*' })).status, 400);
    assert.deepEqual((await api('GET', path('atomic'))).body, before);
    const events = await readEvents(rollcall.db.app, org, { after: 0, limit: 100 });
    assert.ok(!events.some(({ kind }) => kind === 'role.created' || kind === 'organization.updated'));
  });

  test('what names teams that are not here is planned and applied without them, and says which', async () => {
    const [rich, fresh] = [
      await rollcall.organization({ slug: 'rich' }),
      await rollcall.organization({ slug: 'fresh' }),
    ];
    for (const displayName of ['Crew', 'Only here']) await rich.scim('POST', '/Groups', { displayName });
    await fresh.scim('POST', '/Groups', { displayName: 'Crew' });
    const document = {
      version: 1,
      name: 'Rich',
      roles: [{ key: 'auditor', name: 'Auditor', permissions: [] }],
      teamMappings: { Crew: { role: 'auditor' }, Theirs: { role: 'member' }, 'Only here': { license: 'developer' } },
    };
    const planned = await api('POST', `${path('fresh')}/plan`, document);
    assert.equal(planned.status, 200, planned.text);
    const paths = (planned.body.changes as Change[]).map((change) => change.path);
    assert.deepEqual(paths, ['name', 'roles/auditor', 'teamMappings/Crew']);
    assert.deepEqual(planned.body.teamsMissing, ['Theirs', 'Only here']);
    const etag = planned.headers.get('etag') as string;
    const applied = await api('PUT', path('fresh'), document, { 'if-match': etag });
    assert.equal(applied.status, 200, applied.text);
    assert.deepEqual(applied.body.teamsMissing, ['Theirs', 'Only here']);
    const crew = { Crew: { role: 'auditor', license: null } };
    assert.deepEqual((await api('GET', path('fresh'))).body.teamMappings, crew);
    assert.deepEqual((await api('GET', path('rich'))).body.teamMappings, {});
  });

  test('the version of a plan is of its document, and of the people for whom something follows', async () => {
    const org = await rollcall.organization({ slug: 'shown' });
    const harmless = { version: 1, name: 'Harmless', policy: { defaultRole: 'member' } };
    const shown = await plan('shown', harmless);
    const other = { ...harmless, policy: { ...harmless.policy, accountMatch: 'link' }, connection: { state: 'off' } };
    const refused = await api('PUT', path('shown'), other, { 'if-match': shown.etag });
    assert.deepEqual([refused.status, refused.body.code], [412, 'precondition_failed']);
    await org.scim('POST', '/Users', { userName: 'ada@acme.example', active: true });
    assert.equal((await api('PUT', path('shown'), harmless, { 'if-match': shown.etag })).status, 412);
    const untouched = (await api('GET', path('shown'))).body;
    assert.deepEqual([untouched.name, (untouched.connection as { state: string }).state], ['shown', 'on']);
    const { etag } = await plan('shown', harmless);
    assert.equal((await api('PUT', path('globex'), harmless, { 'if-match': etag })).status, 412);
    assert.equal((await api('PUT', path('shown'), harmless, { 'if-match': etag })).status, 200);
  });

  test('another state of the connection is planned with what it puts in force', async () => {
    const org = await rollcall.organization({ slug: 'waiting' });
    await api('PATCH', '/organizations/waiting/connection', { state: 'paused' });
    await org.scim('POST', '/Users', { userName: 'ada@acme.example', active: true });
    const document = { version: 1, name: 'Turned on', connection: { state: 'on' } };
    const planned = await api('POST', `${path('waiting')}/plan`, document);
    const items = planned.body.items as { kind: string; name: string; from: unknown; to: unknown }[];
    const told = items.map(({ kind, name, from, to }) => [kind, name, from, to]);
    assert.deepEqual(told[0], ['member.status', 'ada@acme.example', null, 'active']);
    await org.scim('POST', '/Users', { userName: 'ben@acme.example', active: true });
    const headers = { 'if-match': `"${planned.body.version}"` };
    assert.equal((await api('PUT', path('waiting'), document, headers)).status, 412);
    const { etag } = await plan('waiting', document);
    assert.equal((await api('PUT', path('waiting'), document, { 'if-match': etag })).status, 200);
    assert.equal(((await api('GET', path('waiting'))).body.connection as { state: string }).state, 'on');
    assert.deepEqual(((await api('GET', '/organizations/globex/members')).body.items as unknown[]).length, 0);
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

  test('what a key may not see elsewhere the document does not show it', async () => {
    const { body } = await api('POST', '/organizations/acme/api-keys', { name: 'policy', scopes: ['policy:read'] });
    const key = apiClient(rollcall.url, body.key as string);
    const exported = await key('GET', path('acme'));
    assert.deepEqual([exported.status, exported.body.code], [403, 'scope_missing']);
    const policy = { version: 1, policy: { usernameFormat: 'email' } };
    assert.equal((await key('POST', `${path('acme')}/plan`, policy)).status, 200);
    const lists = { version: 1, addresses: { appliesTo: 'scim', allow: [], deny: [] } };
    const planned = await key('POST', `${path('acme')}/plan`, lists);
    assert.deepEqual([planned.status, planned.body.scope], [403, 'connection:read']);
    const all = { name: 'all', scopes: Object.keys(permissions).filter((scope) => scope.endsWith(':read')) };
    const reader = (await api('POST', '/organizations/acme/api-keys', all)).body.key as string;
    assert.equal((await apiClient(rollcall.url, reader)('GET', path('acme'))).status, 200);
    assert.equal((await apiClient(rollcall.url, reader)('GET', path('globex'))).status, 404);
  });
});
