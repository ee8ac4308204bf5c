import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { limits } from '../../src/limits.ts';
import { parseFilter, printFilter } from '../../src/scim/filter.ts';
import type { Tolerance } from '../../src/scim/quirks.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import { scaled } from '../scale.ts';
import { userFilters } from './filter-arbitraries.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';

//                 filter, and how it is printed if not as it came
const accepted: [text: string, printed?: string][] = [
  // RFC 7644 §3.4.2.2, figure 2
  ['userName eq "bjensen"'],
  ['name.familyName co "O\'Malley"'],
  ['userName sw "J"'],
  ['urn:ietf:params:scim:schemas:core:2.0:User:userName sw "J"', 'userName sw "J"'],
  ['title pr'],
  ['meta.lastModified gt "2011-05-13T04:42:34Z"'],
  ['title pr and userType eq "Employee"'],
  ['title pr or userType eq "Intern"'],
  [`schemas eq "${enterprise}"`],
  [
    'userType eq "Employee" and (emails co "example.com" or emails.value co "example.org")',
    'userType eq "Employee" and (emails.value co "example.com" or emails.value co "example.org")',
  ],
  [
    'userType ne "Employee" and not (emails co "example.com" or emails.value co "example.org")',
    'userType ne "Employee" and not (emails.value co "example.com" or emails.value co "example.org")',
  ],
  ['userType eq "Employee" and (emails.type eq "work")', 'userType eq "Employee" and emails.type eq "work"'],
  ['userType eq "Employee" and emails[type eq "work" and value co "@example.com"]'],
  ['emails[type eq "work" and value co "@example.com"] or ims[type eq "xmpp" and value co "@foo.com"]'],
  // the left sides of okta-wire §4.1
  ['externalId eq "00u1a2b3c4d5e6f7g8h9"'],
  ['id eq "7d1e"'],
  ['email eq "ada@acme.example"', 'emails.value eq "ada@acme.example"'],
  ['emails eq "ada@acme.example"', 'emails.value eq "ada@acme.example"'],
  ['emails[type eq "work"].value eq "ada@acme.example"', 'emails[type eq "work" and value eq "ada@acme.example"]'],
  // what Entra sends (E3, E4, E5, E27)
  ['externalId eq jyoung', 'externalId eq "jyoung"'],
  ['userName sw O', 'userName sw "O"'],
  ['id eq "123" and manager eq "456"', `id eq "123" and ${enterprise}:manager.value eq "456"`],
  ['roles[primary eq "True"].value eq "admin"', 'roles[primary eq true and value eq "admin"]'],
  ['active eq "False"', 'active eq false'],
  ['employeeNumber eq 701984', `${enterprise}:employeeNumber eq "701984"`],
  ['title eq true', 'title eq "true"'],
  // names and operators in any letter case, spaces, precedence
  ['USERNAME Eq "a" AND Active EQ TRUE', 'userName eq "a" and active eq true'],
  [`${enterprise.toUpperCase()}:Department eq "x"`, `${enterprise}:department eq "x"`],
  ['  userName   eq   "a"  ', 'userName eq "a"'],
  ['title pr or title pr and not(active eq true)', 'title pr or title pr and not (active eq true)'],
  ['(title pr or title pr) and title pr'],
  ['((title pr))', 'title pr'],
  ['not (not (title pr))'],
  ['title pr or (title pr or title pr)', 'title pr or title pr or title pr'],
  // strings are JSON strings
  ['userName eq "a \\"quoted\\" ] ) and (\\u00e5)"', 'userName eq "a \\"quoted\\" ] ) and (å)"'],
  ['emails[value eq "a]b"]'],
  ['title eq null'],
  ['title ne null'],
  ['groups.value eq "c0ff"'],
  ['name pr'],
];

for (const [text, printed] of accepted) {
  test(`${text} is a filter (RFC 7644 §3.4.2.2)`, () => {
    const filter = parseFilter(text, userType);
    assert.equal(printFilter(filter), printed ?? text);
    assert.deepEqual(parseFilter(printFilter(filter), userType), filter);
  });
}

test('a group is found by its name and its members', () => {
  for (const text of ['displayName eq "Eng Team"', 'members[value eq "7d1e"]', 'members eq "7d1e"', 'id eq "c0ff"']) {
    assert.doesNotThrow(() => parseFilter(text, groupType));
  }
});

