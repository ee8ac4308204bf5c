/** Who signs people in and who provisions them, under each value of the setting sameSignInProvider (K30). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readEvents } from '../../src/events/feed.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { createOrganization } from '../../src/provisioning/create-organization.ts';
import { apiClient, type Scim, startRollcall, type TestRollcall } from '../rollcall.ts';

type Org = { id: string; slug: string; api: Scim };

describe('the provider that signs people in', () => {
  let rollcall: TestRollcall;
  let globex: Org;
  let made = 0;
  const operator = () => apiClient(rollcall.url, rollcall.operatorKey);

  /** An organization as an operator makes it, with what is to be known of the sign-in from the beginning. */
  const organization = async (settings: Record<string, string> = {}): Promise<Org> => {
    const slug = `acme-${++made}`;
    const wanted = { slug, name: slug, plan: 'enterprise', settings } as const;
    const { id } = await createOrganization(rollcall.db.app, wanted, { now: new Date() });
    return { id, slug, api: (method, path, ...rest) => operator()(method, `/organizations/${slug}${path}`, ...rest) };
  };
  const declare = ({ api }: Org, provider: string, more: object = {}) =>
    api('PUT', '/sign-in-provider', { provider, ...more });
  const turn = ({ api }: Org, state: string, more: object = {}) => api('PATCH', '/connection', { state, ...more });
  const findingsOf = async ({ api }: Org) =>
    (
      (await api('GET', '/connection/findings')).body.findings as { id: string; severity: string; says: string }[]
    ).filter(({ id }) => id.startsWith('sign-in'));
  const stateOf = async ({ api }: Org) => (await api('GET', '/connection')).body.state;
  const confirm = ['sameSignInProvider'];

  before(async () => {
    rollcall = await startRollcall();
    globex = await organization({ signInProvider: 'okta' });
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  test('is declared, read, changed and taken back, each with its event, and only once where nothing changes', async () => {
    const acme = await organization();
    const none = await acme.api('GET', '/sign-in-provider');
    assert.deepEqual(none.body, {
      provider: null,
      issuer: null,
      declaredAt: null,
      removedAt: null,
      provisionedBy: 'okta',
      standing: 'undeclared',
      sameSignInProvider: 'overridable',
    });
    const issuer = 'https://acme.okta.com';
    for (let time = 0; time < 2; time++) {
      const { status, body, text } = await declare(acme, 'okta', { issuer });
      assert.deepEqual([status, body.provider, body.issuer, body.standing], [200, 'okta', issuer, 'same'], text);
    }
    const removed = await acme.api('DELETE', '/sign-in-provider');
    assert.deepEqual([removed.status, removed.body.provider, removed.body.standing], [200, null, 'undeclared']);
    assert.ok(removed.body.removedAt !== null);
    const events = (await readEvents(rollcall.db.app, acme, { after: 0, limit: 100 })).filter(
      ({ kind }) => kind === 'sign_in_provider.changed',
    );
    const declared = { provider: 'okta', issuer };
    assert.deepEqual(
      events.map(({ data }) => data),
      [
        { before: null, after: declared },
        { before: declared, after: null },
      ],
    );
    const { items } = (await acme.api('GET', '/audit?about=organization&kind=sign_in_provider.changed')).body as {
      items: { says: string }[];
    };
    assert.deepEqual(
      items.map(({ says }) => says),
      ['took back that people sign in with Okta', 'declared that people sign in with Okta (https://acme.okta.com)'],
    );
    assert.equal((await globex.api('GET', '/sign-in-provider')).body.issuer, null, 'another organization has its own');
  });

  test('is only changed by whoever saw what is declared, may write the connection, and names a provider', async () => {
    const acme = await organization();
    const first = (await acme.api('GET', '/sign-in-provider')).headers.get('etag') as string;
    const seen = { 'if-match': first };
    assert.equal((await acme.api('PUT', '/sign-in-provider', { provider: 'okta' }, seen)).status, 200);
    const late = await acme.api('PUT', '/sign-in-provider', { provider: 'okta', issuer: 'urn:x' }, seen);
    assert.deepEqual([late.status, late.body.code], [412, 'precondition_failed']);
    assert.equal((await acme.api('DELETE', '/sign-in-provider', undefined, seen)).status, 412);
    for (const body of [{ provider: 'myspace' }, { provider: 'okta', issuer: 'no uri' }, {}]) {
      assert.equal((await acme.api('PUT', '/sign-in-provider', body)).status, 400, JSON.stringify(body));
    }
    const key = async (scope: 'connection:read' | 'connection:write') => {
      const given = { name: scope, scopes: [scope] };
      return apiClient(rollcall.url, (await createApiKey(rollcall.db.app, acme, given, { now: new Date() })).key);
    };
    const [reader, writer] = [await key('connection:read'), await key('connection:write')];
    const path = `/organizations/${acme.slug}/sign-in-provider`;
    assert.equal((await reader('GET', path)).status, 200);
    assert.equal((await reader('DELETE', path)).body.scope, 'connection:write');
    assert.equal((await writer('PUT', path, { provider: 'okta' })).status, 200);
    const other = `/organizations/${globex.slug}`;
    assert.equal((await writer('PUT', `${other}/sign-in-provider`, { provider: 'entra' })).status, 404);
    assert.equal((await writer('PUT', `${other}/connection/provider`, { provider: 'entra' })).status, 404);
    assert.equal((await globex.api('GET', '/sign-in-provider')).body.provider, 'okta');
  });

  test('overridable: two providers are refused until somebody confirms them, and the audit says so (B3)', async () => {
    const acme = await organization();
    assert.equal(await stateOf(acme), 'on', 'none has to be declared');
    const refused = await declare(acme, 'entra');
    assert.deepEqual([refused.status, refused.body.code], [428, 'confirmation_required']);
    assert.match(
      refused.body.detail as string,
      /comes from Okta and people sign in with Microsoft Entra ID.*"confirm"/,
    );
    assert.equal((await acme.api('GET', '/sign-in-provider')).body.provider, null);
    assert.equal((await declare(acme, 'entra', { confirm })).body.standing, 'differ');
    assert.equal((await declare(acme, 'entra', { issuer: 'urn:acme' })).status, 200, 'the two are the same as before');

    assert.equal((await turn(acme, 'paused')).status, 200, 'what takes requests is not asked again');
    assert.equal((await turn(acme, 'on')).status, 200);
    await turn(acme, 'off');
    for (const state of ['on', 'observing']) assert.equal((await turn(acme, state)).status, 428, state);
    const on = await turn(acme, 'on', { confirm });
    assert.match((on.body.warnings as string[])[0] ?? '', /Okta and people sign in with Microsoft Entra ID/);
    const { items } = (await acme.api('GET', '/audit?kind=connection.state_changed&limit=1')).body as {
      items: { says: string }[];
    };
    assert.equal(items[0]?.says, 'turned provisioning from off to on, and confirmed that the two providers differ');

    const moved = await acme.api('PUT', '/connection/provider', { provider: 'entra' });
    assert.deepEqual([moved.status, moved.body.standing], [200, 'same']);
    assert.equal((await acme.api('PUT', '/connection/provider', { provider: 'okta' })).status, 428);
    assert.equal((await acme.api('GET', '/connection')).body.provider, 'entra');
  });

  test('required: provisioning waits until the provider is declared that provisions (B2, P1)', async () => {
    const acme = await organization({ sameSignInProvider: 'required' });
    assert.equal(await stateOf(acme), 'off');
    for (const more of [{}, { confirm }]) {
      const refused = await turn(acme, 'on', more);
      assert.deepEqual([refused.status, refused.body.code], [409, 'conflict']);
      assert.match(refused.body.detail as string, /no sign-in provider is declared.*rollcall sign-in set <org> okta/);
    }
    assert.equal((await declare(acme, 'google')).status, 200, 'while it is off it may be any');
    assert.match((await turn(acme, 'on', { confirm })).body.detail as string, /Okta.*Google Workspace/);
    await declare(acme, 'okta');
    assert.deepEqual((await turn(acme, 'on')).body.warnings, []);

    for (const refused of [
      await declare(acme, 'entra', { confirm }),
      await acme.api('DELETE', '/sign-in-provider'),
      await acme.api('PUT', '/connection/provider', { provider: 'entra', confirm }),
    ]) {
      assert.deepEqual([refused.status, refused.body.code], [409, 'conflict'], refused.text);
    }
    await turn(acme, 'off');
    assert.equal((await acme.api('DELETE', '/sign-in-provider')).status, 200);
  });

  test('any: nobody is asked, and nothing is found', async () => {
    const acme = await organization({ sameSignInProvider: 'any' });
    assert.equal((await declare(acme, 'entra')).status, 200);
    await turn(acme, 'off');
    assert.deepEqual((await turn(acme, 'on')).body.warnings, []);
    assert.deepEqual(await findingsOf(acme), []);
  });

  test('the setup doctor says that none is declared, that it was taken back, and that two differ, while it is on', async () => {
    const acme = await organization();
    const found = async () => (await findingsOf(acme)).map(({ id, severity }) => [id, severity]);
    assert.deepEqual(await found(), [['sign-in-undeclared', 'notice']]);
    await declare(acme, 'okta');
    assert.deepEqual(await found(), []);
    await acme.api('DELETE', '/sign-in-provider');
    assert.deepEqual(await found(), [['sign-in-removed', 'warning']]);
    await declare(acme, 'entra', { confirm });
    assert.deepEqual(await found(), [['sign-in-differs', 'warning']]);
    const policy = { preset: 'rollcall', settings: { sameSignInProvider: 'required' } };
    const plan = await acme.api('POST', '/policy/plan', policy);
    assert.match((plan.body.warnings as string[])[0] ?? '', /Entra ID.*Provisioning goes on until it is turned off/);
    assert.equal((await acme.api('PUT', '/policy', policy)).status, 200);
    assert.deepEqual([await stateOf(acme), await found()], ['on', [['sign-in-differs', 'problem']]]);
    await turn(acme, 'off');
    assert.deepEqual(await found(), []);
    assert.deepEqual(await findingsOf(globex), []);
  });

  test('a configuration carries both providers, changes them together, and is asked as they are asked alone', async () => {
    const acme = await organization();
    const plan = async (wanted: object, refused: RegExp | undefined = undefined) => {
      const answer = await acme.api('POST', '/configuration/plan', { version: 1, ...wanted });
      assert.equal(answer.status, 200, answer.text);
      if (refused === undefined) assert.equal(answer.body.refusal, null);
      else assert.match(answer.body.refusal as string, refused);
      return answer;
    };
    const apply = async (wanted: object) => {
      const etag = (await plan(wanted)).headers.get('etag') as string;
      return await acme.api('PUT', '/configuration', { version: 1, ...wanted }, { 'if-match': etag });
    };
    const entra = { provider: 'entra', issuer: 'urn:acme' };
    const both = { connection: { provider: 'entra' }, signInProvider: entra };
    const { changes, confirm: asked } = (await plan(both)).body as { changes: { path: string }[]; confirm: unknown[] };
    assert.deepEqual(
      changes.map(({ path }) => path),
      ['signInProvider', 'connection/provider'],
    );
    assert.deepEqual(asked, []);
    assert.equal((await apply(both)).status, 200);
    const exported = (await acme.api('GET', '/configuration')).body;
    assert.deepEqual([exported.signInProvider, (exported.connection as typeof entra).provider], [entra, 'entra']);
    assert.deepEqual((await plan(exported)).body.changes, [], 'nothing differs any more');

    const apart = { signInProvider: { provider: 'okta' } };
    const [needed] = (await plan(apart)).body.confirm as { setting: string; why: string }[];
    assert.deepEqual([needed?.setting, needed?.why.includes('Okta')], ['sameSignInProvider', true]);
    assert.equal((await apply(apart)).status, 428);
    assert.equal((await apply({ ...apart, confirm })).status, 200);

    const strict = { policy: { sameSignInProvider: 'required' } };
    assert.match(((await plan(strict)).body.warnings as string[])[0] ?? '', /Provisioning goes on/);
    assert.equal((await apply(strict)).status, 200);
    await plan({ signInProvider: { provider: 'google' } }, /Google.*wants one provider for both/s);
    assert.equal((await apply({ connection: { state: 'off' }, signInProvider: null })).status, 200);
    await plan({ connection: { state: 'on' } }, /no sign-in provider is declared.*wants one provider for both/s);
    assert.equal((await apply({ connection: { state: 'on' }, signInProvider: entra })).status, 200);
    assert.equal(await stateOf(acme), 'on');
    assert.equal((await globex.api('GET', '/sign-in-provider')).body.provider, 'okta');
  });
});
