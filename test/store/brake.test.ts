import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { appendEvents } from '../../src/events/feed.ts';
import { type BrakeCounts, brakeKinds, brakeLimits, counted, kindsOver } from '../../src/organization/brake.ts';
import { defaultPolicy, type Policy } from '../../src/organization/policy.ts';
import { lockBrake } from '../../src/store/brake-rows.ts';
import { databaseFault } from '../../src/store/database-errors.ts';
import { inOrganization } from '../../src/store/organization-transaction.ts';
import { besideGlobex } from '../http/beside-globex.ts';
import { scaled } from '../scale.ts';

const windowMs = 60_000;
const counts = fc.record(Object.fromEntries(brakeKinds.map((kind) => [kind, fc.nat(40)])));
const level = fc.constantFrom('normal', 'strict', 'loose', 'off');
const policy = fc.tuple(level, level, level, level, level).map(
  ([brakeDeactivations, brakeTeamRemovals, brakeEmptiedTeams, brakeLostAdmins, brakeDowngrades]): Policy => ({
    ...defaultPolicy,
    brakeDeactivations,
    brakeTeamRemovals,
    brakeEmptiedTeams,
    brakeLostAdmins,
    brakeDowngrades,
  }),
);
const story = fc.array(fc.record({ afterMs: fc.integer({ min: -1_000, max: 3 * windowMs }), counts }), {
  minLength: 1,
  maxLength: 6,
});
const base = fc.record({ members: fc.nat(600), teams: fc.nat(60), admins: fc.nat(12) });

describe('the brake in the database', () => {
  const here = besideGlobex();

  test('is over exactly where the pure one is, and counts in the same windows (a property)', async () => {
    const { app, owner } = here.rollcall.db;
    const org = await here.rollcall.organization();
    await fc.assert(
      fc.asyncProperty(story, policy, base, async (steps, one, there) => {
        await owner.query(
          `update event_counters set members = $2, teams = $3, admins = $4, brake_since = null, brake_now = default, brake_before = default
            where org_id = $1`,
          [org.id, there.members, there.teams, there.admins],
        );
        const limits = brakeLimits(one);
        let ms = Date.UTC(2030, 0, 1);
        for (const step of steps) {
          ms += step.afterMs;
          const at = new Date(ms);
          const now: BrakeCounts = counted(step.counts as BrakeCounts);
          let wanted: string[] = [];
          const event = { kind: 'hold.settling', data: { hold: org.id } } as const;
          const isOver = await inOrganization(app, org.id, async (tx) => {
            const { window, base: read } = await lockBrake(tx);
            assert.deepEqual(read, { ...there });
            wanted = kindsOver(now, window, { limits, windowMs, base: read, at });
            const braked = { counts: now, limits, windowMs, at };
            appendEvents(tx, [event], {
              at,
              actor: { type: 'operator' },
              requestId: undefined,
              members: 0,
              teams: 0,
              braked,
            });
          }).then(
            () => false,
            (error: unknown) => {
              const fault = databaseFault(error);
              if (fault.kind !== 'check') throw error;
              assert.equal(fault.constraint, 'event_counters_brake');
              return true;
            },
          );
          assert.equal(isOver, wanted.length > 0, JSON.stringify({ wanted, now, at }));
        }
      }),
      { numRuns: scaled(40) },
    );
  });
});
