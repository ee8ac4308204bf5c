import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib';
import { limits } from '../../src/limits.ts';
import type { ScimAnswer } from '../rollcall.ts';
import { assertRefusal, besideGlobex, createUser, filtered, patch, user } from './beside-globex.ts';
import { underAttack } from './under-attack.ts';

const mediaTypes = ['application/scim+json', 'application/json'];

const beyondBudget = new RegExp(`${limits.patchWorkMax} units`);

describe('filters of 8 KB (R21)', () => {
  const here = underAttack({ env: { ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '0' } });
  const length = limits.filterLengthMax;
  const filled = (begin: string, part: string, end = '') =>
    begin + part.repeat(Math.floor((length - begin.length - end.length) / part.length)) + end;
  const nested = (open: string, inner: string, close: string, depth: number) =>
    open.repeat(depth) + inner + close.repeat(depth);

  const shapes: [shape: string, filter: string, status: 200 | 400][] = [
    ['a long value', filled('userName eq "', 'a', '"'), 200],
    ['a value of escapes', filled('userName eq "', '\\u0041', '"'), 200],
    ['a value of backslashes', filled('userName eq "', '\\\\', '"'), 200],
    ['a value of wildcards', filled('userName co "', '%_', '"'), 200],
    ['a value of letters that are folded', `userName sw "${'ß'.repeat(4_000)}"`, 200],
    ['a value of combining marks', `userName eq "${'a\u0301\u0327'.repeat(1_600)}"`, 200],
    ['a value of one letter with marks alone', `title eq "a${'\u0301'.repeat(2_000)}"`, 400],
    ['a value that does not end', filled('userName eq "', 'a'), 400],
    ['a value whose last escape does not end', filled('userName eq "', '\\', ''), 400],
    ['spaces', filled('userName', ' ', 'pr'), 200],
    ['only spaces', filled('', ' '), 400],
    ['only brackets', filled('', '['), 400],
    ['only parentheses', filled('', '('), 400],
    ['only quotation marks', filled('', '"'), 400],
    ['only dots', filled('', 'a.'), 400],
    ['only colons', filled('', 'urn:'), 400],
    ['a long name', filled('', 'a', ' pr'), 400],
    ['a long number', filled('meta.version eq ', '9'), 200],
    ['a chain of comparisons', filled('userName eq "a"', ' or userName eq "a"'), 400],
    ['a chain of words', filled('userName pr', ' and'), 400],
    ['value paths inside each other', filled('', 'emails['), 400],
    ['parentheses as deep as they may be', nested('(', 'userName pr', ')', limits.filterDepthMax - 1), 200],
    ['parentheses that are too deep', nested('(', 'userName pr', ')', limits.filterDepthMax + 1), 400],
    ['thousands of parentheses', nested('(', 'userName pr', ')', 4_000), 400],
    ['negations that are too deep', nested('not (', 'userName pr', ')', 1_300), 400],
  ];
  for (const [shape, filter, status] of shapes) {
    test(`${shape}: ${status === 200 ? 'answered' : 'refused'}`, async () => {
      assert.ok(filter.length <= length);
      for (const endpoint of ['/Users', '/Groups']) {
        const answer = await here.acme.scim('GET', filtered(endpoint, filter));
        if (status === 400 || endpoint === '/Groups') assert.ok([200, 400].includes(answer.status), answer.text);
        if (answer.status === 400) assertRefusal(answer, 400, 'invalidFilter');
        if (endpoint === '/Users') assert.equal(answer.status, status, answer.text.slice(0, 300));
        assert.ok(answer.text.length < 5_000, 'a refusal does not send the filter back');
      }
    });
  }

  test('a filter beyond the length is refused by name, and as a path of PATCH too', async () => {
    const filter = `userName eq "${'a'.repeat(length)}"`;
    assertRefusal(await here.acme.scim('GET', filtered('/Users', filter)), 400, 'invalidFilter', /8192/);
    const path = `emails[value eq "${'a'.repeat(limits.patchPathLengthMax)}"].type`;
    const answer = await here.acme.scim('PATCH', `/Users/${here.ada}`, patch({ op: 'add', path, value: 'work' }));
    assertRefusal(answer, 400, 'invalidPath', /4096/);
  });

  test('a path and headers beyond their limit are refused in the SCIM form (R50)', async () => {
    const answer = await here.acme.scim('GET', `/Users?filter=${'a'.repeat(limits.headerBytesMax)}`);
    assert.equal(answer.status, 431);
    assert.equal(answer.body.detail, 'The path and headers are longer than 32 KB');
  });
});

