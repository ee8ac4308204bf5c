import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fastify from 'fastify';
import { readEvents } from '../../src/events/feed.ts';
import { requireGuards } from '../../src/http/guard.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { apiClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { untilWaiting } from './beside-globex.ts';

describe('conventions of the management API', () => {
  let rollcall: TestRollcall;
  let acme: TestOrganization;

  before(async () => {
    rollcall = await startRollcall();
    acme = await rollcall.organization({ slug: 'acme' });
    await rollcall.organization({ slug: 'globex' });
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  const operator = () => apiClient(rollcall.url, rollcall.operatorKey);
  const keys = '/organizations/acme/api-keys';

  test('a route of the management guard needs a scope that exists, and no other guard has one (R1)', async () => {
    const app = fastify();
    requireGuards(app);
    assert.throws(() => app.get('/a', { config: { guard: 'management' } }, async () => ''), /needs a scope/);
    const misspelled = { guard: 'management', scope: 'member:read' } as unknown as { guard: 'management' };
    assert.throws(() => app.get('/b', { config: misspelled }, async () => ''), /needs a scope/);
    const surplus = { guard: 'operator', scope: 'members:read' } as const;
    assert.throws(() => app.get('/c', { config: surplus }, async () => ''), /needs a scope/);
    await app.close();
  });

  const invalid: [string, unknown, string, string][] = [
    ['a body that lacks what is needed', { name: 'x' }, '', 'scopes'],
    ['a scope that does not exist', { name: 'x', scopes: ['everything'] }, '/scopes/0', ''],
    ['a number where a text belongs', { name: 1, scopes: ['me:read'] }, '/name', 'string'],
    ['a property that is not known', { name: 'x', scopes: ['me:read'], admin: true }, '/admin', 'not known'],
  ];
  for (const [what, body, pointer, says] of invalid) {
    test(`${what} is refused, and the problem points to it (R12, R23)`, async () => {
      const answer = await operator()('POST', keys, body);
      assert.equal(answer.status, 400);
      assert.match(answer.headers.get('content-type') ?? '', /^application\/problem\+json/);
      assert.equal(answer.body.code, 'invalid_request');
      const [error] = answer.body.errors as { in: string; pointer: string; detail: string }[];
      assert.deepEqual([error?.in, error?.pointer], ['body', pointer]);
      assert.ok(error?.detail.includes(says), error?.detail);
    });
  }

  test('a body that is no JSON, names a key twice or is of another type is refused (R22, R23)', async () => {
    assert.equal((await operator()('POST', keys, '{"name":')).status, 400);
    assert.equal((await operator()('POST', keys, '{"name":"a","name":"b"}')).status, 400);
    const form = await operator()('POST', keys, 'name=x', { 'content-type': 'application/x-www-form-urlencoded' });
    assert.equal(form.status, 415);
    assert.equal(form.body.code, 'unsupported_media_type');
  });

  test('a creation with an Idempotency-Key has one answer and happens once', async () => {
    const body = { name: 'once', scopes: ['events:read'] };
    const headers = { 'idempotency-key': 'a-key-of-the-client' };
    const answers = [];
    for (let time = 0; time < 2; time++) answers.push(await operator()('POST', keys, body, headers));
    const [first, second] = answers;
    assert.equal(first?.status, 201);
    assert.deepEqual(second?.body, first?.body);
    assert.equal(second?.status, 201);
    assert.equal(first?.headers.get('idempotent-replayed'), null);
    assert.equal(second?.headers.get('idempotent-replayed'), 'true');
    const list = await operator()('GET', keys);
    assert.equal((list.body.items as { name: string }[]).filter(({ name }) => name === 'once').length, 1);
  });

  test('the answer to a creation says where it is, also the repeated one (RFC 9110 §15.3.2)', async () => {
    const api = operator();
    const acmePath = '/organizations/acme';
    const cases: [path: string, body: unknown, at: (made: Record<string, unknown>) => string][] = [
      ['/organizations', { slug: 'located', name: 'Located' }, () => 'located'],
      [`${acmePath}/members`, { userName: 'lou@acme.example', breakGlass: true }, ({ id }) => `acme/members/${id}`],
      [`${acmePath}/teams`, { name: 'Located' }, ({ id }) => `acme/teams/${id}`],
      [`${acmePath}/tokens`, { name: 'located' }, ({ id }) => `acme/tokens/${id}`],
      [keys, { name: 'located', scopes: ['events:read'] }, ({ id }) => `acme/api-keys/${id}`],
      [`${acmePath}/domains`, { name: 'located.example' }, () => 'acme/domains/located.example'],
    ];
    for (const [path, body, at] of cases) {
      for (let time = 0; time < 2; time++) {
        const answer = await api('POST', path, body, { 'idempotency-key': `located ${path}`.replaceAll(' ', '-') });
        assert.equal(answer.status, 201, answer.text);
        assert.equal(answer.headers.get('location'), `/api/v1/organizations/${at(answer.body)}`);
      }
    }
    const rotated = await api('POST', `${acmePath}/tokens/${acme.tokenId}/rotation`, {});
    assert.equal(rotated.headers.get('location'), `/api/v1/organizations/acme/tokens/${rotated.body.id}`);
    const team = await api('POST', `${acmePath}/teams`, { name: 'Gone' });
    await api('DELETE', `${acmePath}/teams/${team.body.id}`);
    const restored = await api('POST', `${acmePath}/teams/${team.body.id}/restore`);
    assert.equal(restored.headers.get('location'), `/api/v1/organizations/acme/teams/${restored.body.id}`);
  });

  test('a method that a path does not answer is refused with those that it does (RFC 9110 §15.5.6)', async () => {
    const api = operator();
    for (const [method, path, allow] of [
      ['DELETE', '/organizations/acme/policy', 'GET, HEAD, PUT'],
      ['PUT', '/organizations/acme', 'GET, HEAD, PATCH'],
      ['POST', '/organizations/globex/members/x', 'DELETE, GET, HEAD, PATCH'],
    ] as const) {
      const answer = await api(method, path);
      assert.deepEqual([answer.status, answer.body.code], [405, 'method_not_allowed'], answer.text);
      assert.equal(answer.headers.get('allow'), allow);
    }
    assert.equal((await api('DELETE', '/nothing')).status, 404);
  });

  test('an organization whose plan has no provisioning is off from the beginning, and its creation says so', async () => {
    const made = await operator()('POST', '/organizations', { slug: 'small', name: 'Small', plan: 'free' });
    assert.equal(made.body.scim, 'off');
    assert.deepEqual((await operator()('GET', '/organizations/small')).body, made.body);
  });

  test('of two changes at once that know the same state by If-Match one is made', async () => {
    const api = operator();
    const addresses = '/organizations/acme/addresses';
    const connection = '/organizations/acme/connection';
    for (const [method, path, bodies] of [
      ['PUT', addresses, ['192.0.2.1/32', '192.0.2.2/32'].map(range)],
      ['PATCH', connection, [{ state: 'paused' }, { state: 'observing' }]],
    ] as const) {
      for (let round = 0; round < 5; round++) {
        const etag = (await api('GET', path)).headers.get('etag') ?? '';
        const answers = await Promise.all(bodies.map((body) => api(method, path, body, { 'if-match': etag })));
        assert.deepEqual(answers.map(({ status }) => status).toSorted(), [200, 412], `${path}, round ${round}`);
        await api(method, path, method === 'PUT' ? range('192.0.2.3/32') : { state: 'on' });
      }
    }
    const etag = (await api('GET', connection)).headers.get('etag') ?? '';
    await api('PATCH', connection, { state: 'paused' });
    const late = await api('POST', `${connection}/disconnect`, { choice: 'keep' }, { 'if-match': etag });
    assert.deepEqual([late.status, (await api('PATCH', connection, { state: 'on' })).body.state], [412, 'on']);
  });

  test('If-Match is held against what a change finds when it gets its turn, not when it was sent', async () => {
    const api = operator();
    const org = await rollcall.organization({ slug: 'turns' });
    await api('PUT', '/organizations/turns/addresses', range('192.0.2.1/32'));
    const states = () =>
      Promise.all(
        ['turns', 'globex'].flatMap((slug) =>
          ['addresses', 'connection'].map(async (what) => (await api('GET', `/organizations/${slug}/${what}`)).body),
        ),
      );
    const addresses = `update address_lists set applies_to = 'nothing' where org_id = $1`;
    const connection = `update connections set state = 'observing', updated_at = updated_at + interval '1 second' where org_id = $1`;
    for (const [method, path, request, body, lock, change] of [
      [
        'PUT',
        'addresses',
        '',
        range('192.0.2.2/32'),
        'select from organizations where id = $1 for no key update',
        addresses,
      ],
      ['PATCH', 'connection', '', { state: 'paused' }, undefined, connection],
      ['POST', 'connection', '/disconnect', { choice: 'keep' }, undefined, connection],
    ] as const) {
      const etag = (await api('GET', `/organizations/turns/${path}`)).headers.get('etag') ?? '';
      const holder = await rollcall.db.owner.connect();
      try {
        await holder.query('begin');
        if (lock !== undefined) await holder.query(lock, [org.id]);
        await holder.query(change, [org.id]);
        const sent = api(method, `/organizations/turns/${path}${request}`, body, { 'if-match': etag });
        await untilWaiting(rollcall.db.owner, 1);
        await holder.query('commit');
        const found = await states();
        const answer = await sent;
        assert.deepEqual(
          [answer.status, answer.body.code],
          [412, 'precondition_failed'],
          `${method} ${path}${request}`,
        );
        assert.deepEqual(await states(), found);
      } finally {
        holder.release();
      }
    }
  });

  test('ten creations at once with one Idempotency-Key create one thing and have one answer', async () => {
    const headers = { 'idempotency-key': 'at-once' };
    const body = { name: 'at once', scopes: ['events:read'] };
    const answers = await Promise.all(Array.from({ length: 10 }, () => operator()('POST', keys, body, headers)));
    assert.deepEqual([...new Set(answers.map((answer) => `${answer.status} ${answer.text}`))].length, 1);
    const created = (await readEvents(rollcall.db.app, acme, { after: 0, limit: 1_000 })).filter(
      (event) => event.kind === 'api_key.created' && event.data.key.name === 'at once',
    );
    assert.equal(created.length, 1);
  });

  test('an Idempotency-Key with another body is a mistake of the client, and with another caller another key', async () => {
    const headers = { 'idempotency-key': 'reused' };
    const made = await operator()('POST', keys, { name: 'one', scopes: ['events:read'] }, headers);
    const other = await operator()('POST', keys, { name: 'two', scopes: ['events:read'] }, headers);
    assert.equal(other.status, 422);
    assert.equal(other.body.code, 'idempotency_mismatch');
    const at = { now: new Date() };
    const input = { name: 'maker', scopes: ['keys:write', 'events:read'] };
    const maker = apiClient(rollcall.url, (await createApiKey(rollcall.db.app, acme, input, at)).key);
    const separate = await maker('POST', keys, { name: 'one', scopes: ['events:read'] }, headers);
    assert.equal(separate.status, 201);
    assert.notEqual(separate.body.id, made.body.id);
  });

  test('an answer that is kept for repetition cannot be read in the database (R5, R53)', async () => {
    const headers = { 'idempotency-key': 'sealed' };
    const { body } = await operator()('POST', keys, { name: 'sealed', scopes: ['events:read'] }, headers);
    const { rows } = await rollcall.db.owner.query(`select encode(answer, 'escape') as answer from idempotent_answers`);
    assert.ok(rows.length > 0);
    const secret = (body.key as string).slice(37);
    for (const { answer } of rows) assert.ok(!answer.includes(secret) && !answer.includes('"name"'));
  });

  test('an organization is created once with an Idempotency-Key, and its slug is taken without', async () => {
    const body = { slug: 'initech', name: 'Initech' };
    const headers = { 'idempotency-key': 'initech' };
    const [first, second] = await Promise.all([1, 2].map(() => operator()('POST', '/organizations', body, headers)));
    assert.deepEqual([first?.status, second?.status], [201, 201]);
    assert.deepEqual(first?.body, second?.body);
    assert.equal(first?.body.scimBaseUrl, `${rollcall.url}/scim/v2/initech`);
    const taken = await operator()('POST', '/organizations', body);
    assert.equal(taken.status, 409);
    assert.equal(taken.body.code, 'conflict');
  });

  test('a change with If-Match of an older state is refused and changes nothing', async () => {
    const path = '/organizations/globex';
    const before = await operator()('GET', path);
    const etag = before.headers.get('etag') as string;
    const changed = await operator()('PATCH', path, { name: 'Globex Inc.' }, { 'if-match': etag });
    assert.equal(changed.status, 200);
    assert.notEqual(changed.headers.get('etag'), etag);
    const late = await operator()('PATCH', path, { name: 'Globex AG' }, { 'if-match': etag });
    assert.equal(late.status, 412);
    assert.equal((await operator()('GET', path)).body.name, 'Globex Inc.');
  });

  test('pages of a list follow each other, and a cursor of another list or organization opens nothing', async () => {
    const api = operator();
    for (const name of ['p1', 'p2', 'p3']) await api('POST', keys, { name, scopes: ['events:read'] });
    const all = (await api('GET', `${keys}?limit=200`)).body.items as { id: string }[];
    const walked: string[] = [];
    let cursor: unknown = '';
    while (cursor !== null) {
      const page = await api('GET', `${keys}?limit=2${cursor === '' ? '' : `&cursor=${cursor}`}`);
      walked.push(...(page.body.items as { id: string }[]).map(({ id }) => id));
      cursor = page.body.nextCursor;
    }
    assert.deepEqual(
      walked,
      all.map(({ id }) => id),
    );
    const { nextCursor } = (await api('GET', `${keys}?limit=1`)).body;
    for (const path of ['/organizations/globex/api-keys', '/organizations/acme/requests']) {
      const refused = await api('GET', `${path}?cursor=${nextCursor}`);
      assert.equal(refused.status, 400);
      assert.equal(refused.body.code, 'invalid_cursor');
      // The lists of this API have no sortBy.
      assert.doesNotMatch(refused.body.detail as string, /sort/);
    }
  });

  test('the rate of one API key is limited, with problem details and Retry-After (R27)', async () => {
    await using limited = await startRollcall({ env: { ROLLCALL_API_REQUESTS_PER_SECOND: '1' } });
    const hooli = await limited.organization({ slug: 'hooli' });
    const input = { name: 'busy', scopes: ['organization:read'] };
    const { key } = await createApiKey(limited.db.app, hooli, input, { now: new Date() });
    const api = apiClient(limited.url, key);
    const answers = await Promise.all(Array.from({ length: 6 }, () => api('GET', '/organizations/hooli')));
    const refused = answers.filter(({ status }) => status === 429);
    assert.ok(refused.length > 0);
    assert.equal(refused[0]?.body.code, 'rate_limited');
    assert.match(refused[0]?.headers.get('retry-after') ?? '', /^\d+$/);
    assert.equal((await hooli.scim('GET', '/Users')).status, 200);
  });
});

const range = (text: string) => ({ appliesTo: 'scim', allow: [{ range: text }], deny: [] });
