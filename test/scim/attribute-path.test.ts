import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAttributePath, printAttributePath } from '../../src/scim/attribute-path.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const core = 'urn:ietf:params:scim:schemas:core:2.0:User';

//                 path, and how it is printed if not as it came
const accepted: [text: string, printed?: string][] = [
  // RFC 7644 §3.5.2, figure 8
  ['name.familyName'],
  ['addresses[type eq "work"]'],
  ['addresses[type eq "work"].streetAddress'],
  // names in any letter case (E39)
  ['USERNAME', 'userName'],
  ['Name.GivenName', 'name.givenName'],
  ['emails[TYPE eq "work"].VALUE', 'emails[type eq "work"].value'],
  // URNs hold dots and colons (E38)
  [`${core}:userName`, 'userName'],
  [`${core}:name.givenName`, 'name.givenName'],
  [`${core}:emails[type eq "work"].value`, 'emails[type eq "work"].value'],
  [`${enterprise}:department`],
  [`${enterprise}:manager.value`],
  [enterprise],
  [enterprise.toLowerCase(), enterprise],
  ['manager', `${enterprise}:manager`],
  ['Manager.Value', `${enterprise}:manager.value`],
  // brackets and quotes inside the strings of a filter
  ['emails[value eq "a]b"].type'],
  ['emails[value eq "a\\"]b"].type'],
  // quoted booleans against boolean sub-attributes (E27)
  ['roles[primary eq "True"].value', 'roles[primary eq true].value'],
  // what no schema describes keeps the spelling it came in
  ['favouriteColor'],
  ['sentryOrgRole.level'],
  ['constructor'],
  ['name.nickName'],
  ['urn:acme:params:2.0:User:tag'],
  ['urn:acme:params:2.0:User:office.floor'],
  ['badges[color eq "red"].size'],
  ['http://schemas.example.com/2.0/User'],
];

for (const [text, printed] of accepted) {
  test(`${text} is a path (RFC 7644 §3.5.2)`, () => {
    const path = parseAttributePath(text, userType);
    assert.equal(printAttributePath(path), printed ?? text);
    assert.deepEqual(parseAttributePath(printAttributePath(path), userType), path);
  });
}

test('the URN of an unknown extension ends where the resource says it ends (E38)', () => {
  const held = ['urn:acme:2.0', 'urn:acme:2.0:User'];
  const path = parseAttributePath('URN:acme:2.0:user:tag', userType, { heldUrns: held });
  assert.deepEqual([path.extension, path.attribute?.name], ['urn:acme:2.0:User', 'tag']);
  assert.equal(parseAttributePath('urn:acme:2.0:User', userType, { heldUrns: held }).attribute, undefined);
});

test('an unknown URN that comes with an object is the extension as a whole', () => {
  const path = parseAttributePath('urn:acme:2.0:User', userType, { valueIsObject: true });
  assert.deepEqual([path.extension, path.attribute], ['urn:acme:2.0:User', undefined]);
});

test('a member is selected by its value (OK4, E63)', () => {
  const path = parseAttributePath('members[value eq "7d1e"]', groupType);
  assert.deepEqual([path.attribute?.name, path.filter?.kind], ['members', 'compare']);
});

const refused = [
  '',
  ' userName',
  '__proto__',
  '__proto__.polluted',
  'name.__proto__',
  'emails[type eq "work"].__proto__',
  `${enterprise}:__proto__`,
  'urn:acme:2.0:User:__proto__.x[a eq 1]',
  'name.givenName.first',
  'userName.value',
  'name[givenName eq "Ada"]',
  'emails[type eq "work"',
  'emails[type eq "work"]value',
  'emails[type eq "work"].',
  'emails[type eq "work"].value.x',
  'emails[]',
  'emails[kind eq "work"]',
  'emails.value[type eq "work"]',
  'schemas[value eq "x"].y',
  'title\u0000',
  'a b',
  '/userName',
];

for (const text of refused) {
  test(`${JSON.stringify(text)} is invalidPath`, () => {
    assert.throws(() => parseAttributePath(text, userType), { status: 400, scimType: 'invalidPath' });
  });
}

test('a long path is invalidPath (R21)', () => {
  assert.throws(() => parseAttributePath(`emails[value eq "${'x'.repeat(5000)}"]`, userType), {
    scimType: 'invalidPath',
  });
});
