import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../src/limits.ts';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { restoreMember, suspendMember } from '../../src/provisioning/edit-member.ts';
import { changePersonOfTeam } from '../../src/provisioning/edit-team.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { reconcileEverywhere } from '../../src/provisioning/maintenance.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { type Reconciliation, reconcile } from '../../src/provisioning/reconcile.ts';
import { discardBatch } from '../../src/provisioning/release-batch.ts';
import { setRoleCeiling } from '../../src/provisioning/set-role-ceiling.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { OperatorError } from '../../src/store/operator-error.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { inForceByName } from '../holding.ts';
import {
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  eventually,
  lastEvent,
  patch,
} from '../http/beside-globex.ts';
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
type Story = (Parameters<Provider['take']>[0] | ByHand)[];

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
  const sqlGlobex = async () =>
    (await owner().query(`select org_id from organization_slugs where slug = 'globex'`)).rows[0]?.org_id;
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

  /** Somebody has a role by a team that an admin put them into, and the provider asks for them while it is paused. */
  const askedWhilePaused = [
    { what: 'create', who: 3, active: true },
    { what: 'push', team: 2, who: [] },
    { hand: 'pause' },
    { hand: 'put in', who: 0, team: 0 },
    { hand: 'map', who: 0, team: 0 },
    { what: 'members', team: 2, who: [3] },
  ] as const satisfies readonly unknown[];

  test('after any story there is nothing to repair, and every difference has its reason', async () => {
    const run = async (story: Story) => {
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
      { numRuns: scaled(6), endOnFailure: true, examples: [[[...askedWhilePaused] as Story]] },
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

  test('a team by which the last owner is one is not ended by a repair, and is named; the others end', async () => {
    const org = await here.rollcall.organization();
    const ada = await createUser(org, 'ada');
    const [owners, other] = [await createGroup(org, 'Owners', [ada]), await createGroup(org, 'Other', [ada])];
    await setRoleCeiling(app(), org, org.tokenId, 'owner', at());
    await mapTeam(app(), org, owners, { role: 'owner' }, at());
    await sql(org, 'update teams set deleted_at = now() where org_id = $1');
    const { drift, refused } = await reconcile(app(), org, true, at());
    assert.deepEqual([drift['team.removed'], refused], [2, [owners]]);
    const left = 'select id from teams where org_id = $1 and in_force_name is not null';
    assert.deepEqual((await sql(org, left)).rows, [{ id: owners }], `and not ${other}`);
  });

  test('once a day it is done by itself, which the health shows, and the API shows what it found', async () => {
    const org = await here.rollcall.organization();
    const ada = await createUser(org, 'ada');
    await sql(org, `update members set status = 'suspended' where org_id = $1 and id = $2`, ada);
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const path = `/organizations/${org.slug}/connection`;
    const list = async () => (await api('GET', `${path}/reconciliations`)).body.items as Listed[];
    assert.deepEqual(await list(), []);
    const found = await api('POST', `${path}/reconciliations`, {});
    assert.deepEqual([found.status, found.body.state, found.body.by], [200, 'done', 'the operator']);
    const { drift, repaired } = found.body.report as Reconciliation;
    assert.deepEqual([drift, repaired], [{ 'member.status': 1 }, false]);
    const jobs = { app: app(), jobs: here.rollcall.db.jobs };
    await reconcileEverywhere(jobs, new Date(), { log: assert.fail });
    // Of Globex nothing is changed but the report, which is taken away again.
    const { rows } = await owner().query(
      `delete from reconciliations where org_id = (select org_id from organization_slugs where slug = 'globex') returning report`,
    );
    assert.deepEqual(
      rows.map(({ report }) => report.drift),
      [{}],
    );
    const [night, onDemand] = (await list()) as [Listed, Listed];
    assert.deepEqual([night.by, night.repair, onDemand.id], ['Rollcall by itself', true, found.body.id]);
    assert.ok(night.report !== null && !('items' in night.report));
    const last = (await api('GET', `${path}/reconciliations/${night.id}`)).body as Listed;
    assert.deepEqual(
      [last.report?.drift, last.report?.repaired, last.report?.refused, last.progress],
      [{ 'member.status': 1 }, true, [], { compared: 1, of: 1, repaired: 1, toRepair: 1 }],
    );
    assert.deepEqual((await api('GET', `${path}/health`)).body.reconciliation, {
      at: last.at,
      explained: [],
      drift: { 'member.status': 1 },
      repaired: true,
    });
    const events = await eventsAfter(here.rollcall, org, 0);
    assert.deepEqual(
      events.filter(({ kind }) => kind === 'organization.reconciled').map(({ actor }) => actor.type),
      ['rollcall'],
    );
    const again = await api('POST', `${path}/reconciliations`, { repair: true });
    assert.deepEqual((again.body.report as Reconciliation).drift, {});
  });

  test('a repair is of what its report showed, or of nothing', async () => {
    const org = await here.rollcall.organization();
    const [ada, ben] = [await createUser(org, 'ada'), await createUser(org, 'ben')];
    const suspend = (id: string) =>
      sql(org, `update members set status = 'suspended' where org_id = $1 and id = $2`, id);
    const statuses = async () =>
      (await sql(org, 'select status from members where org_id = $1 order by id')).rows.map(({ status }) => status);
    await suspend(ada);
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const path = `/organizations/${org.slug}/connection/reconciliations`;
    const { report } = (await api('POST', path, {})).body as Listed;
    const repair = () => api('POST', path, { repair: true }, { 'if-match': `"${report?.version}"` });
    await suspend(ben);
    const refused = await repair();
    assert.deepEqual([refused.status, refused.body.code], [412, 'precondition_failed']);
    assert.deepEqual(await statuses(), ['suspended', 'suspended']);
    const [failed] = (await api('GET', path)).body.items as Listed[];
    assert.deepEqual(
      [failed?.state, failed?.problem, failed?.report?.repaired],
      ['failed', refused.body.detail, false],
    );
    await sql(org, `update members set status = 'active' where org_id = $1 and id = $2`, ben);
    assert.equal((await repair()).status, 200);
    assert.deepEqual(await statuses(), ['active', 'active']);
  });

  test('one runs at a time, goes on behind its request, and is over when nothing more is heard of it', async () => {
    const org = await here.rollcall.organization();
    const globex = { id: (await sqlGlobex()) as string };
    await createUser(org, 'ada');
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const path = `/organizations/${org.slug}/connection/reconciliations`;
    const id = '01890000-0000-7000-8000-000000000001';
    const begin = (seconds: number) =>
      sql(
        org,
        `insert into reconciliations (org_id, id, at, actor, repairs, progress, seen_at)
          values ($1, $2, now(), '{"type":"operator"}', true, '{"compared":3,"of":9,"repaired":0,"toRepair":0}', now() - make_interval(secs => $3))`,
        id,
        seconds,
      );
    await begin(1);
    const running = (await api('GET', `${path}/${id}`)).body as Listed;
    assert.deepEqual([running.state, running.progress.compared, running.report], ['running', 3, null]);
    assert.equal((await api('GET', `/organizations/globex/connection/reconciliations/${id}`)).status, 404);
    assert.equal((await api('POST', path, {})).status, 409);
    await sql(org, `update reconciliations set seen_at = now() - interval '2 minutes' where org_id = $1`);
    assert.equal((await api('GET', `${path}/${id}`)).body.state, 'interrupted');
    const behind = await api('POST', `${path}?wait=0`, {});
    assert.equal(behind.status, 202);
    await eventually(async () => {
      const { body } = await api('GET', `${path}/${behind.body.id}`);
      assert.deepEqual([body.state, (body.report as Reconciliation).drift], ['done', {}]);
    });
    assert.equal((await api('GET', `${path}/${id}`)).body.state, 'interrupted');
    const { rows } = await owner().query('select from reconciliations where org_id = $1', [globex.id]);
    assert.equal(rows.length, 0);
  });

  test('the newest comparisons are kept', async () => {
    const org = await here.rollcall.organization();
    await sql(
      org,
      `insert into reconciliations (org_id, id, at, actor, repairs, progress, seen_at, ended_at, report)
        select $1, ('01890000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, now(), '{"type":"rollcall"}', true, '{}', now(), now(), '{}'
          from generate_series(1, ${limits.reconciliationsKeptMax}) n`,
    );
    await reconcile(app(), org, false, at());
    const { rows } = await sql(org, 'select id from reconciliations where org_id = $1 order by id');
    assert.equal(rows.length, limits.reconciliationsKeptMax);
    assert.equal(rows[0].id, '01890000-0000-7000-8000-000000000002');
  });
});

/** As the API shows a comparison. */
type Listed = {
  id: string;
  at: string;
  by: string;
  repair: boolean;
  state: string;
  progress: Record<string, number>;
  problem: string | null;
  report: Reconciliation | null;
};
