import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Permission, permissionsOf } from '../../src/organization/permissions.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { assertAccessFollows } from '../provisioning/access-of.ts';
import { apiClient } from '../rollcall.ts';
import { besideGlobex, createGroup, createUser, patch, user } from './beside-globex.ts';

const licensed = (licenseType: string) => ({
  'urn:ietf:params:scim:schemas:extension:dbtLabs:2.0:User': { licenseType },
});

describe('roles and licenses in the management API', () => {
  const here = besideGlobex();
  const operator = () => apiClient(here.rollcall.url, here.rollcall.operatorKey);
  const keyWith = async (scopes: Permission[], memberId?: string) => {
    const input = { name: 'test', scopes, ...(memberId === undefined ? {} : { memberId }) };
    const { key } = await createApiKey(here.rollcall.db.app, here.acme, input, { now: new Date() });
    return apiClient(here.rollcall.url, key);
  };

  test('a team is mapped to a custom role, and the person says why', async () => {
    const api = operator();
    const ada = await createUser(here.acme, 'ada');
    const team = await createGroup(here.acme, 'Auditors', [ada]);
    const role = { name: 'Auditor', permissions: ['events:read', 'product:logs'] };
    assert.equal((await api('PUT', '/organizations/acme/roles/auditor', role)).status, 204);
    assert.equal((await api('PATCH', `/organizations/acme/team-mappings/${team}`, { role: 'auditor' })).status, 204);
    const roles = await api('GET', '/organizations/acme/roles');
    const keys = (roles.body.items as { key: string; teams: number }[]).map(({ key, teams }) => [key, teams]);
    assert.deepEqual(keys, [
      ['owner', 0],
      ['admin', 0],
      ['member', 0],
      ['viewer', 0],
      ['auditor', 1],
    ]);
    const { body } = await api('GET', `/organizations/acme/access/${ada}`);
    assert.deepEqual([body.role, body.customRoles], ['viewer', ['auditor']]);
    assert.deepEqual(body.teams, [{ team, role: 'auditor', ceiling: 'member' }]);
    assert.equal((await api('DELETE', '/organizations/acme/roles/auditor')).status, 409);
    assert.equal((await api('DELETE', '/organizations/acme/roles/nothing')).status, 404);
    const mappings = await api('GET', '/organizations/acme/team-mappings');
    const ceiling = `/organizations/acme/tokens/${here.acme.tokenId}/role-ceiling`;
    assert.equal((await api('PATCH', ceiling, { roleCeiling: 'viewer' })).status, 204);
    const tokens = await api('GET', '/organizations/acme/tokens');
    assert.deepEqual(
      (tokens.body.items as { roleCeiling: string }[]).map(({ roleCeiling }) => roleCeiling),
      ['viewer'],
    );
    assert.equal((await api('PATCH', ceiling, { roleCeiling: 'member' })).status, 204);
    assert.deepEqual(mappings.body.items, [
      { team: { id: team, name: 'Auditors' }, role: 'auditor', license: null, members: 1 },
    ]);
  });

  test('nobody gives more than they have, and people of another organization are nobody (R7)', async () => {
    const ben = await createUser(here.acme, 'ben');
    const api = await keyWith(['roles:read', 'roles:write']);
    const give = async (id: string, role: string | null) =>
      await api('PUT', `/organizations/acme/access/${id}/role`, { role });
    assert.equal((await give(ben, 'admin')).body.code, 'forbidden');
    assert.equal(
      (await api('PUT', '/organizations/acme/roles/x', { name: 'X', permissions: ['keys:write'] })).status,
      403,
    );
    assert.equal((await give(ben, null)).status, 204);
    const token = async (scopes: Permission[], roleCeiling?: string) =>
      await (await keyWith(scopes))('POST', '/organizations/acme/tokens', { name: 'x', roleCeiling });
    assert.equal((await token(['tokens:write'])).body.roleCeiling, 'member');
    assert.match((await token(['tokens:write'], 'viewer')).body.detail as string, /does not have: roles:write/);
    assert.equal((await token(['tokens:write', 'roles:write'], 'admin')).body.code, 'forbidden');
    const owner = await token([...permissionsOf('owner', [])], 'owner');
    assert.deepEqual([owner.status, owner.body.code], [409, 'conflict']);
    const { rows } = await here.rollcall.db.owner.query('select id from members where org_id <> $1 limit 1', [
      here.acme.id,
    ]);
    assert.equal((await give(rows[0].id, null)).status, 404);
    assert.equal((await api('GET', `/organizations/acme/access/${rows[0].id}`)).status, 404);
    assert.equal((await api('PUT', '/organizations/acme/licenses/developer', { seats: 1 })).status, 403);
  });

  test('B56: those whose attribute says another license are listed, and nobody of whom it says nothing', async () => {
    const api = operator();
    const settings = { licenseSource: 'by-hand' };
    const org = await here.rollcall.organization({ settings });
    const beside = await here.rollcall.organization({ settings });
    const add = async (of: typeof org, name: string, more = {}) =>
      (await of.scim('POST', '/Users', user(name, more))).body.id as string;
    const give = async (id: string, license: string) => {
      const given = await api('PUT', `/organizations/${org.slug}/access/${id}/license`, { license });
      assert.equal(given.status, 204, given.text);
    };
    const [same, other, none] = [
      await add(org, 'same', licensed('developer')),
      await add(org, 'other', licensed('it')),
      await add(org, 'none', licensed('developer')),
    ];
    const [silent, quiet] = [await add(org, 'silent'), await add(org, 'quiet')];
    await add(beside, 'beside', licensed('developer'));
    const local = await api('POST', `/organizations/${org.slug}/members`, {
      userName: 'own@acme.example',
      breakGlass: true,
    });
    await give(same, 'developer');
    await give(other, 'analyst');
    await give(silent, 'developer');
    await give(local.body.id as string, 'developer');
    const { body } = await api('GET', `/organizations/${org.slug}/access?which=license-differs`);
    assert.deepEqual(
      (body.items as { id: string; licenseAsked: string; license: string | null }[]).map((each) => [
        each.id,
        each.licenseAsked,
        each.license,
      ]),
      [
        [other, 'it', 'analyst'],
        [none, 'developer', null],
      ],
      `not ${silent} nor ${quiet}`,
    );
  });

  test('B55 to B58: the attribute beside the license, the simulation, the switch, and the seats after it', async () => {
    const api = operator();
    const people: string[] = [];
    for (const [name, license] of [
      ['cleo', 'developer'],
      ['dan', 'read_only'],
      ['eve', 'it'],
      ['fay', 'it'],
    ] as const) {
      people.push((await here.acme.scim('POST', '/Users', user(name, licensed(license)))).body.id as string);
    }
    const differing = await api('GET', '/organizations/acme/access?which=license-differs');
    assert.deepEqual(
      (differing.body.items as { licenseAsked: string; license: null }[]).map(({ licenseAsked, license }) => [
        licenseAsked,
        license,
      ]),
      [
        ['developer', null],
        ['read_only', null],
        ['it', null],
        ['it', null],
      ],
    );
    const supposed = { licenseSource: 'by-attribute', defaultLicense: 'none' };
    const simulation = await api('POST', '/organizations/acme/licenses/simulation', supposed);
    assert.equal(simulation.status, 200, simulation.text);
    const { licenses, gains, losses, ...found } = simulation.body as {
      licenses: { license: string; needed: number; missing: number }[];
      gains: number;
      losses: number;
      narrowed: number;
      changes: { member: string; before: string; after: string; waitsFor: string; narrows: { to: string } | null }[];
    };
    const changes = found.changes.filter(({ before, after, waitsFor }) => before !== after || waitsFor !== null);
    const narrows = found.changes.flatMap((each) => (each.narrows === null ? [] : [each]));
    assert.equal(found.narrowed, narrows.length);
    assert.deepEqual(
      narrows.filter(({ member }) => people.includes(member)).map(({ member, narrows }) => [member, narrows?.to]),
      [
        [people[1], 'only read'],
        [people[3], 'only see their own profile'],
      ],
    );
    assert.deepEqual([gains, losses, simulation.body.waits, changes.length], [3, 0, 1, 4]);
    assert.deepEqual([changes[3]?.member, changes[3]?.after, changes[3]?.waitsFor], [people[3], null, 'it']);
    assert.deepEqual(changes[0], {
      member: people[0],
      userName: 'cleo@acme.example',
      before: null,
      after: 'developer',
      waitsFor: null,
      rule: 'license-by-attribute',
      because: 'the provider’s attribute names it',
      narrows: null,
      joins: 0,
      leaves: 0,
    });
    assert.deepEqual(
      licenses.find(({ license }) => license === 'it'),
      { license: 'it', seats: 1, used: 0, needed: 2, missing: 1, taken: 1, waiting: 1 },
    );
    assert.equal(
      (await api('PATCH', '/organizations/acme/licenses', { ...supposed, withoutSeat: 'refuse' })).status,
      409,
    );
    assert.deepEqual((await api('PATCH', '/organizations/acme/licenses', supposed)).body, {
      warnings: ['Whoever has no license is in no team: one person is taken out of one team, until they have one.'],
    });
    const waiting = await api('GET', '/organizations/acme/access?which=waiting');
    assert.deepEqual(
      (waiting.body.items as { waitsFor: string }[]).map(({ waitsFor }) => waitsFor),
      ['it'],
    );
    assert.equal((await api('PUT', '/organizations/acme/licenses/it', { seats: 2 })).status, 204);
    const listed = await api('GET', '/organizations/acme/licenses');
    assert.equal(listed.body.source, 'by-attribute');
    assert.deepEqual(
      (listed.body.items as Record<string, unknown>[]).find(({ license }) => license === 'it'),
      { license: 'it', seats: 2, used: 2, waiting: 0 },
    );
    assert.equal((await api('PUT', '/organizations/acme/licenses/it', { seats: 1 })).status, 409);
    await assertAccessFollows(here.rollcall, here.acme);
  });

  test('what a mapping, a role ceiling and a number of seats would change is shown by name, and is what then happens', async () => {
    const api = operator();
    const org = await here.rollcall.organization({
      slug: 'planned',
      settings: { licenseSource: 'by-rules', defaultLicense: 'none', withoutSeat: 'wait' },
    });
    const base = '/organizations/planned';
    const ids: string[] = [];
    for (const name of ['kim', 'lea', 'mo']) ids.push(await createUser(org, name));
    const team = await createGroup(org, 'Crew', ids.slice(0, 2));
    assert.equal((await api('PUT', `${base}/licenses/developer`, { seats: 1 })).status, 204);
    type Item = { kind: string; name: string; from: string | null; to: string | null; because: string };
    const told = (items: unknown) =>
      (items as Item[]).map(({ kind, name, from, to }) => `${kind} ${name.split('@')[0]} ${from} ${to}`).toSorted();
    const state = async () =>
      ((await api('GET', `${base}/access`)).body.items as Record<string, unknown>[]).map(
        ({ userName, role, license, waitsFor }) => [(userName as string).split('@')[0], role, license, waitsFor],
      );
    const none = await state();
    const mapping = { role: 'admin', license: 'developer' };
    const mapped = await api('POST', `${base}/team-mappings/${team}/plan`, mapping);
    assert.equal(mapped.status, 200, mapped.text);
    assert.deepEqual(told(mapped.body.items), [
      'member.license kim null developer',
      'member.license lea null waits for developer',
      'member.role kim viewer member',
      'member.role lea viewer member',
      'membership kim out in',
    ]);
    assert.ok((mapped.body.items as Item[]).every(({ because }) => because.length > 10));
    assert.deepEqual(await state(), none, 'a plan changes nothing');
    const first = await api('POST', `${base}/team-mappings/${team}/plan?limit=2`, mapping);
    const second = await api(
      'POST',
      `${base}/team-mappings/${team}/plan?limit=9&cursor=${first.body.nextCursor}`,
      mapping,
    );
    const paged = [...(first.body.items as Item[]), ...(second.body.items as Item[])];
    assert.deepEqual(told(paged), told(mapped.body.items));

    const patchMapping = async (body: object, ifMatch: string) =>
      (await api('PATCH', `${base}/team-mappings/${team}`, body, { 'if-match': ifMatch })).status;
    const version = `"${mapped.body.version}"`;
    assert.equal(mapped.headers.get('etag'), version);
    assert.equal(await patchMapping({ role: 'admin' }, version), 412, 'another mapping');
    assert.equal(await patchMapping(mapping, '"garbage"'), 412);
    await org.scim('PATCH', `/Groups/${team}`, patch({ op: 'add', path: 'members', value: [{ value: ids[2] }] }));
    assert.equal(await patchMapping(mapping, version), 412, 'other people');
    assert.deepEqual(await state(), none);
    await org.scim('PATCH', `/Groups/${team}`, patch({ op: 'remove', path: `members[value eq "${ids[2]}"]` }));
    assert.equal(await patchMapping(mapping, version), 204, 'it is what was shown again');

    const ceiling = await api('POST', `${base}/tokens/${org.tokenId}/role-ceiling/plan`, { roleCeiling: 'admin' });
    assert.deepEqual(told(ceiling.body.items), ['member.role kim member admin', 'member.role lea member admin']);
    const stale = { 'if-match': version };
    const path = `${base}/tokens/${org.tokenId}/role-ceiling`;
    assert.equal((await api('PATCH', path, { roleCeiling: 'admin' }, stale)).status, 412);
    const shown = { 'if-match': ceiling.headers.get('etag') as string };
    assert.equal((await api('PATCH', path, { roleCeiling: 'admin' }, shown)).status, 204);

    const seats = await api('POST', `${base}/licenses/developer/plan`, { seats: 2 });
    assert.deepEqual(told(seats.body.items), [
      'member.license lea waits for developer developer',
      'membership lea out in',
    ]);
    assert.equal(
      (await api('PUT', `${base}/licenses/developer`, { seats: 3 }, { 'if-match': `"${seats.body.version}"` })).status,
      412,
    );
    assert.equal(
      (await api('PUT', `${base}/licenses/developer`, { seats: 2 }, { 'if-match': `"${seats.body.version}"` })).status,
      204,
    );
    assert.deepEqual(await state(), [
      ['kim', 'admin', 'developer', null],
      ['lea', 'admin', 'developer', null],
      ['mo', 'viewer', null, null],
    ]);
    assert.equal((await api('POST', `/organizations/globex/team-mappings/${team}/plan`, mapping)).status, 404);
    const { key } = (await api('POST', `${base}/api-keys`, { name: 'reader', scopes: ['roles:read'] })).body;
    const reader = apiClient(here.rollcall.url, key as string);
    assert.equal((await reader('POST', `${base}/team-mappings/${team}/plan`, mapping)).status, 403);
  });

  test('B63 a license for reading only blocks an admin’s changes, whatever the roles say', async () => {
    const api = operator();
    const gil = (await here.acme.scim('POST', '/Users', user('gil', licensed('read_only')))).body.id as string;
    const hal = (await here.acme.scim('POST', '/Users', user('hal', licensed('developer')))).body.id as string;
    for (const id of [gil, hal]) await api('PUT', `/organizations/acme/access/${id}/role`, { role: 'admin' });
    const ivy = (await here.acme.scim('POST', '/Users', user('ivy'))).body.id as string;
    await api('PUT', `/organizations/acme/access/${ivy}/role`, { role: 'owner' });
    const reads = await keyWith(['roles:read', 'roles:write'], gil);
    const writes = await keyWith(['roles:read', 'roles:write'], hal);
    const change = [`/organizations/acme/access/${hal}/role`, { role: 'admin' }] as const;
    assert.equal((await reads('GET', '/organizations/acme/roles')).status, 200);
    assert.equal((await reads('PUT', ...change)).body.code, 'scope_missing');
    assert.notEqual((await writes('PUT', ...change)).body.code, 'scope_missing');
  });

  test('groups of sign-ins are mapped to licenses and listed', async () => {
    const api = operator();
    const path = '/organizations/acme/license-groups';
    assert.equal((await api('PUT', path, { group: 'dbt_dev', license: 'developer' })).status, 204);
    assert.deepEqual((await api('GET', path)).body.items, [{ group: 'dbt_dev', license: 'developer' }]);
    assert.equal((await api('PUT', path, { group: 'dbt_dev', license: 'gold' })).status, 400);
    assert.equal((await api('PUT', path, { group: 'dbt_dev', license: null })).status, 204);
    assert.deepEqual((await api('GET', path)).body.items, []);
  });
});
