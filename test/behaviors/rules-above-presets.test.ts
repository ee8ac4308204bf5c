/** What no preset and no setting can take away: three rules, each where everything else is as open as it can be. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import fc from 'fast-check';
import { type Settings, settingNames, valuesOf } from '../../src/organization/policy-settings.ts';
import { presetNames } from '../../src/organization/presets.ts';
import { addMember } from '../../src/provisioning/add-member.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { acceptInvitation } from '../../src/provisioning/invitation.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { assertRefusal, createGroup, createUser, patch, user } from '../http/beside-globex.ts';
import { assertAccessFollows } from '../provisioning/access-of.ts';
import { scimClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { scaled } from '../scale.ts';
import { rowsOf } from '../store/twins.ts';
import { underPreset } from './under-preset.ts';

/** Every setting that can keep the provider or an admin from something, open. */
const open: Partial<Settings> = {
  accountMatch: 'link',
  usernameFormat: 'any',
  addressChange: 'apply',
  matchLetterCase: 'ignore',
  deletion: 'remove-after-grace',
  reactivation: 'restore',
  addByHand: 'allowed',
  manualUpdates: 'on',
  editMembersByHand: 'allowed',
  editTeamsByHand: 'allowed',
  groupNameClash: 'link',
  localTeams: 'listed',
  unknownMembers: 'skip',
  heldMembers: 'wait',
  invitation: 'none',
  unknownAttributes: 'keep',
  externalIds: 'stored',
  tokens: 'many',
  signInGroups: 'apply',
  licenseSource: 'by-rules',
  defaultLicense: 'none',
  countAboveMaximum: 'cap',
  withoutSeat: 'wait',
  groupNames: 'any',
  filters: 'all',
};

for (const preset of presetNames) {
  describe(`under ${preset} with everything open`, () => {
    const here = underPreset(preset, open as Record<string, string>);
    const { api, read, addPerson } = here;

    test('nobody who administers is linked without having been named', async () => {
      for (const role of ['admin', 'owner']) {
        const name = `boss-${role}`;
        const id = await addPerson(name, { email: `${name}@acme.example` });
        await giveRole(here.rollcall.db.app, here.acme, id, role as 'admin', { now: new Date() });
        const emails = [{ value: `${name}@acme.example` }];
        const named = /has to be named by an admin/;
        assertRefusal(await here.acme.scim('POST', '/Users', user(name)), 409, 'uniqueness', named);
        assertRefusal(await here.acme.scim('POST', '/Users', user('other', { emails })), 409, 'uniqueness', named);
        assertRefusal(await here.acme.scim('PUT', `/Users/${id}`, user(name)), 403, undefined, named);
        const off = patch({ op: 'replace', value: { active: false } });
        assertRefusal(await here.acme.scim('PATCH', `/Users/${id}`, off), 403, undefined, named);
        assertRefusal(await here.acme.scim('DELETE', `/Users/${id}`), 403);
        assert.equal((await api('POST', `/members/${id}/link`, { confirm: 'somebody@acme.example' })).status, 409);
        const { origin, status } = await read(`/members/${id}`);
        assert.deepEqual([origin, status], ['local', 'active']);
        assert.equal((await api('POST', `/members/${id}/link`, { confirm: `${name}@acme.example` })).status, 204);
        assert.equal(await createUser(here.acme, name), id);
      }
    });

    test('names grant nothing: neither of people, nor of groups, nor of the team that a group is called like', async () => {
      const says = {
        roles: [{ value: 'owner', primary: true }],
        entitlements: [{ value: 'admin' }],
        userType: 'admin',
        title: 'Owner',
      };
      const id = await createUser(here.acme, 'owner', says);
      const before = await read(`/access/${id}`);
      const admins = (await api('POST', '/teams', { name: 'Admins' })).body.id as string;
      await mapTeam(
        here.rollcall.db.app,
        here.acme,
        admins,
        { role: 'admin', license: 'developer' },
        { now: new Date() },
      );
      assertRefusal(
        await here.acme.scim('POST', '/Groups', { displayName: 'admins', members: [{ value: id }] }),
        409,
        'uniqueness',
      );
      for (const name of ['owner', 'admin', 'Owners', 'Administrators', 'developer', 'Everyone']) {
        await createGroup(here.acme, name, [id]);
      }
      const { role, customRoles, license } = await read(`/access/${id}`);
      assert.deepEqual([role, customRoles, license], [before.role, [], before.license]);
      assert.ok(role === 'viewer' || role === 'member');
    });
  });
}

