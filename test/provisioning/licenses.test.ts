import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { licenseAttribute } from '../../src/organization/licenses.ts';
import type { AccessSetting } from '../../src/provisioning/access-settings.ts';
import { setAccessPolicy } from '../../src/provisioning/change-policy.ts';
import { setSeats } from '../../src/provisioning/change-seats.ts';
import { giveLicense } from '../../src/provisioning/give-access.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { applySignInGroups, mapSignInGroup } from '../../src/provisioning/sign-in-licenses.ts';
import {
  assertRefusal,
  besideGlobex,
  createGroup,
  createUser,
  eventsAfter,
  lastEvent,
  loggedRequestOf,
  membershipRows,
  patch,
  user,
} from '../http/beside-globex.ts';
import { accessOf, assertAccessFollows, seatsOf } from './access-of.ts';

const at = { now: new Date('2030-01-10T12:00:00Z') };
const active = (value: boolean) => patch({ op: 'replace', value: { active: value } });
const joining = (id: string) => patch({ op: 'add', path: 'members', value: [{ value: id }] });
const licensed = (licenseType: unknown) => ({ [licenseAttribute.schema]: { licenseType } });

describe('licenses that wait for seats', () => {
  const here = besideGlobex({ licenseSource: 'by-hand', defaultLicense: 'developer', withoutSeat: 'wait' });
  const app = () => here.rollcall.db.app;
  const access = async (id: string) => {
    const { license, waitsFor } = await accessOf(here.rollcall, here.acme, id);
    return license ?? (waitsFor === null ? 'none' : `waits for ${waitsFor}`);
  };
  const seats = async () => await seatsOf(here.rollcall, here.acme, 'developer');

  test('B53 whoever is new has the default license, and whoever is not active takes no seat', async () => {
    const ada = await createUser(here.acme, 'ada');
    assert.equal(await access(ada), 'developer');
    assert.deepEqual(await seats(), [undefined, 1, 0]);
    const ben = await createUser(here.acme, 'ben', { active: false });
    assert.deepEqual(
      [await access(ben), (await accessOf(here.rollcall, here.acme, ben)).licenseRule],
      ['none', 'license-of-inactive'],
    );
    await here.acme.scim('PATCH', `/Users/${ada}`, active(false));
    assert.deepEqual([await access(ada), await seats()], ['none', [undefined, 0, 0]]);
    await here.acme.scim('PATCH', `/Users/${ada}`, active(true));
    assert.deepEqual([await access(ada), await seats()], ['developer', [undefined, 1, 0]]);
  });

  test('K27 without a seat a person waits, which the request log says, and is in force by itself when a seat frees', async () => {
    await setSeats(app(), here.acme, 'developer', 1, at);
    const team = await createGroup(here.acme, 'Team');
    const answer = await here.acme.scim('POST', '/Users', user('cleo'));
    const cleo = answer.body.id as string;
    assert.equal(answer.status, 201);
    assert.equal(await access(cleo), 'waits for developer');
    assert.match((await loggedRequestOf(here.rollcall, here.acme, answer)).detail ?? '', /they wait for a seat: cleo@/);
    await here.acme.scim('PATCH', `/Groups/${team}`, joining(cleo));
    assert.deepEqual(await membershipRows(here.rollcall, here.acme, team), [
      { member: cleo, inForce: false, rule: 'member-unlicensed' },
    ]);
    const dan = await createUser(here.acme, 'dan');
    assert.deepEqual(await seats(), [1, 1, 2]);

    const before = await lastEvent(here.rollcall, here.acme);
    const [ada] =
      (await here.acme.scim('GET', '/Users?filter=userName%20eq%20%22ada@acme.example%22')).body.Resources ?? [];
    assert.equal((await here.acme.scim('PATCH', `/Users/${ada?.id}`, active(false))).status, 200);
    assert.deepEqual(
      [await access(cleo), await access(dan), await seats()],
      ['developer', 'waits for developer', [1, 1, 1]],
    );
    assert.deepEqual(await membershipRows(here.rollcall, here.acme, team), [
      { member: cleo, inForce: true, rule: 'asked-member' },
    ]);
    const kinds = (await eventsAfter(here.rollcall, here.acme, before)).map(({ kind }) => kind);
    assert.deepEqual(kinds, [
      'member.suspended',
      'member.license_changed',
      'member.license_changed',
      'team.members_changed',
    ]);
    await assertAccessFollows(here.rollcall, here.acme);
  });

  test('more seats go to those who wait, and fewer than are taken are refused', async () => {
    await setSeats(app(), here.acme, 'developer', 5, at);
    assert.deepEqual(await seats(), [5, 2, 0]);
    await assert.rejects(setSeats(app(), here.acme, 'developer', 1, at), /2 seats of developer are taken/);
    await assertAccessFollows(here.rollcall, here.acme);
  });

  test('a person who is removed frees the seat, and whoever waited and goes leaves the line', async () => {
    await setSeats(app(), here.acme, 'developer', 2, at);
    const [eve, fay] = [await createUser(here.acme, 'eve'), await createUser(here.acme, 'fay')];
    assert.deepEqual(
      [await access(eve), await access(fay), await seats()],
      ['waits for developer', 'waits for developer', [2, 2, 2]],
    );
    await here.acme.scim('PATCH', `/Users/${eve}`, active(false));
    assert.deepEqual(await seats(), [2, 2, 1]);
    const [dan] =
      (await here.acme.scim('GET', '/Users?filter=userName%20eq%20%22dan@acme.example%22')).body.Resources ?? [];
    assert.equal((await here.acme.scim('DELETE', `/Users/${dan?.id}`)).status, 204);
    assert.deepEqual([await access(fay), await seats()], ['developer', [2, 2, 0]]);
    await assertAccessFollows(here.rollcall, here.acme);
  });

  test('an admin gives another license, which frees the one before', async () => {
    const gil = await createUser(here.acme, 'gil');
    assert.equal(await access(gil), 'waits for developer');
    await giveLicense(app(), here.acme, gil, 'read_only', at);
    assert.deepEqual([await access(gil), await seats()], ['read_only', [2, 2, 0]]);
    await assert.rejects(
      giveLicense(app(), here.acme, gil, 'gold', at),
      /no license "gold"; its licenses are developer/,
    );
    await assertAccessFollows(here.rollcall, here.acme);
  });

  test('a license type of the organization’s own can be added and given', async () => {
    await setSeats(app(), here.acme, 'guest', 3, at);
    const hal = await createUser(here.acme, 'hal');
    await giveLicense(app(), here.acme, hal, 'guest', at);
    assert.equal(await access(hal), 'guest');
    await assertAccessFollows(here.rollcall, here.acme);
  });
});

