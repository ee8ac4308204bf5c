/** The plan of an undo says what of it would be refused, in the words in which it is, and so it is. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { addMember } from '../../src/provisioning/add-member.ts';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { removeMember, restoreMember, suspendMember } from '../../src/provisioning/edit-member.ts';
import { addTeam, changePersonOfTeam, removeTeam, renameTeam } from '../../src/provisioning/edit-team.ts';
import { giveLicense, giveRole } from '../../src/provisioning/give-access.ts';
import { unlinkMember } from '../../src/provisioning/link-member.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { reconcile } from '../../src/provisioning/reconcile.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { applyUndo, planUndo, type Undone } from '../../src/provisioning/undo.ts';
import { OperatorError } from '../../src/store/operator-error.ts';
import { tryInOrder } from '../../src/store/trial.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { besideGlobex, createUser, eventually, lastEvent, patch } from '../http/beside-globex.ts';
import { brakeOff, type TestOrganization } from '../rollcall.ts';
import { scaled } from '../scale.ts';
import { factsInForce } from './plan-facts.ts';

const at = () => ({ now: new Date() });

describe('the plan of an undo', () => {
  const here = besideGlobex();
  const settings = {
    ...brakeOff,
    addByHand: 'allowed',
    manualUpdates: 'on',
    deletion: 'remove-after-grace',
    licenseSource: 'by-rules',
    defaultLicense: 'none',
    withoutSeat: 'refuse',
  };
  const app = () => here.rollcall.db.app;
  const organization = async (more: Record<string, string> = {}) =>
    await here.rollcall.organization({ settings: { ...settings, ...more } });
  const add = async (org: TestOrganization, name: string) =>
    (await addMember(app(), org, { userName: `${name}@acme.example`, email: `${name}@acme.example` }, at())).id;

  /** Undoes as the plan said, and holds that it is refused as it said. */
  async function undoesAsPlanned(org: TestOrganization, undone: Undone) {
    const { owner } = here.rollcall.db;
    const before = await factsInForce(owner, org);
    const seen = await lastEvent(here.rollcall, org);
    const plan = await planUndo(app(), org, undone);
    assert.equal((await planUndo(app(), org, undone)).digest, plan.digest);
    assert.deepEqual(await factsInForce(owner, org), before, 'a plan changes nothing');
    assert.equal(await lastEvent(here.rollcall, org), seen);
    const { done, refused } = await applyUndo(app(), org, undone, plan.digest, at());
    const wanted = plan.items.flatMap(({ refusal, ...item }) =>
      refusal === undefined ? [] : [{ ...item, because: refusal }],
    );
    assert.deepEqual(refused, wanted);
    assert.deepEqual(
      done,
      plan.items.filter(({ refusal }) => refusal === undefined),
    );
    return { ...plan, refusals: refused.map(({ because }) => because) };
  }
  const sound = async (org: TestOrganization) => {
    const { app, owner } = here.rollcall.db;
    assert.deepEqual((await reconcile(app, org, false, at())).drift, {});
    await assertFeedTellsState(app, owner, org);
  };
  const byOperator = (from: Date): Undone => ({ actor: { type: 'operator' }, from, to: new Date() });

  test('says of the last owner that they stay one, and only of the last one', async () => {
    const org = await organization();
    const [olga, pia] = [await add(org, 'olga'), await add(org, 'pia')];
    const from = new Date();
    await giveRole(app(), org, olga, 'owner', at());
    await giveRole(app(), org, pia, 'owner', at());
    const { items, refusals } = await undoesAsPlanned(org, byOperator(from));
    assert.equal(items.length, 2);
    assert.deepEqual(
      items.map(({ refusal }) => refusal?.includes('without an active owner')),
      [undefined, true],
    );
    assert.equal(refusals.length, 1);
    await sound(org);
  });

  test('says who has no seat by then, and that a name is taken', async () => {
    const org = await organization();
    await setSeats(app(), org, 'developer', 1, at());
    const [ada, ben] = [await add(org, 'ada'), await add(org, 'ben')];
    const { id: one } = await addTeam(app(), org, 'One', at());
    await giveLicense(app(), org, ada, 'developer', at());
    const from = new Date();
    await giveLicense(app(), org, ada, undefined, at());
    await renameTeam(app(), org, one, 'Other', at());
    const to = new Date();
    await addTeam(app(), org, 'One', { now: new Date(to.getTime() + 1) });
    await giveLicense(app(), org, ben, 'developer', { now: new Date(to.getTime() + 1) });
    const { items } = await undoesAsPlanned(org, { actor: { type: 'operator' }, from, to });
    const refusals = Object.fromEntries(items.map(({ fact, refusal }) => [fact, refusal]));
    assert.match(refusals.license ?? '', /There are not enough seats.*1 more of developer/);
    assert.match(refusals.name ?? '', /A team named "One" already exists/);
    // A seat is free now: what the plan showed as refused would be done, so it is another plan.
    const seen = await planUndo(app(), org, { member: ada, since: from });
    await giveLicense(app(), org, ben, undefined, at());
    const again = await planUndo(app(), org, { member: ada, since: from });
    assert.deepEqual(
      [seen, again].map((plan) => plan.items.map(({ fact, refusal }) => [fact, refusal === undefined])),
      [[['license', false]], [['license', true]]],
    );
    await assert.rejects(applyUndo(app(), org, { member: ada, since: from }, seen.digest, at()), {
      name: 'PlanChanged',
    });
    await sound(org);
  });

  test('says of somebody whose end is held what to do with it', async () => {
    const org = await organization();
    const ada = await createUser(org, 'ada');
    await unlinkMember(app(), org, ada, at());
    await undoesAsPlanned(org, { event: await lastEvent(here.rollcall, org) });
    const linked = await lastEvent(here.rollcall, org);
    await switchConnection(app(), org, 'paused', at());
    assert.equal((await org.scim('DELETE', `/Users/${ada}`)).status, 204);
    const { refusals } = await undoesAsPlanned(org, { event: linked });
    assert.deepEqual(refusals, [
      'The provider has deleted ada@acme.example, which is held; let the batch go or discard it first.',
    ]);
  });

  test('says of what would go to somebody who does not come back why they do not', async () => {
    const org = await organization();
    await setSeats(app(), org, 'developer', 1, at());
    const [ada, ben] = [await add(org, 'ada'), await add(org, 'ben')];
    const { id: crew } = await addTeam(app(), org, 'Crew', at());
    await giveLicense(app(), org, ada, 'developer', at());
    await changePersonOfTeam(app(), org, { teamId: crew, memberId: ada, isIn: true }, at());
    const since = new Date();
    await changePersonOfTeam(app(), org, { teamId: crew, memberId: ada, isIn: false }, at());
    await removeMember(app(), org, ada, at());
    await giveLicense(app(), org, ben, 'developer', at());
    const { items } = await undoesAsPlanned(org, { member: ada, since });
    const [first, ...others] = items;
    assert.equal(first?.fact, 'status');
    assert.match(first?.refusal ?? '', /developer/);
    assert.ok(others.length > 0 && others.every(({ refusal }) => refusal !== undefined), JSON.stringify(items));
    await sound(org);
  });

  test('is tried in what it is about alone: other changes go on, and it gives way to one of the same', async () => {
    const org = await organization();
    const { owner } = here.rollcall.db;
    const [ada, ben] = [await createUser(org, 'ada'), await createUser(org, 'ben')];
    const before = await factsInForce(owner, org);
    const tried = await tryInOrder(app(), org.id, async (trial) => {
      await giveRole(trial, org, ada, 'admin', at());
      await assert.rejects(suspendMember(trial, org, ada, at()), /without an active owner or admin/);
      // The counter and the seats are free, and so is whoever it is not about.
      assert.equal(
        (await org.scim('PATCH', `/Users/${ben}`, patch({ op: 'replace', value: { title: 'Other' } }))).status,
        200,
      );
      await giveRole(app(), org, ben, 'viewer', at());
      await assert.rejects(giveRole(trial, { id: here.acme.id }, ada, 'admin', at()), /of one organization/);
      return await giveRole(trial, org, ada, 'admin', at());
    });
    assert.equal(tried, false, 'a step finds what those before it have written');
    const after = await factsInForce(owner, org);
    assert.deepEqual(
      [...after].filter(([key, value]) => before.get(key) !== value),
      [[`member.role ${ben}`, 'viewer']].filter(([key, value]) => before.get(key as string) !== value),
    );
    await giveRole(app(), org, ada, 'admin', at());
    const event = await lastEvent(here.rollcall, org).then((last) => last - 1);
    const holder = await owner.connect();
    try {
      await holder.query('begin');
      await holder.query('select from members where org_id = $1 and id = $2 for update', [org.id, ada]);
      const planned = planUndo(app(), org, { event });
      const trialThatWaits = async (before?: string) => {
        const { rows } = await owner.query<{ began: string }>(
          `select xact_start::text as began from pg_stat_activity
           where datname = current_database() and wait_event_type = 'Lock' and xact_start::text is distinct from $1`,
          [before],
        );
        assert.equal(rows.length, 1);
        return rows[0]?.began;
      };
      const first = await eventually(async () => await trialThatWaits());
      await eventually(async () => await trialThatWaits(first));
      await holder.query('commit');
      assert.equal((await planned).items.length, 1);
    } finally {
      holder.release();
    }
  });

  const who = fc.nat(3);
  const team = fc.nat(1);
  const step = fc.oneof(
    fc.record({
      what: fc.constant('role' as const),
      who,
      role: fc.constantFrom('owner', 'admin', 'viewer', undefined),
    }),
    fc.record({
      what: fc.constant('license' as const),
      who,
      license: fc.constantFrom('developer', 'analyst', undefined),
    }),
    fc.record({ what: fc.constantFrom('suspend' as const, 'restore' as const, 'remove' as const), who }),
    fc.record({ what: fc.constantFrom('in' as const, 'out' as const), who, team }),
    fc.record({ what: fc.constant('rename' as const), team, name: fc.constantFrom('One', 'Two') }),
    fc.record({
      what: fc.constant('map' as const),
      team,
      role: fc.constantFrom('owner', 'admin', null),
      license: fc.constantFrom('developer', 'analyst', null),
    }),
    fc.record({ what: fc.constant('end' as const), team }),
  );
  type Step = typeof step extends fc.Arbitrary<infer T> ? T : never;

  async function play(org: TestOrganization, one: Step, people: readonly string[], teams: readonly string[]) {
    const memberId = 'who' in one ? (people[one.who] as string) : '';
    const teamId = 'team' in one ? (teams[one.team] as string) : '';
    switch (one.what) {
      case 'role':
        return await giveRole(app(), org, memberId, one.role as 'owner' | undefined, at());
      case 'license':
        return await giveLicense(app(), org, memberId, one.license, at());
      case 'suspend':
        return await suspendMember(app(), org, memberId, at());
      case 'restore':
        return await restoreMember(app(), org, memberId, at());
      case 'remove':
        return await removeMember(app(), org, memberId, at());
      case 'in':
      case 'out':
        return await changePersonOfTeam(app(), org, { teamId, memberId, isIn: one.what === 'in' }, at());
      case 'rename':
        return await renameTeam(app(), org, teamId, one.name, at());
      case 'map':
        return await mapTeam(app(), org, teamId, { role: one.role, license: one.license }, at());
      case 'end':
        return await removeTeam(app(), org, teamId, at());
    }
  }

  test('is what comes of it, refusals included, whatever was done before and since', async () => {
    const steps = (length: number) => fc.array(step, { minLength: length, maxLength: length });
    let refusals = 0;
    const run = async (before: Step[], undone: Step[], since: Step[], withoutSeat: string) => {
      const org = await organization({ withoutSeat });
      for (const license of ['developer', 'analyst']) await setSeats(app(), org, license, 1, at());
      const people = [
        await add(org, 'p0'),
        await add(org, 'p1'),
        await createUser(org, 'p2'),
        await createUser(org, 'p3'),
      ];
      const teams = [(await addTeam(app(), org, 'One', at())).id, (await addTeam(app(), org, 'Two', at())).id];
      const playAll = async (those: readonly Step[]) => {
        for (const one of those) {
          await play(org, one, people, teams).catch((error) => assert.ok(error instanceof OperatorError, error.stack));
        }
        // The span that is undone ends between two moments.
        const now = new Date();
        await eventually(async () => assert.ok(new Date() > now));
        return now;
      };
      const from = await playAll(before);
      const to = await playAll(undone);
      await playAll(since);
      const plan = await undoesAsPlanned(org, {
        actor: { type: 'operator' },
        from: new Date(from.getTime() + 1),
        to: new Date(to.getTime() + 1),
      });
      refusals += plan.refusals.length;
      await sound(org);
    };
    await fc.assert(fc.asyncProperty(steps(8), steps(8), steps(6), fc.constantFrom('wait', 'refuse'), run), {
      numRuns: scaled(15),
      endOnFailure: true,
    });
    assert.ok(refusals > 0, 'some of it was refused');
  });
});
