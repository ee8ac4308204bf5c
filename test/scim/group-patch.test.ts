import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { printFilter } from '../../src/scim/filter.ts';
import { foldMembership, type MembershipStep, readGroupPatch } from '../../src/scim/group-patch.ts';
import { type PatchOperation, parsePatch } from '../../src/scim/patch.ts';
import type { Tolerance } from '../../src/scim/quirks.ts';
import { groupType } from '../../src/scim/resource-types.ts';
import { scaled } from '../scale.ts';

const patchOp = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';
const coreGroup = 'urn:ietf:params:scim:schemas:core:2.0:Group';

type Case = {
  name: string;
  operations: Record<string, unknown>[];
  members: MembershipStep[];
  attributes?: PatchOperation[];
  notes?: Tolerance[];
};

const rename: PatchOperation = { op: 'replace', path: undefined, value: { id: 'c0ff', displayName: 'Eng Team' } };

const cases: Case[] = [
  {
    name: "Okta's name operation has no members (OK2, okta-wire §10.2)",
    operations: [{ op: 'replace', value: { id: 'c0ff', displayName: 'Eng Team' } }],
    members: [],
    attributes: [rename],
  },
  {
    name: "Okta's delta: one remove for each leaver, one add for all joiners (OK4, okta-wire §11.1)",
    operations: [
      { op: 'remove', path: 'members[value eq "89bb"]' },
      { op: 'add', path: 'members', value: [{ value: '7d1e', display: 'ada@acme.example' }, { value: '8e2f' }] },
    ],
    members: [
      { op: 'remove', ids: ['89bb'] },
      { op: 'add', ids: ['7d1e', '8e2f'] },
    ],
    notes: ['member-details-ignored'],
  },
  {
    name: "Okta's full replace, and the empty one (OK3)",
    operations: [
      { op: 'replace', path: 'members', value: [{ value: '7d1e' }] },
      { op: 'replace', path: 'members', value: [] },
    ],
    members: [
      { op: 'replace', ids: ['7d1e'] },
      { op: 'replace', ids: [] },
    ],
  },
  {
    name: 'members without path, beside other attributes (okta-wire §11.1)',
    operations: [
      { op: 'replace', value: { members: [{ value: '7d1e' }] } },
      { op: 'replace', value: { MEMBERS: [], id: 'c0ff', displayName: 'Eng Team' } },
      { op: 'add', value: { [`${coreGroup}:members`]: [{ value: '8e2f' }] } },
      { op: 'add', value: { [coreGroup]: { members: [{ value: '9a3b' }], displayName: 'X' } } },
    ],
    members: [
      { op: 'replace', ids: ['7d1e'] },
      { op: 'replace', ids: [] },
      { op: 'add', ids: ['8e2f'] },
      { op: 'add', ids: ['9a3b'] },
    ],
    attributes: [rename, { op: 'add', path: undefined, value: { displayName: 'X' } }],
  },
  {
    name: 'null members without path say nothing',
    operations: [{ op: 'replace', value: { members: null, displayName: 'Eng Team', id: 'c0ff' } }],
    members: [],
    attributes: [{ op: 'replace', path: undefined, value: { displayName: 'Eng Team', id: 'c0ff' } }],
    notes: ['empty-as-unset'],
  },
  {
    name: "authentik's whole group without members does not empty it (A5)",
    operations: [{ op: 'replace', value: { id: 'c0ff', displayName: 'G', externalId: 'e', schemas: [coreGroup] } }],
    members: [],
    attributes: [
      {
        op: 'replace',
        path: undefined,
        value: { id: 'c0ff', displayName: 'G', externalId: 'e', schemas: [coreGroup] },
      },
    ],
  },
  {
    name: "Entra's add, with a null reference (E20, E61)",
    operations: [{ name: 'addMember', op: 'Add', path: 'members', value: [{ $ref: null, value: '7d1e' }] }],
    members: [{ op: 'add', ids: ['7d1e'] }],
    notes: ['member-details-ignored'],
  },
  {
    name: 'a remove with values removes those and no others (E62, J4, A6)',
    operations: [{ op: 'Remove', path: 'members', value: [{ value: '7d1e' }, { value: '8e2f' }] }],
    members: [{ op: 'remove', ids: ['7d1e', '8e2f'] }],
    notes: ['remove-by-value'],
  },
  {
    name: 'a remove with a value that is none removes nobody',
    operations: [[], null, ''].map((value) => ({ op: 'remove', path: 'members', value })),
    members: Array(3).fill({ op: 'remove', ids: [] }),
    notes: ['remove-by-value'],
  },
  {
    name: 'null and an empty string say nothing of the members, with a path and without',
    operations: [null, ''].flatMap((value) => [
      { op: 'replace', path: 'members', value },
      { op: 'replace', value: { members: value } },
    ]),
    members: [],
    notes: ['empty-as-unset'],
  },
  {
    name: 'elements that are all empty are told from an empty list (O3)',
    operations: [[null], [{ value: '', display: 'Ada' }], { value: '' }, []].map((members) => ({
      op: 'replace',
      value: { members },
    })),
    members: [...Array(3).fill({ op: 'replace', ids: [], isBlank: true }), { op: 'replace', ids: [] }],
    notes: ['empty-element', 'member-details-ignored', 'single-as-list'],
  },
  {
    name: 'a remove without values removes all (E64, RFC 7644 §3.5.2.2)',
    operations: [{ op: 'remove', path: 'members' }],
    members: [{ op: 'replace', ids: [] }],
  },
  {
    name: 'a member as a bare string (E65)',
    operations: [{ op: 'add', path: 'members', value: '7d1e' }],
    members: [{ op: 'add', ids: ['7d1e'] }],
    notes: ['member-as-string'],
  },
  {
    name: 'a member as one object (J3)',
    operations: [{ op: 'add', path: 'members', value: { value: '7d1e' } }],
    members: [{ op: 'add', ids: ['7d1e'] }],
  },
  {
    name: 'names in any letter case, several ids in one filter (E39, E63)',
    operations: [{ op: 'REMOVE', path: `${coreGroup.toUpperCase()}:Members[VALUE EQ "a" or value eq "b"]` }],
    members: [{ op: 'remove', ids: ['a', 'b'] }],
  },
  {
    name: 'a selected member is replaced, if there is one, and given what it has (RFC 7644 §3.5.2.3)',
    operations: [
      { op: 'replace', path: 'members[value eq "b"]', value: { value: 'c' } },
      { op: 'add', path: 'members[value eq "d"]', value: { display: 'D', value: 'd' } },
    ],
    members: [
      { op: 'target', ids: ['b'], path: 'members[value eq "b"]' },
      { op: 'remove', ids: ['b'] },
      { op: 'add', ids: ['c'] },
      { op: 'target', ids: ['d'], path: 'members[value eq "d"]' },
    ],
    notes: ['member-details-ignored'],
  },
  {
    name: 'details of a member are ours to say',
    operations: [
      { op: 'replace', path: 'members[value eq "a"].display', value: 'Ada' },
      { op: 'replace', path: 'members[value eq "a"].displayName', value: 'Ada' },
      { op: 'add', path: 'members.foo', value: 'Ada' },
    ],
    members: [],
    notes: ['member-detail-path', 'unknown-attribute'],
  },
  {
    name: 'the type that members have changes nothing',
    operations: [{ op: 'replace', path: 'members[value eq "a"].type', value: 'user' }],
    members: [],
  },
  {
    name: 'other attributes are left to the general engine',
    operations: [
      { op: 'Replace', path: 'displayName', value: 'New' },
      { op: 'replace', path: 'externalId', value: 'e' },
    ],
    members: [],
    attributes: [
      { op: 'replace', path: 'displayName', value: 'New' },
      { op: 'replace', path: 'externalId', value: 'e' },
    ],
  },
];

