import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parse, type Filter as TheirFilter } from 'scim2-parse-filter';
import { type Filter, parseFilter, printFilter } from '../../src/scim/filter.ts';
import { userType } from '../../src/scim/resource-types.ts';
import { scaled } from '../scale.ts';
import { userFilters } from '../scim/filter-arbitraries.ts';

/**
 * scim2-parse-filter is a parser of RFC 7644 §3.4.2.2 by other hands. It is a witness for the grammar: the same text must
 * make the same tree. It is none for what a filter finds, because it knows no schema: no caseExact, no dateTime, no default.
 */

test('another parser reads the same tree from every filter', () => {
  fc.assert(
    fc.property(userFilters, (filter) => {
      const text = printFilter(filter);
      fc.pre(!isReadDifferently(text));
      assert.equal(theirs(parse(text)), ours(filter));
    }),
    { numRuns: scaled(2_000) },
  );
});

/**
 * Agreed differences: RFC 7159 §7 has a backslash in a string written as two; the witness keeps both. RFC 7643 §2.1 has a name
 * begin with a dollar sign; the witness takes none.
 */
const isReadDifferently = (text: string) => text.includes('\\\\') || text.includes('$ref');

test('the agreed differences are some', () => {
  assert.throws(() => parse('groups.$ref pr'));
  const text = 'title eq "a\\\\b"';
  assert.ok(isReadDifferently(text));
  assert.notEqual(theirs(parse(text)), ours(parseFilter(text, userType)));
});

const refused = [
  'userName',
  'userName eq',
  'userName eq "a" and',
  '(userName eq "a"',
  'userName eq "a")',
  'userName is "a"',
  'emails[type eq "work"',
  'and',
];

for (const text of refused) {
  test(`both refuse ${text}`, () => {
    assert.throws(() => parse(text));
    assert.throws(() => parseFilter(text, userType), { scimType: 'invalidFilter' });
  });
}

function theirs(filter: TheirFilter): string {
  switch (filter.op) {
    case 'and':
    case 'or':
      return `(${filter.filters.map(theirs).join(` ${filter.op} `)})`;
    case 'not':
      return `not ${theirs(filter.filter)}`;
    case '[]':
      return `${filter.attrPath}[${theirs(filter.valFilter)}]`;
    case 'pr':
      return `${filter.attrPath} pr`;
    default:
      return `${filter.attrPath} ${filter.op} ${JSON.stringify(filter.compValue)}`;
  }
}

function ours(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
    case 'or':
      return `(${filter.filters.map(ours).join(` ${filter.kind} `)})`;
    case 'not':
      return `not ${ours(filter.filter)}`;
    case 'valuePath':
      return `${filter.target.attribute.name}[${ours(filter.filter)}]`;
    default:
      return printFilter(filter);
  }
}
