import assert from 'node:assert/strict';
import { test } from 'node:test';
import {
  coreUser,
  enterpriseUser,
  type MappedAttribute,
  mappedValues,
  readValue,
  removeValue,
  writeValue,
} from '../../okta-sim/attribute-mapping.ts';

const own = 'urn:acme:scim:schemas:extension:badge:1.0:User';

function attribute(externalName: string, externalNamespace: string | undefined = coreUser): MappedAttribute {
  return { name: externalName, externalName, externalNamespace, from: 'user.value' };
}

// okta-wire.md §13, row by row: the JSON text, because the order of the keys is part of the capture.
const shapes: [title: string, writes: [MappedAttribute, unknown][], json: string][] = [
  ['a top-level attribute', [[attribute('title'), 'Lead']], '{"title":"Lead"}'],
  [
    'nested names',
    [
      [attribute('name.givenName'), 'Ada'],
      [attribute('name.honorificSuffix'), 'PhD'],
    ],
    '{"name":{"givenName":"Ada","honorificSuffix":"PhD"}}',
  ],
  [
    'a primary and a secondary e-mail address',
    [
      [attribute('emails.^[primary==true].value'), 'a@acme.example'],
      [attribute('emails.^[primary==true].type'), 'work'],
      [attribute('emails.^[primary==false].value'), 'a@home.example'],
      [attribute('emails.^[primary==false].type'), 'home'],
    ],
    '{"emails":[{"primary":true,"value":"a@acme.example","type":"work"},{"primary":false,"value":"a@home.example","type":"home"}]}',
  ],
  [
    'a primary and a mobile phone',
    [
      [attribute('phoneNumbers.^[primary==true].value'), '1'],
      [attribute('phoneNumbers.^[type==mobile].value'), '2'],
    ],
    '{"phoneNumbers":[{"primary":true,"value":"1"},{"value":"2","type":"mobile"}]}',
  ],
  [
    'an address with only the filled keys',
    [
      [attribute('addresses.^[primary==true].streetAddress'), 'Main 1'],
      [attribute('addresses.^[primary==true].country'), 'CA'],
    ],
    '{"addresses":[{"primary":true,"streetAddress":"Main 1","country":"CA"}]}',
  ],
  [
    'a primary role',
    [[attribute('roles.^[primary==true].value'), 'admin']],
    '{"roles":[{"primary":true,"value":"admin"}]}',
  ],
  [
    'a role in a slot',
    [[attribute("roles.^[type=='slot1'].value"), 'admin']],
    '{"roles":[{"type":"slot1","value":"admin"}]}',
  ],
  [
    'the enterprise extension',
    [
      [attribute('department', enterpriseUser), 'Engines'],
      [attribute('manager.value', enterpriseUser), '17'],
      [attribute('manager.displayName', enterpriseUser), 'Charles'],
    ],
    `{"schemas":["${enterpriseUser}"],"${enterpriseUser}":{"department":"Engines","manager":{"value":"17","displayName":"Charles"}}}`,
  ],
  [
    'a custom attribute with a URN of its own',
    [[attribute('badge', own), 'B7']],
    `{"schemas":["${own}"],"${own}":{"badge":"B7"}}`,
  ],
  ['a custom attribute in the core namespace', [[attribute('sentryOrgRole'), 'member']], '{"sentryOrgRole":"member"}'],
  ['an array of strings', [[attribute('roles'), ['a', 'b']]], '{"roles":["a","b"]}'],
];

for (const [title, writes, json] of shapes) {
  test(`${title} is written as captured (okta-wire.md §13)`, () => {
    const body: Record<string, unknown> = {};
    for (const [mapped, value] of writes) writeValue(body, mapped, value);
    assert.equal(JSON.stringify(body), json);
    for (const [mapped, value] of writes) assert.deepEqual(readValue(body, mapped), value);
  });

  test(`${title} leaves nothing behind when it is taken away`, () => {
    const body: Record<string, unknown> = {};
    for (const [mapped, value] of writes) writeValue(body, mapped, value);
    for (const [mapped] of writes) removeValue(body, mapped);
    assert.deepEqual({ ...body, name: undefined }, { ...(body.schemas ? { schemas: [] } : {}), name: undefined });
  });
}

test('a value is laid over the element that is there, and what it does not name stays', () => {
  const body = { emails: [{ value: 'old@acme.example', primary: true, display: 'Old' }] };
  writeValue(body, attribute('emails.^[primary==true].value'), 'new@acme.example');
  assert.deepEqual(body, { emails: [{ value: 'new@acme.example', primary: true, display: 'Old' }] });
});

test('what is empty and what has no namespace is never sent (okta-wire.md §4.2, §13)', () => {
  const mapping: MappedAttribute[] = [
    attribute('title'),
    { ...attribute('nickName'), from: 'user.empty' },
    { name: 'loose', externalName: 'loose', from: 'user.value' },
  ];
  const values = mappedValues(mapping, { user: { value: 'x', empty: '' }, groupNames: [] }, 'create');
  assert.deepEqual(
    [...values.values()].map(({ attribute: { externalName } }) => externalName),
    ['title'],
  );
});

test('an attribute that applies on create is not part of an update', () => {
  const mapping: MappedAttribute[] = [{ ...attribute('title'), applyOn: 'create' }];
  const scope = { user: { value: 'x' }, groupNames: [] };
  assert.equal(mappedValues(mapping, scope, 'create').size, 1);
  assert.equal(mappedValues(mapping, scope, 'update').size, 0);
});
