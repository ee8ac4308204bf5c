import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { listRequests } from '../../src/store/request-log.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  eventually,
  lastEvent,
  loggedRequestOf,
  memberIdsOf,
  memberRow,
  patch,
  user,
} from './beside-globex.ts';
import { assertRefused, bulk, creation, groupCreation, idOf, outcomesOf, send, statusesOf } from './bulk-message.ts';

const suspend = patch({ op: 'replace', value: { active: false } });

describe('bulk (RFC 7644 §3.7)', () => {
  const here = besideGlobex();

  test('operations of all methods are carried out, each answered with its location, bulkId, version and status', async () => {
    const [bert, carol] = [await createUser(here.acme, 'bert'), await createUser(here.acme, 'carol')];
    const group = await createGroup(here.acme, 'Tour Guides', [bert]);
    const outcomes = await send(here.acme, [
      creation('alice'),
      { method: 'PUT', path: `/Users/${bert}`, bulkId: 'any', data: user('bert', { title: 'Guide' }) },
      { method: 'PATCH', path: `/Users/${bert}`, data: patch({ op: 'add', path: 'nickName', value: 'B' }) },
      {
        method: 'PATCH',
        path: `/Groups/${group}`,
        data: patch({ op: 'add', path: 'members', value: [{ value: carol }] }),
      },
      { method: 'DELETE', path: `/Users/${carol}` },
      groupCreation('Hosts', [bert]),
      { method: 'PUT', path: `/Groups/${group}`, data: { displayName: 'Guides', members: [{ value: bert }] } },
    ]);
    const { scimBaseUrl } = here.acme;
    const [alice, hosts] = [idOf(outcomes[0]), idOf(outcomes[5])];
    const versionOf = async (path: string) => (await here.acme.scim('GET', path)).headers.get('etag');
    assert.deepEqual(outcomes, [
      {
        location: `${scimBaseUrl}/Users/${alice}`,
        method: 'POST',
        bulkId: 'alice',
        version: await versionOf(`/Users/${alice}`),
        status: '201',
      },
      {
        location: `${scimBaseUrl}/Users/${bert}`,
        method: 'PUT',
        bulkId: 'any',
        version: outcomes[1]?.version,
        status: '200',
      },
      { location: `${scimBaseUrl}/Users/${bert}`, method: 'PATCH', version: outcomes[2]?.version, status: '200' },
      { location: `${scimBaseUrl}/Groups/${group}`, method: 'PATCH', version: 'W/"2"', status: '204' },
      { location: `${scimBaseUrl}/Users/${carol}`, method: 'DELETE', status: '204' },
      {
        location: `${scimBaseUrl}/Groups/${hosts}`,
        method: 'POST',
        bulkId: 'Hosts',
        version: await versionOf(`/Groups/${hosts}`),
        status: '201',
      },
      {
        location: `${scimBaseUrl}/Groups/${group}`,
        method: 'PUT',
        version: await versionOf(`/Groups/${group}`),
        status: '200',
      },
    ]);
    const row = await memberRow(here.rollcall, here.acme, bert);
    assert.deepEqual([row.scim.title, row.scim.nickName, row.version], ['Guide', 'B', 3]);
    assert.equal((await memberRow(here.rollcall, here.acme, carol)).isDeleted, true);
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, group), [bert]);
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, hosts), [bert]);
  });

  test('the version of a user is that of a read, so that it is good for the next condition (RFC 7644 §3.14)', async () => {
    const ada = await createUser(here.acme, 'versions');
    await createGroup(here.acme, 'Versions', [ada]);
    const [outcome] = await send(here.acme, [
      { method: 'PATCH', path: `/Users/${ada}`, data: patch({ op: 'add', path: 'title', value: 'T' }) },
    ]);
    assert.equal(outcome?.version, (await here.acme.scim('GET', `/Users/${ada}`)).headers.get('etag'));
  });

  test('version is the condition of an operation, as If-Match is that of a request', async () => {
    const ada = await createUser(here.acme, 'conditions');
    const rename = (version: unknown, title: string) => ({
      method: 'PATCH',
      path: `/Users/${ada}`,
      version,
      data: patch({ op: 'replace', path: 'title', value: title }),
    });
    const outcomes = await send(here.acme, [
      rename('W/"1"', 'first'),
      rename('W/"1"', 'second'),
      rename('W/"2"', 'third'),
      rename('', 'fourth'),
      { method: 'PUT', path: `/Users/${ada}`, version: '"9"', data: user('conditions') },
      { method: 'DELETE', path: `/Users/${ada}`, version: 'W/"9"' },
      { method: 'DELETE', path: `/Users/${ada}`, version: '*' },
    ]);
    assert.equal(statusesOf(outcomes), '200 412 200 200 412 412 204');
    assertRefused(outcomes[1], 412, undefined, /is at version W\/"2"/);
    assert.equal((await memberRow(here.rollcall, here.acme, ada)).scim.title, 'fourth');
  });

  test('a failure stops nothing unless failOnErrors says so, and is told as the request by itself would be', async () => {
    await createUser(here.acme, 'taken');
    const operations = [
      creation('f1'),
      creation('taken'),
      creation('f2'),
      { ...creation('f3'), data: {} },
      creation('f4'),
    ];
    const outcomes = await send(here.acme, operations);
    assert.equal(statusesOf(outcomes), '201 409 201 400 201');
    assertRefused(outcomes[1], 409, 'uniqueness', /userName "taken@acme\.example" already belongs/);
    assertRefused(outcomes[3], 400, 'invalidValue', /userName is required/);
    assert.deepEqual(Object.keys(outcomes[1] ?? {}), ['method', 'bulkId', 'status', 'response']);
  });

  for (const [failOnErrors, statuses] of [
    [1, '201 409'],
    [2, '201 409 201 400'],
    [3, '201 409 201 400 201'],
    ['1', '201 409'],
  ] as const) {
    test(`failOnErrors ${JSON.stringify(failOnErrors)} ends the bulk after as many errors, and what was done stays done`, async () => {
      const name = (n: number) => `stop-${JSON.stringify(failOnErrors).replaceAll('"', 's')}-${n}`;
      await createUser(here.acme, name(0));
      const before = await lastEvent(here.rollcall, here.acme);
      const outcomes = await send(
        here.acme,
        [
          creation(name(1)),
          creation(name(0)),
          creation(name(2)),
          { ...creation('bad'), path: '/Users/1' },
          creation(name(3)),
        ].map((operation) => (operation.bulkId === 'bad' ? { ...operation, path: '/Users', data: {} } : operation)),
        { failOnErrors },
      );
      assert.equal(statusesOf(outcomes), statuses);
      const created = statuses.split(' ').filter((status) => status === '201').length;
      assert.equal((await eventsAfter(here.rollcall, here.acme, before)).length, created);
    });
  }

  test('an operation that fails in the middle changes nothing of its own (R19, I3)', async () => {
    const [ada, ben] = [await createUser(here.acme, 'whole-1'), await createUser(here.acme, 'whole-2')];
    const group = await createGroup(here.acme, 'Whole', [ada]);
    const before = await lastEvent(here.rollcall, here.acme);
    const outcomes = await send(here.acme, [
      {
        method: 'PATCH',
        path: `/Groups/${group}`,
        data: patch(
          { op: 'add', path: 'members', value: [{ value: ben }] },
          { op: 'replace', path: 'displayName', value: 'Renamed' },
          { op: 'replace', path: 'id', value: 'x' },
        ),
      },
      { method: 'PATCH', path: `/Users/${ada}`, data: suspend },
    ]);
    assert.equal(statusesOf(outcomes), '400 200');
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, group), [ada]);
    const events = await eventsAfter(here.rollcall, here.acme, before);
    assert.deepEqual(
      events.map(({ kind }) => kind),
      ['member.suspended', 'team.members_changed'],
    );
  });

  test('what changes nothing is done, and leaves no event', async () => {
    const ada = await createUser(here.acme, 'same');
    const before = await lastEvent(here.rollcall, here.acme);
    const same = {
      method: 'PATCH',
      path: `/Users/${ada}`,
      data: patch({ op: 'replace', path: 'active', value: true }),
    };
    assert.equal(statusesOf(await send(here.acme, [same, same])), '200 200');
    assert.equal(await lastEvent(here.rollcall, here.acme), before);
  });

  test('ids that name nobody, or somebody of Globex, are missing alike (R7)', async () => {
    const { rows } = await here.rollcall.db.owner.query<{ id: string; kind: string }>(
      `select m.id, 'Users' as kind from members m join organization_slugs s on s.org_id = m.org_id where s.slug = 'globex'
       union all select t.id, 'Groups' from teams t join organization_slugs s on s.org_id = t.org_id where s.slug = 'globex'`,
    );
    const foreign = (kind: string) => rows.find((row) => row.kind === kind)?.id as string;
    const nobody = '0192f0c1-2a3b-7c4d-8e5f-60718293a4b5';
    const own = await createGroup(here.acme, 'Alike');
    const operations = (person: string, team: string) => [
      { method: 'PUT', path: `/Users/${person}`, data: user('intruder') },
      { method: 'PATCH', path: `/Users/${person}`, data: suspend },
      { method: 'DELETE', path: `/Users/${person}` },
      { method: 'PUT', path: `/Groups/${team}`, data: { displayName: 'Mine' } },
      { method: 'PATCH', path: `/Groups/${team}`, data: patch({ op: 'replace', path: 'displayName', value: 'Mine' }) },
      { method: 'DELETE', path: `/Groups/${team}` },
      {
        method: 'PATCH',
        path: `/Groups/${own}`,
        data: patch({ op: 'add', path: 'members', value: [{ value: person }] }),
      },
    ];
    const ask = async (person: string, team: string) =>
      JSON.stringify(await send(here.acme, operations(person, team)))
        .replaceAll(person, '<person>')
        .replaceAll(team, '<team>')
        .replaceAll(/\(reference [^)]*\)/g, '');
    const answer = await ask(foreign('Users'), foreign('Groups'));
    assert.equal(answer, await ask(nobody, nobody.replace('0', '1')));
    assert.match(answer, /"status":"404"/);
    assert.deepEqual(await memberIdsOf(here.rollcall, here.acme, own), []);
  });

  test('each operation stands in the request log with its place in the bulk, and its event leads there (R52)', async () => {
    const before = await lastEvent(here.rollcall, here.acme);
    const answer = await here.acme.scim(
      'POST',
      '/Bulk',
      bulk([
        creation('logged', { password: 'Hunter-2!' }),
        { method: 'PATCH', path: '/Users/nobody', data: suspend },
        { method: 'FETCH' },
      ]),
      { 'user-agent': 'Bulk Client 1.0' },
    );
    const outcomes = outcomesOf(answer);
    const whole = await loggedRequestOf(here.rollcall, here.acme, answer);
    assert.deepEqual(
      [whole.method, whole.path, whole.status, whole.detail, whole.changes, whole.bulk],
      ['POST', '/scim/v2/acme/Bulk', 200, 'carried out 1 of 3 operations; 2 failed', [], undefined],
    );
    assert.doesNotMatch(whole.requestBody ?? '', /Hunter/);
    const rows = await eventually(async () => {
      const found = await listRequests(here.rollcall.db.app, here.acme, { limit: 10, bulk: whole.id });
      assert.equal(found.length, 3);
      return found.reverse();
    });
    assert.deepEqual(
      rows.map((row) => [row.bulk, row.method, row.path, row.status, row.client, row.tokenName]),
      [
        [{ id: whole.id, index: 0 }, 'POST', '/scim/v2/acme/Users', 201, 'Bulk Client 1.0', 'okta'],
        [{ id: whole.id, index: 1 }, 'PATCH', '/scim/v2/acme/Users/nobody', 404, 'Bulk Client 1.0', 'okta'],
        [{ id: whole.id, index: 2 }, 'FETCH', '/scim/v2/acme', 400, 'Bulk Client 1.0', 'okta'],
      ],
    );
    const [created, missing, nonsense] = rows;
    assert.deepEqual(
      created?.changes.map(({ says }) => says),
      ['created member logged@acme.example'],
    );
    assert.deepEqual(JSON.parse(created?.requestBody ?? ''), { ...user('logged'), password: '[redacted]' });
    assert.deepEqual([created?.resourceType, created?.resourceId], ['User', idOf(outcomes[0])]);
    assert.ok(created?.tolerances.includes('password-discarded'));
    assert.equal(missing?.id, assertRefused(outcomes[1], 404));
    assert.equal(missing.responseBody, JSON.stringify(outcomes[1]?.response));
    assert.equal(nonsense?.id, assertRefused(outcomes[2], 400, 'invalidSyntax'));
    const [event] = await eventsAfter(here.rollcall, here.acme, before);
    assert.equal(event?.requestId, created?.id);
  });

  test('a bulk that is refused as a whole is one row of the log, and changes nothing', async () => {
    const before = await lastEvent(here.rollcall, here.acme);
    const answer = await here.acme.scim('POST', '/Bulk', { Operations: [creation('nobody')] });
    assert.equal(answer.status, 400);
    const row = await loggedRequestOf(here.rollcall, here.acme, answer);
    assert.deepEqual([row.status, row.bulk], [400, undefined]);
    assert.deepEqual(await listRequests(here.rollcall.db.app, here.acme, { limit: 10, bulk: row.id }), []);
    assert.equal(await lastEvent(here.rollcall, here.acme), before);
  });

  test('JSON that was sent as a text by mistake is refused, and its password is in no log (R25)', async () => {
    const before = await lastEvent(here.rollcall, here.acme);
    const data = JSON.stringify(user('quoted', { password: 'Hunter-2!' }));
    const answer = await here.acme.scim('POST', '/Bulk', bulk([{ ...creation('quoted'), data }]));
    const [outcome] = outcomesOf(answer);
    const reference = assertRefused(outcome, 400, 'invalidSyntax', /must be a User as a JSON object, not a string/);
    const rows = await eventually(async () => {
      const found = await listRequests(here.rollcall.db.app, here.acme, {
        limit: 10,
        bulk: answer.headers.get('rollcall-request') ?? '',
      });
      assert.equal(found.length, 1);
      return [...found, await loggedRequestOf(here.rollcall, here.acme, answer)];
    });
    assert.equal(rows[0]?.id, reference);
    assert.doesNotMatch(JSON.stringify(rows), /Hunter/);
    assert.equal(await lastEvent(here.rollcall, here.acme), before);
  });

  test('Prefer: respond-async is answered with the outcomes, which RFC 9967 §2.5.1.1 leaves to the server', async () => {
    const answer = await here.acme.scim('POST', '/Bulk', bulk([creation('prefers')]), { prefer: 'respond-async' });
    assert.equal(statusesOf(outcomesOf(answer)), '201');
    assert.equal(answer.headers.get('preference-applied'), null);
    assert.equal(answer.headers.get('set-txn'), null);
    const { body } = await here.acme.scim('GET', '/ServiceProviderConfig');
    assert.equal(body.securityEvents, undefined);
  });
});

