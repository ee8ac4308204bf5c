import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { addMember } from '../../src/provisioning/add-member.ts';
import { addTeam, changePersonOfTeam } from '../../src/provisioning/edit-team.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { allowTeamLinking } from '../../src/provisioning/link-team.ts';
import { mapTeam } from '../../src/provisioning/map-team.ts';
import { setRoleCeiling } from '../../src/provisioning/set-role-ceiling.ts';
import { assertFeedTellsState } from '../feed-replay.ts';
import { accessOf, assertAccessFollows } from '../provisioning/access-of.ts';
import { apiClient, type Scim, startRollcall } from '../rollcall.ts';
import {
  assertRefusal,
  besideGlobex,
  createUser,
  eventsAfter,
  filtered,
  memberRow,
  membershipRows,
  patch,
  user,
} from './beside-globex.ts';

describe('linking by the default policy', () => {
  const here = besideGlobex();
  let api: Scim;
  before(() => {
    const admin = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    api = (method, path, ...rest) => admin(method, `/organizations/acme${path}`, ...rest);
  });
  const add = async (name: string, more: Record<string, unknown> = {}) => {
    const written = { userName: `${name}@acme.example`, breakGlass: true, ...more };
    return (await addMember(here.rollcall.db.app, here.acme, written, { now: new Date() })).id;
  };
  const memberOf = async (id: string) => (await api('GET', `/members/${id}`)).body;

  test('D24, K1: a person whom the provider creates and an admin has made is linked, and not made twice', async () => {
    const id = await add('ada', { displayName: 'A.' });
    const created = await here.acme.scim('POST', '/Users', user('ADA'));
    assert.equal(created.status, 201, created.text);
    assert.equal(created.body.id, id);
    const member = await memberOf(id);
    assert.deepEqual([member.origin, member.name, member.externalId], ['claimed', 'ADA Byron', '00u-ADA']);
    const again = await here.acme.scim('POST', '/Users', user('ada', { externalId: 'other' }));
    assertRefusal(again, 409, 'uniqueness');
    const events = await eventsAfter(here.rollcall, here.acme, 0);
    const linked = events.find(({ kind }) => kind === 'member.linked');
    assert.deepEqual(
      [linked?.actor.type, linked?.data],
      ['token', { member: { id, userName: 'ada@acme.example' }, before: 'local', after: 'claimed' }],
    );
  });

  test('D25: a person whom the provider finds by name and updates is linked', async () => {
    const id = await add('ben');
    const found = await here.acme.scim('GET', filtered('/Users', 'userName eq "ben@acme.example"'));
    assert.equal(found.body.Resources?.[0]?.id, id);
    assert.equal((await here.acme.scim('PUT', `/Users/${id}`, user('ben'))).status, 200);
    assert.equal((await memberOf(id)).origin, 'claimed');
  });

  test('P20: an e-mail address alone links nobody', async () => {
    const id = await add('cleo', { email: 'c@acme.example' });
    const emails = [{ value: 'C@acme.example', type: 'work', primary: true }];
    const refused = await here.acme.scim('POST', '/Users', user('cleopatra', { emails }));
    assertRefusal(refused, 409, 'uniqueness', /an e-mail address alone does not prove/);
    assert.equal((await memberOf(id)).origin, 'local');
  });

  test('nobody who administers is linked without having been named', async () => {
    const id = await add('dora');
    await giveRole(here.rollcall.db.app, here.acme, id, 'admin', { now: new Date() });
    assertRefusal(await here.acme.scim('POST', '/Users', user('dora')), 409, 'uniqueness', /has to be named/);
    assertRefusal(await here.acme.scim('PUT', `/Users/${id}`, user('dora')), 403, undefined, /has to be named/);
    assert.equal((await api('POST', `/members/${id}/link`, { confirm: 'dora' })).status, 409);
    assert.equal((await api('POST', `/members/${id}/link`, { confirm: 'dora@acme.example' })).status, 204);
    assert.equal((await here.acme.scim('POST', '/Users', user('dora'))).body.id, id);
    assert.deepEqual([(await memberOf(id)).origin], ['claimed']);
  });

  test('K26: whoever is set apart as a way in is touched by no request of the provider, whatever an admin allowed before', async () => {
    const id = await add('glass');
    const setApart = async (breakGlass: boolean) => await api('PUT', `/members/${id}/break-glass`, { breakGlass });
    assert.match((await setApart(true)).body.detail ?? '', /only an active owner or admin/);
    await giveRole(here.rollcall.db.app, here.acme, id, 'admin', { now: new Date() });
    assert.equal((await api('POST', `/members/${id}/link`, { confirm: 'glass@acme.example' })).status, 204);
    assert.equal((await setApart(true)).body.breakGlass, true);
    assert.equal((await setApart(true)).status, 200);
    const before = await memberOf(id);
    const off = patch({ op: 'replace', value: { active: false } });
    const refusal = /set apart by an admin as a way in/;
    assertRefusal(await here.acme.scim('POST', '/Users', user('glass')), 409, 'uniqueness', refusal);
    assertRefusal(await here.acme.scim('PUT', `/Users/${id}`, user('glass')), 403, undefined, refusal);
    assertRefusal(await here.acme.scim('PATCH', `/Users/${id}`, off), 403, undefined, refusal);
    assertRefusal(await here.acme.scim('DELETE', `/Users/${id}`), 403);
    assert.equal((await api('POST', `/members/${id}/link`, { confirm: 'glass@acme.example' })).status, 409);
    assert.deepEqual(await memberOf(id), before);
    const managed = await createUser(here.acme, 'glass-managed');
    const refused = await api('PUT', `/members/${managed}/break-glass`, { breakGlass: true });
    assert.match(refused.body.detail ?? '', /the provider manages the person/);
    assert.equal((await setApart(false)).body.breakGlass, false);
    assert.equal((await here.acme.scim('PUT', `/Users/${id}`, user('glass'))).status, 200);
    assert.equal((await memberOf(id)).origin, 'claimed');
  });

  test('whoever is parted from the provider stays, is an admin’s to edit, and is not taken over again', async () => {
    const id = await createUser(here.acme, 'edda');
    assert.equal((await api('POST', `/members/${id}/unlink`)).body.origin, 'local');
    assert.equal((await api('PATCH', `/members/${id}`, { displayName: 'E.' })).body.name, 'E.');
    assertRefusal(
      await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } })),
      403,
      undefined,
      /^edda@acme\.example is managed in Rollcall and is not linked, because an admin parted the person/,
    );
    await api('POST', `/members/${id}/link`, { confirm: 'edda@acme.example' });
    await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { active: false } }));
    assert.deepEqual([(await memberOf(id)).origin, (await memberOf(id)).status], ['claimed', 'suspended']);
  });

  test('a member is unlocked for some hours, and is locked again', async () => {
    const id = await createUser(here.acme, 'fay');
    assert.equal((await api('PATCH', `/members/${id}`, { displayName: 'F.' })).body.code, 'locked');
    const unlocked = await api('POST', `/members/${id}/unlock`, { hours: 2 });
    assert.match(unlocked.body.unlockedUntil as string, /Z$/);
    assert.equal((await api('PATCH', `/members/${id}`, { displayName: 'F.' })).body.name, 'F.');
    assert.equal((await api('POST', `/members/${id}/unlock`, { hours: 0 })).body.unlockedUntil, null);
    assert.equal((await api('PATCH', `/members/${id}`, { displayName: 'G.' })).body.code, 'locked');
    assert.equal((await api('POST', `/members/${id}/unlock`, { hours: 1_000 })).status, 400);
  });

  test('a team is unlocked for some hours, and is locked again', async () => {
    const team = (await here.acme.scim('POST', '/Groups', { displayName: 'Sales' })).body.id as string;
    assert.equal((await api('PATCH', `/teams/${team}`, { name: 'Selling' })).body.code, 'locked');
    await api('POST', `/teams/${team}/unlock`, { hours: 1 });
    assert.equal((await api('PATCH', `/teams/${team}`, { name: 'Selling' })).body.name, 'Selling');
    await api('POST', `/teams/${team}/unlock`, { hours: 0 });
    assert.equal((await api('PATCH', `/teams/${team}`, { name: 'Sold' })).body.code, 'locked');
  });

  test('D37, K11: a local team that the provider names by its id is linked, and its list is what holds then', async () => {
    const [gwen, hana] = [await createUser(here.acme, 'gwen'), await createUser(here.acme, 'hana')];
    const team = (await api('POST', '/teams', { name: 'Writers' })).body.id as string;
    await api('PUT', `/teams/${team}/members/${gwen}`);
    const body = { displayName: 'Writers', members: [{ value: hana }] };
    const push = () => here.acme.scim('PUT', `/Groups/${team}`, body);
    const decided = /an admin there has to decide.*rollcall team decide <org> .* Push Now/;
    assertRefusal(await here.acme.scim('POST', '/Groups', body), 409, 'uniqueness', decided);
    assertRefusal(await push(), 409, 'uniqueness', decided);
    const { items } = (await api('GET', '/link-decisions')).body as { items: { team: { id: string } }[] };
    assert.deepEqual(
      items.map((each) => each.team),
      [{ id: team, name: 'Writers', inForce: 1 }],
    );
    const asked = (await eventsAfter(here.rollcall, here.acme, 0)).filter(({ kind }) => kind === 'team.link_asked');
    assert.deepEqual(
      asked.map(({ actor }) => actor.type),
      ['token'],
      'it is told once',
    );
    const people = (await api('GET', `/teams/${team}/members`)).body.items as { id: string }[];
    assert.deepEqual(
      people.map(({ id }) => id),
      [gwen],
      'nothing was applied',
    );
    assert.equal((await api('POST', `/teams/${team}/link-decision`, { decision: 'link' })).body.origin, 'local');
    assert.deepEqual((await api('GET', '/link-decisions')).body.items, []);
    assert.equal((await push()).status, 200);
    assert.equal((await api('GET', `/teams/${team}`)).body.origin, 'linked');
    const rows = await membershipRows(here.rollcall, here.acme, team);
    assert.deepEqual(rows, [{ member: hana, inForce: true, rule: 'asked-member' }]);
    assert.equal((await api('POST', `/teams/${team}/link-decision`, { decision: 'link' })).status, 409);
  });

  test('K11 ask: an admin keeps a team to itself under another name, and the group becomes one of its own', async () => {
    const team = (await api('POST', '/teams', { name: 'Readers' })).body.id as string;
    const push = () => here.acme.scim('POST', '/Groups', { displayName: 'Readers' });
    assertRefusal(await push(), 409, 'uniqueness');
    const decide = (rename: string) => api('POST', `/teams/${team}/link-decision`, { decision: 'create', rename });
    await api('POST', '/teams', { name: 'Taken' });
    assert.equal((await decide('Taken')).status, 409);
    assert.equal((await decide('Readers')).status, 409);
    assert.match((await decide('READERS')).body.detail ?? '', /letter case makes no other name/);
    const { items } = (await api('GET', '/link-decisions')).body as { items: unknown[] };
    assert.equal(items.length, 1, 'the decision is still to be made');
    assert.equal((await decide('Our readers')).body.name, 'Our readers');
    const pushed = await push();
    assert.equal(pushed.status, 201, pushed.text);
    assert.notEqual(pushed.body.id, team);
    assertRefusal(await here.acme.scim('PUT', `/Groups/${team}`, { displayName: 'Readers' }), 403);
    assert.equal((await api('GET', `/teams/${team}`)).body.origin, 'local');
  });

  test('K11 ask: what an admin allows beforehand is linked at once, also where the team gives something', async () => {
    const team = (await api('POST', '/teams', { name: 'Givers' })).body.id as string;
    await mapTeam(here.rollcall.db.app, here.acme, team, { role: 'member' }, { now: new Date() });
    assert.equal((await api('POST', `/teams/${team}/link`)).status, 200);
    const pushed = await here.acme.scim('POST', '/Groups', { displayName: 'givers' });
    assert.deepEqual([pushed.status, pushed.body.id], [201, team]);
  });

  test('a team is parted from the provider with its people, and not taken over again', async () => {
    const jane = await createUser(here.acme, 'jane');
    const body = { displayName: 'Parted', members: [{ value: jane }] };
    const team = (await here.acme.scim('POST', '/Groups', body)).body.id as string;
    assert.equal((await api('POST', `/teams/${team}/unlink`)).body.origin, 'local');
    const [person] = (await api('GET', `/teams/${team}/members`)).body.items as Record<string, unknown>[];
    assert.deepEqual([person?.id, person?.asked, person?.inForce], [jane, false, true]);
    assertRefusal(await here.acme.scim('PUT', `/Groups/${team}`, body), 403, undefined, /parted the team/);
    await api('POST', `/teams/${team}/link`);
    assert.equal((await here.acme.scim('PUT', `/Groups/${team}`, body)).status, 200);
    assert.equal((await api('GET', `/teams/${team}`)).body.origin, 'linked');
  });

  test('the feed tells it all', async () => {
    await assertFeedTellsState(here.rollcall.db.app, here.rollcall.db.owner, here.acme);
  });
});

