import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { createRateLimits } from '../../src/http/rate-limits.ts';
import { limits } from '../../src/limits.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { revokeToken } from '../../src/provisioning/revoke-token.ts';
import { ScimError } from '../../src/scim/errors.ts';
import { type Scim, type ScimAnswer, scimClient, startRollcall } from '../rollcall.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  eventually,
  lastEvent,
  loggedRequestOf,
  memberRow,
  patch,
  untilWaiting,
} from './beside-globex.ts';
import { assertRefused, bulk, creation, groupCreation, outcomesOf, send, statusesOf } from './bulk-message.ts';
import { underAttack } from './under-attack.ts';

const noRates = { ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '0', ROLLCALL_ORGANIZATION_REQUESTS_PER_SECOND: '0' };

describe('the limits of a bulk (RFC 7644 §3.7.4)', () => {
  const here = besideGlobex({}, { env: noRates });

  test('the limits that are announced are those that are kept (RFC 7643 §5)', async () => {
    const { body } = await here.acme.scim('GET', '/ServiceProviderConfig');
    const announced = body.bulk as { maxOperations: number; maxPayloadSize: number };
    assert.deepEqual(announced, {
      supported: true,
      maxOperations: limits.bulkOperationsMax,
      maxPayloadSize: limits.bulkBytesMax,
    });
    // A path that leads nowhere makes operations that cost little.
    const many = (count: number) => bulk(Array.from({ length: count }, () => ({ method: 'DELETE', path: '/Users/x' })));
    const fit = await here.acme.scim('POST', '/Bulk', many(announced.maxOperations));
    assert.equal(new Set(outcomesOf(fit).map(({ status }) => status)).size, 1);
    const textOf = (length: number) => {
      const text = JSON.stringify(many(1));
      return text + ' '.repeat(length - text.length);
    };
    assert.equal((await here.acme.scim('POST', '/Bulk', textOf(announced.maxPayloadSize))).status, 200);
    assertRefusal(
      await here.acme.scim('POST', '/Bulk', textOf(announced.maxPayloadSize + 1)),
      413,
      undefined,
      /The size of the bulk exceeds the maxPayloadSize \(4194304 bytes\)/,
    );
  });

  test('ten thousand operations are 413, which names maxOperations, and none is carried out (7644-3.7.4-limits)', async () => {
    const before = await lastEvent(here.rollcall, here.acme);
    const answer = await here.acme.scim(
      'POST',
      '/Bulk',
      bulk(Array.from({ length: 10_000 }, (_, n) => creation(`x${n}`))),
    );
    assertRefusal(answer, 413, undefined, /The bulk has 10000 operations, which exceeds the maxOperations \(1000\)/);
    assert.equal(await lastEvent(here.rollcall, here.acme), before);
  });

  test('a group and its hundred people, who come after it, are all stored', async () => {
    const people = Array.from({ length: 100 }, (_, n) => creation(`many-${n}`));
    const outcomes = await send(here.acme, [
      groupCreation(
        'Everyone',
        people.map(({ bulkId }) => `bulkId:${bulkId}`),
      ),
      ...people,
    ]);
    assert.deepEqual([...new Set(outcomes.map(({ status }) => status))], ['201']);
    const { rows } = await here.rollcall.db.owner.query(
      `select count(*)::int as people, count(*) filter (where tm.in_force)::int as members from members m
        left join team_members tm on tm.org_id = m.org_id and tm.member_id = m.id
        where m.org_id = $1 and m.user_name like 'many-%'`,
      [here.acme.id],
    );
    assert.deepEqual(rows, [{ people: people.length, members: people.length }]);
  });

  /**
   * Sends a bulk of three operations, of which the second waits for a group that is held until `meanwhile` has happened. Of the
   * third, what it would create must not be there.
   */
  const sendHeld = async (scim: Scim, name: string, meanwhile: () => Promise<void>): Promise<ScimAnswer> => {
    const { db } = here.rollcall;
    const group = await createGroup(here.acme, name);
    const data = patch({ op: 'replace', value: { displayName: `${name} changed` } });
    const operations = [
      creation(`${name}-1`),
      { method: 'PATCH', path: `/Groups/${group}`, data },
      creation(`${name}-3`),
    ];
    const holder = await db.owner.connect();
    await holder.query('begin');
    await holder.query('select from teams where org_id = $1 and id = $2 for update', [here.acme.id, group]);
    const answer = scim('POST', '/Bulk', bulk(operations));
    try {
      // The second operation waits for the group.
      await untilWaiting(db.owner, 1);
      await meanwhile();
    } finally {
      await holder.query('rollback');
      holder.release();
    }
    await answer;
    const { rows } = await db.owner.query('select user_name from members where org_id = $1 and user_name like $2', [
      here.acme.id,
      `${name}-%`,
    ]);
    assert.deepEqual(rows, [{ user_name: `${name}-1@acme.example` }]);
    return await answer;
  };

  test('a token that is revoked meanwhile ends the bulk: what is left is 401 and not begun (R4)', async () => {
    const { app } = here.rollcall.db;
    const { id, token } = await createToken(app, here.acme, { name: 'second' }, { now: new Date() });
    const scim = scimClient(here.acme.scimBaseUrl, token);
    const answer = await sendHeld(scim, 'revoked', async () => {
      assert.ok(await revokeToken(app, here.acme, id, { now: new Date() }));
      await eventually(async () => assert.equal((await scim('GET', '/Users?count=0')).status, 401));
    });
    const outcomes = outcomesOf(answer);
    assert.equal(statusesOf(outcomes), '201 204 401');
    const reference = assertRefused(outcomes[2], 401, undefined, /was revoked/);
    assert.equal(reference, answer.headers.get('rollcall-request'), 'what was not begun is in the row of the bulk');
    const row = await loggedRequestOf(here.rollcall, here.acme, answer);
    assert.equal(row.detail, 'carried out 2 of 3 operations; 1 not begun');
  });

  test('a process that is stopped meanwhile answers what it has done, and the rest is 503', async () => {
    const node = await here.rollcall.startNode();
    const scim = scimClient(`${node.url}/scim/v2/acme`, here.acme.token);
    let stopping: PromiseLike<void> | undefined;
    const answer = await sendHeld(scim, 'stopped', async () => {
      stopping = node[Symbol.asyncDispose]();
      await eventually(async () => await assert.rejects(fetch(`${node.url}/healthz`)));
    });
    await stopping;
    const outcomes = outcomesOf(answer);
    assert.equal(statusesOf(outcomes), '201 204 503');
    assertRefused(outcomes[2], 503, undefined, /is being stopped, and this operation was not begun/);
  });
});