describe('licenses that are refused without a seat', () => {
  const here = besideGlobex({ licenseSource: 'by-rules', defaultLicense: 'none', withoutSeat: 'refuse' });
  const app = () => here.rollcall.db.app;
  const license = async (id: string) => (await accessOf(here.rollcall, here.acme, id)).license;

  test('B61 a team gives its license, the strongest of several, and B41 holds back the teams of those who have none', async () => {
    const ada = await createUser(here.acme, 'ada');
    const others = await createGroup(here.acme, 'Others', [ada]);
    assert.deepEqual(await membershipRows(here.rollcall, here.acme, others), [
      { member: ada, inForce: false, rule: 'member-unlicensed' },
    ]);
    const [analysts, builders] = [await createGroup(here.acme, 'Analysts'), await createGroup(here.acme, 'Builders')];
    await mapTeam(app(), here.acme, analysts, { license: 'analyst' }, at);
    await mapTeam(app(), here.acme, builders, { license: 'developer' }, at);
    await here.acme.scim('PATCH', `/Groups/${analysts}`, joining(ada));
    assert.equal(await license(ada), 'analyst');
    for (const team of [others, analysts]) {
      assert.deepEqual(await membershipRows(here.rollcall, here.acme, team), [
        { member: ada, inForce: true, rule: 'asked-member' },
      ]);
    }
    await here.acme.scim('PATCH', `/Groups/${builders}`, joining(ada));
    assert.equal(await license(ada), 'developer');
    await here.acme.scim('PUT', `/Groups/${builders}`, { displayName: 'Builders', members: [] });
    assert.equal(await license(ada), 'analyst');
    await assertAccessFollows(here.rollcall, here.acme);
  });

  test('D29 B65 no free license refuses the request whole, and names the person and the way out', async () => {
    await setSeats(app(), here.acme, 'it', 1, at);
    const [ben, cleo] = [await createUser(here.acme, 'ben'), await createUser(here.acme, 'cleo')];
    const team = await createGroup(here.acme, 'IT');
    await mapTeam(app(), here.acme, team, { license: 'it' }, at);
    assert.equal((await here.acme.scim('PATCH', `/Groups/${team}`, joining(ben))).status, 204);
    const refused = await here.acme.scim('PATCH', `/Groups/${team}`, joining(cleo));
    assertRefusal(refused, 400, 'invalidValue', new RegExp(`no free license for ${cleo} \\(it\\)`));
    assert.deepEqual(await membershipRows(here.rollcall, here.acme, team), [
      { member: ben, inForce: true, rule: 'asked-member' },
    ]);
    const full = await createGroup(here.acme, 'Full', [ben, cleo]);
    await assert.rejects(mapTeam(app(), here.acme, full, { license: 'it' }, at), /not enough seats.*1 more of it/);
    await assertAccessFollows(here.rollcall, here.acme);
  });

  test('B60 B47 a group of the sign-in gives a license to people of the organization’s own, and not to managed ones', async () => {
    await mapSignInGroup(app(), here.acme, 'dbt_readers', 'read_only', at);
    const dan = await createUser(here.acme, 'dan');
    const signIn = (groups: string[]) => applySignInGroups(app(), here.acme, dan, { groups }, at);
    assert.equal(await signIn(['dbt_readers']), false);
    assert.equal(await license(dan), null);
    await here.rollcall.db.owner.query(`update members set origin = 'local' where org_id = $1 and id = $2`, [
      here.acme.id,
      dan,
    ]);
    assert.equal(await signIn(['others', 'dbt_readers']), true);
    assert.equal(await license(dan), 'read_only');
    await signIn([]);
    assert.equal(await license(dan), null);
    await setAccessPolicy(app(), here.acme, { signInGroups: 'apply' }, at);
    await here.rollcall.db.owner.query(`update members set origin = 'provisioned' where org_id = $1 and id = $2`, [
      here.acme.id,
      dan,
    ]);
    await signIn(['dbt_readers']);
    assert.equal(await license(dan), 'read_only');
    await assertAccessFollows(here.rollcall, here.acme);
  });
});

