import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createBuckets } from '../../src/http/token-buckets.ts';

const rates = { perSecond: 10, burst: 20, keysMax: 100, tellAt: 1, debtSecondsMax: 100 };

/** Buckets with a clock that the test moves. */
function bucketsWithClock(changes: Partial<typeof rates> = {}) {
  const clock = { ms: 0 };
  return { clock, buckets: createBuckets({ ...rates, ...changes, nowMs: () => clock.ms }) };
}

/** Spends while it is allowed, and says how often that was. */
function spendAll(buckets: ReturnType<typeof createBuckets>, key: string): number {
  let spent = 0;
  for (; buckets.waitSeconds(key) === 0; spent++) buckets.spend(key);
  return spent;
}

test('a key may spend a burst at once and its rate from then on (R27)', () => {
  const { clock, buckets } = bucketsWithClock();
  assert.equal(spendAll(buckets, 'a'), 20);
  assert.equal(buckets.waitSeconds('a'), 0.1);
  clock.ms = 100;
  assert.equal(spendAll(buckets, 'a'), 1);
  clock.ms = 1_100;
  assert.equal(spendAll(buckets, 'a'), 10);
  clock.ms = 1_000_000;
  assert.equal(spendAll(buckets, 'a'), 20);
});

test('one key takes nothing from another (R27)', () => {
  const { buckets } = bucketsWithClock();
  spendAll(buckets, 'a');
  assert.equal(spendAll(buckets, 'b'), 20);
});

test('what was given back can be spent again, and never more than a full bucket', () => {
  const { buckets } = bucketsWithClock();
  buckets.spend('a');
  buckets.giveBack('a');
  buckets.giveBack('a');
  assert.equal(spendAll(buckets, 'a'), 20);
});

test('memory is bounded: keys that are full again are forgotten first, then the oldest', () => {
  const { clock, buckets } = bucketsWithClock();
  for (let key = 0; key < 100; key++) buckets.spend(`idle${key}`);
  clock.ms = 60_000;
  spendAll(buckets, 'busy');
  for (let key = 0; key < 90; key++) buckets.spend(`other${key}`);
  assert.ok(buckets.waitSeconds('busy') > 0);
  for (let key = 0; key < 300; key++) buckets.spend(`flood${key}`);
  assert.ok(buckets.takeUntold().length <= 100);
});

test('only keys that spent enough are told, and the rest is told later', () => {
  const { buckets } = bucketsWithClock({ tellAt: 3 });
  buckets.spend('a');
  buckets.spend('a');
  buckets.spend('b');
  assert.deepEqual(buckets.takeUntold(), []);
  buckets.spend('a');
  assert.deepEqual(buckets.takeUntold(), [['a', 3]]);
  assert.deepEqual(buckets.takeUntold(), []);
  buckets.spend('b');
  buckets.spend('b');
  assert.deepEqual(buckets.takeUntold(), [['b', 3]]);
});

test('spending elsewhere empties the bucket here, below zero if need be, and no deeper than the bound', () => {
  const { clock, buckets } = bucketsWithClock({ debtSecondsMax: 5 });
  buckets.spendElsewhere('a', 30);
  assert.equal(buckets.waitSeconds('a'), 1.1);
  buckets.spendElsewhere('a', 1_000_000);
  assert.equal(buckets.waitSeconds('a'), 5.1);
  clock.ms = 5_100;
  assert.equal(buckets.waitSeconds('a'), 0);
});

test('several processes that tell each other keep one rate within a burst each, however the load is spread', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 2, max: 5 }),
      fc.array(fc.array(fc.nat({ max: 30 }), { minLength: 5, maxLength: 5 }), { minLength: 40, maxLength: 120 }),
      (count, load) => {
        const clock = { ms: 0 };
        const nodes = Array.from({ length: count }, () => createBuckets({ ...rates, nowMs: () => clock.ms }));
        let admitted = 0;
        for (const tick of load) {
          clock.ms += 250;
          nodes.forEach((node, index) => {
            for (let wanted = tick[index] ?? 0; wanted > 0 && node.waitSeconds('a') === 0; wanted--) {
              node.spend('a');
              admitted++;
            }
          });
          for (const node of nodes) {
            for (const [key, spent] of node.takeUntold()) {
              for (const other of nodes) if (other !== node) other.spendElsewhere(key, spent);
            }
          }
        }
        const allowed = rates.burst + (rates.perSecond * clock.ms) / 1000;
        const onItsWay = (count - 1) * (rates.burst + rates.perSecond * 0.25 + 1);
        assert.ok(admitted <= allowed + onItsWay, `${admitted} of ${allowed}`);
      },
    ),
    { numRuns: 200 },
  );
});

test('a load that one process gets alone is admitted in full: nobody pays for nodes that do nothing', () => {
  const { clock, buckets } = bucketsWithClock();
  let admitted = 0;
  for (; clock.ms < 60_000; clock.ms += 100) admitted += spendAll(buckets, 'a');
  assert.ok(admitted >= 20 + 599 && admitted <= 20 + 600, String(admitted));
});
