import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import {
  findResourceTypeDocument,
  findSchemaDocument,
  resourceTypesDocuments,
  schemasDocuments,
  serviceProviderConfig,
} from '../../src/scim/discovery.ts';
import { builtInTypes } from '../../src/scim/organization-types.ts';

const options = { baseUrl: 'https://rollcall.acme.example/scim/v2', types: builtInTypes };
const documents = [serviceProviderConfig(options), ...schemasDocuments(options), ...resourceTypesDocuments(options)];

test('no discovery document holds a null (E8)', () => {
  for (const each of documents) assert.equal(JSON.stringify(each).includes('null'), false);
});

test('every document says what it is and where it is', () => {
  for (const each of documents) {
    const meta = each.meta as Record<string, string>;
    assert.ok(meta.location?.startsWith(options.baseUrl));
    assert.ok(meta.resourceType);
    assert.equal((each.schemas as string[]).length, 1);
  }
});

test('the service provider configuration promises what there is (RFC 7643 §5, RFC 9865 §4)', () => {
  const config = serviceProviderConfig(options);
  assert.deepEqual(config.patch, { supported: true });
  assert.deepEqual(config.filter, { supported: true, maxResults: limits.pageSizeMax });
  assert.deepEqual(config.bulk, {
    supported: true,
    maxOperations: limits.bulkOperationsMax,
    maxPayloadSize: limits.bulkBytesMax,
  });
  assert.ok(limits.bulkOperationsMax <= limits.patchOperationsMax, 'authentik cuts a PATCH by maxOperations (A1, A6)');
  assert.deepEqual(
    [config.sort, config.changePassword, config.etag],
    [{ supported: true }, { supported: false }, { supported: true }],
  );
  assert.deepEqual(config.pagination, {
    cursor: true,
    index: true,
    defaultPaginationMethod: 'index',
    defaultPageSize: limits.pageSizeDefault,
    maxPageSize: limits.pageSizeMax,
    cursorTimeout: limits.cursorSeconds,
  });
  const schemes = config.authenticationSchemes as { type: string }[];
  assert.deepEqual(
    schemes.map((each) => each.type),
    ['oauthbearertoken'],
  );
});

test('there are the schemas of RFC 7643 §8.7.1 for users and groups, and Okta’s for roles and entitlements, each once', () => {
  assert.deepEqual(
    schemasDocuments(options).map((each) => each.id),
    [
      'urn:ietf:params:scim:schemas:core:2.0:User',
      'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
      'urn:ietf:params:scim:schemas:core:2.0:Group',
      'urn:okta:scim:schemas:core:1.0:Role',
      'urn:okta:scim:schemas:core:1.0:Entitlement',
    ],
  );
});

type AttributeDocument = { name: string; subAttributes?: AttributeDocument[]; [characteristic: string]: unknown };

function attributeAt(urn: string, ...names: string[]): AttributeDocument | undefined {
  let attributes = findSchemaDocument(urn, options)?.attributes as AttributeDocument[] | undefined;
  let found: AttributeDocument | undefined;
  for (const name of names) {
    found = attributes?.find((each) => each.name === name);
    attributes = found?.subAttributes;
  }
  return found;
}

test('the schemas say what Rollcall does with an attribute', () => {
  const user = 'urn:ietf:params:scim:schemas:core:2.0:user';
  const group = 'urn:ietf:params:scim:schemas:core:2.0:Group';
  const userName = attributeAt(user, 'userName');
  assert.deepEqual([userName?.required, userName?.uniqueness, userName?.caseExact], [true, 'server', false]);
  const password = attributeAt(user, 'password');
  assert.deepEqual([password?.mutability, password?.returned], ['writeOnly', 'never']);
  assert.equal(attributeAt(user, 'groups')?.mutability, 'readOnly');
  assert.equal(attributeAt(user, 'groups', 'value')?.mutability, 'readOnly');
  assert.equal(attributeAt(user, 'x509Certificates', 'value')?.type, 'binary');
  assert.deepEqual(attributeAt(user, 'photos', 'value')?.referenceTypes, ['external']);
  assert.equal(attributeAt(group, 'displayName')?.required, true);
  assert.equal(attributeAt(group, 'members', 'value')?.mutability, 'immutable');
});

test('every attribute document carries the characteristics that a mapping screen reads (G1)', () => {
  const check = (each: AttributeDocument): void => {
    for (const name of ['type', 'multiValued', 'description', 'required', 'mutability', 'returned']) {
      assert.ok(each[name] !== undefined, `${each.name} lacks ${name}`);
    }
    assert.equal(each.type === 'complex', each.subAttributes !== undefined);
    for (const sub of each.subAttributes ?? []) check(sub);
  };
  for (const schema of schemasDocuments(options))
    for (const each of schema.attributes as AttributeDocument[]) check(each);
});

test('the User resource type names the enterprise extension; the Group type has none', () => {
  assert.deepEqual(findResourceTypeDocument('user', options)?.schemaExtensions, [
    { schema: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User', required: false },
  ]);
  assert.equal('schemaExtensions' in (findResourceTypeDocument('Group', options) ?? {}), false);
});

test('what there is not is not found', () => {
  assert.equal(findSchemaDocument('urn:ietf:params:scim:schemas:core:2.0:Device', options), undefined);
  assert.equal(findResourceTypeDocument('Device', options), undefined);
});
