import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { AppSettings } from '../../okta-sim/options.ts';
import { type Canned, errorOf, listOf, type SeenRequest, startScriptedServer } from './scripted-server.ts';
import { ada, simulatedOkta } from './simulated-okta.ts';
import { startTinyScimApp } from './tiny-scim-app.ts';

const schemas = ['urn:ietf:params:scim:schemas:core:2.0:User'];
const account = { schemas, id: '7d1e', userName: ada.login, active: true };
const creating =
  'Automatic provisioning of user ada@acme.example to app SCIM app failed: Error while creating user Ada Byron: ';

/** Assigns Ada against canned answers, and returns the message under Tasks. */
async function assigning(answer: (request: SeenRequest, number: number) => Canned, app: AppSettings = {}) {
  await using server = await startScriptedServer(answer);
  using okta = simulatedOkta(server.baseUrl, app);
  okta.app.assign(okta.users.add(ada).id);
  const { tasks } = await okta.settle();
  const { log } = okta.engine.state;
  return { message: tasks[0]?.message, sent: server.seen.map(({ method }) => method), log, okta: okta.engine };
}

const onCreate: [title: string, answer: Canned, reason: string][] = [
  [
    '409: the reason and the detail',
    errorOf(409, 'userName already exists'),
    'Conflict. Errors reported by remote server: userName already exists',
  ],
  [
    '400: the reason and the detail',
    errorOf(400, 'userName must be an e-mail address'),
    'Bad Request. Errors reported by remote server: userName must be an e-mail address',
  ],
  ['501: no other way is tried', errorOf(501, 'no'), 'Not Implemented. Errors reported by remote server: no'],
  [
    '500 with HTML hides the cause',
    { status: 500, text: '<html>oops</html>' },
    "Internal Server Error. Errors reported by remote server: Invalid JSON: Unexpected character ('<')",
  ],
  [
    '502 in plain text hides the cause',
    { status: 502, text: 'error code: 502' },
    "Bad Gateway. Errors reported by remote server: Invalid JSON: Unrecognized token 'error'",
  ],
  ['201 without a body', { status: 201 }, 'Create new user returned empty user.'],
  ['201 without id', { status: 201, body: { schemas } }, 'Create new user returned empty user.'],
  ['201 without schemas', { status: 201, body: { id: '7d1e' } }, "No schema's defined in scim user"],
  [
    '201 with something that is no JSON',
    { status: 201, text: 'created' },
    "Invalid JSON: Unrecognized token 'created'",
  ],
];

for (const [title, answer, reason] of onCreate) {
  test(`a create is answered with ${title} (okta-wire.md §15, §20)`, async () => {
    const { message, sent, log } = await assigning(({ method }) => (method === 'GET' ? listOf() : answer));
    assert.equal(message, creating + reason);
    assert.deepEqual(sent, ['GET', 'POST'], 'nothing is tried again');
    const failed = log.filter(({ outcome }) => outcome.result === 'FAILURE').map(({ eventType }) => eventType);
    assert.deepEqual(failed, ['application.provision.user.push', 'application.provision.user.sync']);
  });
}

const onLookup: [title: string, answer: Canned, reason: string][] = [
  [
    'counts that are strings',
    { status: 200, body: { schemas, totalResults: '0', startIndex: '1', itemsPerPage: '0', Resources: [] } },
    'totalResults, startIndex and itemsPerPage must be numbers',
  ],
  [
    'no Resources',
    { status: 200, body: { schemas, totalResults: 0, startIndex: 1, itemsPerPage: 0 } },
    'No results for users returned',
  ],
  ['401', errorOf(401, 'token revoked'), 'Unauthorized. Errors reported by remote server: token revoked'],
  ['406', errorOf(406, 'text/html only'), 'Not Acceptable. Errors reported by remote server: text/html only'],
];

for (const [title, answer, reason] of onLookup) {
  test(`a lookup is answered with ${title}: nothing is created (okta-wire.md §4.1, §15)`, async () => {
    const { message, sent } = await assigning(() => answer);
    assert.equal(message, creating + reason);
    assert.deepEqual(sent, ['GET']);
  });
}

test('404 to a lookup means that there is nobody (okta-wire.md §4.1)', async () => {
  const { message, sent } = await assigning(({ method }) =>
    method === 'GET' ? errorOf(404, 'none') : { status: 201, body: account },
  );
  assert.equal(message, undefined);
  assert.deepEqual(sent, ['GET', 'POST']);
});

test('lower-case resources and totalresults are read (okta-wire.md §4.1)', async () => {
  const body = { schemas, totalresults: 1, startIndex: 1, itemsPerPage: 1, resources: [account] };
  const { message, sent } = await assigning(({ url }) => ({
    status: 200,
    body: url.includes('filter') ? body : account,
  }));
  assert.equal(message, undefined);
  assert.deepEqual(sent, ['GET', 'GET', 'PUT']);
});

