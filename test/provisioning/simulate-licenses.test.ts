import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { planPolicyChange, setAccessPolicy } from '../../src/provisioning/change-policy.ts';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam, teamMapping } from '../../src/provisioning/map-team.ts';
import { planAccess } from '../../src/provisioning/plan-access.ts';
import { roleCeiling, setRoleCeiling } from '../../src/provisioning/set-role-ceiling.ts';
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

  const membershipsOf = async ({ id }: TestOrganization): Promise<Map<string, number>> => {
    const { rows } = await rollcall.db.owner.query<{ member_id: string; teams: number }>(
      'select member_id, count(*)::int as teams from team_members where org_id = $1 and in_force group by member_id',
      [id],
    );
    return new Map(rows.map(({ member_id, teams }) => [member_id, teams]));
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
    let leftOrCame = 0;
    for (const [round, supposed] of rounds.entries()) {
      const where = `round ${round} ${JSON.stringify(supposed)}`;
      const held = await heldBy(org);
      const joined = await membershipsOf(org);
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
      const moved = { joins: 0, leaves: 0 };
      const joinedAfter = await membershipsOf(org);
      for (const id of ids) {
        const more = (joinedAfter.get(id) ?? 0) - (joined.get(id) ?? 0);
        moved[more > 0 ? 'joins' : 'leaves'] += Math.abs(more);
        const shown = found.changes.find(({ member }) => member === id);
        assert.equal((shown?.joins ?? 0) - (shown?.leaves ?? 0), more, where);
      }
      assert.deepEqual({ joins: found.joins, leaves: found.leaves }, moved, where);
      leftOrCame += found.joins + found.leaves;
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
    assert.ok(leftOrCame > 50, `${leftOrCame} memberships`);
  });

  test('whose rights a license would narrow is what the plan of saving the rules shows, whatever ceiling their roles have', async () => {
    const { org, ids, group } = await company('narrow', 6);
    const { app } = rollcall.db;
    const { items } = (await apiClient(rollcall.url, rollcall.operatorKey)('GET', `/organizations/${org.slug}/tokens`))
      .body as { items: { id: string }[] };
    const token = items[0]?.id as string;
    const reachIn = async (settings: Record<string, string>) => {
      const page = { from: 0, limit: 100 };
      const { plan } = await planPolicyChange(app, org, { settings }, at(), page);
      return plan.items.flatMap(({ kind, id, from, to }) =>
        kind === 'member.rights_narrowed' ? [[id, from, to]] : [],
      );
    };
    const same = async (settings: SupposedRules & Record<string, string>) => {
      const found = await simulateLicenses(app, org, settings, 100);
      const narrows = found.changes.flatMap(({ member, narrows }) =>
        narrows === undefined ? [] : [[member, narrows.from, narrows.to]],
      );
      assert.equal(found.narrowed, narrows.length);
      assert.deepEqual(narrows.toSorted(), (await reachIn(settings)).toSorted(), JSON.stringify(settings));
      return new Map(narrows.map(([id, _, to]) => [id as string, to as string]));
    };
    const none = { licenseSource: 'none', defaultLicense: 'none' };
    await setAccessPolicy(app, org, none, at());
    await setRoleCeiling(app, org, token, 'owner', at());
    const [owner, admin, viewer] = [ids[0] as string, ids[1] as string, ids[2] as string];
    await mapTeam(app, org, await group('Owners', [owner]), { role: 'owner' }, at());
    await giveRole(app, org, admin, 'admin', at());
    const byHand = await same({ ...none, licenseSource: 'by-hand' });
    assert.deepEqual(
      [byHand.has(owner), byHand.get(admin), byHand.get(viewer)],
      [false, ...Array(2).fill('only see their own profile')],
    );
    assert.equal(byHand.size, 5, 'also those of whom no license changes');
    const reading = await same({ licenseSource: 'by-hand', defaultLicense: 'read_only' });
    assert.deepEqual([reading.has(owner), reading.get(admin)], [false, 'only read']);

    // The owner is an admin below the ceiling, whose license counts while somebody else is an owner.
    await giveRole(app, org, viewer, 'owner', at());
    await setRoleCeiling(app, org, token, 'admin', at());
    const below = await same({ ...none, licenseSource: 'by-hand' });
    assert.deepEqual([below.has(viewer), below.get(owner)], [false, 'only see their own profile']);
    await setAccessPolicy(app, org, { ...none, licenseSource: 'by-hand' }, at());
    await setRoleCeiling(app, org, token, 'owner', at());
    const page = { from: 0, limit: 100 };
    const lower = await planAccess(app, org, roleCeiling(token, 'admin', at()), at(), page);
    assert.deepEqual(
      lower.items.map(({ kind, id, from, to }) => [kind, id, from, to]),
      [
        ['member.rights_narrowed', owner, 'what their roles allow', 'only see their own profile'],
        ['member.role', owner, 'owner', 'admin'],
      ],
    );
  });

  test('the first owner narrows what admins may by their licenses, and the plan of the mapping says so', async () => {
    const { org, ids, group } = await company('first', 3);
    const { app } = rollcall.db;
    const [chosen, admin] = [ids[0] as string, ids[1] as string];
    await giveRole(app, org, admin, 'admin', at());
    const { id: token } = (
      await rollcall.db.owner.query<{ id: string }>('select id from scim_tokens where org_id = $1', [org.id])
    ).rows[0] as { id: string };
    await setRoleCeiling(app, org, token, 'owner', at());
    const mapping = teamMapping(await group('Owners', [chosen]), { role: 'owner' }, at());
    const { items } = await planAccess(app, org, mapping, at(), { from: 0, limit: 100 });
    assert.deepEqual(
      items.map(({ kind, id, from, to }) => [kind, id, from, to]),
      [
        ['member.rights_narrowed', admin, 'what their roles allow', 'only see their own profile'],
        ['member.role', chosen, 'viewer', 'owner'],
      ],
    );
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
    for (const id of ['01a22c85-99f2-714f-aa45-000000000000', 'no-id', foreign]) {
      const refused = await simulate({ teams: { [id]: 'developer' } });
      assert.deepEqual([refused.status, refused.body.code], [404, 'not_found'], id);
    }
    assert.equal((await simulate({ teams: { [team]: 'platin' }, seats: { platin: 3 } })).status, 200);
    assert.equal((await simulate({ teams: { [team]: null } })).status, 200);
  });
});
