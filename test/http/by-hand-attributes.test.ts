import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { defineSchema } from '../../src/provisioning/change-definitions.ts';
import { apiClient } from '../rollcall.ts';
import { assertRefusal, besideGlobex, createUser, eventually, filtered, user } from './beside-globex.ts';

const badge = 'urn:acme:scim:schemas:1.0:Badge';
const attributes = [
  { name: 'number', uniqueness: 'server', caseExact: true },
  { name: 'history', multiValued: true },
];

describe('attributes that an organization defined, of people whom an admin edits', () => {
  const here = besideGlobex();

  test('are found, stay unique, may be as large as ever, and are free when the person goes', async () => {
    const at = { now: new Date() };
    const definition = {
      document: { id: badge, name: 'Badge', attributes },
      extends: [{ resourceType: 'User', required: false }],
    };
    await defineSchema(here.rollcall.db.app, here.acme, definition, 'new', at);
    const api = (method: string, path: string, body?: unknown) =>
      apiClient(here.rollcall.url, here.rollcall.operatorKey)(method, `/organizations/acme${path}`, body);
    const history = Array.from(
      { length: 40 },
      (_, day) => `${day} ${'x'.repeat(Math.ceil(limits.opaqueLengthMax / 30))}`,
    );
    const held = (number: string) => ({ [badge]: { number, history } });
    const find = async () =>
      (await here.acme.scim('GET', filtered('/Users', `${badge}:number eq "A-7"`))).body.Resources?.map(({ id }) => id);
    const ada = await eventually(async () => {
      const id = await createUser(here.acme, 'ada', held('A-7'));
      assert.deepEqual(await find(), [id]);
      return id;
    });
    await api('POST', `/members/${ada}/unlink`);
    const edited = await api('PATCH', `/members/${ada}`, { displayName: 'Ada by hand', email: 'a@acme.example' });
    assert.equal(edited.status, 200, edited.text);
    assert.deepEqual(await find(), [ada]);
    const asked = (await api('GET', `/members/${ada}`)).body.asked as Record<string, unknown>;
    assert.deepEqual(asked[badge], { number: 'A-7', history });
    for (const act of ['suspend', 'restore']) await api('POST', `/members/${ada}/${act}`);
    assert.deepEqual(await find(), [ada]);
    assertRefusal(await here.acme.scim('POST', '/Users', user('ben', held('A-7'))), 409, 'uniqueness');
    assert.equal((await api('DELETE', `/members/${ada}`)).status, 204);
    assert.deepEqual(await find(), []);
    assert.equal((await here.acme.scim('POST', '/Users', user('ben', held('A-7')))).status, 201);
  });
});