test("an account with somebody else's userName is not linked (okta-wire.md §4.3)", async () => {
  const { sent } = await assigning(({ method }) =>
    method === 'GET' ? listOf({ ...account, userName: 'eve@acme.example' }) : { status: 201, body: account },
  );
  assert.deepEqual(sent, ['GET', 'POST']);
});

test('without Create Users a user that nobody matches is not created (okta-wire.md §4.3)', async () => {
  const { message, sent } = await assigning(() => listOf(), { toApp: { createUsers: false } });
  assert.equal(message, `${creating}Matching user not found`);
  assert.deepEqual(sent, ['GET']);
});

const onUpdate: [title: string, answer: Canned, reason: string | undefined][] = [
  ['404', errorOf(404, 'gone'), 'Matching user not found'],
  ['204', { status: 204 }, 'Update user returned empty user.'],
  ['200 with the user', { status: 200, body: account }, undefined],
];

for (const [title, answer, reason] of onUpdate) {
  test(`a PUT is answered with ${title} (okta-wire.md §5, §15)`, async () => {
    const { message } = await assigning(({ method, url }) => {
      if (url.includes('filter')) return listOf(account);
      return method === 'PUT' ? answer : { status: 200, body: account };
    });
    assert.equal(message, reason && creating + reason);
  });
}

test('204 to PUT passes when the switch says so (okta-wire.md §5, L)', async () => {
  const { message } = await assigning(
    ({ method, url }) =>
      url.includes('filter') ? listOf(account) : method === 'PUT' ? { status: 204 } : { status: 200, body: account },
    { unknowns: { emptyPutIsError: false } },
  );
  assert.equal(message, undefined);
});

test('an answer that does not come in time fails the task (okta-wire.md §1.3)', async () => {
  const { message } = await assigning(() => undefined, { timeoutMs: 50 });
  assert.equal(message, `${creating}Read timed out`);
});

test('a refused connection fails the task', async () => {
  await using gone = await startScriptedServer(() => undefined);
  const { baseUrl } = gone;
  await gone[Symbol.asyncDispose]();
  using okta = simulatedOkta(baseUrl);
  okta.app.assign(okta.users.add(ada).id);
  const { tasks } = await okta.settle();
  assert.match(tasks[0]?.message ?? '', /Connect to 127\.0\.0\.1:\d+ failed: Connection refused$/);
});

test('an admin who retries a task repeats the operation from its first request (okta-wire.md §9)', async () => {
  let busy = true;
  await using app = await startTinyScimApp((method) =>
    busy && method === 'POST' ? [503, { detail: 'later' }] : undefined,
  );
  using okta = simulatedOkta(app.baseUrl);
  okta.app.assign(okta.users.add(ada).id);
  await okta.settle();
  busy = false;
  assert.equal(okta.retryTasks(), 1);
  const { tasks } = await okta.settle();
  assert.deepEqual(tasks, []);
  assert.deepEqual(app.requests, ['GET /v2/Users', 'POST /v2/Users', 'GET /v2/Users', 'POST /v2/Users']);
});

test('401 in the middle fails what is tried then, and other tasks go on being tried (okta-wire.md §15)', async () => {
  await using app = await startTinyScimApp((method) => (method === 'POST' ? [401, { detail: 'revoked' }] : undefined));
  using okta = simulatedOkta(app.baseUrl);
  for (const name of ['ada', 'bob', 'cyd'])
    okta.app.assign(okta.users.add({ ...ada, login: `${name}@acme.example` }).id);
  const { tasks } = await okta.settle();
  assert.equal(tasks.length, 3);
});

const refusals: [title: string, retryAfter: string | undefined, pauses: number[]][] = [
  ['an integer', '2', [2, 4, 8]],
  ['nothing', undefined, [300, 600, 1200]],
  ['a date', 'Wed, 21 Oct 2026 07:28:00 GMT', [300, 600, 1200]],
  ['a fraction', '1.5', [300, 600, 1200]],
];

for (const [title, retryAfter, pauses] of refusals) {
  test(`429 with ${title} in Retry-After pauses ${pauses} seconds (okta-wire.md §15)`, async () => {
    const refuse = errorOf(429, 'busy', retryAfter === undefined ? {} : { 'retry-after': retryAfter });
    const { message, log } = await assigning(({ method }, number) => {
      if (number <= 3) return refuse;
      return method === 'GET' ? listOf() : { status: 201, body: account };
    });
    assert.equal(message, undefined);
    const paused = log.filter(({ eventType }) => eventType === 'application.integration.rate_limit_exceeded');
    assert.deepEqual(
      paused.map(({ outcome }) => outcome.reason),
      pauses.map((seconds) => `pause of ${seconds} s`),
    );
    const last = Date.parse(log.at(-1)?.published ?? '') - Date.parse('2026-01-01T00:00:00Z');
    assert.ok(last >= pauses.reduce((sum, one) => sum + one) * 1000, 'the create came after the pauses');
  });
}

