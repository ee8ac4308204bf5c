/** The parameters of a query (RFC 7644 §3.4.2, RFC 9865 §2), in the address or in the body of a search (RFC 7644 §3.4.3). */

import { asciiLower, equalIgnoringCase } from './ascii.ts';
import { isObject, isUnassigned, kindOf } from './attribute-value.ts';
import { invalidSyntax, invalidValue } from './errors.ts';
import type { Tolerances } from './quirks.ts';

const names = [
  'filter',
  'sortBy',
  'sortOrder',
  'startIndex',
  'count',
  'cursor',
  'attributes',
  'excludedAttributes',
] as const;

/** Each parameter as one text, as it is in an address. */
export type ListQuery = Partial<Record<(typeof names)[number], string>>;

export const searchRequestSchema = 'urn:ietf:params:scim:api:messages:2.0:SearchRequest';

/**
 * The parameters in an address. Names are matched in any letter case: a filter that is not read would find everybody. Those that
 * Rollcall does not know are nobody's concern (E22).
 *
 * @throws ScimError invalidValue if one that it knows is given twice
 */
export function listQueryOf(parameters: Readonly<Record<string, string | string[] | undefined>>): ListQuery {
  const query: ListQuery = {};
  for (const [key, value] of Object.entries(parameters)) {
    const name = names.find((each) => equalIgnoringCase(each, key));
    if (name === undefined || value === undefined) continue;
    if (Array.isArray(value) || query[name] !== undefined) throw invalidValue(`${name} is given more than once`);
    query[name] = value;
  }
  return query;
}

/**
 * The parameters in the body of a search request. Names are matched in any letter case, as everywhere in a body.
 *
 * @throws ScimError invalidSyntax for a body that is no search request, invalidValue for a parameter of a wrong type
 */
export function parseSearchRequest(body: unknown, tolerances: Tolerances): ListQuery {
  if (!isObject(body)) throw invalidSyntax(`A search request must be a JSON object, not ${kindOf(body)}`);
  const given = new Map(Object.entries(body).map(([key, value]) => [asciiLower(key), value]));
  const schemas = [given.get('schemas')].flat();
  if (!schemas.some((each) => typeof each === 'string' && equalIgnoringCase(each, searchRequestSchema))) {
    throw invalidSyntax(`The schemas of a search request must name ${searchRequestSchema}`);
  }
  const query: ListQuery = {};
  for (const name of names) {
    const value = given.get(asciiLower(name));
    // An empty cursor asks for the first page; an empty text of another parameter says nothing.
    if (value === undefined || value === null) continue;
    query[name] = textOf(name, value, tolerances);
  }
  return query;
}

function textOf(name: (typeof names)[number], value: unknown, tolerances: Tolerances): string {
  switch (name) {
    case 'startIndex':
    case 'count':
      if (typeof value === 'number') return String(value);
      if (typeof value !== 'string') throw invalidValue(`${name} must be a whole number, not ${kindOf(value)}`);
      tolerances.add('number-as-string', () => invalidValue(`${name} must be a whole number, not a string`));
      return value;
    case 'attributes':
    case 'excludedAttributes': {
      if (isUnassigned(value)) return '';
      if (typeof value === 'string') {
        tolerances.add('single-as-list', () => invalidValue(`${name} must be a list of attribute names, not a string`));
      }
      const list = [value].flat();
      if (list.every((each) => typeof each === 'string')) return list.join(',');
      throw invalidValue(`${name} must be a list of attribute names`);
    }
    default:
      if (typeof value === 'string') return value;
      throw invalidValue(`${name} must be a string, not ${kindOf(value)}`);
  }
}
