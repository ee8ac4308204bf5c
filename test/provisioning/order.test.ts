import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { addMember } from '../../src/provisioning/add-member.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { setRoleCeiling } from '../../src/provisioning/set-role-ceiling.ts';
import { assertFeedTellsState, assertInForceFollows } from '../feed-replay.ts';
import { inForceByName } from '../holding.ts';
import { besideGlobex } from '../http/beside-globex.ts';
import { brakeOff } from '../rollcall.ts';
import { scaled } from '../scale.ts';
import { Provider, type Step } from './provider.ts';

const people = [0, 1, 2, 3, 4, 5];
const teams = [0, 1, 2];

/** What an organization has before: the last two people are not there yet, and the second one is suspended. */
const before: readonly Step[] = [
  ...people.slice(0, 4).map((who) => ({ what: 'create' as const, who, active: who !== 1 })),
  ...teams.map((team) => ({ what: 'push' as const, team, who: [team, team + 1] })),
];

const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });

/** At most one request about each person, each team’s name, and each person in each team: none speaks of what another does. */
const independent: fc.Arbitrary<Step[]> = fc
  .tuple(
    ...people.map((who) =>
      maybe<Step>(
        who < 4
          ? fc.oneof(
              fc.record({ what: fc.constant('active' as const), who: fc.constant(who), active: fc.boolean() }),
              fc.record({ what: fc.constant('rename' as const), who: fc.constant(who), to: fc.nat(3) }),
              fc.record({
                what: fc.constant('put' as const),
                who: fc.constant(who),
                active: fc.boolean(),
                title: fc.nat(3),
              }),
            )
          : fc.record({ what: fc.constant('create' as const), who: fc.constant(who), active: fc.boolean() }),
      ),
    ),
    ...teams.map((team) =>
      maybe<Step>(
        fc.record({ what: fc.constant('name' as const), team: fc.constant(team), to: fc.constant(team + 7) }),
      ),
    ),
    ...teams.flatMap((team) =>
      people.slice(0, 4).map((who) =>
        maybe<Step>(
          fc.record({
            what: fc.constantFrom('join' as const, 'leave' as const),
            team: fc.constant(team),
            who: fc.constant([who] as number[]),
          }),
        ),
      ),
    ),
  )
  .map((steps) => steps.filter((one) => one !== undefined));

describe('independent requests', () => {
  const here = besideGlobex();

  test('come to the same in whatever order they come, and all at once (a property)', async () => {
    const { rollcall } = here;
    const { app, owner } = rollcall.db;
    const at = () => ({ now: new Date() });
    const begin = async () => {
      // How many have gone before depends on the order, of course.
      const organization = await rollcall.organization({ settings: brakeOff });
      await setRoleCeiling(app, organization, organization.tokenId, 'admin', at());
      // Whether the last one who administers may go depends on who else does by then.
      const owns = await addMember(app, organization, { userName: 'owner@acme.example', breakGlass: true }, at());
      await giveRole(app, organization, owns.id, 'owner', at());
      const provider = new Provider(organization);
      for (const one of before) await provider.take(one);
      const { rows } = await owner.query<{ id: string }>(
        `select id from teams where org_id = $1 and display_name in ('Team 0', 'Team 1') order by display_name`,
        [organization.id],
      );
      await mapTeam(app, organization, rows[0]?.id as string, { role: 'admin' }, at());
      await mapTeam(app, organization, rows[1]?.id as string, { role: 'member' }, at());
      return { organization, provider };
    };
    await fc.assert(
      fc.asyncProperty(
        independent.chain((steps) =>
          fc.tuple(fc.constant(steps), fc.shuffledSubarray(steps, { minLength: steps.length })),
        ),
        async ([steps, shuffled]) => {
          const [one, other, atOnce] = [await begin(), await begin(), await begin()];
          for (const step of steps) await one.provider.take(step);
          for (const step of shuffled) await other.provider.take(step);
          await Promise.all(shuffled.map((step) => atOnce.provider.take(step)));
          const wanted = await inForceByName(owner, one.organization);
          for (const { organization } of [other, atOnce]) {
            assert.deepEqual(await inForceByName(owner, organization), wanted);
            await assertInForceFollows(owner, organization);
            await assertFeedTellsState(app, owner, organization);
          }
        },
      ),
      { numRuns: scaled(6) },
    );
  });
});
