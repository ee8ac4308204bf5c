import assert from 'node:assert/strict';
import { test } from 'node:test';
import { serveManagementApi } from '../../okta-sim/management-api.ts';
import type { Profile } from '../../okta-sim/options.ts';
import { simulatedOkta } from './simulated-okta.ts';
import { startTinyScimApp } from './tiny-scim-app.ts';

type Json = Record<string, unknown>;

async function api(baseUrl: string, profile: Profile = 'aiw') {
  const okta = simulatedOkta(baseUrl, { profile });
  const errors: unknown[] = [];
  const served = await serveManagementApi(okta, {
    port: 0,
    host: '127.0.0.1',
    apiToken: 'ssws',
    onError: (error) => errors.push(error),
  });
  let closed = false;
  const close = async (): Promise<void> => {
    if (closed) return;
    closed = true;
    await served.close();
  };
  return {
    okta,
    errors,
    appId: okta.engine.state.app.id,
    call: async (
      method: string,
      path: string,
      body?: unknown,
      token = 'ssws',
    ): Promise<{ status: number; body: Json }> => {
      const answer = await fetch(served.url + path, {
        method,
        headers: { authorization: `SSWS ${token}`, 'content-type': 'application/json' },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      const text = await answer.text();
      return { status: answer.status, body: text === '' ? {} : (JSON.parse(text) as Json) };
    },
    /** Stops listening and waits for the provisioning that the calls caused. */
    close,
    [Symbol.asyncDispose]: async () => {
      await close();
      okta.close();
    },
  };
}

const profile = {
  firstName: 'Ada',
  lastName: 'Byron',
  email: 'ada@acme.example',
  login: 'ada@acme.example',
  title: 'Engineer',
};

for (const kind of ['aiw', 'oin'] satisfies Profile[]) {
  test(`the calls of the certification suites provision, update, deactivate and re-admit: ${kind}`, async () => {
    await using app = await startTinyScimApp();
    await using management = await api(app.baseUrl, kind);
    const { call, appId } = management;
    assert.equal((await call('GET', `/api/v1/apps/${appId}`)).body.id, appId);
    const added = await call('POST', '/api/v1/users?activate=true', {
      profile,
      credentials: { password: { value: 'Kv7J2LEa' } },
    });
    assert.equal(added.status, 200);
    const { id } = added.body;
    const assignment = {
      id,
      scope: 'USER',
      credentials: { userName: 'ada@acme.example' },
      profile: { givenName: 'Ada' },
    };
    assert.equal((await call('POST', `/api/v1/apps/${appId}/users`, assignment)).status, 200);
    const grant = {
      grantType: 'CUSTOM',
      targetPrincipal: { externalId: id },
      actor: 'ADMIN',
      target: { externalId: appId },
    };
    assert.equal((await call('POST', '/governance/api/v1/grants', grant)).status, 200);
    const { title: _, ...renamed } = { ...profile, firstName: 'Augusta' };
    assert.equal((await call('PUT', `/api/v1/users/${id}`, { profile: renamed })).status, 200);
    assert.equal((await call('POST', `/api/v1/users/${id}/lifecycle/deactivate`, '')).status, 200);
    assert.equal((await call('POST', `/api/v1/apps/${appId}/users`, assignment)).status, 400, 'a deactivated user');
    assert.equal((await call('POST', `/api/v1/users/${id}/lifecycle/activate`, '')).status, 200);
    assert.equal((await call('POST', `/api/v1/apps/${appId}/users`, assignment)).status, 200);
    assert.equal((await call('DELETE', `/api/v1/apps/${appId}/users/${id}`)).status, 204);
    await management.close();
    const [account] = app.users.values();
    assert.deepEqual(management.errors, []);
    assert.equal(account?.active, false);
    assert.deepEqual(account?.name, { givenName: 'Augusta', familyName: 'Byron' });
    assert.equal(account?.title, undefined, 'PUT without a title took it away');
  });
}

test("errors have Okta's codes and form", async () => {
  await using app = await startTinyScimApp();
  await using management = await api(app.baseUrl);
  const { call, appId } = management;
  await call('POST', '/api/v1/users?activate=true', { profile });
  const cases: [status: number, code: string, answer: { status: number; body: Json }][] = [
    [401, 'E0000011', await call('GET', `/api/v1/apps/${appId}`, undefined, 'wrong')],
    [404, 'E0000007', await call('GET', '/api/v1/apps/0oanothing')],
    [404, 'E0000007', await call('PUT', '/api/v1/users/00unobody', { profile })],
    [404, 'E0000007', await call('DELETE', `/api/v1/apps/${appId}/users/ada@acme.example`)],
    [404, 'E0000022', await call('GET', '/api/v1/logs')],
    [400, 'E0000001', await call('POST', '/api/v1/users', { profile })],
    [400, 'E0000001', await call('POST', '/api/v1/users', { profile: { login: 'x' } })],
    [400, 'E0000003', await call('POST', '/api/v1/users', '{ not json')],
  ];
  for (const [status, code, answer] of cases) {
    assert.equal(answer.status, status);
    assert.equal(answer.body.errorCode, code);
    assert.ok(Array.isArray(answer.body.errorCauses));
  }
});
