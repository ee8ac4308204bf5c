import assert from 'node:assert/strict';
import net from 'node:net';
import { describe, test } from 'node:test';
import { createRateLimits } from '../../src/http/rate-limits.ts';
import { shareSpending } from '../../src/http/shared-spending.ts';
import { createBuckets } from '../../src/http/token-buckets.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { ScimError } from '../../src/scim/errors.ts';
import { listRequests } from '../../src/store/request-log.ts';
import { testDatabase } from '../database.ts';
import { scimClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { assertRefusal, eventually } from './beside-globex.ts';

const off = {
  ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '0',
  ROLLCALL_ORGANIZATION_REQUESTS_PER_SECOND: '0',
  ROLLCALL_WRONG_TOKENS_PER_MINUTE: '0',
};

const rates = {
  tokenRequestsPerSecond: 10,
  organizationRequestsPerSecond: 15,
  apiRequestsPerSecond: 4,
  wrongTokensPerMinute: 3,
};
const asker = (token: string, organization: string) => ({
  tokenId: token,
  tokenName: token,
  organization: { id: organization },
});

function refusal(work: () => void): ScimError | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    assert.ok(error instanceof ScimError);
    return error;
  }
}

describe('rate limits on a clock of their own', () => {
  test('a token, then the organization, then nobody else is held up (R27)', () => {
    const limits = createRateLimits(rates, () => 0);
    for (let sent = 0; sent < 20; sent++) limits.admit(asker('okta', 'acme'));
    const ofToken = refusal(() => limits.admit(asker('okta', 'acme')));
    assert.equal(ofToken?.status, 429);
    assert.match(ofToken.detail, /^The token "okta" may send 10 requests a second/);
    for (let sent = 0; sent < 10; sent++) limits.admit(asker('entra', 'acme'));
    const ofOrganization = refusal(() => limits.admit(asker('entra', 'acme')));
    assert.match(
      ofOrganization?.detail ?? '',
      /^The tokens of this organization together may send 15 requests a second/,
    );
    limits.admit(asker('globex-okta', 'globex'));
  });

  test('Retry-After is a whole number of seconds, after which the next request passes (OK11)', () => {
    const clock = { ms: 0 };
    const limits = createRateLimits({ ...rates, tokenRequestsPerSecond: 1 }, () => clock.ms);
    for (let sent = 0; sent < 2; sent++) limits.admit(asker('okta', 'acme'));
    const refused = refusal(() => limits.admit(asker('okta', 'acme')));
    assert.equal(refused?.retryAfterSeconds, 1);
    clock.ms = 1_000;
    limits.admit(asker('okta', 'acme'));
  });

  test('a refused request costs nothing: whoever goes on sending is served again as soon as anybody', () => {
    const clock = { ms: 0 };
    const limits = createRateLimits(rates, () => clock.ms);
    for (let sent = 0; sent < 1_000; sent++) refusal(() => limits.admit(asker('okta', 'acme')));
    clock.ms = 1_000;
    let admitted = 0;
    for (let sent = 0; sent < 100; sent++)
      if (refusal(() => limits.admit(asker('okta', 'acme'))) === undefined) admitted++;
    assert.equal(admitted, 10);
  });

  test('a large body counts as the requests that it takes the time of, and is paid afterwards', () => {
    const clock = { ms: 0 };
    const limits = createRateLimits(rates, () => clock.ms);
    limits.admit(asker('okta', 'acme'));
    limits.spendBody(asker('okta', 'acme'), 16_000);
    for (let sent = 0; sent < 18; sent++) limits.admit(asker('okta', 'acme'));
    limits.spendBody(asker('okta', 'acme'), 11 * 16 * 1024);
    const refused = refusal(() => limits.admit(asker('okta', 'acme')));
    assert.equal(refused?.retryAfterSeconds, 2);
    assert.match(refused.detail, /each operation of a bulk and each 16 KB of a body counted/);
    clock.ms = 2_000;
    limits.admit(asker('okta', 'acme'));
    limits.admit(asker('okta', 'globex'));
  });

  test('all addresses of one IPv6 network guess together, and those of IPv4 each by itself', () => {
    const limits = createRateLimits(rates, () => 0);
    for (const address of ['2001:db8::1', '2001:db8:0:0:1::', '2001:db8::ffff:1']) limits.spendGuess(address);
    assert.equal(refusal(() => limits.spendGuess('2001:db8::2'))?.status, 429);
    limits.spendGuess('2001:db8:0:1::1');
    for (const address of ['192.0.2.1', '192.0.2.1', '::ffff:192.0.2.2', '192.0.2.1']) limits.spendGuess(address);
    assert.equal(refusal(() => limits.spendGuess('192.0.2.1'))?.retryAfterSeconds, 20);
  });

  test('a rate of 0 sets no limit', () => {
    const limits = createRateLimits(
      { tokenRequestsPerSecond: 0, organizationRequestsPerSecond: 0, apiRequestsPerSecond: 0, wrongTokensPerMinute: 0 },
      () => 0,
    );
    for (let sent = 0; sent < 10_000; sent++) limits.admit(asker('okta', 'acme'));
    for (let sent = 0; sent < 1_000; sent++) limits.spendGuess('192.0.2.1');
    assert.equal(limits.buckets.size, 0);
  });
});

