import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { switchConnection } from '../../src/provisioning/switch-connection.ts';
import { apiClient, type Scim } from '../rollcall.ts';
import { besideGlobex, createGroup, createUser, patch } from './beside-globex.ts';

describe('people and teams that an admin looks for', () => {
  const here = besideGlobex({ manualUpdates: 'off' });
  let api: Scim;
  before(async () => {
    const admin = apiClient(here.rollcall.url, here.rollcall.operatorKey);
    api = (method, path, ...rest) => admin(method, `/organizations/acme${path}`, ...rest);
  });

  const names = async (path: string) =>
    ((await api('GET', path)).body.items as { userName?: string; name: string }[]).map(
      ({ userName, name }) => userName ?? name,
    );
  const found = (search: string, more = '') => names(`/members?search=${encodeURIComponent(search)}${more}`);

  test('somebody is found by the beginning of the login name, the display name and the address, in any letter case', async () => {
    await createUser(here.acme, 'ada');
    await createUser(here.acme, 'adele', {
      displayName: 'Émile Zola',
      emails: [{ value: 'Post@zola.example', primary: true }],
    });
    await createUser(here.acme, 'bob');
    assert.deepEqual(await found('AD'), ['ada@acme.example', 'adele@acme.example']);
    assert.deepEqual(await found('éMI'), ['adele@acme.example']);
    assert.deepEqual(await found('post@'), ['adele@acme.example']);
    assert.deepEqual(await found('%'), [], 'a sign of LIKE is a letter like others');
    assert.deepEqual(await found('da@'), [], 'a beginning, not a part');
    assert.deepEqual(await found('of Globex'), []);
  });

  test('a search goes on page by page, with the status, and a cursor of one continues no other', async () => {
    for (const name of ['cy1', 'cy2', 'cy3', 'cy4']) await createUser(here.acme, name);
    const [first] = (await api('GET', '/members?search=cy1')).body.items as { id: string }[];
    await api('POST', `/members/${first?.id}/unlink`);
    assert.equal((await api('POST', `/members/${first?.id}/suspend`)).status, 200);
    assert.deepEqual(await found('cy', '&status=suspended'), ['cy1@acme.example']);
    const page = await api('GET', '/members?search=cy&status=active&limit=2');
    const cursor = encodeURIComponent(page.body.nextCursor as string);
    assert.deepEqual(await found('cy', `&status=active&limit=2&cursor=${cursor}`), ['cy4@acme.example']);
    assert.equal((await api('GET', `/members?search=c&status=active&limit=2&cursor=${cursor}`)).status, 400);
    assert.equal((await api('DELETE', `/members/${first?.id}`)).status, 204);
    assert.deepEqual(await found('cy1'), []);
    assert.deepEqual(await found('cy1', '&status=removed'), ['cy1@acme.example']);
  });

  test('whose deletion is held is found too', async () => {
    const id = await createUser(here.acme, 'dora');
    const team = await createGroup(here.acme, 'Dorians', [id]);
    const now = { now: new Date() };
    await switchConnection(here.rollcall.db.app, here.acme, 'paused', now);
    assert.equal((await here.acme.scim('DELETE', `/Users/${id}`)).status, 204);
    assert.equal((await here.acme.scim('DELETE', `/Groups/${team}`)).status, 204);
    assert.deepEqual(await found('dora'), ['dora@acme.example']);
    assert.deepEqual(await names('/teams?search=dori'), ['Dorians']);
    await switchConnection(here.rollcall.db.app, here.acme, 'on', now);
    assert.deepEqual(await found('dora'), []);
    assert.deepEqual(await names('/teams?search=dori'), []);
  });

  test('a team is found by the name that was asked and by the one that it was given here', async () => {
    const id = await createGroup(here.acme, 'Engineers');
    await createGroup(here.acme, 'Sales');
    assert.equal((await api('POST', `/teams/${id}/unlock`, { hours: 1 })).status, 200);
    assert.equal((await api('PATCH', `/teams/${id}`, { name: 'Makers' })).status, 200);
    assert.deepEqual(await names('/teams?search=MAK'), ['Makers']);
    assert.deepEqual(await names('/teams?search=engin'), ['Makers']);
    assert.deepEqual(await names('/teams?search=s'), ['Sales']);
  });

  test('K9, K10: what the provider manages says which edits are locked and by which setting, until it is unlocked', async () => {
    const id = await createUser(here.acme, 'eve');
    const team = await createGroup(here.acme, 'Evening', [id]);
    const locked = async (path: string) =>
      ((await api('GET', path)).body.locks as { edit: string; setting: string; wayOut: string }[]).map(
        ({ edit, setting, wayOut }) => {
          assert.match(wayOut, /unlock the (member|team) for some hours/i);
          return `${edit} ${setting}`;
        },
      );
    assert.deepEqual(await locked(`/members/${id}`), ['edit-member editMembersByHand']);
    assert.deepEqual(await locked(`/teams/${team}`), ['edit-team editTeamsByHand']);
    const refused = await api('POST', `/members/${id}/suspend`);
    assert.deepEqual([refused.status, refused.body.code], [403, 'locked'], 'what it says is what happens');
    for (const path of [`/members/${id}`, `/teams/${team}`]) {
      const { body } = await api('POST', `${path}/unlock`, { hours: 2 });
      const shown = (await api('GET', path)).body;
      assert.deepEqual(shown.locks, []);
      assert.equal(shown.unlockedUntil, body.unlockedUntil);
      await api('POST', `${path}/unlock`, { hours: 0 });
      assert.equal((await locked(path)).length, 1);
    }
    await api('POST', `/members/${id}/unlink`);
    assert.deepEqual(await locked(`/members/${id}`), [], 'nobody manages a local person');
  });

  test('a person is listed with role and license, and read with the name and the address that were asked', async () => {
    const id = await createUser(here.acme, 'finn');
    await api('POST', `/members/${id}/unlock`, { hours: 1 });
    await api('PATCH', `/members/${id}`, { displayName: 'Finn by hand', email: 'finn@home.example' });
    await api('PUT', `/access/${id}/role`, { role: 'admin' });
    const [listed] = (await api('GET', '/members?search=finn')).body.items as Record<string, unknown>[];
    assert.deepEqual([listed?.role, listed?.customRoles, listed?.license, listed?.waitsFor], ['admin', [], null, null]);
    const { name, email, askedName, askedEmail } = (await api('GET', `/members/${id}`)).body;
    assert.deepEqual(
      [name, email, askedName, askedEmail],
      ['Finn by hand', 'finn@home.example', 'finn Byron', 'finn@acme.example'],
    );
  });

  test('what the provider changes later is found by its new beginning only', async () => {
    const id = await createUser(here.acme, 'gus');
    await here.acme.scim('PATCH', `/Users/${id}`, patch({ op: 'replace', value: { displayName: 'Zz Top' } }));
    assert.deepEqual(await found('zz t'), ['gus@acme.example']);
    assert.deepEqual(await found('gus B'), []);
  });
});
