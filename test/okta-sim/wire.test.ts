import assert from 'node:assert/strict';
import { test } from 'node:test';
import { minimalMapping } from '../../okta-sim/default-mapping.ts';
import type { AppSettings, Auth } from '../../okta-sim/options.ts';
import { listOf, type ScriptedServer, startScriptedServer } from './scripted-server.ts';
import { ada, simulatedOkta } from './simulated-okta.ts';

const id = '7d1e';
const stored = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  id,
  userName: 'ada@acme.example',
  name: { givenName: 'Ada', familyName: 'Byron', formatted: 'Ada Byron' },
  emails: [{ primary: true, value: 'ada@acme.example', display: 'Ada' }],
  externalId: 'of somebody else',
  nickName: 'Countess',
  active: true,
  meta: { resourceType: 'User', location: 'https://app.acme.example/Users/7d1e' },
};

/** A server where Ada has an account, or has none until she is created. */
function server(existing: Record<string, unknown> | undefined): Promise<ScriptedServer> {
  return startScriptedServer(({ method, url }) => {
    if (url.includes('?filter=')) return existing ? listOf(existing) : listOf();
    if (method === 'PATCH') return { status: 204 };
    return { status: method === 'POST' ? 201 : 200, body: existing ?? stored };
  });
}

async function assignAda(baseUrl: string, app: AppSettings, auth?: Auth, profile = {}): Promise<void> {
  using okta = simulatedOkta(baseUrl, { mapping: minimalMapping, ...app }, auth ? { auth } : {});
  okta.app.assign(okta.users.add({ ...ada, ...profile }).id);
  const { tasks } = await okta.settle();
  assert.deepEqual(tasks, []);
}

test('a POST carries the captured headers in the captured order (okta-wire.md §1.1)', async () => {
  await using app = await server(undefined);
  await assignAda(app.baseUrl, {});
  const post = app.seen[1];
  // biome-ignore format: names beside their values
  assert.deepEqual(post?.rawHeaders, [
    'Accept', 'application/scim+json',
    'Accept-Charset', 'utf-8',
    'Content-Type', 'application/scim+json; charset=utf-8',
    'User-Agent', 'Okta SCIM Client 1.0.0',
    'Authorization', 'Bearer secret-token',
    'Content-Length', String(Buffer.byteLength(post?.text ?? '')),
    'Host', new URL(app.baseUrl).host,
    'Connection', 'Keep-Alive',
    'Accept-Encoding', 'gzip,deflate',
  ]);
});

test('a GET has no Content-Type and no body (okta-wire.md §1.1)', async () => {
  await using app = await server(undefined);
  await assignAda(app.baseUrl, {});
  assert.equal(app.seen[0]?.method, 'GET');
  assert.equal(app.seen[0]?.text, '');
  assert.ok(!app.seen[0]?.rawHeaders.includes('Content-Type'));
});

test('the lookup is one eq clause, then startIndex and count, percent-encoded; a plus is %2B (okta-wire.md §1.4)', async () => {
  await using app = await server(undefined);
  await assignAda(app.baseUrl, {}, undefined, { login: "o'brien+eu@acme.example" });
  assert.equal(
    app.seen[0]?.url,
    '/scim/v2/Users?filter=userName%20eq%20%22o%27brien%2Beu%40acme.example%22&startIndex=1&count=100',
  );
});

test('older versions encode spaces as plus (okta-wire.md §1.4)', async () => {
  await using app = await server(undefined);
  await assignAda(app.baseUrl, { unknowns: { queryEncoding: 'plus' } });
  assert.match(app.seen[0]?.url ?? '', /\?filter=userName\+eq\+%22ada%40acme.example%22&startIndex=1&count=100$/);
});

test('another unique identifier is used verbatim on the left side (okta-wire.md §4.1, L)', async () => {
  await using app = await server(stored);
  await assignAda(app.baseUrl, { uniqueIdentifier: 'emails[type eq "work"].value' });
  assert.match(
    decodeURIComponent(app.seen[0]?.url ?? ''),
    /filter=emails\[type eq "work"\]\.value eq "ada@acme.example"/,
  );
});

const authorizations: [auth: Auth, header: string][] = [
  [{ mode: 'bearer', token: 'abc' }, 'Bearer abc'],
  [{ mode: 'header', token: 'abc' }, 'abc'],
  [{ mode: 'basic', username: 'okta', password: 'pass' }, `Basic ${Buffer.from('okta:pass').toString('base64')}`],
  [{ mode: 'oauth', accessToken: 'abc' }, 'Bearer abc'],
];