for (const [preset, byName, byEmail] of [
  ['rollcall', 201, 409],
  ['dagster', 201, 201],
  ['dbt', 201, 201],
  ['pulumi', 409, 409],
] as const) {
  test(`K1: ${preset} answers ${byName} to a known name and ${byEmail} to a known address`, async () => {
    await using rollcall = await startRollcall();
    const accountMatch = { rollcall: 'trusted', dagster: 'link', dbt: 'link', pulumi: 'refuse' }[preset];
    const acme = await rollcall.organization({ settings: { accountMatch } });
    const at = { now: new Date() };
    const ada = { userName: 'ada@acme.example', breakGlass: true };
    const ben = { userName: 'ben@acme.example', email: 'b@acme.example', breakGlass: true };
    await addMember(rollcall.db.app, acme, ada, at);
    await addMember(rollcall.db.app, acme, ben, at);
    assert.equal((await acme.scim('POST', '/Users', user('ada'))).status, byName);
    const benjamin = user('benjamin', { emails: [{ value: 'b@acme.example' }] });
    assert.equal((await acme.scim('POST', '/Users', benjamin)).status, byEmail);
  });
}

test('P18, K3 refuse: another userName is refused, in each shape, and addresses may change', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { addressChange: 'refuse' } });
  const id = await createUser(acme, 'ada');
  const other = { userName: 'lovelace@acme.example' };
  const mutability = /^Attribute 'userName' is immutable\..*ada@acme\.example.*Create only/;
  for (const [method, body] of [
    ['PUT', user('ada', other)],
    ['PATCH', patch({ op: 'replace', value: other })],
    ['PATCH', patch({ op: 'replace', path: 'userName', value: other.userName })],
  ] as const) {
    assertRefusal(await acme.scim(method, `/Users/${id}`, body), 400, 'mutability', mutability);
  }
  assert.equal((await acme.scim('PUT', `/Users/${id}`, user('ada', { userName: 'ADA@acme.example' }))).status, 200);
  const emails = [{ value: 'a@acme.example', primary: true }];
  assert.equal((await acme.scim('PUT', `/Users/${id}`, user('ada', { emails }))).status, 200);
  assert.equal((await memberRow(rollcall, acme, id)).in_force_email, 'a@acme.example');
  const local = await addMember(
    rollcall.db.app,
    acme,
    { userName: 'ben@acme.example', breakGlass: true },
    { now: new Date() },
  );
  const taken = await acme.scim('PUT', `/Users/${local.id}`, user('benjamin'));
  assertRefusal(taken, 400, 'mutability', /userName of ben@acme\.example/);
});

