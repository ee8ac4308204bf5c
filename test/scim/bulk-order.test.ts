import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { bulkRequestSchema, isRefused, neededBulkIds, parseBulk } from '../../src/scim/bulk.ts';
import { bulkOrder } from '../../src/scim/bulk-order.ts';
import { scaled } from '../scale.ts';

const [e, f] = ['0192f0c1-2a3b-7c4d-8e5f-60718293a4b5', '0192f0c1-2a3b-7c4d-8e5f-60718293a4b6'];
const parse = (operations: readonly unknown[]) =>
  parseBulk({ schemas: [bulkRequestSchema], Operations: operations }, new Set()).operations;

const user = (bulkId: string, manager?: string) => ({
  method: 'POST',
  path: '/Users',
  bulkId,
  data: { userName: bulkId, ...(manager === undefined ? {} : { manager: { value: manager } }) },
});
const group = (bulkId: string, ...members: string[]) => ({
  method: 'POST',
  path: '/Groups',
  bulkId,
  data: { displayName: bulkId, members: members.map((value) => ({ value })) },
});
const join = (target: string, ...members: string[]) => ({
  method: 'PATCH',
  path: `/Groups/${target}`,
  data: { Operations: [{ op: 'add', path: 'members', value: members.map((value) => ({ value })) }] },
});
const leave = (target: string) => ({
  method: 'PATCH',
  path: `/Groups/${target}`,
  data: { Operations: [{ op: 'remove', path: 'members' }] },
});
const remove = (path: string) => ({ method: 'DELETE', path });

/** The steps as places in the message; a circle is a list. */
const orderOf = (...operations: unknown[]) =>
  bulkOrder(parse(operations)).map((step) =>
    step.kind === 'circle' ? step.operations.map(({ index }) => index) : step.operation.index,
  );

const cases: [title: string, operations: unknown[], order: (number | number[])[]][] = [
  ['without references the order is that of the message', [user('a'), remove(`/Users/${e}`), user('b')], [0, 1, 2]],
  ['a reference to an earlier creation changes nothing', [user('a'), group('g', 'bulkId:a'), user('b')], [0, 1, 2]],
  [
    'a reference to a later creation waits for it, and no longer',
    [group('g', 'bulkId:a'), user('b'), user('a'), user('c')],
    [1, 2, 0, 3],
  ],
  [
    'a chain of references is undone from its end',
    [group('g', 'bulkId:a'), user('a', 'bulkId:b'), user('b')],
    [2, 1, 0],
  ],
  ['a path waits like data', [join('bulkId:g', e), user('a'), group('g')], [1, 2, 0]],
  [
    'what is about the same group does not overtake (RFC 7644 §3.7)',
    [join(e, 'bulkId:a'), leave(e), user('b'), user('a')],
    [2, 3, 0, 1],
  ],
  [
    'a deletion does not overtake what puts the person into a group',
    [join(f, e, 'bulkId:a'), remove(`/Users/${e}`), user('a')],
    [2, 0, 1],
  ],
  [
    'nor does it overtake what speaks of a person by bulkId',
    [join(f, 'bulkId:a', 'bulkId:b'), user('a'), remove('/Users/bulkId:a'), user('b')],
    [1, 3, 0, 2],
  ],
  [
    'where the order of a resource and a reference contradict each other, the reference wins',
    [
      { ...join(`../${e}`), path: `/Users/${e}`, data: { Operations: [{ op: 'add', value: { x: 'bulkId:a' } }] } },
      user('a', e),
      user('b'),
    ],
    [1, 0, 2],
  ],
  [
    'two that refer to each other are one step (RFC 7644 §3.7.1)',
    [user('a', 'bulkId:b'), user('c'), user('b', 'bulkId:a')],
    [1, [0, 2]],
  ],
  ['one that refers to itself is a circle too', [user('a', 'bulkId:a'), user('b')], [[0], 1]],
  [
    'what refers to a circle comes after it, and what a circle needs before it',
    [group('g', 'bulkId:a'), user('a', 'bulkId:b'), user('b', 'bulkId:c'), user('c', 'bulkId:a'), user('d')],
    [[1, 2, 3], 0, 4],
  ],
  [
    'two circles that touch are one',
    [user('a', 'bulkId:b'), group('g', 'bulkId:a', 'bulkId:c'), user('b', 'bulkId:g'), user('c', 'bulkId:g')],
    [[0, 1, 2, 3]],
  ],
  ['a refused operation keeps its place', [user('a'), { method: 'GET' }, user('b')], [0, 1, 2]],
  [
    'what refers to a refused creation comes after it',
    [group('g', 'bulkId:a'), { ...user('a'), path: '/Users/x' }],
    [1, 0],
  ],
];
for (const [title, operations, order] of cases) {
  test(title, () => assert.deepEqual(orderOf(...operations), order));
}

