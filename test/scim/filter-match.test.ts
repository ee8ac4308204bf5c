import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { combine, parseFilter } from '../../src/scim/filter.ts';
import { matchesFilter } from '../../src/scim/filter-match.ts';
import { userType } from '../../src/scim/resource-types.ts';
import { scaled } from '../scale.ts';
import { userFilters, users } from './filter-arbitraries.ts';

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User';
const ada = {
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User', enterprise],
  id: '7d1e',
  externalId: '00uAda',
  userName: 'Ada@Acme.example',
  name: { givenName: 'Ada', familyName: 'Byron' },
  emails: [
    { value: 'ada@acme.example', type: 'work', primary: true },
    { value: 'ada@home.example', type: 'home' },
  ],
  active: false,
  meta: { resourceType: 'User', created: '2026-01-31T08:00:00Z', lastModified: '2026-01-31T09:00:00.5Z' },
  [enterprise]: { department: 'Engines', manager: { value: '456' } },
};

const cases: [text: string, matches: boolean, why: string][] = [
  ['userName eq "ADA@ACME.EXAMPLE"', true, 'userName is not case-exact (OK7)'],
  ['userName eq "\uff21da@acme.example"', true, 'width forms have one key (R24)'],
  ['externalId eq "00uada"', false, 'externalId is case-exact (E7)'],
  ['id eq "7D1E"', false, 'id is case-exact'],
  ['userName sw "ada@" and userName ew ".EXAMPLE" and userName co "acme"', true, 'parts are compared without case too'],
  ['active eq false', true, 'a deactivated user is found (E2)'],
  ['title eq "x"', false, 'a missing value equals nothing'],
  ['title ne "x"', true, 'a missing value differs from every value'],
  ['title eq null', true, 'a missing value equals null (RFC 7643 §2.5)'],
  ['title lt "z"', false, 'a missing value is not ordered'],
  ['not (title lt "z")', true, 'not is plain negation'],
  ['emails.value eq "ada@home.example"', true, 'one of the values is enough (RFC 7644 §3.4.2.2)'],
  ['emails ne "ada@home.example"', true, 'one of the values differs'],
  ['emails.type eq "work" and emails.value co "home"', true, 'without brackets different values may match'],
  ['emails[type eq "work" and value co "home"]', false, 'in brackets one value must match (RFC 7644 §3.4.2.2)'],
  [
    'emails[type eq "home"].value eq "ada@home.example"',
    true,
    'a sub-attribute behind the brackets is of that value (E3)',
  ],
  ['emails[type eq "home" and primary eq false]', true, 'a missing primary is false (RFC 7643 §2.4)'],
  ['emails[not (type eq "work")]', true, 'negation inside the brackets is about one value'],
  ['not (emails[type eq "home"])', false, 'negation outside is about all'],
  ['ims[type eq "xmpp"]', false, 'no values, no match'],
  ['ims.value ne "x"', true, 'no values differ from every value'],
  ['meta.created eq "2026-01-31T09:00:00+01:00"', true, 'dateTimes are compared as instants'],
  ['meta.lastModified gt "2026-01-31T09:00:00Z"', true, 'fractions of a second count'],
  [`${enterprise}:department eq "engines"`, true, 'attributes of an extension are found'],
  ['manager eq "456"', true, 'a complex attribute with a value is compared by it (E5)'],
  [`schemas eq "${enterprise}"`, true, 'the schemas can be asked for (RFC 7644 §3.4.2.2)'],
  ['name pr', true, 'a complex attribute is present if something in it is'],
  ['emails pr and not (title pr) and roles.value eq null', true, 'presence'],
  ['name.familyName gt "BYRN" and name.familyName lt "byrp"', true, 'order does not depend on case either'],
];

for (const [text, matches, why] of cases) {
  test(`${text} ${matches ? 'matches' : 'does not match'}: ${why}`, () => {
    assert.equal(matchesFilter(parseFilter(text, userType), ada), matches);
  });
}

test('and, or and not are those of logic', () => {
  fc.assert(
    fc.property(userFilters, userFilters, users, (left, right, user) => {
      const one = matchesFilter(left, user);
      const other = matchesFilter(right, user);
      assert.equal(matchesFilter(combine('and', [left, right]), user), one && other);
      assert.equal(matchesFilter(combine('or', [left, right]), user), one || other);
      assert.equal(matchesFilter({ kind: 'not', filter: left }, user), !one);
    }),
    { numRuns: scaled(100) },
  );
});

test('of a single-valued attribute exactly one of eq and ne holds, and ordering is total where there is a value', () => {
  fc.assert(
    fc.property(
      users,
      fc.constantFrom('title', 'userName', 'name.familyName'),
      fc.constantFrom('a', 'B', 'ab'),
      (user, name, word) => {
        const holds = (operator: string) => matchesFilter(parseFilter(`${name} ${operator} "${word}"`, userType), user);
        assert.notEqual(holds('eq'), holds('ne'));
        const present = matchesFilter(parseFilter(`${name} pr`, userType), user);
        assert.equal([holds('lt'), holds('eq'), holds('gt')].filter(Boolean).length, present ? 1 : 0);
        assert.equal(holds('ge'), holds('gt') || holds('eq'));
        assert.equal(holds('le'), holds('lt') || holds('eq'));
      },
    ),
    { numRuns: scaled(100) },
  );
});

test('order is that of code points, beyond the basic plane too', () => {
  const filter = parseFilter('title gt "\uffee"', userType);
  assert.equal(matchesFilter(filter, { title: '\u{1f600}' }), true);
});