describe('bodies (R21, R22, R23)', () => {
  const here = underAttack();
  const send = async (type: string, body: string | Buffer<ArrayBuffer>, headers = {}): Promise<ScimAnswer> => {
    const answer = await fetch(`${here.acme.scimBaseUrl}/Users`, {
      method: 'POST',
      headers: { authorization: `Bearer ${here.acme.token}`, 'content-type': type, ...headers },
      body,
    });
    const text = await answer.text();
    return { status: answer.status, headers: answer.headers, text, body: JSON.parse(text) };
  };
  const withMember = (member: string) => `{"userName":"eve@acme.example",${member}}`;
  const bodyOf = (text: string) => Buffer.from(text, 'latin1');

  const refused: [what: string, body: string | Buffer<ArrayBuffer>, scimType: 'invalidSyntax' | 'invalidValue'][] = [
    ['a key twice', withMember('"title":"a","title":"b"'), 'invalidSyntax'],
    ['a key twice in other letter case', withMember('"title":"a","TITLE":"b"'), 'invalidSyntax'],
    ['a key twice, once escaped', withMember('"title":"a","t\\u0069tle":"b"'), 'invalidSyntax'],
    ['a key twice, once with the Kelvin sign', withMember('"nickName":"a","nic\u212aName":"b"'), 'invalidSyntax'],
    ['a key twice far inside', withMember('"name":{"givenName":"a","GivenName":"b"}'), 'invalidSyntax'],
    ['bytes that are not UTF-8', bodyOf(withMember('"title":"\xff\xfe"')), 'invalidSyntax'],
    ['an overlong encoding', bodyOf(withMember('"title":"\xc0\xaf"')), 'invalidSyntax'],
    ['a surrogate in UTF-8', bodyOf(withMember('"title":"\xed\xa0\x80"')), 'invalidSyntax'],
    ['half a character', withMember('"title":"\\ud800"'), 'invalidValue'],
    ['half a character in a key', withMember('"\\udc00":"a"'), 'invalidValue'],
    ['a NUL', withMember('"title":"a\\u0000b"'), 'invalidValue'],
    ['marks without end', withMember(`"title":"a${'\u0301'.repeat(60_000)}"`), 'invalidValue'],
    ['a bare NUL', withMember('"title":"a\u0000b"'), 'invalidValue'],
    ['a number beyond a double', withMember('"x":1e999'), 'invalidValue'],
    ['a number below a double', withMember('"x":1e-400'), 'invalidValue'],
    ['a whole number beyond 2^53', withMember('"x":9007199254740993'), 'invalidValue'],
    ['a number of a million digits', withMember(`"x":${'9'.repeat(1_000_000)}`), 'invalidValue'],
    ['nesting beyond the limit', withMember(`"x":${'['.repeat(40)}${']'.repeat(40)}`), 'invalidSyntax'],
    ['a million brackets', '['.repeat(1_000_000), 'invalidSyntax'],
    ['UTF-16', Buffer.from(withMember('"title":"a"'), 'utf16le'), 'invalidValue'],
    ['no JSON', 'userName=eve', 'invalidSyntax'],
    ['nothing', '', 'invalidSyntax'],
    ['two documents', '{}{}', 'invalidSyntax'],
    ['the key __proto__', withMember('"__proto__":{"polluted":true}'), 'invalidSyntax'],
    ['the key __proto__, escaped', withMember('"\\u005f_proto__":{"polluted":true}'), 'invalidSyntax'],
    ['the key __proto__ far inside', withMember('"name":{"__proto__":{"polluted":true}}'), 'invalidSyntax'],
  ];
  for (const [what, body, scimType] of refused) {
    test(`${what}: 400 in either media type`, async () => {
      for (const type of mediaTypes) assertRefusal(await send(type, body), 400, scimType);
      assert.equal(({} as Record<string, unknown>).polluted, undefined);
    });
  }

  test('a body over the limit is answered 413, which names the limit (RFC 7644 §3.7.4)', async () => {
    const body = withMember(`"title":"${'a'.repeat(limits.bodyBytesMax)}"`);
    assertRefusal(await send('application/scim+json', body), 413, undefined, /larger than 4 MB/);
  });

  test('a body of very many keys or values is refused before it is read, and what it is of decides how many (R21)', async () => {
    const names = (count: number) => Array.from({ length: count }, (_, index) => `"k${index}":1`).join(',');
    const type = 'application/scim+json';
    assertRefusal(await send(type, withMember(names(limits.jsonKeysMax + 1))), 400, 'invalidSyntax', /1000 keys/);
    const values = `"x":[${Array.from({ length: limits.jsonValuesMax }, () => '1').join(',')}]`;
    assertRefusal(await send(type, withMember(values)), 413, undefined, /more than 30000 values/);
    const urns = Array.from({ length: limits.valuesPerAttributeMax + 1 }, (_, index) => `"urn:x:${index}"`).join(',');
    assertRefusal(
      await send(type, `{"userName":"eve@acme.example","schemas":[${urns}]}`),
      400,
      'invalidValue',
      /schemas has more than 1000 values/,
    );
    // A group of as many members is no attack, and refused for what else is wrong with it.
    const members = Array.from({ length: limits.jsonValuesMax }, () => ({ value: crypto.randomUUID() }));
    assertRefusal(await here.acme.scim('POST', '/Groups', { members }), 400, 'invalidValue', /displayName is required/);
  });

  for (const [coding, compress] of Object.entries({
    gzip: gzipSync,
    deflate: deflateSync,
    br: brotliCompressSync,
    'gzip, gzip': (text: string) => gzipSync(gzipSync(text)),
    nonsense: (text: string) => Buffer.from(text),
  })) {
    test(`a body with Content-Encoding: ${coding} is answered 415, which says so`, async () => {
      const body = compress(withMember(`"title":"${'a'.repeat(1_000)}"`));
      const answer = await send('application/scim+json', body, { 'content-encoding': coding });
      assertRefusal(answer, 415, undefined, /without Content-Encoding/);
    });
  }

  for (const type of [
    'text/plain',
    'application/xml',
    'application/x-www-form-urlencoded',
    'multipart/form-data',
    'a',
  ]) {
    test(`a body of the type ${type} is answered 415 (R23)`, async () => {
      assertRefusal(await send(type, withMember('"title":"a"')), 415);
    });
  }

  test('a PATCH beyond its work budget or its number of operations is answered 413, which names the limit (R21)', async () => {
    const operation = { op: 'add', path: 'nickName', value: 'a' };
    const many = Array.from({ length: limits.patchOperationsMax + 1 }, () => operation);
    const path = `/Users/${here.ada}`;
    assertRefusal(await here.acme.scim('PATCH', path, patch(...many)), 413, undefined, /at most 2000 operations/);
    const values = Array.from({ length: 900 }, (_, index) => ({ value: `${'r'.repeat(100)}${index}` }));
    const heavy = Array.from({ length: 1_900 }, (_, index) => ({
      op: 'remove',
      path: `roles[value eq "nobody${index}"]`,
    }));
    const answer = await here.acme.scim('PATCH', path, patch({ op: 'add', path: 'roles', value: values }, ...heavy));
    assertRefusal(answer, 413, undefined, beyondBudget);
  });

  test('a list beyond its number of values is refused, and one that fits in no index (R21)', async () => {
    const emails = Array.from({ length: limits.valuesPerAttributeMax + 1 }, (_, index) => ({
      value: `e${index}@x.example`,
    }));
    assert.ok([400, 413].includes((await here.acme.scim('POST', '/Users', user('eve', { emails }))).status));
    const answer = await here.acme.scim('POST', '/Users', user('eve', { userName: 'e'.repeat(5_000) }));
    assertRefusal(answer, 400, 'invalidValue');
  });
});

