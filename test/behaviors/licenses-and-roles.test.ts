/**
 * The lines of behaviors.md about roles and licenses, each under the settings of the product whose line it is. What a line says
 * of the product's own console or of its provider's is not here.
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { licenseAttribute } from '../../src/organization/licenses.ts';
import { permissionsOf, reachOf } from '../../src/organization/permissions.ts';
import { setAccessPolicy } from '../../src/provisioning/change-policy.ts';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { giveLicense, giveRole } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { applySignInGroups, mapSignInGroup } from '../../src/provisioning/sign-in-licenses.ts';
import { listLicenses } from '../../src/store/access-lists.ts';
import { assertRefusal, besideGlobex, createGroup, createUser, patch, user } from '../http/beside-globex.ts';
import { accessOf, assertAccessFollows, seatsOf } from '../provisioning/access-of.ts';

const at = { now: new Date('2030-01-10T12:00:00Z') };
const deactivation = patch({ op: 'replace', value: { active: false } });
const joining = (id: string) => patch({ op: 'add', path: 'members', value: [{ value: id }] });
const leaving = (id: string) => patch({ op: 'remove', path: `members[value eq "${id}"]` });
const licensed = (licenseType: string) => ({ [licenseAttribute.schema]: { licenseType } });

describe('Dagster+', () => {
  const here = besideGlobex({ preset: 'dagster' });
  const app = () => here.rollcall.db.app;
  const roleOf = async (id: string) => (await accessOf(here.rollcall, here.acme, id)).role;

  test('D26 new users are viewers unless the default role says otherwise', async () => {
    assert.equal(await roleOf(await createUser(here.acme, 'd26')), 'viewer');
    await setAccessPolicy(app(), here.acme, { defaultRole: 'member' }, at);
    assert.equal(await roleOf(await createUser(here.acme, 'd26-later')), 'member');
    await setAccessPolicy(app(), here.acme, { defaultRole: 'viewer' }, at);
  });

  test('D27 the role of a synced user can be changed by hand, and the provider leaves it', async () => {
    const id = await createUser(here.acme, 'd27');
    await giveRole(app(), here.acme, id, 'member', at);
    await here.acme.scim('PUT', `/Users/${id}`, user('d27', { title: 'Engineer' }));
    assert.equal(await roleOf(id), 'member');
  });

  test('D28 the last organization admin is not removed, by a user’s or a team’s change, nor by SCIM', async () => {
    const id = await createUser(here.acme, 'd28');
    await giveRole(app(), here.acme, id, 'admin', at);
    assertRefusal(await here.acme.scim('PATCH', `/Users/${id}`, deactivation), 403, undefined, /owner or admin/);
    await assert.rejects(giveRole(app(), here.acme, id, 'member', at), /owner or admin/);
    assert.equal(await roleOf(id), 'admin');
  });

  test('D39 removing one team does not take what another one gives', async () => {
    const id = await createUser(here.acme, 'd39');
    const [one, other] = [await createGroup(here.acme, 'One', [id]), await createGroup(here.acme, 'Other', [id])];
    for (const team of [one, other]) await mapTeam(app(), here.acme, team, { role: 'member' }, at);
    await here.acme.scim('DELETE', `/Groups/${one}`);
    assert.equal(await roleOf(id), 'member');
    await here.acme.scim('PATCH', `/Groups/${other}`, leaving(id));
    assert.equal(await roleOf(id), 'viewer');
  });

  test('D40 SCIM never sets a role, whatever it says of roles, entitlements or names', async () => {
    const says = { roles: [{ value: 'owner', primary: true }], entitlements: [{ value: 'admin' }], userType: 'admin' };
    const { body } = await here.acme.scim('POST', '/Users', user('d40', says));
    await createGroup(here.acme, 'Admins', [body.id as string]);
    assert.equal(await roleOf(body.id as string), 'viewer');
    await assertAccessFollows(here.rollcall, here.acme);
  });
});

describe('Dagster+ with a user limit', () => {
  const here = besideGlobex({ preset: 'dagster', licenseSource: 'by-rules', defaultLicense: 'developer' });

  test('D29 a user beyond the limit is an error, also one who comes back', async () => {
    await setSeats(here.rollcall.db.app, here.acme, 'developer', 1, at);
    const away = await createUser(here.acme, 'd29-away', { active: false });
    await createUser(here.acme, 'd29');
    const full = /no free license/;
    assertRefusal(await here.acme.scim('POST', '/Users', user('d29-more')), 400, 'invalidValue', full);
    const back = patch({ op: 'replace', value: { active: true } });
    assertRefusal(await here.acme.scim('PATCH', `/Users/${away}`, back), 400, 'invalidValue', full);
    await assertAccessFollows(here.rollcall, here.acme);
  });
});

describe('dbt', () => {
  // Licenses of managed people are given by hand only where manual updates are allowed, and only to who has accepted.
  const here = besideGlobex({ preset: 'dbt', manualUpdates: 'on', invitation: 'none' });
  const app = () => here.rollcall.db.app;
  const licenseOf = async (id: string) => (await accessOf(here.rollcall, here.acme, id)).license;
  const set = (settings: Parameters<typeof setAccessPolicy>[2]) => setAccessPolicy(app(), here.acme, settings, at);

  test('B41 B42 a group with a user who has no license is refused, and taken once the user has one', async () => {
    await set({ defaultLicense: 'none' });
    const id = await createUser(here.acme, 'b41');
    const group = { displayName: 'B41', members: [{ value: id }] };
    const refused = await here.acme.scim('POST', '/Groups', group);
    assertRefusal(refused, 400, 'invalidValue', /^All users must have licenses on the account/);
    await giveLicense(app(), here.acme, id, 'developer', at);
    assert.equal((await here.acme.scim('POST', '/Groups', group)).status, 201);
    await set({ defaultLicense: 'developer' });
  });

  test('B45 a new user is in no group that nobody put them into', async () => {
    const id = await createUser(here.acme, 'b45');
    assert.deepEqual((await here.acme.scim('GET', `/Users/${id}`)).body.groups ?? [], []);
  });

  test('B46 groups called Owner, Member and Everyone are groups like others, which can be emptied and deleted', async () => {
    const id = await createUser(here.acme, 'b46');
    for (const name of ['Owner', 'Member', 'Everyone']) {
      const group = await createGroup(here.acme, name, [id]);
      assert.equal((await accessOf(here.rollcall, here.acme, id)).role, 'viewer');
      assert.equal((await here.acme.scim('PATCH', `/Groups/${group}`, leaving(id))).status, 204);
      assert.equal((await here.acme.scim('DELETE', `/Groups/${group}`)).status, 204);
    }
  });

  test('B47 mappings of sign-in groups do not apply to SCIM-managed users, and still to others', async () => {
    await mapSignInGroup(app(), here.acme, 'readers', 'read_only', at);
    const id = await createUser(here.acme, 'b47');
    await applySignInGroups(app(), here.acme, id, { groups: ['readers'] }, at);
    assert.equal(await licenseOf(id), 'developer');
    await here.rollcall.db.owner.query(`update members set origin = 'local' where org_id = $1 and id = $2`, [
      here.acme.id,
      id,
    ]);
    await applySignInGroups(app(), here.acme, id, { groups: ['readers'] }, at);
    assert.equal(await licenseOf(id), 'read_only');
  });

  test('B52 B64 the licenses are developer, analyst, it and read_only, with one seat of it', async () => {
    const found = await listLicenses(app(), here.acme);
    assert.deepEqual(
      found.map(({ license, seats }) => [license, seats]),
      [
        ['developer', undefined],
        ['analyst', undefined],
        ['it', 1],
        ['read_only', undefined],
      ],
    );
  });

  test('B53 a new user has a developer license unless mapped', async () => {
    assert.equal(await licenseOf(await createUser(here.acme, 'b53')), 'developer');
  });

  test('B60 of several groups the developer license wins, and no match is developer; it counts at the next sign-in', async () => {
    const id = await createUser(here.acme, 'b60');
    await here.rollcall.db.owner.query(`update members set origin = 'local' where org_id = $1 and id = $2`, [
      here.acme.id,
      id,
    ]);
    await applySignInGroups(app(), here.acme, id, { groups: ['analysts', 'readers'] }, at);
    await mapSignInGroup(app(), here.acme, 'analysts', 'analyst', at);
    assert.equal(await licenseOf(id), 'read_only');
    await applySignInGroups(app(), here.acme, id, { groups: ['analysts', 'readers'] }, at);
    assert.equal(await licenseOf(id), 'analyst');
    await mapSignInGroup(app(), here.acme, 'builders', 'developer', at);
    await applySignInGroups(app(), here.acme, id, { groups: ['analysts', 'builders', 'readers'] }, at);
    assert.equal(await licenseOf(id), 'developer');
    await applySignInGroups(app(), here.acme, id, { groups: ['others'] }, at);
    assert.equal(await licenseOf(id), 'developer');
  });

  test('B61 a license comes with a SCIM group that an admin mapped, and an attribute of the group itself says nothing', async () => {
    const id = await createUser(here.acme, 'b61');
    const { body } = await here.acme.scim('POST', '/Groups', {
      displayName: 'B61',
      ...licensed('read_only'),
      members: [{ value: id }],
    });
    assert.equal(await licenseOf(id), 'developer');
    await mapTeam(app(), here.acme, body.id as string, { license: 'analyst' }, at);
    assert.equal(await licenseOf(id), 'analyst');
  });

  test('B56 while the switch is off the attribute arrives and decides nothing, and B58 B55 decides when it is on', async () => {
    const id = await createUser(here.acme, 'b56', licensed('analyst'));
    await giveLicense(app(), here.acme, id, 'read_only', at);
    assert.equal(await licenseOf(id), 'read_only');
    await set({ licenseSource: 'by-attribute' });
    assert.equal(await licenseOf(id), 'analyst');
  });

  for (const value of ['it', 'analyst', 'developer', 'read_only']) {
    test(`B54 the attribute takes the value ${value}`, async () => {
      assert.equal(await licenseOf(await createUser(here.acme, `b54-${value}`, licensed(value))), value);
    });
  }

  test('B54 its values are case-sensitive, and B57 one that the plan lacks is an error of the update', async () => {
    const id = await createUser(here.acme, 'b57', licensed('developer'));
    const path = `${licenseAttribute.schema}:licenseType`;
    for (const value of ['Analyst', 'enterprise']) {
      const update = patch({ op: 'replace', path, value });
      assertRefusal(await here.acme.scim('PATCH', `/Users/${id}`, update), 400, 'invalidValue', /is not a license/);
    }
    assert.equal(await licenseOf(id), 'developer');
  });

  test('B62 each update of the attribute changes the license', async () => {
    const id = await createUser(here.acme, 'b62', licensed('developer'));
    await here.acme.scim('PUT', `/Users/${id}`, user('b62', licensed('read_only')));
    assert.equal(await licenseOf(id), 'read_only');
  });

  test('B63 a read-only license blocks the actions of an admin', () => {
    const may = permissionsOf('admin', ['product:deploy'], reachOf('admin', 'read_only', true));
    assert.ok(may.has('members:read') && !may.has('members:write') && !may.has('roles:write'));
  });

  test('B65 without a free license the change of one is refused', async () => {
    const { length } = [...(await listLicenses(app(), here.acme))];
    assert.equal(length, 4);
    assert.deepEqual(await seatsOf(here.rollcall, here.acme, 'it'), [1, 1, 0]);
    const id = await createUser(here.acme, 'b65', licensed('developer'));
    const answer = await here.acme.scim('PUT', `/Users/${id}`, user('b65', licensed('it')));
    assertRefusal(answer, 400, 'invalidValue', /no free license for b65@acme.example \(it\)/);
    assert.equal(await licenseOf(id), 'developer');
    await assertAccessFollows(here.rollcall, here.acme);
  });
});

describe('Pulumi Cloud', () => {
  const here = besideGlobex({ preset: 'pulumi' });
  const app = () => here.rollcall.db.app;
  const roleOf = async (id: string) => (await accessOf(here.rollcall, here.acme, id)).role;

  test('P27 created users are plain members, and SCIM overwrites no role that was set in the console', async () => {
    const { body } = await here.acme.scim('POST', '/Users', user('p27', { roles: [{ value: 'admin' }] }));
    assert.equal(await roleOf(body.id as string), 'member');
    await giveRole(app(), here.acme, body.id as string, 'admin', at);
    await here.acme.scim('PUT', `/Users/${body.id}`, user('p27', { roles: [{ value: 'viewer' }] }));
    assert.equal(await roleOf(body.id as string), 'admin');
  });

  test('P36 the role of a SCIM team is set in the console, and its members follow the provider', async () => {
    const [one, other] = [await createUser(here.acme, 'p36'), await createUser(here.acme, 'p36-other')];
    const team = await createGroup(here.acme, 'P36', [one]);
    await here.acme.scim('PATCH', `/Groups/${team}`, joining(other));
    assert.equal(await mapTeam(app(), here.acme, team, { role: 'viewer' }, at), true);
    assert.deepEqual([await roleOf(one), await roleOf(other)], ['member', 'member'], 'the most permissive wins');
    await assertAccessFollows(here.rollcall, here.acme);
  });
});
