import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { type ScimPatchOperation, type ScimResource, scimPatch } from 'scim-patch';
import { applyPatch, type PatchOperation } from '../../src/scim/patch.ts';
import { userType } from '../../src/scim/resource-types.ts';
import type { Resource } from '../../src/scim/schema.ts';
import { scaled } from '../scale.ts';

/**
 * scim-patch is a PATCH engine by other hands, in wide use. What it makes of an operation must be what ours makes, but for
 * the differences below, each of which must be met.
 */

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const word = fc.constantFrom('a', 'b', 'C', 'd e');
const type = fc.constantFrom('work', 'home', 'other');
const set = fc.constantFrom('add' as const, 'replace' as const);
const remove = fc.constant('remove' as const);
const email = fc.record({ value: word, type });
const name = fc
  .record({ familyName: word, givenName: word }, { requiredKeys: [] })
  .filter((each) => Object.keys(each).length > 0);
const simplePath = fc.constantFrom(
  'title',
  'nickName',
  'name.familyName',
  'name.givenName',
  `${enterprise}:department`,
);
const selected = fc.oneof(
  type.map((each) => `emails[type eq "${each}"]`),
  word.map((each) => `emails[value eq "${each}"]`),
);

const operations: fc.Arbitrary<PatchOperation> = fc
  .oneof(
    fc.record({ op: set, path: simplePath, value: word }),
    fc.record({ op: remove, path: simplePath }),
    fc.record({ op: set, path: fc.constant('name'), value: name }),
    fc.record({ op: set, path: type.map((each) => `emails[type eq "${each}"].display`), value: word }),
    fc.record({ op: set, path: type.map((each) => `emails[type eq "${each}"].value`), value: word }),
    fc.record({ op: remove, path: selected }),
    fc.record({ op: remove, path: selected.map((each) => `${each}.display`) }),
    fc.record({ op: remove, path: fc.constant('emails') }),
    fc.record({ op: set, path: fc.constant('emails'), value: fc.array(email, { minLength: 1, maxLength: 2 }) }),
    fc.record({ op: set, value: fc.record({ title: word, nickName: word, name }, { requiredKeys: [] }) }),
  )
  .map((each) => ({ path: undefined, value: undefined, ...each }));

const user: Resource = {
  schemas: [userType.schema.id],
  userName: 'u',
  active: true,
  title: 'a',
  name: { familyName: 'a', givenName: 'b' },
  emails: [
    { value: 'a', type: 'work' },
    { value: 'b', type: 'home', display: 'x' },
  ],
};

type Difference = { says: string; section: string; is: (operation: PatchOperation) => boolean };

const agreed: Difference[] = [
  {
    says: 'removing a sub-attribute of what is not there changes nothing; theirs refuses it',
    section: 'RFC 7644 §3.5.2.2',
    is: ({ op, path = '' }) => op === 'remove' && path.includes('].'),
  },
  {
    says: 'an attribute of an extension adds its schema; theirs leaves schemas as they were',
    section: 'RFC 7644 §3.5.2',
    is: ({ op, path = '' }) => op !== 'remove' && path.startsWith(enterprise),
  },
  {
    says: 'a complex attribute in a value without path keeps what is not named; theirs replaces it',
    section: 'RFC 7644 §3.5.2.3',
    is: ({ path, value }) => path === undefined && (value as Resource).name !== undefined,
  },
  {
    says: 'a value of a list that is there already is not added, and none is there twice; theirs appends',
    section: 'RFC 7644 §3.5.2.1, RFC 7643 §2.4',
    is: ({ op, path }) => op !== 'remove' && path === 'emails',
  },
];

test('another engine makes the same of every operation, but for the agreed differences', () => {
  fc.assert(
    fc.property(operations, (operation) => {
      const [left, right] = [theirs(operation), ours(operation)];
      if (isDeepStrictEqual(left, right)) return;
      if (agreed.some(({ is }) => is(operation))) return;
      assert.deepEqual(right, left);
    }),
    { numRuns: scaled(3_000) },
  );
});

const examples: PatchOperation[] = [
  { op: 'remove', path: 'emails[type eq "other"].display', value: undefined },
  { op: 'add', path: `${enterprise}:department`, value: 'a' },
  { op: 'replace', path: undefined, value: { name: { familyName: 'C' } } },
  { op: 'add', path: 'emails', value: [{ value: 'b', type: 'home' }] },
];

for (const [index, { says, section, is }] of agreed.entries()) {
  test(`${section}: ${says}`, () => {
    const operation = examples[index] as PatchOperation;
    assert.ok(is(operation));
    assert.notDeepEqual(theirs(operation), ours(operation));
  });
}

function theirs({ op, path, value }: PatchOperation): unknown {
  const operation = { op, ...(path !== undefined && { path }), ...(value !== undefined && { value }) };
  try {
    return scimPatch(structuredClone(user) as unknown as ScimResource, [
      structuredClone(operation) as ScimPatchOperation,
    ]);
  } catch {
    return 'refused';
  }
}

function ours(operation: PatchOperation): unknown {
  try {
    return applyPatch(userType, user, [operation]).resource;
  } catch {
    return 'refused';
  }
}