for (const [matchLetterCase, byName, byId, byEmail, byTeam] of [
  ['ignore', 201, 200, 'linked', 201],
  ['exact', 409, 403, 'made', 409],
] as const) {
  test(`B28, K4 ${matchLetterCase}: people and teams that are spelled otherwise`, async () => {
    await using rollcall = await startRollcall();
    const settings = { matchLetterCase, accountMatch: 'link', groupNameClash: 'link' };
    const acme = await rollcall.organization({ settings });
    const at = { now: new Date() };
    const add = async (name: string) =>
      await addMember(
        rollcall.db.app,
        acme,
        { userName: `${name}@acme.example`, email: `${name}.b@acme.example`, breakGlass: true },
        at,
      );
    const [, ben, cleo, dan] = [await add('ada'), await add('ben'), await add('cleo'), await add('dan')];
    assert.equal((await acme.scim('POST', '/Users', user('ADA', { emails: [] }))).status, byName);
    assert.equal((await acme.scim('PUT', `/Users/${ben.id}`, user('Ben'))).status, byId);
    const emails = [{ value: 'Cleo.B@acme.example' }];
    const created = await createUser(acme, 'cleopatra', { emails });
    assert.equal(created === cleo.id ? 'linked' : 'made', byEmail);
    assert.equal(await createUser(acme, 'daniel', { emails: [{ value: 'dan.b@acme.example' }] }), dan.id);
    const [writers, readers] = [
      await addTeam(rollcall.db.app, acme, 'Writers', at),
      await addTeam(rollcall.db.app, acme, 'Readers', at),
    ];
    assert.equal((await acme.scim('POST', '/Groups', { displayName: 'WRITERS' })).status, byTeam);
    assert.equal((await acme.scim('POST', '/Groups', { displayName: 'Readers' })).body.id, readers.id);
    assert.ok(writers.id !== readers.id);
    await assertFeedTellsState(rollcall.db.app, rollcall.db.owner, acme);
  });
}