describe('SCIM as the source of truth of licenses', () => {
  const here = besideGlobex({ licenseSource: 'by-hand', defaultLicense: 'developer', withoutSeat: 'refuse' });
  const app = () => here.rollcall.db.app;
  const access = async (id: string) => {
    const { license, licenseRule } = await accessOf(here.rollcall, here.acme, id);
    return [license, licenseRule];
  };
  const set = (settings: { [Name in AccessSetting]?: string }) => setAccessPolicy(app(), here.acme, settings, at);

  test('B56 B58 the attribute may arrive before it decides, and B55 decides alone from the moment of the switch', async () => {
    const ada = await createUser(here.acme, 'ada', licensed('read_only'));
    const ben = await createUser(here.acme, 'ben', licensed('it'));
    const cleo = await createUser(here.acme, 'cleo');
    await giveLicense(app(), here.acme, cleo, 'analyst', at);
    assert.deepEqual(await access(ada), ['developer', 'license-by-default']);
    await set({ licenseSource: 'by-attribute' });
    assert.deepEqual(await access(ada), ['read_only', 'license-by-attribute']);
    assert.deepEqual(await access(ben), ['it', 'license-by-attribute']);
    assert.deepEqual(await access(cleo), ['developer', 'license-by-default'], 'the manual license is ignored');
    await assertAccessFollows(here.rollcall, here.acme);
  });

  test('B62 an update of the attribute changes the license, in each of Okta’s shapes', async () => {
    const dan = await createUser(here.acme, 'dan', licensed('analyst'));
    assert.deepEqual(await access(dan), ['analyst', 'license-by-attribute']);
    const path = `${licenseAttribute.schema}:licenseType`;
    await here.acme.scim('PATCH', `/Users/${dan}`, patch({ op: 'replace', path, value: 'developer' }));
    assert.deepEqual(await access(dan), ['developer', 'license-by-attribute']);
    await here.acme.scim('PATCH', `/Users/${dan}`, patch({ op: 'replace', value: licensed('read_only') }));
    assert.deepEqual(await access(dan), ['read_only', 'license-by-attribute']);
    const { status } = await here.acme.scim('PUT', `/Users/${dan}`, user('dan', licensed('developer')));
    assert.equal(status, 200);
    assert.deepEqual(await access(dan), ['developer', 'license-by-attribute']);
  });

  for (const value of ['Developer', 'gold', ' it']) {
    test(`B54 B57 "${value}" is no license, since letter case counts, and is refused with those there are`, async () => {
      const answer = await here.acme.scim('POST', '/Users', user(`new-${value.trim()}`, licensed(value)));
      assertRefusal(
        answer,
        400,
        'invalidValue',
        /is not a license of this organization.*developer, analyst, it, read_only/,
      );
    });
  }

  test('B57 a license that the plan lacks is an error of the update', async () => {
    await setSeats(app(), here.acme, 'guest', 1, at);
    await setSeats(app(), here.acme, 'guest', 0, at);
    const answer = await here.acme.scim('POST', '/Users', user('guest', licensed('guest')));
    assertRefusal(answer, 400, 'invalidValue', /"guest" is not a license/);
  });

  test('B64 there is one seat of it', async () => {
    const answer = await here.acme.scim('POST', '/Users', user('second-it', licensed('it')));
    assertRefusal(answer, 400, 'invalidValue', /no free license for second-it@acme.example \(it\)/);
    assert.deepEqual(await seatsOf(here.rollcall, here.acme, 'it'), [1, 1, 0]);
  });

  test('turning licenses off frees all seats', async () => {
    await set({ licenseSource: 'none' });
    assert.deepEqual(await seatsOf(here.rollcall, here.acme, 'developer'), [undefined, 0, 0]);
    await assertAccessFollows(here.rollcall, here.acme);
    await assert.rejects(set({ licenseSource: 'whim' }), /takes none or by-rules/);
  });

  test('a request of a process that still goes by the policy before is run by the new one', async () => {
    await set({ licenseSource: 'by-hand', defaultLicense: 'analyst' });
    const eve = await createUser(here.acme, 'eve');
    assert.deepEqual(await access(eve), ['analyst', 'license-by-default']);
  });
});
