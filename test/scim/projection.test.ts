import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { parseSchema } from '../../src/scim/definitions.ts';
import { namesGiven, parseProjection, project, wants } from '../../src/scim/projection.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import type { ResourceType } from '../../src/scim/schema.ts';

const core = 'urn:ietf:params:scim:schemas:core:2.0:User';
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const acme = 'urn:acme:2.0:User';

const ada = {
  schemas: [core, enterprise, acme],
  id: '7d1e',
  userName: 'ada',
  name: { givenName: 'Ada', familyName: 'Byron' },
  emails: [{ value: 'a@x.example', type: 'work' }, { value: 'b@x.example' }],
  favouriteColor: 'red',
  meta: { resourceType: 'User', version: 'W/"1"' },
  [enterprise]: { department: 'Engines', manager: { value: '456', displayName: 'Charles' } },
  [acme]: { tag: 'x', level: 3 },
};
const minimum = { schemas: ada.schemas, id: ada.id };

type Query = { attributes?: string; excludedAttributes?: string };

const cases: [query: Query, becomes: Record<string, unknown>][] = [
  [{}, ada],
  [{ attributes: '' }, ada],
  [{ attributes: 'userName' }, { ...minimum, userName: 'ada' }],
  [{ attributes: ' USERNAME , name.familyName' }, { ...minimum, userName: 'ada', name: { familyName: 'Byron' } }],
  [{ attributes: 'emails.type' }, { ...minimum, emails: [{ type: 'work' }] }],
  [{ attributes: `${core}:userName,meta.version` }, { ...minimum, userName: 'ada', meta: { version: 'W/"1"' } }],
  [{ attributes: `${enterprise}:department` }, { ...minimum, [enterprise]: { department: 'Engines' } }],
  [{ attributes: `${enterprise}:manager.value` }, { ...minimum, [enterprise]: { manager: { value: '456' } } }],
  [{ attributes: enterprise.toUpperCase() }, { ...minimum, [enterprise]: ada[enterprise] }],
  [{ attributes: 'favouritecolor' }, { ...minimum, favouriteColor: 'red' }],
  [{ attributes: `${acme}:tag` }, { ...minimum, [acme]: { tag: 'x' } }],
  [{ attributes: 'nonsense,,a b,__proto__' }, minimum],
  [{ excludedAttributes: 'id,schemas,password' }, ada],
  [
    { excludedAttributes: `name.givenName,emails,meta,favouriteColor,${acme}` },
    { ...minimum, userName: 'ada', name: { familyName: 'Byron' }, [enterprise]: ada[enterprise] },
  ],
  [{ excludedAttributes: `${enterprise}:manager` }, { ...ada, [enterprise]: { department: 'Engines' } }],
];

for (const [query, becomes] of cases) {
  test(`${JSON.stringify(query)} gives the minimum and what is asked for (RFC 7644 §3.9)`, () => {
    const held = structuredClone(ada);
    assert.deepEqual(project(ada, parseProjection(query, userType), userType), becomes);
    assert.deepEqual(ada, held);
  });
}

test('an attribute that is never returned is not, even when it is asked for (R25)', () => {
  const resource = { ...minimum, password: 'x' };
  assert.deepEqual(project(resource, undefined, userType), minimum);
  assert.deepEqual(project(resource, parseProjection({ attributes: 'password' }, userType), userType), minimum);
});

const noted: ResourceType = {
  ...userType,
  extensions: [
    {
      schema: parseSchema({
        id: acme,
        attributes: [
          { name: 'tag' },
          { name: 'level', type: 'integer', returned: 'request' },
          {
            name: 'cards',
            type: 'complex',
            multiValued: true,
            subAttributes: [{ name: 'value' }, { name: 'note', returned: 'request' }],
          },
        ],
      }),
      required: false,
    },
  ],
};
const held = { ...minimum, [acme]: { tag: 'x', level: 3, cards: [{ value: 'a', note: 'n' }] } };

const givings: [given: ReturnType<typeof namesGiven>, becomes: object][] = [
  [namesGiven(noted, { userName: 'ada' }), { tag: 'x', cards: [{ value: 'a' }] }],
  [namesGiven(noted, { [acme]: { LEVEL: 3 } }), { tag: 'x', level: 3, cards: [{ value: 'a' }] }],
  [namesGiven(noted, { [`${acme}:level`]: null, 'not a name[': 1 }), { tag: 'x', level: 3, cards: [{ value: 'a' }] }],
  [namesGiven(noted, { level: 3 }), { tag: 'x', level: 3, cards: [{ value: 'a' }] }],
  [
    namesGiven(noted, { [acme]: { cards: [{ value: 'a', NOTE: 'n' }] } }),
    { tag: 'x', cards: [{ value: 'a', note: 'n' }] },
  ],
  [
    namesGiven(noted, undefined, [{ op: 'add', path: `${acme}:cards[value eq "a"].note`, value: 'n' }]),
    { tag: 'x', cards: [{ value: 'a', note: 'n' }] },
  ],
  [
    namesGiven(noted, undefined, [{ op: 'add', path: undefined, value: { [acme]: { level: 1 } } }]),
    { tag: 'x', level: 3, cards: [{ value: 'a' }] },
  ],
];

for (const [given, becomes] of givings) {
  test(`what is returned on request is shown to whoever gives ${[...given].join(', ')} (RFC 7643 §7)`, () => {
    assert.deepEqual(project(held, undefined, noted, given), { ...minimum, [acme]: becomes });
    assert.deepEqual(project(held, undefined, noted), { ...minimum, [acme]: { tag: 'x', cards: [{ value: 'a' }] } });
  });
}

test('the two parameters exclude each other (RFC 7644 §3.9)', () => {
  const query = { attributes: 'userName', excludedAttributes: 'members' };
  assert.throws(() => parseProjection(query, userType), { scimType: 'invalidValue' });
});

test('there are no more names than a resource has several times, on either side (R21)', () => {
  const names = (count: number) => Array.from({ length: count }, (_, at) => `a${at}`).join(',');
  const most = limits.projectedNamesMax;
  for (const parameter of ['attributes', 'excludedAttributes'] as const) {
    assert.ok(parseProjection({ [parameter]: names(most) }, userType) !== undefined);
    assert.throws(() => parseProjection({ [parameter]: names(most + 1) }, userType), {
      scimType: 'invalidValue',
      message: `${parameter} has ${most + 1} names, and at most ${most} are taken`,
    });
  }
});

const wanted: [query: Query, members: boolean][] = [
  [{}, true],
  [{ excludedAttributes: 'members' }, false],
  [{ excludedAttributes: 'Members,displayName' }, false],
  [{ excludedAttributes: 'members.display' }, true],
  [{ attributes: 'displayName' }, false],
  [{ attributes: 'members.value' }, true],
];

for (const [query, members] of wanted) {
  test(`with ${JSON.stringify(query)} members ${members ? 'are' : 'need not be'} read (E6)`, () => {
    assert.equal(wants(parseProjection(query, groupType), 'members'), members);
  });
}
