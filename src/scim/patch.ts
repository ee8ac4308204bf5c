/**
 * PATCH (RFC 7644 §3.5.2): the message, and its meaning for one resource. Operations are applied in order to a copy; an
 * error leaves the caller with what it had. How one path changes its attribute is in patch-target.ts.
 */

import { isDeepStrictEqual } from 'node:util';
import { limits } from '../limits.ts';
import { asciiLower, equalIgnoringCase } from './ascii.ts';
import { shown } from './attribute-name.ts';
import { type AttributePath, noteSpelling, parseAttributePath, printAttributePath } from './attribute-path.ts';
import { assertKey, elementsOf, isObject, isUnassigned, kindOf, own, valueNamed } from './attribute-value.ts';
import { canonicalResource, mendNames } from './canonical-resource.ts';
import { invalidPath, invalidSyntax, invalidValue, mutability, noTarget, payloadTooLarge } from './errors.ts';
import { assertImmutable } from './immutable.ts';
import { changeAttribute } from './patch-target.ts';
import { type Patching, withoutParts } from './patch-value.ts';
import { costOfPath, costOfValue, type PatchWork, patchWork, spend } from './patch-work.ts';
import type { Tolerance, Tolerances } from './quirks.ts';
import { attribute, findExtension, opaqueAttribute, type Resource, type ResourceType } from './schema.ts';
import { assertRequired } from './validate.ts';

/** RFC 7644 §3.5.2. */
export const patchSchema = 'urn:ietf:params:scim:api:messages:2.0:PatchOp';

export type PatchOperation = {
  op: 'add' | 'remove' | 'replace';
  /** Undefined when the operation is about the whole resource. */
  path: string | undefined;
  /** Undefined when the operation carries none, which a remove need not. */
  value: unknown;
};

export type Patched = { resource: Resource; changed: boolean; tolerances: Tolerance[] };

/**
 * Reads a PatchOp message. Throws invalidSyntax for what is none, and payloadTooLarge beyond the bound of operations. Members of
 * the message and of operations that the RFC does not know are ignored (quirk E42).
 */
export function parsePatch(body: unknown, tolerances: Tolerances = new Set()): PatchOperation[] {
  if (!isObject(body)) throw invalidSyntax(`The body must be a PatchOp message as a JSON object, not ${kindOf(body)}`);
  assertPatchSchema(valueNamed(body, 'schemas'), tolerances);
  const operations = valueNamed(body, 'operations');
  if (!Array.isArray(operations)) throw invalidSyntax('Operations must be a list of PATCH operations');
  if (operations.length > limits.patchOperationsMax) {
    throw payloadTooLarge(
      `A PATCH holds at most ${limits.patchOperationsMax} operations, this one ${operations.length}`,
    );
  }
  if (operations.length === 0) {
    tolerances.add('patch-without-operations', () =>
      invalidSyntax('Operations must hold at least one PATCH operation'),
    );
  }
  return operations.map((each, index) => readOperation(each, `Operations[${index}]`, tolerances));
}

/**
 * Applies the operations to a resource in canonical form, which stays untouched. `changed` is false when the outcome equals it,
 * in whatever way the operations got there. `id` is that of the resource.
 */
export function applyPatch(
  type: ResourceType,
  current: Resource,
  operations: readonly PatchOperation[],
  tolerances: Tolerances = new Set(),
  work: PatchWork = patchWork(),
  id?: string,
): Patched {
  const resource = structuredClone(current);
  mendNames(type, resource);
  const patching: ResourcePatching = {
    type,
    resource,
    id,
    tolerances,
    work,
    texts: new WeakMap(),
    identities: new WeakMap(),
  };
  for (const operation of operations) applyOperation(patching, operation);
  const outcome = canonicalResource(type, resource, { readOnly: 'keep', tolerances: new Set() });
  assertRequired(type, outcome);
  assertImmutable(type, current, outcome);
  // A user is active or not; taking the answer away leaves it as it was, rather than letting somebody in.
  if (type.kind === 'User' && outcome.active === undefined) outcome.active = current.active ?? true;
  return { resource: outcome, changed: !isDeepStrictEqual(outcome, current), tolerances: [...tolerances] };
}

type ResourcePatching = Patching & { type: ResourceType; resource: Resource; id: string | undefined };

function assertPatchSchema(schemas: unknown, tolerances: Tolerances): void {
  if (isUnassigned(schemas)) {
    tolerances.add('patch-without-schemas', () => invalidSyntax(`The schemas of a PATCH must name ${patchSchema}`));
    return;
  }
  const list: unknown[] = Array.isArray(schemas) ? schemas : [schemas];
  if (!list.some((each) => typeof each === 'string' && equalIgnoringCase(each, patchSchema))) {
    throw invalidSyntax(`The schemas of a PATCH must name ${patchSchema}`);
  }
}

