import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { BuiltInRole } from '../../src/organization/roles.ts';
import type { Acting } from '../../src/provisioning/acting.ts';
import { removeRole, writeRole } from '../../src/provisioning/change-role.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { setRoleCeiling } from '../../src/provisioning/set-role-ceiling.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  lastEvent,
  patch,
} from '../http/beside-globex.ts';
import { brakeOff } from '../rollcall.ts';
import { accessOf, assertAccessFollows } from './access-of.ts';

const at = { now: new Date('2030-01-10T12:00:00Z') };
const deactivation = patch({ op: 'replace', value: { active: false } });
const joining = (id: string) => patch({ op: 'add', path: 'members', value: [{ value: id }] });
const leaving = (id: string) => patch({ op: 'remove', path: `members[value eq "${id}"]` });

describe('roles', () => {
  const here = besideGlobex();
  const app = () => here.rollcall.db.app;
  const roleOf = async (id: string) => (await accessOf(here.rollcall, here.acme, id)).role;
  const give = (id: string, role: BuiltInRole | undefined) => giveRole(app(), here.acme, id, role, at);
  const map = (team: string, role: string | null) => mapTeam(app(), here.acme, team, { role }, at);
  const ceiling = (role: BuiltInRole) => setRoleCeiling(app(), here.acme, here.acme.tokenId, role, at);

  test('whoever is new is a viewer, which is the least privilege (K22)', async () => {
    assert.deepEqual(await accessOf(here.rollcall, here.acme, await createUser(here.acme, 'new')), {
      status: 'active',
      role: 'viewer',
      customRoles: [],
      roleRule: 'role-by-default',
      license: null,
      waitsFor: null,
      licenseRule: 'licenses-unused',
    });
  });

  test('a role by hand is told in the feed with both sides and the reason', async () => {
    const id = await createUser(here.acme, 'byhand');
    const before = await lastEvent(here.rollcall, here.acme);
    assert.equal(await give(id, 'member'), true);
    assert.equal(await give(id, 'member'), false);
    const events = await eventsAfter(here.rollcall, here.acme, before);
    assert.deepEqual(
      events.map(({ kind, data, actor }) => ({ kind, data, actor })),
      [
        {
          kind: 'member.given',
          data: { member: id, userName: 'byhand@acme.example', role: { after: 'member' } },
          actor: { type: 'operator' },
        },
        {
          kind: 'member.role_changed',
          data: {
            changes: [
              {
                member: id,
                before: { role: 'viewer', customRoles: [] },
                after: { role: 'member', customRoles: [] },
                reason: { rule: 'role-by-hand', by: { type: 'operator' } },
              },
            ],
          },
          actor: { type: 'operator' },
        },
      ],
    );
  });

  test('a team gives its role to those in it, to those who come, and no longer to those who go (D39)', async () => {
    const [ada, ben] = [await createUser(here.acme, 'ada'), await createUser(here.acme, 'ben')];
    const team = await createGroup(here.acme, 'Members', [ada]);
    await map(team, 'member');
    assert.deepEqual([await roleOf(ada), await roleOf(ben)], ['member', 'viewer']);
    await here.acme.scim('PATCH', `/Groups/${team}`, joining(ben));
    assert.equal(await roleOf(ben), 'member');
    await here.acme.scim('PATCH', `/Groups/${team}`, leaving(ada));
    assert.equal(await roleOf(ada), 'viewer');
    await here.acme.scim('PUT', `/Groups/${team}`, { displayName: 'Members', members: [{ value: ada }] });
    assert.deepEqual([await roleOf(ada), await roleOf(ben)], ['member', 'viewer']);
    await map(team, null);
    assert.equal(await roleOf(ada), 'viewer');
    await assertAccessFollows(here.rollcall, here.acme);
  });

  test('a team that is deleted takes its role with it, and what else gives one stays (D39)', async () => {
    const [cleo, dan] = [await createUser(here.acme, 'cleo'), await createUser(here.acme, 'dan')];
    const team = await createGroup(here.acme, 'Gone', [cleo, dan]);
    await map(team, 'member');
    await give(dan, 'member');
    assert.equal((await here.acme.scim('DELETE', `/Groups/${team}`)).status, 204);
    assert.deepEqual([await roleOf(cleo), await roleOf(dan)], ['viewer', 'member']);
    await assertAccessFollows(here.rollcall, here.acme);
  });

  test('what a token puts into a team has no stronger role than its ceiling, whose change is in force at once (R13)', async () => {
    const eve = await createUser(here.acme, 'eve');
    const team = await createGroup(here.acme, 'Admins', [eve]);
    await map(team, 'admin');
    const capped = await accessOf(here.rollcall, here.acme, eve);
    assert.deepEqual([capped.role, capped.roleRule], ['member', 'role-below-ceiling']);
    await give(await createUser(here.acme, 'keeper'), 'admin');
    await ceiling('admin');
    assert.equal(await roleOf(eve), 'admin');
    await ceiling('viewer');
    assert.equal(await roleOf(eve), 'viewer');
    await ceiling('member');
    await here.acme.scim('PATCH', `/Groups/${team}`, joining(await createUser(here.acme, 'fay')));
    await assertAccessFollows(here.rollcall, here.acme);
  });

  test('a custom role is given by a team within the ceiling, and cannot be removed while it is', async () => {
    const gil = await createUser(here.acme, 'gil');
    const team = await createGroup(here.acme, 'Auditors', [gil]);
    await writeRole(
      app(),
      here.acme,
      { key: 'auditor', name: 'Auditor', permissions: ['events:read', 'product:logs'] },
      at,
    );
    await map(team, 'auditor');
    assert.deepEqual((await accessOf(here.rollcall, here.acme, gil)).customRoles, ['auditor']);
    await assert.rejects(removeRole(app(), here.acme, 'auditor', at), /given by Auditors/);
    await writeRole(app(), here.acme, { key: 'auditor', name: 'Auditor', permissions: ['requests:read'] }, at);
    assert.deepEqual((await accessOf(here.rollcall, here.acme, gil)).customRoles, [], 'it now needs an admin');
    await map(team, null);
    assert.equal(await removeRole(app(), here.acme, 'auditor', at), true);
    await assertAccessFollows(here.rollcall, here.acme);
  });

  test('a role that does not exist, a name of a built-in one and an unknown permission are refused', async () => {
    const team = await createGroup(here.acme, 'Owners');
    await assert.rejects(map(team, 'nothing'), /no role "nothing"/);
    const write = (key: string, permissions: string[]) =>
      writeRole(app(), here.acme, { key, name: 'X', permissions }, at);
    await assert.rejects(write('admin', []), /built-in role/);
    await assert.rejects(write('x', ['everything']), /no permission everything/);
    await assert.rejects(write('X!', []), /must be 1 to 63/);
  });

  test('a team called Owners grants nothing until an admin maps it', async () => {
    const hal = await createUser(here.acme, 'hal');
    await createGroup(here.acme, 'owner', [hal]);
    assert.equal(await roleOf(hal), 'viewer');
  });

  test('a person of another organization cannot be given a role', async () => {
    const { rows } = await here.rollcall.db.owner.query(`select id from members where org_id <> $1 limit 1`, [
      here.acme.id,
    ]);
    await assert.rejects(give(rows[0].id, 'admin'), /no member/);
  });

  test('only owners and the operator make owners', async () => {
    const [ida, jo] = [await createUser(here.acme, 'ida'), await createUser(here.acme, 'jo')];
    const as = (id: string): { now: Date; actor: NonNullable<Acting['actor']> } => ({
      ...at,
      actor: { type: 'member', id, userName: 'x', key: 'k' },
    });
    await give(ida, 'admin');
    await assert.rejects(giveRole(app(), here.acme, jo, 'owner', as(ida)), /Only an owner/);
    await give(ida, 'owner');
    assert.equal(await giveRole(app(), here.acme, jo, 'owner', as(ida)), true);
    await give(jo, undefined);
    await assertAccessFollows(here.rollcall, here.acme);
  });
});