describe('bulk in the profiles of providers', () => {
  const entra = besideGlobex({ scimProfile: 'entra' });
  const rfc = besideGlobex({ scimProfile: 'rfc' });

  test('the status of an operation is that of the profile: a patched user is 204 for Entra (E41)', async () => {
    const ada = await createUser(entra.acme, 'ada');
    const [outcome] = await send(entra.acme, [{ method: 'PATCH', path: `/Users/${ada}`, data: suspend }]);
    assert.deepEqual([outcome?.status, outcome?.version], ['204', 'W/"2"']);
  });

  test('what the RFC refuses is refused in the profile rfc, operation by operation', async () => {
    const strict = await rfc.acme.scim('POST', '/Bulk', bulk([creation('ada')], { failOnErrors: '1' }));
    assertRefusal(strict, 400, 'invalidValue', /failOnErrors must be a number/);
    const ada = await createUser(rfc.acme, 'ada');
    const outcomes = await send(rfc.acme, [
      { method: 'PATCH', path: `/Users/${ada}`, data: patch({ op: 'Replace', path: 'title', value: 'T' }) },
      { method: 'PATCH', path: `/Users/${ada}`, data: patch({ op: 'replace', path: 'title', value: 'T' }) },
    ]);
    assert.equal(statusesOf(outcomes), '400 200');
  });
});
