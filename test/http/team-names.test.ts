/** Names of teams that meet: by hand, from the provider, and in the document of a configuration. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { apiClient, type Scim } from '../rollcall.ts';
import { assertRefusal, besideGlobex, createGroup, lastEvent, patch } from './beside-globex.ts';

type Here = ReturnType<typeof besideGlobex>;

const apiOf =
  (here: Here, org = 'acme'): Scim =>
  (method, path, ...rest) =>
    apiClient(here.rollcall.url, here.rollcall.operatorKey)(method, `/organizations/${org}${path}`, ...rest);

const rename = (displayName: string) => patch({ op: 'replace', value: { displayName } });
const isNamed = /The name ".*" is in force for another team/;

describe('a name that an admin gave a team of the provider', () => {
  const here = besideGlobex({ editTeamsByHand: 'allowed' });
  const api = apiOf(here);
  const ok = async (answer: ReturnType<Scim>, status: number) => {
    const { status: actual, text, body } = await answer;
    assert.equal(actual, status, text);
    return body;
  };
  const nameOf = async (id: string) => (await api('GET', `/teams/${id}`)).body.name;
  const renamed = async (from: string, to: string) => {
    const team = await createGroup(here.acme, from);
    await ok(api('PATCH', `/teams/${team}`, { name: to }), 200);
    return team;
  };

  test('is none that the provider gives another group, whatever its letter case', async () => {
    const team = await renamed('Engineering', 'Hand');
    for (const displayName of ['Hand', 'HAND']) {
      const answer = await here.acme.scim('POST', '/Groups', { displayName });
      assertRefusal(answer, 409, 'uniqueness', isNamed);
      assert.ok(answer.text.includes(`rollcall team rename <org> ${team} <name>`), answer.text);
    }
    const other = await createGroup(here.acme, 'Other');
    assertRefusal(await here.acme.scim('PATCH', `/Groups/${other}`, rename('Hand')), 409, 'uniqueness', isNamed);
    assertRefusal(await here.acme.scim('PUT', `/Groups/${other}`, { displayName: 'hand' }), 409, 'uniqueness', isNamed);
    assert.equal(await nameOf(other), 'Other');
    // What else the provider says of the other goes on.
    await ok(here.acme.scim('PATCH', `/Groups/${other}`, patch({ op: 'replace', value: { externalId: 'o-1' } })), 204);
    // The provider's next word about the team itself brings its own name back (B50), and the other one is free.
    await ok(here.acme.scim('PATCH', `/Groups/${team}`, rename('Engineering')), 204);
    assert.equal(await nameOf(team), 'Engineering');
    await createGroup(here.acme, 'Hand');
  });

  test('is the name of no other team, in force or asked', async () => {
    const team = await renamed('Sales', 'Vendors');
    const local = await ok(api('POST', '/teams', { name: 'Local' }), 201);
    for (const name of ['Vendors', 'vendors', 'Sales']) {
      for (const answer of [
        await api('POST', '/teams', { name }),
        await api('PATCH', `/teams/${local.id}`, { name }),
        await api('PATCH', `/teams/${await createGroup(here.acme, `Of ${name} ${Math.random()}`)}`, { name }),
      ]) {
        assert.equal(answer.status, 409, answer.text);
        assert.match(answer.body.detail as string, /A team named ".*" already exists/);
      }
    }
    // Its own name, asked or in force, is no other's.
    await ok(api('PATCH', `/teams/${team}`, { name: 'VENDORS' }), 200);
    await ok(api('PATCH', `/teams/${team}`, { name: 'Sales' }), 200);
  });

  test('keeps a removed team away that had the name, and an undo that would bring the name back', async () => {
    const { id } = await ok(api('POST', '/teams', { name: 'Gone' }), 201);
    await ok(api('DELETE', `/teams/${id}`), 204);
    const other = await renamed('Marketing', 'Gone');
    assert.equal((await api('POST', `/teams/${id}/restore`)).status, 409);
    await ok(api('PATCH', `/teams/${other}`, { name: 'Elsewhere' }), 200);
    const event = await lastEvent(here.rollcall, here.acme);
    await ok(api('POST', `/teams/${id}/restore`), 201);
    const { digest } = await ok(api('POST', '/undo/plan', { event }), 200);
    const undone = await api('POST', '/undo', { event }, { 'if-match': `"${digest}"` });
    assert.deepEqual([undone.status, undone.body.code], [409, 'conflict'], undone.text);
    assert.match(undone.text, /all of it would be refused\. A team named .*already exists/);
    assert.equal(await nameOf(other), 'Elsewhere');
  });

  test('is the one that a team has which is parted from the provider, and what was asked is free', async () => {
    const team = await renamed('Finance', 'Money');
    await ok(api('POST', `/teams/${team}/unlink`), 200);
    const { body } = await api('GET', `/teams/${team}`);
    assert.deepEqual([body.origin, body.name, body.askedName], ['local', 'Money', 'Money']);
    await createGroup(here.acme, 'Finance');
    assert.equal((await here.acme.scim('POST', '/Groups', { displayName: 'Money' })).status, 409);
  });

  test('is not taken by what is asked while the connection holds it', async () => {
    await renamed('Support', 'Helpers');
    await ok(api('PATCH', '/connection', { state: 'paused' }), 200);
    assertRefusal(await here.acme.scim('POST', '/Groups', { displayName: 'Helpers' }), 409, 'uniqueness', isNamed);
    // A team that goes is gone for the provider, and here until its end is let go: an admin waits for that.
    const going = await createGroup(here.acme, 'Soon');
    assert.equal((await api('POST', '/teams', { name: 'Soon' })).status, 409);
    await ok(here.acme.scim('DELETE', `/Groups/${going}`), 204);
    await createGroup(here.acme, 'Soon');
    await ok(api('PATCH', '/connection', { state: 'on' }), 200);
  });

  test('is another organization’s too', async () => {
    await renamed('Law', 'Counsel');
    const other = await here.rollcall.organization();
    await createGroup(other, 'Counsel');
    assert.equal((await apiOf(here, other.slug)('POST', '/teams', { name: 'Law' })).status, 201);
  });
});

describe('a configuration of teams that have one name', () => {
  const here = besideGlobex({ editTeamsByHand: 'allowed' });
  const api = apiOf(here);
  const mappings = async () => (await api('GET', '/configuration')).body.teamMappings as Record<string, unknown>;
  const plan = async (teamMappings: unknown) => {
    const { status, body, text, headers } = await api('POST', '/configuration/plan', { version: 1, teamMappings });
    assert.equal(status, 200, text);
    const { changes, teamsMissing } = body as unknown as { changes: unknown[]; teamsMissing: string[] };
    return { changes, teamsMissing, etag: headers.get('etag') as string };
  };
  const apply = async (teamMappings: unknown) => {
    const { etag } = await plan(teamMappings);
    const answer = await api('PUT', '/configuration', { version: 1, teamMappings }, { 'if-match': etag });
    assert.equal(answer.status, 200, answer.text);
  };
  const admin = { role: 'admin', license: null };
  const member = { role: 'member', license: null };
  /** Two teams of one name: the end of one is held, and the other comes when it is let go. */
  const twoOfOneName = async (displayName: string): Promise<readonly [string, string]> => {
    await api('PATCH', '/connection', { state: 'on' });
    const first = await createGroup(here.acme, displayName);
    await api('PATCH', '/connection', { state: 'paused' });
    await here.acme.scim('DELETE', `/Groups/${first}`);
    const second = await createGroup(here.acme, displayName);
    const names = await Promise.all([first, second].map(async (id) => (await api('GET', `/teams/${id}`)).body.name));
    assert.deepEqual(names, [displayName, displayName]);
    return [first, second];
  };

  test('calls each by its id, loses none, and is applied as it was exported', async () => {
    const [first, second] = await twoOfOneName('Twins');
    await api('PATCH', `/team-mappings/${first}`, admin);
    assert.deepEqual(await mappings(), { [`Twins (${first})`]: admin });
    await api('PATCH', `/team-mappings/${second}`, member);
    const exported = await mappings();
    assert.deepEqual(exported, { [`Twins (${first})`]: admin, [`Twins (${second})`]: member });
    const same = await plan(exported);
    assert.deepEqual([same.changes, same.teamsMissing], [[], []]);
    await apply({});
    assert.deepEqual(await mappings(), {});
    await apply(exported);
    assert.deepEqual(await mappings(), exported);
    // By the name alone it is not clear which one is meant: that is said, and nothing is given.
    const { changes, teamsMissing } = await plan({ ...exported, Twins: member });
    assert.deepEqual([changes, teamsMissing], [[], ['Twins']]);
    // Another organization has none with these ids.
    const elsewhere = await apiOf(here, 'globex')('POST', '/configuration/plan', {
      version: 1,
      teamMappings: exported,
    });
    assert.deepEqual([elsewhere.body.changes, elsewhere.body.teamsMissing], [[], Object.keys(exported)]);
  });

  test('goes by the id also when the team is called otherwise by then', async () => {
    const [first] = await twoOfOneName('Pair');
    await api('PATCH', `/team-mappings/${first}`, admin);
    const { [`Pair (${first})`]: gives } = await mappings();
    await api('PATCH', `/teams/${first}`, { name: 'Alone' });
    const wanted = { ...(await mappings()) };
    delete wanted.Alone;
    const renamed = { ...wanted, [`Pair (${first})`]: gives };
    assert.deepEqual((await plan(renamed)).changes, []);
    await apply({ ...wanted, [`Pair (${first})`]: member });
    assert.deepEqual((await mappings()).Alone, member);
    const twice = { version: 1, teamMappings: { ...renamed, Alone: member } };
    const refused = await api('POST', '/configuration/plan', twice);
    assert.equal(refused.status, 400, refused.text);
    assert.match(refused.body.detail as string, /names the team "Alone" twice/);
  });

  test('gives nothing to a group that the provider names as a document calls another team', async () => {
    const [first] = await twoOfOneName('Bait');
    await api('PATCH', `/team-mappings/${first}`, admin);
    const exported = await mappings();
    const thief = await createGroup(here.acme, `Bait (${first})`);
    assert.deepEqual((await plan(exported)).changes, []);
    await api('PATCH', `/team-mappings/${thief}`, member);
    assert.deepEqual((await mappings())[`Bait (${first}) (${thief})`], member);
    assert.deepEqual((await plan(await mappings())).changes, []);
  });

  test('holds what names that every object has mean nothing by themselves', async () => {
    for (const displayName of ['constructor', 'toString', '__proto__']) {
      const team = await createGroup(here.acme, displayName);
      const before = await mappings();
      assert.deepEqual((await plan(before)).changes, []);
      await api('PATCH', `/team-mappings/${team}`, admin);
      const name = displayName === '__proto__' ? `__proto__ (${team})` : displayName;
      const exported = await mappings();
      assert.deepEqual(Object.hasOwn(exported, name) && exported[name], admin);
      assert.deepEqual((await plan(exported)).changes, []);
      const { changes } = await plan(before);
      assert.deepEqual(changes, [{ path: `teamMappings/${name}`, before: admin }]);
      await apply(before);
      assert.deepEqual(await mappings(), before);
      assert.deepEqual((await plan({ ...before, [name]: member })).changes, [
        { path: `teamMappings/${name}`, after: member },
      ]);
    }
  });
});
