import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { setTimeout } from 'node:timers/promises';
import fc from 'fast-check';
import { readHistoryWithCauses } from '../../src/events/history.ts';
import { limits } from '../../src/limits.ts';
import { changePolicy, setAccessPolicy } from '../../src/provisioning/change-policy.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { disconnect } from '../../src/provisioning/disconnect.ts';
import { editMember, removeMember, suspendMember } from '../../src/provisioning/edit-member.ts';
import { addTeam, changePersonOfTeam, removeTeam, renameTeam } from '../../src/provisioning/edit-team.ts';
import { giveLicense, giveRole } from '../../src/provisioning/give-access.ts';
import { acceptInvitation, withdrawInvitation } from '../../src/provisioning/invitation.ts';
import { unlinkMember } from '../../src/provisioning/link-member.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { reconcile } from '../../src/provisioning/reconcile.ts';
import { restoreTeam } from '../../src/provisioning/restore-team.ts';
import { returnMember } from '../../src/provisioning/return-member.ts';
import { revokeToken } from '../../src/provisioning/revoke-token.ts';
import { setRoleCeiling } from '../../src/provisioning/set-role-ceiling.ts';
import { applyUndo, planUndo, type Undone } from '../../src/provisioning/undo.ts';
import { listMails } from '../../src/store/mails.ts';
import {
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  lastEvent,
  memberRow,
  membershipRows,
  patch,
  untilWaiting,
  user,
} from '../http/beside-globex.ts';
import { apiClient, brakeOff, type Scim, scimClient } from '../rollcall.ts';
import { scaled } from '../scale.ts';

const off = patch({ op: 'replace', value: { active: false } });
const on = patch({ op: 'replace', value: { active: true } });
const adding = (...ids: string[]) => patch({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) });

