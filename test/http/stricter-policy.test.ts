/** A setting that became stricter refuses what is new. It never refuses to take somebody out (R16), who came before it. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { licenseAttribute } from '../../src/organization/licenses.ts';
import { apiClient } from '../rollcall.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  createUser,
  eventually,
  memberRow,
  patch,
  user,
} from './beside-globex.ts';

const group = (displayName: string, members: string[], more: object = {}) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
  displayName,
  members: members.map((value) => ({ value })),
  ...more,
});
const off = patch({ op: 'replace', path: 'active', value: false });

describe('a setting that became stricter', () => {
  const here = besideGlobex({ usernameFormat: 'any' });
  const api = (method: string, path: string, body?: object, headers?: Record<string, string>) =>
    apiClient(here.rollcall.url, here.rollcall.operatorKey)(method, `/organizations/acme${path}`, body, headers);
  const set = async (settings: Record<string, string>) => {
    const asked = { preset: 'rollcall', settings: { usernameFormat: 'any', ...settings } };
    const { status, body } = await api('PUT', '/policy', asked);
    assert.equal(status, 200, JSON.stringify(body));
  };
  /** What is known of a token is known for a moment: waits until somebody new is refused by the setting. */
  const untilRefused = async (endpoint: string, body: (name: string) => object, scimType = 'invalidValue') => {
    let tries = 0;
    await eventually(async () =>
      assertRefusal(await here.acme.scim('POST', endpoint, body(`probe${tries++}`)), 400, scimType),
    );
  };
  const statusOf = async (id: string) => (await memberRow(here.rollcall, here.acme, id)).status;
  const named = async (userName: string, more: object = {}) => {
    const { status, body } = await here.acme.scim('POST', '/Users', {
      ...user(userName),
      userName,
      emails: [],
      ...more,
    });
    assert.equal(status, 201, JSON.stringify(body));
    return body.id as string;
  };

  test('K2: whoever has no e-mail address as userName is deactivated by PATCH and PUT, and not renamed to another such', async () => {
    const [one, other, third] = [await named('plain-one'), await named('plain-two'), await named('plain-three')];
    await set({ usernameFormat: 'email' });
    await untilRefused('/Users', (name) => ({ ...user(name), userName: name }));
    assertRefusal(
      await here.acme.scim('PATCH', `/Users/${one}`, patch({ op: 'replace', path: 'userName', value: 'still-plain' })),
      400,
      'invalidValue',
      /not an e-mail address/,
    );
    const titled = patch({ op: 'replace', path: 'title', value: 'Engineer' });
    assert.equal((await here.acme.scim('PATCH', `/Users/${third}`, titled)).status, 200);
    await here.acme.scim('PATCH', `/Users/${one}`, off);
    await here.acme.scim('PUT', `/Users/${other}`, { ...user('plain-two'), userName: 'plain-two', active: false });
    assert.deepEqual([await statusOf(one), await statusOf(other)], ['suspended', 'suspended']);
    assertRefusal(
      await here.acme.scim('POST', '/Users', { ...user('plain-four'), userName: 'plain-four' }),
      400,
      'invalidValue',
    );
  });

  test('K2: whoever has another address as userName goes though the same request gives them other addresses', async () => {
    const id = await named('ada@acme.example', { emails: [{ value: 'ada@acme.example', primary: true }] });
    await set({ usernameFormat: 'email-of-person' });
    await untilRefused('/Users', (name) => user(name, { emails: [{ value: 'elsewhere@acme.example' }] }));
    const emails = [{ value: 'countess@acme.example', primary: true }];
    const elsewhere = { ...user('ada@acme.example'), userName: 'ada@acme.example', emails };
    assertRefusal(await here.acme.scim('PUT', `/Users/${id}`, elsewhere), 400, 'invalidValue', /none of the person/);
    assert.equal((await here.acme.scim('PUT', `/Users/${id}`, { ...elsewhere, active: false })).status, 200);
    assert.equal(await statusOf(id), 'suspended');
  });

  test('K16: unknown attributes are refused of whoever stays, and keep nobody in', async () => {
    const id = await createUser(here.acme, 'eve', { favouriteColour: 'red' });
    await set({ unknownAttributes: 'refuse' });
    await untilRefused('/Users', (name) => user(name, { favouriteColour: 'red' }), 'invalidPath');
    const body = user('eve', { favouriteColour: 'red' });
    assertRefusal(await here.acme.scim('PUT', `/Users/${id}`, body), 400, 'invalidPath', /favouriteColour/);
    assert.equal((await here.acme.scim('PUT', `/Users/${id}`, { ...body, active: false })).status, 200);
    assert.equal(await statusOf(id), 'suspended');
  });

  test('K17, K27: people are taken out of a group whose name or external id would be refused by now', async () => {
    await set({});
    const long = 'G'.repeat(150);
    const [one, other] = [await createUser(here.acme, 'kim'), await createUser(here.acme, 'lea')];
    const { body } = await here.acme.scim('POST', '/Groups', group(long, [one, other], { externalId: 'g-1' }));
    const id = body.id as string;
    await set({ groupNames: 'at-most-100', externalIds: 'ignored' });
    await untilRefused('/Groups', (name) => group(name.padEnd(101, '!'), []));
    const removal = patch({ op: 'remove', path: `members[value eq "${one}"]` });
    assert.equal((await here.acme.scim('PATCH', `/Groups/${id}`, removal)).status, 204);
    const same = await here.acme.scim('PUT', `/Groups/${id}`, group(long, [], { externalId: 'g-1' }));
    assert.equal(same.status, 200, same.text);
    assert.deepEqual(same.body.members ?? [], []);
    for (const [name, more, says] of [
      ['H'.repeat(150), {}, 'invalidValue'],
      [long, { externalId: 'g-2' }, 'invalidPath'],
    ] as const) {
      assertRefusal(await here.acme.scim('PUT', `/Groups/${id}`, group(name, [], more)), 400, says);
    }
  });

  test('B54, B58: a license that is none refuses nobody’s going, and the plan names it before the attribute decides', async () => {
    const licensed = (licenseType: string) => ({ [licenseAttribute.schema]: { licenseType } });
    await set({ licenseSource: 'by-rules', defaultLicense: 'developer' });
    const [one, other] = [
      await createUser(here.acme, 'mia', licensed('nonsense')),
      await createUser(here.acme, 'nil', licensed('nonsense')),
    ];
    const settings = { licenseSource: 'by-attribute', defaultLicense: 'developer' };
    const warning = /licenseType of 2 people names no license of this organization: "nonsense" \(2\)/;
    const plan = await api('POST', '/policy/plan', { preset: 'rollcall', settings });
    assert.match(String(plan.body.warnings), warning, JSON.stringify(plan.body));
    const { body: simulated } = await api('POST', '/licenses/simulation', { licenseSource: 'by-attribute' });
    assert.match(String(simulated.warnings), warning);
    await createGroup(here.acme, 'Licensed', [one, other]);
    const [, leaves] = (
      await api('POST', '/policy/plan', { preset: 'rollcall', settings: { ...settings, defaultLicense: 'none' } })
    ).body.warnings as string[];
    assert.match(leaves ?? '', /2 people are taken out of their teams, 2 memberships in all/);
    const document = { version: 1, policy: { ...settings, defaultLicense: 'none' } };
    const planned = await api('POST', '/configuration/plan', document);
    assert.match(String(planned.body.warnings), warning, JSON.stringify(planned.body));
    assert.ok((planned.body.warnings as string[]).includes(leaves ?? ''), 'as the plan of the policy says');
    const applied = await api('PUT', '/configuration', document, {
      'if-match': planned.headers.get('etag') as string,
    });
    assert.deepEqual(applied.body.warnings, planned.body.warnings, JSON.stringify(applied.body));
    await set(settings);
    await untilRefused('/Users', (name) => user(name, licensed('rubbish')));
    assertRefusal(
      await here.acme.scim('PUT', `/Users/${one}`, user('mia', licensed('rubbish'))),
      400,
      'invalidValue',
      /not a license of this organization/,
    );
    await here.acme.scim('PATCH', `/Users/${one}`, off);
    await here.acme.scim('PUT', `/Users/${other}`, user('nil', { active: false, ...licensed('nonsense') }));
    assert.deepEqual([await statusOf(one), await statusOf(other)], ['suspended', 'suspended']);
    await set({ licenseSource: 'none' });
  });

  test('what an admin edits of somebody with an older userName is not refused for it', async () => {
    await set({ addByHand: 'allowed' });
    const { body } = await api('POST', '/members', { userName: 'handmade' });
    await set({ usernameFormat: 'email', addByHand: 'allowed' });
    const edited = await api('PATCH', `/members/${body.id}`, { displayName: 'Hand Made' });
    assert.equal(edited.status, 200, JSON.stringify(edited.body));
    assert.equal((await api('PATCH', `/members/${body.id}`, { userName: 'handmade-2' })).status, 400);
    await createGroup(here.acme, 'After all');
  });
});