describe('a PATCH of many terms (R21)', () => {
  const here = besideGlobex({});

  test('a PATCH whose filters have a hundred terms is refused by its budget, of a user and of a group (R21)', async () => {
    const anyOf = (count: number, name: string) =>
      Array.from({ length: count }, (_, index) => `${name} co "é${index}x"`).join(' or ');
    const many = (path: string) => patch(...Array.from({ length: 40 }, () => ({ op: 'remove', path })));
    const roles = Array.from({ length: 1_000 }, (_, index) => ({ value: `é${index}` }));
    const ada = await createUser(here.acme, 'ada');
    const full = await createUser(here.acme, 'full', { roles });
    assertRefusal(
      await here.acme.scim('PATCH', `/Users/${full}`, many(`roles[${anyOf(99, 'value')}]`)),
      413,
      undefined,
      beyondBudget,
    );
    const group = await here.acme.scim('POST', '/Groups', { displayName: 'Looms', members: [{ value: ada }] });
    const path = `/Groups/${group.body.id}`;
    assert.equal(
      (await here.acme.scim('PATCH', path, patch({ op: 'remove', path: `members[${anyOf(98, 'display')}]` }))).status,
      204,
    );
    const inside = {
      op: 'add',
      path: 'members',
      value: Array.from({ length: 9_000 }, (_, index) => ({ value: `x${index}` })),
    };
    const where = { op: 'remove', path: `members[${anyOf(98, 'display')}]` };
    assertRefusal(await here.acme.scim('PATCH', path, patch(inside, where)), 413, undefined, beyondBudget);
    const { body } = await here.acme.scim('GET', path);
    assert.deepEqual(
      (body.members as { value: string }[]).map((each) => each.value),
      [ada],
    );
  });
});

