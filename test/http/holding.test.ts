import assert from 'node:assert/strict';
import { afterEach, describe, test } from 'node:test';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { createOrganization } from '../../src/provisioning/create-organization.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { suspendMember } from '../../src/provisioning/edit-member.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import type { HeldItem } from '../../src/provisioning/held-plan.ts';
import { settleEverywhere } from '../../src/provisioning/maintenance.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { reconcile } from '../../src/provisioning/reconcile.ts';
import { settleBatch } from '../../src/provisioning/settle.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { assertFeedTellsAccess, assertFeedTellsState } from '../feed-replay.ts';
import { heldIn } from '../holding.ts';
import { apiClient, scimClient, type TestOrganization } from '../rollcall.ts';
import {
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  lastEvent,
  memberRow,
  patch,
  user,
} from './beside-globex.ts';

describe('a connection that observes or is paused', () => {
  const here = besideGlobex({ licenseSource: 'by-rules', defaultLicense: 'developer', withoutSeat: 'wait' });
  const operator = () => apiClient(here.rollcall.url, here.rollcall.operatorKey);
  const owner = () => here.rollcall.db.owner;
  const app = () => here.rollcall.db.app;
  const at = () => ({ now: new Date() });
  const connection = '/organizations/acme/connection';
  const turn = async (state: string, headers: Record<string, string> = {}) =>
    await operator()('PATCH', connection, { state }, headers);
  const nothingHeld = { members: 0, teams: 0, memberships: 0, batches: 0 };

  afterEach(async () => {
    const { status, text } = await turn('on');
    assert.equal(status, 200, text);
    assert.deepEqual(await heldIn(owner(), here.acme), nothingHeld);
    const events = await assertFeedTellsState(app(), owner(), here.acme);
    await assertFeedTellsAccess(owner(), here.acme, events);
  });

  /** Everything that a plan lists, page by page. */
  const planned = async (): Promise<{ items: HeldItem[]; version: string }> => {
    const items: HeldItem[] = [];
    for (let cursor: string | null = ''; cursor !== null; ) {
      const { body, text } = await operator()(
        'GET',
        `${connection}/plan?to=on&limit=7${cursor && `&cursor=${cursor}`}`,
      );
      assert.ok(Array.isArray(body.items), text);
      items.push(...(body.items as HeldItem[]));
      cursor = body.nextCursor as string | null;
      if (cursor === null) return { items, version: body.version as string };
    }
    throw new Error('a plan without an end');
  };

  test('a person who is deleted while it is paused is gone for the provider, and here until it goes on', async () => {
    const ada = await createUser(here.acme, 'ada');
    const key = await createApiKey(
      app(),
      here.acme,
      { name: 'of Ada', scopes: ['me:read', 'members:read'], memberId: ada },
      at(),
    );
    const asAda = apiClient(here.rollcall.url, key.key);
    await turn('paused');
    assert.equal((await here.acme.scim('DELETE', `/Users/${ada}`)).status, 204);
    assert.equal((await here.acme.scim('GET', `/Users/${ada}`)).status, 404);
    const shown = (await operator()('GET', `/organizations/acme/members/${ada}`)).body;
    assert.deepEqual(
      [shown.status, shown.isAskedFor, (shown.held as { why: string }).why],
      ['active', false, 'paused'],
    );
    assert.equal((await asAda('GET', '/organizations/acme/members')).status, 200, 'what lets the person in stays');
    const again = await here.acme.scim('POST', '/Users', user('ada'));
    assert.equal(again.status, 201, 'the userName may be used again');

    assert.equal((await turn('on')).status, 200);
    assert.equal((await memberRow(here.rollcall, here.acme, ada)).status, 'removed');
    assert.equal((await memberRow(here.rollcall, here.acme, again.body.id as string)).status, 'active');
    assert.equal((await asAda('GET', '/organizations/acme/members')).status, 401);
  });

  test('what a team gives to a suspended person ends with the membership, also when that is held', async () => {
    const [ada, ben] = [await createUser(here.acme, 'ada-of-team'), await createUser(here.acme, 'ben-of-team')];
    const team = await createGroup(here.acme, 'Giving', [ada, ben]);
    await mapTeam(app(), here.acme, team, { role: 'admin' }, at());
    for (const id of [ada, ben]) {
      await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    }
    const roleOf = async (id: string) =>
      (await owner().query('select role from members where org_id = $1 and id = $2', [here.acme.id, id])).rows[0]?.role;
    const move = async (op: 'add' | 'remove', id: string) =>
      await here.acme.scim('PATCH', `/Groups/${team}`, patch({ op, path: 'members', value: [{ value: id }] }));
    assert.equal(await roleOf(ada), 'member', 'an admin, as far as the token may give that');
    await turn('paused');
    await move('remove', ada);
    await move('remove', ben);
    await move('add', ben);
    assert.deepEqual([await roleOf(ada), await roleOf(ben)], ['member', 'member']);
    const { items } = await planned();
    assert.deepEqual(
      items.map(({ kind, id, to }) => [kind, id, to]),
      [['member.role', ada, 'viewer']],
    );
    await turn('on');
    assert.deepEqual([await roleOf(ada), await roleOf(ben)], ['viewer', 'member']);
    const { drift } = await reconcile(app(), here.acme, false, at());
    assert.deepEqual(drift, {});
  });

  test('a group that is deleted while provisioning is paused ends when it goes on', async () => {
    const ben = await createUser(here.acme, 'ben');
    const team = await createGroup(here.acme, 'Operations', [ben]);
    await turn('paused');
    assert.equal((await here.acme.scim('DELETE', `/Groups/${team}`)).status, 204);
    assert.equal((await here.acme.scim('GET', `/Groups/${team}`)).status, 404);
    assert.deepEqual((await here.acme.scim('GET', `/Users/${ben}`)).body.groups, []);
    const shown = (await operator()('GET', `/organizations/acme/teams/${team}`)).body;
    assert.deepEqual([shown.isHere, shown.isAskedFor, shown.inForce], [true, false, 1]);
    const { items } = await planned();
    assert.deepEqual(
      items.map(({ kind, name, to, because }) => [kind, name, to, because]),
      [
        ['team.removed', 'Operations', null, 'the provider deleted the group'],
        ['membership', 'ben@acme.example', 'out', 'the provider deleted the group'],
      ],
    );
    const before = await lastEvent(here.rollcall, here.acme);
    await turn('on');
    assert.equal((await operator()('GET', `/organizations/acme/teams/${team}`)).status, 404);
    const left = (await eventsAfter(here.rollcall, here.acme, before)).flatMap((event) =>
      event.kind === 'team.members_changed' ? event.data.removed : [],
    );
    assert.deepEqual(left, [ben], 'the feed says who left with the team');
  });

  test('whom an admin suspends while their deletion is held is out at once, everywhere', async () => {
    const cleo = await createUser(here.acme, 'cleo');
    const team = await createGroup(here.acme, 'Security', [cleo]);
    await turn('paused');
    await here.acme.scim('DELETE', `/Users/${cleo}`);
    await operator()('PUT', '/organizations/acme/policy', {
      preset: 'rollcall',
      settings: {
        editMembersByHand: 'allowed',
        licenseSource: 'by-rules',
        defaultLicense: 'developer',
        withoutSeat: 'wait',
      },
    });
    assert.equal(await suspendMember(app(), here.acme, cleo, at()), true);
    const { rows } = await owner().query('select in_force from team_members where org_id = $1 and team_id = $2', [
      here.acme.id,
      team,
    ]);
    assert.deepEqual(rows, [{ in_force: false }]);
  });

  test('the plan of turning on is what then happens, item by item', async () => {
    const [dan, eve, fay] = [
      await createUser(here.acme, 'dan'),
      await createUser(here.acme, 'eve'),
      await createUser(here.acme, 'fay'),
    ];
    const [one, two] = [await createGroup(here.acme, 'One', [dan, eve]), await createGroup(here.acme, 'Two', [fay])];
    await mapTeam(app(), here.acme, two, { role: 'member', license: 'read_only' }, at());
    await turn('off');
    await turn('observing');
    const before = await sidesInForce(here.acme);
    await here.acme.scim('PATCH', `/Users/${dan}`, patch({ op: 'replace', value: { active: false } }));
    await here.acme.scim('PUT', `/Users/${eve}`, user('eve', { displayName: 'Eve Other' }));
    await here.acme.scim('DELETE', `/Users/${fay}`);
    const gil = await createUser(here.acme, 'gil');
    const hal = await createUser(here.acme, 'hal', { active: false });
    await here.acme.scim('PATCH', `/Groups/${one}`, patch({ op: 'replace', value: { displayName: 'Uno' } }));
    await here.acme.scim(
      'PATCH',
      `/Groups/${one}`,
      patch({ op: 'replace', path: 'members', value: [{ value: gil }, { value: hal }] }),
    );
    await here.acme.scim('PATCH', `/Groups/${two}`, patch({ op: 'add', path: 'members', value: [{ value: eve }] }));
    const three = await createGroup(here.acme, 'Three', [gil, dan]);
    assert.deepEqual(await sidesInForce(here.acme), before);

    const { items: planItems, version } = await planned();
    const [items, rights] = [false, true].map((isOfRights) =>
      planItems.filter(({ kind }) => (kind === 'member.rights_narrowed') === isOfRights),
    ) as [typeof planItems, typeof planItems];
    const narrower = rights.map(({ name, from, to }) => [name, from, to]);
    assert.deepEqual(narrower, [['eve@acme.example', 'what their roles allow', 'only read']]);
    assert.equal((await turn('on', { 'if-match': `"${version}"` })).status, 200);
    const after = await sidesInForce(here.acme);
    const happened = [...new Set([...before.keys(), ...after.keys()])]
      .map((what) => [what, before.get(what) ?? absent(what), after.get(what) ?? absent(what)] as const)
      .filter(([, from, to]) => from !== to);
    const shown = items.map(
      ({ kind, id, team, from, to }) => [`${kind} ${id}${team === undefined ? '' : ` ${team.id}`}`, from, to] as const,
    );
    const sorted = (list: readonly (readonly [string, string | null, string | null])[]) =>
      list.map((each) => JSON.stringify(each)).toSorted();
    assert.deepEqual(sorted(shown), sorted(happened));
    assert.ok(items.length > 12, String(items.length));
    assert.ok(items.every(({ reason }) => reason.request !== undefined && reason.token === here.acme.tokenId));
    assert.equal(after.get(`team.name ${three}`), 'Three');
    assert.deepEqual((await planned()).items, [], 'a plan that was applied plans to nothing');
  });

  test('a switch that names a plan which is no longer the one is refused, and changes nothing', async () => {
    const ida = await createUser(here.acme, 'ida');
    await turn('paused');
    await here.acme.scim('PATCH', `/Users/${ida}`, patch({ op: 'replace', value: { active: false } }));
    const { version } = await planned();
    await createToken(app(), here.acme, { name: 'another' }, at());
    await here.acme.scim('PATCH', `/Users/${ida}`, patch({ op: 'replace', value: { displayName: 'Ida Other' } }));
    const refused = await turn('on', { 'if-match': `"${version}"` });
    assert.deepEqual([refused.status, refused.body.code], [412, 'precondition_failed']);
    assert.equal((await memberRow(here.rollcall, here.acme, ida)).status, 'active');
    const next = await planned();
    await createToken(app(), here.acme, { name: 'a third' }, at());
    assert.equal((await turn('on', { 'if-match': `"${next.version}"` })).status, 200, 'a token is none of the plan');
    assert.equal((await memberRow(here.rollcall, here.acme, ida)).status, 'suspended');
  });

  test('a request that another process takes right after a pause does not slip through', async () => {
    await using node = await here.rollcall.startNode();
    const there = scimClient(`${node.url}/scim/v2/acme`, here.acme.token);
    const jan = await createUser(here.acme, 'jan');
    for (let round = 0; round < 20; round++) {
      const active = round % 2 === 1;
      // The other process knows the token, and that the connection is on.
      assert.equal((await there('GET', `/Users/${jan}`)).status, 200);
      await turn('paused');
      const answer = await there('PATCH', `/Users/${jan}`, patch({ op: 'replace', value: { active } }));
      assert.equal(answer.status, 200, answer.text);
      assert.equal((await memberRow(here.rollcall, here.acme, jan)).status, active ? 'suspended' : 'active');
      await turn('on');
      assert.equal((await memberRow(here.rollcall, here.acme, jan)).status, active ? 'active' : 'suspended');
      const direct = await there('PATCH', `/Users/${jan}`, patch({ op: 'replace', value: { title: `${round}` } }));
      assert.equal(direct.status, 200);
    }
  });

  test('what stops in the middle goes on, and a request that comes meanwhile is neither lost nor undone', async () => {
    const ids = await Promise.all(Array.from({ length: 30 }, (_, each) => createUser(here.acme, `k${each}`)));
    await turn('paused');
    for (const id of ids)
      await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    // As a process that ends between the switch and the first piece.
    const { batch } = (
      await owner().query(`select id as batch from held_batches where org_id = $1 and state = 'open'`, [here.acme.id])
    ).rows[0];
    await owner().query(`update held_batches set state = 'settling', ended_by = '{"type":"operator"}' where id = $1`, [
      batch,
    ]);
    await owner().query(`update connections set state = 'on' where org_id = $1`, [here.acme.id]);
    await owner().query(
      'update event_counters set governed_version = governed_version + 1, governed_seen = governed_seen + 1 where org_id = $1',
      [here.acme.id],
    );
    const [back] = ids as [string];
    const answer = await here.acme.scim('PATCH', `/Users/${back}`, patch({ op: 'replace', value: { active: true } }));
    assert.equal(answer.status, 200);
    assert.equal((await heldIn(owner(), here.acme)).members, 29);
    assert.deepEqual(await settleBatch(app(), here.acme, batch, at, performance.now()), {
      isDone: false,
      refused: [],
    });
    await settleEverywhere(here.rollcall.db, new Date(), { log: assert.fail });
    const { rows } = await owner().query(
      `select status, count(*)::int from members where org_id = $1 and id = any ($2) group by 1 order by 1`,
      [here.acme.id, ids],
    );
    assert.deepEqual(rows, [
      { status: 'active', count: 1 },
      { status: 'suspended', count: 29 },
    ]);
  });

  test('the last one who administers stays held until there is another one', async () => {
    const [leo, mia] = [await createUser(here.acme, 'leo'), await createUser(here.acme, 'mia')];
    await giveRole(app(), here.acme, leo, 'owner', at());
    await turn('paused');
    await here.acme.scim('DELETE', `/Users/${leo}`);
    await here.acme.scim('PATCH', `/Users/${mia}`, patch({ op: 'replace', value: { displayName: 'Mia Other' } }));
    const { body } = await turn('on');
    assert.deepEqual(body.settling, { isDone: true, refused: [leo] });
    assert.equal((await memberRow(here.rollcall, here.acme, mia)).in_force_name, 'Mia Other');
    assert.equal((await memberRow(here.rollcall, here.acme, leo)).status, 'active');
    const { items } = (await operator()('GET', '/organizations/acme/held')).body as {
      items: { id: string; state: string }[];
    };
    const [batch] = items;
    assert.equal(batch?.state, 'open');
    await giveRole(app(), here.acme, mia, 'owner', at());
    const released = await operator()('POST', `/organizations/acme/held/${batch?.id}/release`);
    assert.equal(released.status, 200, released.text);
    assert.equal((await memberRow(here.rollcall, here.acme, leo)).status, 'removed');
  });

  test('what is held and discarded while it is off stays a difference, until the provider asks about it again', async () => {
    const [nia, oto, pia] = [
      await createUser(here.acme, 'nia'),
      await createUser(here.acme, 'oto'),
      await createUser(here.acme, 'pia'),
    ];
    const team = await createGroup(here.acme, 'Discarded');
    const joins = patch({ op: 'add', path: 'members', value: [{ value: pia }] });
    await turn('paused');
    for (let time = 0; time < 2; time++) await here.acme.scim('PATCH', `/Groups/${team}`, joins);
    for (const id of [nia, oto]) {
      await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    }
    const { items } = (await operator()('GET', '/organizations/acme/held')).body as { items: { id: string }[] };
    const discard = async () => await operator()('POST', `/organizations/acme/held/${items[0]?.id}/discard`);
    assert.equal((await discard()).status, 409, 'what a paused connection holds is still to come');
    await turn('off');
    assert.equal((await discard()).body.state, 'discarded');
    assert.equal((await discard()).status, 409);
    assert.deepEqual((await turn('on')).body.settling, null);
    const shown = (await operator()('GET', `/organizations/acme/members/${nia}`)).body;
    assert.deepEqual(
      [shown.status, shown.askedActive, (shown.held as { why: string }).why],
      ['active', false, 'discarded'],
    );
    await here.acme.scim('PATCH', `/Users/${nia}`, patch({ op: 'replace', value: { title: 'Engineer' } }));
    assert.equal((await memberRow(here.rollcall, here.acme, nia)).status, 'suspended');
    await here.acme.scim('PATCH', `/Users/${oto}`, patch({ op: 'replace', value: { active: true } }));
    assert.equal((await memberRow(here.rollcall, here.acme, oto)).status, 'active');
    const isIn = async () =>
      (await owner().query('select in_force from team_members where team_id = $1', [team])).rows.map(
        ({ in_force }) => in_force,
      );
    assert.deepEqual(await isIn(), [false]);
    await here.acme.scim('PATCH', `/Groups/${team}`, joins);
    assert.deepEqual(await isIn(), [true]);
  });

  test('an organization whose plan has no provisioning cannot turn it on (D2, B1, P14)', async () => {
    await createOrganization(app(), { slug: 'small', name: 'Small', plan: 'free', settings: {} }, at());
    const path = '/organizations/small/connection';
    assert.equal((await operator()('GET', path)).body.state, 'off');
    for (const state of ['on', 'observing', 'paused']) {
      const refused = await operator()('PATCH', path, { state });
      assert.deepEqual([refused.status, refused.body.code], [409, 'conflict']);
    }
    await operator()('PATCH', '/organizations/small', { plan: 'pro' });
    assert.equal((await operator()('PATCH', path, { state: 'observing' })).status, 200);
    await switchConnection(
      app(),
      { id: (await operator()('GET', '/organizations/small')).body.id as string },
      'off',
      at(),
    );
  });

  /** What a fact is that is not there: nobody is in a team, and everybody begins with the default role. */
  const absent = (what: string) =>
    what.startsWith('membership') ? 'out' : what.startsWith('member.role') ? 'viewer' : null;

  /** What is in force, each fact by its name, as a plan writes it. */
  async function sidesInForce(org: TestOrganization): Promise<Map<string, string>> {
    const { rows } = await owner().query<{ what: string; is: string }>(
      `select 'member.status ' || id as what, status as is from members where org_id = $1 and status <> 'held'
        and (status <> 'removed' or updated_at > now() - interval '1 hour')
        union all select 'member.profile ' || id, in_force_name || coalesce(' <' || in_force_email || '>', '') from members
          where org_id = $1 and status <> 'held'
        union all select 'member.role ' || id, role from members where org_id = $1 and status <> 'held'
        union all select 'member.license ' || id, coalesce(license, 'waits for ' || waits_for) from members
          where org_id = $1 and status <> 'held' and (license is not null or waits_for is not null)
        union all select 'team.name ' || id, in_force_name from teams where org_id = $1 and in_force_name is not null
        union all select 'membership ' || tm.member_id || ' ' || tm.team_id, case when tm.in_force then 'in' else 'waits' end
          from team_members tm where tm.org_id = $1 and (tm.in_force or tm.held_by is null)`,
      [org.id],
    );
    return new Map(rows.map(({ what, is }) => [what, is]));
  }
});
