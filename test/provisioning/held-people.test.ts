import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { addMember } from '../../src/provisioning/add-member.ts';
import { readConnectionHealth } from '../../src/provisioning/connection-health.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { reconcile } from '../../src/provisioning/reconcile.ts';
import { discardBatch, releaseBatch } from '../../src/provisioning/release-batch.ts';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { listBatches } from '../../src/store/held-rows.ts';
import { OperatorError } from '../../src/store/operator-error.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  createUser,
  memberRow,
  patch,
  untilWaiting,
  user,
} from '../http/beside-globex.ts';
import { apiClient, type Scim, type TestOrganization } from '../rollcall.ts';
import { accessOf, assertAccessFollows } from './access-of.ts';

const at = () => ({ now: new Date() });
const inactive = patch({ op: 'replace', value: { active: false } });

describe('what an admin may do with people and teams that are held', () => {
  const here = besideGlobex();
  let admin: Scim;
  before(() => {
    admin = apiClient(here.rollcall.url, here.rollcall.operatorKey);
  });
  const app = () => here.rollcall.db.app;
  const apiOf =
    (org: TestOrganization): Scim =>
    (method, path, ...rest) =>
      admin(method, `/organizations/${org.slug}${path}`, ...rest);
  const switched = async (org: TestOrganization, state: 'off' | 'on' | 'paused') =>
    await switchConnection(app(), org, state, at());
  const batchOf = async (org: TestOrganization) => {
    const [batch] = await listBatches(app(), org, { limit: 10 });
    assert.ok(batch !== undefined);
    return batch.id;
  };
  const discarded = async (org: TestOrganization) => {
    await switched(org, 'off');
    await discardBatch(app(), org, await batchOf(org), at());
    await switched(org, 'on');
  };
  const assertSound = async (org: TestOrganization) => {
    const { drift } = await reconcile(app(), org, false, at());
    assert.deepEqual(drift, {});
    await assertAccessFollows(here.rollcall, org);
    await assertFeedTellsState(app(), here.rollcall.db.owner, org);
  };
  const inForceOf = async (org: TestOrganization, memberId: string) =>
    (
      await here.rollcall.db.owner.query(
        'select asked, by_hand as "byHand", in_force as "inForce", held_by as "heldBy" from team_members where org_id = $1 and member_id = $2',
        [org.id, memberId],
      )
    ).rows;

  /** An organization in which the provider has deleted a person who is in a team, and that is held. */
  async function deleted() {
    const org = await here.rollcall.organization();
    const ada = await createUser(org, 'ada');
    const team = await createGroup(org, 'Engineering', [ada]);
    await mapTeam(app(), org, team, { role: 'member' }, at());
    await switched(org, 'paused');
    assert.equal((await org.scim('DELETE', `/Users/${ada}`)).status, 204);
    return { org, ada, api: apiOf(org) };
  }

  test('whom the provider deleted, which was discarded, is parted from it and stays with what they have', async () => {
    const { org, ada, api } = await deleted();
    const refused = await api('POST', `/members/${ada}/unlink`);
    assert.deepEqual([refused.status, /let the batch go or discard it first/.test(refused.text)], [409, true]);
    const locked = await api('DELETE', `/members/${ada}`);
    assert.deepEqual([locked.status, locked.body.code], [403, 'locked']);
    assert.match(locked.body.detail ?? '', /let the batch go, or discard it and then remove or unlink the member/);
    await discarded(org);
    const parted = await api('POST', `/members/${ada}/unlink`);
    assert.equal(parted.status, 200, parted.text);
    const { origin, status, isAskedFor, held } = parted.body;
    assert.deepEqual([origin, status, isAskedFor, held], ['local', 'active', true, null]);
    assert.deepEqual(await inForceOf(org, ada), [{ asked: false, byHand: true, inForce: true, heldBy: null }]);
    assert.equal((await accessOf(here.rollcall, org, ada)).role, 'member');
    const row = await memberRow(here.rollcall, org, ada);
    assert.deepEqual([row.asked_active, row.rule, row.emails], [true, 'unlinked-by-hand', ['ada@acme.example']]);
    assert.equal((await api('PATCH', `/members/${ada}`, { displayName: 'A.' })).status, 200);
    assertRefusal(await org.scim('POST', '/Users', user('ada')), 409, 'uniqueness', /parted the person/);
    await assertSound(org);
  });

  test('whom the provider deleted, which was discarded, is removed by hand', async () => {
    const { org, ada, api } = await deleted();
    await discarded(org);
    assert.equal((await api('DELETE', `/members/${ada}`)).status, 204);
    const { status, rule } = await memberRow(here.rollcall, org, ada);
    assert.deepEqual([status, rule], ['removed', 'removed-by-hand']);
    assert.deepEqual(await inForceOf(org, ada), []);
    await assertSound(org);
  });

  for (const renamed of [false, true]) {
    test(`a team that the provider deleted${renamed ? ', renamed by hand before,' : ''} is parted from it only once that is discarded, and stays with all it has`, async () => {
      const org = await here.rollcall.organization();
      const api = apiOf(org);
      const ada = await createUser(org, 'ada');
      const team = await createGroup(org, 'Engineering', [ada]);
      await mapTeam(app(), org, team, { role: 'member' }, at());
      const name = renamed ? 'Builders' : 'Engineering';
      if (renamed) {
        assert.equal((await api('POST', `/teams/${team}/unlock`, { hours: 1 })).status, 200);
        assert.equal((await api('PATCH', `/teams/${team}`, { name })).status, 200);
      }
      await switched(org, 'paused');
      assert.equal((await org.scim('DELETE', `/Groups/${team}`)).status, 204);
      const before = (await api('GET', `/teams/${team}`)).body;
      const refused = await api('POST', `/teams/${team}/unlink`);
      assert.equal(refused.status, 409, refused.text);
      assert.match(refused.body.detail ?? '', new RegExp(`deleted the team "${name}".*let the batch go or discard it`));
      assert.deepEqual((await api('GET', `/teams/${team}`)).body, before);
      await discarded(org);
      const parted = await api('POST', `/teams/${team}/unlink`);
      assert.equal(parted.status, 200, parted.text);
      const { origin, isAskedFor, held, inForce } = parted.body;
      assert.deepEqual([parted.body.name, origin, isAskedFor, held, inForce], [name, 'local', true, null, 1]);
      assert.deepEqual(await inForceOf(org, ada), [{ asked: false, byHand: true, inForce: true, heldBy: null }]);
      assert.equal((await accessOf(here.rollcall, org, ada)).role, 'member');
      assert.equal((await org.scim('GET', `/Groups/${team}`)).status, 200, 'the provider sees it as any local team');
      const again = await org.scim('POST', '/Groups', { displayName: name });
      assertRefusal(again, 409, 'uniqueness', new RegExp(`"${name}"`));
      await assertSound(org);
    });
  }

  test('a team whose deletion was discarded is not parted from the provider where another team has its name', async () => {
    const org = await here.rollcall.organization();
    const api = apiOf(org);
    const team = await createGroup(org, 'Engineering');
    await switched(org, 'paused');
    assert.equal((await org.scim('DELETE', `/Groups/${team}`)).status, 204);
    await createGroup(org, 'Engineering');
    await switched(org, 'off');
    await discardBatch(app(), org, await batchOf(org), at());
    const refused = await api('POST', `/teams/${team}/unlink`);
    assert.equal(refused.status, 409, refused.text);
    assert.match(refused.body.detail ?? '', /A team named "Engineering" already exists/);
  });

  test('whoever comes under the userName of somebody whose deletion was discarded takes their place, and nobody is left to part', async () => {
    const { org, ada, api } = await deleted();
    await discarded(org);
    const again = await createUser(org, 'ada');
    assert.notEqual(again, ada);
    assert.equal((await api('POST', `/members/${ada}/unlink`)).status, 404);
    assert.equal((await memberRow(here.rollcall, org, ada)).status, 'removed');
    assert.equal((await memberRow(here.rollcall, org, again)).status, 'active');
    await assertSound(org);
  });

  test('whoever and whatever is held and not here yet is refused as held, and not as unknown', async () => {
    const org = await here.rollcall.organization();
    const api = apiOf(org);
    const local = (await api('POST', '/teams', { name: 'Local' })).body.id as string;
    await switched(org, 'paused');
    const ada = await createUser(org, 'ada');
    const team = await createGroup(org, 'Engineering', [ada]);
    assert.equal((await api('GET', `/members/${ada}`)).body.status, 'held');
    const acts = (member: string, group: string) =>
      [
        ['POST', `/members/${member}/suspend`],
        ['POST', `/members/${member}/restore`],
        ['POST', `/members/${member}/unlink`],
        ['POST', `/members/${member}/link`, { confirm: 'ada@acme.example' }],
        ['POST', `/members/${member}/unlock`, { hours: 1 }],
        ['PATCH', `/members/${member}`, { displayName: 'A.' }],
        ['DELETE', `/members/${member}`],
        ['PUT', `/access/${member}/role`, { role: 'member' }],
        ['PUT', `/teams/${local}/members/${member}`],
        ['POST', `/teams/${group}/unlink`],
        ['PATCH', `/teams/${group}`, { name: 'Other' }],
        ['DELETE', `/teams/${group}`],
      ] as const;
    const answers = async (member: string, group: string) => {
      const found: unknown[] = [];
      for (const [method, path, body] of acts(member, group)) {
        const { status, body: answer } = await api(method, path, body);
        const { detail = '' } = answer as { detail?: string };
        found.push([path.replace(member, ':member').replace(group, ':team'), status, detail]);
      }
      return found as [string, number, string][];
    };
    for (const [path, status, detail] of await answers(ada, team)) {
      assert.deepEqual([path, status], [path, 409]);
      assert.match(detail, /is held and not here yet; let the batch [0-9a-f-]+ go first\./, path);
    }
    await switched(org, 'off');
    await discardBatch(app(), org, await batchOf(org), at());
    for (const [path, status, detail] of await answers(ada, team)) {
      assert.deepEqual([path, status], [path, 409]);
      assert.match(detail, /the batch was discarded, so the next request of the provider/, path);
    }
    const { body: strangers } = await admin('GET', '/organizations/globex/members');
    const { body: groups } = await admin('GET', '/organizations/globex/teams');
    const [stranger] = strangers.items as { id: string }[];
    const [group] = groups.items as { id: string }[];
    for (const [path, status] of await answers(stranger?.id ?? '', group?.id ?? '')) {
      assert.deepEqual([path, status], [path, 404]);
    }
  });

  test('whoever is parted from the provider while their deactivation is held is active for that reason', async () => {
    const org = await here.rollcall.organization();
    const api = apiOf(org);
    const ada = await createUser(org, 'ada');
    await createUser(org, 'ben');
    await switched(org, 'paused');
    assert.ok((await org.scim('PATCH', `/Users/${ada}`, inactive)).status < 300);
    assert.equal((await api('POST', `/members/${ada}/unlink`)).body.status, 'active');
    const expected = [{ of: 'members', rule: 'unlinked-by-hand', count: 1 }];
    assert.deepEqual((await readConnectionHealth(app(), org, new Date())).differences, expected);
    const { explained } = await reconcile(app(), org, false, at());
    assert.deepEqual(explained, expected);
    const why = await api('GET', `/members/${ada}/why`);
    const facts = why.body.facts as { fact: string; because: string; event: { kind: string } | null }[];
    const status = facts.find(({ fact }) => fact === 'status');
    assert.match(status?.because ?? '', /an admin parted the person from the provider/, why.text);
    await switched(org, 'on');
    await assertSound(org);
    // Of whoever was not held the reason stays what it was.
    const { body } = await api('GET', '/members?userName=ben@acme.example');
    const [ben] = body.items as { id: string }[];
    assert.equal((await api('POST', `/members/${ben?.id}/unlink`)).status, 200);
    assert.equal((await memberRow(here.rollcall, org, ben?.id ?? '')).rule, 'asked-active');
  });

  test('a batch that is discarded while it is let go is not said to have been released', async () => {
    const org = await here.rollcall.organization({ settings: { brakeLostAdmins: 'strict' } });
    const { owner } = here.rollcall.db;
    const boss = await addMember(app(), org, { userName: 'boss@acme.example', breakGlass: true }, at());
    await giveRole(app(), org, boss.id, 'owner', at());
    const ids = [await createUser(org, 'ada'), await createUser(org, 'ben')];
    for (const id of ids) await giveRole(app(), org, id, 'admin', at());
    for (const id of ids) assert.ok((await org.scim('PATCH', `/Users/${id}`, inactive)).status < 300);
    const [, ben = ''] = ids;
    assert.equal((await memberRow(here.rollcall, org, ben)).status, 'active', 'the brake holds it');
    const batch = await batchOf(org);
    const client = await owner.connect();
    let ended: [PromiseSettledResult<unknown>, PromiseSettledResult<unknown>];
    try {
      await client.query('begin');
      await client.query('select from held_batches where org_id = $1 and id = $2 for update', [org.id, batch]);
      // They wait for the batch one behind the other, and so does the settling behind both.
      const released = releaseBatch(app(), org, batch, at());
      await untilWaiting(owner, 1);
      const done = discardBatch(app(), org, batch, at());
      await untilWaiting(owner, 2);
      const both = Promise.allSettled([released, done]);
      await client.query('commit');
      ended = await both;
    } finally {
      client.release();
    }
    const [released, done] = ended;
    assert.equal(done.status, 'fulfilled');
    assert.ok(released.status === 'rejected' && released.reason instanceof OperatorError);
    assert.deepEqual(
      [released.reason.code, /was discarded meanwhile/.test(released.reason.message)],
      ['refused', true],
    );
    assert.equal((await memberRow(here.rollcall, org, ben)).status, 'active');
    await assertSound(org);
  });
});
