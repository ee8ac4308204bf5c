/** Reads the definition of an attribute (RFC 7643 §7) that an organization wrote. */

import { limits } from '../limits.ts';
import { asciiLower } from './ascii.ts';
import { isAttributeName, shown } from './attribute-name.ts';
import { isObject, kindOf } from './attribute-value.ts';
import { invalidValue } from './errors.ts';
import { type Attribute, type AttributeType, attribute, commonAttributes } from './schema.ts';

const types: readonly AttributeType[] = [
  'string',
  'boolean',
  'decimal',
  'integer',
  'dateTime',
  'binary',
  'reference',
  'complex',
];
const mutabilities = ['readOnly', 'readWrite', 'immutable', 'writeOnly'] as const;
const returneds = ['always', 'never', 'default', 'request'] as const;
const uniquenesses = ['none', 'server', 'global'] as const;

const members = [
  'name',
  'type',
  'subAttributes',
  'multiValued',
  'description',
  'required',
  'canonicalValues',
  'caseExact',
  'mutability',
  'returned',
  'uniqueness',
  'referenceTypes',
];

/**
 * The attributes of a schema. What is left out has the default of RFC 7643 §2.2. `place` names the list in errors.
 *
 * @throws ScimError invalidValue, naming the attribute and the way out
 */
export function parseAttributes(list: unknown, place: string): Attribute[] {
  return parseList(list, place, 'attribute');
}

function parseList(list: unknown, place: string, level: 'attribute' | 'sub-attribute'): Attribute[] {
  if (!Array.isArray(list) || list.length === 0) {
    throw invalidValue(`${place} must be a list of at least one ${level} definition (RFC 7643 §7)`);
  }
  if (list.length > limits.definedAttributesMax) {
    throw invalidValue(`${place} has ${list.length} entries; a schema has at most ${limits.definedAttributesMax}`);
  }
  const names = new Set<string>();
  return list.map((each, index) => {
    const parsed = parseAttribute(each, `${place}[${index}]`, level);
    const lower = asciiLower(parsed.name);
    if (names.has(lower)) {
      throw invalidValue(`${place} defines ${parsed.name} twice; names differ in more than their letter case`);
    }
    names.add(lower);
    return parsed;
  });
}

function parseAttribute(raw: unknown, place: string, level: 'attribute' | 'sub-attribute'): Attribute {
  if (!isObject(raw)) throw invalidValue(`${place} must be an attribute definition, not ${kindOf(raw)}`);
  const name = nameOf(raw.name, place, level);
  const here = `the attribute ${name}`;
  const unknown = Object.keys(raw).find((key) => !members.includes(key));
  if (unknown !== undefined) {
    throw invalidValue(
      `${here} has "${shown(unknown)}", which RFC 7643 §7 does not know; it knows ${members.join(', ')}`,
    );
  }
  const type = oneOf(raw.type, types, 'string', `the type of ${here}`);
  const textual = type === 'string' || type === 'reference' || type === 'binary';
  const isExact = type === 'reference' || type === 'binary';
  const parsed = attribute(
    name,
    raw.description === undefined ? '' : textOf(raw.description, `the description of ${here}`),
    {
      type,
      multiValued: flag(raw.multiValued, false, `multiValued of ${here}`),
      required: flag(raw.required, false, `required of ${here}`),
      caseExact: textual ? flag(raw.caseExact, isExact, `caseExact of ${here}`) : false,
      mutability: oneOf(raw.mutability, mutabilities, 'readWrite', `the mutability of ${here}`),
      returned: oneOf(raw.returned, returneds, 'default', `returned of ${here}`),
      uniqueness: oneOf(raw.uniqueness, uniquenesses, 'none', `the uniqueness of ${here}`),
      ...canonicalValuesOf(raw.canonicalValues, type, here),
      ...referenceTypesOf(raw.referenceTypes, type, here),
      ...subAttributesOf(raw.subAttributes, type, level, here),
    },
  );
  assertConsistent(parsed, here);
  return parsed;
}

/** Names that every object of the language answers to are no names of attributes. */
const inherited = new Set(Object.getOwnPropertyNames(Object.prototype).map(asciiLower));

