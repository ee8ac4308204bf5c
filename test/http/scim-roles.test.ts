/** Roles and entitlements, as Okta discovers and sends them (okta-wire.md §14). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { defineResourceType } from '../../src/provisioning/change-definitions.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { scimClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { assertRefusal } from './beside-globex.ts';

const nobody = '0190a0b0-0000-7000-8000-000000000001';

describe('roles and entitlements', () => {
  let rollcall: TestRollcall;
  let acme: TestOrganization;
  let globex: TestOrganization;

  before(async () => {
    rollcall = await startRollcall();
    acme = await rollcall.organization({ slug: 'acme' });
    globex = await rollcall.organization({ slug: 'globex' });
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  test('Okta’s schemas, and the endpoints of the types that have them, are found in discovery (okta-wire.md §14)', async () => {
    const types = (await acme.scim('GET', '/ResourceTypes')).body.Resources ?? [];
    const granted = types.filter((each) => String(each.schema).startsWith('urn:okta:scim:schemas:core:1.0:'));
    assert.deepEqual(
      granted.map(({ name, endpoint, schema }) => [name, endpoint, schema]),
      [
        ['Role', '/Roles', 'urn:okta:scim:schemas:core:1.0:Role'],
        ['Entitlement', '/Entitlements', 'urn:okta:scim:schemas:core:1.0:Entitlement'],
      ],
    );
    for (const { endpoint, schema } of granted) {
      assert.equal((await acme.scim('GET', `/Schemas/${schema}`)).status, 200);
      const page = await acme.scim('GET', `${endpoint}?startIndex=1&count=100`);
      assert.deepEqual([page.status, page.body.startIndex, page.body.Resources], [200, 1, []]);
    }
  });

  test('while an organization has no role of its own, those of its provider are kept as they come', async () => {
    const roles = [{ value: 'role-1', display: 'Editor' }];
    const created = await acme.scim('POST', '/Users', { userName: 'free@acme.example', roles });
    assert.deepEqual(created.body.roles, roles);
  });

  test('once there are roles, those of people name one of them by id; those that were there before stay', async () => {
    const before = [{ value: 'role-before', display: 'Old' }];
    const early = await acme.scim('POST', '/Users', { userName: 'early@acme.example', roles: before });
    const editor = await acme.scim('POST', '/Roles', { displayName: 'Editor', description: 'May edit' });
    assert.equal(editor.status, 201, editor.text);
    assert.deepEqual(Object.keys(editor.body).sort(), ['description', 'displayName', 'id', 'meta', 'schemas']);
    assertRefusal(
      await acme.scim('POST', '/Roles', { displayName: 'EDITOR' }),
      409,
      'uniqueness',
      /displayName "EDITOR"/,
    );
    const foreign = await globex.scim('POST', '/Roles', { displayName: 'Editor' });
    assert.equal(foreign.status, 201);

    const roles = (value: unknown) => [{ value, display: 'Editor' }];
    const created = await acme.scim('POST', '/Users', { userName: 'ed@acme.example', roles: roles(editor.body.id) });
    assert.deepEqual(created.body.roles, roles(editor.body.id));
    for (const value of ['Editor', nobody, foreign.body.id]) {
      const wrong = { userName: 'wrong@acme.example', roles: roles(value) };
      assertRefusal(
        await acme.scim('POST', '/Users', wrong),
        400,
        'invalidValue',
        /names no Role of this organization/,
      );
      const patch = { Operations: [{ op: 'replace', value: { roles: roles(value) } }] };
      assertRefusal(await acme.scim('PATCH', `/Users/${created.body.id}`, patch), 400, 'invalidValue', /names no Role/);
    }
    const put = { userName: 'early@acme.example', title: 'Dean', roles: before };
    assert.equal((await acme.scim('PUT', `/Users/${early.body.id}`, put)).status, 200);
    const emptied = { Operations: [{ op: 'replace', value: { roles: [] } }] };
    assert.equal((await acme.scim('PATCH', `/Users/${created.body.id}`, emptied)).body.roles, undefined);
    const one = await acme.scim('GET', '/Roles?count=1&startIndex=1');
    assert.deepEqual([one.body.itemsPerPage, one.body.totalResults], [1, 1]);
  });

  test('entitlements have the name of their resource type, and an organization may have several such types', async () => {
    const license = { name: 'License', endpoint: '/Licenses', schema: 'urn:okta:scim:schemas:core:1.0:Entitlement' };
    await defineResourceType(rollcall.db.app, acme, license, 'new', { now: new Date() });
    const { token } = await createToken(rollcall.db.app, acme, { name: 'okta again' }, { now: new Date() });
    const scim = scimClient(acme.scimBaseUrl, token);
    const pro = await scim('POST', '/Licenses', { displayName: 'Pro', type: 'ignored' });
    assert.equal(pro.body.type, 'License');
    assert.equal((await scim('GET', `/Licenses/${pro.body.id}`)).body.type, 'License');
    const plain = await scim('POST', '/Entitlements', { displayName: 'Pro' });
    assert.equal(plain.body.type, 'Entitlement');
    assertRefusal(
      await scim('POST', '/Licenses', { displayName: 'Long', description: 'x'.repeat(1001) }),
      400,
      'invalidValue',
    );
    const of = (value: unknown, type: string) => [{ value, display: 'Pro', type }];
    const created = await scim('POST', '/Users', {
      userName: 'pro@acme.example',
      entitlements: [...of(pro.body.id, 'License'), ...of(plain.body.id, 'Entitlement')],
    });
    assert.equal(created.status, 201, created.text);
    const wrong = { userName: 'other@acme.example', entitlements: of(plain.body.id, 'License') };
    assertRefusal(await scim('POST', '/Users', wrong), 400, 'invalidValue', /names no License/);
    assertRefusal(await globex.scim('GET', '/Licenses'), 404);
  });
});