describe('undoing', () => {
  // Nothing of what the provider manages may be edited by hand here, and undoing may all the same.
  const here = besideGlobex(brakeOff);
  const app = () => here.rollcall.db.app;
  const at = () => ({ now: new Date() });
  const undo = async (undone: Undone) => {
    const { digest } = await planUndo(app(), here.acme, undone);
    const outcome = await applyUndo(app(), here.acme, undone, digest, at());
    assert.deepEqual(outcome.refused, []);
    return outcome.done;
  };
  const statusOf = async (id: string) =>
    (
      await here.rollcall.db.owner.query(
        'select status, status_reason as reason from members where org_id = $1 and id = $2',
        [here.acme.id, id],
      )
    ).rows[0];
  const roleOf = async (id: string) =>
    (await here.rollcall.db.owner.query('select role from members where org_id = $1 and id = $2', [here.acme.id, id]))
      .rows[0]?.role;
  const peopleOf = async (team: string) =>
    (
      await here.rollcall.db.owner.query<{ id: string }>(
        'select member_id as id from team_members where org_id = $1 and team_id = $2 and in_force order by 1',
        [here.acme.id, team],
      )
    ).rows.map(({ id }) => id);

  for (const preset of ['dagster', 'dbt', 'pulumi', 'rollcall'] as const) {
    test(`${preset}: undoing the undoing of a deactivation is the state before, and so on`, async () => {
      const settings = { preset, invitation: 'none', reactivation: 'restore', ...brakeOff };
      const org = await here.rollcall.organization({ settings });
      const beside = await here.rollcall.organization({ settings });
      const ada = await createUser(org, 'ada');
      const team = await createGroup(org, 'Crew', [ada]);
      await mapTeam(app(), org, team, { role: 'member' }, at());
      const state = async () => [
        (
          await here.rollcall.db.owner.query(
            `select m.status, m.status_reason ->> 'rule' as rule, m.origin, m.role, m.asked_active, m.deleted_at, m.scim
               from members m where m.org_id = $1 and m.id = $2`,
            [org.id, ada],
          )
        ).rows[0],
        (
          await here.rollcall.db.owner.query(
            'select asked, by_hand, in_force from team_members where org_id = $1 and member_id = $2',
            [org.id, ada],
          )
        ).rows,
      ];
      const active = await state();
      assert.ok((await org.scim('PATCH', `/Users/${ada}`, off)).status < 300);
      const [inactive, removes] = [await state(), preset === 'dagster' || preset === 'dbt'];
      assert.equal(inactive[0].status, removes ? 'removed' : 'suspended');
      const { explained: compared } = await reconcile(app(), org, false, at());
      const last = async () =>
        (await eventsAfter(here.rollcall, org, 0)).findLast(({ kind }) =>
          ['member.suspended', 'member.removed', 'member.reactivated'].includes(kind),
        )?.seq ?? 0;
      const others = await lastEvent(here.rollcall, beside);
      for (let times = 0; times < 2; times++) {
        const back = await last();
        const undone = await planUndo(app(), org, { event: back });
        assert.deepEqual((await applyUndo(app(), org, { event: back }, undone.digest, at())).refused, []);
        const restored = await state();
        assert.deepEqual([restored[0].status, restored[0].role], ['active', active[0].role], preset);
        const again = await last();
        assert.notEqual(again, back);
        const plan = await planUndo(app(), org, { event: again });
        assert.deepEqual(plan.impossible, []);
        assert.deepEqual((await applyUndo(app(), org, { event: again }, plan.digest, at())).refused, []);
        const { rule, ...found } = (await state())[0];
        const { rule: before, ...wanted } = inactive[0];
        assert.deepEqual([found, (await state())[1]], [wanted, inactive[1]], preset);
        assert.equal(rule, removes ? before : 'suspended-by-hand');
        const { drift, explained } = await reconcile(app(), org, false, at());
        assert.deepEqual(drift, {});
        if (removes) assert.deepEqual(explained, compared);
      }
      assert.equal(await lastEvent(here.rollcall, beside), others);
      if (removes) {
        // The provider, whose the person still is, decides again; and nobody who is active for it is removed by undoing.
        const event = await last();
        assert.ok((await org.scim('PATCH', `/Users/${ada}`, on)).status < 300);
        assert.equal((await state())[0].status, 'active');
        const since = await last();
        assert.notEqual(since, event);
        const { items, impossible } = await planUndo(app(), org, { event: since });
        assert.deepEqual(
          [items, impossible.map(({ because }) => because)],
          [[], ['the provider manages the person by now']],
        );
        // What the organization has come to do to whom the provider deactivates is not what was undone.
        assert.ok((await org.scim('PATCH', `/Users/${ada}`, off)).status < 300);
        const gone = await last();
        const { digest } = await planUndo(app(), org, { event: gone });
        await applyUndo(app(), org, { event: gone }, digest, at());
        await changePolicy(app(), org, { settings: { deactivation: 'suspend' } }, at());
        const plan = await planUndo(app(), org, { event: await last() });
        const { refused } = await applyUndo(app(), org, { event: await last() }, plan.digest, at());
        assert.match(refused[0]?.because ?? '', /suspends by now whom the provider deactivates/);
        assert.equal((await state())[0].status, 'active');
      }
    });
  }

  test('what is otherwise by its turn than the plan said stays, also where it only just became so', async () => {
    const { acme } = here;
    const { owner } = here.rollcall.db;
    const turns = await createUser(acme, 'turns');
    const { id: team } = await addTeam(app(), acme, 'Turns', at());
    const row = async () =>
      (
        await owner.query(
          `select m.status, m.in_force_name as name, m.role_by_hand as role, m.license_by_hand as license, t.in_force_name as team, t.grants_role as gives
             from members m join teams t on t.org_id = $1 and t.id = $3 where m.org_id = $1 and m.id = $2`,
          [acme.id, turns, team],
        )
      ).rows[0];
    const cases: [() => Promise<unknown>, string][] = [
      [() => giveRole(app(), acme, turns, 'member', at()), `update members set role_by_hand = 'viewer' where`],
      [
        () => giveLicense(app(), acme, turns, 'developer', at()),
        `update members set license_by_hand = 'analyst' where`,
      ],
      [
        () => editMember(app(), acme, turns, { displayName: 'Edited' }, { ...at(), undoes: [] }),
        `update members set in_force_name = 'Another' where`,
      ],
      [() => suspendMember(app(), acme, turns, { ...at(), undoes: [] }), `update members set status = 'invited' where`],
      [() => renameTeam(app(), acme, team, 'Renamed', at()), `update teams set in_force_name = 'Other' where`],
      [() => mapTeam(app(), acme, team, { role: 'member' }, at()), `update teams set grants_role = 'viewer' where`],
    ];
    for (const [change, other] of cases) {
      const seen = await lastEvent(here.rollcall, acme);
      await change();
      const events = await eventsAfter(here.rollcall, acme, seen);
      const event = seen + 1;
      const { digest, items } = await planUndo(app(), acme, { event });
      assert.equal(items.length, 1, JSON.stringify([events, items]));
      const holder = await owner.connect();
      let outcome: Awaited<ReturnType<typeof applyUndo>>;
      try {
        await holder.query('begin');
        await holder.query('select from organizations where id = $1 for no key update', [acme.id]);
        const sent = applyUndo(app(), acme, { event }, digest, at());
        await untilWaiting(owner, 1);
        await holder.query(`${other} org_id = $2 and id = $1`, [
          other.includes('update teams') ? team : turns,
          acme.id,
        ]);
        await holder.query('commit');
        const found = await row();
        outcome = await sent;
        assert.deepEqual(await row(), found, other);
      } finally {
        holder.release();
      }
      assert.deepEqual(
        [outcome.done, outcome.refused.map(({ because }) => because)],
        [[], ['It was changed meanwhile.']],
        other,
      );
    }
  });

  test('a suspension of the provider is undone: the person is in force, and the provider reads what it asked', async () => {
    const ada = await createUser(here.acme, 'ada');
    const team = await createGroup(here.acme, 'Ada’s', [ada]);
    await here.acme.scim('PATCH', `/Users/${ada}`, off);
    const event = await lastEvent(here.rollcall, here.acme).then((last) => last - 1);
    assert.deepEqual(await planUndo(app(), here.acme, { event }).then(({ items }) => items), [
      { fact: 'status', member: ada, from: 'suspended', to: 'active', undoes: [event] },
    ]);
    const seen = await lastEvent(here.rollcall, here.acme);
    await undo({ event });
    const events = await eventsAfter(here.rollcall, here.acme, seen);
    assert.deepEqual(
      events.map(({ kind, undoes }) => [kind, undoes]),
      [
        ['member.reactivated', [event]],
        ['team.members_changed', [event]],
      ],
    );
    assert.deepEqual(await statusOf(ada), {
      status: 'active',
      reason: { rule: 'restored-by-hand', by: { type: 'operator' }, undoes: [event] },
    });
    assert.deepEqual(await peopleOf(team), [ada]);
    assert.equal((await here.acme.scim('GET', `/Users/${ada}`)).body.active, false, 'what was asked');
    assert.deepEqual((await planUndo(app(), here.acme, { event })).items, [], 'undone once');
  });

  test('the next request of the provider about the person wins over what was undone (B50)', async () => {
    const ben = await createUser(here.acme, 'ben');
    await here.acme.scim('PATCH', `/Users/${ben}`, off);
    await undo({ event: await lastEvent(here.rollcall, here.acme) });
    assert.equal((await statusOf(ben)).status, 'active');
    await here.acme.scim('PUT', `/Users/${ben}`, user('ben', { active: false }));
    assert.equal((await statusOf(ben)).status, 'suspended');
  });

  test('what was changed since stays and is listed, and what cannot come back is named with the reason', async () => {
    const cleo = await createUser(here.acme, 'cleo');
    const { id: tokenId, token } = await createToken(app(), here.acme, { name: 'second' }, at());
    const second = scimClient(here.acme.scimBaseUrl, token);
    const from = new Date();
    await second('PATCH', `/Users/${cleo}`, off);
    await second('POST', '/Groups', {
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:Group'],
      displayName: 'Made',
    });
    const to = new Date();
    await here.acme.scim('PATCH', `/Users/${cleo}`, on);
    const plan = await planUndo(app(), here.acme, { actor: { type: 'token', id: tokenId }, from, to });
    assert.deepEqual(
      [plan.items, plan.kept.map(({ fact, left, now }) => [fact, left, now])],
      [[], []],
      'as it was anyway',
    );
    await suspendMember(app(), here.acme, cleo, { now: new Date(), undoes: [1] });
    const { body } = await here.acme.scim('GET', `/Users/${cleo}`);
    assert.equal(body.active, true);
    assert.deepEqual(
      plan.impossible.map(({ says, because }) => [says, because]),
      [['created team Made', 'a team is removed as such: rollcall team remove']],
    );
    await revokeToken(app(), here.acme, tokenId, at());
    const revoked = await planUndo(app(), here.acme, { event: await lastEvent(here.rollcall, here.acme) });
    assert.deepEqual(
      [revoked.items, revoked.impossible.map(({ because }) => because)],
      [[], ['secrets never come back: make another one']],
    );
  });

  test('what only follows from something else names that, and is not undone as if nothing were to do', async () => {
    const [ulf, uma] = [await createUser(here.acme, 'ulf'), await createUser(here.acme, 'uma')];
    const team = await createGroup(here.acme, 'Crew of Ulf', [ulf, uma]);
    const lastOf = async (work: () => Promise<unknown>) => {
      const before = await lastEvent(here.rollcall, here.acme);
      await work();
      return await eventsAfter(here.rollcall, here.acme, before);
    };
    const follows = async (events: Awaited<ReturnType<typeof lastOf>>, cause: string, consequence: string) => {
      const [first, second] = [cause, consequence].map((kind) => events.find((event) => event.kind === kind)?.seq);
      assert.ok(first !== undefined && second !== undefined, JSON.stringify(events.map(({ kind }) => kind)));
      const { items, kept, impossible, digest } = await planUndo(app(), here.acme, { event: second });
      assert.deepEqual([items, kept, impossible.map(({ event }) => event)], [[], [], [second]]);
      const because = impossible[0]?.because ?? '';
      assert.ok(because.startsWith(`it follows from event ${first} (`), because);
      const newest = { order: 'newest', limit: 50 } as const;
      const shown = await readHistoryWithCauses(app(), here.acme, {}, newest);
      const of = (seq: number) => shown.find((item) => item.seq === seq)?.follows;
      assert.deepEqual([of(second), of(first)], [{ event: first, because }, undefined], 'as the history says');
      const alone = { after: second - 1, before: second + 1 };
      const [found] = await readHistoryWithCauses(app(), here.acme, alone, newest);
      assert.deepEqual(found?.follows, { event: first, because }, 'though the page has nothing else');
      const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
      const seen = { 'if-match': `"${digest}"` };
      const refused = await api('POST', '/organizations/acme/undo', { event: second }, seen);
      assert.deepEqual([refused.status, refused.body.code], [409, 'conflict']);
      assert.match(refused.body.detail ?? '', /^Nothing is put back.*it follows from event/);
      return because;
    };
    const given = await lastOf(() => giveRole(app(), here.acme, ulf, 'admin', at()));
    assert.match(await follows(given, 'member.given', 'member.role_changed'), /by hand.*\): undo that one$/);
    const mapped = await lastOf(() => mapTeam(app(), here.acme, team, { role: 'member' }, at()));
    assert.match(
      await follows(mapped, 'team.mapped', 'member.role_changed'),
      /what team Crew of Ulf gives.*undo that one$/,
    );
    const suspended = await lastOf(() => here.acme.scim('PATCH', `/Users/${uma}`, off));
    assert.match(await follows(suspended, 'member.suspended', 'team.members_changed'), /suspended uma/);
    const policy = await lastOf(() => setAccessPolicy(app(), here.acme, { defaultRole: 'member' }, at()));
    assert.match(
      await follows(policy, 'policy.changed', 'member.role_changed'),
      /of which the policy is set as it was/,
    );
    await setAccessPolicy(app(), here.acme, { defaultRole: 'viewer' }, at());
    // Together with what they follow from they need no word.
    const oda = await createUser(here.acme, 'oda');
    const since = new Date(Date.now() - 1);
    await giveRole(app(), here.acme, oda, 'admin', at());
    const { items, impossible } = await planUndo(app(), here.acme, { member: oda, since });
    assert.deepEqual([items.map(({ fact }) => fact), impossible], [['role'], []]);
  });

  test('a plan says that a team cannot give again what is gone by then, as applying would', async () => {
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const path = '/organizations/acme';
    const team = await createGroup(here.acme, 'Auditors', []);
    const role = { name: 'Auditor', permissions: ['events:read'] };
    assert.equal((await api('PUT', `${path}/roles/auditor`, role)).status, 204);
    await mapTeam(app(), here.acme, team, { role: 'auditor' }, at());
    await mapTeam(app(), here.acme, team, { role: null }, at());
    const event = await lastEvent(here.rollcall, here.acme);
    const planned = async () => await planUndo(app(), here.acme, { event });
    assert.equal((await planned()).items.length, 1);
    assert.equal((await api('DELETE', `${path}/roles/auditor`)).status, 204);
    const { items, impossible } = await planned();
    assert.deepEqual(items, []);
    assert.deepEqual(impossible, [
      {
        event,
        says: 'gives from nothing to role auditor',
        because: 'there is no role auditor any more: save it again first (rollcall role save)',
      },
    ]);
    assert.equal((await api('PUT', `${path}/roles/auditor`, role)).status, 204);
    assert.equal((await planned()).items.length, 1);
  });

  test('a parting is undone: the person is the provider’s again, but for who administers', async () => {
    const [uri, ute] = [await createUser(here.acme, 'uri'), await createUser(here.acme, 'ute')];
    await giveRole(app(), here.acme, ute, 'admin', at());
    const originOf = async (id: string) =>
      (
        await here.rollcall.db.owner.query(
          'select origin, linking, connection_id from members where org_id = $1 and id = $2',
          [here.acme.id, id],
        )
      ).rows[0];
    const managed = await originOf(uri);
    await unlinkMember(app(), here.acme, uri, at());
    const event = await lastEvent(here.rollcall, here.acme);
    assert.equal((await originOf(uri)).origin, 'local');
    const item = { fact: 'origin', member: uri, from: 'local', to: 'provisioned', undoes: [event] };
    assert.deepEqual(await undo({ event }), [item]);
    assert.deepEqual(await originOf(uri), managed);
    const [linked] = await eventsAfter(here.rollcall, here.acme, event);
    assert.ok(linked?.kind === 'member.linked' && linked.data.after === 'provisioned');
    assert.deepEqual(linked.undoes, [event]);
    assert.equal((await undo({ event: linked.seq })).length, 1, 'undoing can be undone');
    assert.equal((await originOf(uri)).origin, 'local');
    await undo({ event: await lastEvent(here.rollcall, here.acme) });
    assert.equal((await here.acme.scim('PATCH', `/Users/${uri}`, off)).status, 200);
    assert.equal((await statusOf(uri)).status, 'suspended', 'the provider decides again');
    assert.deepEqual((await planUndo(app(), here.acme, { event })).items, [], 'undone once');

    await unlinkMember(app(), here.acme, ute, at());
    const parted = { event: await lastEvent(here.rollcall, here.acme) };
    const { items, digest } = await planUndo(app(), here.acme, parted);
    const { done, refused } = await applyUndo(app(), here.acme, parted, digest, at());
    assert.deepEqual([done, refused.map(({ fact }) => fact)], [[], ['origin']]);
    assert.deepEqual(
      items.map(({ refusal }) => refusal),
      refused.map(({ because }) => because),
    );
    assert.match(refused[0]?.because ?? '', /administers the organization/);
    assert.equal((await originOf(ute)).origin, 'local');

    const other = await here.rollcall.organization({ slug: 'parting' });
    const jon = await createUser(other, 'jon');
    await unlinkMember(app(), other, jon, at());
    const before = { event: await lastEvent(here.rollcall, other) };
    assert.equal((await planUndo(app(), other, before)).items.length, 1);
    await disconnect(app(), other, 'keep', at());
    const after = await planUndo(app(), other, before);
    assert.deepEqual(after.items, []);
    assert.match(after.impossible[0]?.because ?? '', /was disconnected since/);
  });

  test('whatever cannot be undone says why in words, and the way out', async () => {
    const org = await here.rollcall.organization({ slug: 'wordy', settings: { manualUpdates: 'on' } });
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const path = '/organizations/wordy';
    const kay = await createUser(org, 'kay');
    const team = await createGroup(org, 'Kay’s', [kay]);
    for (const [method, suffix, body] of [
      ['POST', `/members/${kay}/unlock`, { hours: 1 }],
      ['POST', `/teams/${team}/unlock`, { hours: 1 }],
      ['PUT', '/policy', { preset: 'rollcall' }],
      ['PUT', '/licenses/developer', { seats: 4 }],
      ['PUT', '/roles/auditor', { name: 'Auditor', permissions: ['members:read'] }],
      ['PATCH', '', { name: 'Other' }],
      ['PATCH', '/connection', { state: 'paused' }],
      ['PATCH', '/connection', { state: 'on' }],
      ['POST', '/domains', { name: 'wordy.example' }],
      ['PUT', '/addresses', { appliesTo: 'scim', allow: [{ range: '127.0.0.0/8' }], deny: [] }],
      ['POST', '/tokens', { name: 'second' }],
      ['POST', `/teams/${team}/unlink`, undefined],
      ['POST', `/members/${kay}/unlink`, undefined],
      ['POST', `/members/${kay}/link`, { confirm: 'kay@acme.example' }],
    ] as const) {
      const { status, text } = await api(method, `${path}${suffix}`, body);
      assert.ok(status < 300, `${method} ${suffix} ${text}`);
    }
    const kinds = new Set<string>();
    for (const { seq, kind } of await eventsAfter(here.rollcall, org, 0)) {
      const { items, kept, impossible } = await planUndo(app(), org, { event: seq });
      for (const { because } of impossible) assert.doesNotMatch(because, /[{}"]|undefined/, kind);
      if (items.length + kept.length === 0) assert.notEqual(impossible.length, 0, `${kind} says nothing`);
      kinds.add(kind);
    }
    for (const kind of [
      'member.unlocked',
      'team.unlocked',
      'team.unlinked',
      'policy.changed',
      'license.seats_changed',
    ]) {
      assert.ok(kinds.has(kind), kind);
    }
  });

  test('a later change by somebody else stays, whatever the token did before it', async () => {
    const [dan, eve] = [await createUser(here.acme, 'dan'), await createUser(here.acme, 'eve')];
    const team = await createGroup(here.acme, 'Old');
    const { id: tokenId, token } = await createToken(app(), here.acme, { name: 'third' }, at());
    const third = scimClient(here.acme.scimBaseUrl, token);
    const from = new Date();
    await third('PATCH', `/Groups/${team}`, adding(dan, eve));
    await third('PATCH', `/Groups/${team}`, patch({ op: 'replace', path: 'displayName', value: 'New' }));
    const to = new Date();
    await here.acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'replace', path: 'displayName', value: 'Newest' }));
    const undone = { actor: { type: 'token', id: tokenId }, from, to };
    const { items, kept } = await planUndo(app(), here.acme, undone);
    assert.deepEqual(
      items.map((item) => [item.fact, item.from, item.to]),
      [
        ['membership', 'in', 'out'],
        ['membership', 'in', 'out'],
      ],
    );
    assert.deepEqual(
      kept.map(({ fact, left, now }) => [fact, left, now]),
      [['name', 'New', 'Newest']],
    );
    await undo(undone);
    assert.deepEqual(await peopleOf(team), []);
    const { body } = await here.acme.scim('GET', `/Groups/${team}`);
    assert.equal((body.members as unknown[]).length, 2, 'a read shows what was asked');
    assert.equal(body.displayName, 'Newest');
  });

  test('a person whom the provider deleted comes back with roles and teams, and goes again when that is undone', async () => {
    const [ivy, jon] = [await createUser(here.acme, 'ivy'), await createUser(here.acme, 'jon')];
    const crew = await createGroup(here.acme, 'Crew', [ivy, jon]);
    const { id: own } = await addTeam(app(), here.acme, 'Own', at());
    const hand = { ...at(), undoes: [] };
    await changePersonOfTeam(app(), here.acme, { teamId: own, memberId: ivy, isIn: true }, hand);
    await giveRole(app(), here.acme, ivy, 'member', hand);
    const { key } = await createApiKey(
      app(),
      here.acme,
      { name: 'own', scopes: ['members:read'], memberId: ivy },
      at(),
    );
    await here.acme.scim('PATCH', `/Users/${jon}`, off);
    const from = new Date();
    for (const id of [ivy, jon]) await here.acme.scim('DELETE', `/Users/${id}`);
    const undone: Undone = { actor: { type: 'token', id: here.acme.tokenId }, from, to: new Date() };
    const plan = await planUndo(app(), here.acme, undone);
    assert.deepEqual(
      plan.items.map(({ fact, from, to }) => [fact, from, to]),
      [
        ['status', 'removed', 'active'],
        ['status', 'removed', 'suspended'],
        ['membership', 'out', 'in'],
        ['membership', 'out', 'in'],
        ['membership', 'out', 'in'],
      ],
    );
    const begun = new Date();
    const { refused, returned } = await applyUndo(app(), here.acme, undone, plan.digest, at());
    assert.deepEqual(refused, []);
    const { [ivy]: ivyNow = '', [jon]: jonNow = '' } = returned;
    assert.deepEqual([(await statusOf(ivyNow)).status, (await statusOf(jonNow)).status], ['active', 'suspended']);
    assert.deepEqual([await peopleOf(crew), await peopleOf(own)], [[ivyNow], [ivyNow]]);
    assert.equal(await roleOf(ivyNow), 'member');
    assert.equal((await apiClient(here.rollcall.url, key)('GET', '/organizations/acme/members')).status, 401);
    const events = await eventsAfter(here.rollcall, here.acme, 0);
    const back = events.findLast(({ kind, data }) => kind === 'member.created' && data.member.id === ivyNow);
    assert.ok(back?.kind === 'member.created' && back.data.returns === ivy);
    assert.deepEqual((await planUndo(app(), here.acme, undone)).items, [], 'undone once');

    // The provider comes upon them by the userName, as upon any local person.
    assert.equal((await here.acme.scim('GET', `/Users/${ivy}`)).status, 404);
    const found = await here.acme.scim('GET', '/Users?filter=userName%20eq%20%22ivy%40acme.example%22');
    assert.equal(found.body.Resources?.[0]?.id, ivyNow);

    await undo({ actor: { type: 'operator' }, from: begun, to: new Date() });
    assert.deepEqual([(await statusOf(ivyNow)).status, (await statusOf(jonNow)).status], ['removed', 'removed']);
    assert.deepEqual(await peopleOf(crew), []);
  });

  test('a team that the provider deleted comes back with its people and what it gave, and goes again', async () => {
    const kim = await createUser(here.acme, 'kim');
    const team = await createGroup(here.acme, 'Deleted', [kim]);
    await mapTeam(app(), here.acme, team, { role: 'member' }, at());
    const since = new Date();
    await here.acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'replace', path: 'displayName', value: 'Renamed' }));
    await here.acme.scim('DELETE', `/Groups/${team}`);
    const plan = await planUndo(app(), here.acme, { team, since });
    assert.deepEqual(
      plan.items.map(({ fact, from, to }) => [fact, from, to]),
      [
        ['name', null, 'Deleted'],
        ['membership', 'out', 'in'],
      ],
    );
    const begun = new Date();
    const { refused, returned } = await applyUndo(app(), here.acme, { team, since }, plan.digest, at());
    assert.deepEqual(refused, []);
    const now = returned[team] ?? '';
    assert.deepEqual(await peopleOf(now), [kim]);
    const teams = async () =>
      (
        await here.rollcall.db.owner.query(
          'select in_force_name as name, grants_role as gives from teams where org_id = $1 and id = $2',
          [here.acme.id, now],
        )
      ).rows[0];
    assert.deepEqual(await teams(), { name: 'Deleted', gives: 'member' });
    await undo({ actor: { type: 'operator' }, from: begun, to: new Date() });
    assert.deepEqual([(await teams()).name, await peopleOf(now)], [null, []]);
  });

  test('whoever has come back in another way, or is no longer remembered, is not brought back', async () => {
    const [lea, max] = [await createUser(here.acme, 'lea'), await createUser(here.acme, 'max')];
    const from = new Date();
    for (const id of [lea, max]) await here.acme.scim('DELETE', `/Users/${id}`);
    const undone: Undone = { actor: { type: 'token', id: here.acme.tokenId }, from, to: new Date() };
    // The time between is counted with its last millisecond, and who comes back does so after it.
    await setTimeout(5);
    const again = await createUser(here.acme, 'lea');
    const later = new Date(Date.now() + (limits.removedDays + 1) * 86_400_000);
    assert.deepEqual((await planUndo(app(), here.acme, undone, { now: later })).items, []);
    const { items, impossible } = await planUndo(app(), here.acme, undone);
    assert.deepEqual(
      items.map((item) => ('member' in item ? item.member : '')),
      [max],
    );
    assert.match(impossible[0]?.because ?? '', /another one by now/);
    await undo(undone);
    assert.equal((await statusOf(again)).status, 'active');
  });

  test('whoever was removed and came back within a span was there all along, and so was a team', async () => {
    const ned = await createUser(here.acme, 'ned');
    const crew = await createGroup(here.acme, 'Ned’s crew', [ned]);
    const own = (await addTeam(app(), here.acme, 'Ned’s own', at())).id;
    await changePersonOfTeam(app(), here.acme, { teamId: own, memberId: ned, isIn: true }, at());
    await setTimeout(5);
    const from = new Date();
    const span = () => ({ actor: { type: 'token', id: here.acme.tokenId }, from, to: new Date() });
    await here.acme.scim('DELETE', `/Users/${ned}`);
    const again = await createUser(here.acme, 'ned');
    await here.acme.scim('PATCH', `/Groups/${crew}`, adding(again));
    assert.notEqual(again, ned);
    const { items, kept, impossible } = await planUndo(app(), here.acme, span());
    assert.deepEqual({ items, kept, impossible }, { items: [], kept: [], impossible: [] });

    // What else became of the person within it goes back, under the id of now.
    await here.acme.scim('PATCH', `/Users/${again}`, off);
    const planned = await planUndo(app(), here.acme, span());
    assert.deepEqual(
      planned.items.map((item) => [item.fact, 'member' in item && item.member, item.from, item.to]),
      [['status', again, 'suspended', 'active']],
    );
    await undo(span());
    assert.equal((await statusOf(again)).status, 'active');
    assert.deepEqual(await peopleOf(own), [again]);

    // The same by hand, with a team.
    await unlinkMember(app(), here.acme, again, at());
    await setTimeout(5);
    const since = new Date();
    await removeMember(app(), here.acme, again, at());
    const back = await returnMember(app(), here.acme, again, { ...at(), undoes: [] });
    await removeTeam(app(), here.acme, own, at());
    await restoreTeam(app(), here.acme, own, at());
    const byHand = await planUndo(app(), here.acme, { actor: { type: 'operator' }, from: since, to: new Date() });
    // A team comes back empty, and whoever comes back by hand is in no group of the provider.
    assert.deepEqual([...new Set(byHand.items.map(({ fact }) => fact))], ['membership']);
    assert.equal((await statusOf(back.id)).status, 'active');
  });

  test('of a person only the person’s own facts go back, of a team only the team’s', async () => {
    const [fay, gus] = [await createUser(here.acme, 'fay'), await createUser(here.acme, 'gus')];
    const team = await createGroup(here.acme, 'Both');
    const since = new Date();
    await here.acme.scim('PATCH', `/Groups/${team}`, adding(fay, gus));
    await giveRole(app(), here.acme, fay, 'member', { now: new Date(), undoes: [] });
    await mapTeam(app(), here.acme, team, { role: 'member' }, at());
    const facts = async (undone: Undone) =>
      (await planUndo(app(), here.acme, undone)).items.map((item) => item.fact).sort();
    assert.deepEqual(await facts({ member: fay, since }), ['membership', 'role']);
    assert.deepEqual(await facts({ team, since }), ['gives', 'membership', 'membership']);
    await undo({ member: fay, since });
    assert.deepEqual(await peopleOf(team), [gus]);
  });

  describe('over the management API', () => {
    let api: Scim;
    before(() => {
      const admin = apiClient(here.rollcall.url, here.rollcall.operatorKey);
      api = (method, path, ...rest) => admin(method, `/organizations/acme${path}`, ...rest);
    });

    test('a plan is applied as it was seen, or not at all, and by whom may change it by hand', async () => {
      const hal = await createUser(here.acme, 'hal');
      await here.acme.scim('PATCH', `/Users/${hal}`, off);
      const body = { event: await lastEvent(here.rollcall, here.acme) };
      const plan = await api('POST', '/undo/plan', body);
      assert.equal(plan.status, 200, plan.text);
      const etag = plan.headers.get('etag') ?? '';
      assert.equal(etag, `"${plan.body.digest}"`);
      assert.deepEqual((plan.body.items as { member: unknown }[])[0]?.member, { id: hal, name: 'hal@acme.example' });
      assert.equal((await api('POST', '/undo', body)).status, 428);
      assert.equal((await api('POST', '/undo', body, { 'if-match': '"another"' })).status, 412);

      const keyWith = async (...scopes: ('audit:read' | 'members:write')[]) => {
        const { key } = await createApiKey(app(), here.acme, { name: 'undoing', scopes }, at());
        return apiClient(here.rollcall.url, key);
      };
      const path = '/organizations/acme/undo';
      const reader = await keyWith('audit:read');
      assert.equal((await reader('POST', path, body, { 'if-match': etag })).body.scope, 'members:write');
      assert.equal((await statusOf(hal)).status, 'suspended');
      const editor = await keyWith('audit:read', 'members:write');
      const undone = await editor('POST', path, body, { 'if-match': etag });
      assert.equal(undone.status, 200, undone.text);
      assert.equal((undone.body.done as unknown[]).length, 1);
      assert.equal((await statusOf(hal)).status, 'active');
      assert.equal(
        (await api('POST', '/undo', body, { 'if-match': etag })).status,
        412,
        'there is nothing left of the plan',
      );
      assert.equal((await api('POST', '/undo/plan', { event: 1_000_000 })).status, 404);
    });
  });
});