test('after ten pauses Okta gives up and leaves the task to an admin (okta-wire.md §15)', async () => {
  const { message, sent } = await assigning(() => errorOf(429, 'busy', { 'retry-after': '1' }));
  assert.equal(message, `${creating}Too Many Requests. Errors reported by remote server: busy`);
  assert.equal(sent.length, 11);
});

test('a group push that fails in a transient way is tried again five minutes later (okta-wire.md §11.7)', async () => {
  let failures = 2;
  await using app = await startTinyScimApp((method) => {
    if (method !== 'POST' || failures === 0) return undefined;
    failures -= 1;
    return [502, undefined];
  });
  using okta = simulatedOkta(app.baseUrl);
  okta.push.group(okta.groups.add('Team').id);
  const { mappingsInError } = await okta.settle();
  assert.deepEqual(mappingsInError, []);
  const retried = okta.engine.state.log.filter(({ eventType }) => eventType.endsWith('update.or.delete.failed'));
  const added = okta.engine.state.log.find(({ eventType }) => eventType === 'application.provision.group.add');
  assert.equal(retried.length, 2);
  assert.ok(Date.parse(added?.published ?? '') - Date.parse(retried[0]?.published ?? '') >= 600_000);
});

test('a group push that is refused is in error until an admin pushes it again (okta-wire.md §10.2, §11.7)', async () => {
  let refuse = true;
  await using app = await startTinyScimApp((method) =>
    refuse && method === 'POST' ? [409, { detail: 'displayName exists' }] : undefined,
  );
  using okta = simulatedOkta(app.baseUrl);
  const group = okta.groups.add('Team');
  okta.push.group(group.id);
  const { mappingsInError } = await okta.settle();
  assert.match(
    mappingsInError[0]?.error ?? '',
    /Error while creating user group Team: Conflict\. Errors reported by remote server: displayName exists$/,
  );
  refuse = false;
  okta.groups.rename(group.id, 'Crew');
  await okta.settle();
  assert.equal(app.groups.size, 0, 'changes wait while the mapping is in error');
  okta.push.now(group.id);
  await okta.settle();
  assert.deepEqual(
    [...app.groups.values()].map(({ displayName }) => displayName),
    ['Crew'],
  );
});

test('a pushed group that the app deleted is an error that names the group (okta-wire.md §11.7)', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl, { profile: 'oin' });
  const group = okta.groups.add('Team');
  okta.push.group(group.id);
  await okta.settle();
  app.groups.clear();
  okta.groups.rename(group.id, 'Crew');
  const { mappingsInError } = await okta.settle();
  assert.match(
    mappingsInError[0]?.error ?? '',
    /^Unable to update Group Push mapping target App group Crew: Error while updating user group membership for group Crew: Not Found/,
  );
  assert.ok(okta.engine.state.log.some(({ eventType }) => eventType === 'application.provision.group.verify_exists'));
});

test('deleting a group that is gone already is no error (okta-wire.md §11.6)', async () => {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl);
  const group = okta.groups.add('Team');
  okta.push.group(group.id);
  await okta.settle();
  app.groups.clear();
  okta.push.unlink(group.id, true);
  const { tasks } = await okta.settle();
  assert.deepEqual(tasks, []);
});

test('Test API Credentials says what is wrong with the credentials (okta-wire.md §3, behaviors.md D14)', async () => {
  await using server = await startScriptedServer(() => errorOf(401, 'bad token'));
  using okta = simulatedOkta(server.baseUrl, { supportedActions: { importGroups: true } });
  await assert.rejects(okta.app.testCredentials(), /Error authenticating: Invalid credentials/);
  assert.deepEqual(
    server.seen.map(({ url }) => url),
    ['/scim/v2/Users?startIndex=1&count=2'],
  );
});

test('Test API Credentials probes groups only when the app imports them (okta-wire.md §3)', async () => {
  await using server = await startScriptedServer(() => listOf());
  using okta = simulatedOkta(server.baseUrl, { supportedActions: { importGroups: true } });
  await okta.app.testCredentials();
  assert.deepEqual(
    server.seen.map(({ url }) => url),
    ['/scim/v2/Users?startIndex=1&count=2', '/scim/v2/Groups?startIndex=1&count=100'],
  );
});