function readOperation(raw: unknown, place: string, tolerances: Tolerances): PatchOperation {
  if (!isObject(raw)) throw invalidSyntax(`${place} must be an object, not ${kindOf(raw)}`);
  const named = valueNamed(raw, 'op');
  if (typeof named !== 'string') throw invalidSyntax(`${place}.op must be add, remove or replace`);
  const op = asciiLower(named);
  if (op !== 'add' && op !== 'remove' && op !== 'replace') {
    throw invalidSyntax(`${place}.op must be add, remove or replace, not "${shown(named)}"`);
  }
  if (op !== named) {
    tolerances.add('op-case', () => invalidSyntax(`${place}.op must be "${op}" in lower case, not "${shown(named)}"`));
  }
  const path = valueNamed(raw, 'path');
  if (!isUnassigned(path) && typeof path !== 'string') throw invalidSyntax(`${place}.path must be a string`);
  const hasPath = typeof path === 'string' && path !== '';
  if (op === 'remove' && !hasPath) throw noTarget(`${place} removes, and names no path to remove`);
  const value = valueNamed(raw, 'value');
  if (op !== 'remove' && value === undefined) throw invalidValue(`${place} must have a value to ${op}`);
  return { op, path: hasPath ? path : undefined, value };
}

function applyOperation(patching: ResourcePatching, operation: PatchOperation): void {
  spend(patching.work, costOfValue(operation.value));
  if (operation.path !== undefined) {
    const path = parsePath(patching, operation.path, operation.value);
    applyAt(patching, path, operation, 'explicit');
    return;
  }
  if (operation.op === 'remove') throw noTarget('A remove names no path to remove');
  if (!isObject(operation.value)) {
    throw invalidValue(`A PATCH operation without path needs an object as its value, not ${kindOf(operation.value)}`);
  }
  applyObject(patching, operation.value, operation.op, '');
}

/** A value without path names attributes by keys: plain, dotted, qualified by a URN, or the URN of an object (quirk E23). */
function applyObject(
  patching: ResourcePatching,
  value: Resource,
  op: 'add' | 'replace',
  prefix: string,
  named: Set<string> = new Set(),
): void {
  for (const [key, each] of Object.entries(value)) {
    const text = prefix + key;
    const path = parsePath(patching, text, each);
    noteSpelling(path, key, patching.tolerances, invalidPath);
    if (path.attribute !== undefined) {
      const printed = printAttributePath(path);
      const name = path.filter === undefined ? asciiLower(printed) : printed;
      if (named.has(name))
        throw invalidValue(`The value names ${shown(printed)} more than once, also as ${shown(key)}`);
      named.add(name);
    }
    applyAt(patching, path, { op, path: text, value: each }, 'implied', named);
  }
}

/**
 * A read-only attribute that a path names is refused; one that only came along in a value is left out (quirks OK2, A5).
 * `schemas` is computed from the content, and a password is discarded, either way.
 */
function applyAt(
  patching: ResourcePatching,
  path: AttributePath,
  operation: PatchOperation,
  naming: 'explicit' | 'implied',
  named?: Set<string>,
): void {
  const { attribute, subAttribute, extension } = path;
  if (naming === 'explicit' && !isDescribed(patching.type, path)) {
    patching.tolerances.add('unknown-path', () =>
      invalidPath(`${shown(operation.path ?? '')} is not an attribute of ${patching.type.name}`),
    );
  }
  if (attribute === undefined) {
    applyToSchema(patching, extension, operation, named);
    return;
  }
  if (attribute.name === 'schemas' && extension === undefined) {
    if (naming === 'implied') patching.tolerances.add('read-only-ignored');
    else assertSchemasStay(patching, operation);
    return;
  }
  if (attribute.mutability === 'readOnly' || subAttribute?.mutability === 'readOnly') {
    const refusal = () => mutability(`${printAttributePath(path)} is read-only`);
    if (naming === 'explicit') throw refusal();
    // Okta says with the name of a group which group it is (okta-wire.md §10.2, quirks OK2, A5): that changes nothing.
    const isOwnId = attribute.name === 'id' && extension === undefined && operation.value === patching.id;
    if (isOwnId) patching.tolerances.add('read-only-ignored');
    else patching.tolerances.add('read-only-in-patch', refusal);
    return;
  }
  if (attribute.mutability === 'writeOnly' || subAttribute?.mutability === 'writeOnly') {
    patching.tolerances.add('password-discarded');
    return;
  }
  const holder = holderOf(patching.resource, extension, operation.op !== 'remove');
  if (holder === undefined) return;
  if (attribute.opaque === true) spend(patching.work, Object.keys(holder).length / 8);
  changeAttribute(holder, path, operation, patching);
  if (extension !== undefined && Object.keys(holder).length === 0) delete patching.resource[extension];
  if (attribute.required && !Object.hasOwn(holder, attribute.name)) {
    throw mutability(`${attribute.name} is required and cannot be removed`);
  }
}

