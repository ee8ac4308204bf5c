/** PostgreSQL out of reach: an outage that says so, and never an answer that a provider would act on (I12, R51). */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { checkPort } from '../../src/cli/listen-check.ts';
import { readConfig } from '../../src/config.ts';
import { type Server, startServer } from '../../src/http/server.ts';
import { createOrganization } from '../../src/provisioning/create-organization.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { openDatabase } from '../../src/store/database.ts';
import { listRequests } from '../../src/store/request-log.ts';
import { type TestDatabase, testDatabase } from '../database.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { assertRefusal, eventually, filtered, patch, user } from '../http/beside-globex.ts';
import { type Scim, scimClient } from '../rollcall.ts';
import { type DatabaseProxy, startDatabaseProxy } from './database-proxy.ts';

describe('PostgreSQL that cannot be reached', () => {
  const stack = new AsyncDisposableStack();
  let db: TestDatabase;
  let proxy: DatabaseProxy;
  let url: string;
  let org: { id: string };
  let scim: Scim;
  const said: string[] = [];

  before(async () => {
    db = stack.use(await testDatabase());
    proxy = stack.use(await startDatabaseProxy(db.connectionString));
    const open = (role: 'rollcall_app' | 'rollcall_jobs') => {
      const pool = openDatabase({ connectionString: proxy.connectionString, role, max: 5, applicationName: 'outage' });
      stack.defer(() => pool.end());
      return pool;
    };
    const [app, jobs] = [open('rollcall_app'), open('rollcall_jobs')];
    const port = await checkPort('127.0.0.1', 0);
    const config = readConfig({
      ROLLCALL_LOG_LEVEL: 'silent',
      ROLLCALL_DATABASE_URL: proxy.connectionString,
      ROLLCALL_PORT: String(port),
    });
    const keys = { operatorKey: `rco_${'test'.repeat(11)}`, secretKey: `rcs_${'test'.repeat(11)}` };
    const server: Server = await startServer({ config, app, jobs, ...keys, log: (sentence) => said.push(sentence) });
    stack.defer(() => server.close());
    url = config.baseUrl;
    const at = { now: new Date() };
    org = await createOrganization(db.app, { slug: 'acme', name: 'Acme', plan: 'pro', settings: {} }, at);
    const { token } = await createToken(db.app, org, { name: 'okta' }, at);
    scim = scimClient(`${url}/scim/v2/acme`, token);
  });
  after(() => stack.disposeAsync());

  test('every request is answered with 503, a whole number of seconds and SCIM JSON, and works again afterwards (okta-wire §17.12)', async () => {
    const { body } = await scim('POST', '/Users', user('ada'));
    const group = await scim('POST', '/Groups', { displayName: 'Team', members: [{ value: body.id }] });
    const requests: [string, string, unknown?][] = [
      ['GET', filtered('/Users', 'userName eq "ada@acme.example"')],
      ['GET', filtered('/Users', 'title eq "x"')],
      ['GET', '/Users?startIndex=1&count=100'],
      ['GET', `/Users/${body.id}`],
      ['GET', `/Groups/${group.body.id}`],
      ['GET', '/Groups'],
      ['POST', '/Users', user('ben')],
      ['PUT', `/Users/${body.id}`, user('ada', { title: 'New' })],
      ['PATCH', `/Users/${body.id}`, patch({ op: 'replace', value: { active: false } })],
      ['DELETE', `/Users/${body.id}`],
      ['PATCH', `/Groups/${group.body.id}`, patch({ op: 'replace', path: 'members', value: [] })],
      ['DELETE', `/Groups/${group.body.id}`],
    ];
    proxy.cut();
    for (const [method, path, sent] of requests) {
      const answer = await scim(method, path, sent);
      assertRefusal(answer, 503, undefined, /database cannot be reached/);
      assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/, `${method} ${path}`);
    }
    assert.equal((await fetch(`${url}/healthz`)).status, 200);
    assert.equal((await fetch(`${url}/readyz`)).status, 503);

    proxy.restore();
    await eventually(async () => assert.equal((await fetch(`${url}/readyz`)).status, 200));
    const read = await scim('GET', `/Users/${body.id}`);
    assert.deepEqual(read.body, (await scim('GET', `/Users/${body.id}`)).body);
    assert.deepEqual([read.status, read.body.active, read.body.title], [200, true, undefined]);
    assert.equal((await scim('GET', filtered('/Users', 'userName eq "ben@acme.example"'))).body.totalResults, 0);
    await assertFeedTellsState(db.app, db.owner, org);
  });

  test('a token that the store cannot be asked about is not a wrong token', async () => {
    const stranger = await createToken(db.app, org, { name: 'not asked before' }, { now: new Date() });
    proxy.cut();
    const ask = () => scimClient(`${url}/scim/v2/acme`, stranger.token)('GET', '/Users?count=1');
    assertRefusal(await ask(), 503);
    proxy.restore();
    await eventually(async () => assert.equal((await ask()).status, 200));
  });

  test('a commit whose answer is lost may have happened: the answer does not deny it, and a repeated request does no harm (A12, I1)', async () => {
    const { body } = await scim('POST', '/Users', user('cleo'));
    const change = patch({ op: 'replace', value: { title: 'Stored all the same' } });
    const seqBefore = (await assertFeedTellsState(db.app, db.owner, org)).length;
    // What is written travels with its commit.
    proxy.loseAnswerTo('Stored all the same');
    const lost = await scim('PATCH', `/Users/${body.id}`, change);
    assertRefusal(lost, 503, undefined, /Repeat the request later/);
    assert.doesNotMatch(lost.text, /nothing was changed/);
    await eventually(async () => {
      const again = await scim('PATCH', `/Users/${body.id}`, change);
      assert.deepEqual([again.status, again.body.title], [200, 'Stored all the same']);
    });
    const events = await assertFeedTellsState(db.app, db.owner, org);
    assert.equal(events.length, seqBefore + 1, 'the change is told once');
    const last = await scim('GET', '/Users?count=3');
    await eventually(async () => {
      const rows = await listRequests(db.app, org, { limit: 500 });
      assert.ok(rows.some((row) => row.id === last.headers.get('rollcall-request')));
      assert.equal(new Set(rows.map((row) => row.id)).size, rows.length);
    });
  });
});
