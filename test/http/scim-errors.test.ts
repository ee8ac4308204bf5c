import assert from 'node:assert/strict';
import { request } from 'node:http';
import { describe, test } from 'node:test';
import { isOurFault } from '../../src/http/scim/scim-error.ts';
import { limits } from '../../src/limits.ts';
import { internal, notImplemented, unavailable } from '../../src/scim/errors.ts';
import type { ScimAnswer } from '../rollcall.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  createUser,
  filtered,
  lastEvent,
  loggedRequestOf,
  memberRow,
  patch,
  user,
} from './beside-globex.ts';

const missing = '0190a0b0-0000-7000-8000-00000000dead';
const member = (value: string) => ({ members: [{ value }] });

type Refusal = [
  title: string,
  method: string,
  path: string,
  body: unknown,
  status: number,
  scimType: string | undefined,
  detail: RegExp,
];

describe('refusals over SCIM', () => {
  const here = besideGlobex();

  const refusals: Refusal[] = [
    [
      'a userName that is taken, in another letter case (okta-wire §4.2)',
      'POST',
      '/Users',
      user('x', { userName: 'TAKEN@acme.example' }),
      409,
      'uniqueness',
      /"TAKEN@acme.example".*\(active\).*assign the person again/,
    ],
    [
      'an externalId that is taken',
      'POST',
      '/Users',
      user('y', { externalId: '00u-taken' }),
      409,
      'uniqueness',
      /externalId "00u-taken".*[Uu]nassign/,
    ],
    [
      'a displayName that is taken, in another letter case',
      'POST',
      '/Groups',
      { displayName: 'TAKEN team' },
      409,
      'uniqueness',
      /"TAKEN team".*Link/,
    ],
    [
      'renaming onto a userName that is taken',
      'PATCH',
      '/Users/{other}',
      patch({ op: 'replace', path: 'userName', value: 'taken@acme.example' }),
      409,
      'uniqueness',
      /"taken@acme\.example" already belongs to another member .*\(id [0-9a-f-]{36}, active\)\. Give this person another username in the provider, or free the name here/,
    ],
    [
      'replacing with a userName that is taken',
      'PUT',
      '/Users/{other}',
      user('other', { userName: 'Taken@acme.example' }),
      409,
      'uniqueness',
      /another member .*\(id [0-9a-f-]{36}, active\)\. Give this person another username in the provider/,
    ],
    [
      'renaming onto a displayName that is taken',
      'PUT',
      '/Groups/{otherTeam}',
      { displayName: 'Taken Team' },
      409,
      'uniqueness',
      /Taken Team/,
    ],
    [
      'a userName that is no e-mail address (K2)',
      'POST',
      '/Users',
      user('z', { userName: 'zoe' }),
      400,
      'invalidValue',
      /"zoe" is not an e-mail address.*Application username format/,
    ],
    ['no userName', 'POST', '/Users', { displayName: 'Nobody' }, 400, 'invalidValue', /userName is required/],
    ['no displayName of a group', 'POST', '/Groups', { members: [] }, 400, 'invalidValue', /displayName is required/],
    ['a wrong type', 'POST', '/Users', user('z', { name: 'Zoe' }), 400, 'invalidValue', /name/],
    [
      'members that are no ids',
      'POST',
      '/Groups',
      { displayName: 'Odd', members: [7] },
      400,
      'invalidValue',
      /members\[0\]/,
    ],
    [
      'a value too long for its index',
      'POST',
      '/Users',
      user('z', { externalId: 'x'.repeat(513) }),
      400,
      'invalidValue',
      /externalId.*512/,
    ],
    ['a body that is no JSON', 'POST', '/Users', '{"userName": ', 400, 'invalidSyntax', /not JSON/],
    ['a body that is no object', 'POST', '/Users', '["a"]', 400, 'invalidSyntax', /JSON object/],
    ['an empty body', 'POST', '/Users', '', 400, 'invalidSyntax', /empty/],
    ['no body', 'POST', '/Users', undefined, 400, 'invalidSyntax', /a User as a JSON object, not nothing/],
    ['no body of a PATCH', 'PATCH', '/Users/{other}', undefined, 400, 'invalidSyntax', /JSON object, not nothing/],
    ['an empty list', 'POST', '/Users', '[]', 400, 'invalidSyntax', /a User as a JSON object, not an empty list/],
    [
      'a key given twice (R22)',
      'POST',
      '/Users',
      '{"userName":"a@acme.example","username":"b@acme.example"}',
      400,
      'invalidSyntax',
      /userName/i,
    ],
    [
      'a prototype as a key (R22)',
      'POST',
      '/Users',
      '{"userName":"a@acme.example","__proto__":{"active":false}}',
      400,
      'invalidSyntax',
      /__proto__/,
    ],
    ['a NUL character', 'POST', '/Users', user('z', { title: 'a\0b' }), 400, 'invalidValue', /NUL|character/],
    [
      'a PATCH without operations in it',
      'PATCH',
      '/Users/{other}',
      { Operations: 'none' },
      400,
      'invalidSyntax',
      /Operations/,
    ],
    [
      'an op that there is not',
      'PATCH',
      '/Users/{other}',
      patch({ op: 'move', path: 'title' }),
      400,
      'invalidSyntax',
      /op/,
    ],
    [
      'a path that cannot be read',
      'PATCH',
      '/Users/{other}',
      patch({ op: 'replace', path: 'emails[type', value: 'x' }),
      400,
      'invalidPath',
      /emails\[type/,
    ],
    [
      'a path to a read-only attribute (R12)',
      'PATCH',
      '/Users/{other}',
      patch({ op: 'replace', path: 'groups', value: [] }),
      400,
      'mutability',
      /groups/,
    ],
    [
      'removal of a required attribute (RFC 7644 §3.5.2.2)',
      'PATCH',
      '/Users/{other}',
      patch({ op: 'remove', path: 'userName' }),
      400,
      'mutability',
      /userName/,
    ],
    [
      'removal without a path (RFC 7644 §3.5.2.2)',
      'PATCH',
      '/Users/{other}',
      patch({ op: 'remove' }),
      400,
      'noTarget',
      /path/,
    ],
    [
      'too many operations (R21)',
      'PATCH',
      '/Groups/{otherTeam}',
      patch(
        ...Array.from({ length: limits.patchOperationsMax + 1 }, () => ({ op: 'add', path: 'members', value: [] })),
      ),
      413,
      undefined,
      /2[,.]?000/,
    ],
    ['a malformed filter', 'GET', filtered('/Users', 'userName eq'), undefined, 400, 'invalidFilter', /./],
    [
      'a filter on an attribute that there is not: never all rows',
      'GET',
      filtered('/Users', 'shoeSize eq "44"'),
      undefined,
      400,
      'invalidFilter',
      /shoeSize/,
    ],
    [
      'a filter on a password (R25)',
      'GET',
      filtered('/Users', 'password sw "a"'),
      undefined,
      403,
      'sensitive',
      /password/,
    ],
    [
      'a filter that is too deep (R21)',
      'GET',
      filtered('/Users', `${'('.repeat(21)}title pr${')'.repeat(21)}`),
      undefined,
      400,
      'invalidFilter',
      /20/,
    ],
    ['a startIndex that is no number', 'GET', '/Users?startIndex=one', undefined, 400, 'invalidValue', /startIndex/],
    ['a parameter given twice', 'GET', '/Users?count=1&count=2', undefined, 400, 'invalidValue', /count/],
    ['an endpoint that there is not', 'GET', '/Devices', undefined, 404, undefined, /\/Devices.*base URL/],
    ['an endpoint below a resource that there is not', 'POST', '/Users/{other}/emails', {}, 404, undefined, /emails/],
    ['POST to a resource', 'POST', '/Users/{other}', user('x'), 405, undefined, /DELETE, GET.*not POST/],
    ['DELETE of all users', 'DELETE', '/Users', undefined, 405, undefined, /not DELETE/],
    ...(['OPTIONS', 'PROPFIND', 'REPORT', 'QUERY'] as const).flatMap((method): Refusal[] => [
      [`${method} of all users`, method, '/Users', undefined, 405, undefined, /answers GET, HEAD, POST, not [A-Z]+/],
      [`${method} of a user`, method, '/Users/{other}', undefined, 405, undefined, /DELETE, GET.*not [A-Z]+/],
      [`${method} of the schemas`, method, '/Schemas', undefined, 405, undefined, /answers GET, HEAD, not [A-Z]+/],
      [`${method} of no endpoint`, method, '/Devices', undefined, 404, undefined, /\/Devices.*base URL/],
    ]),
    ...['/Users/%zz', '/Groups/%ff', '/%E0%A4%A', '/Users/%?count=1'].map(
      (path): Refusal => [
        `the malformed path ${path}`,
        'GET',
        path,
        undefined,
        400,
        'invalidSyntax',
        /The path is not a well-formed URL path/,
      ],
    ),
    ['PUT of the configuration', 'PUT', '/ServiceProviderConfig', {}, 405, undefined, /not PUT/],
    ['/Me (RFC 7644 §3.11)', 'GET', '/Me', undefined, 501, undefined, /\/Me/],
    ...(['GET', 'PUT', 'PATCH', 'DELETE'] as const).flatMap((method): Refusal[] =>
      [missing, 'no-uuid', '1', "'; drop table members;--", '%00', '\u0000', 'ＡＢＣ'].flatMap((id): Refusal[] => [
        [
          `${method} of a user ${id}`,
          method,
          `/Users/${encodeURIComponent(id)}`,
          bodyOf(method, user('nobody')),
          404,
          undefined,
          /There is no user .* in this organization.*assign/,
        ],
        [
          `${method} of a group ${id}`,
          method,
          `/Groups/${encodeURIComponent(id)}`,
          bodyOf(method, { displayName: 'N', ...member(missing) }),
          404,
          undefined,
          /There is no group .* in this organization.*push/,
        ],
      ]),
    ),
  ];

  function bodyOf(method: string, whole: unknown): unknown {
    return method === 'PUT'
      ? whole
      : method === 'PATCH'
        ? patch({ op: 'replace', value: { displayName: 'N' } })
        : undefined;
  }

  const answered: { method: string; status: number; answer: ScimAnswer }[] = [];
  let ids: Record<string, string> | undefined;

  /** What is taken, and something else that may not become it. */
  async function inhabitants(): Promise<Record<string, string>> {
    ids ??= {
      taken: await createUser(here.acme, 'taken'),
      other: await createUser(here.acme, 'other'),
      takenTeam: await createGroup(here.acme, 'Taken Team'),
      otherTeam: await createGroup(here.acme, 'Other Team'),
    };
    return ids;
  }

  for (const [title, method, path, body, status, scimType, detail] of refusals) {
    test(`${title} is refused with ${status} ${scimType ?? ''}, says what to do and changes nothing`, async () => {
      const there = await inhabitants();
      const events = await lastEvent(here.rollcall, here.acme);
      const url = path.replace(/\{(\w+)\}/, (_, name: string) => there[name] ?? '');
      const answer = await here.acme.scim(method, url, body);
      assertRefusal(answer, status, scimType, detail);
      assert.equal(await lastEvent(here.rollcall, here.acme), events);
      if (status === 405) assert.match(answer.headers.get('allow') ?? '', /GET/);
      answered.push({ method, status, answer });
    });
  }

  test('the reference of each of these refusals finds it in the request log', async () => {
    assert.equal(answered.length, refusals.length);
    for (const { method, status, answer } of answered) {
      const logged = await loggedRequestOf(here.rollcall, here.acme, answer);
      assert.deepEqual([logged.method, logged.status, logged.changes], [method, status, []]);
      assert.ok(answer.body.detail?.startsWith(logged.detail ?? 'no detail'));
      assert.equal(logged.responseBody, answer.text);
      assert.equal(logged.tokenName, 'okta');
      assert.equal(answer.headers.get('cache-control'), 'no-store');
    }
  });

  test('the refusal of a duplicate says whether the person who has the name is suspended', async () => {
    await createUser(here.acme, 'sleeping', { active: false });
    assertRefusal(await here.acme.scim('POST', '/Users', user('sleeping')), 409, 'uniqueness', /\(suspended\)/);
  });

  test('a refused rename leaves both as they were', async () => {
    const there = await inhabitants();
    for (const [name, id] of [
      ['taken', there.taken],
      ['other', there.other],
    ]) {
      const row = await memberRow(here.rollcall, here.acme, id ?? '');
      assert.deepEqual([row.user_name, row.version], [`${name}@acme.example`, 1]);
    }
  });

  const mediaTypes: [type: string, status: number][] = [
    ['application/scim+json', 201],
    ['application/json', 201],
    ['application/json; charset=utf-8', 201],
    ['APPLICATION/SCIM+JSON', 201],
    ['text/plain', 415],
    ['application/xml', 415],
    ['application/x-www-form-urlencoded', 415],
    ['multipart/form-data; boundary=x', 415],
  ];
  for (const [index, [type, status]] of mediaTypes.entries()) {
    test(`a body of type ${type} is answered with ${status} (R23, RFC 7644 §3.1)`, async () => {
      const headers = { 'content-type': type };
      const answer = await here.acme.scim('POST', '/Groups', { displayName: `Typed ${index}` }, headers);
      if (status === 201) assert.equal(answer.status, 201);
      else assertRefusal(answer, status, undefined, /application\/scim\+json/);
    });
  }

  test('a body larger than the limit is refused with 413 that names the limit (RFC 7644 §3.7.4)', async () => {
    const answer = await announce(here.acme.scimBaseUrl, here.acme.token, limits.bodyBytesMax + 1);
    assertRefusal(answer, 413, undefined, /4 MB/);
  });

  test('whatever is no path of the endpoint is SCIM JSON too', async () => {
    const { scimBaseUrl, token } = here.acme;
    const root = new URL('/scim', scimBaseUrl).href;
    for (const [url, status] of [
      [`${scimBaseUrl}/Users/%ff`, 400],
      [`${root}/v2/acme/%E0%A4%A`, 400],
      [`${root}/v1/acme/Users`, 404],
      [`${root}/v2`, 404],
      [root, 404],
      [`${scimBaseUrl}//Users/${missing}/`, 404],
    ] as const) {
      const response = await fetch(url, { headers: { authorization: `Bearer ${token}` } });
      const text = await response.text();
      assert.match(response.headers.get('content-type') ?? '', /^application\/scim\+json/, url);
      const body = JSON.parse(text);
      assert.deepEqual([response.status, body.status], [status, String(status)], url);
      assert.match(body.detail, / \(reference [0-9a-f-]{36}\)$/, url);
    }
  });

  test('what finds no route and is in no log is refused without a reference, and not kept', async () => {
    const { origin } = new URL(here.acme.scimBaseUrl);
    for (const path of [`/scim/v2/${'a'.repeat(600)}/Users`, '/api/v1/%zz', '/%ff']) {
      const response = await fetch(origin + path, { headers: { authorization: `Bearer ${here.acme.token}` } });
      const { status, detail } = (await response.json()) as { status: string; detail: string };
      assert.deepEqual([response.status, status], [400, '400'], path);
      assert.doesNotMatch(detail, /reference/);
      assert.equal(response.headers.get('rollcall-request'), null);
      assert.equal(response.headers.get('cache-control'), 'no-store');
    }
  });

  test('a malformed path of another organization is refused as any other of its paths, and is not in its log', async () => {
    const { origin } = new URL(here.acme.scimBaseUrl);
    const headers = { authorization: `Bearer ${here.acme.token}` };
    const answer = await fetch(`${origin}/scim/v2/globex/Users/%zz`, { headers });
    await answer.body?.cancel();
    assert.equal(answer.status, 401);
  });
});

describe('an organization that takes any userName', () => {
  const here = besideGlobex({ usernameFormat: 'any' });

  test('accepts a userName that is no e-mail address (K2)', async () => {
    const id = await createUser(here.acme, 'zoe', { userName: 'zoe', emails: [] });
    assert.deepEqual((await memberRow(here.rollcall, here.acme, id)).in_force_email, null);
  });
});

/** Announces a body of this size and sends only its beginning: the refusal does not wait for the rest. */
async function announce(scimBaseUrl: string, token: string, bytes: number): Promise<ScimAnswer> {
  return await new Promise((resolve, reject) => {
    const sent = request(`${scimBaseUrl}/Users`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${token}`,
        'content-type': 'application/scim+json',
        'content-length': bytes,
      },
    });
    sent.on('error', reject);
    sent.on('response', (response) => {
      const chunks: Buffer[] = [];
      response.on('data', (chunk) => chunks.push(chunk));
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString();
        const headers = new Headers(Object.entries(response.headers).map(([name, value]) => [name, String(value)]));
        resolve({ status: response.statusCode ?? 0, headers, text, body: JSON.parse(text) });
        sent.destroy();
      });
    });
    sent.write('{');
  });
}

test('what is not supported is no failure of ours, and fills no log', () => {
  assert.equal(isOurFault(notImplemented('/Me is not supported')), false);
  assert.equal(isOurFault(internal('Rollcall failed to answer')), true);
  assert.equal(isOurFault(unavailable('The database cannot be reached', 5)), true);
});