describe('no policy opens what security closes', () => {
  let rollcall: TestRollcall;
  let globex: TestOrganization;
  let foreign: { person: string; team: string };
  let made = 0;
  before(async () => {
    rollcall = await startRollcall();
    globex = await rollcall.organization({ slug: 'globex' });
    const person = await createUser(globex, 'of-globex');
    foreign = { person, team: await createGroup(globex, 'Of Globex', [person]) };
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  const policies = fc.record(
    Object.fromEntries(settingNames.map((name) => [name, fc.constantFrom(...valuesOf(name))])),
  ) as fc.Arbitrary<Record<string, string>>;

  const secret = 'correct-horse-battery-staple';
  type Aim = { org: TestOrganization; keeper: string; person: string; team: string };
  /** What somebody with a SCIM token might try. */
  const attempts: Record<string, (aim: Aim) => Promise<{ status: number; text: string }>> = {
    'read another organization': ({ org }) => org.scim('GET', `/Users/${foreign.person}`),
    'write another organization': ({ org }) => org.scim('PUT', `/Users/${foreign.person}`, user('mine')),
    'delete in another organization': ({ org }) => org.scim('DELETE', `/Groups/${foreign.team}`),
    'put a foreign person into a group': ({ org, team }) =>
      org.scim('PUT', `/Groups/${team}`, { displayName: 'Team', members: [{ value: foreign.person }] }),
    'use the token elsewhere': ({ org }) => scimClient(globex.scimBaseUrl, org.token)('GET', '/Users'),
    'suspend the last admin': ({ org, keeper }) =>
      org.scim('PATCH', `/Users/${keeper}`, patch({ op: 'replace', value: { active: false } })),
    'delete the last admin': ({ org, keeper }) => org.scim('DELETE', `/Users/${keeper}`),
    'become the last admin': ({ org }) => org.scim('POST', '/Users', user('keeper')),
    'name a role': ({ org, person }) =>
      org.scim('PATCH', `/Users/${person}`, patch({ op: 'add', value: { roles: [{ value: 'owner' }] } })),
    'fill the team that gives admin': ({ org, team, person }) =>
      org.scim('PATCH', `/Groups/${team}`, patch({ op: 'add', path: 'members', value: [{ value: person }] })),
    'rename a group to Admins': ({ org, team }) =>
      org.scim('PATCH', `/Groups/${team}`, patch({ op: 'replace', value: { displayName: 'Admins' } })),
    'send a password': ({ org, person }) =>
      org.scim('PATCH', `/Users/${person}`, patch({ op: 'replace', value: { password: secret } })),
    'send the token in a body': ({ org, person }) =>
      org.scim('PATCH', `/Users/${person}`, patch({ op: 'nonsense', value: { displayName: org.token } })),
    'ask for the password': ({ org }) => org.scim('GET', `/Users?filter=${encodeURIComponent('password pr')}`),
  };
  const names = Object.keys(attempts);

  test('random policies and hostile requests leave tenancy, the last admin, seats, ceilings and secrets as they are', async () => {
    // What was refused with a token of another organization stands in the log of the one that was asked and is counted there, and
    // the use of its own token is noted a moment later.
    const rowsOfGlobex = async () => {
      const {
        scim_requests: _,
        traffic_counts: __,
        scim_tokens: ___,
        ...rows
      } = await rowsOf(rollcall.db.owner, globex.id);
      return rows;
    };
    const untouched = await rowsOfGlobex();
    const story = fc.array(fc.constantFrom(...names), { minLength: 3, maxLength: 8 });
    await fc.assert(
      fc.asyncProperty(policies, story, async (settings, story) => {
        const org = await rollcall.organization({ slug: `hostile-${++made}`, settings });
        const at = { now: new Date() };
        const keeper = (
          await addMember(rollcall.db.app, org, { userName: 'keeper@acme.example', breakGlass: true }, at)
        ).id;
        await acceptInvitation(rollcall.db.app, org, keeper, at);
        await giveRole(rollcall.db.app, org, keeper, 'admin', at);
        const { body } = await org.scim('POST', '/Users', user('person'));
        const person = (body.id ?? keeper) as string;
        const team = await createGroup(org, 'Team');
        await mapTeam(rollcall.db.app, org, team, { role: 'admin' }, at);
        for (const name of story) {
          const { status, text } = await (attempts[name] as (typeof attempts)[string])({ org, keeper, person, team });
          assert.ok(status < 500, `${name}: ${status} ${text}`);
          assert.ok(!text.includes('of-globex') && !text.includes('Of Globex'), name);
        }
        const { rows } = await rollcall.db.owner.query(
          `select id from members where org_id = $1 and role in ('owner', 'admin') and status = 'active' and deleted_at is null`,
          [org.id],
        );
        assert.deepEqual(rows, [{ id: keeper }], 'whoever administers is who did, under the ceiling of the token');
        await assertAccessFollows(rollcall, org);
        const stored = JSON.stringify(await rowsOf(rollcall.db.owner, org.id));
        assert.ok(!stored.includes(secret) && !stored.includes(org.token));
      }),
      { numRuns: scaled(20) },
    );
    assert.deepEqual(await rowsOfGlobex(), untouched);
  });
});
