import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import Fastify, { type FastifyInstance } from 'fastify';
import { v7 as uuidv7 } from 'uuid';
import { readConfig } from '../../src/config.ts';
import { rememberAddresses } from '../../src/http/addresses.ts';
import { apiAuthentication } from '../../src/http/api/authentication.ts';
import { managementApi } from '../../src/http/api/management-api.ts';
import type { OrganizationList } from '../../src/http/api/schemas/organization.ts';
import type { Problem } from '../../src/http/api/schemas/parts.ts';
import type { RequestDetail, RequestList } from '../../src/http/api/schemas/request.ts';
import type { Status } from '../../src/http/api/schemas/status.ts';
import { createRateLimits } from '../../src/http/rate-limits.ts';
import { createCursors } from '../../src/http/scim/cursors.ts';
import { defaultPolicy } from '../../src/organization/policy.ts';
import { openDatabase } from '../../src/store/database.ts';
import { inOrganization } from '../../src/store/organization-transaction.ts';
import { insertOrganization } from '../../src/store/organization-writing.ts';
import { insertRequests, type LoggedRequest } from '../../src/store/request-log.ts';
import { type TestDatabase, testDatabase } from '../database.ts';

const operatorKey = 'rco_0123456789abcdefghijklmnopqrstuvwxyz';
const now = new Date('2030-01-10T12:00:00Z');
const bulkId = uuidv7();
const routes = [
  '/api/v1/status',
  '/api/v1/organizations',
  '/api/v1/organizations/acme/requests',
  `/api/v1/organizations/acme/requests/${uuidv7()}`,
  '/api/v1/nothing',
];

