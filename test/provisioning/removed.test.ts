import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { restoreMember, suspendMember } from '../../src/provisioning/edit-member.ts';
import { addTeam, changePersonOfTeam, removeTeam } from '../../src/provisioning/edit-team.ts';
import { giveLicense, giveRole } from '../../src/provisioning/give-access.ts';
import { purgeEverywhere } from '../../src/provisioning/maintenance.ts';
import { reconcile } from '../../src/provisioning/reconcile.ts';
import { returnMember } from '../../src/provisioning/return-member.ts';
import { planSwitch, switchConnection } from '../../src/provisioning/switch-connection.ts';
import { listRemoved } from '../../src/store/removed-list.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { besideGlobex, createGroup, createUser, eventsAfter, memberRow, patch, user } from '../http/beside-globex.ts';
import { apiClient, brakeOff, startRollcall, type TestOrganization } from '../rollcall.ts';

const dayMs = 86_400_000;

describe('removal with a memory', () => {
  const here = besideGlobex();
  const accessOf = async (id: string) =>
    (await here.rollcall.db.owner.query('select role, role_by_hand from members where id = $1', [id])).rows[0];
  const teamsOf = async (id: string) =>
    (await here.rollcall.db.owner.query('select team_id, in_force from team_members where member_id = $1', [id])).rows;
  const at = () => ({ now: new Date() });

  test('K6, K7: whoever was deleted and comes back has what an admin gave, a new id, and no keys', async () => {
    const { app, owner } = here.rollcall.db;
    const id = await createUser(here.acme, 'ada');
    await giveRole(app, here.acme, id, 'member', at());
    const team = await addTeam(app, here.acme, 'Handmade', at());
    await changePersonOfTeam(app, here.acme, { teamId: team.id, memberId: id, isIn: true }, at());
    await createApiKey(app, here.acme, { name: 'own', scopes: ['members:read'], memberId: id }, at());
    assert.equal((await here.acme.scim('DELETE', `/Users/${id}`)).status, 204);
    assert.deepEqual(await teamsOf(id), []);
    const again = await createUser(here.acme, 'ADA');
    assert.notEqual(again, id);
    assert.deepEqual(await accessOf(again), { role: 'member', role_by_hand: 'member' });
    assert.deepEqual(await teamsOf(again), [{ team_id: team.id, in_force: true }]);
    const keys = await owner.query('select revoked_at is null as works from api_keys where org_id = $1', [
      here.acme.id,
    ]);
    assert.deepEqual(keys.rows, [{ works: false }]);
    const events = await eventsAfter(here.rollcall, here.acme, 0);
    const created = events.findLast((event) => event.kind === 'member.created');
    assert.ok(created?.kind === 'member.created' && created.data.returns === id && created.data.role === 'member');
  });

  test('K7: where licenses are used, whoever comes back is in their teams as soon as they have theirs', async () => {
    const { app } = here.rollcall.db;
    const settings = { licenseSource: 'by-rules', defaultLicense: 'developer', addByHand: 'allowed' };
    const org = await here.rollcall.organization({ settings });
    const team = await addTeam(app, org, 'Handmade', at());
    const gone = async () => {
      const id = await createUser(org, 'ada');
      await changePersonOfTeam(app, org, { teamId: team.id, memberId: id, isIn: true }, at());
      await org.scim('DELETE', `/Users/${id}`);
      return id;
    };
    await gone();
    const pushed = await createUser(org, 'ada');
    assert.deepEqual(await teamsOf(pushed), [{ team_id: team.id, in_force: true }]);
    await org.scim('DELETE', `/Users/${pushed}`);
    const { id: returned } = await returnMember(app, org, pushed, at());
    assert.deepEqual(await teamsOf(returned), [{ team_id: team.id, in_force: true }]);
    assert.deepEqual((await reconcile(app, org, false, at())).drift, {});
  });

  test('what was remembered is given back once', async () => {
    const { app } = here.rollcall.db;
    const first = await createUser(here.acme, 'ben');
    await giveRole(app, here.acme, first, 'member', at());
    await here.acme.scim('DELETE', `/Users/${first}`);
    const second = await createUser(here.acme, 'ben');
    await giveRole(app, here.acme, second, undefined, at());
    await here.acme.scim('DELETE', `/Users/${second}`);
    const third = await createUser(here.acme, 'ben');
    assert.deepEqual(await accessOf(third), { role: 'viewer', role_by_hand: null });
  });

  test('people and teams that are remembered are listed, the last ones first, with who removed them', async () => {
    const org = await here.rollcall.organization();
    const beside = await here.rollcall.organization();
    const { app } = here.rollcall.db;
    const ada = await createUser(org, 'ada');
    const ben = await createUser(org, 'ben');
    const team = await addTeam(app, org, 'Handmade', at());
    await changePersonOfTeam(app, org, { teamId: team.id, memberId: ada, isIn: true }, at());
    await org.scim('DELETE', `/Users/${ben}`);
    await org.scim('DELETE', `/Users/${ada}`);
    await removeTeam(app, org, team.id, at());
    // The rows of another organization have the same ids.
    await here.rollcall.db.owner.query(
      `insert into teams select (jsonb_populate_record(null::teams, to_jsonb(t) || jsonb_build_object('org_id', $2::uuid, 'display_name', 'of another'))).*
        from teams t where t.org_id = $1`,
      [org.id, beside.id],
    );
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const list = async (query = '') => (await api('GET', `/organizations/${org.slug}/removed${query}`)).body;
    type Item = { kind: string; id: string; name: string; by: string; removedAt: string; rememberedUntil: string };
    const items = (await list()).items as Item[];
    assert.deepEqual(
      items.map(({ kind, id, name, by }) => [kind, id, name, by]),
      [
        ['team', team.id, 'Handmade', 'the operator'],
        ['member', ada, 'ada@acme.example', 'SCIM token okta (Okta)'],
        ['member', ben, 'ben@acme.example', 'SCIM token okta (Okta)'],
      ],
    );
    for (const { removedAt, rememberedUntil } of items) {
      assert.equal(Date.parse(rememberedUntil) - Date.parse(removedAt), limits.removedDays * dayMs);
    }
    const first = await list('?limit=2');
    const second = await list(`?limit=2&cursor=${encodeURIComponent(first.nextCursor as string)}`);
    assert.deepEqual([...(first.items as Item[]), ...(second.items as Item[])], items);
    assert.equal(second.nextCursor, null);

    const undone = { member: ada, since: items[1]?.removedAt };
    const plan = await api('POST', `/organizations/${org.slug}/undo/plan`, undone);
    const done = await api('POST', `/organizations/${org.slug}/undo`, undone, { 'if-match': `"${plan.body.digest}"` });
    assert.equal(done.status, 200, done.text);
    assert.deepEqual(
      ((await list()).items as Item[]).map(({ id }) => id),
      [team.id, ben],
    );
    const later = new Date(Date.now() + (limits.removedDays + 1) * dayMs);
    assert.deepEqual(await listRemoved(app, org, { limit: 10, now: later }), []);
  });

  test('after the time of remembering the rows are gone, and only those', async () => {
    const { app, jobs, owner } = here.rollcall.db;
    const id = await createUser(here.acme, 'cleo');
    const kept = await createUser(here.acme, 'dan');
    await here.acme.scim('DELETE', `/Users/${id}`);
    const rows = async () =>
      (await owner.query('select id from members where id = any ($1)', [[id, kept]])).rows.map((row) => row.id);
    await purgeEverywhere({ app, jobs }, new Date(Date.now() + (limits.removedDays - 1) * dayMs), { log: assert.fail });
    assert.equal((await rows()).length, 2);
    await purgeEverywhere({ app, jobs }, new Date(Date.now() + (limits.removedDays + 1) * dayMs), { log: assert.fail });
    assert.deepEqual(await rows(), [kept]);
  });
});

