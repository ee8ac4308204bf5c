import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { suspendMember } from '../../src/provisioning/edit-member.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { revokeToken } from '../../src/provisioning/revoke-token.ts';
import { setRoleCeiling } from '../../src/provisioning/set-role-ceiling.ts';
import { applyUndo, planUndo, type Undone } from '../../src/provisioning/undo.ts';
import { besideGlobex, createGroup, createUser, eventsAfter, lastEvent, patch, user } from '../http/beside-globex.ts';
import { apiClient, type Scim, scimClient } from '../rollcall.ts';
import { scaled } from '../scale.ts';

const off = patch({ op: 'replace', value: { active: false } });
const on = patch({ op: 'replace', value: { active: true } });
const adding = (...ids: string[]) => patch({ op: 'add', path: 'members', value: ids.map((value) => ({ value })) });

describe('undoing', () => {
  // Nothing of what the provider manages may be edited by hand here, and undoing may all the same.
  const here = besideGlobex();
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
  const peopleOf = async (team: string) =>
    (
      await here.rollcall.db.owner.query<{ id: string }>(
        'select member_id as id from team_members where org_id = $1 and team_id = $2 and in_force order by 1',
        [here.acme.id, team],
      )
    ).rows.map(({ id }) => id);

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
    const gone = await createUser(here.acme, 'gone');
    await second('DELETE', `/Users/${gone}`);
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
    const removed = plan.impossible.find(({ says }) => says === 'removed member gone@acme.example');
    assert.match(removed?.because ?? '', /comes back when the provider assigns them again/);
    await revokeToken(app(), here.acme, tokenId, at());
    const revoked = await planUndo(app(), here.acme, { event: await lastEvent(here.rollcall, here.acme) });
    assert.deepEqual(
      [revoked.items, revoked.impossible.map(({ because }) => because)],
      [[], ['secrets never come back: make another one']],
    );
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
  | { what: 'title'; team: number; name: string };

const who = fc.nat(2);
const team = fc.nat(1);
const name = fc.constantFrom('A', 'B', 'C');
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({ what: fc.constant('active' as const), who, active: fc.boolean() }),
  fc.record({ what: fc.constantFrom('join' as const, 'leave' as const), who, team }),
  fc.record({ what: fc.constant('rename' as const), who, name }),
  fc.record({ what: fc.constant('title' as const), team, name }),
);

describe('undoing everything that a token did', () => {
  const here = besideGlobex();
  let stories = 0;

  test('is the state before, and undoing that is the state after (a property)', async () => {
    const { rollcall, acme } = here;
    const { app, owner } = rollcall.db;
    await setRoleCeiling(app, acme, acme.tokenId, 'member', { now: new Date() });
    const inForce = async () =>
      (
        await owner.query(
          `select m.id, m.status, m.in_force_name, m.role, array(select tm.team_id from team_members tm
              where tm.org_id = $1 and tm.member_id = m.id and tm.in_force order by 1) as teams
            from members m where m.org_id = $1 and m.deleted_at is null
            union all select t.id, t.in_force_name, t.grants_role, null, null from teams t where t.org_id = $1 order by 1`,
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
    const person = 'who' in one ? people[one.who] : '';
    const group = 'team' in one ? teams[one.team] : '';
    const [path, operation] =
      one.what === 'active'
        ? [`/Users/${person}`, { op: 'replace', value: { active: one.active } }]
        : one.what === 'rename'
          ? [`/Users/${person}`, { op: 'replace', value: { displayName: one.name } }]
          : one.what === 'title'
            ? [`/Groups/${group}`, { op: 'replace', path: 'displayName', value: `S${story} ${one.team} ${one.name}` }]
            : one.what === 'join'
              ? [`/Groups/${group}`, { op: 'add', path: 'members', value: [{ value: person }] }]
              : [`/Groups/${group}`, { op: 'remove', path: `members[value eq "${person}"]` }];
    const { status, text } = await scim('PATCH', path as string, patch(operation as Record<string, unknown>));
    assert.ok(status < 300, text);
  }
});
