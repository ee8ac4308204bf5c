import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { addMember } from '../../src/provisioning/add-member.ts';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { addTeam, changePersonOfTeam } from '../../src/provisioning/edit-team.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { planHeld } from '../../src/provisioning/plan-held.ts';
import { reconcile } from '../../src/provisioning/reconcile.ts';
import { discardBatch, releaseBatch } from '../../src/provisioning/release-batch.ts';
import { setRoleCeiling } from '../../src/provisioning/set-role-ceiling.ts';
import { planSwitch, switchConnection } from '../../src/provisioning/switch-connection.ts';
import { listBatches } from '../../src/store/held-rows.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { heldIn, inForceByName } from '../holding.ts';
import { besideGlobex, createGroup, createUser, patch, user } from '../http/beside-globex.ts';
import { bulk, creation, outcomesOf } from '../http/bulk-message.ts';
import { brakeOff, type TestOrganization } from '../rollcall.ts';
import { scaled } from '../scale.ts';
import { Provider, type Step, step } from './provider.ts';

const at = () => ({ now: new Date() });
const all = { from: 0, limit: 1_000 };
const members = (op: 'add' | 'remove', ...ids: string[]) =>
  patch({ op, path: 'members', value: ids.map((value) => ({ value })) });

const renaming = (displayName: string) => patch({ op: 'replace', value: { displayName } });