test('B39, K11 link: a pushed group is linked to the team of its name, unless the team gives something', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { groupNameClash: 'link' } });
  const { app } = rollcall.db;
  const at = { now: new Date() };
  const [ada, ben] = [await createUser(acme, 'ada'), await createUser(acme, 'ben')];
  const team = await addTeam(app, acme, 'Writers', at);
  await changePersonOfTeam(app, acme, { teamId: team.id, memberId: ada, isIn: true }, at);
  const pushed = await acme.scim('POST', '/Groups', { displayName: 'WRITERS', members: [{ value: ben }] });
  assert.deepEqual([pushed.status, pushed.body.id], [201, team.id]);
  const rows = await membershipRows(rollcall, acme, team.id);
  assert.deepEqual(rows, [{ member: ben, inForce: true, rule: 'asked-member' }]);
  const admins = await addTeam(app, acme, 'Admins', at);
  await mapTeam(app, acme, admins.id, { role: 'admin' }, at);
  assertRefusal(await acme.scim('POST', '/Groups', { displayName: 'Admins' }), 409, 'uniqueness');
  await assertFeedTellsState(app, rollcall.db.owner, acme);
});

for (const how of ['link', 'link-decision'] as const) {
  describe(`K11: a local team that gives something, linked by its name after ${how}`, () => {
    const here = besideGlobex({ licenseSource: 'by-team', brakeLostAdmins: 'off' });
    const at = { now: new Date() };

    const start = async (name: string) => {
      const { rollcall, acme } = here;
      const admin = apiClient(rollcall.url, rollcall.operatorKey);
      const api: Scim = (method, path, ...rest) => admin(method, `/organizations/acme${path}`, ...rest);
      await setRoleCeiling(rollcall.db.app, acme, acme.tokenId, 'admin', at);
      const pushed = await createUser(acme, `pushed-${name}`);
      const add = async (userName: string) =>
        (await addMember(rollcall.db.app, acme, { userName, breakGlass: true }, at)).id;
      const boss = await add(`boss-${name}@acme.example`);
      await giveRole(rollcall.db.app, acme, boss, 'owner', at);
      const local = await add(`local-${name}@acme.example`);
      const team = (await addTeam(rollcall.db.app, acme, name, at)).id;
      await mapTeam(rollcall.db.app, acme, team, { role: 'admin', license: 'developer' }, at);
      await changePersonOfTeam(rollcall.db.app, acme, { teamId: team, memberId: local, isIn: true }, at);
      if (how === 'link') assert.equal((await api('POST', `/teams/${team}/link`)).status, 200);
      else {
        assertRefusal(await acme.scim('POST', '/Groups', { displayName: name }), 409, 'uniqueness');
        assert.equal((await api('POST', `/teams/${team}/link-decision`, { decision: 'link' })).status, 200);
      }
      return { api, pushed, local, team };
    };
    const rightsOf = async (id: string) => {
      const { role, license } = await accessOf(here.rollcall, here.acme, id);
      return [role, license];
    };

    for (const [title, isNamed] of [
      ['who comes has what it gives, and who goes has it no longer', true],
      ['a push without members leaves nobody with what it gives', false],
    ] as const) {
      test(title, async () => {
        const { rollcall, acme } = here;
        const { api, pushed, local, team } = await start(isNamed ? 'Sec' : 'Empty');
        assert.deepEqual(await rightsOf(local), ['admin', 'developer']);
        const members = isNamed ? [{ value: pushed }] : [];
        const answer = await acme.scim('POST', '/Groups', { displayName: isNamed ? 'Sec' : 'Empty', members });
        assert.deepEqual([answer.status, answer.body.id], [201, team], answer.text);
        assert.deepEqual(await rightsOf(local), ['viewer', null]);
        assert.deepEqual(await rightsOf(pushed), isNamed ? ['admin', 'developer'] : ['viewer', null]);
        const rows = await membershipRows(rollcall, acme, team);
        assert.deepEqual(rows, isNamed ? [{ member: pushed, inForce: true, rule: 'asked-member' }] : []);
        await assertAccessFollows(rollcall, acme);
        const { report } = (await api('POST', '/connection/reconciliations', {})).body as { report: { drift: object } };
        assert.deepEqual(report.drift, {});
        await assertFeedTellsState(rollcall.db.app, rollcall.db.owner, acme);
      });
    }
  });
}