const policies: [settings: Record<string, string>, title: string, role: string][] = [
  [{ deletion: 'remove' }, 'K6 remove: nobody is remembered', 'viewer'],
  [{ reactivation: 'fresh' }, 'K7 fresh: whoever comes back is new', 'viewer'],
  [{ reactivation: 'invite' }, 'K7 invite: whoever comes back is invited, with what they had', 'member'],
];
for (const [settings, title, role] of policies) {
  test(title, async () => {
    await using rollcall = await startRollcall();
    const acme = await rollcall.organization({ settings });
    const id = await createUser(acme, 'ada');
    await giveRole(rollcall.db.app, acme, id, 'member', { now: new Date() });
    await acme.scim('DELETE', `/Users/${id}`);
    const again = await createUser(acme, 'ada');
    const { rows } = await rollcall.db.owner.query('select role, status from members where id = $1', [again]);
    assert.deepEqual(rows, [{ role, status: settings.reactivation === 'invite' ? 'invited' : 'active' }]);
  });
}

test('P25, K6 refuse: the provider deactivates and does not delete', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { deletion: 'refuse' } });
  const id = await createUser(acme, 'ada');
  const refused = await acme.scim('DELETE', `/Users/${id}`);
  assert.equal(refused.status, 403);
  assert.match(refused.body.detail ?? '', /send active=false/);
  assert.equal((await memberRow(rollcall, acme, id)).status, 'active');
});