const refused: [text: string, position: number, cause: string][] = [
  ['', 1, 'it ends where an expression is expected'],
  ['userName', 9, 'an operator is expected after userName'],
  ['userName eq', 12, 'it ends where a value is expected'],
  ['userName regex "x"', 10, 'the operator "regex" is not supported after userName'],
  ['userName eq "x', 13, 'a string has no closing quotation mark'],
  ['userName eq "\\x"', 13, 'a string is not a JSON string'],
  ['userName eq "\\u0000"', 13, 'a string holds characters that are not text'],
  ['userName eq "\\ud800"', 13, 'a string holds characters that are not text'],
  ["userName eq 'x'", 13, 'strings stand in double quotation marks'],
  ['userName eq ]', 13, 'a value is expected'],
  ['favouriteColor eq "x"', 1, '"favouriteColor" is not an attribute of User'],
  ['name.nickName eq "x"', 1, '"name.nickName" is not an attribute of User'],
  ['title.value eq "x"', 1, 'title has no sub-attributes, so title.value names nothing'],
  ['__proto__ eq "x"', 1, '"__proto__" is not an attribute name'],
  ['constructor pr', 1, '"constructor" is not an attribute of User'],
  ['urn:acme:2.0:User:tag eq "x"', 1, '"urn:acme:2.0:User:tag" is not an attribute of User'],
  ['active gt true', 11, 'gt cannot be used with active, which is a boolean'],
  ['active co "t"', 11, 'co cannot be used with active, which is a boolean'],
  ['active eq "yes"', 11, 'active is compared with true or false'],
  ['x509Certificates.value ge "x"', 27, 'ge cannot be used with x509Certificates.value, which is a binary'],
  ['meta.created gt "yesterday"', 17, 'meta.created is compared with a dateTime such as "2026-01-31T08:00:00Z"'],
  ['meta.created sw "2026"', 17, 'sw cannot be used with meta.created, which is a dateTime'],
  ['title gt null', 10, 'null can only be compared with eq and ne'],
  ['name eq "x"', 9, 'name is complex; compare one of its sub-attributes'],
  ['addresses eq "x"', 14, 'addresses is complex; compare one of its sub-attributes'],
  ['emails[type eq "work"', 22, 'a closing ] is expected'],
  ['emails[emails[type eq "x"]]', 8, '"emails" is not a sub-attribute of emails'],
  ['emails[kind eq "x"]', 8, '"kind" is not a sub-attribute of emails'],
  ['name[givenName eq "x"]', 5, 'name is not a multi-valued attribute, so it takes no [ ]'],
  ['(title pr', 10, 'a closing ) is expected'],
  ['title pr)', 9, 'unexpected ")"'],
  ['title pr title pr', 10, 'unexpected "title pr"'],
  ['title pr and', 13, 'it ends where an expression is expected'],
  ['not title pr', 1, '"not" is not an attribute of User'],
  ['\tuserName eq "x"', 1, '" userName" is not an attribute name'],
];

for (const [text, position, cause] of refused) {
  test(`${JSON.stringify(text)} is invalidFilter at position ${position}`, () => {
    assert.throws(() => parseFilter(text, userType), {
      scimType: 'invalidFilter',
      detail: `The filter is not valid at position ${position}: ${cause}`,
    });
  });
}

test('an attribute that is never returned cannot be searched: 403 sensitive (R25, RFC 7644 §7.5.2)', () => {
  for (const text of ['password eq "x"', 'PASSWORD pr', 'title pr or password sw "a"']) {
    assert.throws(() => parseFilter(text, userType), { status: 403, scimType: 'sensitive' });
  }
});

test('a filter stays within its bounds of length, depth and comparisons (R21)', () => {
  const { filterDepthMax, filterLengthMax, filterNodesMax } = limits;
  const nested = (depth: number) => `${'('.repeat(depth)}title pr${')'.repeat(depth)}`;
  const many = (nodes: number) => Array(nodes).fill('userName pr').join(' or ');
  assert.doesNotThrow(() => parseFilter(nested(filterDepthMax), userType));
  assert.doesNotThrow(() => parseFilter(many(filterNodesMax), userType));
  const long = `title eq "${'x'.repeat(filterLengthMax)}"`;
  for (const text of [nested(filterDepthMax + 1), many(filterNodesMax + 1), long, `${'not('.repeat(2000)}`]) {
    assert.throws(() => parseFilter(text, userType), { scimType: 'invalidFilter' });
  }
});

const noted: [text: string, tolerances: Tolerance[]][] = [
  ['userName eq "a"', []],
  ['email eq "a"', ['email-alias']],
  ['externalId eq jyoung', ['bare-word']],
  ['manager eq "456"', ['unqualified-extension-attribute']],
  ['active eq "True"', ['bool-as-string']],
  ['emails[type eq "work"].value eq "a"', ['value-path-sub-attribute']],
];

for (const [text, expected] of noted) {
  test(`${text} notes ${expected.join(', ') || 'nothing'}`, () => {
    const tolerances = new Set<Tolerance>();
    parseFilter(text, userType, tolerances);
    assert.deepEqual([...tolerances], expected);
  });
}

test('what is printed is parsed into the same filter', () => {
  fc.assert(
    fc.property(userFilters, (filter) => {
      assert.deepEqual(parseFilter(printFilter(filter), userType), filter);
    }),
    { numRuns: scaled(100) },
  );
});

test('any text is either a filter or refused as one', () => {
  const pieces = [
    'userName',
    'emails',
    '[',
    ']',
    '(',
    ')',
    '"',
    '\\',
    ' ',
    'eq',
    'and',
    'not',
    'null',
    '"a"',
    '.',
    'value',
    'é',
  ];
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom(...pieces), fc.string({ unit: 'binary', maxLength: 3 }))),
      (parts) => {
        try {
          parseFilter(parts.join(''), userType);
        } catch (error) {
          assert.equal((error as { scimType?: string }).scimType, 'invalidFilter');
        }
      },
    ),
    { numRuns: scaled(100) },
  );
});
