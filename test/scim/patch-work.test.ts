import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { foldMembership, readGroupPatch } from '../../src/scim/group-patch.ts';
import { applyPatch, type PatchOperation } from '../../src/scim/patch.ts';
import type { PatchWork } from '../../src/scim/patch-work.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import type { Resource } from '../../src/scim/schema.ts';

const beyondBudget = { status: 413, message: new RegExp(`its limit is ${limits.patchWorkMax} units`) };

const user = (rest: Resource): Resource => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
  userName: 'ada',
  active: true,
  ...rest,
});
const some = <T>(count: number, each: (index: number) => T): T[] =>
  Array.from({ length: count }, (_, index) => each(index));
const anyOf = (count: number, term: (index: number) => string) => some(count, term).join(' or ');
const remove = (path: string): PatchOperation => ({ op: 'remove', path, value: undefined });

/** What operations cost; what is refused costs more than there is. */
function costOf(resource: Resource, operations: PatchOperation[]): number {
  const work: PatchWork = { left: Number.MAX_SAFE_INTEGER };
  applyPatch(userType, resource, operations, new Set(), work);
  return Number.MAX_SAFE_INTEGER - work.left;
}

const filterOf = (text: string) => {
  const { members } = readGroupPatch(groupType, [remove(`members[${text}]`)]);
  const [step] = members;
  assert.ok(step?.op === 'removeWhere');
  return step.filter;
};

const words = user({ roles: some(1_000, (index) => ({ value: `é${index}` })) });
const ninetyNine = remove(`roles[${anyOf(99, (index) => `value co "é${index}x"`)}]`);

test('each comparison of a filter with each value is paid for (R21)', () => {
  const small = user({ roles: some(100, (index) => ({ value: `role-${index}` })) });
  const selecting = (terms: number) =>
    costOf(small, [remove(`roles[${anyOf(terms, (index) => `value eq "x${index}"`)}]`)]);
  assert.ok(selecting(99) - selecting(9) >= (90 * 100) / 8);
  assert.throws(
    () =>
      applyPatch(
        userType,
        words,
        some(40, () => ninetyNine),
      ),
    beyondBudget,
  );
});

test('values that a selection changes cost more than those that it only looks at (R21)', () => {
  const roles = (display: string) => user({ roles: some(1_000, (index) => ({ value: `r${index}`, display })) });
  const rename = (where: string): PatchOperation => ({ op: 'replace', path: `roles[${where}].display`, value: 'new' });
  const looking = costOf(roles('old'), [rename('value eq "r1"')]);
  const changing = costOf(roles('old'), [rename('value sw "r"')]);
  assert.ok(changing - looking >= 2 * 999, `${changing} for a thousand, ${looking} for one`);
});

test('members that a group’s PATCH puts in and selects are paid for before they are looked at (R21)', () => {
  const ids = some(20_000, (index) => `id-${index}`);
  const where = filterOf(anyOf(99, (index) => `value co "${index}"`));
  const steps = [
    { op: 'replace' as const, ids },
    { op: 'removeWhere' as const, filter: where },
  ];
  assert.throws(() => foldMembership(steps), beyondBudget);
  assert.equal(foldMembership([{ op: 'replace', ids: ids.slice(0, 100) }, ...steps.slice(1)])?.base, 'empty');
});

const expensive: [what: string, resource: Resource, operation: (index: number) => PatchOperation][] = [
  [
    'values that are changed again and again',
    user({ roles: some(1_000, (index) => ({ value: `r${index}` })) }),
    (index) => ({ op: 'replace', path: 'roles[value pr].display', value: `x${index}` }),
  ],
  [
    'long texts that are searched',
    user({ roles: some(10, (index) => ({ value: `${'a'.repeat(60_000)}${index}` })) }),
    () => remove('roles[value co "aaaab"]'),
  ],
  [
    'long texts that are put in order',
    user({ roles: some(250, (index) => ({ value: `${'a'.repeat(3_900)}${index}` })) }),
    () => remove(`roles[value lt "${'a'.repeat(3_900)}"]`),
  ],
  [
    'long paths',
    user({}),
    (index) => remove(`roles[${anyOf(99, (term) => `value eq "${index} ${term} ${'a'.repeat(12)}"`)}]`),
  ],
  [
    'long lists that are added',
    user({}),
    () => ({ op: 'add', path: 'roles', value: some(900, (index) => ({ value: `r${index}` })) }),
  ],
  [
    'long lists that are removed by their values',
    user({ roles: some(900, (index) => ({ value: `r${index}` })) }),
    () => ({ op: 'remove', path: 'roles', value: some(900, (index) => ({ value: `x${index}` })) }),
  ],
  [
    'selectors of many forms',
    user({ roles: some(900, (index) => ({ value: `r${index}` })) }),
    () => ({ op: 'remove', path: 'roles', value: some(200, (index) => ({ [`k${index}`]: 'x' })) }),
  ],
  [
    'many keys that no schema describes',
    user({}),
    (index) => ({
      op: 'add',
      path: undefined,
      value: Object.fromEntries(some(200, (key) => [`k${index}-${key}`, 'x'])),
    }),
  ],
];

for (const [what, resource, operation] of expensive) {
  test(`a PATCH of ${what} is refused as a whole (R21)`, () => {
    const held = structuredClone(resource);
    assert.throws(() => applyPatch(userType, resource, some(limits.patchOperationsMax, operation)), beyondBudget);
    assert.deepEqual(resource, held);
  });
}

test('what providers send costs a small part of what a PATCH may (R21)', () => {
  const roles = some(100, (index) => ({ value: `role-${index}`, type: 'directory' }));
  const thousand = some(
    1_000,
    (index): PatchOperation => ({ op: 'replace', path: `roles[value eq "role-${index % 100}"].display`, value: 'x' }),
  );
  assert.ok(costOf(user({ roles }), thousand) < limits.patchWorkMax);
  const entra = some(
    30,
    (index): PatchOperation => ({
      op: 'add',
      path: `emails[type eq "${['work', 'home', 'other'][index % 3]}"].value`,
      value: `a${index}@x.example`,
    }),
  );
  assert.ok(costOf(user({}), entra) < limits.patchWorkMax / 50);
});

test('two thousand members are removed by their ids, each by an operation of its own (OK4)', () => {
  const operations = some(2_000, (index) =>
    remove(`members[value eq "0190a0b0-0000-7000-8000-${String(index).padStart(12, '0')}"]`),
  );
  const { members, work } = readGroupPatch(groupType, operations);
  assert.equal(foldMembership(members, work)?.remove.length, 2_000);
});

test('the paths of a group’s PATCH are paid for too (R21)', () => {
  const long = some(2_000, () => remove(`members[${anyOf(98, (index) => `display co "${index} ${'a'.repeat(20)}"`)}]`));
  assert.throws(() => readGroupPatch(groupType, long), beyondBudget);
});
