import type { Mutant } from '../mutant.ts';

/** RFC 7644 §3.4: reading and querying. */
export const queryMutants: readonly Mutant[] = [
  {
    file: 'src/http/scim/user-routes.ts',
    find: "  app.get('/Users', reads",
    replace: "  app.get('/Users/all', reads",
    breaks: ['7644-3.4-ways', '7644-3.4.2-endpoints', '7644-3.4.2.1-endpoints'],
  },
  {
    file: 'src/scim/list-query.ts',
    find: '  const query: ListQuery = {};\n  for (const name of names) {\n    const value = parameters[name];',
    replace:
      '  const query: ListQuery = {};\n  for (const name of Object.keys(parameters)) if (!(names as readonly string[]).includes(name)) throw invalidValue(name);\n  for (const name of names) {\n    const value = parameters[name];',
    breaks: ['7644-3.4.2-unknown-parameters'],
  },
  {
    file: 'src/scim/list-response.ts',
    find: '  return `{"schemas":["${listSchema}"]',
    replace: '  return `{"schemas":["list"]',
    breaks: ['7644-3.4.2-list'],
  },
  {
    file: 'src/scim/list-response.ts',
    find: '"totalResults":${totalResults}',
    replace: '"totalResults":${resources.length}',
    breaks: ['7644-3.4.2-total'],
  },
  {
    file: 'src/scim/list-response.ts',
    find: '"Resources":[${resources.join(\',\')}]',
    replace: '"Resources":[]',
    breaks: ['7644-3.4.2-resources', '7644-3.4.2.2-only-matching'],
  },
  {
    file: 'src/scim/list-response.ts',
    find: 'const start = startIndex === undefined ? \'\' : `,"startIndex":${startIndex}`;',
    replace: "const start = '';",
    breaks: ['7644-3.4.2-page-numbers'],
  },
  {
    file: 'src/http/scim/listing.ts',
    find: '  record.detail = `answered',
    replace: "  if (page.totalResults === 0) throw notFound('nothing');\n  record.detail = `answered",
    breaks: ['7644-3.4.2-empty'],
  },
  {
    file: 'src/http/scim/search-routes.ts',
    find: "  app.post('/.search', { config: ofAll }",
    replace: "  app.post('/.searches', { config: ofAll }",
    breaks: ['7644-3.4.2.1-root'],
  },
  {
    file: 'src/scim/every-type.ts',
    find: "      return filter.operator === (filter.value === null ? 'eq' : 'ne');",
    replace: '      return false;',
    breaks: ['7644-3.4.2.1-other-types'],
  },
  {
    file: 'src/scim/every-type.ts',
    find: '    const own = findOwnAttribute(type, attribute.name);',
    replace: "    const own = attribute.name === 'meta' ? undefined : findOwnAttribute(type, attribute.name);",
    breaks: ['7644-3.4.2.1-resource-type'],
  },
  {
    file: 'src/http/scim/listing.ts',
    find: '  const filter = query.filter === undefined ? undefined : parseFilter(',
    replace: '  const filter = query.filter !== undefined ? undefined : parseFilter(',
    breaks: ['7644-3.4.2.2-optional', '7644-3.4.2.2-only-matching'],
  },
  {
    file: 'src/scim/filter.ts',
    find: '  const operator = asciiLower(readWord(reader));',
    replace: '  const operator = readWord(reader);',
    breaks: ['7644-3.4.2.2-case-of-words'],
  },
  {
    file: 'src/scim/filter.ts',
    find: "  if (name === '') {\n    throw problem(",
    replace:
      "  if (name === '') {\n    if (start === reader.text.length) return { kind: 'and', filters: [] };\n    throw problem(",
    breaks: ['7644-3.4.2.2-expression'],
  },
  {
    file: 'src/scim/filter-operand.ts',
    find: '      if (!equality) throw refuseOperator();',
    replace: '',
    breaks: ['7644-3.4.2.2-ordering-types'],
  },
  {
    file: 'src/scim/filter-operand.ts',
    find: "      if (type === 'binary' && ordering) throw refuseOperator();",
    replace: '',
    breaks: ['7644-3.4.2.2-ordering-types'],
  },
  {
    file: 'src/scim/filter.ts',
    find: "  if (reader.text[reader.position] === '(') return readGroup(reader, scope);\n  const start",
    replace: '  const start',
    breaks: ['7644-3.4.2.2-grouping'],
  },
  {
    file: 'src/store/filter-sql.ts',
    find: '    condition(filter, (target) => sub(target.attribute)),\n  );',
    replace: '  );',
    breaks: ['7644-3.4.2.2-value-path'],
  },
  {
    file: 'src/scim/filter.ts',
    find: '      if (parent.opaque !== true || !isAttributeName(name)) {',
    replace: '      if (!isAttributeName(name)) {',
    breaks: ['7644-3.4.2.2-value-path-sub-attributes'],
  },
  {
    file: 'src/scim/filter.ts',
    find: '  if (reader.position < text.length) throw problem(',
    replace: '  if (reader.position < 0) throw problem(',
    breaks: ['7644-3.4.2.2-abnf'],
  },
  {
    file: 'src/scim/filter.ts',
    find: "  const filters = [readAnd(reader, scope)];\n  while (skipWord(reader, 'or')) filters.push(readAnd(reader, scope));\n  return combine('or', filters);",
    replace:
      "  let filter = readUnary(reader, scope);\n  for (;;) {\n    if (skipWord(reader, 'or')) filter = combine('or', [filter, readUnary(reader, scope)]);\n    else if (skipWord(reader, 'and')) filter = combine('and', [filter, readUnary(reader, scope)]);\n    else return filter;\n  }",
    breaks: ['7644-3.4.2.2-precedence'],
  },
  {
    file: 'src/scim/filter.ts',
    find: "    if (reader.text[reader.position] === '(') return { kind: 'not', filter: readGroup(reader, scope) };",
    replace: "    if (reader.text[reader.position] === '(') return { kind: 'not', filter: readOr(reader, scope) };",
    breaks: ['7644-3.4.2.2-precedence'],
  },
  {
    file: 'src/provisioning/asked-member.ts',
    find: '...new Set(emailsOf(resource).flatMap(',
    replace: '...new Set(emailsOf(resource).slice(0, 1).flatMap(',
    breaks: ['7644-3.4.2.2-multi-valued'],
  },
  {
    file: 'src/scim/filter-operand.ts',
    find: "  if (type === 'complex') throw refuse(",
    replace: "  if (type === 'decimal') throw refuse(",
    breaks: ['7644-3.4.2.2-complex'],
  },
  {
    file: 'src/scim/filter.ts',
    find: "  return ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'].includes(word);",
    replace: "  return word !== '';",
    breaks: ['7644-3.4.2.2-unknown-operator'],
  },
  {
    file: 'src/scim/filter.ts',
    find: '      if (attribute === undefined || attribute.opaque === true || subAttribute?.opaque === true) {',
    replace:
      "      if (attribute === undefined || attribute.name === 'schemas' || attribute.opaque === true || subAttribute?.opaque === true) {",
    breaks: ['7644-3.4.2.2-schemas'],
  },
  {
    file: 'src/http/scim/listing.ts',
    find: '  const sort = parseSort(query, scope, record.tolerances);',
    replace: '  const sort = parseSort({}, scope, record.tolerances);',
    breaks: ['7644-3.4.2.3-sort', '7644-3.4.2.3-order'],
  },
  {
    file: 'src/scim/sort.ts',
    find: "  if (order === 'descending') return 'descending';",
    replace: "  if (order === 'descending') return 'ascending';",
    breaks: ['7644-3.4.2.3-order'],
  },
  {
    file: 'src/store/sort-sql.ts',
    find: 'return sql`left(${foldCase(expression)}, ',
    replace: 'return sql`left((${expression}), ',
    breaks: ['7644-3.4.2.3-type'],
  },
  {
    file: 'src/store/sort-sql.ts',
    find: "  const direction = sql.raw(order === 'ascending' ? 'asc' : 'desc');",
    replace: "  const direction = sql.raw(order === 'ascending' ? 'asc nulls first' : 'desc nulls last');",
    breaks: ['7644-3.4.2.3-missing'],
  },
  {
    file: 'src/store/sort-sql.ts',
    find: '${where}${order} limit 1)`;',
    replace: '${where} limit 1)`;',
    breaks: ['7644-3.4.2.3-multi-valued'],
  },
  {
    file: 'src/scim/sort.ts',
    find: "  if (leaf.type === 'complex') {",
    replace: "  if (leaf.type === 'decimal') {",
    breaks: ['7644-3.4.2.3-complex'],
  },
  {
    file: 'src/scim/list-response.ts',
    find: 'Math.min(Math.max(startIndex, 1), Number.MAX_SAFE_INTEGER)',
    replace: 'startIndex',
    breaks: ['7644-3.4.2.4-below-one'],
  },
  {
    file: 'src/scim/list-response.ts',
    find: '  return Math.min(Math.max(count, 0), limits.pageSizeMax);',
    replace: '  return count < 0 ? limits.pageSizeMax : Math.min(count + 1, limits.pageSizeMax);',
    breaks: ['7644-3.4.2.4-count', '7644-3.4.2.4-negative-count', '9865-2-count'],
  },
  {
    file: 'src/http/scim/search-routes.ts',
    find: '    app.post(`${type.endpoint}/.search`, { config }',
    replace: '    app.post(`${type.endpoint}/.searches`, { config }',
    breaks: ['7644-3.4.3-search'],
  },
  {
    file: 'src/scim/list-query.ts',
    find: '  if (!schemas.some((each) => typeof each ===',
    replace: '  if (schemas.length > 9 && !schemas.some((each) => typeof each ===',
    breaks: ['7644-3.4.3-message'],
  },
  {
    file: 'src/scim/list-query.ts',
    find: '    query[name] = textOf(name, value, tolerances);',
    replace: "    if (name !== 'count' && name !== 'sortBy') query[name] = textOf(name, value, tolerances);",
    breaks: ['7644-3.4.3-parameters'],
  },
];
