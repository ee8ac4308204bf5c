import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { apiClient, type Scim } from '../rollcall.ts';
import { startServingProcess } from '../serving-process.ts';
import {
  assertRefusal,
  besideGlobex,
  eventsAfter,
  eventually,
  lastEvent,
  loggedRequestOf,
  user,
} from './beside-globex.ts';

describe('lists of addresses', () => {
  const here = besideGlobex({}, { env: { ROLLCALL_TRUSTED_PROXIES: '127.0.0.1' } });
  const api = (): Scim => apiClient(here.rollcall.url, here.rollcall.operatorKey);
  const path = '/organizations/acme/addresses';
  const from = (address: string) => ({ 'x-forwarded-for': address });
  const open = { appliesTo: 'nothing', allow: [], deny: [] };

  async function set(lists: Record<string, unknown>): Promise<void> {
    const { status, text } = await api()('PUT', path, { ...open, ...lists });
    assert.equal(status, 200, text);
  }

  const isLetIn = async (address: string): Promise<boolean> => {
    const { status } = await here.acme.scim('GET', '/Users?count=1', undefined, from(address));
    assert.ok(status === 200 || status === 403, String(status));
    return status === 200;
  };

  test('the narrower of the allowed and denied ranges wins, and what no range holds stays out (B21, B22)', async () => {
    await set({
      appliesTo: 'scim',
      allow: [{ range: '10.0.0.0/8' }, { range: '10.1.2.0/24', note: 'the office' }, { range: '2001:db8::/32' }],
      deny: [{ range: '10.1.0.0/16' }, { range: '2001:db8:bad::/48' }],
    });
    await eventually(async () => assert.equal(await isLetIn('192.0.2.1'), false));
    for (const [address, expected] of [
      ['10.9.9.9', true],
      ['10.1.9.9', false],
      ['10.1.2.3', true],
      ['::ffff:10.9.9.9', true],
      ['2001:db8::1', true],
      ['2001:db8:bad::1', false],
      ['2001:db9::1', false],
    ] as const) {
      assert.equal(await isLetIn(address), expected, address);
    }
  });

  test('a refusal is SCIM JSON that names the address, the range and where to change it; it is logged and changes nothing', async () => {
    await set({ appliesTo: 'scim', deny: [{ range: '203.0.113.0/24' }] });
    const before = await lastEvent(here.rollcall, here.acme);
    const refused = await eventually(async () => {
      const answer = await here.acme.scim('POST', '/Users', user('outsider'), from('203.0.113.9'));
      const says = /address 203\.0\.113\.9 is in 203\.0\.113\.0\/24, which is denied.*rollcall address list acme/;
      assertRefusal(answer, 403, undefined, says);
      return answer;
    });
    const logged = await loggedRequestOf(here.rollcall, here.acme, refused);
    assert.deepEqual([logged.status, logged.address, logged.tokenName], [403, '203.0.113.9', 'okta']);
    assert.equal(await lastEvent(here.rollcall, here.acme), before);
    await set({ appliesTo: 'scim', allow: [{ range: '10.0.0.0/8' }] });
    await eventually(async () =>
      assertRefusal(
        await here.acme.scim('GET', '/Users', undefined, from('203.0.113.9')),
        403,
        undefined,
        /address 203\.0\.113\.9 is in no range that is allowed/,
      ),
    );
  });

  test('lists wait until they are turned on, and hold on every process within a second (B22)', async () => {
    await using other = await startServingProcess(here.rollcall.db);
    await set({ appliesTo: 'nothing', deny: [{ range: '127.0.0.0/8' }] });
    const onOther = async () => {
      const answer = await fetch(`${other.url}/scim/v2/acme/Users?count=1`, {
        headers: { authorization: `Bearer ${here.acme.token}`, ...from('10.0.0.1') },
      });
      await answer.body?.cancel();
      return answer.status;
    };
    await eventually(async () => assert.equal(await isLetIn('127.0.0.1'), true));
    assert.equal(await onOther(), 200);
    await set({ appliesTo: 'scim', deny: [{ range: '127.0.0.0/8' }] });
    // This one was not told to trust a proxy, so what the header says is not where the request comes from (R47).
    await eventually(async () => assert.equal(await onOther(), 403));
    await set(open);
    await eventually(async () => assert.equal(await onOther(), 200));
  });

  test('they hold for API keys where they are set to, and never for the operator; nobody shuts out the own address (B22)', async () => {
    const { key } = await createApiKey(
      here.rollcall.db.app,
      here.acme,
      { name: 'admin', scopes: ['connection:read', 'connection:write'] },
      { now: new Date() },
    );
    const admin = apiClient(here.rollcall.url, key);
    const shut = { appliesTo: 'scim-and-api', allow: [{ range: '10.0.0.0/8' }], deny: [] };
    const refused = await admin('PUT', path, shut, from('192.0.2.1'));
    assert.equal(refused.status, 409);
    assert.match(refused.body.detail ?? '', /shut out your own address 192\.0\.2\.1/);
    assert.equal((await admin('PUT', path, shut, from('10.0.0.1'))).status, 200);
    await eventually(async () => assert.equal((await admin('GET', path, undefined, from('192.0.2.1'))).status, 403));
    assert.equal((await admin('GET', path, undefined, from('10.0.0.1'))).status, 200);
    assert.equal((await api()('GET', path, undefined, from('192.0.2.1'))).status, 200);
    assert.equal((await admin('PUT', path, { ...shut, appliesTo: 'scim' }, from('10.0.0.1'))).status, 200);
    await eventually(async () => assert.equal((await admin('GET', path, undefined, from('192.0.2.1'))).status, 200));
    await set(open);
  });

  test('the same range in both lists, and what is no range, is refused and changes nothing (B22)', async () => {
    await set({ allow: [{ range: '10.0.0.0/8', note: 'kept' }] });
    for (const [lists, says, pointer] of [
      [
        { allow: [{ range: '10.0.0.0/8' }], deny: [{ range: '10.0.0.0/8' }] },
        /10\.0\.0\.0\/8 is both allowed and denied/,
        '/deny/0/range',
      ],
      [{ allow: [{ range: '::1' }, { range: 'nowhere' }] }, /"nowhere" is no range/, '/allow/1/range'],
      [{ deny: [{ range: '10.1.2.3/8' }] }, /the range is 10\.0\.0\.0\/8/, '/deny/0/range'],
    ] as const) {
      const { status, body } = await api()('PUT', path, { ...open, ...lists });
      assert.equal(status, 400);
      assert.match(body.detail ?? '', says);
      assert.deepEqual(body.errors, [{ in: 'body', pointer, detail: body.detail }]);
    }
    const { body, headers } = await api()('GET', path);
    assert.deepEqual(body.allow, [{ range: '10.0.0.0/8', note: 'kept', source: null }]);
    const stale = await api()('PUT', path, open, { 'if-match': '"stale"' });
    assert.equal(stale.status, 412);
    assert.equal((await api()('PUT', path, open, { 'if-match': headers.get('etag') ?? '' })).status, 200);
  });

  test('the ranges that Okta publishes take the place of those imported before, and the feed tells which (B21)', async () => {
    await set({ appliesTo: 'scim', allow: [{ range: '127.0.0.0/8' }], deny: [{ range: '198.51.100.0/25' }] });
    const first = {
      us_cell_1: { ip_ranges: ['192.0.2.0/24', '198.51.100.0/24'] },
      eu: { ip_ranges: ['203.0.113.0/24'] },
    };
    const imported = await api()('POST', `${path}/okta-ranges`, { document: first, cells: ['us_cell_1'] });
    assert.equal(imported.status, 200, imported.text);
    await eventually(async () => assert.equal(await isLetIn('192.0.2.9'), true));
    assert.deepEqual(
      [await isLetIn('198.51.100.1'), await isLetIn('198.51.100.200'), await isLetIn('203.0.113.1')],
      [false, true, false],
    );
    const before = await lastEvent(here.rollcall, here.acme);
    const second = { us_cell_1: { ip_ranges: ['192.0.2.0/25'] } };
    const again = await api()('POST', `${path}/okta-ranges`, { document: second });
    assert.deepEqual(again.body.allow, [
      { range: '127.0.0.0/8', note: null, source: null },
      { range: '192.0.2.0/25', note: null, source: 'okta' },
    ]);
    const [event, ...others] = await eventsAfter(here.rollcall, here.acme, before);
    assert.deepEqual(others, []);
    const { rulesAdded, rulesRemoved } = (event as { data: unknown }).data as Record<string, { range: string }[]>;
    assert.deepEqual(
      [event?.kind, rulesAdded?.map(({ range }) => range), rulesRemoved?.map(({ range }) => range)],
      ['addresses.changed', ['192.0.2.0/25'], ['192.0.2.0/24', '198.51.100.0/24']],
    );
    assert.equal((await api()('POST', `${path}/okta-ranges`, { document: { a: 1 } })).status, 400);
    await set(open);
  });

  test('a person at /Me comes from where the lists let in', async () => {
    await set(open);
    const { body } = await here.acme.scim('POST', '/Users', user('self'));
    const { key } = await createApiKey(
      here.rollcall.db.app,
      here.acme,
      { name: 'own', scopes: ['me:read'], memberId: body.id as string },
      { now: new Date() },
    );
    const me = (address: string) =>
      here.acme.scim('GET', '/Me', undefined, { authorization: `Bearer ${key}`, ...from(address) });
    await set({ appliesTo: 'scim', allow: [{ range: '10.0.0.0/8' }] });
    assert.equal((await me('10.0.0.1')).status, 200);
    assertRefusal(await me('192.0.2.1'), 403, undefined, /192\.0\.2\.1 is in no range that is allowed/);
    await set(open);
  });
});
