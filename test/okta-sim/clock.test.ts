import assert from 'node:assert/strict';
import { test } from 'node:test';
import { virtualClock } from '../../okta-sim/clock.ts';
import { pauseSeconds, rateLimitAttemptsMax } from '../../okta-sim/rate-limit.ts';

test('virtual waits end in the order of their time, not of their call', async () => {
  const clock = virtualClock(new Date(0));
  const order: string[] = [];
  const sleep = (name: string, ms: number): Promise<void> =>
    clock.wait(ms).then(() => void order.push(`${name} at ${clock.now().getTime()}`));
  await Promise.all([
    sleep('pause', 300_000),
    sleep('think', 250).then(() => sleep('think again', 200)),
    sleep('other', 250),
  ]);
  assert.deepEqual(order, ['think at 250', 'other at 250', 'think again at 450', 'pause at 300000']);
});

test('a pause after 429 is Retry-After or five minutes, and doubles (okta-wire.md §15)', () => {
  assert.equal(pauseSeconds(1, '7', undefined), 7);
  assert.equal(pauseSeconds(1, ' 0 ', undefined), 0);
  assert.equal(pauseSeconds(1, undefined, undefined), 300);
  assert.equal(pauseSeconds(1, '-7', undefined), 300);
  assert.equal(pauseSeconds(2, '7', 7), 14);
  assert.equal(pauseSeconds(rateLimitAttemptsMax, '7', 512), 1024);
  assert.equal(pauseSeconds(rateLimitAttemptsMax + 1, '7', 1024), undefined);
});

test('a later Retry-After counts only when the switch says so (okta-wire.md §19-8)', () => {
  assert.equal(pauseSeconds(2, '3', 300, true), 3);
  assert.equal(pauseSeconds(2, undefined, 300, true), 600);
});