describe('the management API, for the operator', () => {
  let db: TestDatabase;
  let api: FastifyInstance;
  let acme: string;
  let globex: string;
  /** The twelve requests of acme, oldest first; every fourth was refused. */
  let log: LoggedRequest[];
  let foreign: LoggedRequest;
  const logLines: string[] = [];

  before(async () => {
    db = await testDatabase();
    api = await apiOn(db, logLines);
    acme = await organization(db, 'acme', 'Acme Corporation');
    globex = await organization(db, 'globex', 'Globex');
    const inBulk = (index: number) => ({ bulk: { id: bulkId, index } });
    log = Array.from({ length: 12 }, (_, place) =>
      logged(place, { ...(place % 4 === 3 ? refused : {}), ...(place === 2 || place === 3 ? inBulk(place - 2) : {}) }),
    );
    foreign = logged(8, { path: '/scim/v2/globex/Users', ...inBulk(7) });
    await insertRequests(db.app, acme, log);
    await insertRequests(db.app, globex, [foreign]);
  });

  after(async () => {
    await api.close();
    await db[Symbol.asyncDispose]();
  });

  const ask = async (url: string) => await api.inject({ url, headers: { authorization: `Bearer ${operatorKey}` } });

  for (const url of routes) {
    test(`${url.replace(/[0-9a-f-]{36}/, ':id')} refuses every other credential with problem details (R6, R26, RFC 9457)`, async () => {
      const wrong = ['', 'Bearer', 'Bearer rco_wrong', `Basic ${operatorKey}`, operatorKey, `Bearer ${operatorKey}x`];
      for (const authorization of wrong) {
        const answer = await api.inject({ url, headers: authorization === '' ? {} : { authorization } });
        assert.equal(answer.statusCode, 401, authorization);
        assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
        assert.equal(answer.headers['cache-control'], 'no-store');
        assert.match(String(answer.headers['www-authenticate']), /^Bearer/);
        const problem = answer.json<Problem>();
        assert.equal(problem.status, 401);
        assert.match(problem.detail, /operator\.key/);
      }
    });
  }

  test('a refused credential is logged with the address and without its text (R5, R52)', async () => {
    logLines.length = 0;
    await api.inject({ url: '/api/v1/status', headers: { authorization: 'Bearer rco_secretive' } });
    const refusal = logLines.find((line) => line.includes('management API: refused'));
    assert.ok(refusal?.includes('"address":"127.0.0.1"'));
    assert.ok(!logLines.some((line) => line.includes('rco_secretive')));
  });

  test('the name of the scheme may be written in any case (RFC 9110 §11.1)', async () => {
    const answer = await api.inject({ url: '/api/v1/status', headers: { authorization: `bearer ${operatorKey}` } });
    assert.equal(answer.statusCode, 200);
    assert.equal(answer.headers['cache-control'], 'no-store');
  });

  test('the status tells what runs, and counts the requests of the last hour over all organizations', async () => {
    const status = (await ask('/api/v1/status')).json<Status>();
    assert.match(status.postgresql.version, /^\d+\.\d+/);
    assert.deepEqual(status, {
      version: '0.1.0',
      startedAt: '2030-01-10T09:00:00.000Z',
      baseUrl: 'https://rollcall.example',
      postgresql: { version: status.postgresql.version, builtIn: true },
      organizations: 2,
      // One request every ten minutes before noon: seven of acme's, counting the one of an hour ago, and globex's.
      requestsLastHour: { count: 8, exact: true },
    });
  });

  test('the organizations come with what to paste into the provider and when it last called', async () => {
    const { items: organizations } = (await ask('/api/v1/organizations')).json<OrganizationList>();
    assert.deepEqual(organizations, [
      {
        id: acme,
        slug: 'acme',
        name: 'Acme Corporation',
        plan: 'enterprise',
        status: 'active',
        scim: 'on',
        scimBaseUrl: 'https://rollcall.example/scim/v2/acme',
        scimProfile: 'generic',
        members: 0,
        teams: 0,
        tokens: 0,
        lastRequestAt: log.at(-1)?.at.toISOString(),
        lastEvent: 0,
      },
      { ...organizations[1], id: globex, slug: 'globex', lastRequestAt: foreign.at.toISOString() },
    ]);
  });

  test('the request log is read newest first, page by page, by slug and by id', async () => {
    for (const name of ['acme', acme]) {
      const first = (await ask(`/api/v1/organizations/${name}/requests?limit=5`)).json<RequestList>();
      const second = (
        await ask(`/api/v1/organizations/${name}/requests?limit=5&cursor=${first.nextCursor}`)
      ).json<RequestList>();
      const third = (
        await ask(`/api/v1/organizations/${name}/requests?limit=5&cursor=${second.nextCursor}`)
      ).json<RequestList>();
      const ids = [first, second, third].flatMap((page) => page.items.map((request) => request.id));
      assert.deepEqual(ids, log.map((request) => request.id).reverse());
      assert.equal(third.nextCursor, null);
    }
  });

  test('a full last page says that there is nothing older', async () => {
    const page = (await ask('/api/v1/organizations/acme/requests?limit=12')).json<RequestList>();
    assert.equal(page.items.length, 12);
    assert.equal(page.nextCursor, null);
  });

  test('status=error keeps what was refused or failed', async () => {
    const { items: requests } = (await ask('/api/v1/organizations/acme/requests?status=error')).json<RequestList>();
    assert.deepEqual(
      requests.map((request) => request.status),
      [409, 409, 409],
    );
  });

  test('one request comes with its bodies as JSON, its changes in words and its tolerances', async () => {
    const [request] = log;
    const detail = (await ask(`/api/v1/organizations/acme/requests/${request?.id}`)).json<RequestDetail>();
    assert.deepEqual(detail, {
      id: request?.id,
      at: request?.at.toISOString(),
      method: 'POST',
      path: '/scim/v2/acme/Users',
      status: 201,
      durationMs: 1.25,
      client: 'Okta SCIM Client 1.0.0',
      address: '192.0.2.7',
      tokenName: 'Okta',
      changes: ['created member Ada Lovelace'],
      tolerances: [
        { name: 'op-case', says: 'The op of a PATCH operation came in another letter case.' },
        { name: 'toString', says: 'This release of Rollcall no longer has this tolerance.' },
      ],
      detail: null,
      bulk: null,
      requestBody: { userName: 'ada@acme.example', password: '***' },
      responseBody: '{"cut',
    });
  });

  test('an operation of a bulk says so, and the operations of one bulk are a list of their own', async () => {
    const list = async (query: string) =>
      (await ask(`/api/v1/organizations/acme/requests?bulk=${bulkId}${query}`)).json<RequestList>().items;
    assert.deepEqual(
      (await list('')).map(({ bulk }) => bulk),
      [
        { id: bulkId, index: 1 },
        { id: bulkId, index: 0 },
      ],
    );
    assert.deepEqual(
      (await list('&status=error')).map(({ bulk }) => bulk?.index),
      [1],
    );
    assert.equal((await ask('/api/v1/organizations/acme/requests?bulk=x')).statusCode, 400);
  });

  test('a request of another organization is as absent as one that never was (R7)', async () => {
    const other = await ask(`/api/v1/organizations/acme/requests/${foreign.id}`);
    const never = await ask(`/api/v1/organizations/acme/requests/${uuidv7()}`);
    assert.equal(other.statusCode, 404);
    const withoutId = (body: string) => body.replace(/[0-9a-f-]{36}/, ':id');
    assert.equal(withoutId(other.body), withoutId(never.body));
    const page = (await ask('/api/v1/organizations/acme/requests')).json<RequestList>();
    assert.ok(!page.items.some((request) => request.id === foreign.id));
  });

  const refusals: [string, number, RegExp][] = [
    ['/api/v1/organizations/nobody/requests', 404, /no organization nobody/],
    ['/api/v1/organizations/acme/requests?limit=0', 400, /limit/],
    ['/api/v1/organizations/acme/requests?limit=201', 400, /limit/],
    ['/api/v1/organizations/acme/requests?before=yesterday', 400, /before is not known here/],
    ['/api/v1/organizations/acme/requests?status=ok', 400, /status/],
    ['/api/v1/organizations/acme/requests/1', 400, /id/],
    ['/api/v1/nothing', 404, /not part of the management API/],
  ];
  for (const [url, status, says] of refusals) {
    test(`${url} answers ${status} with a sentence`, async () => {
      const answer = await ask(url);
      assert.equal(answer.statusCode, status);
      assert.match(String(answer.headers['content-type']), /^application\/problem\+json/);
      assert.match(answer.json<Problem>().detail, says);
    });
  }

  test('a database that is away is an outage with Retry-After, never an empty list (R51)', async () => {
    const away = openDatabase({
      connectionString: 'postgresql://127.0.0.1:1/none',
      role: 'rollcall_jobs',
      max: 1,
      applicationName: 'test',
    });
    await using alone = await apiOn({ app: away, jobs: away });
    const answer = await alone.inject({
      url: '/api/v1/organizations',
      headers: { authorization: `Bearer ${operatorKey}` },
    });
    assert.equal(answer.statusCode, 503);
    assert.match(String(answer.headers['retry-after']), /^\d+$/);
    assert.doesNotMatch(answer.body, /ECONNREFUSED|127\.0\.0\.1/);
    await away.end();
  });
});

