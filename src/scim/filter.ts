/**
 * Filters (RFC 7644 §3.4.2.2): text to tree and back. The parser is written by hand, reads each character once, and holds
 * itself to the bounds of limits.ts. Names are resolved and operands checked while parsing, so a tree is always meaningful.
 */

import { limits } from '../limits.ts';
import { asciiLower } from './ascii.ts';
import {
  type AttributeName,
  isAttributeName,
  printAttributeName,
  resolveAttributeName,
  shown,
} from './attribute-name.ts';
import { invalidFilter, sensitive } from './errors.ts';
import { costInValuePath, costOfComparison, costOfValuePath } from './filter-cost.ts';
import { type CompareOperator, defaultSubAttribute, type FilterLiteral, fitOperand } from './filter-operand.ts';
import { enter, leave, problem, type Reader, readLiteral, readWord, skipSpaces, skipWord } from './filter-reader.ts';
import type { Tolerances } from './quirks.ts';
import {
  type Attribute,
  type AttributeScope,
  findInBrackets,
  findOwnAttribute,
  opaqueAttribute,
  type Resource,
} from './schema.ts';

/** What a comparison looks at. Inside a value path, `attribute` is the sub-attribute of one value. */
export type FilterTarget = {
  extension: string | undefined;
  attribute: Attribute;
  subAttribute: Attribute | undefined;
};

/** `and` and `or` hold at least two filters, none of their own kind: `a or b or c` is one node. */
export type Filter =
  | { kind: 'and' | 'or'; filters: Filter[] }
  | { kind: 'not'; filter: Filter }
  | { kind: 'compare'; target: FilterTarget; operator: CompareOperator; value: FilterLiteral }
  | { kind: 'present'; target: FilterTarget }
  | { kind: 'valuePath'; target: FilterTarget; filter: Filter };

/**
 * Parses a filter over the resources of a type, or of all types (every-type.ts). Throws invalidFilter with the position
 * (counted from 1) and the cause, and sensitive for an attribute that is never returned. `tolerances` collects what was
 * accepted beyond the grammar.
 */
export function parseFilter(text: string, type: AttributeScope, tolerances: Tolerances = new Set()): Filter {
  return parse(text, resourceScope(type), tolerances);
}

/** Parses the filter of a value path: the names in it are sub-attributes of `parent` (RFC 7644 §3.5.2, valFilter). */
export function parseValueFilter(text: string, parent: Attribute, tolerances: Tolerances = new Set()): Filter {
  return parse(text, valueScope(parent), tolerances);
}

/** The filter as text: parsing it again gives the same tree. */
export function printFilter(filter: Filter): string {
  switch (filter.kind) {
    case 'and':
      return filter.filters
        .map((each) => (each.kind === 'or' ? `(${printFilter(each)})` : printFilter(each)))
        .join(' and ');
    case 'or':
      return filter.filters.map(printFilter).join(' or ');
    case 'not':
      return `not (${printFilter(filter.filter)})`;
    case 'compare':
      return `${printAttributeName(filter.target)} ${filter.operator} ${JSON.stringify(filter.value)}`;
    case 'present':
      return `${printAttributeName(filter.target)} pr`;
    case 'valuePath':
      return `${printAttributeName(filter.target)}[${printFilter(filter.filter)}]`;
  }
}

/** `and` or `or` over filters, flattened; a single filter stays as it is. */
export function combine(kind: 'and' | 'or', filters: readonly Filter[]): Filter {
  const flat = filters.flatMap((each) => (each.kind === kind ? each.filters : [each]));
  return flat.length === 1 ? (flat[0] as Filter) : { kind, filters: flat };
}

/** The sub-attributes that a filter fixes, or undefined if it does more than that. */
export function equalityTerms(filter: Filter): Resource | undefined {
  if (filter.kind === 'compare' && filter.operator === 'eq' && filter.value !== null) {
    return { [filter.target.attribute.name]: filter.value };
  }
  if (filter.kind !== 'and') return undefined;
  const terms: Resource = {};
  for (const each of filter.filters) {
    const more = equalityTerms(each);
    if (more === undefined || Object.keys(more).some((name) => Object.hasOwn(terms, name))) return undefined;
    Object.assign(terms, more);
  }
  return terms;
}

type Scope = {
  /** What a comparison costs that is made here (filter-cost.ts). */
  costOf(target: FilterTarget, operator: CompareOperator | undefined): number;
  resolve(name: string, reader: Reader): AttributeName & { attribute: Attribute };
  /** Value paths do not nest (RFC 7644 §3.4.2.2: valFilter has no valuePath). */
  allowsValuePath: boolean;
};

function parse(text: string, scope: Scope, tolerances: Tolerances): Filter {
  if (text.length > limits.filterLengthMax) {
    throw invalidFilter(`The filter is longer than ${limits.filterLengthMax} characters`);
  }
  if (text.includes('\u0000') || !text.isWellFormed())
    throw invalidFilter('The filter holds characters that are not text');
  const reader: Reader = { text, position: 0, depth: 0, nodes: 0, cost: 0, tolerances };
  const filter = readOr(reader, scope);
  if (reader.position < text.length) throw problem(reader, `unexpected "${shown(text.slice(reader.position))}"`);
  return filter;
}

function resourceScope(type: AttributeScope): Scope {
  return {
    costOf: costOfComparison,
    allowsValuePath: true,
    resolve(name, reader) {
      const lower = asciiLower(name);
      const alias = lower === 'email' && findOwnAttribute(type, 'emails') !== undefined;
      const refuse = (detail: string) => problem(reader, detail);
      if (alias) reader.tolerances.add('email-alias', () => refuse(`"email" is not an attribute of ${type.name}`));
      const seen: Tolerances = new Set();
      const resolved = resolveAttributeName(alias ? 'emails.value' : name, type, { refuse, tolerances: seen });
      const { attribute, subAttribute } = resolved;
      if (seen.has('unqualified-extension-attribute')) reader.tolerances.add('unqualified-extension-attribute');
      if (attribute === undefined || attribute.opaque === true || subAttribute?.opaque === true) {
        throw problem(reader, `"${shown(name)}" is not an attribute of ${type.name}`);
      }
      return { ...resolved, attribute };
    },
  };
}

