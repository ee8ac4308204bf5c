import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { planSwitch, switchConnection } from '../../src/provisioning/switch-connection.ts';
import { assertFeedTellsState, assertInForceFollows } from '../feed-replay.ts';
import { heldIn, inForceByName } from '../holding.ts';
import { besideGlobex } from '../http/beside-globex.ts';
import { brakeOff } from '../rollcall.ts';
import { scaled } from '../scale.ts';
import { Provider, type Step, step } from './provider.ts';

describe('an organization that is paused, and then goes on', () => {
  const here = besideGlobex();

  test('ends as one that was never paused, after 500 changes, and answers as that one all the time', async () => {
    const { rollcall } = here;
    const { app, owner } = rollcall.db;
    const run = async (steps: readonly Step[]) => {
      const without = { settings: brakeOff };
      const [paused, direct] = [await rollcall.organization(without), await rollcall.organization(without)];
      const providers = [new Provider(paused), new Provider(direct)] as const;
      const both = async (one: Step) => {
        const [here, there] = [await providers[0].take(one), await providers[1].take(one)];
        const what = JSON.stringify(one);
        assert.equal(here?.status, there?.status, `${what}: ${here?.text} ${there?.text}`);
        assert.equal(providers[0].named(here?.text ?? ''), providers[1].named(there?.text ?? ''), what);
      };
      const begun = Math.floor(steps.length / 10);
      for (const one of steps.slice(0, begun)) await both(one);
      await switchConnection(app, paused, 'paused', { now: new Date() });
      const before = await inForceByName(owner, paused);
      for (const one of steps.slice(begun)) await both(one);
      assert.equal(await providers[0].reads(), await providers[1].reads());
      const during = await inForceByName(owner, paused);
      const here = ({ members, teams, memberships }: Record<string, unknown[]>) => [
        (members as { status: string }[])
          .filter(({ status }) => status !== 'held')
          .map((row) => ({ ...row, asked: '' })),
        (teams as object[]).map((row) => ({ ...row, asked: '' })),
        (memberships as { in_force: boolean }[])
          .filter((row) => row.in_force)
          .map((row) => ({ ...row, asked: '', display_name: '' }))
          .map((row) => JSON.stringify(row))
          .toSorted(),
      ];
      assert.deepEqual(here(during), here(before), 'nothing is put in force meanwhile');

      const settled = await switchConnection(app, paused, 'on', { now: new Date() });
      assert.deepEqual(settled.settled, { isDone: true, refused: [] });
      assert.deepEqual(await heldIn(owner, paused), { members: 0, teams: 0, memberships: 0, batches: 0 });
      assert.deepEqual(await inForceByName(owner, paused), await inForceByName(owner, direct));
      assert.equal(await providers[0].reads(), await providers[1].reads());
      for (const org of [paused, direct]) {
        await assertInForceFollows(owner, org);
        await assertFeedTellsState(app, owner, org);
      }
      assert.deepEqual((await planSwitch(app, paused, 'on', { from: 0, limit: 10 })).items, []);
    };
    await fc.assert(fc.asyncProperty(fc.array(step, { minLength: 500, maxLength: 500 }), run), {
      numRuns: scaled(1),
      endOnFailure: true,
    });
  });
});