async function apiOn(
  { app, jobs }: Pick<TestDatabase, 'app' | 'jobs'>,
  logLines: string[] = [],
): Promise<FastifyInstance> {
  const fastify = Fastify({ logger: { level: 'warn', stream: { write: (line: string) => void logLines.push(line) } } });
  const rates = createRateLimits(readConfig({}), () => 0);
  await fastify.register(managementApi, {
    prefix: '/api/v1',
    app,
    jobs,
    authentication: apiAuthentication(app, operatorKey, rates, rememberAddresses(app)),
    watch: { async *follow() {}, whenKeyEnds: () => () => undefined, tell: () => undefined, stop: () => undefined },
    secretKey: 'rcs_test',
    lookUpDomain: async () => ({ is: 'unknown', problem: 'no test asks' }),
    cursors: createCursors('rcs_test'),
    recorder: { noteKeyUse: () => undefined },
    rates,
    baseUrl: 'https://rollcall.example',
    version: '0.1.0',
    startedAt: new Date('2030-01-10T09:00:00Z'),
    builtIn: true,
    now: () => now,
  });
  return fastify;
}

async function organization(db: TestDatabase, slug: string, name: string): Promise<string> {
  const id = uuidv7();
  await inOrganization(db.app, id, async (tx) => {
    insertOrganization(tx, {
      slug,
      name,
      plan: 'enterprise',
      policy: defaultPolicy,
      connectionId: uuidv7(),
      provider: 'okta',
      scimProfile: 'generic',
      state: 'on',
      now,
    });
  });
  return id;
}

const refused: Partial<LoggedRequest> = { status: 409, changes: [], detail: 'the userName ada@acme.example is taken' };

/** A request of acme: the first of twelve came an hour and fifty minutes before `now`, the last at `now`. */
function logged(place: number, differences: Partial<LoggedRequest>): LoggedRequest {
  const at = new Date(now.getTime() - (11 - place) * 600_000);
  return {
    id: uuidv7({ msecs: at.getTime() }),
    at,
    connectionId: undefined,
    tokenId: undefined,
    tokenName: 'Okta',
    client: 'Okta SCIM Client 1.0.0',
    address: '192.0.2.7',
    method: 'POST',
    path: '/scim/v2/acme/Users',
    status: 201,
    durationUs: 1250,
    requestBody: '{"userName":"ada@acme.example","password":"***"}',
    responseBody: '{"cut',
    detail: undefined,
    resourceType: 'User',
    resourceId: undefined,
    changes: [{ kind: 'member.created', id: uuidv7(), says: 'created member Ada Lovelace' }],
    tolerances: ['op-case', 'toString'],
    bulk: undefined,
    ...differences,
  };
}
