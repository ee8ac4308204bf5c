import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { addMember } from '../../src/provisioning/add-member.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { disconnect } from '../../src/provisioning/disconnect.ts';
import { planDisconnect } from '../../src/provisioning/disconnect-plan.ts';
import { addTeam } from '../../src/provisioning/edit-team.ts';
import { forecast } from '../../src/provisioning/forecast.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { allowLinking } from '../../src/provisioning/link-member.ts';
import { allowTeamLinking } from '../../src/provisioning/link-team.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { planHeld } from '../../src/provisioning/plan-held.ts';
import { releaseBatch } from '../../src/provisioning/release-batch.ts';
import { setRoleCeiling } from '../../src/provisioning/set-role-ceiling.ts';
import { planSwitch, switchConnection } from '../../src/provisioning/switch-connection.ts';
import { heldIn } from '../holding.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  createUser,
  eventually,
  patch,
  user,
} from '../http/beside-globex.ts';
import { scimClient, type TestOrganization } from '../rollcall.ts';

const page = { from: 0, limit: 100 };
const at = () => ({ now: new Date() });
const active = (value: boolean) => patch({ op: 'replace', value: { active: value } });
const renamed = (title: string) => patch({ op: 'replace', value: { title } });

describe('whom and what the provider takes over', () => {
  const here = besideGlobex();
  const byHand = async (org: TestOrganization, name: string) =>
    (await addMember(here.rollcall.db.app, org, { userName: `${name}@acme.example` }, at())).id;
  const rowOf = async (org: TestOrganization, table: 'members' | 'teams', id: string) =>
    (await here.rollcall.db.owner.query(`select * from ${table} where org_id = $1 and id = $2`, [org.id, id])).rows[0];
  const batchOf = async (org: TestOrganization) =>
    (await here.rollcall.db.owner.query(`select id from held_batches where org_id = $1 and state = 'open'`, [org.id]))
      .rows[0]?.id as string;
  const linksOf = async (org: TestOrganization) =>
    (
      await here.rollcall.db.owner.query(
        `select data->'member'->>'id' as id from events where org_id = $1 and kind = 'member.linked' order by seq`,
        [org.id],
      )
    ).rows.map(({ id }) => id);

  test('an administrator who was handed over is taken over by the next provider only when an admin has named them (R11)', async () => {
    const { app } = here.rollcall.db;
    const org = await here.rollcall.organization();
    const [ada, ben] = [await createUser(org, 'ada'), await createUser(org, 'ben')];
    await giveRole(app, org, ada, 'owner', at());
    const { items } = await planDisconnect(app, org, 'hand-over', page);
    const because = new Map(items.map((item) => [item.id, item.because]));
    assert.match(because.get(ada) ?? '', /only when an admin has named them/);
    assert.doesNotMatch(because.get(ben) ?? '', /named/);
    await disconnect(app, org, 'hand-over', at());
    await switchConnection(app, org, 'on', at());
    const shown = await forecast(app, org, { limit: 10 });
    assert.deepEqual(
      shown.map(({ id, outcome }) => [id, outcome]),
      [
        [ada, 'refuses'],
        [ben, 'links'],
      ],
    );
    const { token } = await createToken(app, org, { name: 'next' }, at());
    const next = scimClient(org.scimBaseUrl, token);
    const posted = await eventually(async () => {
      const answer = await next('POST', '/Users', user('ada', { externalId: 'next-ada' }));
      assert.equal(answer.status, 409, answer.text);
      return answer;
    });
    assertRefusal(posted, 409, 'uniqueness', /was handed over by another identity provider and is not linked/);
    assertRefusal(await next('PUT', `/Users/${ada}`, user('ada')), 403);
    assertRefusal(await next('PATCH', `/Users/${ada}`, active(false)), 403);
    assertRefusal(await next('DELETE', `/Users/${ada}`), 403);
    const { status, origin, connection_id: connection } = await rowOf(org, 'members', ada);
    assert.deepEqual([status, origin, connection], ['active', 'provisioned', null]);
    assert.equal((await next('POST', '/Users', user('ben', { externalId: 'next-ben' }))).body.id, ben);
    await allowLinking(app, org, ada, 'ada@acme.example', at());
    const taken = await next('POST', '/Users', user('ada', { externalId: 'next-ada' }));
    assert.deepEqual([taken.status, taken.body.id], [201, ada], taken.text);
    assert.deepEqual(await linksOf(org), [ben, ada]);
    assert.equal((await rowOf(org, 'members', ada)).linking, null);
    await assert.rejects(allowLinking(app, org, ada, 'ada@acme.example', at()), /managed by the provider already/);
  });

  test('K1: who became an administrator since the provider asked for them stays as they are until they are named', async () => {
    const { app, owner } = here.rollcall.db;
    const org = await here.rollcall.organization({ settings: { addByHand: 'allowed' } });
    const [boss, cleo, dan] = [await byHand(org, 'boss'), await byHand(org, 'cleo'), await byHand(org, 'dan')];
    await giveRole(app, org, boss, 'owner', at());
    await switchConnection(app, org, 'observing', at());
    assertRefusal(await org.scim('POST', '/Users', user('boss')), 409, 'uniqueness');
    for (const [name, id] of [
      ['cleo', cleo],
      ['dan', dan],
    ] as const) {
      assert.equal((await org.scim('POST', '/Users', user(name))).body.id, id);
      assert.equal((await org.scim('PATCH', `/Users/${id}`, active(false))).status, 200);
    }
    await giveRole(app, org, cleo, 'admin', at());
    const links = async () =>
      (await planSwitch(app, org, 'on', page)).items
        .filter(({ kind }) => kind === 'member.linked')
        .map(({ id, from, to, refusal }) => [id, from, to, refusal?.includes('has to be named') ?? false]);
    assert.deepEqual(await links(), [
      [dan, 'local', 'claimed', false],
      [cleo, 'local', 'claimed', true],
    ]);
    const { settled } = await switchConnection(app, org, 'on', at());
    assert.deepEqual(settled, { isDone: true, refused: [cleo] });
    const state = async (id: string) => {
      const { origin, status } = await rowOf(org, 'members', id);
      return `${origin} ${status}`;
    };
    assert.deepEqual([await state(cleo), await state(dan)], ['local active', 'claimed suspended']);
    assert.deepEqual(await linksOf(org), [dan]);
    // Neither does the provider's next request.
    assertRefusal(await org.scim('PATCH', `/Users/${cleo}`, renamed('Boss')), 403);
    assertRefusal(await org.scim('DELETE', `/Users/${cleo}`), 403);
    const batch = await batchOf(org);
    assert.deepEqual((await releaseBatch(app, org, batch, at())).refused, [cleo]);
    await allowLinking(app, org, cleo, 'cleo@acme.example', at());
    assert.ok((await planHeld(app, org, batch, page)).items.every(({ refusal }) => refusal === undefined));
    assert.deepEqual((await releaseBatch(app, org, batch, at())).refused, []);
    assert.equal(await state(cleo), 'claimed suspended');
    assert.deepEqual(await linksOf(org), [dan, cleo]);
    assert.deepEqual(await heldIn(owner, org), { members: 0, teams: 0, memberships: 0, batches: 0 });
  });

  test('K1: who was handed over and became an administrator while the next provider is observed stays as they are', async () => {
    const { app } = here.rollcall.db;
    const org = await here.rollcall.organization({ settings: { addByHand: 'allowed' } });
    const boss = await byHand(org, 'boss');
    await giveRole(app, org, boss, 'owner', at());
    const [eve, fay] = [await createUser(org, 'eve'), await createUser(org, 'fay')];
    await disconnect(app, org, 'hand-over', at());
    await switchConnection(app, org, 'observing', at());
    const { token } = await createToken(app, org, { name: 'next' }, at());
    const next = scimClient(org.scimBaseUrl, token);
    for (const [name, id] of [
      ['eve', eve],
      ['fay', fay],
    ] as const) {
      const answer = await eventually(async () => {
        const given = await next('POST', '/Users', user(name, { active: false }));
        assert.equal(given.status, 201, given.text);
        return given;
      });
      assert.equal(answer.body.id, id);
    }
    await giveRole(app, org, eve, 'admin', at());
    const { items } = await planSwitch(app, org, 'on', page);
    assert.deepEqual(
      items
        .filter(({ kind }) => kind === 'member.linked')
        .map(({ id, from, refusal }) => [id, from, refusal !== undefined]),
      [
        [fay, 'handed over', false],
        [eve, 'handed over', true],
      ],
    );
    assert.deepEqual((await switchConnection(app, org, 'on', at())).settled?.refused, [eve]);
    assert.equal((await rowOf(org, 'members', eve)).status, 'active');
    assert.equal((await rowOf(org, 'members', fay)).status, 'suspended');
    assertRefusal(
      await eventually(async () => {
        const answer = await next('PATCH', `/Users/${eve}`, renamed('Admin'));
        assert.equal(answer.status, 403, answer.text);
        return answer;
      }),
      403,
    );
    await allowLinking(app, org, eve, 'eve@acme.example', at());
    assert.deepEqual((await releaseBatch(app, org, await batchOf(org), at())).refused, []);
    assert.equal((await rowOf(org, 'members', eve)).status, 'suspended');
    assert.deepEqual(await linksOf(org), [fay, eve]);
  });

  test('B39: a team that gives something since the provider asked for it by its name stays as it is', async () => {
    const { app, owner } = here.rollcall.db;
    const org = await here.rollcall.organization({ settings: { groupNameClash: 'link', addByHand: 'allowed' } });
    const [gina, own, plain] = [
      await createUser(org, 'gina'),
      (await addTeam(app, org, 'Admins', at())).id,
      (await addTeam(app, org, 'Plain', at())).id,
    ];
    await setRoleCeiling(app, org, org.tokenId, 'admin', at());
    await switchConnection(app, org, 'paused', at());
    assert.equal(await createGroup(org, 'Admins', [gina]), own);
    assert.equal(await createGroup(org, 'Plain', [gina]), plain);
    await mapTeam(app, org, own, { role: 'admin' }, at());
    const { items, version } = await planSwitch(app, org, 'on', page);
    assert.deepEqual(
      items.map(({ kind, id, to, refusal }) => [kind, id, to, refusal !== undefined]),
      [
        ['team.linked', plain, 'linked', false],
        ['team.linked', own, 'linked', true],
        ['membership', gina, 'in', false],
      ],
    );
    assert.deepEqual((await switchConnection(app, org, 'on', at(), version)).settled?.refused, [own]);
    assert.deepEqual(
      [(await rowOf(org, 'teams', own)).origin, (await rowOf(org, 'teams', plain)).origin],
      ['local', 'linked'],
    );
    assert.equal((await rowOf(org, 'members', gina)).role, 'viewer');
    assertRefusal(
      await org.scim('PATCH', `/Groups/${own}`, patch({ op: 'replace', value: { displayName: 'Own' } })),
      403,
    );
    assertRefusal(await org.scim('DELETE', `/Groups/${own}`), 403);
    await allowTeamLinking(app, org, own, at());
    assert.deepEqual((await releaseBatch(app, org, await batchOf(org), at())).refused, []);
    assert.equal((await rowOf(org, 'teams', own)).origin, 'linked');
    assert.equal((await rowOf(org, 'members', gina)).role, 'admin');
    assert.deepEqual(await heldIn(owner, org), { members: 0, teams: 0, memberships: 0, batches: 0 });
  });

  test('K26: the plan says of the last owner that they stay, and so it happens', async () => {
    const { app } = here.rollcall.db;
    const org = await here.rollcall.organization();
    const [hal, ida] = [await createUser(org, 'hal'), await createUser(org, 'ida')];
    await giveRole(app, org, hal, 'owner', at());
    await switchConnection(app, org, 'paused', at());
    await org.scim('PATCH', `/Users/${hal}`, active(false));
    await org.scim('PATCH', `/Users/${ida}`, active(false));
    const { items, version } = await planSwitch(app, org, 'on', page);
    assert.deepEqual(
      items
        .filter(({ kind }) => kind === 'member.status')
        .map(({ id, to, refusal }) => [id, to, refusal?.startsWith('Nobody else') ?? false]),
      [
        [ida, 'suspended', false],
        [hal, 'suspended', true],
      ],
    );
    assert.deepEqual((await switchConnection(app, org, 'on', at(), version)).settled?.refused, [hal]);
    assert.equal((await rowOf(org, 'members', hal)).status, 'active');
    assert.equal((await rowOf(org, 'members', ida)).status, 'suspended');
  });
});
