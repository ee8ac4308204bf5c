import assert from 'node:assert/strict';
import { test } from 'node:test';
import { everyType } from '../../src/scim/every-type.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import type { AttributeScope } from '../../src/scim/schema.ts';
import { parseSort, printSort } from '../../src/scim/sort.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

const accepted: [sortBy: string, sortOrder: string | undefined, scope: AttributeScope, means: string][] = [
  ['userName', undefined, userType, 'userName ascending'],
  ['USERNAME', 'descending', userType, 'userName descending'],
  [' name.givenName ', 'Ascending', userType, 'name.givenName ascending'],
  ['emails', '', userType, 'emails.value ascending'],
  ['addresses.country', undefined, userType, 'addresses.country ascending'],
  [`${userType.schema.id}:title`, undefined, userType, 'title ascending'],
  [`${enterprise}:department`, undefined, userType, `${enterprise}:department ascending`],
  ['department', undefined, userType, `${enterprise}:department ascending`],
  [`${enterprise}:manager`, undefined, userType, `${enterprise}:manager.value ascending`],
  ['meta.lastModified', 'descending', groupType, 'meta.lastModified descending'],
  ['members.display', undefined, groupType, 'members.display ascending'],
  ['displayName', undefined, everyType, 'displayName ascending'],
  ['userName', undefined, everyType, 'userName ascending'],
];

for (const [sortBy, sortOrder, scope, means] of accepted) {
  test(`sortBy "${sortBy}" in order "${sortOrder}" of ${scope.name} is ${means} (RFC 7644 §3.4.2.3)`, () => {
    const sort = parseSort({ sortBy, sortOrder }, scope);
    assert.equal(sort && printSort(sort), means);
  });
}

test('without sortBy there is no order to speak of, whatever sortOrder says', () => {
  assert.equal(parseSort({}, userType), undefined);
  assert.equal(parseSort({ sortBy: '', sortOrder: 'sideways' }, userType), undefined);
});

const refused: [sortBy: string, sortOrder: string | undefined, scimType: string, detail: RegExp][] = [
  ['shoeSize', undefined, 'invalidPath', /not an attribute of User/],
  ['name.shoeSize', undefined, 'invalidPath', /not an attribute of User/],
  ['members', undefined, 'invalidPath', /not an attribute of User/],
  ['name', undefined, 'invalidPath', /name is complex; sort by one of its sub-attributes, such as name\.formatted/],
  ['meta', undefined, 'invalidPath', /such as meta\.resourceType/],
  ['addresses', undefined, 'invalidPath', /such as addresses\.formatted/],
  ['userName.value', undefined, 'invalidPath', /no sub-attributes/],
  ['emails[type eq "work"].value', undefined, 'invalidPath', /not an attribute name/],
  [userType.schema.id, undefined, 'invalidPath', /not an attribute/],
  ['__proto__', undefined, 'invalidPath', /not an attribute name/],
  ['userName', 'sideways', 'invalidValue', /ascending or descending/],
  ['password', undefined, 'sensitive', /never returned/],
];

for (const [sortBy, sortOrder, scimType, detail] of refused) {
  test(`sortBy "${sortBy}" in order "${sortOrder}" is ${scimType}`, () => {
    assert.throws(() => parseSort({ sortBy, sortOrder }, userType), { scimType, detail });
  });
}

test('an attribute of an extension without its URN is a tolerance (E5)', () => {
  const tolerances = new Set<never>();
  parseSort({ sortBy: 'department' }, userType, tolerances);
  assert.deepEqual([...tolerances], ['unqualified-extension-attribute']);
});