test('R14, K27: a push that links a team by its name takes no more administrators out than the brake allows', async () => {
  await using rollcall = await startRollcall();
  const acme = await rollcall.organization({ settings: { groupNameClash: 'ask', brakeLostAdmins: 'strict' } });
  const at = { now: new Date() };
  const { app } = rollcall.db;
  const add = async (userName: string) => (await addMember(app, acme, { userName, breakGlass: true }, at)).id;
  await giveRole(app, acme, await add('boss@acme.example'), 'owner', at);
  const team = (await addTeam(app, acme, 'Sec', at)).id;
  await mapTeam(app, acme, team, { role: 'admin' }, at);
  const locals = [await add('one@acme.example'), await add('two@acme.example')];
  for (const memberId of locals) await changePersonOfTeam(app, acme, { teamId: team, memberId, isIn: true }, at);
  await allowTeamLinking(app, acme, team, at);
  assert.equal((await acme.scim('POST', '/Groups', { displayName: 'Sec' })).status, 201);
  for (const id of locals) assert.equal((await accessOf(rollcall, acme, id)).role, 'admin', 'their leaving is held');
  const { rows } = await rollcall.db.owner.query('select cause, kinds from held_batches where org_id = $1', [acme.id]);
  assert.deepEqual(rows, [{ cause: 'brake', kinds: ['lostAdmins'] }]);
  await assertAccessFollows(rollcall, acme);
  await assertFeedTellsState(app, rollcall.db.owner, acme);
});