describe('whoever comes in the place of somebody whose going is held', () => {
  const here = besideGlobex();
  const settings = {
    addByHand: 'allowed',
    deletion: 'remove-after-grace',
    reactivation: 'restore',
    licenseSource: 'by-rules',
    defaultLicense: 'developer',
  };
  const organization = async (more: Record<string, string> = {}) => {
    const org = await here.rollcall.organization({ settings: { ...settings, ...more } });
    await setSeats(here.rollcall.db.app, org, 'developer', 10, at());
    return org;
  };
  const db = () => here.rollcall.db;

  /** From now on everything that the brake counts is too much; with `none` nothing is. */
  async function count(org: TestOrganization, how: 'much' | 'none'): Promise<void> {
    const counts = how === 'much' ? '{1000,1000,1000,1000,1000}' : '{0,0,0,0,0}';
    await db().owner.query(
      'update event_counters set brake_since = now(), brake_now = $2, brake_before = $3 where org_id = $1',
      [org.id, counts, '{0,0,0,0,0}'],
    );
  }
  const batchOf = async (org: TestOrganization) =>
    (await listBatches(db().app, org, { limit: 10 })).find(({ state }) => state === 'open')?.id ?? '';

  /** The two ways in which something is held, with how each is let go and given up. */
  const ways = {
    brake: {
      hold: (org: TestOrganization) => count(org, 'much'),
      plan: async (org: TestOrganization) => await planHeld(db().app, org, await batchOf(org), all),
      release: async (org: TestOrganization) => await releaseBatch(db().app, org, await batchOf(org), at()),
      discard: async (org: TestOrganization) => await discardBatch(db().app, org, await batchOf(org), at()),
    },
    pause: {
      hold: (org: TestOrganization) => switchConnection(db().app, org, 'paused', at()),
      plan: (org: TestOrganization) => planSwitch(db().app, org, 'on', all),
      release: async (org: TestOrganization) => (await switchConnection(db().app, org, 'on', at())).settled,
      discard: async (org: TestOrganization) => {
        const batch = await batchOf(org);
        await switchConnection(db().app, org, 'off', at());
        await discardBatch(db().app, org, batch, at());
        await switchConnection(db().app, org, 'on', at());
      },
    },
  };

  /** Everybody of a userName who is not removed, and by what the two are held. */
  async function called(org: TestOrganization, name: string) {
    const { rows } = await db().owner.query<{ id: string; status: string; role: string; teams: string[] }>(
      `select m.id, m.status, m.role, array(select t.in_force_name from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id
          where tm.org_id = $1 and tm.member_id = m.id and tm.in_force order by 1) as teams
        from members m where m.org_id = $1 and m.user_name_key = $2 and m.status <> 'removed' order by m.id`,
      [org.id, `${name}@acme.example`],
    );
    return rows;
  }
  const statusesOf = async (org: TestOrganization, name: string) =>
    (await called(org, name)).map(({ status }) => status);
  async function teamsCalled(org: TestOrganization, name: string) {
    const { rows } = await db().owner.query<{ id: string; people: number }>(
      `select t.id, (select count(*)::int from team_members tm where tm.org_id = $1 and tm.team_id = t.id and tm.in_force) as people
        from teams t where t.org_id = $1 and t.in_force_name = $2 order by 1`,
      [org.id, name],
    );
    return rows;
  }
  /** The ids of the teams that are here by their names, without those that an admin made. */
  async function teamsByName(org: TestOrganization): Promise<Record<string, string[]>> {
    const { rows } = await db().owner.query<{ name: string; ids: string[] }>(
      `select in_force_name as name, array_agg(id::text order by id) as ids from teams
        where org_id = $1 and in_force_name is not null and origin <> 'local' group by 1 order by 1`,
      [org.id],
    );
    return Object.fromEntries(rows.map(({ name, ids }) => [name, ids]));
  }
  const seatsUsed = async (org: TestOrganization) =>
    (
      await db().owner.query<{ used: number }>(
        'select seats_used::int as used from license_seats where org_id = $1 and license = $2',
        [org.id, 'developer'],
      )
    ).rows[0]?.used;
  async function isSound(org: TestOrganization): Promise<void> {
    assert.deepEqual(await heldIn(db().owner, org), { members: 0, teams: 0, memberships: 0, batches: 0 });
    await assertFeedTellsState(db().app, db().owner, org);
    assert.deepEqual((await reconcile(db().app, org, false, at())).drift, {});
  }

  /** Somebody to whom an admin has given a role and a team of the organization's own, in a group of the provider's. */
  async function begun(org: TestOrganization) {
    const { app } = db();
    const id = await createUser(org, 'ada');
    const ben = await createUser(org, 'ben');
    const { id: own } = await addTeam(app, org, 'Own', at());
    await giveRole(app, org, id, 'admin', at());
    await giveRole(app, org, ben, 'owner', at());
    await changePersonOfTeam(app, org, { teamId: own, memberId: id, isIn: true }, at());
    const crew = await createGroup(org, 'Crew', [id, ben]);
    return { id, ben, crew };
  }

  for (const [name, way] of Object.entries(ways)) {
    test(`K7, I9: ${name}: waits in the same batch, and has what an admin had given the other one when it is let go`, async () => {
      const [org, other] = [await organization(), await organization()];
      const twin = await createUser(other, 'ada');
      const { id, crew } = await begun(org);
      await way.hold(org);
      assert.equal((await org.scim('DELETE', `/Users/${id}`)).status, 204);
      const made = await org.scim('POST', '/Users', user('ada'));
      assert.equal(made.status, 201, made.text);
      const next = made.body.id as string;
      assert.notEqual(next, id);
      assert.deepEqual(await statusesOf(org, 'ada'), ['active', 'held']);
      assert.equal(await seatsUsed(org), 2);
      // What is asked of them in between waits with them.
      await org.scim('PATCH', `/Users/${next}`, patch({ op: 'replace', value: { displayName: 'Ada' } }));
      await org.scim('PATCH', `/Groups/${crew}`, members('add', next));
      assert.deepEqual(await statusesOf(org, 'ada'), ['active', 'held']);
      const { rows } = await db().owner.query(
        'select distinct held_by from members where org_id = $1 and user_name_key = $2',
        [org.id, 'ada@acme.example'],
      );
      assert.deepEqual(rows, [{ held_by: await batchOf(org) }]);

      const { items } = await way.plan(org);
      const planned = items.map(({ kind, id: of, team, from, to }) => [kind, of, team?.name, from, to]);
      for (const one of [
        ['member.status', id, undefined, 'active', 'removed'],
        ['member.status', next, undefined, null, 'active'],
        ['member.role', next, undefined, 'viewer', 'admin'],
        ['membership', next, 'Own', 'out', 'in'],
      ]) {
        assert.ok(
          planned.some((each) => JSON.stringify(each.slice(0, 2)) === JSON.stringify(one.slice(0, 2))),
          JSON.stringify([one, planned]),
        );
      }
      assert.deepEqual(await way.release(org), { isDone: true, refused: [] });
      assert.deepEqual(await called(org, 'ada'), [
        { id: next, status: 'active', role: 'admin', teams: ['Crew', 'Own'] },
      ]);
      assert.equal(await seatsUsed(org), 2);
      await isSound(org);
      assert.deepEqual(
        (await called(other, 'ada')).map(({ id: of }) => of),
        [twin],
      );
    });

    test(`${name}: what is discarded leaves the one here, and the next request about the other lets them change places`, async () => {
      const org = await organization();
      const { id } = await begun(org);
      await way.hold(org);
      await org.scim('DELETE', `/Users/${id}`);
      const next = (await org.scim('POST', '/Users', user('ada'))).body.id as string;
      await way.discard(org);
      assert.deepEqual(await statusesOf(org, 'ada'), ['active', 'held']);
      const touch = (title: string) => org.scim('PATCH', `/Users/${next}`, patch({ op: 'replace', value: { title } }));
      // It counts again, and where it is too much both wait once more.
      await count(org, 'much');
      assert.equal((await touch('Held')).status, 200);
      assert.deepEqual(await statusesOf(org, 'ada'), ['active', 'held']);
      assert.equal((await listBatches(db().app, org, { limit: 10 })).find(({ state }) => state === 'open')?.members, 2);
      await ways.brake.discard(org);
      await count(org, 'none');
      const answer = await touch('Changed');
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(await called(org, 'ada'), [{ id: next, status: 'active', role: 'admin', teams: ['Own'] }]);
      const { rows } = await db().owner.query('select brake_now from event_counters where org_id = $1', [org.id]);
      assert.deepEqual(rows[0].brake_now, [1, 0, 0, 1, 0]);
      assert.equal(await seatsUsed(org), 2);
      await isSound(org);
    });

    test(`${name}: a group of the name of a team that is to go waits with it, and takes its place`, async () => {
      for (const end of ['release', 'discard'] as const) {
        const org = await organization();
        const { id, ben, crew } = await begun(org);
        await way.hold(org);
        assert.equal((await org.scim('DELETE', `/Groups/${crew}`)).status, 204);
        const next = await createGroup(org, 'CREW', [id]);
        await org.scim('PATCH', `/Groups/${next}`, members('add', ben));
        assert.deepEqual(await teamsCalled(org, 'CREW'), []);
        assert.deepEqual(await teamsCalled(org, 'Crew'), [{ id: crew, people: 2 }]);
        await way[end](org);
        if (end === 'discard') {
          assert.deepEqual(await teamsCalled(org, 'Crew'), [{ id: crew, people: 2 }]);
          await count(org, 'none');
          const answer = await org.scim('PATCH', `/Groups/${next}`, members('remove', ben));
          assert.ok(answer.status < 300, answer.text);
        }
        assert.deepEqual(await teamsCalled(org, 'Crew'), []);
        assert.deepEqual(await teamsCalled(org, 'CREW'), [{ id: next, people: end === 'release' ? 2 : 1 }]);
        await isSound(org);
      }
    });

    test(`K26, ${name}: a team stays held that gives the last owner and admin what they are by, and goes when there is another`, async () => {
      const org = await organization();
      const [ada, ben] = [await createUser(org, 'ada'), await createUser(org, 'ben')];
      const [admins, crew] = [await createGroup(org, 'Admins', [ada]), await createGroup(org, 'Crew', [ben])];
      await setRoleCeiling(db().app, org, org.tokenId, 'owner', at());
      await mapTeam(db().app, org, admins, { role: 'owner' }, at());
      await way.hold(org);
      for (const id of [admins, crew]) assert.equal((await org.scim('DELETE', `/Groups/${id}`)).status, 204);
      const { items, refusal } = await way.plan(org);
      assert.equal(refusal, undefined);
      const refusals = items.filter(({ kind }) => kind === 'team.removed').map((item) => [item.id, item.refusal]);
      assert.match(refusals.find(([id]) => id === admins)?.[1] ?? '', /^Nobody else would own or administer/);
      assert.equal(refusals.find(([id]) => id === crew)?.[1], undefined);
      assert.ok(!items.some(({ kind }) => kind === 'member.role'), 'and nobody loses a role by it');
      const batch = await batchOf(org);
      assert.deepEqual(await way.release(org), { isDone: true, refused: [admins] });
      assert.deepEqual(await teamsCalled(org, 'Admins'), [{ id: admins, people: 1 }]);
      assert.deepEqual(await teamsCalled(org, 'Crew'), []);
      assert.deepEqual(
        (await called(org, 'ada')).map(({ role }) => role),
        ['owner'],
      );
      await giveRole(db().app, org, ben, 'owner', at());
      assert.deepEqual(await releaseBatch(db().app, org, batch, at()), { isDone: true, refused: [] });
      assert.deepEqual(await teamsCalled(org, 'Admins'), []);
      assert.deepEqual(
        (await called(org, 'ada')).map(({ role }) => role),
        ['viewer'],
      );
      await isSound(org);
    });

    test(`${name}: the same by an external id, by a bulk, by another spelling and by PUT of another name`, async () => {
      const org = await organization();
      const { id, ben, crew } = await begun(org);
      const make = async (userName: string, externalId: string) =>
        (await org.scim('POST', '/Users', user(userName, { externalId }))).body.id as string;
      const cleo = await make('cleo', 'c1');
      await way.hold(org);
      for (const each of [id, cleo]) await org.scim('DELETE', `/Users/${each}`);
      const [made] = outcomesOf(await org.scim('POST', '/Bulk', bulk([creation('ADA')])));
      assert.equal(made?.status, '201');
      const byExternalId = await make('cleopatra', 'c1');
      assert.deepEqual(await statusesOf(org, 'ada'), ['active', 'held']);
      assert.deepEqual(
        [...(await statusesOf(org, 'cleo')), ...(await statusesOf(org, 'cleopatra'))],
        ['active', 'held'],
      );
      // Who is renamed waits for the name, and stays here.
      const put = await org.scim('PUT', `/Users/${ben}`, user('cleo'));
      assert.equal(put.status, 200, put.text);
      const heldBy = async (member: string) =>
        (await db().owner.query('select held_by from members where org_id = $1 and id = $2', [org.id, member])).rows[0]
          .held_by;
      assert.equal(await heldBy(ben), await batchOf(org));
      await org.scim('DELETE', `/Groups/${crew}`);
      const other = await createGroup(org, 'Other');
      await org.scim('PATCH', `/Groups/${other}`, patch({ op: 'replace', value: { displayName: 'Crew' } }));
      assert.equal((await teamsCalled(org, 'Crew')).length, 1);
      await way.release(org);
      assert.deepEqual(await statusesOf(org, 'ada'), ['active']);
      assert.deepEqual(
        (await called(org, 'cleo')).map(({ id: of, status }) => [of, status]),
        [[ben, 'active']],
      );
      assert.deepEqual(
        (await called(org, 'cleopatra')).map(({ id: of }) => of),
        [byExternalId],
      );
      assert.deepEqual(
        (await teamsCalled(org, 'Crew')).map(({ id: of }) => of),
        [other],
      );
      await isSound(org);
    });

    /** Crew is to go, Other is to be called Crew, and Third is to be called Other; a new group is pushed as Third. */
    async function renamed(org: TestOrganization) {
      const { id, ben, crew } = await begun(org);
      const [other, third] = [await createGroup(org, 'Other', [id]), await createGroup(org, 'Third')];
      await way.hold(org);
      assert.equal((await org.scim('DELETE', `/Groups/${crew}`)).status, 204);
      for (const [team, to] of [
        [other, 'Crew'],
        [third, 'Other'],
      ] as const) {
        const answer = await org.scim('PATCH', `/Groups/${team}`, renaming(to));
        assert.ok(answer.status < 300, answer.text);
      }
      const next = await createGroup(org, 'Third', [ben]);
      return { crew, other, third, next, ben };
    }

    test(`${name}: a group under the name that a renamed team keeps waits in the same batch, and has it once they change`, async () => {
      for (const end of ['release', 'discard'] as const) {
        const [org, beside] = [await organization(), await organization()];
        const untouched = [await createGroup(beside, 'Other'), await createGroup(beside, 'Third')];
        const { crew, other, third, next, ben } = await renamed(org);
        const before = { Crew: [crew], Other: [other], Third: [third] };
        assert.deepEqual(await teamsByName(org), before);
        const { rows } = await db().owner.query(
          'select distinct held_by from teams where org_id = $1 and held_by is not null',
          [org.id],
        );
        assert.deepEqual(rows, [{ held_by: await batchOf(org) }]);
        const { items } = await way.plan(org);
        assert.deepEqual(
          items.flatMap(({ kind, id, from, to }) => (kind === 'team.name' ? [[id, from, to]] : [])),
          [
            [other, 'Other', 'Crew'],
            [third, 'Third', 'Other'],
            [next, null, 'Third'],
          ],
        );
        await way[end](org);
        if (end === 'discard') {
          assert.deepEqual(await teamsByName(org), before);
          // Where it is too much again, all of them wait once more.
          await count(org, 'much');
          const touch = (op: 'add' | 'remove') => org.scim('PATCH', `/Groups/${next}`, members(op, ben));
          assert.ok((await touch('remove')).status < 300);
          assert.deepEqual(await teamsByName(org), before);
          const open = (await listBatches(db().app, org, { limit: 10 })).find(({ state }) => state === 'open');
          assert.equal(open?.teams, 4);
          await ways.brake.discard(org);
          await count(org, 'none');
          const answer = await touch('add');
          assert.ok(answer.status < 300, answer.text);
        }
        assert.deepEqual(await teamsByName(org), { Crew: [other], Other: [third], Third: [next] });
        assert.equal((await teamsCalled(org, 'Third'))[0]?.people, 1);
        await isSound(org);
        assert.deepEqual(await teamsByName(beside), { Other: [untouched[0]], Third: [untouched[1]] });
      }
    });

    test(`${name}: who waits for a name has it also where the renamed team is deleted, or called otherwise, and not where it is called so again`, async () => {
      for (const change of ['delete', 'rename', 'back'] as const) {
        const org = await organization();
        const { other, third, next } = await renamed(org);
        if (change === 'back') {
          // As where nothing is held: the name is that of the new group by now.
          const refused = await org.scim('PATCH', `/Groups/${third}`, renaming('Third'));
          assert.equal(refused.status, 409, refused.text);
          assert.equal((await org.scim('DELETE', `/Groups/${next}`)).status, 204);
        }
        const answer =
          change === 'delete'
            ? await org.scim('DELETE', `/Groups/${third}`)
            : await org.scim('PATCH', `/Groups/${third}`, renaming(change === 'back' ? 'Third' : 'Fourth'));
        assert.ok(answer.status < 300, answer.text);
        await way.release(org);
        assert.deepEqual(await teamsByName(org), {
          Crew: [other],
          ...{ delete: { Third: [next] }, rename: { Fourth: [third], Third: [next] }, back: { Third: [third] } }[
            change
          ],
        });
        await isSound(org);
      }
    });

    test(`${name}: an admin gives no team the name that a renamed one keeps`, async () => {
      const org = await organization();
      const { third } = await renamed(org);
      await assert.rejects(addTeam(db().app, org, 'Third', at()), /already exists/);
      assert.deepEqual((await teamsByName(org)).Third, [third]);
    });

    test(`${name}: somebody who is new has the userName that another one had until a change of it that is held`, async () => {
      for (const end of ['release', 'discard'] as const) {
        const org = await organization();
        const { id, ben } = await begun(org);
        await way.hold(org);
        await org.scim('DELETE', `/Users/${id}`);
        const put = await org.scim('PUT', `/Users/${ben}`, user('ada'));
        assert.equal(put.status, 200, put.text);
        const next = await createUser(org, 'ben');
        await way[end](org);
        if (end === 'discard') {
          await count(org, 'none');
          for (const [each, as] of [
            [ben, 'ada'],
            [next, 'ben'],
          ] as const) {
            const touched = await org.scim('PUT', `/Users/${each}`, user(as, { title: 'Changed' }));
            assert.equal(touched.status, 200, touched.text);
          }
        }
        assert.deepEqual(
          (await called(org, 'ada')).map(({ id: of, status }) => [of, status]),
          [[ben, 'active']],
        );
        assert.deepEqual(
          (await called(org, 'ben')).map(({ id: of, status }) => [of, status]),
          [[next, 'active']],
        );
        await isSound(org);
      }
    });

    test(`${name}: an admin gives nobody the userName meanwhile`, async () => {
      const org = await organization();
      const { id } = await begun(org);
      await way.hold(org);
      await org.scim('DELETE', `/Users/${id}`);
      const given = { userName: 'ada@acme.example', email: 'ada@acme.example' };
      await assert.rejects(addMember(db().app, org, given, at()), /still that of a member .* which is held/);
      assert.deepEqual(await statusesOf(org, 'ada'), ['active']);
      await way.release(org);
      await addMember(db().app, org, given, at());
      assert.deepEqual(await statusesOf(org, 'ada'), ['active']);
    });
  }

  test('stays with the brake also where the connection is paused and goes on in between', async () => {
    const org = await organization();
    const { id } = await begun(org);
    await count(org, 'much');
    await org.scim('DELETE', `/Users/${id}`);
    await switchConnection(db().app, org, 'paused', at());
    const next = (await org.scim('POST', '/Users', user('ada'))).body.id as string;
    await org.scim('PATCH', `/Users/${next}`, patch({ op: 'replace', value: { title: 'Held' } }));
    await switchConnection(db().app, org, 'on', at());
    assert.deepEqual(await statusesOf(org, 'ada'), ['active', 'held']);
    await ways.brake.release(org);
    assert.deepEqual(
      (await called(org, 'ada')).map(({ id: of, role }) => [of, role]),
      [[next, 'admin']],
    );
    await isSound(org);
  });

  test('a renamed team and whoever waits for its name stay with the brake where the connection is paused in between', async () => {
    const org = await organization();
    const { crew } = await begun(org);
    const other = await createGroup(org, 'Other');
    await count(org, 'much');
    await org.scim('DELETE', `/Groups/${crew}`);
    await org.scim('PATCH', `/Groups/${other}`, renaming('Crew'));
    await switchConnection(db().app, org, 'paused', at());
    // For the name that it gets now it need not wait, but another group waits for the one that it leaves.
    const next = await createGroup(org, 'Other');
    await org.scim('PATCH', `/Groups/${other}`, renaming('Third'));
    await switchConnection(db().app, org, 'on', at());
    assert.deepEqual(await teamsByName(org), { Crew: [crew], Other: [other] });
    await ways.brake.release(org);
    assert.deepEqual(await teamsByName(org), { Other: [next], Third: [other] });
    await isSound(org);
  });

  test('teams that change their names while the connection is paused have them at once, whichever way it goes on', async () => {
    for (const end of ['release', 'discard'] as const) {
      const org = await organization();
      const [one, other] = [await createGroup(org, 'One'), await createGroup(org, 'Other')];
      await ways.pause.hold(org);
      for (const [team, to] of [
        [one, 'Between'],
        [other, 'One'],
        [one, 'Other'],
      ] as const) {
        await org.scim('PATCH', `/Groups/${team}`, renaming(to));
      }
      await ways.pause[end](org);
      if (end === 'discard') {
        assert.deepEqual(await teamsByName(org), { One: [one], Other: [other] });
        const answer = await org.scim('PATCH', `/Groups/${one}`, patch({ op: 'replace', value: { externalId: 'o1' } }));
        assert.ok(answer.status < 300, answer.text);
      }
      assert.deepEqual(await teamsByName(org), { One: [other], Other: [one] });
      await isSound(org);
    }
  });

  test('K26: the last owner goes with whoever comes in their place', async () => {
    const org = await organization();
    const id = await createUser(org, 'ada');
    await giveRole(db().app, org, id, 'owner', at());
    await ways.pause.hold(org);
    await org.scim('DELETE', `/Users/${id}`);
    // In another piece than the one who goes.
    for (let each = 0; each < 201; each += 50) {
      const names = Array.from({ length: 50 }, (_, index) => creation(`p${each + index}`));
      await org.scim('POST', '/Bulk', bulk(names));
    }
    const next = await createUser(org, 'ada');
    const { items } = await ways.pause.plan(org);
    assert.deepEqual(
      items.filter(({ refusal }) => refusal !== undefined),
      [],
    );
    assert.deepEqual(await ways.pause.release(org), { isDone: true, refused: [] });
    assert.deepEqual(
      (await called(org, 'ada')).map(({ id: of, role }) => [of, role]),
      [[next, 'owner']],
    );
    await isSound(org);
  });

  test('nobody is here twice, whatever comes at once', async () => {
    const org = await organization();
    await begun(org);
    for (let round = 0; round < 8; round++) {
      const id = (await called(org, 'ada')).at(-1)?.id ?? '';
      await count(org, 'much');
      const come = async () => {
        for (;;) {
          const { status } = await org.scim('POST', '/Users', user('ada'));
          if (status === 201) return;
          assert.equal(status, 409);
        }
      };
      const [gone] = await Promise.all([org.scim('DELETE', `/Users/${id}`), come()]);
      assert.equal(gone.status, 204);
      assert.deepEqual(await statusesOf(org, 'ada'), ['active', 'held'], `round ${round}`);
      const crew = (await teamsCalled(org, 'Crew'))[0]?.id ?? '';
      const push = async () => {
        for (;;) {
          const { status } = await org.scim('POST', '/Groups', { displayName: 'Crew' });
          if (status === 201) return;
          assert.equal(status, 409);
        }
      };
      await Promise.all([org.scim('DELETE', `/Groups/${crew}`), push()]);
      assert.deepEqual(
        (await teamsCalled(org, 'Crew')).map(({ id: of }) => of),
        [crew],
      );
      // Requests about the new one come while the batch is let go.
      const next = (await called(org, 'ada')).at(-1)?.id ?? '';
      const touch = () => org.scim('PATCH', `/Users/${next}`, patch({ op: 'replace', value: { title: `${round}` } }));
      const [, ...touched] = await Promise.all([ways.brake.release(org), touch(), touch()]);
      assert.deepEqual(
        touched.map(({ status }) => status),
        [200, 200],
      );
      const there = await called(org, 'ada');
      assert.deepEqual(
        there.map(({ id: of, status, role }) => [of, status, role]),
        [[next, 'active', 'admin']],
      );
      assert.equal((await teamsCalled(org, 'Crew')).length, 1);
    }
    await isSound(org);
  });

  const comeback: fc.Arbitrary<Step> = fc.oneof(
    { weight: 3, arbitrary: step },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('name' as const), team: fc.nat(2), to: fc.nat(3) }) },
    { weight: 2, arbitrary: fc.record({ what: fc.constant('delete' as const), who: fc.nat(3) }) },
    { weight: 3, arbitrary: fc.record({ what: fc.constant('create' as const), who: fc.nat(3), active: fc.boolean() }) },
    { weight: 1, arbitrary: fc.record({ what: fc.constant('drop' as const), team: fc.nat(2) }) },
    {
      weight: 2,
      arbitrary: fc.record({
        what: fc.constant('push' as const),
        team: fc.nat(2),
        who: fc.uniqueArray(fc.nat(5), { maxLength: 4 }),
      }),
    },
  );

  test('an organization of which the brake holds whatever it counts ends as one without a brake; one that discards has nobody twice', async () => {
    const run = async (begins: readonly Step[], held: readonly Step[], given: readonly number[]) => {
      const { app, owner } = db();
      const with_ = { licenseSource: 'none', addressChange: 'apply' };
      const [braked, discarded, direct] = [
        await here.rollcall.organization({ settings: { ...settings, ...with_ } }),
        await here.rollcall.organization({ settings: { ...settings, ...with_ } }),
        await here.rollcall.organization({ settings: { ...settings, ...with_, ...brakeOff } }),
      ];
      const orgs = [braked, discarded, direct];
      const providers = orgs.map((org) => new Provider(org));
      const everywhere = async (one: Step) => {
        const answers = [];
        for (const provider of providers) answers.push(await provider.take(one));
        const [first] = answers;
        for (const [place, answer] of answers.entries()) {
          assert.equal(answer?.status, first?.status, `${JSON.stringify(one)}: ${first?.text} ${answer?.text}`);
          assert.equal(providers[place]?.named(answer?.text ?? ''), providers[0]?.named(first?.text ?? ''));
        }
      };
      for (let who = 0; who < 6; who++) await everywhere({ what: 'create', who, active: true });
      for (const org of [braked, discarded]) await count(org, 'none');
      for (let team = 0; team < 3; team++) await everywhere({ what: 'push', team, who: [team, team + 1, team + 2] });
      for (const org of orgs) {
        const { id: teamId } = await addTeam(app, org, 'Own', at());
        await giveRole(
          app,
          org,
          (await addMember(app, org, { userName: 'boss@acme.example' }, at())).id,
          'owner',
          at(),
        );
        for (const who of given) {
          const memberId = (await called(org, `p${who}`))[0]?.id ?? '';
          await giveRole(app, org, memberId, 'member', at());
          await changePersonOfTeam(app, org, { teamId, memberId, isIn: true }, at());
        }
      }
      for (const one of begins) {
        for (const org of [braked, discarded]) await count(org, 'none');
        await everywhere(one);
      }
      const onlyOnce = async () => {
        for (const org of orgs) {
          const { rows } = await owner.query(
            `select user_name_key as name, count(*) from members where org_id = $1 and status not in ('held', 'removed')
              group by 1 having count(*) > 1
             union all select fold_case(in_force_name), count(*) from teams where org_id = $1 and in_force_name is not null
              group by 1 having count(*) > 1`,
            [org.id],
          );
          assert.deepEqual(rows, []);
        }
      };
      for (const org of [braked, discarded]) await count(org, 'much');
      for (const [place, one] of held.entries()) {
        await everywhere(one);
        await onlyOnce();
        if (place === Math.floor(held.length / 2) && (await batchOf(discarded)) !== '') {
          await ways.brake.discard(discarded);
          await count(discarded, place % 2 === 0 ? 'much' : 'none');
        }
      }
      if ((await batchOf(braked)) !== '') {
        assert.deepEqual(await ways.brake.release(braked), { isDone: true, refused: [] });
      }
      // The addresses that are asked for name the organization.
      const compared = async (org: TestOrganization) =>
        JSON.parse(JSON.stringify(await inForceByName(owner, org)).replaceAll(`@${org.slug}.`, '@organization.'));
      assert.deepEqual(await compared(braked), await compared(direct));
      await isSound(braked);
      if ((await batchOf(discarded)) !== '') await ways.brake.release(discarded);
      await onlyOnce();
      assert.deepEqual((await reconcile(app, discarded, false, at())).drift, {});
    };
    const steps = (count: number) => fc.array(comeback, { minLength: count, maxLength: count });
    const given = fc.uniqueArray(fc.nat(5), { maxLength: 3 });
    await fc.assert(fc.asyncProperty(steps(10), steps(40), given, run), { numRuns: scaled(6), endOnFailure: true });
  });
});
