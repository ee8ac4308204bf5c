import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { v7 as newUuid } from 'uuid';
import { readEvents } from '../../src/events/feed.ts';
import {
  apiClient,
  type Scim,
  scimClient,
  startRollcall,
  type TestOrganization,
  type TestRollcall,
} from '../rollcall.ts';
import { eventually } from './beside-globex.ts';

type Item = Record<string, unknown>;

describe('what an organization has, over the management API', () => {
  let rollcall: TestRollcall;
  let acme: TestOrganization;
  let globex: TestOrganization;
  let api: Scim;
  const people: string[] = [];
  let team: string;
  let foreignMember: string;
  let foreignTeam: string;

  before(async () => {
    rollcall = await startRollcall();
    [acme, globex] = [await rollcall.organization({ slug: 'acme' }), await rollcall.organization({ slug: 'globex' })];
    api = apiClient(rollcall.url, rollcall.operatorKey);
    for (const [name, active] of Object.entries({ ada: true, ben: false, cleo: true })) {
      const user = { userName: `${name}@acme.example`, externalId: `00u-${name}`, displayName: name, active };
      people.push((await acme.scim('POST', '/Users', user)).body.id as string);
    }
    const members = people.slice(0, 2).map((value) => ({ value }));
    team = (await acme.scim('POST', '/Groups', { displayName: 'Engineering', members })).body.id as string;
    foreignMember = (await globex.scim('POST', '/Users', { userName: 'eve@globex.example', active: true })).body
      .id as string;
    const foreign = { displayName: 'Engineering', members: [{ value: foreignMember }] };
    foreignTeam = (await globex.scim('POST', '/Groups', foreign)).body.id as string;
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  const items = async (path: string): Promise<Item[]> => {
    const answer = await api('GET', `/organizations/acme${path}`);
    assert.equal(answer.status, 200, answer.text);
    return answer.body.items as Item[];
  };

  test('members show both sides and the reason', async () => {
    const [ada, ben] = await items('/members');
    assert.equal(ada?.id, people[0]);
    assert.deepEqual(
      [ada?.userName, ada?.externalId, ada?.name, ada?.email, ada?.status, ada?.askedActive, ada?.teams],
      ['ada@acme.example', '00u-ada', 'ada', 'ada@acme.example', 'active', true, 1],
    );
    assert.deepEqual([ben?.status, ben?.askedActive, ben?.teams], ['suspended', false, 0]);
    assert.match(JSON.stringify(ben?.reason), /"asked-inactive"/);
    const detail = (await api('GET', `/organizations/acme/members/${people[0]}`)).body;
    assert.equal((detail.asked as Item).displayName, 'ada');
  });

  test('members are listed by status, removed ones in a list of their own', async () => {
    const gone = (await acme.scim('POST', '/Users', { userName: 'dan@acme.example', active: true })).body.id as string;
    await acme.scim('DELETE', `/Users/${gone}`);
    const ids = async (query: string) => (await items(`/members${query}`)).map(({ id }) => id);
    assert.deepEqual(await ids(''), people);
    assert.deepEqual(await ids('?status=active'), [people[0], people[2]]);
    assert.deepEqual(await ids('?status=suspended'), [people[1]]);
    assert.deepEqual(await ids('?status=removed'), [gone]);
    assert.deepEqual(await ids('?userName=CLEO%40acme.example'), [people[2]]);
    assert.deepEqual(await ids('?userName=eve%40globex.example'), []);
    assert.equal((await api('GET', `/organizations/acme/members/${gone}`)).body.status, 'removed');
  });

  test('a team and its people are shown with who waits and why, and a person with the teams', async () => {
    const [listed] = await items('/teams');
    assert.deepEqual(
      [listed?.id, listed?.name, listed?.askedName, listed?.asked, listed?.inForce],
      [team, 'Engineering', 'Engineering', 2, 1],
    );
    const { locks, ...read } = (await api('GET', `/organizations/acme/teams/${team}`)).body;
    assert.deepEqual(read, listed);
    assert.deepEqual(
      (locks as Item[]).map(({ edit, setting }) => [edit, setting]),
      [['edit-team', 'editTeamsByHand']],
    );
    const members = await items(`/teams/${team}/members?limit=1`);
    assert.deepEqual([members[0]?.id, members[0]?.asked, members[0]?.inForce], [people[0], true, true]);
    const [, ben] = await items(`/teams/${team}/members`);
    assert.deepEqual([ben?.status, ben?.asked, ben?.inForce], ['suspended', true, false]);
    assert.match(JSON.stringify(ben?.reason), /"member-suspended"/);
    const [of] = await items(`/members/${people[1]}/teams`);
    assert.deepEqual([of?.id, of?.name, of?.inForce], [team, 'Engineering', false]);
  });

  test('what belongs to another organization is as absent as what never was (R7)', async () => {
    const foreign = [`/members/${foreignMember}`, `/members/${foreignMember}/teams`, `/teams/${foreignTeam}`];
    foreign.push(`/teams/${foreignTeam}/members`, `/requests/${newUuid()}`);
    for (const path of foreign) {
      const [there, nowhere] = [path, path.replace(/[0-9a-f-]{36}/, newUuid())];
      const [a, b] = await Promise.all([there, nowhere].map((each) => api('GET', `/organizations/acme${each}`)));
      assert.equal(a?.status, 404);
      assert.equal(a?.text.replace(/[0-9a-f-]{36}/, ''), b?.text.replace(/[0-9a-f-]{36}/, ''));
    }
    assert.ok(!(await items('/members')).some(({ id }) => id === foreignMember));
  });

  test('a SCIM token is created, works, is renamed, and is refused within a second of its revocation', async () => {
    const created = await api('POST', '/organizations/acme/tokens', { name: 'okta 2' });
    assert.equal(created.status, 201);
    assert.equal(created.body.scimBaseUrl, acme.scimBaseUrl);
    const scim = scimClient(acme.scimBaseUrl, created.body.token as string);
    assert.equal((await scim('GET', '/Users')).status, 200);
    const path = `/organizations/acme/tokens/${created.body.id}`;
    assert.equal((await api('PATCH', path, { name: 'okta new' })).body.name, 'okta new');
    assert.deepEqual(
      (await items('/tokens')).map(({ name }) => name),
      ['okta new', 'okta'],
    );
    assert.equal((await api('DELETE', path)).status, 204);
    await eventually(async () => assert.equal((await scim('GET', '/Users')).status, 401));
    assert.equal((await api('DELETE', path)).status, 404);
    assert.equal((await api('DELETE', `/organizations/acme/tokens/${globex.tokenId}`)).status, 404);
    assert.equal((await globex.scim('GET', '/Users')).status, 200);
    const kinds = (await readEvents(rollcall.db.app, acme, { after: 0, limit: 1_000 })).map(({ kind }) => kind);
    for (const kind of ['token.created', 'token.renamed', 'token.revoked'] as const) assert.ok(kinds.includes(kind));
    assert.ok(!JSON.stringify(await items('/tokens')).includes((created.body.token as string).slice(37)));
  });

  test('provisioning is turned off and on again, and the feed says what was before (D41)', async () => {
    const path = '/organizations/acme/connection';
    const before = await api('GET', path);
    assert.deepEqual([before.body.id, before.body.state], [acme.connectionId, 'on']);
    const off = await api('PATCH', path, { state: 'off' }, { 'if-match': before.headers.get('etag') as string });
    assert.equal(off.body.state, 'off');
    await eventually(async () => assert.equal((await acme.scim('GET', '/Users')).status, 403));
    assert.equal((await globex.scim('GET', '/Users')).status, 200);
    const late = await api('PATCH', path, { state: 'on' }, { 'if-match': before.headers.get('etag') as string });
    assert.equal(late.status, 412);
    await api('PATCH', path, { state: 'on' });
    await eventually(async () => assert.equal((await acme.scim('GET', '/Users')).status, 200));
    const events = await readEvents(rollcall.db.app, acme, { after: 0, limit: 1_000 });
    const changes = events.flatMap((event) => (event.kind === 'connection.state_changed' ? [event.data] : []));
    assert.deepEqual(changes, [
      { connection: acme.connectionId, before: 'on', after: 'off' },
      { connection: acme.connectionId, before: 'off', after: 'on' },
    ]);
  });

  test('an organization is renamed by a key, and its plan and status are the operator’s', async () => {
    const key = { name: 'admin', scopes: ['organization:read', 'organization:write'] };
    const made = await api('POST', '/organizations/acme/api-keys', key);
    const admin = apiClient(rollcall.url, made.body.key as string);
    assert.equal((await admin('PATCH', '/organizations/acme', { name: 'Acme Inc.' })).body.name, 'Acme Inc.');
    for (const change of [{ plan: 'free' }, { status: 'suspended' }]) {
      assert.equal((await admin('PATCH', '/organizations/acme', change)).status, 403);
    }
    assert.equal((await api('PATCH', '/organizations/acme', { plan: 'pro' })).body.plan, 'pro');
    const events = await readEvents(rollcall.db.app, acme, { after: 0, limit: 1_000 });
    const changes = events.flatMap((event) => (event.kind === 'organization.updated' ? [event.data.changed] : []));
    assert.deepEqual(changes, [
      { name: { before: 'acme', after: 'Acme Inc.' } },
      { plan: { before: 'enterprise', after: 'pro' } },
    ]);
  });

  test('the OpenAPI document is public, names every route with its scope, and knows no other', async () => {
    const answer = await fetch(`${rollcall.url}/api/v1/openapi.json`);
    assert.equal(answer.status, 200);
    type Parameter = { name: string; required: boolean; schema: Item };
    type Operation = { operationId?: string; security?: Item[]; responses: Item; parameters?: Parameter[] };
    const document = (await answer.json()) as {
      openapi: string;
      paths: Record<string, Record<string, Operation>>;
    };
    assert.equal(document.openapi, '3.1.0');
    const operations = Object.values(document.paths).flatMap((path) => Object.values(path));
    const ids = operations.map(({ operationId }) => operationId);
    assert.equal(new Set(ids).size, ids.length);
    assert.ok(operations.length > 20);
    for (const { operationId, security, responses } of operations) {
      assert.ok(operationId !== undefined && security !== undefined && responses.default !== undefined, operationId);
    }
    const parameters = operations.flatMap((operation) => operation.parameters ?? []);
    const withDefault = parameters.filter(({ schema }) => schema.default !== undefined);
    assert.ok(withDefault.length > 20);
    assert.deepEqual(
      [...new Set(withDefault.map(({ required }) => required))],
      [false],
      'what has a default may be left out',
    );
    assert.deepEqual(document.paths['/api/v1/organizations/{organization}/members']?.get?.security, [
      { operatorKey: [] },
      { apiKey: ['members:read'] },
    ]);
  });
});
