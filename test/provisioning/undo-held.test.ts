/** Undoing where what the provider asks is held: by a connection that is paused, and by the brake. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { reconcile } from '../../src/provisioning/reconcile.ts';
import { discardBatch, releaseBatch } from '../../src/provisioning/release-batch.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { applyUndo, planUndo, type Undone } from '../../src/provisioning/undo.ts';
import { listBatches } from '../../src/store/held-rows.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { besideGlobex, createGroup, createUser, lastEvent, patch } from '../http/beside-globex.ts';
import type { TestOrganization } from '../rollcall.ts';

const active = (is: boolean) => patch({ op: 'replace', value: { active: is } });
const removing = (id: string) => patch({ op: 'remove', path: `members[value eq "${id}"]` });
const at = () => ({ now: new Date() });

describe('undoing', () => {
  const here = besideGlobex();
  const app = () => here.rollcall.db.app;
  const undo = async (org: TestOrganization, undone: Undone) => {
    const { digest } = await planUndo(app(), org, undone);
    const outcome = await applyUndo(app(), org, undone, digest, at());
    assert.deepEqual(outcome.refused, []);
    return outcome;
  };
  const person = async (org: TestOrganization, id: string) => {
    const { rows } = await here.rollcall.db.owner.query(
      `select m.status, m.held_by is not null as held,
          (select count(*)::int from team_members tm where tm.org_id = $1 and tm.member_id = m.id and tm.in_force) as teams
        from members m where m.org_id = $1 and m.id = $2`,
      [org.id, id],
    );
    return rows[0] as { status: string; held: boolean; teams: number } | undefined;
  };
  const statuses = async (org: TestOrganization) => {
    const { rows } = await here.rollcall.db.owner.query(
      'select status, count(*)::int from members where org_id = $1 group by 1',
      [org.id],
    );
    return Object.fromEntries(rows.map(({ status, count }) => [status, count]));
  };
  /** Nothing differs without a reason. */
  const assertExplained = async (org: TestOrganization) =>
    assert.deepEqual((await reconcile(app(), org, false, at())).drift, {});
  /** The same, and the feed tells what there is; what is held and not here any more for the provider is not in it. */
  const assertFollows = async (org: TestOrganization) => {
    await assertExplained(org);
    await assertFeedTellsState(app(), here.rollcall.db.owner, org);
  };
  const because = async (org: TestOrganization, undone: Undone) =>
    (await planUndo(app(), org, undone)).impossible.map((each) => each.because);

  const whole = (actor: { type: string; id?: string }, from: Date): Undone => ({ actor, from, to: new Date() });

  test('what a person has in force goes back while something else of them is held; what is let go later counts as asked then', async () => {
    const { acme } = here;
    const [ada, ben, cleo] = [
      await createUser(acme, 'ada'),
      await createUser(acme, 'ben'),
      await createUser(acme, 'cleo'),
    ];
    const team = await createGroup(acme, 'Paused', [ada, ben, cleo]);
    const from = new Date();
    await acme.scim('PATCH', `/Users/${ada}`, active(false));
    const suspended = await lastEvent(here.rollcall, acme);
    await switchConnection(app(), acme, 'paused', at());
    await acme.scim('PATCH', `/Users/${ada}`, patch({ op: 'replace', value: { displayName: 'Countess' } }));
    const renamed = await lastEvent(here.rollcall, acme);
    await acme.scim('PATCH', `/Groups/${team}`, removing(ben));
    const left = await lastEvent(here.rollcall, acme);
    await acme.scim('DELETE', `/Users/${cleo}`);
    assert.deepEqual(await person(acme, ben), { status: 'active', held: false, teams: 1 });
    assert.deepEqual(await person(acme, cleo), { status: 'active', held: true, teams: 1 });

    // What is held is nothing in force, and the plan says what to do with it.
    const isHeld = 'what is asked is held, and nothing of it is in force: it is let go or discarded as such';
    for (const event of [renamed, left]) assert.deepEqual(await because(acme, { event }), [isHeld]);
    const { items, impossible } = await planUndo(app(), acme, whole({ type: 'token', id: acme.tokenId }, from));
    assert.deepEqual(items, [
      { fact: 'status', member: ada, from: 'suspended', to: 'active', undoes: [suspended - 1] },
    ]);
    assert.deepEqual(new Set(impossible.map((each) => each.because)), new Set([isHeld]));

    await undo(acme, whole({ type: 'token', id: acme.tokenId }, from));
    assert.deepEqual(await person(acme, ada), { status: 'active', held: true, teams: 1 });
    await assertExplained(acme);
    // Resuming puts in force what the provider asks, its plan shows that first.
    const resumed = new Date();
    await switchConnection(app(), acme, 'on', at());
    assert.deepEqual(await person(acme, ada), { status: 'suspended', held: false, teams: 0 });
    assert.deepEqual(await person(acme, ben), { status: 'active', held: false, teams: 0 });
    assert.equal((await person(acme, cleo))?.status, 'removed');
    await assertFollows(acme);

    // What the resume did is undone like anything else.
    const { returned } = await undo(acme, whole({ type: 'operator' }, resumed));
    assert.deepEqual(await person(acme, ada), { status: 'active', held: false, teams: 1 });
    assert.deepEqual(await person(acme, ben), { status: 'active', held: false, teams: 1 });
    assert.deepEqual(await person(acme, returned[cleo] ?? ''), { status: 'active', held: false, teams: 1 });
    await assertFollows(acme);
  });

  test('a membership that is held is put back by its own events, and the resume finds it so', async () => {
    const acme = await here.rollcall.organization();
    const dan = await createUser(acme, 'dan');
    const team = await createGroup(acme, 'Joined');
    await acme.scim('PATCH', `/Groups/${team}`, patch({ op: 'add', path: 'members', value: [{ value: dan }] }));
    const joined = await lastEvent(here.rollcall, acme);
    await switchConnection(app(), acme, 'paused', at());
    await acme.scim('PATCH', `/Groups/${team}`, removing(dan));
    await undo(acme, { event: joined });
    assert.deepEqual(await person(acme, dan), { status: 'active', held: false, teams: 0 });
    await assertExplained(acme);
    await switchConnection(app(), acme, 'on', at());
    assert.deepEqual(await person(acme, dan), { status: 'active', held: false, teams: 0 });
    await assertFollows(acme);
  });

  for (const end of ['release', 'discard'] as const) {
    test(`what passed before the brake held goes back, what it holds stays held; then ${end}, and undoing that`, async () => {
      const org = await here.rollcall.organization({ slug: `braked-${end}` });
      const ids: string[] = [];
      for (let number = 0; number < 30; number++) ids.push(await createUser(org, `p${number}`));
      const begun = new Date();
      for (const id of ids.slice(0, 12)) await org.scim('PATCH', `/Users/${id}`, active(false));
      const [batch] = await listBatches(app(), org, { limit: 1 });
      assert.deepEqual([await statuses(org), batch?.members], [{ active: 20, suspended: 10 }, 2]);

      const { done } = await undo(org, whole({ type: 'token', id: org.tokenId }, begun));
      assert.deepEqual(done.map((item) => 'member' in item && item.member).sort(), ids.slice(0, 10).sort());
      assert.deepEqual(await statuses(org), { active: 30 });
      assert.deepEqual((await Promise.all(ids.map((id) => person(org, id)))).filter((each) => each?.held).length, 2);
      await assertFollows(org);

      const ended = new Date();
      if (end === 'release') await releaseBatch(app(), org, batch?.id ?? '', at());
      else await discardBatch(app(), org, batch?.id ?? '', at());
      const gone = end === 'release' ? 2 : 0;
      assert.deepEqual(await statuses(org), gone === 0 ? { active: 30 } : { active: 28, suspended: 2 });
      await assertFollows(org);
      const undone = await undo(org, whole({ type: 'operator' }, ended));
      assert.equal(undone.done.length, gone);
      assert.deepEqual(await statuses(org), { active: 30 });
      await assertFollows(org);
      if (end === 'discard') return;
      // Counting began anew, and the provider's next request about somebody wins all the same (B50).
      await org.scim('PATCH', `/Users/${ids[0]}`, active(true));
      await org.scim('PATCH', `/Users/${ids[0]}`, active(false));
      assert.equal((await person(org, ids[0] as string))?.status, 'suspended');
    });
  }

  test('what happens to a batch is no fact: its people and teams are, each by its own event', async () => {
    const acme = await here.rollcall.organization();
    await switchConnection(app(), acme, 'paused', at());
    const eve = await createUser(acme, 'eve');
    const from = new Date();
    await switchConnection(app(), acme, 'on', at());
    const { items, impossible } = await planUndo(app(), acme, whole({ type: 'operator' }, from));
    assert.deepEqual(
      items.map((item) => [item.fact, 'member' in item && item.member, item.to]),
      [['status', eve, 'suspended']],
    );
    assert.deepEqual(
      impossible.map((each) => each.says),
      ['turned provisioning from paused to on'],
    );
  });
});
