import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { setAccessPolicy } from '../../src/provisioning/set-access-policy.ts';
import { type SupposedRules, simulateLicenses } from '../../src/provisioning/simulate-licenses.ts';
import { OperatorError } from '../../src/store/operator-error.ts';
import { apiClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

const at = () => ({ now: new Date() });

type Held = { license: string | undefined; waitsFor: string | undefined };

describe('the simulation of licenses', () => {
  let rollcall: TestRollcall;
  let other: TestOrganization;
  before(async () => {
    rollcall = await startRollcall();
    other = await rollcall.organization({ slug: 'globex' });
    await other.scim('POST', '/Users', { userName: 'ada@globex.example', active: true });
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  async function company(slug: string, people: number) {
    const settings = { licenseSource: 'by-rules', defaultLicense: 'none', withoutSeat: 'wait' };
    const org = await rollcall.organization({ slug, settings });
    const ids: string[] = [];
    for (let index = 10; index < 10 + people; index++) {
      const { body } = await org.scim('POST', '/Users', { userName: `p${index}@${slug}.example`, active: true });
      ids.push(body.id as string);
    }
    const group = async (displayName: string, members: readonly string[]) => {
      const body = { displayName, members: members.map((value) => ({ value })) };
      return (await org.scim('POST', '/Groups', body)).body.id as string;
    };
    return { org, ids, group };
  }

  const heldBy = async ({ id }: TestOrganization): Promise<Map<string, Held>> => {
    const { rows } = await rollcall.db.owner.query<{ id: string; license: string | null; waits_for: string | null }>(
      'select id, license, waits_for from members where org_id = $1',
      [id],
    );
    return new Map(
      rows.map(({ id: member, license, waits_for }) => [
        member,
        { license: license ?? undefined, waitsFor: waits_for ?? undefined },
      ]),
    );
  };

  test('of 4 people and 2 seats two get one and two wait, by name', async () => {
    const { org, ids, group } = await company('short', 5);
    const { app } = rollcall.db;
    await setSeats(app, org, 'developer', 2, at());
    const team = await group('Developers', ids.slice(0, 4));
    const elsewhere = await heldBy(other);
    const found = await simulateLicenses(app, org, { teams: { [team]: 'developer' } }, 100);
    assert.deepEqual(
      found.changes.map(({ userName, before, after: to, waitsFor, rule }) => [userName, before, to, waitsFor, rule]),
      [
        ['p10@short.example', undefined, 'developer', undefined, 'license-by-team'],
        ['p11@short.example', undefined, 'developer', undefined, 'license-by-team'],
        ['p12@short.example', undefined, undefined, 'developer', 'no-seat'],
        ['p13@short.example', undefined, undefined, 'developer', 'no-seat'],
      ],
    );
    assert.deepEqual([found.gains, found.waits, found.losses, found.exchanges, found.refused], [2, 2, 0, 0, false]);
    const seats = found.licenses.find(({ license }) => license === 'developer');
    assert.deepEqual(seats, { license: 'developer', seats: 2, used: 0, needed: 4, missing: 2, taken: 2, waiting: 2 });
    assert.ok(
      [...(await heldBy(org)).values()].every(({ license }) => license === undefined),
      'nothing is changed',
    );
    assert.deepEqual(await heldBy(other), elsewhere);
  });

  test('what is simulated is what then happens to everybody, also to those who waited before', async () => {
    const { org, ids, group } = await company('real', 12);
    const { app } = rollcall.db;
    const some = (step: number) => ids.filter((_, index) => index % step === 0);
    const teams = [await group('A', some(2)), await group('B', some(3)), await group('C', ids)] as const;
    const rounds: SupposedRules[] = [
      { seats: { developer: 3 } },
      { teams: { [teams[0]]: 'developer' } },
      { teams: { [teams[1]]: 'analyst' } },
      { seats: { analyst: 2 } },
      { defaultLicense: 'analyst' },
      { seats: { developer: 4 } },
      { teams: { [teams[0]]: null } },
      { teams: { [teams[2]]: 'developer' } },
      { seats: { developer: 2 } },
      { licenseSource: 'by-team', defaultLicense: 'read_only' },
      { seats: { planner: 1 } },
      { teams: { [teams[1]]: 'planner' } },
      { teams: { [teams[2]]: null } },
      { seats: { developer: 9, analyst: null } },
      { licenseSource: 'by-hand', defaultLicense: 'analyst' },
      { licenseSource: 'none' },
      { licenseSource: 'by-rules', defaultLicense: 'developer' },
    ];
    for (const [round, supposed] of rounds.entries()) {
      const where = `round ${round} ${JSON.stringify(supposed)}`;
      const held = await heldBy(org);
      const found = await simulateLicenses(app, org, supposed, 100);
      let isRefused = false;
      try {
        for (const [team, license] of Object.entries(supposed.teams ?? {}))
          await mapTeam(app, org, team, { license }, at());
        for (const [license, seats] of Object.entries(supposed.seats ?? {})) {
          await setSeats(app, org, license, seats ?? undefined, at());
        }
        const { licenseSource, defaultLicense } = supposed;
        if (licenseSource ?? defaultLicense) await setAccessPolicy(app, org, { licenseSource, defaultLicense }, at());
      } catch (error) {
        if (!(error instanceof OperatorError)) throw error;
        isRefused = true;
      }
      assert.equal(found.refused, isRefused, where);
      if (isRefused) continue;
      const expected = new Map(held);
      for (const { member, after: license, waitsFor } of found.changes) expected.set(member, { license, waitsFor });
      const real = await heldBy(org);
      assert.deepEqual([...expected].sort(), [...real].sort(), where);
      const totals = { gains: 0, losses: 0, exchanges: 0, waits: 0 };
      for (const [member, { license, waitsFor }] of real) {
        const was = held.get(member) as Held;
        if (was.license === undefined && license !== undefined) totals.gains++;
        else if (was.license !== undefined && license === undefined) totals.losses++;
        else if (was.license !== license) totals.exchanges++;
        if (waitsFor !== undefined && waitsFor !== was.waitsFor) totals.waits++;
      }
      const { gains, losses, exchanges, waits } = found;
      assert.deepEqual({ gains, losses, exchanges, waits }, totals, where);
      const { rows } = await rollcall.db.owner.query(
        'select license, seats_used::int as taken, waiting::int from license_seats where org_id = $1 order by license',
        [org.id],
      );
      const shown = found.licenses.map(({ license, taken, waiting }) => ({ license, taken, waiting }));
      assert.deepEqual(
        shown.toSorted((one, two) => (one.license < two.license ? -1 : 1)),
        rows,
        where,
      );
    }
  });

  test('where nobody may wait, rules that there are not enough seats for are said to be refused', async () => {
    const { org, ids, group } = await company('strict', 3);
    const { app } = rollcall.db;
    const team = await group('Developers', ids);
    await setSeats(app, org, 'developer', 2, at());
    await setAccessPolicy(app, org, { withoutSeat: 'refuse' }, at());
    assert.equal((await simulateLicenses(app, org, { teams: { [team]: 'developer' } }, 100)).refused, true);
    await assert.rejects(mapTeam(app, org, team, { license: 'developer' }, at()), /not enough seats/);
    const enough = { teams: { [team]: 'developer' }, seats: { developer: 3 } };
    assert.equal((await simulateLicenses(app, org, enough, 100)).refused, false);
  });

  test('a license or a team that does not exist is refused, one of another organization as well', async () => {
    const { org, group } = await company('unknown', 1);
    const api = apiClient(rollcall.url, rollcall.operatorKey);
    const simulate = async (supposed: object) =>
      await api('POST', `/organizations/${org.slug}/licenses/simulation`, supposed);
    const team = await group('Team', []);
    const foreign = (await other.scim('POST', '/Groups', { displayName: 'Theirs' })).body.id as string;
    const platin = await simulate({ teams: { [team]: 'platin' } });
    assert.deepEqual([platin.status, /no license "platin"/.test(platin.body.detail ?? '')], [400, true]);
    for (const id of ['01a22c85-99f2-714f-aa45-000000000000', foreign]) {
      const refused = await simulate({ teams: { [id]: 'developer' } });
      assert.deepEqual([refused.status, refused.body.code], [404, 'not_found'], id);
    }
    assert.equal((await simulate({ teams: { [team]: 'platin' }, seats: { platin: 3 } })).status, 200);
    assert.equal((await simulate({ teams: { [team]: null } })).status, 200);
  });
});