for (const [auth, header] of authorizations) {
  test(`${auth.mode} authentication sends ${header} (okta-wire.md §1.2)`, async () => {
    await using app = await server(undefined);
    await assignAda(app.baseUrl, {}, auth);
    const { rawHeaders = [] } = app.seen[0] ?? {};
    assert.equal(rawHeaders[rawHeaders.indexOf('Authorization') + 1], header);
  });
}

test('an OAuth app renews its access token with the refresh token when it is refused (okta-wire.md §1.2)', async () => {
  await using app = await startScriptedServer(({ url, rawHeaders, method }) => {
    if (url === '/token') return { status: 200, body: { access_token: 'fresh' } };
    if (!rawHeaders.includes('Bearer fresh')) return { status: 401, body: { detail: 'expired' } };
    return method === 'GET' ? listOf() : { status: 201, body: stored };
  });
  const refresh = {
    tokenUrl: new URL('/token', app.baseUrl).href,
    clientId: 'id',
    clientSecret: 's',
    refreshToken: 'r',
  };
  await assignAda(app.baseUrl, {}, { mode: 'oauth', accessToken: 'stale', refresh });
  assert.equal(app.seen[1]?.text, 'grant_type=refresh_token&refresh_token=r&client_id=id&client_secret=s');
  assert.deepEqual(
    app.seen.map(({ method, url }) => `${method} ${url.split('?')[0]}`),
    ['GET /scim/v2/Users', 'POST /token', 'GET /scim/v2/Users', 'POST /scim/v2/Users'],
  );
});

test('POST has the captured keys in the captured order, with a password of eight characters (okta-wire.md §4.2)', async () => {
  await using app = await server(undefined);
  await assignAda(app.baseUrl, {}, undefined, { displayName: 'Ada Byron' });
  const { text = '', body } = app.seen[1] ?? {};
  const { password, externalId } = body as { password: string; externalId: string };
  assert.match(password, /^[0-9A-Za-z]{8}$/);
  assert.match(externalId, /^00u[0-9A-Za-z]{17}$/);
  assert.equal(
    text,
    '{"schemas":["urn:ietf:params:scim:schemas:core:2.0:User"],"userName":"ada@acme.example",' +
      '"name":{"givenName":"Ada","familyName":"Byron"},' +
      '"emails":[{"primary":true,"value":"ada@acme.example","type":"work"}],"displayName":"Ada Byron",' +
      `"externalId":"${externalId}","groups":[],"password":"${password}","active":true}`,
  );
});

test('PUT echoes what GET returned and lays the mapped values over it (okta-wire.md §5)', async () => {
  await using app = await server(stored);
  await assignAda(app.baseUrl, {}, undefined, { lastName: 'Lovelace' });
  const put = app.seen.at(-1)?.body as Record<string, unknown>;
  assert.match(String(put.externalId), /^00u/);
  assert.deepEqual(put, {
    ...stored,
    externalId: put.externalId,
    name: { givenName: 'Ada', familyName: 'Lovelace', formatted: 'Ada Byron' },
    emails: [{ primary: true, value: 'ada@acme.example', display: 'Ada', type: 'work' }],
    groups: [],
  });
});

test('the PUT that deactivates keeps the values of the server and adds no groups (okta-wire.md §6)', async () => {
  await using app = await server(stored);
  using okta = simulatedOkta(app.baseUrl, { mapping: minimalMapping });
  const { id: userId } = okta.users.add({ ...ada, lastName: 'Lovelace' });
  okta.app.assign(userId);
  await okta.settle();
  okta.app.unassign(userId);
  await okta.settle();
  assert.deepEqual(app.seen.at(-1)?.body, { ...stored, externalId: userId, active: false });
});

test('a catalog app deactivates with a path-less replace and a real boolean (okta-wire.md §6)', async () => {
  await using app = await server(undefined);
  using okta = simulatedOkta(app.baseUrl, { profile: 'oin' });
  const { id: userId } = okta.users.add(ada);
  okta.app.assign(userId);
  await okta.settle();
  okta.app.unassign(userId);
  await okta.settle();
  assert.equal(
    app.seen.at(-1)?.text,
    '{"schemas":["urn:ietf:params:scim:api:messages:2.0:PatchOp"],"Operations":[{"op":"replace","value":{"active":false}}]}',
  );
});
