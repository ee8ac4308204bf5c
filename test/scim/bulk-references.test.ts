import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bulkIdIn, namedResources, type OperationData, resolveReferences } from '../../src/scim/bulk-references.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import { scaled } from '../scale.ts';

const id = '0192f0c1-2a3b-7c4d-8e5f-60718293a4b5';
const idOf = (bulkId: string) => `<${bulkId}>`;
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

/** Data that speaks of members is about a group. */
const of = (data: unknown, isPatch: boolean): OperationData => ({
  type: JSON.stringify(data).includes('members') ? groupType : userType,
  isPatch,
  data,
});

const found: [what: string, data: unknown, isPatch: boolean, bulkIds: string[], resolved: unknown][] = [
  [
    'a member of a group',
    { members: [{ type: 'User', value: 'bulkId:qwerty' }] },
    false,
    ['qwerty'],
    { members: [{ type: 'User', value: '<qwerty>' }] },
  ],
  ['a member as a string', { members: ['bulkId:a', 'b'] }, false, ['a'], { members: ['<a>', 'b'] }],
  [
    'an attribute of an extension',
    { [enterprise]: { manager: { value: 'bulkId:boss' } } },
    false,
    ['boss'],
    { [enterprise]: { manager: { value: '<boss>' } } },
  ],
  [
    'a role, whose value is an id (okta-wire §14)',
    { roles: [{ value: 'bulkId:r' }] },
    false,
    ['r'],
    { roles: [{ value: '<r>' }] },
  ],
  [
    'an absolute $ref',
    { manager: { $ref: 'https://example.com/v2/Users/bulkId:b' } },
    false,
    ['b'],
    { manager: { $ref: 'https://example.com/v2/Users/<b>' } },
  ],
  ['a relative $ref', { m: { $REF: '../Users/bulkId:b/c' } }, false, ['b/c'], { m: { $REF: '../Users/<b/c>' } }],
  [
    'the value of a PATCH',
    { Operations: [{ op: 'add', path: 'members', value: [{ value: 'bulkId:a' }] }] },
    true,
    ['a'],
    { Operations: [{ op: 'add', path: 'members', value: [{ value: '<a>' }] }] },
  ],
  [
    'the plain value of a PATCH',
    { Operations: [{ op: 'add', path: `${enterprise}:manager.value`, value: 'bulkId:a' }] },
    true,
    ['a'],
    { Operations: [{ op: 'add', path: `${enterprise}:manager.value`, value: '<a>' }] },
  ],
  [
    'a PATCH without path',
    { Operations: [{ op: 'replace', value: { members: [{ value: 'bulkId:a' }] } }] },
    true,
    ['a'],
    { Operations: [{ op: 'replace', value: { members: [{ value: '<a>' }] } }] },
  ],
  [
    'the filter in the path of a PATCH',
    { Operations: [{ op: 'remove', path: 'members[value eq "bulkId:a" or value eq "bulkId:b\\"c"].x' }] },
    true,
    ['a', 'b"c'],
    { Operations: [{ op: 'remove', path: 'members[value eq "<a>" or value eq "<b\\"c>"].x' }] },
  ],
];
for (const [what, data, isPatch, bulkIds, resolved] of found) {
  test(`${what} is a reference (RFC 7644 §3.7.2)`, () => {
    assert.deepEqual([...namedResources(of(data, isPatch)).bulkIds], bulkIds);
    const before = structuredClone(data);
    assert.deepEqual(resolveReferences(of(data, isPatch), idOf), resolved);
    assert.deepEqual(data, before, 'what came stays as it is');
  });
}

