import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { revokeToken } from '../../src/provisioning/revoke-token.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { tables } from '../../src/store/tables.ts';
import { listTokens } from '../../src/store/tokens.ts';
import { type Scim, scimClient } from '../rollcall.ts';
import { startServingProcess } from '../serving-process.ts';
import {
  assertRefusal,
  besideGlobex,
  createUser,
  eventually,
  lastEvent,
  loggedRequestOf,
  user,
} from './beside-globex.ts';

const now = () => ({ now: new Date() });

describe('SCIM tokens', () => {
  const here = besideGlobex();

  async function token(name: string, expiresAt?: Date): Promise<{ id: string; token: string; scim: Scim }> {
    const made = await createToken(here.rollcall.db.app, here.acme, { name, expiresAt }, { now: new Date(0) });
    return { ...made, scim: scimClient(here.acme.scimBaseUrl, made.token) };
  }

  test('the token is accepted behind Bearer in any letter case, and bare as Okta sends it (A1, OK9)', async () => {
    const { token } = here.acme;
    for (const authorization of [`Bearer ${token}`, `bearer ${token}`, `BEARER  ${token}`, token, ` ${token} `]) {
      const { status } = await here.acme.scim('GET', '/Users?count=1', undefined, { authorization });
      assert.equal(status, 200, authorization.replace(token, '…'));
    }
  });

  test('what is no token is refused with a SCIM error that says what to do, and is logged with its address and without its text (A1, R5, R52)', async () => {
    const { token } = here.acme;
    const last = token.at(-1) === 'A' ? 'B' : 'A';
    const texts = [
      '',
      'Bearer',
      'Bearer ',
      'Basic YTpi',
      'Bearer nonsense',
      `Bearer ${token.slice(0, -1)}${last}`,
      `Bearer ${token.slice(4)}`,
      `Bearer ${token}x`,
      `Token ${token}`,
      `Bearer ${token} ${token}`,
    ];
    for (const authorization of texts) {
      const answer = await here.acme.scim('GET', '/Users', undefined, { authorization });
      assertRefusal(answer, 401, undefined, /token.*(organization|Okta)/);
      assert.match(answer.headers.get('www-authenticate') ?? '', /^Bearer/);
      const logged = await loggedRequestOf(here.rollcall, here.acme, answer);
      assert.deepEqual([logged.status, logged.address, logged.tokenId], [401, '127.0.0.1', undefined]);
    }
  });

  test('the text of a token is in no table, no event, no log and no answer (R3, R5)', async () => {
    const answer = await here.acme.scim('POST', '/Users', user('secretive'));
    const secret = here.acme.token.slice(-49);
    assert.ok(!answer.text.includes(secret));
    await loggedRequestOf(here.rollcall, here.acme, answer);
    const inTheAddress = await here.acme.scim('GET', `/Users?access_token=${here.acme.token}`, undefined, {
      authorization: '',
    });
    assert.equal(inTheAddress.status, 401);
    const logged = await loggedRequestOf(here.rollcall, here.acme, inTheAddress);
    assert.match(logged.path, /access_token=\[redacted\]$/);
    for (const table of [...tables.organization, ...tables.directory]) {
      const { rows } = await here.rollcall.db.owner.query(
        `select count(*)::int as found from ${table} t where strpos(to_jsonb(t)::text, $1) > 0`,
        [secret],
      );
      assert.deepEqual(rows, [{ found: 0 }], table);
    }
    assert.match(here.acme.token, /^rct_[0-9a-f]{32}_[0-9A-Za-z]{49}$/);
  });

  test('a token that has expired is refused by name, and others go on (R4)', async () => {
    const expired = await token('short', new Date(Date.now() - 1000));
    assertRefusal(await expired.scim('GET', '/Users'), 401, undefined, /"short" has expired.*Create a new one/);
    const later = await token('long', new Date(Date.now() + 3_600_000));
    assert.equal((await later.scim('GET', '/Users?count=1')).status, 200);
  });

  test('two tokens overlap; a revoked one is refused by every process soon after, the other goes on (R4, I7)', async () => {
    assert.ok(limits.tokenCacheMs < 1000, 'what a process may remember of a token is less than a second old');
    await using other = await startServingProcess(here.rollcall.db);
    const first = await token('first');
    const second = await token('second');
    const nodes = [here.acme.scimBaseUrl, `${other.url}/scim/v2/acme`];
    const status = async (text: string, base: string) => (await scimClient(base, text)('GET', '/Users?count=1')).status;
    for (const base of nodes) {
      assert.deepEqual([await status(first.token, base), await status(second.token, base)], [200, 200]);
    }
    assert.equal(await revokeToken(here.rollcall.db.app, here.acme, first.id, now()), true);
    assert.equal(await revokeToken(here.rollcall.db.app, here.acme, first.id, now()), false);
    for (const base of nodes) {
      await eventually(async () => assert.equal(await status(first.token, base), 401));
      assertRefusal(
        await scimClient(base, first.token)('POST', '/Users', user('late')),
        401,
        undefined,
        /"first" was revoked/,
      );
      assert.equal(await status(second.token, base), 200);
    }
  });

  test('a token cannot be revoked from another organization (R7)', async () => {
    const stranger = await here.rollcall.organization();
    assert.equal(await revokeToken(here.rollcall.db.app, stranger, here.acme.tokenId, now()), false);
    assert.equal((await here.acme.scim('GET', '/Users?count=1')).status, 200);
  });

  test('the last use of a token is noted with its time, address and client', async () => {
    const used = await token('noted');
    const answer = await used.scim('GET', '/Users?count=1', undefined, { 'user-agent': 'Okta SCIM Client 1.0.0' });
    await loggedRequestOf(here.rollcall, here.acme, answer);
    await eventually(async () => {
      const found = (await listTokens(here.rollcall.db.app, here.acme)).find((each) => each.id === used.id);
      assert.deepEqual([found?.lastUsedAddress, found?.lastUsedClient], ['127.0.0.1', 'Okta SCIM Client 1.0.0']);
      assert.ok(found?.lastUsedAt !== undefined && found.lastUsedAt > new Date(0));
    });
  });

  test('with provisioning turned off nothing is changed and the answer says how to turn it on (D41)', async () => {
    const { db } = here.rollcall;
    const id = await createUser(here.acme, 'kept');
    assert.equal((await switchConnection(db.app, here.acme, 'off', now())).changed, true);
    const refused = await eventually(async () => {
      const answer = await here.acme.scim('GET', '/Users?count=1');
      assert.equal(answer.status, 403);
      return answer;
    });
    assertRefusal(refused, 403, undefined, /turned off.*rollcall scim enable acme/);
    const before = await lastEvent(here.rollcall, here.acme);
    for (const [method, path, body] of [
      ['POST', '/Users', user('off')],
      ['PUT', `/Users/${id}`, user('kept', { title: 'New' })],
      ['DELETE', `/Users/${id}`, undefined],
    ] as const) {
      const answer = await here.acme.scim(method, path, body);
      assertRefusal(answer, 403);
      assert.equal((await loggedRequestOf(here.rollcall, here.acme, answer)).tokenName, 'okta');
    }
    assert.equal(await lastEvent(here.rollcall, here.acme), before);
    assert.equal((await switchConnection(db.app, here.acme, 'on', now())).changed, true);
    await eventually(async () => assert.equal((await here.acme.scim('GET', `/Users/${id}`)).status, 200));
  });

  test('a suspended organization is refused', async () => {
    const { db } = here.rollcall;
    const set = (status: string) =>
      db.owner.query('update organizations set status = $2 where id = $1', [here.acme.id, status]);
    await set('suspended');
    await eventually(async () => assertRefusal(await here.acme.scim('GET', '/Users'), 403, undefined, /suspended/));
    await set('active');
    await eventually(async () => assert.equal((await here.acme.scim('GET', '/Users')).status, 200));
  });
});
