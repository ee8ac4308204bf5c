import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { restoreMember, suspendMember } from '../../src/provisioning/edit-member.ts';
import { changePersonOfTeam } from '../../src/provisioning/edit-team.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { reconcileEverywhere } from '../../src/provisioning/maintenance.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { type Reconciliation, reconcile } from '../../src/provisioning/reconcile.ts';
import { discardBatch } from '../../src/provisioning/release-batch.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { OperatorError } from '../../src/store/operator-error.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { inForceByName } from '../holding.ts';
import { besideGlobex, createGroup, createUser, eventsAfter, lastEvent, patch } from '../http/beside-globex.ts';
import { apiClient, brakeOff, type TestOrganization } from '../rollcall.ts';
import { scaled } from '../scale.ts';
import { Provider, step } from './provider.ts';

const at = () => ({ now: new Date() });

/** What an admin does, of people and teams by their place, and what becomes of the connection. */
const byHand = fc.oneof(
  fc.record({ hand: fc.constantFrom('suspend' as const, 'restore' as const, 'admin' as const), who: fc.nat(11) }),
  fc.record({
    hand: fc.constantFrom('put in' as const, 'take out' as const, 'map' as const),
    who: fc.nat(11),
    team: fc.nat(4),
  }),
  fc.record({ hand: fc.constantFrom('pause' as const, 'resume' as const, 'discard' as const) }),
);
type ByHand = typeof byHand extends fc.Arbitrary<infer T> ? T : never;

