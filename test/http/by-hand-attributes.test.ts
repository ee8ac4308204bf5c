import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { defineSchema } from '../../src/provisioning/change-definitions.ts';
import { lockDefinitions } from '../../src/store/definition-writing.ts';
import { inOrganization } from '../../src/store/organization-transaction.ts';
import { apiClient, type TestOrganization } from '../rollcall.ts';
import { assertRefusal, besideGlobex, createUser, eventually, filtered, untilWaiting, user } from './beside-globex.ts';

const badge = 'urn:acme:scim:schemas:1.0:Badge';
const attributes = [
  { name: 'number', uniqueness: 'server', caseExact: true },
  { name: 'history', multiValued: true },
];

/** What is known of a token is known for a moment, the definitions of its organization too. */
const untilDefined = (org: Pick<TestOrganization, 'scim'>) =>
  eventually(async () => assert.equal((await org.scim('GET', `/Schemas/${badge}`)).status, 200));

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
    await untilDefined(here.acme);
    const ada = await createUser(here.acme, 'ada', held('A-7'));
    assert.deepEqual(await find(), [ada]);
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

  test('are not written by schemas that change meanwhile: the edit is to be sent again', async () => {
    const { db } = here.rollcall;
    const initech = await here.rollcall.organization({ slug: 'initech' });
    const at = { now: new Date() };
    const definition = {
      document: { id: badge, name: 'Badge', attributes },
      extends: [{ resourceType: 'User', required: false }],
    };
    await defineSchema(db.app, initech, definition, 'new', at);
    const api = (method: string, path: string, body?: unknown) =>
      apiClient(here.rollcall.url, here.rollcall.operatorKey)(method, `/organizations/initech${path}`, body);
    await untilDefined(initech);
    const ada = await createUser(initech, 'ada', { [badge]: { number: '1' } });
    assert.equal((await api('POST', `/members/${ada}/unlink`)).status, 200);
    const edit = () => api('PATCH', `/members/${ada}`, { displayName: 'Ada by hand' });

    const edited = await inOrganization(db.app, initech.id, async (tx) => {
      lockDefinitions(tx);
      await tx.query({ text: 'select', values: [] });
      const answer = edit();
      await untilWaiting(db.owner, 1);
      return { answer };
    });
    const refused = await edited.answer;
    assert.equal(refused.status, 503, refused.text);
    assert.equal(refused.body.code, 'unavailable');
    assert.match(refused.body.detail ?? '', /schemas of the organization have just been changed; nothing was stored/);
    assert.match(refused.headers.get('retry-after') ?? '', /^[1-9]$/);
    assert.equal((await edit()).status, 200);
  });
});
