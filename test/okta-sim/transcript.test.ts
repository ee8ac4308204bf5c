import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseTranscript, printTranscript } from '../../okta-sim/transcript.ts';
import { type ReplayAnswer, replayTranscript } from '../../okta-sim/transcript-replay.ts';
import { person, provisioned, simulatedOkta } from './simulated-okta.ts';
import { startTinyScimApp, type TinyScimApp } from './tiny-scim-app.ts';

async function recorded(): Promise<string> {
  await using app = await startTinyScimApp();
  using okta = simulatedOkta(app.baseUrl, { profile: 'oin' });
  const [user] = await provisioned(okta, 'ada');
  okta.push.group(okta.groups.add('Team', [user!.id]).id);
  await okta.settle();
  return printTranscript(okta.exchanges, 'a user and a group');
}

function sendTo(app: TinyScimApp) {
  return async ({
    method,
    path,
    headers,
    body,
  }: Parameters<Parameters<typeof replayTranscript>[1]>[0]): Promise<ReplayAnswer> => {
    const answer = await fetch(app.baseUrl + path, { method, headers, ...(body !== undefined && { body }) });
    const text = await answer.text();
    return {
      status: answer.status,
      headers: Object.fromEntries(answer.headers),
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
}

test('a transcript masks passwords, shows no token, and names the ids of the server', async () => {
  const text = await recorded();
  assert.match(text, /"password":"\*{8}"/);
  assert.doesNotMatch(text, /secret-token/);
  assert.doesNotMatch(text, /users-1|groups-1/);
  assert.match(text, /let user1 = body\.id/);
  assert.match(text, /PATCH \/Groups\/\{group1\}\n\{.*"value":\[\{"value":"\{user1\}"/);
});

test('a transcript that was printed can be replayed against an empty server', async () => {
  const steps = parseTranscript(await recorded());
  await using app = await startTinyScimApp();
  app.users.set('other', { id: 'other', userName: 'other@acme.example' });
  assert.deepEqual(await replayTranscript(steps, sendTo(app)), []);
  assert.equal(app.groups.size, 1);
});

test('ids that look like other values are replaced only where an id stands', () => {
  const exchange = (method: string, path: string, body: unknown, answer: unknown) => ({
    ...{ subject: 'user:1', outside: false, headers: {}, note: undefined },
    ...{ method, path, body, answer, status: method === 'POST' ? 201 : 200 },
  });
  const text = printTranscript(
    [
      exchange('POST', '/Users', { userName: 'ada' }, { id: '1' }),
      exchange('GET', '/Users?startIndex=1&count=100', undefined, { totalResults: 1 }),
      exchange('PATCH', '/Groups/g', { Operations: [{ path: 'members[value eq "1"]', value: 11 }] }, undefined),
    ],
    'a server that counts',
  );
  assert.match(text, /GET \/Users\?startIndex=1&count=100\nstatus == 200\nbody\.totalResults == 1\n/);
  assert.match(text, /"path":"members\[value eq \\"\{user1\}\\"\]","value":11/);
});

test('members that a linked group had, and accounts of an import, have names too', async () => {
  await using app = await startTinyScimApp();
  app.groups.set('old', { id: 'old', displayName: 'team', members: [{ value: 'somebody', display: null }] });
  const [email] = [{ value: 'ada@acme.example', primary: true }];
  const name = { givenName: 'Ada', familyName: 'Byron' };
  app.users.set('known', { id: 'known', schemas: ['x'], userName: 'ada@acme.example', name, emails: [email] });
  using okta = simulatedOkta(app.baseUrl);
  okta.users.add(person('ada'));
  okta.app.importNow();
  await okta.settle();
  okta.push.group(okta.groups.add('Team', [okta.users.find('ada@acme.example')!.id]).id);
  await okta.settle();
  const text = printTranscript(okta.exchanges, 'an import and a linked group');
  assert.match(text, /let user1 = body\.Resources\[0\]\.id/);
  assert.match(text, /let member1 = body\.members\[0\]\.value/);
  assert.match(text, /PUT \/Groups\/\{group1\}\n.*"value":"\{member1\}".*"value":"\{user1\}"/);
});

test('a replay tells the line, the request and what was different', async () => {
  const steps = parseTranscript(
    '# two checks\nGET /Users?startIndex=1&count=2\nstatus == 200\nbody.totalResults == 3\nbody.nothing present\n',
  );
  await using app = await startTinyScimApp();
  assert.deepEqual(await replayTranscript(steps, sendTo(app)), [
    'line 2, GET /Users?startIndex=1&count=2: body.totalResults is 0, not 3',
    'line 2, GET /Users?startIndex=1&count=2: body.nothing is absent',
  ]);
});

test('every form of the format is read', () => {
  const text = `# a comment
POST /Users
X-Request: 7
{ "a": [1,
  2] }
status in 200 204
body["urn:x:y"].list[0].value == "z"
body.gone absent
header.etag present
let user = body.id
`;
  assert.deepEqual(parseTranscript(text), [
    {
      line: 2,
      method: 'POST',
      path: '/Users',
      headers: [['X-Request', '7']],
      body: '{ "a": [1,\n  2] }',
      checks: [
        { kind: 'status', statuses: [200, 204] },
        { kind: 'equal', path: 'body["urn:x:y"].list[0].value', value: 'z' },
        { kind: 'absent', path: 'body.gone' },
        { kind: 'present', path: 'header.etag' },
        { kind: 'let', name: 'user', path: 'body.id' },
      ],
    },
  ]);
});

const wrong: [text: string, message: RegExp][] = [
  ['status == 200', /line 1 comes before any request/],
  ['GET /Users\nstatus = 200', /line 2 is neither a request nor a check/],
  ['POST /Users\n{ "a": 1', /the body that begins in line 2 is not JSON/],
];

for (const [text, message] of wrong) {
  test(`${JSON.stringify(text)} is refused with its line`, () => {
    assert.throws(() => parseTranscript(text), message);
  });
}