test('processes on one database learn what the others spent, and a broken notice harms nobody', async () => {
  await using db = await testDatabase();
  const node = async (name: string) => {
    const buckets = createBuckets({
      perSecond: 1,
      burst: 5,
      keysMax: 10,
      tellAt: 1,
      debtSecondsMax: 10,
      nowMs: () => 0,
    });
    const shared = new Map([['token', buckets]]);
    const spending = await shareSpending({ jobs: db.jobs, node: name, buckets: shared, log: () => undefined });
    return { buckets, [Symbol.dispose]: () => spending.stop() };
  };
  using first = await node('first');
  using second = await node('second');
  for (const text of ['', '[]', 'null', '{"from":"x","spent":[["token","a",-9],["token","a"]]}', '{"from":"x"}']) {
    await db.jobs.query('select pg_notify($1, $2)', ['rollcall_spending', text]);
  }
  for (let spent = 0; spent < 5; spent++) first.buckets.spend('a');
  await eventually(async () => assert.equal(second.buckets.waitSeconds('a'), 1));
  assert.equal(first.buckets.waitSeconds('a'), 1, 'a process does not subtract its own notices');
  assert.equal(second.buckets.waitSeconds('b'), 0);
});

test('a lost connection is made again, and notices come through it', async () => {
  await using db = await testDatabase();
  const buckets = createBuckets({ perSecond: 1, burst: 5, keysMax: 10, tellAt: 1, debtSecondsMax: 10, nowMs: () => 0 });
  const shared = new Map([['token', buckets]]);
  const said: string[] = [];
  const spending = await shareSpending({
    jobs: db.jobs,
    node: 'one',
    buckets: shared,
    log: (sentence) => said.push(sentence),
  });
  try {
    const { rowCount } = await db.owner.query(
      `select pg_terminate_backend(pid) from pg_stat_activity
        where datname = current_database() and (query like 'listen %' or query like 'select pg_notify%')`,
    );
    assert.equal(rowCount, 1);
    await eventually(async () => {
      await db.owner.query('select pg_notify($1, $2)', [
        'rollcall_spending',
        JSON.stringify({ from: 'other', spent: [['token', 'a', 100]] }),
      ]);
      assert.ok(buckets.waitSeconds('a') > 0);
    });
    assert.match(said.join(), /Notices of other processes are missed/);
  } finally {
    spending.stop();
  }
});