test('a thousand operations in one chain, in one circle, or all referring to all, are ordered', () => {
  const count = 1000;
  const chain = Array.from({ length: count }, (_, n) =>
    user(`u${n}`, n === count - 1 ? undefined : `bulkId:u${n + 1}`),
  );
  assert.deepEqual(
    orderOf(...chain),
    Array.from({ length: count }, (_, n) => count - 1 - n),
  );
  const circle = chain.with(-1, user(`u${count - 1}`, 'bulkId:u0'));
  assert.deepEqual(orderOf(...circle), [Array.from({ length: count }, (_, n) => n)]);
  const people = Array.from({ length: count / 2 }, (_, n) => user(`u${n}`));
  const all = people.map(({ bulkId }) => `bulkId:${bulkId}`);
  const groups = people.map((_, n) => group(`g${n}`, ...all));
  const placesFrom = (start: number) => people.map((_, n) => start + n);
  assert.deepEqual(orderOf(...groups, ...people), [...placesFrom(people.length), ...placesFrom(0)]);
});

test('every operation has one turn, after what it needs, and the order of each resource is kept (property)', () => {
  const bulkId = fc.constantFrom('a', 'b', 'c', 'd', 'missing');
  const member = fc.oneof(
    bulkId.map((each) => `bulkId:${each}`),
    fc.constantFrom(e, f),
  );
  const target = fc.oneof(
    bulkId.map((each) => `bulkId:${each}`),
    fc.constantFrom(e, f),
  );
  const operation = fc.oneof(
    fc.tuple(bulkId, fc.option(member, { nil: undefined })).map(([own, manager]) => user(own, manager)),
    fc.tuple(bulkId, fc.array(member, { maxLength: 3 })).map(([own, members]) => group(own, ...members)),
    fc.tuple(target, fc.array(member, { maxLength: 3 })).map(([of, members]) => join(of, ...members)),
    target.map((of) => leave(of)),
    target.map((of) => remove(`/Users/${of}`)),
  );
  fc.assert(
    fc.property(fc.array(operation, { minLength: 1, maxLength: 12 }), (sent) => {
      const operations = parse(sent);
      const steps = bulkOrder(operations);
      const turns = new Map<number, number>();
      for (const [turn, step] of steps.entries()) {
        const all = step.kind === 'circle' ? step.operations : [step.operation];
        for (const { index } of all) {
          assert.equal(turns.has(index), false);
          turns.set(index, turn);
        }
      }
      assert.equal(turns.size, operations.length);
      const turnOf = (place: number) => turns.get(place) as number;
      let isWaiting = false;
      for (const operation of operations) {
        if (isRefused(operation)) continue;
        for (const needed of neededBulkIds(operation)) {
          const creation = operations.findLast((each) => each.method === 'POST' && each.bulkId === needed);
          assert.ok(creation !== undefined);
          const isCircle = steps[turnOf(operation.index)]?.kind === 'circle';
          if (isCircle) assert.ok(turnOf(creation.index) <= turnOf(operation.index));
          else assert.ok(turnOf(creation.index) < turnOf(operation.index));
          if (creation.index >= operation.index) isWaiting = true;
        }
      }
      if (!isWaiting)
        assert.deepEqual(
          [...turns.keys()],
          [...turns.keys()].sort((a, b) => a - b),
        );
      const about = operations.flatMap((each) => (isRefused(each) || each.target === undefined ? [] : [each]));
      const isCreationPlain = (each: (typeof operations)[number]) =>
        isRefused(each) || each.method !== 'POST' || (each.named.bulkIds.size === 0 && each.named.ids.size === 0);
      if (!operations.every(isCreationPlain)) return;
      for (const later of about) {
        for (const earlier of about.filter(({ index, target }) => index < later.index && target === later.target)) {
          assert.ok(turnOf(earlier.index) < turnOf(later.index));
        }
      }
    }),
    { numRuns: scaled(100) },
  );
});