describe('reconciling', () => {
  const here = besideGlobex({
    ...brakeOff,
    licenseSource: 'by-hand',
    defaultLicense: 'developer',
    withoutSeat: 'wait',
  });
  const app = () => here.rollcall.db.app;
  const owner = () => here.rollcall.db.owner;
  const sql = async (org: { id: string }, text: string, ...values: unknown[]) =>
    await owner().query(text, [org.id, ...values]);
  const ids = async (org: { id: string }, table: 'members' | 'teams') =>
    (await sql(org, `select id from ${table} where org_id = $1 order by id`)).rows.map(({ id }) => id as string);
  const what = ({ items }: Reconciliation) =>
    items.map(({ kind, id, team, from, to }) => [kind, id, team?.id, from, to]).toSorted();

  async function take(org: TestOrganization, act: ByHand): Promise<void> {
    const people = await ids(org, 'members');
    const teams = await ids(org, 'teams');
    const person = 'who' in act ? (people[act.who % people.length] ?? '') : '';
    const team = 'team' in act ? (teams[act.team % teams.length] ?? '') : '';
    if ('who' in act && person === '') return;
    if ('team' in act && team === '') return;
    try {
      switch (act.hand) {
        case 'suspend':
          return void (await suspendMember(app(), org, person, at()));
        case 'restore':
          return void (await restoreMember(app(), org, person, at()));
        case 'admin':
          return void (await giveRole(app(), org, person, 'admin', at()));
        case 'put in':
        case 'take out':
          return void (await changePersonOfTeam(
            app(),
            org,
            { teamId: team, memberId: person, isIn: act.hand === 'put in' },
            at(),
          ));
        case 'map':
          return void (await mapTeam(app(), org, team, { role: 'admin', license: 'developer' }, at()));
        case 'pause':
          return void (await switchConnection(app(), org, 'paused', at()));
        case 'resume':
          return void (await switchConnection(app(), org, 'on', at()));
        case 'discard': {
          await switchConnection(app(), org, 'off', at());
          const { rows } = await sql(org, `select id from held_batches where org_id = $1 and state = 'open'`);
          for (const { id } of rows) await discardBatch(app(), org, id as string, at());
          return void (await switchConnection(app(), org, 'on', at()));
        }
      }
    } catch (error) {
      if (!(error instanceof OperatorError)) throw error;
    }
  }

  test('after any story there is nothing to repair, and every difference has its reason', async () => {
    const run = async (story: readonly (Parameters<Provider['take']>[0] | ByHand)[]) => {
      const org = await here.rollcall.organization({
        settings: { manualUpdates: 'on', licenseSource: 'by-hand', defaultLicense: 'developer', withoutSeat: 'wait' },
      });
      await setSeats(app(), org, 'developer', 4, at());
      const provider = new Provider(org);
      for (const one of story) {
        if ('hand' in one) await take(org, one);
        else await provider.take(one);
      }
      const before = await inForceByName(owner(), org);
      const { drift, items, explained } = await reconcile(app(), org, true, at());
      assert.deepEqual([drift, items], [{}, []]);
      assert.deepEqual(await inForceByName(owner(), org), before);
      const { rows } = await sql(
        org,
        `select (select count(*) from members where org_id = $1 and held_by is null and deleted_at is null and asked_active <> (status = 'active'))::int as members,
            (select count(*) from team_members where org_id = $1 and held_by is null and (asked <> in_force or by_hand <> in_force))::int as memberships`,
      );
      const counted = (of: string) =>
        explained
          .filter((each) => each.of === of && !/^held-|^no-seat|^edited|^address/.test(each.rule))
          .reduce((sum, { count }) => sum + count, 0);
      assert.deepEqual({ members: counted('members'), memberships: counted('memberships') }, rows[0]);
    };
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof({ weight: 3, arbitrary: step }, { weight: 1, arbitrary: byHand }), {
          minLength: 60,
          maxLength: 60,
        }),
        run,
      ),
      { numRuns: scaled(6), endOnFailure: true },
    );
  });

  test('rows that were written past Rollcall are found exactly, repaired with their events, and not found again', async () => {
    const org = await here.rollcall.organization({
      settings: { manualUpdates: 'on', licenseSource: 'by-hand', defaultLicense: 'developer', withoutSeat: 'wait' },
    });
    const names = ['ada', 'ben', 'cleo', 'dan', 'eve', 'fay', 'gil', 'hal'];
    const people: Record<string, string> = {};
    for (const name of names) people[name] = await createUser(org, name);
    const { ada, ben, cleo, dan, eve, fay, gil, hal } = people as Record<string, string>;
    const team = await createGroup(org, 'Engineering', [ada, ben, cleo, dan, eve, fay, gil] as string[]);
    const sales = await createGroup(org, 'Sales', [ada] as string[]);
    const dropped = await createGroup(org, 'Dropped', [ben] as string[]);
    await setSeats(app(), org, 'developer', 8, at());
    await suspendMember(app(), org, fay as string, at());
    await org.scim('PATCH', `/Users/${gil}`, patch({ op: 'replace', value: { active: false } }));
    await changePersonOfTeam(app(), org, { teamId: sales, memberId: ben as string, isIn: true }, at());
    const before = await inForceByName(owner(), org);
    assert.deepEqual((await reconcile(app(), org, false, at())).drift, {});

    await sql(org, `update members set status = 'suspended' where org_id = $1 and id = $2`, ada);
    await sql(
      org,
      `update team_members set in_force = false where org_id = $1 and member_id = $2 and team_id = $3`,
      cleo,
      team,
    );
    await sql(org, `update members set role = 'admin' where org_id = $1 and id = $2`, dan);
    await sql(org, `update members set license = null where org_id = $1 and id = $2`, eve);
    await sql(org, `update members set status = 'active' where org_id = $1 and id = $2`, fay);
    await sql(org, `update members set status = 'active' where org_id = $1 and id = $2`, gil);
    await sql(
      org,
      `insert into team_members (org_id, team_id, member_id, asked, in_force, reason) values ($1, $2, $3, false, true, '{"rule":"asked-member"}')`,
      sales,
      hal,
    );
    await sql(org, `update teams set deleted_at = now() where org_id = $1 and id = $2`, dropped);

    const found = await reconcile(app(), org, false, at());
    const expected = [
      ['member.status', ada, undefined, 'suspended', 'active'],
      ['membership', cleo, team, 'out', 'in'],
      ['member.role', dan, undefined, 'admin', 'viewer'],
      ['member.license', eve, undefined, null, 'developer'],
      ['member.status', fay, undefined, 'active', 'suspended'],
      ['member.status', gil, undefined, 'active', 'suspended'],
      ['membership', hal, sales, 'in', 'out'],
      ['team.removed', dropped, undefined, 'Dropped', null],
    ].toSorted();
    assert.deepEqual(what(found), expected);
    assert.equal(found.repaired, false);
    assert.deepEqual(what(await reconcile(app(), org, false, at())), expected, 'nothing is changed by looking');

    const seen = await lastEvent(here.rollcall, org);
    const repaired = await reconcile(app(), org, true, at());
    assert.deepEqual([repaired.repaired, repaired.refused, what(repaired)], [true, [], expected]);
    const events = await eventsAfter(here.rollcall, org, seen);
    assert.ok(events.some(({ kind }) => kind === 'organization.reconciled'));
    assert.ok(events.every(({ actor }) => actor.type === 'operator'));
    const after = await inForceByName(owner(), org);
    const withoutDropped = (rows: unknown[] = []) => rows.filter((row) => !JSON.stringify(row).includes('Dropped'));
    assert.deepEqual(after, {
      ...before,
      teams: withoutDropped(before.teams),
      memberships: withoutDropped(before.memberships),
    });
    assert.deepEqual((await reconcile(app(), org, true, at())).drift, {});
    await assertFeedTellsState(app(), owner(), org);
  });

  test('the last owner is not taken away by a repair, and is named', async () => {
    const org = await here.rollcall.organization();
    const ada = await createUser(org, 'ada');
    const ben = await createUser(org, 'ben');
    await giveRole(app(), org, ada, 'owner', at());
    await sql(org, `update members set role_by_hand = null where org_id = $1 and id = $2`, ada);
    await sql(org, `update members set status = 'suspended' where org_id = $1 and id = $2`, ben);
    const { drift, refused } = await reconcile(app(), org, true, at());
    assert.deepEqual([drift, refused], [{ 'member.role': 1, 'member.status': 1 }, [ada]]);
    const { rows } = await sql(org, 'select status, role from members where org_id = $1 order by id');
    assert.deepEqual(rows, [
      { status: 'active', role: 'owner' },
      { status: 'active', role: 'viewer' },
    ]);
  });

  test('once a day it is done by itself, which the health shows, and the API shows what it found', async () => {
    const org = await here.rollcall.organization();
    const ada = await createUser(org, 'ada');
    await sql(org, `update members set status = 'suspended' where org_id = $1 and id = $2`, ada);
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const path = `/organizations/${org.slug}/connection`;
    assert.deepEqual((await api('GET', `${path}/reconciliation`)).body, { last: null });
    const found = await api('POST', `${path}/reconciliation`, {});
    assert.deepEqual([found.status, found.body.drift, found.body.repaired], [200, { 'member.status': 1 }, false]);
    const jobs = { app: app(), jobs: here.rollcall.db.jobs };
    await reconcileEverywhere(jobs, new Date());
    // Of Globex nothing is changed but the report, which is taken away again.
    const { rows } = await owner().query(
      `delete from reconciliations where org_id = (select org_id from organization_slugs where slug = 'globex') returning report`,
    );
    assert.deepEqual(
      rows.map(({ report }) => report.drift),
      [{}],
    );
    const { body } = await api('GET', `${path}/reconciliation`);
    const last = body.last as Record<string, unknown>;
    assert.deepEqual([last.drift, last.repaired, last.refused], [{ 'member.status': 1 }, true, []]);
    assert.deepEqual((await api('GET', `${path}/health`)).body.reconciliation, {
      at: last.at,
      explained: [],
      drift: last.drift,
      repaired: true,
    });
    const events = await eventsAfter(here.rollcall, org, 0);
    assert.deepEqual(
      events.filter(({ kind }) => kind === 'organization.reconciled').map(({ actor }) => actor.type),
      ['rollcall'],
    );
    assert.deepEqual((await api('POST', `${path}/reconciliation`, { repair: true })).body.drift, {});
  });
});
