import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { readEvents } from '../../src/events/feed.ts';
import { addMember } from '../../src/provisioning/add-member.ts';
import { defineResourceType, defineSchema, removeResourceType } from '../../src/provisioning/change-definitions.ts';
import { createToken } from '../../src/provisioning/create-token.ts';
import { listRequests } from '../../src/store/request-log.ts';
import { type Scim, scimClient, startRollcall, type TestOrganization, type TestRollcall } from '../rollcall.ts';
import { assertRefusal, eventually, patch } from './beside-globex.ts';
import { bulk, outcomesOf } from './bulk-message.ts';

const badge = 'urn:acme:scim:schemas:1.0:Badge';
const device = 'urn:acme:scim:schemas:1.0:Device';
const warranty = 'urn:acme:scim:schemas:1.0:Warranty';

const badgeSchema = {
  id: badge,
  name: 'Badge',
  description: 'What opens doors',
  attributes: [
    { name: 'number', type: 'string', uniqueness: 'server', caseExact: true },
    { name: 'level', type: 'integer' },
    { name: 'color', canonicalValues: ['Gold', 'Silver'] },
    { name: 'since', type: 'dateTime' },
    { name: 'pin', mutability: 'writeOnly', returned: 'never' },
    { name: 'issuedBy', type: 'reference', referenceTypes: ['User'] },
    { name: 'serial', mutability: 'immutable' },
    { name: 'printed', type: 'boolean', mutability: 'readOnly' },
    { name: 'notes', returned: 'request' },
    { name: 'tags', multiValued: true },
    { name: 'doors', type: 'integer', multiValued: true },
    { name: 'picture', type: 'reference', referenceTypes: ['external'] },
    { name: 'page', type: 'reference', referenceTypes: ['uri'] },
  ],
};
const wallet = 'urn:acme:scim:schemas:1.0:Wallet';
/** Lists inside complex values, single ones and those of a list. */
const walletSchema = {
  id: wallet,
  attributes: [
    {
      name: 'cards',
      type: 'complex',
      multiValued: true,
      subAttributes: [{ name: 'value' }, { name: 'dates', type: 'dateTime', multiValued: true }],
    },
    { name: 'box', type: 'complex', subAttributes: [{ name: 'list', multiValued: true }, { name: 'note' }] },
    { name: 'boss', type: 'reference', referenceTypes: ['User'] },
  ],
};
const deviceSchema = {
  id: device,
  name: 'Device',
  attributes: [
    { name: 'label', required: true, uniqueness: 'server' },
    { name: 'serial', required: true, mutability: 'immutable', uniqueness: 'global', caseExact: true },
    { name: 'weight', type: 'decimal' },
    { name: 'owner', type: 'reference', referenceTypes: ['User', 'Group'] },
    { name: 'site', returned: 'always' },
    {
      name: 'ports',
      type: 'complex',
      multiValued: true,
      subAttributes: [
        { name: 'value', required: true },
        { name: 'speed', type: 'integer' },
        { name: 'secret', mutability: 'writeOnly', returned: 'never' },
      ],
    },
    { name: 'tags', multiValued: true },
  ],
};
const warrantySchema = {
  id: warranty,
  attributes: [{ name: 'until', type: 'dateTime', required: true }],
};
const deviceType = {
  name: 'Device',
  endpoint: '/Devices',
  description: 'Machines',
  schema: device,
  schemaExtensions: [{ schema: warranty, required: false }],
};

