import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { licenseAttribute } from '../../src/organization/licenses.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { discardBatch, releaseBatch } from '../../src/provisioning/release-batch.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { listBatches } from '../../src/store/held-rows.ts';
import { assertFeedTellsState, assertInForceFollows } from '../feed-replay.ts';
import { heldIn } from '../holding.ts';
import { eventsAfter, patch, user } from '../http/beside-globex.ts';
import { bulk, creation, outcomesOf } from '../http/bulk-message.ts';
import { apiClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';

const off = patch({ op: 'replace', value: { active: false } });
const at = () => ({ now: new Date() });

/** A server on which no rate limit is in the way of many requests at once. */
const unlimited = {
  env: { ROLLCALL_TOKEN_REQUESTS_PER_SECOND: '0', ROLLCALL_ORGANIZATION_REQUESTS_PER_SECOND: '0' },
};

/** Makes people by bulks. Returns their ids. */
async function makePeople({ scim }: TestOrganization, count: number): Promise<string[]> {
  const ids: string[] = [];
  for (let from = 0; from < count; from += 1_000) {
    const names = Array.from({ length: Math.min(1_000, count - from) }, (_, index) => `p${from + index}`);
    const made = outcomesOf(await scim('POST', '/Bulk', bulk(names.map((name) => creation(name)))));
    ids.push(...made.map(({ location = '' }) => location.slice(location.lastIndexOf('/') + 1)));
  }
  return ids;
}

async function statuses({ db }: TestRollcall, org: { id: string }): Promise<Record<string, number>> {
  const { rows } = await db.owner.query<{ status: string; count: number }>(
    'select status, count(*)::int from members where org_id = $1 group by status order by status',
    [org.id],
  );
  return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
}

const inTeam = async ({ db }: TestRollcall, org: { id: string }): Promise<number> =>
  (await db.owner.query('select count(*)::int from team_members where org_id = $1 and in_force', [org.id])).rows[0]
    .count;

const openBatch = async ({ db }: TestRollcall, org: { id: string }) => {
  const [batch] = (await listBatches(db.app, org, { limit: 10 })).filter(({ state }) => state === 'open');
  return batch;
};

const alerts = async ({ db }: TestRollcall, org: { id: string }): Promise<string[]> =>
  (
    await db.owner.query<{ says: string }>(`select says from admin_alerts where org_id = $1 and kind = 'brake'`, [
      org.id,
    ])
  ).rows.map(({ says }) => says);

describe('300 of 1,000 people are deactivated, one by one, as Okta does', () => {
  for (const end of ['release', 'discard'] as const) {
    test(`beyond the tenth they are held as one batch, admins are alarmed, and nothing else waits; then ${end}`, async () => {
      await using rollcall = await startRollcall(unlimited);
      const [acme, globex] = [await rollcall.organization(), await rollcall.organization({ slug: 'globex' })];
      const { app, owner } = rollcall.db;
      const ids = await makePeople(acme, 1_000);
      await makePeople(globex, 15);
      const group = await acme.scim('POST', '/Groups', {
        displayName: 'Everybody',
        members: ids.slice(0, 300).map((value) => ({ value })),
      });
      await using other = await rollcall.startNode();
      const scimOf = (url: string) => `${url}/scim/v2/${acme.slug}`;
      const headers = { authorization: `Bearer ${acme.token}`, 'content-type': 'application/scim+json' };
      const going = [...ids.slice(0, 300).entries()];
      // Ten at a time, over two processes.
      await Promise.all(
        Array.from({ length: 10 }, async () => {
          for (let next = going.shift(); next !== undefined; next = going.shift()) {
            const [index, id] = next;
            const url = scimOf(index % 2 === 0 ? rollcall.url : other.url);
            const answer = await fetch(`${url}/Users/${id}`, { method: 'PATCH', headers, body: JSON.stringify(off) });
            assert.ok(answer.status < 300, `${answer.status}`);
            if (answer.status === 200) assert.equal(((await answer.json()) as { active: boolean }).active, false);
          }
        }),
      );
      assert.deepEqual(await statuses(rollcall, acme), { active: 900, suspended: 100 });
      const batch = await openBatch(rollcall, acme);
      assert.ok(batch !== undefined);
      assert.deepEqual([batch.cause, batch.kinds, batch.members], ['brake', ['deactivations'], 200]);
      const said = await alerts(rollcall, acme);
      assert.equal(said.length, 1);
      assert.match(said[0] ?? '', /deleted: 100 until now.*rollcall held release/);
      const events = await eventsAfter(rollcall, acme, 1_000);
      const opened = events.flatMap((event) => (event.kind === 'hold.opened' ? [event.data] : []));
      assert.deepEqual(opened, [{ hold: batch.id, kinds: ['deactivations'], passed: { deactivations: 100 } }]);
      assert.deepEqual(await alerts(rollcall, globex), []);

      // Everything else goes on: somebody comes, somebody is renamed, joins a team, and one of the held comes back.
      const made = await acme.scim('POST', '/Users', user('new'));
      await acme.scim('PATCH', `/Users/${ids[900]}`, patch({ op: 'replace', value: { displayName: 'Renamed' } }));
      await acme.scim(
        'PATCH',
        `/Groups/${group.body.id}`,
        patch({ op: 'add', path: 'members', value: [{ value: made.body.id }] }),
      );
      const held = await owner.query<{ id: string }>(
        'select id from members where org_id = $1 and held_by is not null limit 1',
        [acme.id],
      );
      const back = held.rows[0]?.id;
      await acme.scim('PATCH', `/Users/${back}`, patch({ op: 'replace', value: { active: true } }));
      assert.deepEqual(await statuses(rollcall, acme), { active: 901, suspended: 100 });
      const { rows } = await owner.query(
        'select in_force_name as name, held_by from members where org_id = $1 and id = any ($2) order by 1',
        [acme.id, [ids[900], back]],
      );
      assert.deepEqual(
        rows.map(({ held_by }) => held_by),
        [null, null],
      );
      assert.ok(rows.some(({ name }) => name === 'Renamed'));
      assert.equal((await globex.scim('GET', '/Users?count=1')).body.totalResults, 15);

      if (end === 'release') {
        const settled = await releaseBatch(app, acme, batch.id, at());
        assert.deepEqual(settled, { isDone: true, refused: [] });
        assert.deepEqual(await statuses(rollcall, acme), { active: 702, suspended: 299 });
        await assertInForceFollows(owner, acme);
        await assertFeedTellsState(app, owner, acme);
      } else {
        await discardBatch(app, acme, batch.id, at());
        assert.deepEqual(await statuses(rollcall, acme), { active: 901, suspended: 100 });
        const api = apiClient(rollcall.url, rollcall.operatorKey);
        const one = await owner.query<{ id: string }>(
          'select id from members where org_id = $1 and held_by is not null limit 1',
          [acme.id],
        );
        const { body } = await api('GET', `/organizations/${acme.slug}/members/${one.rows[0]?.id}`);
        assert.deepEqual([body.status, (body.held as { why: string }).why], ['active', 'discarded']);
      }
      assert.equal(await openBatch(rollcall, acme), undefined);
      assert.deepEqual(await alerts(rollcall, globex), []);
    });
  }
});

describe('PUT of an empty member list on a team of 2,000', () => {
  for (const end of ['release', 'discard'] as const) {
    test(`everybody stays in the team, held as one batch; then ${end}`, async () => {
      await using rollcall = await startRollcall(unlimited);
      const [acme, globex] = [await rollcall.organization(), await rollcall.organization({ slug: 'globex' })];
      const { app, owner } = rollcall.db;
      const ids = await makePeople(acme, 2_010);
      await makePeople(globex, 1);
      const members = ids.slice(0, 2_000).map((value) => ({ value }));
      const { body: team } = await acme.scim('POST', '/Groups', { displayName: 'Everybody', members });
      const emptied = await acme.scim('PUT', `/Groups/${team.id}`, { displayName: 'Everybody', members: [] });
      assert.deepEqual([emptied.status, emptied.body.members ?? []], [200, []]);
      assert.equal(await inTeam(rollcall, acme), 2_000);
      const batch = await openBatch(rollcall, acme);
      assert.deepEqual(
        [batch?.cause, batch?.kinds, batch?.memberships, (await alerts(rollcall, acme)).length],
        ['brake', ['emptiedTeams'], 2_000, 1],
      );
      // Who joins does so at once, and a name is in force at once.
      const joined = { displayName: 'Somebody', members: ids.slice(2_000).map((value) => ({ value })) };
      assert.equal((await acme.scim('PUT', `/Groups/${team.id}`, joined)).status, 200);
      assert.equal(await inTeam(rollcall, acme), 2_010);
      const { rows } = await owner.query('select in_force_name from teams where org_id = $1', [acme.id]);
      assert.deepEqual(rows, [{ in_force_name: 'Somebody' }]);
      assert.equal((await alerts(rollcall, acme)).length, 1);
      if (end === 'release') {
        assert.deepEqual(await releaseBatch(app, acme, batch?.id ?? '', at()), { isDone: true, refused: [] });
        assert.equal(await inTeam(rollcall, acme), 10);
        assert.deepEqual(await heldIn(owner, acme), { members: 0, teams: 0, memberships: 0, batches: 0 });
        await assertInForceFollows(owner, acme);
        await assertFeedTellsState(app, owner, acme);
      } else {
        await discardBatch(app, acme, batch?.id ?? '', at());
        assert.equal(await inTeam(rollcall, acme), 2_010);
        // The provider names them again, and they are simply asked for.
        assert.equal((await acme.scim('PUT', `/Groups/${team.id}`, { displayName: 'Everybody', members })).status, 200);
        assert.equal((await heldIn(owner, acme)).memberships, 0);
        assert.equal(await inTeam(rollcall, acme), 2_000);
      }
      assert.equal((await globex.scim('GET', '/Users')).body.totalResults, 1);
    });
  }
});

describe('the brake', () => {
  let rollcall: TestRollcall;
  before(async () => {
    rollcall = await startRollcall(unlimited);
  });
  after(async () => await rollcall[Symbol.asyncDispose]());
  const organization = async (settings: Record<string, string> = {}) => await rollcall.organization({ settings });
  const deactivate = async ({ scim }: TestOrganization, ids: readonly string[]) => {
    for (const id of ids) assert.ok((await scim('PATCH', `/Users/${id}`, off)).status < 300);
  };

  test('lets a small organization lose a few, and holds by DELETE and PUT as by PATCH', async () => {
    const acme = await organization({ deletion: 'remove-after-grace' });
    const ids = await makePeople(acme, 20);
    await deactivate(acme, ids.slice(0, 10));
    assert.equal(await openBatch(rollcall, acme), undefined);
    assert.equal((await acme.scim('DELETE', `/Users/${ids[10]}`)).status, 204);
    assert.equal((await acme.scim('GET', `/Users/${ids[10]}`)).status, 404);
    assert.equal((await acme.scim('PUT', `/Users/${ids[11]}`, user('p11', { active: false }))).body.active, false);
    assert.deepEqual(await statuses(rollcall, acme), { active: 10, suspended: 10 });
    const batch = await openBatch(rollcall, acme);
    assert.equal(batch?.members, 2);
    await releaseBatch(rollcall.db.app, acme, batch?.id ?? '', at());
    assert.deepEqual(await statuses(rollcall, acme), { active: 8, removed: 1, suspended: 11 });
    // Whoever releases has looked, so counting begins anew.
    await deactivate(acme, ids.slice(12, 18));
    assert.equal(await openBatch(rollcall, acme), undefined);
  });

  test('counts who leaves a local team that a pushed group takes over, and holds those of one that it empties', async () => {
    const acme = await organization({ groupNameClash: 'link', brakeEmptiedTeams: 'strict' });
    const globex = await organization({ groupNameClash: 'link' });
    const { app, owner } = rollcall.db;
    const [ids] = [await makePeople(acme, 80), await makePeople(globex, 1)];
    const api = apiClient(rollcall.url, rollcall.operatorKey);
    const local = async (name: string, people: readonly string[]) => {
      const { body } = await api('POST', `/organizations/${acme.slug}/teams`, { name });
      for (const id of people) await api('PUT', `/organizations/${acme.slug}/teams/${body.id}/members/${id}`);
      return body.id as string;
    };
    const push = async (displayName: string, people: readonly string[]) =>
      await acme.scim('POST', '/Groups', { displayName, members: people.map((value) => ({ value })) });
    const inForce = async (team: string) =>
      (
        await owner.query(
          'select member_id from team_members where org_id = $1 and team_id = $2 and in_force order by 1',
          [acme.id, team],
        )
      ).rows.map(({ member_id }) => member_id);

    // Fifteen pass, and are counted.
    const first = await local('First', ids.slice(0, 15));
    assert.equal((await push('First', ids.slice(70))).status, 201);
    assert.deepEqual(await inForce(first), ids.slice(70));
    const { rows } = await owner.query('select brake_now from event_counters where org_id = $1', [acme.id]);
    assert.deepEqual(rows[0].brake_now, [0, 0, 15, 0, 0]);
    assert.equal(await openBatch(rollcall, acme), undefined);

    // With six more it is too much: they stay, and who joins does so at once.
    const second = await local('Second', ids.slice(20, 26));
    const pushed = await push('Second', ids.slice(78));
    assert.deepEqual([pushed.status, pushed.body.id, (pushed.body.members as unknown[]).length], [201, second, 2]);
    assert.deepEqual(await inForce(second), [...ids.slice(20, 26), ...ids.slice(78)]);
    assert.equal((await api('GET', `/organizations/${acme.slug}/teams/${second}`)).body.origin, 'linked');
    const batch = await openBatch(rollcall, acme);
    assert.deepEqual([batch?.cause, batch?.kinds, batch?.memberships], ['brake', ['emptiedTeams'], 6]);
    assert.equal((await alerts(rollcall, acme)).length, 1);
    const doctor = await api('GET', `/organizations/${acme.slug}/connection/findings`);
    const findings = (doctor.body.findings as { id: string; fix: string }[]).filter(({ id }) => id === 'held-by-brake');
    assert.deepEqual([findings.length, findings[0]?.fix.includes(batch?.id ?? '')], [1, true]);

    await releaseBatch(app, acme, batch?.id ?? '', at());
    assert.deepEqual(await inForce(second), ids.slice(78));
    await assertInForceFollows(owner, acme);
    await assertFeedTellsState(app, owner, acme);
    const after = await api('GET', `/organizations/${acme.slug}/connection/findings`);
    assert.ok(!after.text.includes('held-by-brake'));

    // One that empties a team of more than twenty is held whatever was before.
    const third = await local('Third', ids.slice(30, 55));
    await push('Third', []);
    assert.equal((await inForce(third)).length, 25);
    assert.equal((await openBatch(rollcall, acme))?.memberships, 25);
    await discardBatch(app, acme, (await openBatch(rollcall, acme))?.id ?? '', at());
    assert.equal((await inForce(third)).length, 25);
    assert.equal((await globex.scim('GET', '/Users')).body.totalResults, 1);
  });

  test('counts in a window: what was longer ago counts no more', async () => {
    const acme = await organization({ brakeWindow: 'quarter' });
    const ids = await makePeople(acme, 30);
    await deactivate(acme, ids.slice(0, 10));
    await rollcall.db.owner.query(
      `update event_counters set brake_since = brake_since - interval '31 minutes' where org_id = $1`,
      [acme.id],
    );
    await deactivate(acme, ids.slice(10, 20));
    assert.equal(await openBatch(rollcall, acme), undefined);
    await deactivate(acme, ids.slice(20, 21));
    assert.equal((await openBatch(rollcall, acme))?.members, 1);
    const opened = (await eventsAfter(rollcall, acme, 0)).findLast((event) => event.kind === 'hold.opened');
    assert.deepEqual(opened?.kind === 'hold.opened' && opened.data.passed, { deactivations: 10 });
  });

  test('holds deleted teams, and the loss of those who administer, each by its own setting', async () => {
    const acme = await organization({ brakeDeactivations: 'off' });
    const { app } = rollcall.db;
    const ids = await makePeople(acme, 30);
    const teams: string[] = [];
    for (let number = 0; number < 5; number++) {
      const { body } = await acme.scim('POST', '/Groups', { displayName: `Team ${number}` });
      teams.push(body.id ?? '');
    }
    for (const id of teams) assert.equal((await acme.scim('DELETE', `/Groups/${id}`)).status, 204);
    const batch = await openBatch(rollcall, acme);
    assert.deepEqual([batch?.kinds, batch?.teams], [['teamRemovals'], 2]);
    assert.equal((await acme.scim('GET', `/Groups/${teams[4]}`)).status, 404);
    await deactivate(acme, ids.slice(0, 20));
    assert.deepEqual(await statuses(rollcall, acme), { active: 10, suspended: 20 });

    for (const id of ids.slice(20, 24)) await giveRole(app, acme, id, 'admin', at());
    await deactivate(acme, ids.slice(20, 22));
    const both = await openBatch(rollcall, acme);
    assert.deepEqual([both?.id, both?.kinds, both?.members], [batch?.id, ['teamRemovals', 'lostAdmins'], 1]);
    await releaseBatch(app, acme, batch?.id ?? '', at());
    assert.deepEqual(await statuses(rollcall, acme), { active: 8, suspended: 22 });
    assert.equal(
      (await rollcall.db.owner.query('select from teams where org_id = $1 and in_force_name is not null', [acme.id]))
        .rowCount,
      0,
    );
  });

  test('counts the people of a deleted team as taken out of it', async () => {
    const [acme, globex] = [await organization(), await organization()];
    const { app, owner } = rollcall.db;
    const everybody = (await makePeople(acme, 60)).map((value) => ({ value }));
    await makePeople(globex, 1);
    const teams: string[] = [];
    for (const [displayName, members] of [
      ['Few', everybody.slice(0, 20)],
      ['One', everybody.slice(20, 21)],
      ['All', everybody],
    ] as const) {
      teams.push((await acme.scim('POST', '/Groups', { displayName, members })).body.id ?? '');
    }
    const names = async () =>
      (
        await owner.query(
          'select in_force_name from teams where org_id = $1 and in_force_name is not null order by 1',
          [acme.id],
        )
      ).rows.map(({ in_force_name }) => in_force_name);
    assert.equal((await acme.scim('DELETE', `/Groups/${teams[0]}`)).status, 204);
    const { rows } = await owner.query('select brake_now from event_counters where org_id = $1', [acme.id]);
    assert.deepEqual(rows[0].brake_now, [0, 1, 20, 0, 0]);
    assert.equal(await openBatch(rollcall, acme), undefined, 'twenty people pass');
    for (const id of teams.slice(1)) assert.equal((await acme.scim('DELETE', `/Groups/${id}`)).status, 204);
    const batch = await openBatch(rollcall, acme);
    assert.deepEqual([batch?.kinds, batch?.teams], [['emptiedTeams'], 2]);
    assert.deepEqual(await names(), ['All', 'One']);
    assert.equal(await inTeam(rollcall, acme), 61);
    await releaseBatch(app, acme, batch?.id ?? '', at());
    assert.deepEqual([await names(), await inTeam(rollcall, acme)], [[], 0]);
    await assertInForceFollows(owner, acme);
    await assertFeedTellsState(app, owner, acme);

    const free = await organization({ brakeEmptiedTeams: 'off' });
    const members = (await makePeople(free, 30)).map((value) => ({ value }));
    const { body } = await free.scim('POST', '/Groups', { displayName: 'All', members });
    assert.equal((await free.scim('DELETE', `/Groups/${body.id}`)).status, 204);
    assert.deepEqual([await openBatch(rollcall, free), await inTeam(rollcall, free)], [undefined, 0]);
    assert.equal((await globex.scim('GET', '/Users')).body.totalResults, 1);
  });

  test('counts who gets a lesser license by leaving a team', async () => {
    const acme = await organization({ licenseSource: 'by-team', brakeEmptiedTeams: 'off', brakeDowngrades: 'strict' });
    const { app } = rollcall.db;
    const ids = await makePeople(acme, 30);
    const teamOf = async (displayName: string, license: string) => {
      const { body } = await acme.scim('POST', '/Groups', { displayName });
      await mapTeam(app, acme, body.id ?? '', { license }, at());
      return body.id ?? '';
    };
    const [reading, developing] = [await teamOf('Reading', 'read_only'), await teamOf('Developing', 'developer')];
    const move = async (team: string, op: 'add' | 'remove', some: readonly string[]) => {
      const value = some.map((each) => ({ value: each }));
      const { status, text } = await acme.scim('PATCH', `/Groups/${team}`, patch({ op, path: 'members', value }));
      assert.ok(status < 300, text);
    };
    await move(reading, 'add', ids);
    for (const some of [ids.slice(0, 15), ids.slice(15)]) await move(developing, 'add', some);
    await move(developing, 'remove', ids.slice(0, 10));
    assert.equal(await openBatch(rollcall, acme), undefined, 'ten pass');
    await move(developing, 'remove', ids.slice(10, 12));
    const batch = await openBatch(rollcall, acme);
    assert.deepEqual([batch?.kinds, batch?.memberships], [['downgrades'], 2]);
    const licenses = async () =>
      (
        await rollcall.db.owner.query(
          'select license, count(*)::int from members where org_id = $1 group by 1 order by 1',
          [acme.id],
        )
      ).rows;
    assert.deepEqual(await licenses(), [
      { license: 'developer', count: 20 },
      { license: 'read_only', count: 10 },
    ]);
    await releaseBatch(app, acme, batch?.id ?? '', at());
    assert.deepEqual(await licenses(), [
      { license: 'developer', count: 18 },
      { license: 'read_only', count: 12 },
    ]);
  });

  test('counts a lesser license that the provider’s attribute names, and not a better one', async () => {
    const acme = await organization({ licenseSource: 'by-attribute', brakeDowngrades: 'strict' });
    const ids = await makePeople(acme, 15);
    const give = async (id: string, licenseType: string) => {
      const value = { [licenseAttribute.schema]: { [licenseAttribute.name]: licenseType } };
      const { status, text } = await acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value }));
      assert.ok(status < 300, text);
    };
    for (const license of ['read_only', 'developer']) for (const id of ids) await give(id, license);
    assert.equal(await openBatch(rollcall, acme), undefined, 'better licenses');
    for (const id of ids.slice(0, 12)) await give(id, 'read_only');
    const batch = await openBatch(rollcall, acme);
    assert.deepEqual([batch?.kinds, batch?.members], [['downgrades'], 2]);
  });

  test('stays beside a pause: what is asked meanwhile is held by the pause, and the batch stays an admin’s to let go', async () => {
    const acme = await organization();
    const { app } = rollcall.db;
    const ids = await makePeople(acme, 30);
    await deactivate(acme, ids.slice(0, 12));
    const batch = await openBatch(rollcall, acme);
    assert.equal(batch?.members, 2);
    await switchConnection(app, acme, 'paused', at());
    await deactivate(acme, ids.slice(12, 14));
    await assert.rejects(releaseBatch(app, acme, batch?.id ?? '', at()), /not on/);
    await switchConnection(app, acme, 'on', at());
    assert.deepEqual(await statuses(rollcall, acme), { active: 18, suspended: 12 });
    assert.equal((await openBatch(rollcall, acme))?.id, batch?.id);
    await releaseBatch(app, acme, batch?.id ?? '', at());
    assert.deepEqual(await statuses(rollcall, acme), { active: 16, suspended: 14 });
  });

  for (const [how, after] of [
    ['release', { active: 18, suspended: 14 }],
    ['discard', { active: 22, suspended: 10 }],
  ] as const) {
    test(`${how}s what the plan showed, and nothing else: a batch grows while somebody looks at it`, async () => {
      const [acme, other] = [await organization(), await organization()];
      const api = apiClient(rollcall.url, rollcall.operatorKey);
      const ids = await makePeople(acme, 32);
      await deactivate(acme, ids.slice(0, 14));
      const path = `/organizations/${acme.slug}/held/${(await openBatch(rollcall, acme))?.id}`;
      const end = (ifMatch: string) => api('POST', `${path}/${how}`, undefined, { 'if-match': ifMatch });
      const shown = await api('GET', `${path}/plan`);
      assert.deepEqual(shown.body.counts, { 'member.status': 4 });
      assert.equal(shown.headers.get('etag'), `"${shown.body.version}"`);
      const read = await api('GET', path);
      await deactivate(acme, ids.slice(14, 15));
      for (const stale of [`"${shown.body.version}"`, read.headers.get('etag') ?? '', '"garbage"']) {
        const refused = await end(stale);
        assert.deepEqual([refused.status, refused.body.code], [412, 'precondition_failed'], stale);
      }
      assert.deepEqual(await statuses(rollcall, acme), { active: 22, suspended: 10 });
      await acme.scim('PATCH', `/Users/${ids[14]}`, patch({ op: 'replace', value: { active: true } }));
      await acme.scim('PATCH', `/Users/${ids[20]}`, patch({ op: 'replace', value: { displayName: 'Renamed' } }));
      const elsewhere = `/organizations/${other.slug}/held/${path.slice(path.lastIndexOf('/') + 1)}/${how}`;
      assert.equal((await api('POST', elsewhere, undefined, { 'if-match': `"${shown.body.version}"` })).status, 404);
      // It is what was shown again, and what has happened beside it is none of the plan.
      const done = await end(`"${shown.body.version}"`);
      assert.equal(done.status, 200, done.text);
      assert.deepEqual(await statuses(rollcall, acme), after);
    });
  }

  test('of a preset of a product without a brake, and switched off, holds nothing', async () => {
    const acme = await organization({ preset: 'pulumi' });
    const ids = await makePeople(acme, 40);
    await deactivate(acme, ids);
    assert.deepEqual(await statuses(rollcall, acme), { suspended: 40 });
    assert.equal(await openBatch(rollcall, acme), undefined);
  });
});
