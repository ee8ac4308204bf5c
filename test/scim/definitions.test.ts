import assert from 'node:assert/strict';
import { test } from 'node:test';
import { checkDefinitions, definedTypes, parseResourceType, parseSchema } from '../../src/scim/definitions.ts';
import { describeSchema } from '../../src/scim/discovery.ts';
import { ScimError } from '../../src/scim/errors.ts';
import { resourceTypes } from '../../src/scim/resource-types.ts';
import type { ResourceType } from '../../src/scim/schema.ts';

const urn = 'urn:acme:scim:schemas:1.0:Badge';
const one = (attribute: object) => ({ id: urn, attributes: [{ name: 'a', ...attribute }] });

const refused: [document: unknown, detail: RegExp][] = [
  [[], /must be a JSON object, not an empty list/],
  [{ attributes: [] }, /id of a schema must be a URN/],
  [{ id: 'badge', attributes: [] }, /id of a schema must be a URN/],
  [{ id: 'urn:ietf:params:scim:api:messages:2.0:Mine', attributes: [{ name: 'a' }] }, /names messages of the protocol/],
  [{ id: urn }, /attributes must be a list of at least one/],
  [{ id: urn, attributes: [] }, /attributes must be a list of at least one/],
  [{ id: urn, extends: [], attributes: [{ name: 'a' }] }, /has no "extends"; it has id, name/],
  [{ schemas: ['urn:other'], id: urn, attributes: [{ name: 'a' }] }, /schemas of a schema must name/],
  [{ id: urn, attributes: ['a'] }, /attributes\[0\] must be an attribute definition, not a string/],
  [{ id: urn, attributes: [{}] }, /attributes\[0\].name must be a string/],
  [{ id: urn, attributes: [{ name: '1a' }] }, /"1a" is not an attribute name/],
  [{ id: urn, attributes: [{ name: '__proto__' }] }, /is not an attribute name/],
  [{ id: urn, attributes: [{ name: 'constructor' }] }, /"constructor" is taken/],
  [{ id: urn, attributes: [{ name: 'ID' }] }, /"ID" is taken: every resource has it already/],
  [{ id: urn, attributes: [{ name: 'a' }, { name: 'A' }] }, /defines A twice/],
  [one({ typo: 1 }), /the attribute a has "typo", which RFC 7643 §7 does not know/],
  [one({ type: 'text' }), /type of the attribute a must be one of string, boolean/],
  [one({ multiValued: 'yes' }), /multiValued of the attribute a must be true or false/],
  [one({ mutability: 'const' }), /mutability of the attribute a must be one of/],
  [one({ type: 'complex' }), /subAttributes of the attribute a must be a list/],
  [one({ subAttributes: [{ name: 'b' }] }), /is a string and has subAttributes/],
  [
    one({ type: 'complex', subAttributes: [{ name: 'b', type: 'complex', subAttributes: [] }] }),
    /cannot be complex itself/,
  ],
  [one({ type: 'reference' }), /needs referenceTypes/],
  [one({ referenceTypes: ['User'] }), /only a reference has/],
  [one({ canonicalValues: [] }), /canonicalValues of the attribute a must be a list of 1 to/],
  [one({ canonicalValues: ['x', 'x'] }), /names a value twice/],
  [one({ type: 'integer', canonicalValues: ['1'] }), /only strings and references have/],
  [one({ mutability: 'writeOnly' }), /both writeOnly and returned never/],
  [one({ returned: 'never' }), /both writeOnly and returned never/],
  [one({ mutability: 'writeOnly', returned: 'never', required: true }), /neither required nor unique/],
  [one({ mutability: 'readOnly', required: true }), /no client could give/],
  [one({ type: 'boolean', uniqueness: 'server' }), /is a boolean, which cannot be unique/],
];
for (const [document, detail] of refused) {
  test(`a schema is refused with the attribute and the way out: ${detail.source}`, () => {
    assert.throws(
      () => parseSchema(document),
      (error) => error instanceof ScimError && detail.test(error.detail),
    );
  });
}

const refusedTypes: [document: unknown, detail: RegExp][] = [
  [{ name: 'A b', endpoint: '/A', schema: urn }, /name of a resource type must be 1 to 64 letters/],
  [{ name: 'A', endpoint: 'A', schema: urn }, /must be one path segment/],
  [{ name: 'A', endpoint: '/A/../Users', schema: urn }, /must be one path segment/],
  [{ name: 'A', endpoint: '/A', schema: 'x' }, /schema of a resource type must be a URN/],
  [{ id: 'B', name: 'A', endpoint: '/A', schema: urn }, /id of a resource type is its name/],
  [
    { name: 'A', endpoint: '/A', schema: urn, schemaExtensions: [{ schema: urn, required: 1 }] },
    /required must be true or false/,
  ],
];
for (const [document, detail] of refusedTypes) {
  test(`a resource type is refused with the reason: ${detail.source}`, () => {
    assert.throws(
      () => parseResourceType(document),
      (error) => error instanceof ScimError && detail.test(error.detail),
    );
  });
}

const badge = { schema: parseSchema(one({})), extends: [] };
const called = (id: string) => ({ schema: parseSchema({ ...one({}), id }), extends: [] });
const type = parseResourceType({ name: 'Badge', endpoint: '/Badges', schema: urn });