describe('the rate of a bulk (R27)', () => {
  const rates = {
    tokenRequestsPerSecond: 10,
    organizationRequestsPerSecond: 15,
    apiRequestsPerSecond: 0,
    wrongTokensPerMinute: 0,
  };
  const okta = { tokenId: 'okta', tokenName: 'okta', organization: { id: 'acme' } };
  const refusal = (work: () => void): ScimError | undefined => {
    try {
      work();
      return undefined;
    } catch (error) {
      assert.ok(error instanceof ScimError);
      return error;
    }
  };

  test('each operation is paid, if need be from what is still to flow in, and the next request waits for that', () => {
    const clock = { ms: 0 };
    const limit = createRateLimits(rates, () => clock.ms);
    limit.admit(okta);
    limit.admitBulk(okta, 100);
    assert.equal(refusal(() => limit.admit(okta))?.retryAfterSeconds, 9);
    clock.ms = 8_000;
    assert.equal(refusal(() => limit.admit(okta))?.status, 429);
    clock.ms = 8_100;
    limit.admit(okta);
    limit.admit({ ...okta, tokenId: 'other', organization: { id: 'globex' } });
  });

  test('of bulks that come at once the first goes on, and the others are refused and pay nothing', () => {
    const limit = createRateLimits(rates, () => 0);
    for (let sent = 0; sent < 3; sent++) limit.admit(okta);
    limit.admitBulk(okta, 25);
    const { detail = '', retryAfterSeconds } = refusal(() => limit.admitBulk(okta, 25)) ?? {};
    assert.match(
      detail,
      /^The token "okta" may send 10 requests a second, each operation of a bulk and each 16 KB of a body counted/,
    );
    // 20 at first; 25 and the one of the third request are spent.
    assert.equal(retryAfterSeconds, 1);
    assert.equal(refusal(() => limit.admitBulk(okta, 25))?.status, 429);
  });

  test('a bulk of one operation costs what a request costs', () => {
    const limit = createRateLimits(rates, () => 0);
    for (let sent = 0; sent < 20; sent++) {
      limit.admit(okta);
      limit.admitBulk(okta, 1);
    }
    assert.equal(refusal(() => limit.admit(okta))?.status, 429);
  });

  test('a bulk beyond the rate is 429 as a whole with Retry-After, changes nothing, and the other organization goes on', async () => {
    await using rollcall = await startRollcall({ env: { ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '1' } });
    const acme = await rollcall.organization({ slug: 'acme' });
    const globex = await rollcall.organization({ slug: 'globex' });
    const operations = Array.from({ length: 30 }, (_, n) => creation(`rate-${n}`));
    assert.equal(new Set((await send(acme, operations)).map(({ status }) => status)).size, 1);
    const before = await lastEvent(rollcall, acme);
    const answer = await acme.scim('POST', '/Bulk', bulk([creation('late')]));
    assertRefusal(answer, 429, undefined, /each operation of a bulk and each 16 KB of a body counted/);
    assert.ok(Number(answer.headers.get('retry-after')) > 20);
    assert.equal(await lastEvent(rollcall, acme), before);
    assert.equal(statusesOf(await send(globex, [creation('free')])), '201');
  });
});

