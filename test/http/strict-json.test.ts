import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseStrictJson } from '../../src/http/strict-json.ts';
import { limits } from '../../src/limits.ts';
import { scaled } from '../scale.ts';

function parse(text: string): unknown {
  return parseStrictJson(Buffer.from(text));
}

const nested = (depth: number) => `${'['.repeat(depth)}${']'.repeat(depth)}`;

const refused: [name: string, body: string | Buffer, scimType: string, detail: string][] = [
  ['an empty body', ' \n', 'invalidSyntax', 'The body is empty; JSON is expected'],
  ['half a body', '{"userName":', 'invalidSyntax', 'The body is not JSON'],
  ['text after the body', '{"a":1}x', 'invalidSyntax', 'The body is not JSON (position 8)'],
  ['an open string', '{"a":"b', 'invalidSyntax', 'The body is not JSON (position 8)'],
  ['a wrong escape', '{"a":"\\x"}', 'invalidSyntax', 'The body is not JSON (position 8)'],
  ['bytes that are not UTF-8', Buffer.from([0x22, 0xff, 0x22]), 'invalidSyntax', 'The body is not UTF-8'],
  ['one key twice', '{"a":1,"b":{"c":1,"c":2}}', 'invalidSyntax', 'The body names one attribute twice at b.c'],
  [
    'one key in two letter cases',
    '{"active":false,"Active":true}',
    'invalidSyntax',
    'The body names one attribute twice at Active',
  ],
  ['one key, once escaped', '{"a":1,"\\u0061":2}', 'invalidSyntax', 'The body names one attribute twice at a'],
  [
    'a key with the Kelvin sign',
    '{"nickName":1,"nic\u212aName":2}',
    'invalidSyntax',
    'The body names one attribute twice at nic\u212aName',
  ],
  [
    'a key with a long s',
    '{"emails":1,"email\u017f":2}',
    'invalidSyntax',
    'The body names one attribute twice at email\u017f',
  ],
  [
    'a key with a dotless i',
    '{"title":1,"t\u0131tle":2}',
    'invalidSyntax',
    'The body names one attribute twice at t\u0131tle',
  ],
  [
    'a key twice in the second of two objects',
    '[{"a":1},{"a":1,"a":2}]',
    'invalidSyntax',
    'The body names one attribute twice at [1].a',
  ],
  ['__proto__', '{"name":{"__proto__":{}}}', 'invalidSyntax', 'The key __proto__ is not allowed at name.__proto__'],
  ['__proto__, escaped', '{"\\u005f_proto__":{}}', 'invalidSyntax', 'The key __proto__ is not allowed at __proto__'],
  ['a NUL character', '{"a":["x","\\u0000"]}', 'invalidValue', 'A NUL character cannot be kept at a[1]'],
  ['a NUL character in a key', '{"\\u0000":1}', 'invalidValue', 'A NUL character cannot be kept'],
  ['half a surrogate pair', '{"a":"\\ud83d"}', 'invalidValue', 'A character is only half there at a'],
  ['a number beyond a double', '{"a":1e999}', 'invalidValue', 'A number is too large to be kept exactly at a'],
  [
    'a number below a double',
    '{"a":[1,-0.5e-400]}',
    'invalidValue',
    'A number is too small to be kept exactly at a[1]',
  ],
  [
    'a number that is all zeros to a double',
    `0.${'0'.repeat(400)}1`,
    'invalidValue',
    'A number is too small to be kept exactly',
  ],
  [
    'a whole number beyond 2^53',
    '{"a":[9007199254740993]}',
    'invalidValue',
    'A number is too large to be kept exactly at a[0]',
  ],
];

for (const [name, body, scimType, detail] of refused) {
  test(`${name} is ${scimType}, with its place (R22)`, () => {
    const bytes = typeof body === 'string' ? Buffer.from(body) : body;
    assert.throws(() => parseStrictJson(bytes), { status: 400, scimType, detail });
  });
}

const taken: [name: string, body: string, value: unknown][] = [
  ['a byte order mark', '\ufeff{"a":1}', { a: 1 }],
  ['one key in two objects', '[{"a":1},{"a":1,"b":{"a":1}}]', [{ a: 1 }, { a: 1, b: { a: 1 } }]],
  ['brackets and quotes in strings', '{"a":"}]{[\\",:","b":"\\\\"}', { a: '}]{[",:', b: '\\' }],
  ['a whole surrogate pair', '{"a":"\\ud83d\\ude00"}', { a: '\u{1f600}' }],
  ['numbers', '[0,-1,1.5,1e3,9007199254740991,0.0E-400,1E-300]', [0, -1, 1.5, 1000, 9007199254740991, 0, 1e-300]],
  ['constructor as a key', '{"constructor":{"prototype":1}}', { constructor: { prototype: 1 } }],
  ['a string alone', '"a"', 'a'],
];