test('D20, B34, K5 remove: whoever is deactivated is removed, is seen by the provider, and comes back', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { deactivation: 'remove' } });
  const id = await createUser(acme, 'ada');
  await acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
  assert.equal((await memberRow(rollcall, acme, id)).status, 'removed');
  const list = await acme.scim('GET', '/Users');
  assert.deepEqual([list.body.totalResults, list.body.Resources?.[0]?.active], [1, false]);
  const events = await eventsAfter(rollcall, acme, 0);
  assert.equal(events.at(-1)?.kind, 'member.removed');
  await acme.scim('PUT', `/Users/${id}`, user('ada'));
  assert.equal((await memberRow(rollcall, acme, id)).status, 'active');
});

test('K7: with fresh whoever is deactivated and comes back has nothing of what an admin gave, at once or held', async () => {
  await using rollcall = await startRollcall();
  const settings = {
    ...brakeOff,
    reactivation: 'fresh',
    editMembersByHand: 'allowed',
    editTeamsByHand: 'allowed',
    licenseSource: 'by-rules',
    defaultLicense: 'developer',
  };
  const [acme, globex] = [await rollcall.organization({ settings }), await rollcall.organization({ settings })];
  const { app, owner } = rollcall.db;
  const at = () => ({ now: new Date() });
  const active = (org: TestOrganization, id: string, value: boolean) =>
    org.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: value } }));
  const given = async (org: TestOrganization, name: string) => {
    const id = await createUser(org, name);
    await giveRole(app, org, id, 'admin', at());
    await giveLicense(app, org, id, 'read_only', at());
    await changePersonOfTeam(
      app,
      org,
      { teamId: (await addTeam(app, org, `Of ${name}`, at())).id, memberId: id, isIn: true },
      at(),
    );
    await createGroup(org, `Pushed ${name}`, [id]);
    return id;
  };
  const has = async (org: TestOrganization, id: string) => {
    const { rows } = await owner.query(
      `select role, license, role_by_hand, array(select t.display_name || case when tm.in_force then '' else ' waits' end
          from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id
         where tm.org_id = $1 and tm.member_id = m.id order by 1) as teams from members m where m.org_id = $1 and m.id = $2`,
      [org.id, id],
    );
    return rows[0];
  };
  const [keeps, ada, ben, cleo] = [
    await given(acme, 'keeps'),
    await given(acme, 'ada'),
    await given(acme, 'ben'),
    await given(acme, 'cleo'),
  ];
  const other = await given(globex, 'ada');
  await active(acme, ada, false);
  const away = await has(acme, ada);
  assert.deepEqual(away.teams, ['Of ada waits', 'Pushed ada waits']);
  const { body } = await active(acme, ada, true);
  assert.equal(body.active, true);
  const isNew = (name: string) => ({
    role: 'viewer',
    license: 'developer',
    role_by_hand: null,
    teams: [`Pushed ${name}`],
  });
  assert.deepEqual(await has(acme, ada), isNew('ada'));
  // What is held and let go comes to the same, and the plan says so.
  await active(acme, ben, false);
  await switchConnection(app, acme, 'paused', at());
  await active(acme, ben, true);
  const { items, version } = await planSwitch(app, acme, 'on', { from: 0, limit: 20 });
  assert.deepEqual(items.map(({ kind, id, from, to }) => [kind, id, from, to]).sort(), [
    ['member.license', ben, null, 'developer'],
    ['member.role', ben, 'admin', 'viewer'],
    ['member.status', ben, 'suspended', 'active'],
    ['membership', ben, 'out', 'in'],
  ]);
  await switchConnection(app, acme, 'on', at(), version);
  assert.deepEqual(await has(acme, ben), isNew('ben'));
  // Whom an admin suspended and the provider goes on asking for was never away for it.
  await suspendMember(app, acme, cleo, at());
  await restoreMember(app, acme, cleo, at());
  for (const [org, id, name] of [
    [acme, cleo, 'cleo'],
    [acme, keeps, 'keeps'],
    [globex, other, 'ada'],
  ] as const) {
    assert.deepEqual(await has(org, id), {
      role: 'admin',
      license: 'read_only',
      role_by_hand: 'admin',
      teams: [`Of ${name}`, `Pushed ${name}`],
    });
  }
  assert.deepEqual((await reconcile(app, acme, false, at())).drift, {});
  await assertFeedTellsState(app, owner, acme);
});