describe('hostile bulks (R2, R7, R21, R22)', () => {
  const here = underAttack({ env: noRates });

  const paths: [what: string, path: string][] = [
    ['a bulk in a bulk', '/Bulk'],
    ['a bulk in a bulk, encoded', '/%42ulk'],
    ['the root', '/'],
    ['a search', '/Users/.search'],
    ['discovery', '/ServiceProviderConfig'],
    ['the console', '/../../../api/v1/organizations'],
    ['another organization', '/../globex/Users'],
    ['another organization behind an endpoint', '/Users/../../globex/Users/x'],
    ['another organization, encoded', '/Users/..%2F..%2Fglobex%2FUsers%2Fx'],
    ['another organization, encoded twice', '/Users/..%252F..%252Fglobex'],
    ['a query', '/Users?filter=userName pr'],
    ['a fragment', '/Users/x#y'],
    ['an address', 'https://attacker.example/Users/x'],
    ['an address without scheme', '//attacker.example/Users/x'],
    ['backslashes', '\\Users\\x'],
    ['an encoded NUL', '/Users/%00'],
    ['half an encoding', '/Users/%'],
    ['a line end', '/Users/x\r\nx-injected: y'],
    ['a name of the prototype', '/Users/__proto__'],
    ['a name of the prototype as an endpoint', '/constructor/x'],
    ['a statement', "/Users/'; drop table members; --"],
  ];
  for (const [what, path] of paths) {
    test(`${what} as the path of an operation leads nowhere`, async () => {
      const answer = await here.acme.scim(
        'POST',
        '/Bulk',
        bulk([
          { method: 'POST', path, bulkId: 'b', data: { ...bulk([]), userName: 'eve@acme.example' } },
          { method: 'PUT', path, data: { userName: 'eve@acme.example', displayName: 'Eve' } },
          { method: 'PATCH', path, data: patch({ op: 'replace', value: { active: false } }) },
          { method: 'DELETE', path },
        ]),
      );
      for (const outcome of outcomesOf(answer)) {
        assert.match(outcome.status, /^40[45]$/, JSON.stringify(outcome));
        assert.equal(answer.headers.get('x-injected'), null);
      }
    });
  }

  test('methods that are none are refused one by one', async () => {
    const methods = [
      'GET',
      'HEAD',
      'OPTIONS',
      'TRACE',
      'CONNECT',
      'PURGE',
      'POST ',
      '__proto__',
      'x'.repeat(100_000),
      '',
      null,
      7,
      {},
    ];
    const answer = await here.acme.scim(
      'POST',
      '/Bulk',
      bulk(methods.map((method) => ({ method, path: `/Users/${here.ada}`, data: {} }))),
    );
    for (const outcome of outcomesOf(answer))
      assertRefused(outcome, 400, 'invalidSyntax', /POST, PUT, PATCH or DELETE/);
    assert.ok(answer.text.length < 10_000);
  });

  test('keys of the prototype are refused with the body, and as bulkIds are names like any other', async () => {
    const polluting = `{"schemas":["urn:ietf:params:scim:api:messages:2.0:BulkRequest"],"Operations":[{"method":"DELETE","path":"/Users/x","__proto__":{"polluted":true}}]}`;
    assertRefusal(await here.acme.scim('POST', '/Bulk', polluting), 400, 'invalidSyntax');
    const outcomes = await send(
      here.acme,
      ['__proto__', 'constructor', 'toString', 'hasOwnProperty'].map((bulkId) => ({
        method: 'POST',
        path: '/Users',
        bulkId,
        data: { manager: { value: `bulkId:${bulkId}` } },
      })),
    );
    for (const outcome of outcomes) assertRefused(outcome, 400, 'invalidValue', /userName is required/);
    assert.equal(({} as Record<string, unknown>).polluted, undefined);
  });

  test('references all over a full body are looked through in time', async () => {
    const bulkIds = Array.from({ length: 500 }, (_, n) => `b${n}`);
    const members = bulkIds.map((bulkId) => ({ value: `bulkId:${bulkId}` }));
    const failing = bulkIds.map((bulkId) => ({ method: 'POST', path: '/Groups', bulkId, data: { members } }));
    const text = JSON.stringify(bulk(failing.slice(0, 250)).Operations).length;
    assert.ok(text < limits.bulkBytesMax);
    const answer = await here.acme.scim(
      'POST',
      '/Bulk',
      bulk([...failing.slice(0, 250), ...failing.slice(250).map((each) => ({ ...each, data: {} }))]),
    );
    assert.equal(outcomesOf(answer).length, 500);
  });

  test('whoever has no token is refused before the body is read', async () => {
    for (const token of ['', 'nonsense']) {
      const answer = await scimClient(here.acme.scimBaseUrl, token)('POST', '/Bulk', bulk([creation('eve')]));
      assertRefusal(answer, 401);
    }
  });

  test('other methods of the endpoint are 405', async () => {
    for (const method of ['GET', 'PUT', 'PATCH', 'DELETE']) {
      const answer = await here.acme.scim(method, '/Bulk', method === 'GET' ? undefined : {});
      assertRefusal(answer, 405);
      assert.equal(answer.headers.get('allow'), 'POST');
    }
  });

  test('a change of what is not there leaves its user alone', async () => {
    const outcomes = await send(here.acme, [
      { method: 'DELETE', path: `/Groups/${here.ada}` },
      { method: 'DELETE', path: `/Users/${here.ada} ` },
      { method: 'DELETE', path: `/Users/${here.ada}/x` },
    ]);
    assert.equal(statusesOf(outcomes), '404 404 404');
    assert.equal((await memberRow(here.rollcall, here.acme, here.ada)).isDeleted, false);
  });
});