function nameOf(raw: unknown, place: string, level: 'attribute' | 'sub-attribute'): string {
  if (typeof raw !== 'string') throw invalidValue(`${place}.name must be a string, not ${kindOf(raw)}`);
  if (!isAttributeName(raw) || (raw === '$ref' && level === 'attribute') || raw.length > limits.definedNameLengthMax) {
    throw invalidValue(
      `${place}.name "${shown(raw)}" is not an attribute name: a letter, then letters, digits, "-" and "_", at most ${limits.definedNameLengthMax} in all`,
    );
  }
  const lower = asciiLower(raw);
  const isCommon = level === 'attribute' && commonAttributes.some((each) => asciiLower(each.name) === lower);
  if (isCommon || inherited.has(lower)) {
    throw invalidValue(`${place}.name "${raw}" is taken: every resource has it already. Choose another name`);
  }
  return raw;
}

function canonicalValuesOf(raw: unknown, type: AttributeType, here: string): Partial<Attribute> {
  if (raw === undefined) return {};
  const values = textsOf(raw, `canonicalValues of ${here}`);
  if (type !== 'string' && type !== 'reference') {
    throw invalidValue(`${here} is a ${type}, which has no canonicalValues; only strings and references have`);
  }
  return { canonicalValues: values, onlyCanonical: true };
}

function referenceTypesOf(raw: unknown, type: AttributeType, here: string): Partial<Attribute> {
  if (type !== 'reference') {
    if (raw === undefined) return {};
    throw invalidValue(`${here} is a ${type} and has referenceTypes; only a reference has`);
  }
  if (raw === undefined) {
    throw invalidValue(`${here} is a reference and needs referenceTypes: names of resource types, "external" or "uri"`);
  }
  return { referenceTypes: textsOf(raw, `referenceTypes of ${here}`) };
}

function subAttributesOf(
  raw: unknown,
  type: AttributeType,
  level: 'attribute' | 'sub-attribute',
  here: string,
): Partial<Attribute> {
  if (type !== 'complex') {
    if (raw === undefined) return {};
    throw invalidValue(`${here} is a ${type} and has subAttributes; only a complex attribute has`);
  }
  if (level === 'sub-attribute') {
    throw invalidValue(`${here} is a sub-attribute and cannot be complex itself (RFC 7643 §2.3.8)`);
  }
  return { subAttributes: parseList(raw, `subAttributes of ${here}`, 'sub-attribute') };
}

/** Combinations that could never be kept, each with what to write in their place. */
function assertConsistent(parsed: Attribute, here: string): void {
  const { type, mutability, returned, required, uniqueness } = parsed;
  if ((mutability === 'writeOnly') !== (returned === 'never')) {
    throw invalidValue(
      `${here} must be both writeOnly and returned never, or neither: what can be read is not writeOnly, and what nobody can read is not kept`,
    );
  }
  if (mutability === 'writeOnly' && (required || uniqueness !== 'none')) {
    throw invalidValue(`${here} is writeOnly and therefore not kept, so it can be neither required nor unique`);
  }
  if (mutability === 'readOnly' && required) {
    throw invalidValue(`${here} is readOnly, so no client could give the value that is required`);
  }
  if (uniqueness !== 'none' && (type === 'complex' || type === 'boolean')) {
    throw invalidValue(`${here} is a ${type}, which cannot be unique; make a sub-attribute or a string unique`);
  }
}

function flag(raw: unknown, otherwise: boolean, what: string): boolean {
  if (raw === undefined) return otherwise;
  if (typeof raw === 'boolean') return raw;
  throw invalidValue(`${what} must be true or false, not ${kindOf(raw)}`);
}

function oneOf<Word extends string>(raw: unknown, words: readonly Word[], otherwise: Word, what: string): Word {
  if (raw === undefined) return otherwise;
  const word = words.find((each) => each === raw);
  if (word !== undefined) return word;
  const given = typeof raw === 'string' ? `"${shown(raw)}"` : kindOf(raw);
  throw invalidValue(`${what} must be one of ${words.join(', ')}, not ${given}`);
}

/** A text of a definition, within the bound of descriptions. */
export function textOf(raw: unknown, what: string): string {
  if (typeof raw !== 'string') throw invalidValue(`${what} must be a string, not ${kindOf(raw)}`);
  if (raw.length > limits.definedTextLengthMax) {
    throw invalidValue(`${what} is longer than ${limits.definedTextLengthMax} characters`);
  }
  return raw;
}

function textsOf(raw: unknown, what: string): string[] {
  if (!Array.isArray(raw) || raw.length === 0 || raw.length > limits.definedValuesMax) {
    throw invalidValue(`${what} must be a list of 1 to ${limits.definedValuesMax} strings`);
  }
  const texts = raw.map((each, index) => textOf(each, `${what}[${index}]`));
  if (texts.includes('')) throw invalidValue(`${what} holds an empty string, which is no value`);
  if (new Set(texts).size < texts.length) throw invalidValue(`${what} names a value twice`);
  return texts;
}