for (const { name, operations, members, attributes = [], notes = [] } of cases) {
  test(name, () => {
    const read = readGroupPatch(groupType, parsePatch({ schemas: [patchOp], Operations: operations }));
    assert.deepEqual(read.members, members);
    assert.deepEqual(read.attributes, attributes);
    assert.deepEqual(read.tolerances.toSorted(), notes.toSorted());
  });
}

test('members chosen by other than their value need the list', () => {
  const operations = parsePatch({ Operations: [{ op: 'remove', path: 'members[value eq "a" and type eq "User"]' }] });
  const { members } = readGroupPatch(groupType, operations);
  assert.equal(members.length, 1);
  const step = members[0];
  assert.ok(step?.op === 'removeWhere');
  assert.equal(printFilter(step.filter), 'value eq "a" and type eq "User"');
  assert.equal(foldMembership(members), undefined);
});

const refused: [operation: Record<string, unknown>, scimType: string][] = [
  [{ op: 'add', path: 'members', value: [{ display: 'ada' }] }, 'invalidValue'],
  [{ op: 'add', path: 'members', value: 7 }, 'invalidValue'],
  [{ op: 'replace', value: { members: [{ value: 7 }] } }, 'invalidValue'],
  [{ op: 'remove', path: 'members[value eq "a"' }, 'invalidPath'],
  [{ op: 'remove', path: 'members[kind eq "a"]' }, 'invalidPath'],
  [{ op: 'replace', path: 'members[type eq "User"]', value: [{ value: 'a' }] }, 'noTarget'],
  [{ op: 'remove', path: 'members[value eq "a"].display' }, 'mutability'],
  [{ op: 'remove', path: 'members.value' }, 'mutability'],
  [{ op: 'remove', path: 'members[value eq "a"].value' }, 'mutability'],
  [{ op: 'replace', path: 'members[value eq "a"].value', value: 'b' }, 'mutability'],
  [{ op: 'replace', path: 'members.value', value: 'b' }, 'mutability'],
  [{ op: 'add', value: { 'members.value': 'b' } }, 'mutability'],
  [{ op: 'add', path: 'members[value eq "a"]', value: { value: 'b' } }, 'mutability'],
];

