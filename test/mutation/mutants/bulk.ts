import type { Mutant } from '../mutant.ts';

/** RFC 7644 §3.7: bulk. */
export const bulkMutants: readonly Mutant[] = [
  {
    file: 'src/http/scim/bulk-routes.ts',
    find: 'return JSON.stringify({ schemas: [bulkResponseSchema], Operations: answered });',
    replace: 'return JSON.stringify({ schemas: [bulkResponseSchema], Operations: answered.slice(0, 1) });',
    breaks: ['7644-3.2-bulk', '7644-3.7-bulk', '7644-3.7.3-results'],
  },
  {
    file: 'src/scim/bulk.ts',
    find: "    if (known === 'POST' && bulkId === undefined)",
    replace: "    if (known === 'PUT' && bulkId === undefined)",
    breaks: ['7644-3.7-required'],
  },
  {
    file: 'src/scim/bulk.ts',
    find: '      version: textOf(version),',
    replace: '      version: undefined,',
    breaks: ['7644-3.7-version'],
  },
  {
    file: 'src/provisioning/run-bulk.ts',
    find: "({ kind }) => kind === 'failed').length >= failOnErrors) break;",
    replace: "({ kind }) => kind === 'failed').length > failOnErrors) break;",
    breaks: ['7644-3.7-order'],
  },
  {
    file: 'src/http/scim/bulk-routes.ts',
    find: '      status: String(error.status),\n      response: errorBody(error, record.id),',
    replace: '      status: String(error.status),',
    breaks: ['7644-3.7-error-body'],
  },
  {
    file: 'src/http/scim/bulk-routes.ts',
    find: '    status: String(context.status),',
    replace: '    status: String(context.status),\n    response: errorBody(toScimError(undefined), record.id),',
    breaks: ['7644-3.7-response-body'],
  },
  {
    file: 'src/http/scim/bulk-routes.ts',
    find: '...(bulkId === undefined ? {} : { bulkId }) };',
    replace: '};',
    breaks: ['7644-3.7-same-bulk-id'],
  },
  {
    file: 'src/scim/bulk-order.ts',
    find: '    for (const each of about === undefined ? speaking : [about, ...speaking]) if (each !== index) earlier.add(each);',
    replace: '',
    breaks: ['7644-3.7-intent'],
  },
  {
    file: 'src/scim/bulk-order.ts',
    find: '  if (circle.length === 1 && !needs[first]?.has(first)) return',
    replace: '  if (circle.length >= 1) return',
    breaks: ['7644-3.7.1-circular'],
  },
  {
    file: 'src/provisioning/run-bulk.ts',
    find: "  return resolveReferences({ type, isPatch: method === 'PATCH', data }, (bulkId) => created.get(bulkId));",
    replace: '  return data;',
    breaks: ['7644-3.7.2-bulk-id'],
  },
  {
    file: 'src/scim/bulk-references.ts',
    find: "  kind: 'unknown',",
    replace: "  kind: 'text',",
    breaks: ['7644-3.7.2-extensions'],
  },
  {
    file: 'src/http/scim/bulk-routes.ts',
    find: '      ...(location === undefined ? {} : { location }),\n',
    replace: '',
    breaks: ['7644-3.7.3-location'],
  },
  {
    file: 'src/http/scim/bulk-routes.ts',
    find: '      return 201;',
    replace: '      return 200;',
    breaks: ['7644-3.7.3-status'],
  },
  {
    file: 'src/scim/bulk.ts',
    find: '  if (operations.length > limits.bulkOperationsMax) {',
    replace: '  if (operations.length > limits.bulkOperationsMax * 20) {',
    breaks: ['7644-3.7.4-limits'],
  },
];
