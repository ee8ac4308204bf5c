import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { everyType, filterFor } from '../../src/scim/every-type.ts';
import { parseFilter, printFilter } from '../../src/scim/filter.ts';
import { matchesFilter } from '../../src/scim/filter-match.ts';
import { groupType, userType } from '../../src/scim/resource-types.ts';
import type { Resource, ResourceType } from '../../src/scim/schema.ts';
import { scaled } from '../scale.ts';
import { userFilters, users } from './filter-arbitraries.ts';

const cases: [text: string, type: ResourceType, means: string | boolean][] = [
  ['displayName sw "smith"', userType, 'displayName sw "smith"'],
  ['displayName sw "smith"', groupType, 'displayName sw "smith"'],
  ['userName eq "ada"', groupType, false],
  ['userName pr', groupType, false],
  ['userName ne "ada"', groupType, true],
  ['userName eq null', groupType, true],
  ['not (userName pr)', groupType, true],
  ['emails[type eq "work"]', groupType, false],
  ['userName pr or displayName eq "Eng"', groupType, 'displayName eq "Eng"'],
  ['userName ne "ada" and displayName eq "Eng" and id pr', groupType, 'displayName eq "Eng" and id pr'],
  ['members.value eq "7d1e"', userType, false],
  [`${groupType.schema.id}:displayName eq "Eng"`, userType, false],
  [`${groupType.schema.id}:displayName eq "Eng"`, groupType, 'displayName eq "Eng"'],
  ['meta.resourceType eq "User"', groupType, 'meta.resourceType eq "User"'],
  ['department eq "R&D"', userType, 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User:department eq "R&D"'],
  ['department eq "R&D"', groupType, false],
];

for (const [text, type, means] of cases) {
  test(`at the root, ${text} is ${means} for a ${type.name} (RFC 7644 §3.4.2.1)`, () => {
    const filter = filterFor(type, parseFilter(text, everyType));
    assert.equal(typeof filter === 'boolean' ? filter : printFilter(filter), means);
  });
}

test('what no type has is refused at the root too', () => {
  assert.throws(() => parseFilter('shoeSize eq 7', everyType), {
    scimType: 'invalidFilter',
    detail: /not an attribute of any resource type/,
  });
  assert.throws(() => parseFilter('password eq "x"', everyType), { scimType: 'sensitive' });
});

test('a filter said for one type matches the same resources as the filter over all types', () => {
  const groups: fc.Arbitrary<Resource> = fc.record({
    schemas: fc.constant([groupType.schema.id]),
    displayName: fc.constantFrom('a', 'B', 'ab'),
  });
  const samples = fc.oneof(fc.tuple(fc.constant(userType), users), fc.tuple(fc.constant(groupType), groups));
  fc.assert(
    fc.property(userFilters, samples, (filter, [type, resource]) => {
      const over = parseFilter(printFilter(filter), everyType);
      const own = filterFor(type, over);
      const matches = typeof own === 'boolean' ? own : matchesFilter(own, resource);
      assert.equal(matches, matchesFilter(over, resource), printFilter(filter));
    }),
    { numRuns: scaled(1000) },
  );
});