function valueScope(parent: Attribute, list?: FilterTarget): Scope {
  return {
    costOf: (target) => (list === undefined ? 1 : costInValuePath(list, target)),
    allowsValuePath: false,
    resolve(name, reader) {
      const known = findInBrackets(parent, name);
      if (known !== undefined) return { extension: undefined, attribute: known, subAttribute: undefined };
      if (parent.opaque !== true || !isAttributeName(name)) {
        throw problem(reader, `"${shown(name)}" is not a sub-attribute of ${parent.name}`);
      }
      return { extension: undefined, attribute: opaqueAttribute(name), subAttribute: undefined };
    },
  };
}

function readOr(reader: Reader, scope: Scope): Filter {
  const filters = [readAnd(reader, scope)];
  while (skipWord(reader, 'or')) filters.push(readAnd(reader, scope));
  return combine('or', filters);
}

function readAnd(reader: Reader, scope: Scope): Filter {
  const filters = [readUnary(reader, scope)];
  while (skipWord(reader, 'and')) filters.push(readUnary(reader, scope));
  return combine('and', filters);
}

function readUnary(reader: Reader, scope: Scope): Filter {
  skipSpaces(reader);
  if (reader.text[reader.position] === '(') return readGroup(reader, scope);
  const start = reader.position;
  if (skipWord(reader, 'not')) {
    skipSpaces(reader);
    if (reader.text[reader.position] === '(') return { kind: 'not', filter: readGroup(reader, scope) };
    reader.position = start;
  }
  return readExpression(reader, scope);
}

function readGroup(reader: Reader, scope: Scope): Filter {
  enter(reader);
  const filter = readOr(reader, scope);
  leave(reader, ')');
  return filter;
}

/** attrExp or valuePath, and the form `emails[type eq "work"].value eq "x"` (quirk E3), read as one value path. */
function readExpression(reader: Reader, scope: Scope): Filter {
  const start = reader.position;
  const name = readWord(reader);
  if (name === '') {
    throw problem(
      reader,
      start === reader.text.length ? 'it ends where an expression is expected' : 'an attribute is expected',
    );
  }
  reader.position = start;
  const target = scope.resolve(name, reader);
  reader.position = start + name.length;
  if (reader.text[reader.position] !== '[') return readComparison(reader, scope, target);
  if (!scope.allowsValuePath) throw problem(reader, 'value paths do not nest');
  const { attribute } = target;
  if (!attribute.multiValued || target.subAttribute !== undefined) {
    throw problem(reader, `${printAttributeName(target)} is not a multi-valued attribute, so it takes no [ ]`);
  }
  const inner = valueScope(attribute, target);
  spend(reader, costOfValuePath(target));
  enter(reader);
  const condition = readOr(reader, inner);
  leave(reader, ']');
  if (reader.text[reader.position] !== '.') return { kind: 'valuePath', target, filter: condition };
  reader.position++;
  const subName = readWord(reader);
  reader.position -= subName.length;
  const sub = inner.resolve(subName, reader);
  reader.position += subName.length;
  reader.tolerances.add('value-path-sub-attribute', () =>
    problem(reader, 'a sub-attribute cannot follow the brackets of a value path; compare it inside them'),
  );
  return { kind: 'valuePath', target, filter: combine('and', [condition, readComparison(reader, inner, sub)]) };
}

function spend(reader: Reader, cost: number): void {
  reader.cost += cost;
  if (reader.cost <= limits.filterCostMax) return;
  throw invalidFilter(
    `The filter asks too much: it may cost ${limits.filterCostMax}, of which a comparison with a name, an id or a time of the resource ` +
      'takes 1, with another attribute 2, with a list 5, and with groups or members 10. Ask for less, or in several requests',
  );
}

function readComparison(reader: Reader, scope: Scope, named: FilterTarget): Filter {
  if (++reader.nodes > limits.filterNodesMax) {
    throw invalidFilter(`The filter has more than ${limits.filterNodesMax} comparisons`);
  }
  if ((named.subAttribute ?? named.attribute).returned === 'never' || named.attribute.returned === 'never') {
    throw sensitive(`${printAttributeName(named)} is never returned and cannot be searched`);
  }
  skipSpaces(reader);
  const start = reader.position;
  const operator = asciiLower(readWord(reader));
  if (operator === 'pr') {
    spend(reader, scope.costOf(named, undefined));
    return { kind: 'present', target: named };
  }
  if (!isCompareOperator(operator)) {
    reader.position = start;
    const cause = operator === '' ? 'an operator is expected' : `the operator "${shown(operator)}" is not supported`;
    throw problem(reader, `${cause} after ${printAttributeName(named)}`);
  }
  const target = defaultSubAttribute(named);
  spend(reader, scope.costOf(target, operator));
  skipSpaces(reader);
  const valueStart = reader.position;
  const read = readLiteral(reader);
  const end = reader.position;
  reader.position = valueStart;
  const value = fitOperand(target, operator, read, (detail) => problem(reader, detail), reader.tolerances);
  reader.position = end;
  return { kind: 'compare', target, operator, value };
}

function isCompareOperator(word: string): word is CompareOperator {
  return ['eq', 'ne', 'co', 'sw', 'ew', 'gt', 'ge', 'lt', 'le'].includes(word);
}
