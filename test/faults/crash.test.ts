import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runCrashRounds } from './crash-rounds.ts';

/** In service again within seconds, on any machine that runs the tests; crash-run.ts prints how many. */
const backWithinMs = 30_000;

test('kill -9 of the server and of PostgreSQL under load loses nothing that was acknowledged, twice each', async (t) => {
  const rounds = await runCrashRounds(
    ['server', 'postgres', 'server', 'postgres'],
    ({ victim, acknowledged, backMs }) =>
      t.diagnostic(`${victim} killed after ${acknowledged} acknowledged writes, back after ${backMs} ms`),
  );
  for (const { acknowledged, backMs } of rounds) {
    assert.ok(acknowledged > 0, 'there was a load');
    assert.ok(backMs < backWithinMs, `back after ${backMs} ms`);
  }
});