/** What a token does in a story: the people and teams are there before. */
type Step =
  | { what: 'active'; who: number; active: boolean }
  | { what: 'join' | 'leave'; who: number; team: number }
  | { what: 'rename'; who: number; name: string }
  | { what: 'title'; team: number; name: string }
  | { what: 'delete'; who: number }
  | { what: 'drop'; team: number };

const who = fc.nat(2);
const team = fc.nat(1);
const name = fc.constantFrom('A', 'B', 'C');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ what: fc.constant('active' as const), who, active: fc.boolean() }),
  fc.record({ what: fc.constantFrom('join' as const, 'leave' as const), who, team }),
  fc.record({ what: fc.constant('rename' as const), who, name }),
  fc.record({ what: fc.constant('title' as const), team, name }),
  fc.record({ what: fc.constant('delete' as const), who }),
  fc.record({ what: fc.constant('drop' as const), team }),
);

describe('undoing everything that a token did', () => {
  const here = besideGlobex(brakeOff);
  let stories = 0;

  test('is the state before, and undoing that is the state after (a property)', async () => {
    const { rollcall, acme } = here;
    const { app, owner } = rollcall.db;
    await setRoleCeiling(app, acme, acme.tokenId, 'member', { now: new Date() });
    const inForce = async () =>
      (
        await owner.query(
          // By names: whoever comes back has another id.
          `select m.user_name, m.status, m.in_force_name, m.role, array(
              select t.in_force_name from team_members tm join teams t on t.org_id = $1 and t.id = tm.team_id
              where tm.org_id = $1 and tm.member_id = m.id and tm.in_force order by 1) as teams
            from members m where m.org_id = $1 and m.status <> 'removed'
            union all select t.in_force_name, null, null, t.grants_role, null from teams t
            where t.org_id = $1 and t.in_force_name is not null order by 1, 2`,
          [acme.id],
        )
      ).rows;
    const undo = async (undone: Undone) => {
      const { digest } = await planUndo(app, acme, undone);
      const { refused } = await applyUndo(app, acme, undone, digest, { now: new Date() });
      assert.deepEqual(refused, []);
    };
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 1, maxLength: 10 }), async (steps) => {
        const story = stories++;
        const people = await Promise.all([0, 1, 2].map((each) => createUser(acme, `s${story}-${each}`)));
        const teams = [
          await createGroup(acme, `S${story} 0`, people.slice(0, 1)),
          await createGroup(acme, `S${story} 1`),
        ];
        await mapTeam(app, acme, teams[0] as string, { role: 'member' }, { now: new Date() });
        const { id, token } = await createToken(app, acme, { name: `story ${story}` }, { now: new Date() });
        const scim = scimClient(acme.scimBaseUrl, token);
        const before = await inForce();
        const from = new Date();
        for (const one of steps) await play(scim, one, people, teams, story);
        const after = await inForce();
        const begun = new Date();
        await undo({ actor: { type: 'token', id }, from, to: begun });
        assert.deepEqual(await inForce(), before);
        await undo({ actor: { type: 'operator' }, from: begun, to: new Date() });
        assert.deepEqual(await inForce(), after);
      }),
      { numRuns: scaled(8) },
    );
  });

  async function play(scim: Scim, one: Step, people: readonly string[], teams: readonly string[], story: number) {
    const [path, operation] = requestOf(one, people, teams, story);
    const { status, text } =
      operation === undefined ? await scim('DELETE', path) : await scim('PATCH', path, patch(operation));
    // Whoever is deleted is nobody to the provider any more.
    assert.ok(status < 300 || status === 404 || (status === 400 && one.what === 'join'), `${status} ${text}`);
  }
});