for (const [operation, scimType] of refused) {
  test(`${JSON.stringify(operation)} is ${scimType}`, () => {
    assert.throws(() => readGroupPatch(groupType, parsePatch({ Operations: [operation] })), { scimType });
  });
}

const target = (...ids: string[]): MembershipStep => ({ op: 'target', ids, path: 'members[…]' });
const replace = (...ids: string[]): MembershipStep => ({ op: 'replace', ids });
const without = (...ids: string[]): MembershipStep => ({ op: 'remove', ids });

test('whether a target is there is known from the steps before it, or left to the list (RFC 7644 §3.5.2.3)', () => {
  assert.deepEqual(foldMembership([target('a', 'b'), without('a', 'b'), { op: 'add', ids: ['c'] }]), {
    base: 'current',
    add: ['c'],
    remove: ['a', 'b'],
    targets: [{ ids: ['a', 'b'], path: 'members[…]' }],
  });
  assert.deepEqual(foldMembership([replace('a'), target('a')]), { base: 'empty', add: ['a'], remove: [] });
  assert.deepEqual(foldMembership([without('a'), target('a', 'b')])?.targets, [{ ids: ['b'], path: 'members[…]' }]);
  for (const steps of [
    [replace('a'), target('b')],
    [without('a'), target('a')],
    [replace(), target('a')],
  ]) {
    assert.throws(() => foldMembership(steps), { scimType: 'noTarget' });
  }
});

const ids = fc.array(fc.constantFrom<string>('a', 'b', 'c', 'd'), { maxLength: 3 });
const steps = fc.array(fc.record({ op: fc.constantFrom('add' as const, 'remove' as const, 'replace' as const), ids }), {
  maxLength: 6,
});

test('the folded delta does what the steps do one after the other (I4)', () => {
  fc.assert(
    fc.property(ids, steps, (before, sequence) => {
      let members = new Set(before);
      for (const step of sequence) {
        if (step.op === 'replace') members = new Set(step.ids);
        for (const id of step.ids) step.op === 'remove' ? members.delete(id) : members.add(id);
      }
      const delta = foldMembership(sequence);
      assert.ok(delta !== undefined);
      const outcome = new Set(delta.base === 'current' ? before : []);
      for (const id of delta.remove) outcome.delete(id);
      for (const id of delta.add) outcome.add(id);
      assert.deepEqual([...outcome].sort(), [...members].sort());
      assert.equal(
        delta.add.some((id) => delta.remove.includes(id)),
        false,
      );
      if (delta.base === 'empty') assert.deepEqual(delta.remove, []);
    }),
    { numRuns: scaled(100) },
  );
});

test('a filter over values alone can be folded once the list is known to be replaced', () => {
  const operations = parsePatch({
    Operations: [
      { op: 'replace', path: 'members', value: [{ value: 'a1' }, { value: 'b1' }] },
      { op: 'remove', path: 'members[value sw "a"]' },
    ],
  });
  const { members } = readGroupPatch(groupType, operations);
  assert.deepEqual(foldMembership(members), { base: 'empty', add: ['b1'], remove: [] });
});

test('a list of empty elements is told from an empty list, until somebody is added', () => {
  const blank: MembershipStep = { op: 'replace', ids: [], isBlank: true };
  assert.deepEqual(foldMembership([blank]), { base: 'empty', add: [], remove: [], isBlank: true });
  assert.deepEqual(foldMembership([blank, { op: 'add', ids: ['a'] }]), { base: 'empty', add: ['a'], remove: [] });
  assert.deepEqual(foldMembership([blank, replace()]), { base: 'empty', add: [], remove: [] });
});

test('no steps are an empty delta', () => {
  assert.deepEqual(foldMembership([]), { base: 'current', add: [], remove: [] });
});