describe('the last who administers (I13, R14)', () => {
  // The brake would hold what is refused here.
  const here = besideGlobex(brakeOff);
  const app = () => here.rollcall.db.app;
  const admin = async (name: string, role: BuiltInRole = 'admin') => {
    const id = await createUser(here.acme, name);
    await giveRole(app(), here.acme, id, role, at);
    return id;
  };

  test('D28 the last admin cannot be demoted, suspended, removed or taken out of the team that makes it one', async () => {
    const ada = await admin('ada');
    const refused = /without an active owner or admin/;
    await assert.rejects(giveRole(app(), here.acme, ada, undefined, at), refused);
    const suspension = await here.acme.scim('PATCH', `/Users/${ada}`, deactivation);
    assertRefusal(suspension, 403, undefined, refused);
    assertRefusal(await here.acme.scim('DELETE', `/Users/${ada}`), 403, undefined, refused);
    await setRoleCeiling(app(), here.acme, here.acme.tokenId, 'admin', at);
    const ben = await createUser(here.acme, 'ben');
    const team = await createGroup(here.acme, 'Admins', [ben]);
    await mapTeam(app(), here.acme, team, { role: 'admin' }, at);
    assert.equal((await here.acme.scim('PATCH', `/Users/${ada}`, deactivation)).status, 200, 'another one is there');
    assertRefusal(await here.acme.scim('PATCH', `/Groups/${team}`, leaving(ben)), 403, undefined, refused);
    assertRefusal(await here.acme.scim('DELETE', `/Groups/${team}`), 403, undefined, refused);
    assertRefusal(await here.acme.scim('PUT', `/Groups/${team}`, { displayName: 'Admins', members: [] }), 403);
    await assert.rejects(mapTeam(app(), here.acme, team, { role: null }, at), refused);
    await assert.rejects(setRoleCeiling(app(), here.acme, here.acme.tokenId, 'member', at), refused);
    assert.equal((await accessOf(here.rollcall, here.acme, ben)).role, 'admin');
    await assertAccessFollows(here.rollcall, here.acme);
  });

  test('the last owner stays one, whoever else is an admin', async () => {
    const cleo = await admin('cleo', 'owner');
    await assert.rejects(giveRole(app(), here.acme, cleo, 'admin', at), /without an active owner,/);
    const dan = await admin('dan', 'owner');
    assert.equal(await giveRole(app(), here.acme, cleo, 'admin', at), true);
    assertRefusal(
      await here.acme.scim('PATCH', `/Users/${dan}`, deactivation),
      403,
      undefined,
      /without an active owner,/,
    );
  });

  test('of 100 changes at once that would take all admins away, one at least is refused', async () => {
    const ids: string[] = [];
    for (let each = 0; each < 25; each++) ids.push(await admin(`many-${each}`));
    const { rows } = await here.rollcall.db.owner.query<{ id: string }>(
      `select id from members where org_id = $1 and status = 'active' and role in ('owner', 'admin') and not id = any ($2)`,
      [here.acme.id, ids],
    );
    const all = [...ids, ...rows.map(({ id }) => id)];
    const ways = [
      (id: string) => here.acme.scim('PATCH', `/Users/${id}`, deactivation).then(({ status }) => status),
      (id: string) => here.acme.scim('DELETE', `/Users/${id}`).then(({ status }) => status),
      (id: string) => giveRole(app(), here.acme, id, undefined, at).then(String, (error) => String(error)),
      (id: string) => giveRole(app(), here.acme, id, 'viewer', at).then(String, (error) => String(error)),
    ];
    const outcomes = await Promise.all(all.flatMap((id) => ways.map((way) => way(id))));
    assert.ok(outcomes.length >= 100);
    assert.ok(!outcomes.includes(500), String(outcomes));
    const { rows: counts } = await here.rollcall.db.owner.query(
      'select owners::int, admins::int from event_counters where org_id = $1',
      [here.acme.id],
    );
    assert.ok(counts[0].owners >= 1 && counts[0].admins >= 1, JSON.stringify(counts));
    await assertAccessFollows(here.rollcall, here.acme);
  });
});
