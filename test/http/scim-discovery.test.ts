import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { assertRefusal, besideGlobex } from './beside-globex.ts';

describe('discovery over SCIM', () => {
  const here = besideGlobex();

  const documents: [path: string, id: string, schema: string][] = [
    ['/ServiceProviderConfig', '', 'urn:ietf:params:scim:schemas:core:2.0:ServiceProviderConfig'],
    ['/ResourceTypes/User', 'User', 'urn:ietf:params:scim:schemas:core:2.0:ResourceType'],
    ...['Group', 'Role', 'Entitlement'].map((name): [string, string, string] => [
      `/ResourceTypes/${name}`,
      name,
      'urn:ietf:params:scim:schemas:core:2.0:ResourceType',
    ]),
    ...[
      'urn:ietf:params:scim:schemas:core:2.0:User',
      'urn:ietf:params:scim:schemas:core:2.0:Group',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
      'urn:okta:scim:schemas:core:1.0:Role',
      'urn:okta:scim:schemas:core:1.0:Entitlement',
    ].map((urn): [string, string, string] => [`/Schemas/${urn}`, urn, 'urn:ietf:params:scim:schemas:core:2.0:Schema']),
  ];
  for (const [path, id, schema] of documents) {
    test(`${path} says what it is and where it is, for this organization (RFC 7644 §4)`, async () => {
      const { status, body, headers } = await here.acme.scim('GET', path);
      assert.equal(status, 200);
      assert.match(headers.get('content-type') ?? '', /^application\/scim\+json/);
      assert.deepEqual(body.schemas, [schema]);
      assert.equal(body.id ?? '', id);
      assert.equal((body.meta as { location: string }).location, here.acme.scimBaseUrl + path);
    });
  }

  test('the lists hold each document once, as the documents by themselves (RFC 7644 §4)', async () => {
    for (const endpoint of ['/ResourceTypes', '/Schemas']) {
      const { body } = await here.acme.scim('GET', endpoint);
      const expected = documents.filter(([path]) => path.startsWith(`${endpoint}/`));
      assert.deepEqual([body.totalResults, body.startIndex, body.itemsPerPage], [expected.length, 1, expected.length]);
      for (const [path, id] of expected) {
        const listed = body.Resources?.find((each) => each.id === id);
        assert.deepEqual(listed, (await here.acme.scim('GET', path)).body);
      }
    }
  });

  test('the configuration tells the truth: what it says is supported works, and what it says is not is refused (RFC 7643 §5)', async () => {
    const { body } = await here.acme.scim('GET', '/ServiceProviderConfig');
    const supported = (name: string) => (body[name] as { supported: boolean }).supported;
    assert.deepEqual(['patch', 'filter', 'etag', 'bulk', 'sort', 'changePassword'].map(supported), [
      true,
      true,
      true,
      true,
      true,
      false,
    ]);
    assert.equal((body.filter as { maxResults: number }).maxResults, limits.pageSizeMax);
    assert.equal((await here.acme.scim('GET', '/Users?sortBy=userName&cursor')).status, 200);
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'];
    const Operations = [{ method: 'POST', path: '/Groups', bulkId: 'b', data: { displayName: 'In bulk' } }];
    assert.equal((await here.acme.scim('POST', '/Bulk', { schemas, Operations })).status, 200);
    const group = await here.acme.scim('POST', '/Groups', { displayName: 'Tagged' });
    assert.equal(group.headers.get('etag'), (group.body.meta as { version: string }).version);
    const patch = { Operations: [{ op: 'replace', path: 'displayName', value: 'Retagged' }] };
    assert.equal((await here.acme.scim('PATCH', `/Groups/${group.body.id}`, patch)).status, 204);
  });

  test('a filter over discovery is refused, since it would be ignored (RFC 7644 §4)', async () => {
    for (const endpoint of ['/ServiceProviderConfig', '/ResourceTypes', '/Schemas']) {
      assertRefusal(await here.acme.scim('GET', `${endpoint}?filter=id%20pr`), 403);
    }
  });

  test('an unknown schema or resource type is a 404 that names it', async () => {
    assertRefusal(await here.acme.scim('GET', '/Schemas/urn:nobody'), 404, undefined, /urn:nobody/);
    assertRefusal(await here.acme.scim('GET', '/ResourceTypes/Robot'), 404, undefined, /Robot/);
  });

  test('discovery is behind the token like everything else (R1)', async () => {
    for (const [path] of documents) {
      assertRefusal(await here.acme.scim('GET', path, undefined, { authorization: 'Bearer nonsense' }), 401);
    }
  });
});