for (const [name, body, value] of taken) {
  test(`${name} is taken`, () => assert.deepEqual(parse(body), value));
}

test('a key that comes again after many others is found', () => {
  const keys = Array.from({ length: 40 }, (_, index) => `"key${index}":0`);
  assert.deepEqual(Object.keys(parse(`{${keys.join(',')}}`) as object).length, 40);
  assert.throws(() => parse(`{${keys.join(',')},"KEY3":1}`), { detail: 'The body names one attribute twice at KEY3' });
});

test('nesting is bounded, before anything is parsed (R21)', () => {
  const { jsonDepthMax } = limits;
  assert.doesNotThrow(() => parse(nested(jsonDepthMax)));
  assert.throws(() => parse(nested(jsonDepthMax + 1)), { scimType: 'invalidSyntax' });
  assert.throws(() => parse('['.repeat(1_000_000)), { scimType: 'invalidSyntax' });
  assert.throws(() => parseStrictJson(Buffer.from(nested(3)), { ...limits, jsonDepthMax: 2 }), {
    scimType: 'invalidSyntax',
  });
});

test('the keys of one object and the values of the whole are bounded, before anything is parsed (R21)', () => {
  const { jsonKeysMax, jsonValuesMax } = limits;
  const object = (keys: number) => `{${Array.from({ length: keys }, (_, index) => `"k${index}":0`).join(',')}}`;
  assert.equal(Object.keys(parse(object(jsonKeysMax)) as object).length, jsonKeysMax);
  assert.throws(() => parse(`{"a":[${object(jsonKeysMax + 1)}]}`), {
    status: 400,
    scimType: 'invalidSyntax',
    detail: `An object has more than ${jsonKeysMax} keys at a[0]`,
  });
  const list = (values: number, value: string) => `[${Array.from({ length: values }, () => value).join(',')}]`;
  assert.equal((parse(list(jsonValuesMax, '1')) as unknown[]).length, jsonValuesMax);
  const tooMany = { status: 413, detail: `The body holds more than ${jsonValuesMax} values` };
  assert.throws(() => parse(list(jsonValuesMax + 1, '1')), tooMany);
  for (const value of ['{}', '[]', '{"a":1}', '[[]]']) assert.throws(() => parse(list(jsonValuesMax, value)), tooMany);
  assert.throws(() => parse(`{"a":${list(jsonValuesMax + 1, '1')} no JSON`), tooMany);
  const few = { ...limits, jsonKeysMax: 2, jsonValuesMax: 3 };
  assert.throws(() => parseStrictJson(Buffer.from('{"a":1,"b":2,"c":3}'), few), { scimType: 'invalidSyntax' });
  assert.throws(() => parseStrictJson(Buffer.from('[1,[],2,3]'), few), { status: 413 });
});

test('an error never quotes a value of the body (R5)', () => {
  assert.throws(
    () => parse('{"password":"s3cret" "x"}'),
    (error: Error) => !error.message.includes('s3cret'),
  );
});

test('what it takes, it reads as JSON.parse does', () => {
  fc.assert(
    fc.property(fc.json({ maxDepth: 6 }), (text) => {
      let value: unknown;
      try {
        value = parse(text);
      } catch (error) {
        assert.equal((error as Error).name, 'ScimError');
        return;
      }
      assert.deepEqual(value, JSON.parse(text));
    }),
    { numRuns: scaled(100) },
  );
});

test('any bytes are read or refused', () => {
  const pieces = fc.constantFrom(
    '{',
    '}',
    '[',
    ']',
    '"',
    '\\',
    ':',
    ',',
    '1',
    'e9',
    '-',
    'null',
    '"a"',
    '\\u00',
    'é',
    ' ',
  );
  fc.assert(
    fc.property(fc.array(pieces), (parts) => {
      const text = parts.join('');
      let isJson = true;
      try {
        JSON.parse(text);
      } catch {
        isJson = false;
      }
      try {
        parse(text);
        assert.equal(isJson, true);
      } catch (error) {
        assert.equal((error as Error).name, 'ScimError', String(error));
      }
    }),
    { numRuns: scaled(1000) },
  );
});
