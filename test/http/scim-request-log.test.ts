import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { defineSchema } from '../../src/provisioning/change-definitions.ts';
import { listRequests } from '../../src/store/request-log.ts';
import {
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  eventually,
  filtered,
  lastEvent,
  loggedRequestOf,
  patch,
  user,
} from './beside-globex.ts';

describe('the log of SCIM requests', () => {
  const here = besideGlobex();

  test('a change is logged with who, what, the redacted body, and the changes in words (R52)', async () => {
    const headers = { 'user-agent': 'Okta SCIM Client 1.0.0' };
    const answer = await here.acme.scim('POST', '/Users', user('ada', { password: 'Hunter-2!' }), headers);
    const { id, at, durationUs, requestBody, ...logged } = await loggedRequestOf(here.rollcall, here.acme, answer);
    assert.deepEqual(logged, {
      connectionId: here.acme.connectionId,
      tokenId: here.acme.tokenId,
      tokenName: 'okta',
      client: 'Okta SCIM Client 1.0.0',
      address: '127.0.0.1',
      method: 'POST',
      path: '/scim/v2/acme/Users',
      status: 201,
      responseBody: undefined,
      detail: undefined,
      resourceType: 'User',
      resourceId: answer.body.id,
      changes: [{ kind: 'member.created', id: answer.body.id, says: 'created member ada@acme.example' }],
      tolerances: ['read-only-ignored', 'password-discarded'],
      bulk: undefined,
    });
    assert.equal(id, answer.headers.get('rollcall-request'));
    assert.deepEqual(at.toISOString(), (answer.body.meta as { created: string }).created);
    assert.ok(durationUs > 0);
    assert.deepEqual(JSON.parse(requestBody ?? ''), { ...user('ada'), password: '[redacted]' });
  });

  test('a read is logged with what it found, and without a body', async () => {
    const id = await createUser(here.acme, 'ben');
    const list = await here.acme.scim('GET', filtered('/Users', 'userName eq "ben@acme.example"'));
    const found = await loggedRequestOf(here.rollcall, here.acme, list);
    assert.deepEqual(
      [found.detail, found.resourceId, found.status, found.requestBody, found.changes],
      ['answered 1 of 1', id, 200, undefined, []],
    );
    const read = await loggedRequestOf(here.rollcall, here.acme, await here.acme.scim('GET', `/Users/${id}`));
    assert.deepEqual([read.resourceType, read.resourceId], ['User', id]);
  });

  test('a request that changed nothing is logged as one that changed nothing (A12)', async () => {
    const id = await createUser(here.acme, 'still');
    const before = await lastEvent(here.rollcall, here.acme);
    const answer = await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: true } }));
    const logged = await loggedRequestOf(here.rollcall, here.acme, answer);
    assert.deepEqual([logged.status, logged.changes], [200, []]);
    assert.deepEqual(await eventsAfter(here.rollcall, here.acme, before), []);
  });

  test('every event names the request and the token that made it, and each reason too (I15)', async () => {
    const before = await lastEvent(here.rollcall, here.acme);
    const answer = await here.acme.scim('POST', '/Users', user('why'));
    const reference = answer.headers.get('rollcall-request');
    const [event] = await eventsAfter(here.rollcall, here.acme, before);
    assert.deepEqual(event?.actor, { type: 'token', id: here.acme.tokenId, name: 'okta', provider: 'okta' });
    assert.equal(event?.requestId, reference);
    assert.ok(event?.kind === 'member.created');
    assert.deepEqual(event.data.reason, { rule: 'asked-active', request: reference, token: here.acme.tokenId });
  });

  test('secrets are blanked wherever a body or an address may carry them (R5, R25)', async () => {
    const id = await createUser(here.acme, 'quiet');
    const secret = 'Correct-horse-8';
    const answers = [
      await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path: 'password', value: secret })),
      await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { password: secret, title: 'T' } })),
      await here.acme.scim(
        'PATCH',
        `/Users/${id}`,
        patch({ op: 'replace', value: { 'urn:ietf:params:scim:schemas:core:2.0:User:password': secret } }),
      ),
      await here.acme.scim(
        'PATCH',
        `/Users/${id}`,
        patch({ op: 'add', path: 'urn:ietf:params:scim:schemas:core:2.0:User:PassWord', value: secret }),
      ),
      await here.acme.scim('PUT', `/Users/${id}`, { ...user('quiet'), PASSWORD: secret, password: undefined }),
      await here.acme.scim('POST', '/Users', `{"userName": "cut@acme.example", "password": "${secret}"`),
      await here.acme.scim('POST', '/Users', JSON.stringify(JSON.stringify(user('quoted', { password: secret })))),
      await here.acme.scim('GET', filtered('/Users', `password eq "${secret}"`)),
    ];
    // What is refused for its path or its name is logged too.
    for (const path of ['password.value', 'password[type eq "work"].value', 'password.', 'password[']) {
      const refused = [
        await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path, value: secret })),
        await here.acme.scim('POST', '/Users', user('refused', { [path]: { value: secret } })),
      ];
      assert.deepEqual(
        refused.map(({ status }) => status),
        [400, 400],
        path,
      );
      answers.push(...refused);
    }
    for (const answer of answers) {
      const logged = await loggedRequestOf(here.rollcall, here.acme, answer);
      assert.ok(!JSON.stringify(logged).includes(secret), JSON.stringify(logged));
      assert.ok(!answer.text.includes(secret));
    }
  });

  test('what an organization defined to be never returned is blanked, with its sub-attributes too (R5)', async () => {
    const { rollcall } = here;
    const org = await rollcall.organization();
    const secret = 'Correct-horse-9';
    const schema = 'urn:x:Badge';
    const attribute = { name: 'pin', type: 'string', mutability: 'writeOnly', returned: 'never' };
    const document = { id: schema, name: 'Badge', attributes: [attribute] };
    const extending = { document, extends: [{ resourceType: 'User', required: false }] };
    await defineSchema(rollcall.db.app, org, extending, 'new', { now: new Date() });
    await eventually(async () => assert.equal((await org.scim('GET', `/Schemas/${schema}`)).status, 200));
    const id = await createUser(org, 'ada');
    for (const path of [`${schema}:pin`, `${schema}:pin.value`, `${schema}:pin[value eq "x"].value`]) {
      const answer = await org.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', path, value: secret }));
      const logged = await loggedRequestOf(rollcall, org, answer);
      assert.match(logged.requestBody ?? '', /"value":"\[redacted\]"/);
      assert.ok(!JSON.stringify(logged).includes(secret), JSON.stringify(logged));
    }
  });

  test('long bodies and paths are cut, and long lists say how much is missing', async () => {
    const ids = [await createUser(here.acme, 'one')];
    const team = await createGroup(here.acme, 'Long', ids);
    const members = Array.from({ length: 300 }, (_, index) => ({ value: `stranger-${index}` }));
    const long = await here.acme.scim(
      'PATCH',
      `/Groups/${team}`,
      patch({ op: 'add', path: 'members', value: members }),
    );
    const logged = await loggedRequestOf(here.rollcall, here.acme, long);
    assert.match(logged.requestBody ?? '', /… and 280 more/);
    assert.match(logged.detail ?? '', /stranger-9 and 290 more/);
    const wide = await here.acme.scim('POST', '/Users', user('wide', { title: 'x'.repeat(60_000) }));
    const { requestBody = '' } = await loggedRequestOf(here.rollcall, here.acme, wide);
    assert.ok(requestBody.length <= limits.loggedBodyCharsMax + 1 && requestBody.endsWith('…'));
  });

  test('the log of an organization holds its own requests only, newest first, and strangers cannot fill it (I8)', async () => {
    const strangers = await Promise.all(
      Array.from({ length: 30 }, () => here.acme.scim('GET', '/Users', undefined, { authorization: 'Bearer x' })),
    );
    assert.ok(strangers.every((answer) => answer.status === 401));
    await loggedRequestOf(here.rollcall, here.acme, await here.acme.scim('GET', '/Users?count=1'));
    const rows = await listRequests(here.rollcall.db.app, here.acme, { limit: 200 });
    assert.ok(rows.every((row) => row.path.startsWith('/scim/v2/acme')));
    const ids = rows.map((row) => row.id);
    assert.deepEqual(ids, ids.toSorted().reverse());
    assert.equal(new Set(ids).size, ids.length);
    const errors = await listRequests(here.rollcall.db.app, here.acme, { limit: 200, onlyErrors: true });
    assert.deepEqual(
      errors.map((row) => row.id),
      rows.filter((row) => row.status >= 400).map((row) => row.id),
    );
  });

  test('the endpoint may be named by the id of the organization, and answers with the same addresses (K24)', async () => {
    const id = await createUser(here.acme, 'by-id');
    const base = here.acme.scimBaseUrl.replace('/acme', `/${here.acme.id.toUpperCase()}`);
    const response = await fetch(`${base}/Users/${id}`, { headers: { authorization: `Bearer ${here.acme.token}` } });
    assert.deepEqual(await response.json(), (await here.acme.scim('GET', `/Users/${id}`)).body);
  });
});
