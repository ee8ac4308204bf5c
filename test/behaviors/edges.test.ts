/** What happens where the three products say nothing: docs/reference/decisions-on-edges.md. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { describe, test } from 'node:test';
import { edgesDocument } from '../../docs/generated/edges.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { giveRole } from '../../src/provisioning/give-access.ts';
import { assertRefusal, besideGlobex, createUser, memberRow, membershipRows, user } from '../http/beside-globex.ts';
import { apiClient, scimClient } from '../rollcall.ts';
import { edges } from './edges.ts';

const root = new URL('../../', import.meta.url);
const read = (path: string) => readFileSync(new URL(path, root), 'utf8');

test('the tests that hold a decision exist under these titles, and the document is what the table says', () => {
  for (const edge of edges) {
    if (!('heldBy' in edge)) continue;
    for (const [path, title] of edge.heldBy) {
      assert.ok(existsSync(new URL(path, root)) && read(path).includes(title), `${path}: ${title}`);
    }
  }
  assert.equal(read('docs/reference/decisions-on-edges.md'), edgesDocument());
});

describe('on the edges', () => {
  const here = besideGlobex();
  const operator = () => apiClient(here.rollcall.url, here.rollcall.operatorKey);
  const statusOf = async (id: string) => (await memberRow(here.rollcall, here.acme, id)).status;

  test('a person of two organizations is two members', async () => {
    // Globex has an Ada with the same userName, and no test may change a row of it
    const ada = await createUser(here.acme, 'ada');
    await here.acme.scim('PUT', `/Users/${ada}`, user('ada', { active: false }));
    assert.equal(await statusOf(ada), 'suspended');
    const globex = await operator()('GET', '/organizations/globex/members');
    const [other] = globex.body.items as { id: string; status: string }[];
    assert.equal(other?.status, 'active');
    assert.notEqual(other?.id, ada);
  });

  test('a person comes back whose e-mail address somebody else has by now', async () => {
    const emails = [{ value: 'shared@acme.example', primary: true }];
    const bea = await createUser(here.acme, 'bea', { emails });
    await here.acme.scim('PUT', `/Users/${bea}`, user('bea', { emails, active: false }));
    const ben = await createUser(here.acme, 'ben', { emails });
    await here.acme.scim('PUT', `/Users/${bea}`, user('bea', { emails }));
    assert.deepEqual([await statusOf(bea), await statusOf(ben)], ['active', 'active']);
    assert.equal((await memberRow(here.rollcall, here.acme, bea)).in_force_email, 'shared@acme.example');
  });

  test('a token outlives the person who made it, whose keys end', async () => {
    const at = { now: new Date() };
    const cleo = await createUser(here.acme, 'cleo');
    const keeper = await createUser(here.acme, 'keeper');
    for (const id of [keeper, cleo]) await giveRole(here.rollcall.db.app, here.acme, id, 'admin', at);
    const scopes = ['tokens:write', 'organization:read'] as const;
    const { key } = await createApiKey(
      here.rollcall.db.app,
      here.acme,
      { name: 'of Cleo', scopes: [...scopes], memberId: cleo },
      at,
    );
    const made = await apiClient(here.rollcall.url, key)('POST', '/organizations/acme/tokens', { name: 'by Cleo' });
    assert.equal(made.status, 201, made.text);
    assert.equal((await here.acme.scim('PUT', `/Users/${cleo}`, user('cleo', { active: false }))).status, 200);
    const withToken = scimClient(here.acme.scimBaseUrl, made.body.token as string);
    assert.equal((await withToken('GET', '/Users?count=1')).status, 200);
    const { rows } = await here.rollcall.db.owner.query(
      'select revoked_at is not null as ended from api_keys where org_id = $1 and member_id = $2',
      [here.acme.id, cleo],
    );
    assert.deepEqual(rows, [{ ended: true }]);
  });

  test('a PUT that says nothing of emails clears them', async () => {
    const dan = await createUser(here.acme, 'dan');
    await here.acme.scim('PUT', `/Users/${dan}`, user('dan', { emails: undefined }));
    assert.deepEqual((await memberRow(here.rollcall, here.acme, dan)).emails, []);
  });

  test('a smaller plan takes nobody out, and provisioning goes on', async () => {
    const eve = await createUser(here.acme, 'eve');
    assert.equal((await operator()('PATCH', '/organizations/acme', { plan: 'free' })).status, 200);
    assert.equal(await statusOf(eve), 'active');
    assert.equal(await statusOf(await createUser(here.acme, 'fay')), 'active');
  });

  test('a second group of the name of a team is refused, and the last word under an id holds', async () => {
    const [gus, hal] = [await createUser(here.acme, 'gus'), await createUser(here.acme, 'hal')];
    const team = (await operator()('POST', '/organizations/acme/teams', { name: 'Shared' })).body.id as string;
    await operator()('POST', `/organizations/acme/teams/${team}/link`);
    const push = async (id: string) =>
      await here.acme.scim('PUT', `/Groups/${team}`, { displayName: 'Shared', members: [{ value: id }] });
    for (const id of [gus, hal]) assert.equal((await push(id)).status, 200);
    const rows = await membershipRows(here.rollcall, here.acme, team);
    assert.deepEqual(
      rows.map(({ member }) => member),
      [hal],
    );
    assertRefusal(await here.acme.scim('POST', '/Groups', { displayName: 'shared' }), 409, 'uniqueness');
  });

  test('an organization that is renamed keeps its addresses', async () => {
    assert.equal((await operator()('PATCH', '/organizations/acme', { name: 'Apex' })).body.slug, 'acme');
    assert.equal((await here.acme.scim('GET', '/Users?count=1')).status, 200);
    const byId = scimClient(here.acme.scimBaseUrl.replace(/acme$/, here.acme.id), here.acme.token);
    assert.equal((await byId('GET', '/Users?count=1')).status, 200);
  });

  test('provisioning goes on when the sign-in provider is taken back, and the setup doctor warns', async () => {
    const path = '/organizations/acme/sign-in-provider';
    await operator()('PUT', path, { provider: 'okta' });
    const settings = { sameSignInProvider: 'required' };
    await operator()('PUT', '/organizations/acme/policy', { preset: 'rollcall', settings });
    assert.equal((await operator()('DELETE', path)).status, 409);
    await operator()('PUT', '/organizations/acme/policy', { preset: 'rollcall' });
    assert.equal((await operator()('DELETE', path)).status, 200);
    assert.equal(await statusOf(await createUser(here.acme, 'ivy')), 'active');
    const found = async (slug: string) => {
      const { body } = await operator()('GET', `/organizations/${slug}/connection/findings`);
      return (body.findings as { id: string; severity: string }[]).find(({ id }) => id === 'sign-in-removed')?.severity;
    };
    assert.deepEqual([await found('acme'), await found('globex')], ['warning', undefined]);
  });
});