const inherited = ['__proto__', 'constructor', 'prototype', 'toString'];
const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const paths: ((name: string) => string)[] = [
  (name) => name,
  (name) => `${name}.polluted`,
  (name) => `${name}.prototype.polluted`,
  (name) => `name.${name}`,
  (name) => `emails[${name} eq "a"].value`,
  (name) => `emails[type eq "nothing"].${name}`,
  (name) => `${core}:${name}`,
  (name) => `${enterprise}:${name}`,
  (name) => `${enterprise}:manager.${name}`,
  (name) => `urn:${name}:a`,
];

/** A leading underscore is no attribute name, so its refusal may come earlier. */
const isRefusedName = (name: string, answer: ScimAnswer) => name === '__proto__' && answer.status === 400;

describe('names that every object has (R22)', () => {
  const here = underAttack({ env: { ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '0' } });
  const queries: ((name: string) => string)[] = [
    (name) => `/${name}`,
    (name) => `/Users/${name}`,
    (name) => `/Groups/${name}`,
    (name) => `/Schemas/${name}`,
    (name) => `/ResourceTypes/${name}`,
    (name) => `/Users?${name}=a&${name}[polluted]=a&count=0`,
    (name) => `/Users?count=${name}`,
    (name) => `/Users?attributes=${name},name.${name}&count=0`,
    (name) => `/Users?excludedAttributes=${name},${core}:${name}&count=0`,
    ...[
      (name: string) => `${name} eq "a"`,
      (name: string) => `${name} pr`,
      (name: string) => `${name}.${name} pr`,
      (name: string) => `name.${name} pr`,
      (name: string) => `meta.${name} pr`,
      (name: string) => `emails.${name} eq "a"`,
      (name: string) => `emails[${name} eq "a"]`,
      (name: string) => `${core}:${name} pr`,
      (name: string) => `${enterprise}:${name} pr`,
      (name: string) => `${enterprise}:manager.${name} pr`,
      (name: string) => `urn:${name}:a pr`,
      (name: string) => `userName ${name} "a"`,
      (name: string) => `userName eq ${name}`,
    ].map((filter) => (name: string) => filtered('/Users', filter(name))),
  ];
  for (const name of inherited) {
    test(`${name} is nothing but an unknown name in a path, a query and a filter`, async () => {
      for (const query of queries) {
        const [answer, unknown] = await Promise.all(
          [name, 'unheard'].map((each) => here.acme.scim('GET', query(each))),
        );
        assert.ok(answer !== undefined && unknown !== undefined);
        const isSame = answer.status === unknown.status && answer.body.scimType === unknown.body.scimType;
        assert.ok(isSame || isRefusedName(name, answer), `${query(name)}: ${answer.text}`);
      }
    });
  }
});

describe('names that every object has, in a PATCH (R22)', () => {
  // What no schema describes is kept as it came, so these requests may store something: as data, under its own name.
  const here = besideGlobex({});

  for (const name of inherited) {
    test(`${name} is nothing but an unknown name`, async () => {
      const [id, twin] = [await createUser(here.acme, `${name}-a`), await createUser(here.acme, `${name}-b`)];
      for (const [index, path] of paths.entries()) {
        const headers = { 'content-type': mediaTypes[index % 2] ?? '' };
        for (const op of ['add', 'remove']) {
          const send = (to: string, given: string) =>
            here.acme.scim(
              'PATCH',
              `/Users/${to}`,
              patch({ op, path: path(given), value: { polluted: true } }),
              headers,
            );
          const [answer, unknown] = await Promise.all([send(id, name), send(twin, 'unheard')]);
          const isSame = answer.status === unknown.status && answer.body.scimType === unknown.body.scimType;
          assert.ok(isSame || isRefusedName(name, answer), `${op} ${path(name)}: ${answer.text}`);
        }
      }
      assert.equal(({} as Record<string, unknown>).polluted, undefined);
      for (const each of [id, twin]) assert.equal((await here.acme.scim('DELETE', `/Users/${each}`)).status, 204);
    });
  }
});
