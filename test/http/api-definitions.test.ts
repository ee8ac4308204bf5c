/** Definitions by the management API, and what a changed one does to what is stored. */
import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readEvents } from '../../src/events/feed.ts';
import { createApiKey } from '../../src/provisioning/create-api-key.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import {
  apiClient,
  type Scim,
  type ScimAnswer,
  scimClient,
  startRollcall,
  type TestOrganization,
  type TestRollcall,
} from '../rollcall.ts';
import { assertRefusal, patch } from './beside-globex.ts';

const urn = (name: string) => `urn:acme:scim:schemas:1.0:${name}`;

describe('definitions by the management API', () => {
  let rollcall: TestRollcall;
  let acme: TestOrganization;
  let globex: TestOrganization;
  let api: Scim;

  before(async () => {
    rollcall = await startRollcall();
    const settings = { usernameFormat: 'any' };
    acme = await rollcall.organization({ slug: 'acme', settings });
    globex = await rollcall.organization({ slug: 'globex', settings });
    api = apiClient(rollcall.url, rollcall.operatorKey);
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  /** A client of a new token, so that nothing is remembered of what was defined before. */
  const fresh = async (org: TestOrganization): Promise<Scim> => {
    const { token } = await createToken(rollcall.db.app, org, { name: 'fresh' }, { now: new Date() });
    return scimClient(org.scimBaseUrl, token);
  };
  const path = (name: string, kind = 'schemas') =>
    `/organizations/acme/${kind}/${kind === 'schemas' ? encodeURIComponent(urn(name)) : name}`;
  const schemaOf = (name: string, attributes: object[], types: object[] = [{ resourceType: 'User' }]) => ({
    definition: { id: urn(name), name, attributes },
    extends: types,
  });
  const problem = (answer: ScimAnswer, status: number, code: string, detail: RegExp) => {
    assert.equal(answer.status, status, answer.text);
    assert.equal(answer.body.code, code);
    assert.match(answer.body.detail ?? '', detail);
  };

  test('a schema is defined, read, listed, changed and removed, in its organization only', async () => {
    const body = schemaOf('Life', [{ name: 'first' }]);
    const created = await api('POST', '/organizations/acme/schemas', body);
    assert.equal(created.status, 201, created.text);
    assert.deepEqual(created.body.extends, [{ resourceType: 'User', required: false }]);
    assert.deepEqual((await api('GET', path('Life'))).body, created.body);
    assert.deepEqual((await api('GET', '/organizations/acme/schemas')).body, {
      items: [created.body],
      nextCursor: null,
    });
    assert.deepEqual((await api('GET', '/organizations/globex/schemas')).body, { items: [], nextCursor: null });
    problem(await api('GET', path('Life').replace('acme/', 'globex/')), 404, 'not_found', /no schema/);
    problem(await api('POST', '/organizations/acme/schemas', body), 409, 'conflict', /exists already/);
    const shadow = schemaOf('Life:First', [{ name: 'q' }]);
    problem(await api('POST', '/organizations/acme/schemas', shadow), 409, 'conflict', /beside the attribute first of/);
    const more = schemaOf('Life', [{ name: 'first' }, { name: 'second', type: 'integer' }]);
    assert.equal((await api('PUT', path('Life'), more)).status, 200);
    assert.equal((await (await fresh(acme))('GET', `/Schemas/${urn('Life')}`)).body.name, 'Life');
    assert.equal((await (await fresh(globex))('GET', `/Schemas/${urn('Life')}`)).status, 404);
    assert.equal((await api('DELETE', path('Life'))).status, 204);
    problem(await api('DELETE', path('Life')), 404, 'not_found', /no schema/);
    const kinds = (await readEvents(rollcall.db.app, acme, { after: 0, limit: 1000 })).map((each) => each.kind);
    assert.deepEqual(
      kinds.filter((kind) => kind.startsWith('schema.')),
      ['schema.defined', 'schema.changed', 'schema.removed'],
    );
  });

  test('a definition that is none is refused with the attribute; a body that is none with its place', async () => {
    const bad = schemaOf('Bad', [{ name: 'a', type: 'text' }]);
    problem(
      await api('POST', '/organizations/acme/schemas', bad),
      400,
      'invalid_request',
      /type of the attribute a must be/,
    );
    problem(await api('POST', '/organizations/acme/schemas', { extends: [] }), 400, 'invalid_request', /definition/);
    const nobody = schemaOf('Bad', [{ name: 'a' }], [{ resourceType: 'Robot' }]);
    problem(await api('POST', '/organizations/acme/schemas', nobody), 400, 'invalid_request', /no such resource type/);
  });

  test('an API key needs the scope, and reaches its own organization', async () => {
    const keyOf = async (scopes: string[]) =>
      apiClient(
        rollcall.url,
        (await createApiKey(rollcall.db.app, acme, { name: 'k', scopes }, { now: new Date() })).key,
      );
    const reader = await keyOf(['schemas:read']);
    assert.equal((await reader('GET', '/organizations/acme/schemas')).status, 200);
    assert.equal((await reader('GET', '/organizations/globex/schemas')).status, 404);
    problem(
      await reader('POST', '/organizations/acme/schemas', schemaOf('K', [{ name: 'a' }])),
      403,
      'scope_missing',
      /schemas:write/,
    );
  });

  const before1: [change: string, attributes: object[], stored: object, then: object[], detail: RegExp | undefined][] =
    [
      ['an attribute more is let through', [{ name: 'a' }], { a: 'x' }, [{ name: 'a' }, { name: 'b' }], undefined],
      [
        'another type that fits is let through',
        [{ name: 'a' }],
        { a: 'x' },
        [{ name: 'a', type: 'reference', referenceTypes: ['external'] }],
        undefined,
      ],
      [
        'another type that does not fit is refused',
        [{ name: 'a' }],
        { a: 'x' },
        [{ name: 'a', type: 'integer' }],
        /would not be valid: a must be a number/,
      ],
      [
        'a list instead of a value is refused',
        [{ name: 'a' }],
        { a: 'x' },
        [{ name: 'a', multiValued: true }],
        /holds \{"a":"x"\}, which the new definition would write as/,
      ],
      [
        'canonical values that lack a stored one are refused',
        [{ name: 'a' }],
        { a: 'x' },
        [{ name: 'a', canonicalValues: ['y'] }],
        /must be one of y, not "x"/,
      ],
      [
        'an attribute less is refused while it is stored',
        [{ name: 'a' }, { name: 'b' }],
        { a: 'x' },
        [{ name: 'b' }],
        /holds a value of a, which the new definition has not/,
      ],
      [
        'an attribute less is let through where it is not stored',
        [{ name: 'a' }, { name: 'b' }],
        { a: 'x' },
        [{ name: 'a' }],
        undefined,
      ],
      [
        'what is required anew is refused where it is missing',
        [{ name: 'a' }],
        { a: 'x' },
        [{ name: 'a' }, { name: 'b', required: true }],
        /b is required/,
      ],
    ];
  for (const [index, [change, attributes, stored, then, detail]] of before1.entries()) {
    test(`a changed schema is held against what is stored: ${change}`, async () => {
      const name = `Held${index}`;
      assert.equal((await api('POST', '/organizations/acme/schemas', schemaOf(name, attributes))).status, 201);
      const scim = await fresh(acme);
      const user = await scim('POST', '/Users', { userName: name, [urn(name)]: stored });
      assert.equal(user.status, 201, user.text);
      const answer = await api('PUT', path(name), schemaOf(name, then));
      if (detail === undefined) assert.equal(answer.status, 200, answer.text);
      else problem(answer, 409, 'conflict', detail);
      if (detail !== undefined) assert.match(answer.body.detail ?? '', new RegExp(`User ${name}`));
      assert.deepEqual((await (await fresh(acme))('GET', `/Users/${user.body.id}`)).body[urn(name)], stored);
    });
  }

  test('uniqueness is taken on only if no value is there twice', async () => {
    assert.equal((await api('POST', '/organizations/acme/schemas', schemaOf('Twice', [{ name: 'a' }]))).status, 201);
    const scim = await fresh(acme);
    for (const [userName, a] of [
      ['twice1', 'x'],
      ['twice2', 'x'],
      ['twice3', 'y'],
    ]) {
      assert.equal((await scim('POST', '/Users', { userName, [urn('Twice')]: { a } })).status, 201);
    }
    const unique = schemaOf('Twice', [{ name: 'a', uniqueness: 'server' }]);
    problem(
      await api('PUT', path('Twice'), unique),
      409,
      'conflict',
      /^User .+ and User .+ both have .+ ".+", which is to be unique/,
    );
    const [, second] = (await scim('GET', '/Users?filter=userName%20sw%20%22twice%22')).body.Resources ?? [];
    await scim('DELETE', `/Users/${second?.id}`);
    assert.equal((await api('PUT', path('Twice'), unique)).status, 200);
    const again = await (await fresh(acme))('POST', '/Users', { userName: 'twice4', [urn('Twice')]: { a: 'Y' } });
    assert.equal(again.status, 409, again.text);
  });

  test('values that came before their schema are searched by it, if they fit; if not, it is refused', async () => {
    const scim = await fresh(acme);
    const early = await scim('POST', '/Users', { userName: 'early', [urn('Late')]: { level: 3 } });
    const late = schemaOf('Late', [{ name: 'level', type: 'integer' }]);
    const misfit = schemaOf('Late', [{ name: 'level', type: 'boolean' }]);
    problem(
      await api('POST', '/organizations/acme/schemas', misfit),
      409,
      'conflict',
      /User early is stored and would not be valid/,
    );
    assert.equal((await api('POST', '/organizations/acme/schemas', late)).status, 201);
    const found = await (await fresh(acme))('GET', `/Users?filter=${encodeURIComponent(`${urn('Late')}:level eq 3`)}`);
    assert.deepEqual(
      (found.body.Resources ?? []).map((each) => each.id),
      [early.body.id],
    );
  });

  test('an extension is required only when all have it, and then of everybody (RFC 7643 §6)', async () => {
    const optional = schemaOf('Must', [{ name: 'a' }], [{ resourceType: 'Group' }]);
    const required = schemaOf('Must', [{ name: 'a' }], [{ resourceType: 'Group', required: true }]);
    assert.equal((await api('POST', '/organizations/acme/schemas', optional)).status, 201);
    const scim = await fresh(acme);
    const group = await scim('POST', '/Groups', { displayName: 'Musty' });
    problem(
      await api('PUT', path('Must'), required),
      409,
      'conflict',
      /cannot be required: 1 resource \(Musty\) of the type Group/,
    );
    await scim('PATCH', `/Groups/${group.body.id}`, {
      Operations: [{ op: 'add', path: `${urn('Must')}:a`, value: 'x' }],
    });
    assert.equal((await api('PUT', path('Must'), required)).status, 200);
    const late = await fresh(acme);
    const without = await late('POST', '/Groups', { displayName: 'Without' });
    assert.equal(without.status, 400);
    assert.match(without.body.detail ?? '', /is required: a Group must have attributes of this extension/);
    const remove = { Operations: [{ op: 'remove', path: urn('Must') }] };
    assert.equal((await late('PATCH', `/Groups/${group.body.id}`, remove)).status, 400);
    assert.equal((await globex.scim('POST', '/Groups', { displayName: 'Without' })).status, 201);
  });

  test('a schema with values is removed by force only; the values stay, as those of a schema that nobody defined', async () => {
    assert.equal((await api('POST', '/organizations/acme/schemas', schemaOf('Gone', [{ name: 'a' }]))).status, 201);
    const user = await (await fresh(acme))('POST', '/Users', { userName: 'gone', [urn('Gone')]: { a: 'x' } });
    problem(await api('DELETE', path('Gone')), 409, 'conflict', /1 resource \(gone\) of the type User hold values/);
    assert.equal((await api('DELETE', `${path('Gone')}?force=true`)).status, 204);
    const scim = await fresh(acme);
    assert.deepEqual((await scim('GET', `/Users/${user.body.id}`)).body[urn('Gone')], { a: 'x' });
    assert.equal((await scim('GET', `/Users?filter=${encodeURIComponent(`${urn('Gone')}:a eq "x"`)}`)).status, 400);
  });

  test('a resource type is defined, served, changed and removed; what uses a schema keeps it', async () => {
    const types = '/organizations/acme/resource-types';
    const robot = { name: 'Robot', endpoint: '/Robots', schema: urn('Robot') };
    problem(
      await api('POST', types, { definition: robot }),
      400,
      'invalid_request',
      /which is not there; define it first/,
    );
    const schema = schemaOf('Robot', [{ name: 'model', required: true }], []);
    assert.equal((await api('POST', '/organizations/acme/schemas', schema)).status, 201);
    const created = await api('POST', types, { definition: robot });
    assert.equal(created.status, 201, created.text);
    assert.deepEqual((await api('GET', path('Robot', 'resource-types'))).body, created.body);
    problem(await api('DELETE', path('Robot')), 409, 'conflict', /resource type Robot uses the schema/);
    const scim = await fresh(acme);
    assert.equal((await scim('POST', '/Robots', { model: 'R2' })).status, 201);
    assert.equal((await (await fresh(globex))('POST', '/Robots', { model: 'R2' })).status, 404);
    const moved = await api('PUT', path('Robot', 'resource-types'), { definition: { ...robot, endpoint: '/Bots' } });
    assert.equal(moved.status, 200, moved.text);
    const later = await fresh(acme);
    assert.equal((await later('GET', '/Bots')).body.totalResults, 1);
    assert.equal((await later('GET', '/Robots')).status, 404);
    problem(await api('DELETE', path('Robot', 'resource-types')), 409, 'conflict', /is 1 resource of the type Robot/);
    assert.equal((await api('DELETE', `${path('Robot', 'resource-types')}?force=true`)).status, 204);
    assert.equal((await (await fresh(acme))('GET', '/Bots')).status, 404);
    assert.equal((await api('DELETE', path('Robot'))).status, 204);
    const events = await readEvents(rollcall.db.app, acme, { after: 0, limit: 1000 });
    const last = events.filter((each) => each.kind === 'resource_type.removed').at(-1);
    assert.equal((last?.data as { resources: number } | undefined)?.resources, 1);
  });

  test('a list that is sorted or filtered by an attribute is another one once that is defined anew: no page continues it (9865-2.1-errors)', async () => {
    const define = async (method: string, at: string, v: object) => {
      const definition = {
        id: urn('Sorted'),
        name: 'Sorted',
        attributes: [
          { name: 'label', required: true },
          { name: 'v', ...v },
        ],
      };
      const { status, text } = await api(method, at, { definition });
      assert.ok(status < 300, text);
    };
    const seen = async (type: string, caseExact: boolean) => {
      for (;;) {
        const { body } = await acme.scim('GET', `/Schemas/${urn('Sorted')}`);
        const v = (body.attributes as { name: string; type: string; caseExact?: boolean }[] | undefined)?.[1];
        if (v?.type === type && (v.caseExact ?? false) === caseExact) return;
      }
    };
    await define('POST', '/organizations/acme/schemas', { type: 'string' });
    const made = await api('POST', '/organizations/acme/resource-types', {
      definition: { name: 'Sorted', endpoint: '/Sorted', schema: urn('Sorted') },
    });
    assert.equal(made.status, 201, made.text);
    await seen('string', false);
    const ids: string[] = [];
    for (const [place, v] of ['v0', 'V1', 'v2', 'V3', 'v4', 'V5'].entries()) {
      const { status, body, text } = await acme.scim('POST', '/Sorted', {
        schemas: [urn('Sorted')],
        label: `l${place}`,
        v,
      });
      assert.equal(status, 201, text);
      ids.push(body.id as string);
    }
    const page = async (query: string) => {
      const { status, text, body } = await acme.scim('GET', `/Sorted?count=2&${query}`);
      assert.equal(status, 200, text);
      return { labels: body.Resources?.map(({ label }) => label), next: body.nextCursor };
    };
    const filter = `filter=${encodeURIComponent('v sw "v"')}`;
    const queries = ['sortBy=v', filter];
    const cursors = [];
    for (const query of queries) cursors.push((await page(`${query}&cursor`)).next);
    const { next: ofAll } = await page('cursor');
    assert.deepEqual((await page('sortBy=v&startIndex=1')).labels, ['l0', 'l1']);

    await define('PUT', path('Sorted'), { type: 'string', caseExact: true });
    await seen('string', true);
    assert.deepEqual((await page('sortBy=v&startIndex=3')).labels, ['l5', 'l0'], 'V1 V3 | V5 v0 | v2 v4');
    for (const [place, query] of queries.entries()) {
      const answer = await acme.scim('GET', `/Sorted?count=2&${query}&cursor=${cursors[place]}`);
      assertRefusal(answer, 400, 'invalidCursor', /schemas must stay as they were/);
    }
    assert.deepEqual((await page(`cursor=${ofAll}`)).labels, ['l2', 'l3'], 'the order of ids is what it was');

    assert.deepEqual((await page('sortBy=v&startIndex=1')).labels, ['l1', 'l3']);
    for (const id of ids) await acme.scim('PATCH', `/Sorted/${id}`, patch({ op: 'remove', path: 'v' }));
    await define('PUT', path('Sorted'), { type: 'integer' });
    await seen('integer', false);
    assert.deepEqual((await page('sortBy=v&startIndex=3')).labels, ['l2', 'l3']);
  });

  test('a change is seen by every process within the time that a token is remembered, without another query by those who wait', async () => {
    await using node = await rollcall.startNode();
    const there = scimClient(acme.scimBaseUrl.replace(rollcall.url, node.url), acme.token);
    assert.equal((await there('GET', `/Schemas/${urn('Seen')}`)).status, 404);
    assert.equal((await api('POST', '/organizations/acme/schemas', schemaOf('Seen', [{ name: 'a' }]))).status, 201);
    let status = 404;
    while (status !== 200) status = (await there('GET', `/Schemas/${urn('Seen')}`)).status;
    assert.equal(status, 200);
  });
});