const unfit: [definitions: Parameters<typeof checkDefinitions>[0], status: number, detail: RegExp][] = [
  [{ schemas: [badge, badge], resourceTypes: [] }, 409, /exists already/],
  [{ schemas: [badge, called(`${urn}:a`)], resourceTypes: [] }, 409, /:a cannot be a schema beside the attribute a of/],
  [{ schemas: [called(`${urn.toUpperCase()}:A`), badge], resourceTypes: [] }, 409, /beside the attribute a of/],
  [
    { schemas: [called('urn:ietf:params:scim:schemas:core:2.0:User:emails')], resourceTypes: [] },
    409,
    /attribute emails/,
  ],
  [
    { schemas: [called('urn:ietf:params:scim:schemas:core:2.0:User:name.givenName')], resourceTypes: [] },
    409,
    /attribute name\.givenName of/,
  ],
  [{ schemas: [badge, called(`${urn}:externalId`)], resourceTypes: [type] }, 409, /attribute externalId of/],
  [{ schemas: [], resourceTypes: [type] }, 400, /which is not there; define it first/],
  [{ schemas: [badge], resourceTypes: [{ ...type, name: 'USER' }] }, 409, /USER exists already/],
  [{ schemas: [badge], resourceTypes: [{ ...type, endpoint: '/users' }] }, 409, /\/users is taken/],
  [{ schemas: [badge], resourceTypes: [{ ...type, endpoint: '/Bulk' }] }, 409, /\/Bulk is taken/],
  [
    { schemas: [badge], resourceTypes: [{ ...type, schema: 'urn:ietf:params:scim:schemas:core:2.0:User' }] },
    400,
    /not there/,
  ],
  [
    { schemas: [badge], resourceTypes: [{ ...type, schemaExtensions: [{ schema: urn, required: false }] }] },
    400,
    /cannot be extended by it/,
  ],
  [
    { schemas: [{ ...badge, extends: [{ resourceType: 'Robot', required: false }] }], resourceTypes: [] },
    400,
    /no such resource type/,
  ],
  [
    {
      schemas: [{ ...badge, schema: parseSchema(one({ type: 'reference', referenceTypes: ['user'] })) }],
      resourceTypes: [],
    },
    400,
    /names user, which can be no resource type; use "User"/,
  ],
];
for (const [definitions, status, detail] of unfit) {
  test(`definitions that do not fit together are refused: ${detail.source} (${status})`, () => {
    assert.throws(
      () => checkDefinitions(definitions),
      (error) => error instanceof ScimError && error.status === status && detail.test(error.detail),
    );
  });
}

test('a schema may be written as it was read, with the schemas and meta of a document (RFC 7643 §7)', () => {
  const document = {
    schemas: ['urn:ietf:params:scim:schemas:core:2.0:Schema'],
    meta: { resourceType: 'Schema' },
    ...one({}),
  };
  const schema = parseSchema(document);
  assert.deepEqual(parseSchema(describeSchema(schema)), schema);
  assert.equal(schema.name, 'Badge');
});

test('what is left out of an attribute has the default of RFC 7643 §2.2', () => {
  const [attribute] = parseSchema(one({})).attributes;
  assert.deepEqual(attribute, {
    name: 'a',
    type: 'string',
    multiValued: false,
    description: '',
    required: false,
    caseExact: false,
    mutability: 'readWrite',
    returned: 'default',
    uniqueness: 'none',
  });
});

test('definitions add to the types that everybody has, and change none of them', () => {
  const extended = { ...badge, extends: [{ resourceType: 'user', required: true }] };
  const types = definedTypes({ schemas: [extended], resourceTypes: [type] });
  assert.deepEqual(
    types.map((each) => each.name),
    ['User', 'Group', 'Role', 'Entitlement', 'Badge'],
  );
  assert.deepEqual(
    types[0]?.extensions.map(({ schema, required }) => [schema.name, required]),
    [
      ['EnterpriseUser', false],
      ['Badge', true],
    ],
  );
  assert.equal((resourceTypes[0] as ResourceType).extensions.length, 1);
});

test('a schema may begin with the name of another schema', () => {
  for (const id of [`${urn}:b`, `${urn}:a:b`, `${urn}:externalId`]) {
    assert.doesNotThrow(() => checkDefinitions({ schemas: [badge, called(id)], resourceTypes: [] }), id);
  }
});

test('a reference may name a type that is not defined yet, and two types each other', () => {
  const named = (id: string, referenceTypes: string[]) => ({
    schema: parseSchema({ id, attributes: [{ name: 'other', type: 'reference', referenceTypes }] }),
    extends: [],
  });
  const one = named('urn:acme:One', ['One', 'Two']);
  checkDefinitions({ schemas: [one], resourceTypes: [] });
  const two = named('urn:acme:Two', ['One']);
  const types = ['One', 'Two'].map((name) =>
    parseResourceType({ name, endpoint: `/${name}s`, schema: `urn:acme:${name}` }),
  );
  checkDefinitions({ schemas: [one, two], resourceTypes: types });
  assert.throws(
    () => checkDefinitions({ schemas: [named('urn:acme:X', ['no name'])], resourceTypes: [] }),
    /can be no resource type/,
  );
});