const plain: [what: string, data: unknown, isPatch: boolean][] = [
  ['a text that holds the word elsewhere', { displayName: 'see bulkId:a' }, false],
  ['the word in another letter case', { displayName: 'bulkid:a' }, false],
  ['a key', { 'bulkId:a': 'b' }, false],
  ['quotation marks outside of a PATCH', { path: 'members[value eq "bulkId:a"]' }, false],
  ['quotation marks in another member of a PATCH', { Operations: [{ op: 'add', value: 'x "bulkId:a"' }] }, true],
  ['a path whose quotation mark is never closed', { Operations: [{ path: 'members[value eq "bulkId:a' }] }, true],
  ['a path whose escape is none', { Operations: [{ path: 'members[value eq "bulkId:\\q"]' }] }, true],
  ['a name', { displayName: 'bulkId:u name', title: 'bulkId:u', name: { familyName: 'bulkId:u' } }, false],
  ['an address', { emails: [{ value: 'bulkId:u', type: 'bulkId:u' }] }, false],
  ['the display name of a member', { members: [{ display: 'bulkId:u', value: 'a' }] }, false],
  ['the value of a PATCH of a name', { Operations: [{ op: 'replace', path: 'title', value: 'bulkId:u' }] }, true],
  ['a name in a PATCH without path', { Operations: [{ op: 'replace', value: { title: 'bulkId:u' } }] }, true],
  ['a filter over texts', { Operations: [{ op: 'remove', path: 'emails[value eq "bulkId:u"]' }] }, true],
  ['numbers, null and booleans', { a: [1, null, true, []] }, false],
];
for (const [what, data, isPatch] of plain) {
  test(`${what} is no reference, and nothing is copied`, () => {
    assert.deepEqual([...namedResources(of(data, isPatch)).bulkIds], []);
    assert.equal(resolveReferences(of(data, isPatch), idOf), data);
  });
}

test('ids are found where references are, and in other letters they are none', () => {
  const data = {
    Operations: [
      { path: `members[value eq "${id}"]` },
      { path: `members[value eq "${id.replace('0', '3').toUpperCase()}"]` },
      { value: [{ value: id.replace('0', '1') }] },
      { value: { $ref: `../Users/${id.replace('0', '2')}` } },
      { value: { $ref: 'https://example.com' } },
    ],
  };
  assert.deepEqual([...namedResources(of(data, true)).ids], [id, id.replace('0', '1'), id.replace('0', '2')]);
  assert.equal(resolveReferences(of(data, true), idOf), data);
});

test('a bulkId may be any text', () => {
  assert.equal(bulkIdIn('bulkId:'), '');
  assert.equal(bulkIdIn('bulkId:bulkId:x'), 'bulkId:x');
  assert.equal(bulkIdIn('x'), undefined);
});

test('in what nobody knows, a text is a reference where there is such a creation (property)', () => {
  const word = fc.string({ unit: 'binary' });
  const data = fc.letrec((tie) => ({
    any: fc.oneof(
      { maxDepth: 4 },
      word,
      fc.integer(),
      fc.constant(null),
      fc.constantFrom('bulkId:known', 'bulkId:other'),
      tie('list'),
      tie('object'),
    ),
    list: fc.array(tie('any'), { maxLength: 4 }),
    object: fc.dictionary(fc.constantFrom('value', 'VALUE', 'x', 'display'), tie('any'), { maxKeys: 4 }),
  })).any;
  const expected = (value: unknown): unknown => {
    if (value === 'bulkId:known') return id;
    if (Array.isArray(value)) return value.map(expected);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(Object.entries(value).map(([key, each]) => [key, expected(each)]));
  };
  fc.assert(
    fc.property(data, (each) => {
      const sent = { type: userType, isPatch: false, data: { unheard: each } };
      const resolved = resolveReferences(sent, (bulkId) => (bulkId === 'known' ? id : undefined));
      assert.equal(JSON.stringify(resolved), JSON.stringify({ unheard: expected(each) }));
      const { bulkIds, mayBe } = namedResources(sent);
      assert.equal(bulkIds.size, 0);
      assert.equal(mayBe.has('known'), JSON.stringify(each).includes('"bulkId:known"'));
    }),
    { numRuns: scaled(100) },
  );
});
