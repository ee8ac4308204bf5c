/** What a filter becomes: the statement's size is bounded by the filter's, whatever its shape (R21). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { type Filter, parseFilter } from '../../src/scim/filter.ts';
import { userType } from '../../src/scim/resource-types.ts';
import { compileStatement } from '../../src/store/compiled-statement.ts';
import { filterExpression } from '../../src/store/filter-sql.ts';
import { worstFilters } from '../scim/worst-filters.ts';

const org = '0190a0b0-0000-7000-8000-00000000000a';

/** Characters of SQL and parameters that one comparison becomes at most: a subquery, or two for a list that differs. */
const textPerComparison = 700;
const parametersPerComparison = 8;

test('the statement of a filter of 8 KB is bounded by its comparisons', () => {
  let compiled = 0;
  for (const [shape, filter] of Object.entries(worstFilters())) {
    let tree: Filter;
    try {
      tree = parseFilter(filter, userType);
    } catch {
      continue;
    }
    const { text, values } = compileStatement(
      [org],
      filterExpression(tree, userType, { orgId: org, scimBaseUrl: 'https://rollcall.example/scim/v2/acme' }),
    );
    assert.ok(text.length <= textPerComparison * limits.filterNodesMax, `${shape}: ${text.length} characters`);
    assert.ok(
      values.length <= parametersPerComparison * limits.filterNodesMax,
      `${shape}: ${values.length} parameters`,
    );
    compiled++;
  }
  assert.ok(compiled >= 10, `${compiled}`);
});