describe('schemas and resource types that an organization defined', () => {
  let rollcall: TestRollcall;
  let acme: TestOrganization;
  let globex: TestOrganization;
  let scim: Scim;

  before(async () => {
    rollcall = await startRollcall();
    const settings = { usernameFormat: 'any' };
    acme = await rollcall.organization({ slug: 'acme', settings });
    globex = await rollcall.organization({ slug: 'globex', settings });
    const at = { now: new Date() };
    const { app } = rollcall.db;
    const extended = [{ resourceType: 'User', required: false }];
    await defineSchema(app, acme, { document: badgeSchema, extends: extended }, 'new', at);
    await defineSchema(app, acme, { document: walletSchema, extends: extended }, 'new', at);
    await defineSchema(app, globex, { document: walletSchema, extends: extended }, 'new', at);
    await defineSchema(app, acme, { document: deviceSchema, extends: [] }, 'new', at);
    await defineSchema(app, acme, { document: warrantySchema, extends: [] }, 'new', at);
    await defineResourceType(app, acme, deviceType, 'new', at);
    scim = acme.scim;
  });
  after(async () => await rollcall[Symbol.asyncDispose]());

  const user = async (userName: string, content: object) =>
    await scim('POST', '/Users', { schemas: [], userName, [badge]: content });
  let made = 0;
  const machine = (rest: object = {}) => ({ schemas: [device], label: `m${++made}`, serial: `s${made}`, ...rest });
  const list = async (path: string) => ((await scim('GET', path)).body.Resources ?? []).map((each) => each.id);
  const find = async (endpoint: string, filter: string) =>
    await list(`${endpoint}?filter=${encodeURIComponent(filter)}`);

  test('discovery describes them to this organization and to no other (RFC 7643 §6, §7)', async () => {
    const types = (await scim('GET', '/ResourceTypes')).body.Resources ?? [];
    assert.deepEqual(
      types.map((each) => each.id),
      ['User', 'Group', 'Role', 'Entitlement', 'Device'],
    );
    assert.ok(JSON.stringify(types[0]).includes(badge));
    const found = await scim('GET', `/Schemas/${badge}`);
    assert.equal(found.status, 200);
    const attributes = found.body.attributes as Record<string, unknown>[];
    assert.deepEqual(attributes[0], {
      name: 'number',
      type: 'string',
      multiValued: false,
      description: '',
      required: false,
      caseExact: true,
      mutability: 'readWrite',
      returned: 'default',
      uniqueness: 'server',
    });
    assert.deepEqual(attributes[2]?.canonicalValues, ['Gold', 'Silver']);
    assertRefusal(await globex.scim('GET', `/Schemas/${badge}`), 404);
    assertRefusal(await globex.scim('GET', '/ResourceTypes/Device'), 404);
    for (const method of ['GET', 'POST', 'PUT']) {
      const body = method === 'GET' ? undefined : {};
      assertRefusal(await globex.scim(method, '/Devices', body), 404, undefined, /not part of the SCIM endpoint/);
    }
    assertRefusal(await scim('PUT', '/Devices', {}), 405);
  });

  const invalid: [content: object, detail: RegExp][] = [
    [{ level: 'high' }, /level must be a number/],
    [{ level: 1.5 }, /level must be a whole number/],
    [{ color: 'Bronze' }, /color must be one of Gold, Silver, not "Bronze"/],
    [{ since: 'yesterday' }, /since must be a dateTime/],
    [{ issuedBy: 'nobody' }, /issuedBy "nobody" names no User/],
    [{ issuedBy: 'https://elsewhere.example/Users/0190a0b0-0000-7000-8000-000000000001' }, /names no User/],
  ];
  for (const [content, detail] of invalid) {
    test(`an extension's value that does not fit is refused: ${JSON.stringify(content)} (RFC 7643 §7)`, async () => {
      assertRefusal(await user(`invalid${++made}`, content), 400, 'invalidValue', detail);
    });
  }

  test('a value is unique in its organization and free in another; what is deleted gives it back (RFC 7643 §7)', async () => {
    const first = await user('unique1', { number: 'B-1' });
    assert.equal(first.status, 201, first.text);
    assertRefusal(await user('unique2', { number: 'B-1' }), 409, 'uniqueness', /Badge:number "B-1" is already taken/);
    assert.equal((await user('unique3', { number: 'b-1' })).status, 201, 'another letter case is another value');
    const there = await globex.scim('POST', '/Users', {
      userName: 'unique1',
      [badge]: { number: 'B-1', color: 'Any' },
    });
    assert.equal(there.status, 201, 'elsewhere the URN is unknown and its values are kept as they come');
    const other = await user('unique4', { number: 'B-2' });
    const taken = { Operations: [{ op: 'replace', path: `${badge}:number`, value: 'B-1' }] };
    assertRefusal(await scim('PATCH', `/Users/${other.body.id}`, taken), 409, 'uniqueness');
    assert.equal((await scim('DELETE', `/Users/${first.body.id}`)).status, 204);
    assert.equal((await scim('PATCH', `/Users/${other.body.id}`, taken)).status, 200);
  });

  // 7643-7-request
  test('what is returned on request is in the answer to whoever has just given it, and in no other (RFC 7643 §7)', async () => {
    const created = await user('given', { NOTES: 'quiet', serial: 'G1' });
    assert.deepEqual(created.body[badge], { notes: 'quiet', serial: 'G1' });
    const path = `/Users/${created.body.id}`;
    const asks: ['PUT' | 'PATCH', body: unknown, query?: string][] = [
      ['PUT', { userName: 'given', [badge]: { notes: 'loud', serial: 'G1' } }],
      ['PUT', { userName: 'given', [`${badge}:notes`]: 'loud' }, `?excludedAttributes=title`],
      ['PATCH', patch({ op: 'replace', path: `${badge.toUpperCase()}:Notes`, value: 'loud' })],
      ['PATCH', patch({ op: 'add', value: { [badge]: { notes: 'loud' } } })],
      ['PATCH', patch({ op: 'add', path: badge, value: { notes: 'loud' } })],
      ['PATCH', patch({ op: 'add', value: { notes: 'loud' } })],
    ];
    for (const [method, body, query = ''] of asks) {
      const answer = await scim(method, `${path}${query}`, body);
      assert.deepEqual(answer.body[badge], { notes: 'loud', serial: 'G1' }, `${method} ${JSON.stringify(body)}`);
    }
    const others: ['GET' | 'PUT' | 'PATCH', body?: unknown, query?: string][] = [
      ['GET'],
      ['PATCH', patch({ op: 'replace', path: 'title', value: 'T' })],
      ['PATCH', patch({ op: 'replace', path: `${badge}:level`, value: 3 }, { op: 'remove', path: `${badge}:level` })],
      ['PATCH', patch({ op: 'add', value: { [badge]: { notes: 'loud' } } }), `?excludedAttributes=${badge}:notes`],
    ];
    for (const [method, body, query = ''] of others) {
      const answer = await scim(method, `${path}${query}`, body);
      assert.deepEqual(answer.body[badge], { serial: 'G1' }, `${method} ${JSON.stringify(body)}`);
    }
    const only = await scim('PATCH', `${path}?attributes=userName`, asks[2]?.[1]);
    assert.equal(only.body[badge], undefined);
    assert.equal((await globex.scim('GET', path)).status, 404);
  });

  // 7643-7-immutable 7644-3.5.1-immutable 7643-2.3.1-canonical 7643-1.2-base-schema
  test('what is only written, only read, immutable, or returned on request is so (RFC 7643 §7, RFC 7644 §3.5.1)', async () => {
    const content = { pin: '1234', printed: true, serial: 'X1', notes: 'quiet', color: 'gold' };
    const created = await user('mutable', content);
    assert.deepEqual(created.body[badge], { serial: 'X1', notes: 'quiet', color: 'Gold' });
    const path = `/Users/${created.body.id}`;
    assert.equal((await scim('GET', path)).body[badge] instanceof Object, true);
    assert.deepEqual((await scim('GET', path)).body[badge], { serial: 'X1', color: 'Gold' });
    const asked = await scim('GET', `${path}?attributes=${badge}:notes`);
    assert.deepEqual(asked.body[badge], { notes: 'quiet' });
    const change = (value: unknown) => ({ Operations: [{ op: 'replace', path: `${badge}:serial`, value }] });
    assertRefusal(await scim('PATCH', path, change('X2')), 400, 'mutability', /serial never changes/);
    assert.equal((await scim('PATCH', path, change('X1'))).status, 200);
    const readOnly = { Operations: [{ op: 'replace', path: `${badge}:printed`, value: true }] };
    assertRefusal(await scim('PATCH', path, readOnly), 400, 'mutability');
    assertRefusal(await scim('PUT', path, { userName: 'mutable', [badge]: { serial: 'X2' } }), 400, 'mutability');
    const put = await scim('PUT', path, { userName: 'mutable' });
    assert.deepEqual(put.body[badge], { serial: 'X1' }, 'an immutable value stays where it is not spoken of');
    assert.deepEqual(put.body.schemas, ['urn:ietf:params:scim:schemas:core:2.0:User', badge]);
    const stored = await rollcall.db.owner.query('select scim::text as scim from members where id = $1', [
      created.body.id,
    ]);
    assert.doesNotMatch(stored.rows[0].scim, /1234/);
    const events = await readEvents(rollcall.db.app, acme, { after: 0, limit: 1000 });
    assert.doesNotMatch(JSON.stringify(events), /1234/);
    const log = await listRequests(rollcall.db.app, acme, { limit: 1000 });
    assert.doesNotMatch(JSON.stringify(log), /1234/, 'the request log blanks what is only written');
    assertRefusal(await scim('GET', `/Users?filter=${encodeURIComponent(`${badge}:pin eq "1234"`)}`), 403, 'sensitive');
  });

  test('references name resources of the organization by id or address, and of no other (RFC 7643 §2.3.7)', async () => {
    const boss = await scim('POST', '/Users', { userName: 'boss' });
    const foreign = await globex.scim('POST', '/Users', { userName: 'boss' });
    for (const value of [boss.body.id, `Users/${boss.body.id}`, `${acme.scimBaseUrl}/Users/${boss.body.id}`]) {
      assert.equal((await user(`refers${++made}`, { issuedBy: value })).status, 201, String(value));
    }
    for (const value of [
      foreign.body.id,
      `Groups/${boss.body.id}`,
      `${globex.scimBaseUrl}/Users/${boss.body.id}`,
      `${globex.scimBaseUrl}/Users/${foreign.body.id}`,
      `https://evil.example/scim/v2/acme/Users/${boss.body.id}`,
      `//evil.example/scim/v2/acme/Users/${boss.body.id}`,
      `//evil.example/Users/${boss.body.id}`,
      `${new URL(acme.scimBaseUrl).origin}/other/scim/v2/acme/Users/${boss.body.id}`,
      `${acme.scimBaseUrl.replace('//', '//evil.example@x.')}/Users/${boss.body.id}`,
    ]) {
      assertRefusal(await user(`refers${++made}`, { issuedBy: value }), 400, 'invalidValue', /names no User/);
    }
    // What was named while it was there may be named on, in any spelling.
    const userName = `refers${++made}`;
    const last = await user(userName, { issuedBy: boss.body.id });
    await scim('DELETE', `/Users/${boss.body.id}`);
    const on = { userName, active: false, [badge]: { issuedBy: `../Users/${boss.body.id}` } };
    assert.equal((await scim('PUT', `/Users/${last.body.id}`, on)).status, 200);
    assertRefusal(await user(`refers${++made}`, { issuedBy: boss.body.id }), 400, 'invalidValue', /names no User/);
  });

  test('values of a list of simple ones are selected by value, in a PATCH and in a filter (RFC 7643 §2.4)', async () => {
    const { body } = await user(`tagged${++made}`, { tags: ['a', 'b', 'ab'], doors: [1, 2] });
    const other = await globex.scim('POST', '/Users', { userName: 'tagged', [badge]: { tags: ['a', 'b'] } });
    const id = body.id as string;
    for (const [filter, isFound] of [
      ['tags[value eq "B"]', true],
      ['tags[value sw "a" and value ew "b"]', true],
      ['tags[value sw "b" and value ew "a"]', false],
      ['tags[not (value sw "a")]', true],
      ['tags[value eq "a" and value ew "b"]', false],
      ['doors[value gt 1]', true],
      ['doors[value gt 1 and value lt 2]', false],
    ] as const) {
      assert.deepEqual(await find('/Users', `${badge}:${filter}`), isFound ? [id] : [], filter);
    }
    const held = async () => ((await scim('GET', `/Users/${id}`)).body[badge] as { tags?: string[] }).tags;
    for (const [operation, tags] of [
      [{ op: 'remove', path: 'tags[value eq "b"]' }, ['a', 'ab']],
      [{ op: 'replace', path: 'tags[value eq "a"]', value: 'c' }, ['c', 'ab']],
      [{ op: 'replace', path: 'tags[value eq "c"]', value: 'AB' }, ['AB']],
      [{ op: 'remove', path: 'tags[value sw "z"]' }, ['AB']],
    ] as const) {
      const answer = await scim('PATCH', `/Users/${id}`, patch({ ...operation, path: `${badge}:${operation.path}` }));
      assert.equal(answer.status, 200, answer.text);
      assert.deepEqual(
        (await held())?.map((tag) => tag.toLowerCase()),
        tags.map((tag) => tag.toLowerCase()),
        operation.path,
      );
    }
    const missing = patch({ op: 'replace', path: `${badge}:tags[value eq "z"]`, value: 'y' });
    assertRefusal(await scim('PATCH', `/Users/${id}`, missing), 400, 'noTarget');
    const wrong = patch({ op: 'remove', path: `${badge}:tags[display eq "z"]` });
    assertRefusal(await scim('PATCH', `/Users/${id}`, wrong), 400, 'invalidPath');
    assert.deepEqual((await globex.scim('GET', `/Users/${other.body.id}`)).body[badge], { tags: ['a', 'b'] });
  });

  test('a number as a string is one of JSON, and an integer has no exponent (RFC 7643 §2.3.4)', async () => {
    assert.equal((await user(`number${++made}`, { level: '16' })).status, 201);
    for (const level of ['0x10', '0b1', '1e2', '1.0', ' 5 ', '05', '+5', '5\n', 'Infinity', '']) {
      const answer = await user(`number${++made}`, { level });
      if (level === '') assert.equal(answer.status, 201);
      else assertRefusal(answer, 400, 'invalidValue', /must be a number/);
    }
    for (const operand of ['0x10', '01', '"0x10"', '" 16"', '"1e2"']) {
      const path = `/Users?filter=${encodeURIComponent(`${badge}:level eq ${operand}`)}`;
      assertRefusal(await scim('GET', path), 400, 'invalidFilter');
    }
    assert.equal((await find('/Users', `${badge}:level eq "16"`)).length, 1);
  });

  test('a bulkId in a reference to what is elsewhere stands for what is created, if there is such a creation', async () => {
    const { body } = await scim('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: [
        { method: 'POST', path: '/Users', bulkId: 'p', data: { userName: 'pictured' } },
        {
          ...{ method: 'POST', path: '/Users', bulkId: 'q' },
          data: { userName: 'picturing', [badge]: { picture: 'bulkId:p', page: 'bulkId:nobody' } },
        },
      ],
    });
    const [first, second] = (body.Operations as { location: string }[]).map(({ location }) =>
      location.split('/').at(-1),
    );
    const { picture, page } = (await scim('GET', `/Users/${second}`)).body[badge] as Record<string, unknown>;
    assert.deepEqual([picture, page], [first, 'bulkId:nobody']);
  });

  test('types that refer to themselves and to each other are defined in any order', async () => {
    const at = { now: new Date() };
    const { app } = rollcall.db;
    const schemaOf = (name: string, referenceTypes: string[]) => ({
      id: `urn:acme:scim:schemas:1.0:${name}`,
      attributes: [{ name: 'next', type: 'reference', referenceTypes }],
    });
    const typeOf = (name: string) => ({ name, endpoint: `/${name}s`, schema: `urn:acme:scim:schemas:1.0:${name}` });
    await defineSchema(app, acme, { document: schemaOf('Rack', ['Rack', 'Room']), extends: [] }, 'new', at);
    await defineResourceType(app, acme, typeOf('Rack'), 'new', at);
    await eventually(async () => assert.equal((await scim('GET', '/Racks')).status, 200));
    const schemas = [schemaOf('Rack', []).id];
    const rack = await scim('POST', '/Racks', { schemas });
    assert.equal((await scim('POST', '/Racks', { schemas, next: rack.body.id })).status, 201);
    const room = `Rooms/${rack.body.id}`;
    assertRefusal(await scim('POST', '/Racks', { schemas, next: room }), 400, 'invalidValue', /names no Rack or Room/);
    await defineSchema(app, acme, { document: schemaOf('Room', ['Rack']), extends: [] }, 'new', at);
    await defineResourceType(app, acme, typeOf('Room'), 'new', at);
    const made = await eventually(async () => {
      const answer = await scim('POST', '/Rooms', { schemas: [schemaOf('Room', []).id], next: rack.body.id });
      assert.equal(answer.status, 201, answer.text);
      return answer.body.id;
    });
    assert.equal((await scim('POST', '/Racks', { schemas, next: made })).status, 201);
    assertRefusal(await globex.scim('GET', '/Racks'), 404);
  });

  test('a resource of a defined type has the whole life of one: create, read, replace, patch, delete (RFC 7644 §3)', async () => {
    const created = await scim('POST', '/Devices', machine({ weight: 1.5, externalId: 'd-1', site: 'Oslo' }));
    assert.equal(created.status, 201, created.text);
    const { id } = created.body;
    const path = `/Devices/${id}`;
    assert.equal(created.headers.get('location'), acme.scimBaseUrl + path);
    assert.deepEqual((created.body.meta as { resourceType: string }).resourceType, 'Device');
    const etag = created.headers.get('etag') as string;
    assert.deepEqual((await scim('GET', path)).body, created.body);
    assert.equal((await scim('GET', path, undefined, { 'if-none-match': etag })).status, 304);
    assertRefusal(await globex.scim('GET', path), 404);
    assertRefusal(await scim('PUT', path, machine(), { 'if-match': 'W/"9"' }), 412);

    const patched = await scim(
      'PATCH',
      path,
      {
        Operations: [
          {
            op: 'add',
            path: 'ports',
            value: [
              { value: 'eth0', speed: 10 },
              { value: 'eth1', speed: 1 },
            ],
          },
          { op: 'replace', path: 'ports[value eq "eth1"].speed', value: 100 },
          { op: 'add', path: `${warranty}:until`, value: '2030-01-01T00:00:00Z' },
        ],
      },
      { 'if-match': etag },
    );
    assert.equal(patched.status, 200, patched.text);
    assert.deepEqual((patched.body.ports as { speed: number }[])[1]?.speed, 100);
    assert.deepEqual(patched.body.schemas, [device, warranty]);
    assertRefusal(await scim('PATCH', path, { Operations: [{ op: 'remove', path: 'label' }] }), 400, 'mutability');
    const named = await scim('GET', `${path}?attributes=weight`);
    assert.deepEqual(Object.keys(named.body).sort(), ['id', 'schemas', 'site', 'weight']);

    const replaced = await scim('PUT', path, machine({ serial: created.body.serial }));
    assert.equal(replaced.status, 200, replaced.text);
    assert.equal(replaced.body.weight, undefined);
    assert.equal((await scim('DELETE', path)).status, 204);
    assertRefusal(await scim('GET', path), 404, undefined, /There is no Device/);

    const events = (await readEvents(rollcall.db.app, acme, { after: 0, limit: 1000 })).filter(
      (each) => each.kind.startsWith('resource.') && JSON.stringify(each.data).includes(String(id)),
    );
    assert.deepEqual(
      events.map((each) => each.kind),
      ['resource.created', 'resource.updated', 'resource.updated', 'resource.removed'],
    );
    const log = (await listRequests(rollcall.db.app, acme, { limit: 1000 })).filter((each) => each.resourceId === id);
    assert.ok(log.some((each) => each.resourceType === 'Device' && each.changes[0]?.says.startsWith('created Device')));
  });

  const refused: [body: object, status: number, scimType: string, detail: RegExp][] = [
    [{ serial: 'r1' }, 400, 'invalidValue', /label is required/],
    [{ label: 'r2' }, 400, 'invalidValue', /serial is required/],
    [{ label: 'r3', serial: 'r3', ports: [{ speed: 1 }] }, 400, 'invalidValue', /ports.value is required/],
    [{ label: 'r4', serial: 'r4', weight: 'heavy' }, 400, 'invalidValue', /weight must be a number/],
    [{ label: 'r4', serial: 'r4', weight: '1e-400' }, 400, 'invalidValue', /weight must be a number/],
    [{ label: 'r5', serial: 'r5', [warranty]: { note: 'x' } }, 400, 'invalidValue', /until is required/],
  ];
  for (const [body, status, scimType, detail] of refused) {
    test(`a resource that does not fit its schema is refused: ${detail.source}`, async () => {
      assertRefusal(await scim('POST', '/Devices', body), status, scimType, detail);
    });
  }

  test('filters, sort, cursors, .search and the root know them (RFC 7644 §3.4.2, §3.4.3, RFC 9865)', async () => {
    const ids: unknown[] = [];
    for (const [index, color] of ['Silver', 'Gold', 'Silver'].entries()) {
      ids.push(
        (await user(`listed${index}`, { color, level: index, since: `2026-0${index + 1}-01T00:00:00Z` })).body.id,
      );
    }
    const machines: unknown[] = [];
    for (const weight of [3, 1, 2]) {
      const tags = [`weighs-${weight}`, 'listed'];
      machines.push(
        (await scim('POST', '/Devices', machine({ weight, tags, ports: [{ value: `p${weight}` }] }))).body.id,
      );
    }
    const listed = 'userName sw "listed"';
    assert.deepEqual(await find('/Users', `${listed} and ${badge}:color eq "SILVER"`), [ids[0], ids[2]]);
    assert.deepEqual(await find('/Users', `${listed} and ${badge}:level gt 0`), [ids[1], ids[2]]);
    assert.deepEqual(await find('/Users', `${listed} and ${badge}:level eq 2`), [ids[2]]);
    assert.deepEqual(await find('/Users', `${listed} and ${badge}:since lt "2026-01-31T00:00:00Z"`), [ids[0]]);
    assert.deepEqual(await find('/Devices', 'tags eq "LISTED"'), machines);
    assert.deepEqual(await find('/Devices', 'ports[value eq "p1"]'), [machines[1]]);
    assert.deepEqual(await find('/Devices', 'weight ge 2 and tags eq "listed"'), [machines[0], machines[2]]);
    const filter = encodeURIComponent('tags eq "listed"');
    assert.deepEqual(await list(`/Devices?filter=${filter}&sortBy=weight`), [machines[1], machines[2], machines[0]]);
    const first = await scim('GET', `/Devices?filter=${filter}&sortBy=weight&count=2&cursor`);
    const second = await scim('GET', `/Devices?filter=${filter}&sortBy=weight&count=2&cursor=${first.body.nextCursor}`);
    assert.deepEqual(
      [first, second].map((each) => each.body.Resources?.length),
      [2, 1],
    );
    const search = { schemas: ['urn:ietf:params:scim:api:messages:2.0:SearchRequest'], filter: 'tags eq "listed"' };
    assert.equal((await scim('POST', '/Devices/.search', search)).body.totalResults, 3);
    assert.equal((await scim('POST', '/.search', search)).body.totalResults, 3);
    assert.equal(
      (await scim('GET', `/?filter=${encodeURIComponent(`${device}:weight eq 1 or ${badge}:level eq 2`)}`)).body
        .totalResults,
      2,
    );
    assertRefusal(
      await globex.scim('GET', `/Users?filter=${encodeURIComponent(`${badge}:level eq 2`)}`),
      400,
      'invalidFilter',
    );
    assertRefusal(await scim('GET', `/Devices?filter=${encodeURIComponent('shoe eq 1')}`), 400, 'invalidFilter');
  });

  test('at the root a name is that of the first type that has it, and that of a type of another kind is found by its URN (7644-3.4.2.1-other-types)', async () => {
    const initech = await rollcall.organization({ slug: 'initech' });
    const { app } = rollcall.db;
    const at = { now: new Date() };
    const values = { Alpha: 5, Beta: 'five', Gamma: true, Delta: 7 };
    const ids: Record<string, unknown> = {};
    for (const [name, type] of [
      ['Alpha', 'integer'],
      ['Beta', 'string'],
      ['Gamma', 'boolean'],
      ['Delta', 'integer'],
    ] as const) {
      const id = `urn:initech:${name}`;
      await defineSchema(
        app,
        initech,
        { document: { id, name, attributes: [{ name: 'size', type }] }, extends: [] },
        'new',
        at,
      );
      await defineResourceType(app, initech, { name, endpoint: `/${name}`, schema: id }, 'new', at);
    }
    const { token } = await createToken(app, initech, { name: 'after' }, at);
    const there = scimClient(initech.scimBaseUrl, token);
    for (const [name, size] of Object.entries(values)) {
      const { status, body, text } = await there('POST', `/${name}`, { schemas: [`urn:initech:${name}`], size });
      assert.equal(status, 201, text);
      ids[name] = body.id;
    }
    const found = async (filter: string) => {
      const { status, body, text } = await there('GET', `/?filter=${encodeURIComponent(filter)}`);
      assert.equal(status, 200, text);
      return body.Resources?.map(({ id }) => id);
    };
    assert.deepEqual(await found('size pr'), [ids.Alpha, ids.Delta]);
    assert.deepEqual(await found('size gt 5'), [ids.Delta]);
    assert.deepEqual(await found('urn:initech:Beta:size eq "five"'), [ids.Beta]);
    assert.deepEqual(await found('urn:initech:Gamma:size eq true or size eq 5'), [ids.Alpha, ids.Gamma]);
    assertRefusal(await there('GET', `/?filter=${encodeURIComponent('size eq "five"')}`), 400, 'invalidFilter');
  });

  test('a bulk creates, refers to and changes them like any other resource (RFC 7644 §3.7)', async () => {
    const serial = `bulk-${++made}`;
    const operations = [
      { method: 'POST', path: '/Users', bulkId: 'u', data: { userName: serial } },
      { method: 'POST', path: '/Devices', bulkId: 'd', data: { ...machine({ serial }), owner: 'bulkId:u' } },
      { method: 'POST', path: '/Devices', bulkId: 'e', data: machine({ serial }) },
      { method: 'PATCH', path: '/Devices/bulkId:d', data: { Operations: [{ op: 'add', path: 'weight', value: 7 }] } },
    ];
    const message = { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations: operations };
    const answer = await scim('POST', '/Bulk', message);
    const outcomes = answer.body.Operations as { status: string; location?: string }[];
    assert.deepEqual(
      outcomes.map((each) => each.status),
      ['201', '201', '409', '200'],
      answer.text,
    );
    const [found, ...others] = (await scim('GET', `/Devices?filter=${encodeURIComponent(`serial eq "${serial}"`)}`))
      .body.Resources as { owner?: string; weight?: number }[];
    assert.deepEqual(others, []);
    assert.equal(found?.weight, 7);
    assert.ok(outcomes[0]?.location?.endsWith(`/Users/${found?.owner}`));
    const there = (await globex.scim('POST', '/Bulk', message)).body.Operations as { status: string }[];
    assert.deepEqual(
      there.map((each) => each.status),
      ['201', '404', '404', '404'],
    );
  });

  describe('a list inside a complex value (7643-2.3.8-simple)', () => {
    const [january, may] = ['2026-01-31T08:00:00Z', '2026-05-01T00:00:00+02:00'];
    const make = async (at: Scim, userName: string, content: object) => {
      const made = await at('POST', '/Users', { schemas: [], userName, [wallet]: content });
      assert.equal(made.status, 201, made.text);
      return String(made.body.id);
    };

    test('is searched and sorted by its values', async () => {
      const both = await make(scim, 'wallet1', {
        cards: [
          { value: 'a', dates: [january] },
          { value: 'b', dates: [january, may] },
        ],
        box: { list: ['Alpha', 'beta'] },
      });
      const one = await make(scim, 'wallet2', { cards: [{ value: 'c', dates: [may] }], box: { list: ['["gamma'] } });
      const none = await make(scim, 'wallet3', { cards: [{ value: 'd' }] });
      await make(globex.scim, 'wallet1', { cards: [{ value: 'a', dates: [may] }], box: { list: ['Alpha'] } });
      const cases: [filter: string, found: string[]][] = [
        ['cards.dates pr', [both, one]],
        [`cards.dates eq "${may}"`, [both, one]],
        [`cards.dates ne "${may}"`, [both, none]],
        [`cards.dates lt "${may}"`, [both]],
        [`cards[dates gt "${january}"]`, [both, one]],
        [`cards[value eq "a" and dates gt "${january}"]`, []],
        [`cards[not (dates pr)]`, [none]],
        ['box.list sw "["', [one]],
        ['box.list ew "ALPHA"', [both]],
        ['box.list co "et"', [both]],
        ['box.list eq "beta" and box.list eq "alpha"', [both]],
        ['box.list eq null', [none]],
      ];
      for (const [filter, found] of cases) {
        const qualified = filter.replaceAll(/\b(cards|box)\b/g, `${wallet}:$1`);
        const answer = await find('/Users', `userName sw "wallet" and (${qualified})`);
        assert.deepEqual(answer, found, filter);
      }
      const sorted = await list(
        `/Users?sortBy=${wallet}:cards.dates&filter=${encodeURIComponent('userName sw "wallet"')}`,
      );
      assert.deepEqual(sorted, [both, one, none]);
    });

    test('is added to and removed from by PATCH like every list (RFC 7644 §3.5.2.1, §3.5.2.2)', async () => {
      const id = await make(scim, 'wallet4', { box: { list: ['x', 'y'], note: 'n' } });
      const other = await make(globex.scim, 'wallet4', { box: { list: ['x', 'y'] } });
      const cases: [operation: Record<string, unknown>, held: object][] = [
        [{ op: 'add', path: 'box.list', value: ['z', 'x'] }, { box: { list: ['x', 'y', 'z'], note: 'n' } }],
        [{ op: 'remove', path: 'box.list', value: ['x'] }, { box: { list: ['y', 'z'], note: 'n' } }],
        [{ op: 'add', path: 'box', value: { list: ['w'] } }, { box: { list: ['y', 'z', 'w'], note: 'n' } }],
        [{ op: 'replace', path: 'box', value: { list: ['v'] } }, { box: { list: ['v'], note: 'n' } }],
        [{ op: 'replace', path: 'box.list', value: ['u', 't'] }, { box: { list: ['u', 't'], note: 'n' } }],
        [{ op: 'remove', path: 'box.list', value: ['u', 't'] }, { box: { note: 'n' } }],
        [{ op: 'add', path: 'box.list', value: ['s'] }, { box: { list: ['s'], note: 'n' } }],
        [{ op: 'remove', path: 'box.list' }, { box: { note: 'n' } }],
        [{ op: 'remove', path: 'box' }, {}],
        [
          { op: 'add', path: 'cards', value: [{ value: 'a', dates: [january] }] },
          { cards: [{ value: 'a', dates: [january] }] },
        ],
        [
          { op: 'add', path: 'cards[value eq "a"].dates', value: [may] },
          { cards: [{ value: 'a', dates: [january, may] }] },
        ],
        [
          { op: 'remove', path: 'cards[value eq "a"].dates', value: [january] },
          { cards: [{ value: 'a', dates: [may] }] },
        ],
        [
          { op: 'add', path: 'cards', value: [{ value: 'a', dates: [january] }] },
          { cards: [{ value: 'a', dates: [may, january] }] },
        ],
        [{ op: 'add', path: 'cards.dates', value: [january] }, { cards: [{ value: 'a', dates: [may, january] }] }],
        [{ op: 'remove', path: 'cards.dates', value: [may] }, { cards: [{ value: 'a', dates: [january] }] }],
      ];
      for (const [operation, held] of cases) {
        const answer = await scim(
          'PATCH',
          `/Users/${id}`,
          patch({ ...operation, path: `${wallet}:${operation.path}` }),
        );
        assert.ok(answer.status < 300, answer.text);
        const { body } = await scim('GET', `/Users/${id}`);
        assert.deepEqual(body[wallet] ?? {}, held, JSON.stringify(operation));
      }
      assert.deepEqual((await globex.scim('GET', `/Users/${other}`)).body[wallet], { box: { list: ['x', 'y'] } });
    });
  });

  test('what is created together may refer to each other and to itself by a defined reference (7644-3.7.1-circular)', async () => {
    const creation = (name: string, boss: string) => ({
      ...{ method: 'POST', path: '/Users', bulkId: name },
      data: { userName: name, [wallet]: { boss } },
    });
    const send = async (at: Scim, ...operations: object[]) => {
      const message = { schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'], Operations: operations };
      const { body, text } = await at('POST', '/Bulk', message);
      const outcomes = body.Operations as { status: string; location?: string; response?: { detail?: string } }[];
      return { outcomes, statuses: outcomes.map(({ status }) => status).join(' '), text };
    };
    const idOf = ({ location = '' } = {}) => location.slice(location.lastIndexOf('/') + 1);
    const bossOf = async (at: Scim, id: string) =>
      ((await at('GET', `/Users/${id}`)).body[wallet] as { boss?: string } | undefined)?.boss;
    for (const at of [scim, globex.scim]) {
      const { outcomes, statuses, text } = await send(
        at,
        creation('round-a', 'bulkId:round-b'),
        creation('round-b', 'bulkId:round-a'),
        creation('own-boss', 'bulkId:own-boss'),
      );
      assert.equal(statuses, '201 201 201', text);
      const [a, b, own] = outcomes.map(idOf) as [string, string, string];
      assert.deepEqual(await Promise.all([a, b, own].map((id) => bossOf(at, id))), [b, a, own]);
    }
    // Of a circle of which one is refused, nothing is there; an id of the other organization is none of this one.
    const there = String(
      (await globex.scim('GET', `/Users?filter=${encodeURIComponent('userName eq "round-a"')}`)).body.Resources?.[0]
        ?.id,
    );
    const broken = await send(scim, creation('bad-a', 'bulkId:bad-b'), {
      ...creation('bad-b', 'bulkId:bad-a'),
      data: { userName: 'bad-b', [wallet]: { boss: 'bulkId:bad-a' }, [badge]: { issuedBy: there } },
    });
    assert.equal(broken.statuses, '409 400', broken.text);
    assert.match(String(broken.outcomes[1]?.response?.detail), /names no User/);
    assert.deepEqual(await find('/Users', 'userName sw "bad-"'), []);
    // Whoever an admin has made is linked and keeps their id, so a circle that speaks of another one is refused.
    const { id: made } = await addMember(
      rollcall.db.app,
      acme,
      { userName: 'round-made', breakGlass: true },
      { now: new Date() },
    );
    const back = await send(scim, creation('round-made', 'bulkId:round-c'), creation('round-c', 'bulkId:round-made'));
    assert.equal(back.statuses, '409 409', back.text);
    assert.match(back.text, new RegExp(`exists already, with the id ${made}`));
    assert.deepEqual(await find('/Users', 'userName eq "round-c"'), []);
  });

  test('operations of a bulk that were read under definitions no longer in force are refused, and store nothing', async () => {
    const { app } = rollcall.db;
    const at = { now: new Date() };
    const org = await rollcall.organization();
    const gadget = 'urn:acme:scim:schemas:1.0:Gadget';
    const schemaWith = (more: object) => ({
      document: {
        id: gadget,
        name: 'Gadget',
        attributes: [
          { name: 'label', required: true },
          { name: 'maker', ...more },
        ],
      },
      extends: [],
    });
    await defineSchema(app, org, schemaWith({}), 'new', at);
    await defineResourceType(app, org, { name: 'Gadget', endpoint: '/Gadgets', schema: gadget }, 'new', at);
    await eventually(async () => assert.equal((await org.scim('GET', '/Gadgets')).status, 200));
    const left = async () => {
      const text = 'select id from resources where org_id = $1 and deleted_at is null';
      return (await rollcall.db.owner.query(text, [org.id])).rows.length;
    };
    /** How many were created, and how many there are when the definition has changed and when the bulk has ended. */
    const duringABulk = async (change: () => Promise<unknown>) => {
      const before = await left();
      const operations = Array.from({ length: 150 }, (_, number) => ({
        method: 'POST',
        path: '/Gadgets',
        bulkId: `g${number}`,
        data: { schemas: [gadget], label: `${number}`, maker: `m${before}-${number}` },
      }));
      const sent = org.scim('POST', '/Bulk', bulk(operations));
      await eventually(async () => assert.ok((await left()) > before));
      await change();
      const changed = await left();
      const statuses = outcomesOf(await sent).map(({ status }) => status);
      assert.deepEqual([...new Set(statuses)].sort(), ['201', '503']);
      assert.deepEqual(statuses.toSorted(), statuses, 'none is stored behind one that was refused');
      return { created: statuses.filter((status) => status === '201').length, changed, ended: await left() };
    };
    const unique = schemaWith({ uniqueness: 'server' });
    const narrowed = await duringABulk(() => defineSchema(app, org, unique, 'changed', { now: new Date() }));
    assert.deepEqual([narrowed.changed, narrowed.ended], [narrowed.created, narrowed.created]);
    await eventually(async () =>
      assert.match((await org.scim('GET', `/Schemas/${gadget}`)).text, /"uniqueness":"server"/),
    );
    const removed = await duringABulk(() =>
      removeResourceType(app, org, 'Gadget', { force: true }, { now: new Date() }),
    );
    assert.deepEqual([removed.changed, removed.ended], [0, 0]);
  });

  test('an extension that nobody defined still survives a round trip', async () => {
    const urn = 'urn:someone:else:1.0:User';
    const created = await scim('POST', '/Users', { userName: 'undeclared', [urn]: { any: ['thing', { at: 1 }] } });
    assert.deepEqual((await scim('GET', `/Users/${created.body.id}`)).body[urn], { any: ['thing', { at: 1 }] });
  });
});