/**
 * `schemas` follows from the content. A client may say which schemas it is going to use (RFC 7644 §3.5.2); what is none of the
 * type, or takes one away, changes nothing. A resource always has it: to remove it is to remove what is required (RFC 7643 §3, RFC
 * 7644 §3.5.2.2).
 */
function assertSchemasStay({ type, resource, tolerances }: ResourcePatching, { op, value }: PatchOperation): void {
  const refusal = () => mutability('schemas follows from the attributes of the resource and cannot be changed');
  if (op === 'remove') throw refusal();
  const held = [resource.schemas ?? []].flat().map((urn) => asciiLower(String(urn)));
  const known = new Set([...held, ...[type, ...type.extensions].map(({ schema }) => asciiLower(schema.id))]);
  const given = new Set(elementsOf(value).map((each) => (typeof each === 'string' ? asciiLower(each) : '')));
  const isKept = op === 'add' || held.every((urn) => given.has(urn));
  if (isKept && [...given].every((urn) => known.has(urn))) tolerances.add('read-only-ignored');
  else tolerances.add('read-only-in-patch', refusal);
}

/** Whether the schemas say what the path names. */
function isDescribed(type: ResourceType, { attribute, subAttribute, extension }: AttributePath): boolean {
  if (extension !== undefined && findExtension(type, extension) === undefined) return false;
  return attribute?.opaque !== true && subAttribute?.opaque !== true;
}

/** The path is the URN of a schema: its attributes together. */
function applyToSchema(
  patching: ResourcePatching,
  extension: string | undefined,
  operation: PatchOperation,
  named?: Set<string>,
): void {
  if (extension === undefined && operation.op === 'remove') throw mutability('A resource cannot lose its core schema');
  if (extension !== undefined && isUnassigned(operation.value)) {
    delete patching.resource[extension];
    return;
  }
  if (!isObject(operation.value)) {
    const name = extension ?? patching.type.schema.id;
    throw invalidValue(`${shown(name)} needs an object as its value, not ${kindOf(operation.value)}`);
  }
  const { op, value } = operation;
  if (op === 'remove') {
    removeParts(patching, extension as string, value);
    return;
  }
  if (extension === undefined) {
    applyObject(patching, value, op, '', named);
    return;
  }
  const holder = holderOf(patching.resource, extension, true) as Resource;
  if (findExtension(patching.type, extension) === undefined) {
    spend(patching.work, (Object.keys(holder).length + Object.keys(value).length) / 8);
    mergeOpaque(holder, value, extension);
  } else {
    applyObject(patching, value, op, `${extension}:`, named);
  }
  if (Object.keys(holder).length === 0) delete patching.resource[extension];
}

/** A remove that carries values takes those of the extension, as of a complex attribute (E62). */
function removeParts(patching: ResourcePatching, extension: string, value: Resource): void {
  const held = holderOf(patching.resource, extension, false);
  if (held === undefined) return;
  const schema = findExtension(patching.type, extension);
  const whole =
    schema === undefined
      ? opaqueAttribute(extension)
      : attribute(extension, '', { type: 'complex', subAttributes: schema.attributes });
  spend(patching.work, Object.keys(held).length / 8);
  const left = withoutParts(held, whole, value, patching, extension);
  if (left === undefined || Object.keys(left).length === 0) delete patching.resource[extension];
  else patching.resource[extension] = left;
}

/** What an unregistered extension holds is not ours to read: its keys are keys, not paths. */
function mergeOpaque(holder: Resource, value: Resource, urn: string): void {
  const heldKeys = new Map(Object.keys(holder).map((name) => [asciiLower(name), name]));
  for (const [key, each] of Object.entries(value)) {
    assertKey(key, urn);
    const held = heldKeys.get(asciiLower(key)) ?? key;
    if (isUnassigned(each)) delete holder[held];
    else holder[held] = each;
  }
}

function holderOf(resource: Resource, extension: string | undefined, create: boolean): Resource | undefined {
  if (extension === undefined) return resource;
  const held = own(resource, extension);
  if (isObject(held)) return held;
  if (!create) return undefined;
  const holder: Resource = {};
  resource[extension] = holder;
  return holder;
}

function parsePath(patching: ResourcePatching, text: string, value: unknown): AttributePath {
  const keys = Object.keys(patching.resource);
  spend(patching.work, costOfPath(text) + keys.length / 8);
  const heldUrns = keys.filter((key) => key.includes(':'));
  return parseAttributePath(text, patching.type, {
    heldUrns,
    valueIsObject: isObject(value),
    tolerances: patching.tolerances,
  });
}
