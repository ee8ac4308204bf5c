/** The lines of behaviors.md about Pulumi Cloud under its preset. Roles are in licenses-and-roles.test.ts. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  assertRefusal,
  createGroup,
  createUser,
  filtered,
  loggedRequestOf,
  membershipRows,
  patch,
  user,
} from '../http/beside-globex.ts';
import { apiClient, scimClient } from '../rollcall.ts';
import { underPreset } from './under-preset.ts';

describe('Pulumi Cloud', () => {
  const here = underPreset('pulumi');
  const { api, read, items, addPerson, addTeam } = here;
  const stranger = '0190a0b0-0000-7000-8000-00000000dead';
  const setActive = (active: boolean) => patch({ op: 'replace', value: { active } });

  test('P1 provisioning is off until the provider of the SAML sign-in is declared', async () => {
    const operator = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    const made = await operator('POST', '/organizations', {
      slug: 'p1',
      name: 'P1',
      settings: { preset: 'pulumi' },
    });
    assert.deepEqual([made.status, made.body.scim], [201, 'off']);
    const turn = async () => await operator('PATCH', '/organizations/p1/connection', { state: 'on' });
    assert.match((await turn()).body.detail as string, /no sign-in provider is declared/);
    const saml = { provider: 'okta', issuer: 'http://www.okta.com/exk1fcia6d6EMsf331d8' };
    assert.equal((await operator('PUT', '/organizations/p1/sign-in-provider', saml)).status, 200);
    assert.equal((await turn()).body.state, 'on');
  });

  test('P3 the base URL has the name of the organization in its path', async () => {
    assert.match((await read('/connection')).scimBaseUrl as string, /\/scim\/v2\/acme$/);
  });

  test('P15 users and groups are created, read, searched and changed by PUT and by PATCH', async () => {
    const id = await createUser(here.acme, 'p15');
    assert.equal((await here.acme.scim('GET', `/Users/${id}`)).status, 200);
    const found = await here.acme.scim('GET', filtered('/Users', 'userName eq "p15@acme.example"'));
    assert.equal(found.body.totalResults, 1);
    assert.equal((await here.acme.scim('PUT', `/Users/${id}`, user('p15', { displayName: 'P.' }))).status, 200);
    const renamed = patch({ op: 'replace', path: 'displayName', value: 'P. B.' });
    assert.equal((await here.acme.scim('PATCH', `/Users/${id}`, renamed)).body.displayName, 'P. B.');
    const team = await createGroup(here.acme, 'P15');
    const join = patch({ op: 'add', path: 'members', value: [{ value: id }] });
    assert.equal((await here.acme.scim('PATCH', `/Groups/${team}`, join)).status, 204);
    assert.equal((await here.acme.scim('PUT', `/Groups/${team}`, { displayName: 'P15', members: [] })).status, 200);
  });

  test('P18 userName is immutable', async () => {
    const id = await createUser(here.acme, 'p18');
    const other = { userName: 'other@acme.example' };
    const immutable = /^Attribute 'userName' is immutable\./;
    assertRefusal(await here.acme.scim('PUT', `/Users/${id}`, user('p18', other)), 400, 'mutability', immutable);
    const change = patch({ op: 'replace', value: other });
    assertRefusal(await here.acme.scim('PATCH', `/Users/${id}`, change), 400, 'mutability', immutable);
    assert.equal((await read(`/members/${id}`)).userName, 'p18@acme.example');
  });

  test('P19 P20 P21 a taken userName and the address of another account are conflicts that name the way out', async () => {
    await createUser(here.acme, 'p19');
    assertRefusal(await here.acme.scim('POST', '/Users', user('P19')), 409, 'uniqueness', /p19@acme\.example/i);
    const id = await addPerson('p20', { email: 'p20.b@acme.example' });
    const emails = [{ value: 'p20.b@acme.example' }];
    const refused = await here.acme.scim('POST', '/Users', user('p20-new', { emails }));
    assertRefusal(refused, 409, 'uniqueness', new RegExp(`rollcall member link <org> ${id}`));
    assert.equal((await api('POST', `/members/${id}/link`, { confirm: 'p20@acme.example' })).status, 204);
    assert.equal((await here.acme.scim('POST', '/Users', user('p20', { emails }))).body.id, id);
  });

  test('P22 the status of an error is a text', async () => {
    const { body } = await here.acme.scim('GET', `/Users/${stranger}`);
    assert.equal(body.status, '404');
  });

  test('P25 P26 a deletion is refused and says to deactivate, which is reversible', async () => {
    const id = await createUser(here.acme, 'p25');
    assertRefusal(await here.acme.scim('DELETE', `/Users/${id}`), 403, undefined, /send active=false/);
    await here.acme.scim('PATCH', `/Users/${id}`, setActive(false));
    assert.equal((await read(`/members/${id}`)).status, 'suspended');
    await here.acme.scim('PATCH', `/Users/${id}`, setActive(true));
    assert.equal((await read(`/members/${id}`)).status, 'active');
  });

  test('P29 an account that was there stays ordinary, whatever is pushed, until an admin allows it to be linked', async () => {
    const id = await addPerson('p29');
    assertRefusal(await here.acme.scim('PATCH', `/Users/${id}`, setActive(true)), 403, undefined, /is not linked/);
    assert.equal((await read(`/members/${id}`)).origin, 'local');
    await api('POST', `/members/${id}/link`, { confirm: 'p29@acme.example' });
    assert.equal((await here.acme.scim('PUT', `/Users/${id}`, user('p29'))).status, 200);
    assert.equal((await read(`/members/${id}`)).origin, 'claimed');
  });

  test('P32 P33 P35 pushed groups are teams that are marked, whose people follow the provider, beside local ones', async () => {
    const [one, other] = [await createUser(here.acme, 'p32'), await createUser(here.acme, 'p32-other')];
    const team = await createGroup(here.acme, 'P32', [one]);
    await here.acme.scim('PUT', `/Groups/${team}`, { displayName: 'P32', members: [{ value: other }] });
    const rows = await membershipRows(here.rollcall, here.acme, team);
    assert.deepEqual(
      rows.map(({ member }) => member),
      [other],
    );
    const local = await addTeam('P35');
    const origins = new Map((await items('/teams?limit=200')).map(({ id, origin }) => [id, origin]));
    assert.deepEqual([origins.get(team), origins.get(local)], ['synced', 'local']);
  });

  test('P34 the people of such a team cannot be changed by hand', async () => {
    const id = await createUser(here.acme, 'p34');
    const team = await createGroup(here.acme, 'P34', [id]);
    assert.equal((await api('DELETE', `/teams/${team}/members/${id}`)).body.code, 'locked');
  });

  test('P37 one unknown or inactive member refuses the whole group, lists the ids, and nothing is applied', async () => {
    const [one, other] = [await createUser(here.acme, 'p37'), await createUser(here.acme, 'p37-off')];
    await here.acme.scim('PATCH', `/Users/${other}`, setActive(false));
    const team = await createGroup(here.acme, 'P37');
    for (const wrong of [stranger, other]) {
      const push = { displayName: 'P37', members: [{ value: one }, { value: wrong }] };
      assertRefusal(await here.acme.scim('PUT', `/Groups/${team}`, push), 400, 'invalidValue', new RegExp(wrong));
      assert.deepEqual(await membershipRows(here.rollcall, here.acme, team), []);
    }
    // Whoever mends the one finds no other behind it, and reads whom it is about.
    const both = { displayName: 'P37', members: [{ value: stranger }, { value: other }] };
    const said = new RegExp(`${stranger}, and one who is not active in it: ${other}`);
    assertRefusal(await here.acme.scim('PUT', `/Groups/${team}`, both), 400, 'invalidValue', said);
    const named = { displayName: 'P37', members: [{ value: other }] };
    assertRefusal(await here.acme.scim('PUT', `/Groups/${team}`, named), 400, 'invalidValue', /p37-off@acme\.example/);
  });

  test('P16 an attribute beyond the schemas is refused by its name, wherever it stands', async () => {
    const id = await createUser(here.acme, 'p16');
    for (const [path, name] of [
      ['shoeSize', 'shoeSize'],
      ['name.nick', 'name.nick'],
      ['emails[type eq "work"].nick', 'emails.nick'],
      ['shoe.size', 'shoe.size'],
    ]) {
      const refused = await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'add', path, value: 'x' }));
      assertRefusal(refused, 400, 'invalidPath', new RegExp(`^Unknown path: ${name}\\. `));
    }
    const several = user('p16-more', { shoeSize: 43, name: { givenName: 'Ada', nick: 'x' } });
    assertRefusal(
      await here.acme.scim('POST', '/Users', several),
      400,
      'invalidPath',
      /^Unknown path: (shoeSize, name\.nick|name\.nick, shoeSize)\. /,
    );
    const known = patch({ op: 'add', path: 'nickName', value: 'Countess' });
    assert.equal((await here.acme.scim('PATCH', `/Users/${id}`, known)).status, 200);
  });

  test('P41 P42 P43 a deleted group takes the team and not its people, is told with the token, and a local team stays', async () => {
    const id = await createUser(here.acme, 'p41');
    const team = await createGroup(here.acme, 'P41', [id]);
    assert.equal((await here.acme.scim('DELETE', `/Groups/${team}`)).status, 204);
    assert.equal((await api('GET', `/teams/${team}`)).status, 404);
    assert.equal((await read(`/members/${id}`)).status, 'active');
    const told = (await api('GET', '/events?limit=1000')).body.items as { kind: string; actor: { id: string } }[];
    assert.equal(told.findLast(({ kind }) => kind === 'team.removed')?.actor.id, here.acme.tokenId);
    const local = await addTeam('P43');
    assertRefusal(
      await here.acme.scim('DELETE', `/Groups/${local}`),
      403,
      undefined,
      /is not managed by the identity provider/,
    );
    assert.equal((await read(`/teams/${local}`)).name, 'P43');
  });

  test('P44 the search of groups finds local teams too', async () => {
    const local = await addTeam('P44');
    const found = await here.acme.scim('GET', filtered('/Groups', 'displayName eq "p44"'));
    assert.deepEqual(
      found.body.Resources?.map(({ id }) => id),
      [local],
    );
  });

  test('P45 an emptied group keeps the team', async () => {
    const team = await createGroup(here.acme, 'P45', [await createUser(here.acme, 'p45')]);
    await here.acme.scim('PUT', `/Groups/${team}`, { displayName: 'P45', members: [] });
    assert.deepEqual([(await read(`/teams/${team}`)).name, (await items(`/teams/${team}/members`)).length], ['P45', 0]);
  });

  test('P47 a suspended person is in no team, and is in theirs again when they come back', async () => {
    const id = await createUser(here.acme, 'p47');
    const team = await createGroup(here.acme, 'P47', [id]);
    const inForce = async () => (await membershipRows(here.rollcall, here.acme, team)).map((row) => row.inForce);
    await here.acme.scim('PATCH', `/Users/${id}`, setActive(false));
    assert.deepEqual(await inForce(), [false]);
    await here.acme.scim('PATCH', `/Users/${id}`, setActive(true));
    assert.deepEqual(await inForce(), [true]);
  });

  test('P53 a wrong token is recorded with its address', async () => {
    const wrong = scimClient(here.acme.scimBaseUrl, `${here.acme.token.slice(0, -4)}xxxx`);
    const answer = await wrong('GET', '/Users');
    assert.equal(answer.status, 401);
    const logged = await loggedRequestOf(here.rollcall, here.acme, answer);
    assert.deepEqual([logged.status, typeof logged.address], [401, 'string']);
  });
});