describe('rate limits over HTTP', () => {
  const many = (org: TestOrganization, token = org.token) =>
    Promise.all(Array.from({ length: 40 }, () => scimClient(org.scimBaseUrl, token)('GET', '/Users?count=0')));

  const start = async (env: Record<string, string>) => {
    const rollcall = await startRollcall({ env: { ...off, ...env } });
    const acme = await rollcall.organization({ slug: 'acme' });
    const globex = await rollcall.organization({ slug: 'globex' });
    return { rollcall, acme, globex, [Symbol.asyncDispose]: () => rollcall[Symbol.asyncDispose]() };
  };

  test('a token beyond its rate is answered 429 in SCIM JSON; the other organization goes on (R27, RFC 7644 §3.12)', async () => {
    await using at = await start({ ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '1' });
    const answers = await many(at.acme);
    const refused = answers.filter((each) => each.status === 429);
    assert.ok(refused.length > 0);
    assert.deepEqual([...new Set(answers.map((each) => each.status))].sort(), [200, 429]);
    for (const each of refused) {
      assertRefusal(each, 429, undefined, /^The token "okta" may send 1 requests a second/);
      assert.match(each.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
    }
    assert.equal((await at.globex.scim('GET', '/Users?count=0')).status, 200);
    const { token } = await createToken(at.rollcall.db.app, at.acme, { name: 'second' }, { now: new Date() });
    assert.equal((await scimClient(at.acme.scimBaseUrl, token)('GET', '/Users?count=0')).status, 200);
  });

  test('all tokens of an organization share its rate, and another organization has its own (R27)', async () => {
    await using at = await start({ ROLLCALL_ORGANIZATION_REQUESTS_PER_SECOND: '1' });
    const { token } = await createToken(at.rollcall.db.app, at.acme, { name: 'second' }, { now: new Date() });
    const answers = (await Promise.all([many(at.acme), many(at.acme, token)])).flat();
    const refused = answers.filter((each) => each.status === 429);
    assert.ok(refused.length > 0);
    for (const each of refused) assertRefusal(each, 429, undefined, /^The tokens of this organization together/);
    assert.equal((await at.globex.scim('GET', '/Users?count=0')).status, 200);
  });

  test('the log has what was refused, as one row for many, and only in the log of its organization (R52)', async () => {
    await using at = await start({ ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '1' });
    const refused = (await many(at.acme)).filter((each) => each.status === 429).length;
    const rows = await eventually(async () => {
      const found = await listRequests(at.rollcall.db.app, at.acme, { limit: 200, onlyErrors: true });
      const following = found.map((each) => Number(/and (\d+) more like it/.exec(each.detail ?? '')?.[1] ?? 0));
      assert.equal(found.length + following.reduce((sum, each) => sum + each, 0), refused);
      return found;
    });
    assert.ok(rows.length < refused);
    for (const row of rows) assert.deepEqual([row.status, row.tokenName], [429, 'okta']);
    assert.deepEqual(await listRequests(at.rollcall.db.app, at.globex, { limit: 10 }), []);
  });

  test('a refusal comes before the body is read', async () => {
    await using at = await start({ ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '1' });
    // A megabyte costs more than flows in for as long as this test may take.
    assert.equal((await at.acme.scim('POST', '/Users', 'x'.repeat(1_000_000))).status, 400);
    const answer = await headOnly(at.rollcall, at.acme);
    assert.match(answer, /^HTTP\/1\.1 429 /);
    assert.match(answer, /\r\nretry-after: [1-9]\d*\r\n/);
    assert.match(answer, /\r\ncontent-type: application\/scim\+json/);
  });

  test('an address that sends wrong tokens is slowed down; good tokens on the same address go on (R27)', async () => {
    await using at = await start({ ROLLCALL_WRONG_TOKENS_PER_MINUTE: '3' });
    const good = () => at.acme.scim('GET', '/Users?count=0');
    assert.equal((await good()).status, 200);
    const wrong = (token: string) => scimClient(at.acme.scimBaseUrl, token)('GET', '/Users');
    // Nonsense, a well-formed token that nobody has, and one of another organization cost the same.
    const unknown = `${at.globex.token.slice(0, 4)}${'0'.repeat(32)}${at.globex.token.slice(36)}`;
    for (const token of ['nonsense', unknown, at.globex.token]) assert.equal((await wrong(token)).status, 401);
    for (const token of ['nonsense', unknown, at.globex.token]) {
      const answer = await wrong(token);
      assertRefusal(answer, 429, undefined, /^The address 127\.0\.0\.1 may send 3 requests a minute without a token/);
      assert.match(answer.headers.get('retry-after') ?? '', /^[1-9]\d*$/);
      assert.doesNotMatch(answer.text, /rct_/);
    }
    assert.equal((await good()).status, 200);
    assert.equal((await fetch(`${at.rollcall.url}/api/v1/status`)).status, 429, 'wrong operator keys count too');
    const operator = { headers: { authorization: `Bearer ${at.rollcall.operatorKey}` } };
    assert.equal((await fetch(`${at.rollcall.url}/api/v1/status`, operator)).status, 200);
  });

  test('the first requests of a good token may all come at once: they are one guess', async () => {
    await using at = await start({ ROLLCALL_WRONG_TOKENS_PER_MINUTE: '1' });
    for (const answer of await many(at.acme)) assert.equal(answer.status, 200);
    assert.equal((await at.globex.scim('GET', '/Users?count=0')).status, 200);
  });

  test('a forwarded address that nobody vouches for is no key of a limit (R27, R47)', async () => {
    await using at = await start({ ROLLCALL_WRONG_TOKENS_PER_MINUTE: '1' });
    const from = (address: string) =>
      scimClient(at.acme.scimBaseUrl, 'nonsense')('GET', '/Users', undefined, { 'x-forwarded-for': address });
    assert.equal((await from('192.0.2.1')).status, 401);
    assert.equal((await from('192.0.2.2')).status, 429);
  });
});

/** Sends the head of a POST and no body, and reads the answer. */
function headOnly({ url }: TestRollcall, org: TestOrganization): Promise<string> {
  const { hostname, port } = new URL(url);
  return new Promise((resolve, reject) => {
    const socket = net.connect(Number(port), hostname, () => {
      socket.write(
        `POST /scim/v2/${org.slug}/Users HTTP/1.1\r\nhost: ${hostname}\r\nauthorization: Bearer ${org.token}\r\n` +
          'content-type: application/scim+json\r\ncontent-length: 1000\r\n\r\n',
      );
    });
    socket.once('data', (data) => {
      socket.destroy();
      resolve(data.toString());
    });
    socket.once('error', reject);
  });
}