function requestOf(
  one: Step,
  people: readonly string[],
  teams: readonly string[],
  story: number,
): [path: string, operation?: Record<string, unknown>] {
  const person = 'who' in one ? people[one.who] : '';
  const group = 'team' in one ? teams[one.team] : '';
  switch (one.what) {
    case 'active':
      return [`/Users/${person}`, { op: 'replace', value: { active: one.active } }];
    case 'rename':
      return [`/Users/${person}`, { op: 'replace', value: { displayName: one.name } }];
    case 'title':
      return [`/Groups/${group}`, { op: 'replace', path: 'displayName', value: `S${story} ${one.team} ${one.name}` }];
    case 'join':
      return [`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value: person }] }];
    case 'leave':
      return [`/Groups/${group}`, { op: 'remove', path: `members[value eq "${person}"]` }];
    case 'delete':
      return [`/Users/${person}`];
    case 'drop':
      return [`/Groups/${group}`];
  }
}

describe('undoing what became of people who are invited (K15)', () => {
  const here = besideGlobex();
  const app = () => here.rollcall.db.app;
  const after = (days: number) => ({ now: new Date(Date.now() + days * 86_400_000) });
  const required = { invitation: 'required', manualUpdates: 'on' };

  /** An organization in which somebody is invited, and the moment after. */
  async function invited(settings: Record<string, string> = required) {
    const org = await here.rollcall.organization({ settings });
    const id = await createUser(org, 'ada');
    const since = new Date();
    const row = async (of = id) => {
      const { status, rule } = await memberRow(here.rollcall, org, of);
      return `${status} ${rule}`;
    };
    const mails = async () => (await listMails(app(), org, { limit: 50 })).map(({ state }) => state);
    const undo = async (undone: Undone, at = { now: new Date() }) => {
      const plan = await planUndo(app(), org, undone, at);
      return { plan, ...(await applyUndo(app(), org, undone, plan.digest, at)) };
    };
    return { org, id, since, row, mails, undo };
  }
  const told = ({ plan }: { plan: { items: readonly { fact: string; from: unknown; to: unknown }[] } }) =>
    plan.items.map(({ fact, from, to }) => [fact, from, to]);
  const sound = async (org: { id: string }) =>
    assert.deepEqual((await reconcile(app(), org, false, { now: new Date() })).drift, {});

  test('whoever was suspended is invited as before, by the mail that they have, and in no team until they accept', async () => {
    const { org, id, row, mails, undo } = await invited();
    const team = await createGroup(org, 'Crew', [id]);
    const since = new Date();
    await org.scim('PATCH', `/Users/${id}`, off);
    assert.equal(await row(), 'suspended asked-inactive');
    assert.deepEqual(told(await undo({ member: id, since })), [['status', 'suspended', 'invited']]);
    assert.equal(await row(), 'invited invited-by-hand');
    assert.deepEqual(await mails(), ['waiting'], 'nothing is sent twice');
    assert.deepEqual(await membershipRows(here.rollcall, org, team), [
      { member: id, inForce: false, rule: 'member-invited' },
    ]);
    const api = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    await api('POST', `/organizations/${org.slug}/members/${id}/restore`);
    assert.equal(await row(), 'invited invited-by-hand', 'restoring accepts nothing');
    await sound(org);
    assert.equal(await acceptInvitation(app(), org, id, { now: new Date() }), true);
    const accepted = await lastEvent(here.rollcall, org).then((last) => last - 1);
    const { plan } = await undo({ event: accepted });
    assert.deepEqual(
      [plan.items, plan.impossible.map(({ because }) => because)],
      [[], ['the person has accepted the invitation; suspend the person instead']],
    );
    await sound(org);
  });

  test('whose invitation is over by then is invited anew, by mail, and not too often', async () => {
    const { org, id, since, row, mails, undo } = await invited();
    await suspendMember(app(), org, id, { now: new Date() });
    const late = after(limits.invitationDays + 1);
    assert.deepEqual((await undo({ member: id, since }, late)).refused, []);
    assert.equal(await row(), 'invited invited-by-hand');
    assert.deepEqual(await mails(), ['waiting', 'withdrawn']);
    assert.equal(await acceptInvitation(app(), org, id, late), true);
    await sound(org);
  });

  test('whoever was removed comes back invited anew, and goes again when that is undone', async () => {
    const { org, id, since, row, mails, undo } = await invited();
    const other = await invited();
    await org.scim('DELETE', `/Users/${id}`);
    const begun = new Date();
    const back = await undo({ member: id, since });
    assert.deepEqual([told(back), back.refused], [[['status', 'removed', 'invited']], []]);
    const now = back.returned[id] ?? assert.fail();
    assert.equal(await row(now), 'invited invited-by-hand');
    assert.equal((await mails()).length, 2, 'the link of the first mail ended with the removal');
    await sound(org);
    await undo({ actor: { type: 'operator' }, from: begun, to: new Date() });
    assert.equal(await row(now), 'removed removed-by-hand');
    assert.equal(await other.row(), 'invited asked-active');
    assert.deepEqual(await other.mails(), ['waiting']);
    assert.deepEqual(
      (await other.undo({ member: id, since })).plan.items,
      [],
      'another organization knows nobody of this',
    );
  });

  test('an invitation that was withdrawn is sent again, after the pause between mails; one that was sent stays sent', async () => {
    const { org, id, mails, undo } = await invited();
    await withdrawInvitation(app(), org, id, { now: new Date() });
    const event = await lastEvent(here.rollcall, org);
    const early = await undo({ event });
    assert.deepEqual(told(early), [['invitation', 'over', 'open']]);
    assert.match(early.refused[0]?.because ?? '', /was invited a short while ago/);
    const late = after(1);
    assert.deepEqual((await undo({ event }, late)).refused, []);
    assert.deepEqual(await mails(), ['waiting', 'withdrawn']);
    assert.deepEqual((await undo({ event }, late)).plan.items, [], 'undone once');
    const sent = await undo({ event: await lastEvent(here.rollcall, org) }, late);
    assert.deepEqual(sent.plan.items, []);
    assert.match(sent.plan.impossible[0]?.because ?? '', /rollcall invitation withdraw/);
    await acceptInvitation(app(), org, id, late);
    const { plan } = await undo({ event }, late);
    assert.deepEqual([plan.items, plan.kept.map(({ fact, now }) => [fact, now])], [[], [['invitation', null]]]);
  });

  test('K7 invite: whoever was active before a suspension and a return is active again, and the mail leads nowhere', async () => {
    const { org, id, since, row, mails, undo } = await invited({ reactivation: 'invite' });
    await org.scim('PATCH', `/Users/${id}`, off);
    await org.scim('PATCH', `/Users/${id}`, on);
    assert.equal(await row(), 'invited asked-active');
    assert.deepEqual(told(await undo({ member: id, since })), [['status', 'invited', 'active']]);
    assert.equal(await row(), 'active restored-by-hand');
    assert.deepEqual(await mails(), ['withdrawn']);
    await sound(org);
  });
});