for (const settings of [{}, { accountMatch: 'refuse', groupNameClash: 'link' }, { groupNameClash: 'refuse' }]) {
  describe(`the forecast under ${JSON.stringify(settings)} (K31)`, () => {
    const here = besideGlobex(settings);

    test('it says of everybody and every team of the organization’s own what the provider’s first request then does', async () => {
      const { rollcall, acme } = here;
      const admin = apiClient(rollcall.url, rollcall.operatorKey);
      const api: Scim = (method, path, ...rest) => admin(method, `/organizations/acme${path}`, ...rest);
      const at = { now: new Date() };
      await createUser(acme, 'managed');
      assert.equal((await acme.scim('POST', '/Groups', { displayName: 'Pushed' })).status, 201);
      const ids = new Map<string, string>();
      for (const name of ['plain', 'boss', 'glass', 'named', 'gone']) {
        ids.set(
          name,
          (await addMember(rollcall.db.app, acme, { userName: `${name}@acme.example`, breakGlass: true }, at)).id,
        );
      }
      const idOf = (name: string) => ids.get(name) ?? assert.fail(name);
      for (const name of ['boss', 'glass', 'named']) await giveRole(rollcall.db.app, acme, idOf(name), 'admin', at);
      await api('PUT', `/members/${idOf('glass')}/break-glass`, { breakGlass: true });
      await api('POST', `/members/${idOf('named')}/link`, { confirm: 'named@acme.example' });
      await api('DELETE', `/members/${idOf('gone')}`);
      const parted = await createUser(acme, 'parted-later');
      await api('POST', `/members/${parted}/unlink`);
      for (const name of ['Plain', 'Giving', 'Allowed'])
        ids.set(name, (await api('POST', '/teams', { name })).body.id as string);
      await mapTeam(rollcall.db.app, acme, idOf('Giving'), { role: 'member' }, at);
      await mapTeam(rollcall.db.app, acme, idOf('Allowed'), { role: 'member' }, at);
      await api('POST', `/teams/${idOf('Allowed')}/link`);

      const items: { kind: string; id: string; name: string; outcome: string; because: string }[] = [];
      for (let cursor: string | null = ''; cursor !== null; ) {
        const { body, text } = await api('GET', `/connection/forecast?limit=2${cursor && `&cursor=${cursor}`}`);
        assert.ok(Array.isArray(body.items), text);
        items.push(...body.items);
        cursor = body.nextCursor as string | null;
      }
      const namesOf = (kind: string) => items.filter((item) => item.kind === kind).map(({ name }) => name);
      assert.deepEqual(
        namesOf('member').sort(),
        ['boss', 'glass', 'named', 'parted-later', 'plain'].map((name) => `${name}@acme.example`),
      );
      assert.deepEqual(namesOf('team').sort(), ['Allowed', 'Giving', 'Plain']);
      assert.deepEqual(
        items.map(({ kind }) => kind),
        [...items.map(({ kind }) => kind)].sort(),
        'people and then teams',
      );
      const met: Record<string, string> = {};
      for (const { kind, id, name } of items) {
        const answer =
          kind === 'member'
            ? await acme.scim('POST', '/Users', user(name.split('@')[0] ?? ''))
            : await acme.scim('POST', '/Groups', { displayName: name });
        const { origin } = (await api('GET', `/${kind}s/${id}`)).body;
        const waits = ((await api('GET', '/link-decisions')).body.items as { team: { id: string } }[]).some(
          ({ team }) => team.id === id,
        );
        assert.equal(answer.status, origin === 'local' ? 409 : 201, answer.text);
        met[name] = origin !== 'local' ? 'links' : waits ? 'asks' : 'refuses';
      }
      assert.deepEqual(Object.fromEntries(items.map(({ name, outcome }) => [name, outcome])), met);
      assert.ok(items.every(({ because }) => because.length > 10));
      const key = (await api('POST', '/api-keys', { name: 'teams only', scopes: ['teams:read'] })).body.key as string;
      const refused = await apiClient(rollcall.url, key)('GET', '/organizations/acme/connection/forecast');
      assert.equal(refused.status, 403);
    });
  });
}
