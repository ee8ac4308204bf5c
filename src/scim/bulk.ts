/**
 * The message of a bulk (RFC 7644 §3.7). What is wrong with the message refuses all of it; what is wrong with one operation
 * refuses that operation, and the others go on. How operations refer to each other is in bulk-references.ts, the order in which
 * they are carried out in bulk-order.ts.
 */

import { limits } from '../limits.ts';
import { asciiLower, equalIgnoringCase } from './ascii.ts';
import { shown } from './attribute-name.ts';
import { isObject, isUnassigned, kindOf } from './attribute-value.ts';
import { bulkIdIn, type NamedResources, namedResources } from './bulk-references.ts';
import { invalidSyntax, invalidValue, methodNotAllowed, notFound, payloadTooLarge, ScimError } from './errors.ts';
import type { Tolerances } from './quirks.ts';
import { resourceTypes } from './resource-types.ts';
import type { ResourceType } from './schema.ts';

export const bulkRequestSchema = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest';
export const bulkResponseSchema = 'urn:ietf:params:scim:api:messages:2.0:BulkResponse';

const methods = ['POST', 'PUT', 'PATCH', 'DELETE'] as const;
export type BulkMethod = (typeof methods)[number];

/** What is read of an operation, be it good or not. Its place in the message counts from 0. */
type SentOperation = { index: number; bulkId: string | undefined; data: unknown };

export type BulkOperation = SentOperation & {
  method: BulkMethod;
  /** As it was sent. */
  path: string;
  type: ResourceType;
  /** The id that the path ends with, or a reference in its place. Undefined for POST. */
  target: string | undefined;
  /** The condition of the operation, as If-Match is one of a request. */
  version: string | undefined;
  /** Of which resources the data speaks. */
  named: NamedResources;
};

/** An operation that cannot be carried out, whatever the others do. */
export type RefusedOperation = SentOperation & {
  method: string | undefined;
  path: string | undefined;
  refusal: ScimError;
};

export type BulkRequest = {
  /** After how many errors no further operation is begun; undefined for never. */
  failOnErrors: number | undefined;
  operations: readonly (BulkOperation | RefusedOperation)[];
};

export const isRefused = (operation: BulkOperation | RefusedOperation): operation is RefusedOperation =>
  'refusal' in operation;

/**
 * Reads a BulkRequest message about resources of these types. Names are matched in any letter case, and members that the RFC
 * does not know are ignored.
 *
 * @throws ScimError invalidSyntax for what is no such message, invalidValue for a wrong failOnErrors, payloadTooLarge beyond the
 *   bound of operations
 */
export function parseBulk(
  body: unknown,
  tolerances: Tolerances,
  types: readonly ResourceType[] = resourceTypes,
): BulkRequest {
  if (!isObject(body)) throw invalidSyntax(`A bulk request must be a JSON object, not ${kindOf(body)}`);
  const given = membersOf(body);
  const schemas = [given.get('schemas')].flat();
  if (!schemas.some((each) => typeof each === 'string' && equalIgnoringCase(each, bulkRequestSchema))) {
    throw invalidSyntax(`The schemas of a bulk request must name ${bulkRequestSchema}`);
  }
  const operations = given.get('operations');
  if (!Array.isArray(operations) || operations.length === 0) {
    throw invalidSyntax('Operations must be a list of at least one operation');
  }
  if (operations.length > limits.bulkOperationsMax) {
    throw payloadTooLarge(
      `The bulk has ${operations.length} operations, which exceeds the maxOperations (${limits.bulkOperationsMax})`,
    );
  }
  const failOnErrors = readFailOnErrors(given.get('failonerrors'), tolerances);
  return {
    failOnErrors,
    operations: settleBulkIds(operations.map((each, index) => readOperation(each, index, types))),
  };
}

function membersOf(object: Record<string, unknown>): Map<string, unknown> {
  return new Map(Object.entries(object).map(([key, value]) => [asciiLower(key), value]));
}

function readFailOnErrors(value: unknown, tolerances: Tolerances): number | undefined {
  if (isUnassigned(value)) return undefined;
  const count = typeof value === 'string' ? Number(value) : value;
  if (typeof count !== 'number' || !Number.isSafeInteger(count) || count < 1) {
    throw invalidValue('failOnErrors must be a whole number of at least 1; leave it out to go on whatever fails');
  }
  if (typeof value === 'string') {
    tolerances.add('number-as-string', () => invalidValue('failOnErrors must be a number and not a string'));
  }
  return count;
}

function readOperation(raw: unknown, index: number, types: readonly ResourceType[]): BulkOperation | RefusedOperation {
  const place = `Operations[${index}]`;
  if (!isObject(raw)) throw invalidSyntax(`${place} must be an object, not ${kindOf(raw)}`);
  const given = membersOf(raw);
  const [method, path, bulkId] = ['method', 'path', 'bulkid'].map((name) => textOf(given.get(name)));
  const data = given.get('data');
  const sent = { index, bulkId: within(limits.bulkIdLengthMax, bulkId), data };
  const known = methods.find((each) => method !== undefined && equalIgnoringCase(each, method));
  try {
    if (known === undefined) {
      throw invalidSyntax(`${place}.method must be POST, PUT, PATCH or DELETE${found(given.get('method'))}`);
    }
    const target = readPath(place, known, path ?? '', types);
    if (bulkId === undefined && !isUnassigned(given.get('bulkid')))
      throw invalidSyntax(`${place}.bulkId must be a string`);
    if (bulkId !== sent.bulkId) {
      throw invalidValue(`${place}.bulkId is longer than ${limits.bulkIdLengthMax} characters`);
    }
    if (known === 'POST' && bulkId === undefined)
      throw invalidSyntax(`${place}.bulkId is required to create a resource`);
    const version = given.get('version');
    if (!isUnassigned(version) && typeof version !== 'string') throw invalidSyntax(`${place}.version must be a string`);
    if (known !== 'DELETE' && isUnassigned(data)) throw invalidSyntax(`${place}.data is required for ${known}`);
    return {
      ...sent,
      ...target,
      method: known,
      path: path as string,
      version: textOf(version),
      named: namedResources({
        type: target.type,
        isPatch: known === 'PATCH',
        data: known === 'DELETE' ? undefined : data,
      }),
    };
  } catch (error) {
    if (!(error instanceof ScimError)) throw error;
    const asSent = method === undefined ? undefined : shown(method);
    return { ...sent, method: known ?? asSent, path: within(limits.bulkPathLengthMax, path), refusal: error };
  }
}

/**
 * The path leads to a resource type for POST, and else to one of its resources. It is no URL that the server would route: a
 * bulk cannot reach another endpoint than these, not even itself.
 */
function readPath(
  place: string,
  method: BulkMethod,
  path: string,
  types: readonly ResourceType[],
): Pick<BulkOperation, 'type' | 'target'> {
  if (path === '') throw invalidSyntax(`${place}.path is required and must be a string`);
  if (path.length > limits.bulkPathLengthMax) {
    throw invalidSyntax(`${place}.path is longer than ${limits.bulkPathLengthMax} characters`);
  }
  const type = types.find(({ endpoint }) => path === endpoint || path.startsWith(`${endpoint}/`));
  if (type === undefined) {
    const endpoints = types.map(({ endpoint }) => endpoint).join(' or ');
    throw notFound(`${place}.path "${shown(path)}" is none of a bulk: it must begin with ${endpoints}`);
  }
  const target = decoded(withoutEndingSlash(path.slice(type.endpoint.length + 1)));
  if ((method === 'POST') === (target === '')) return { type, target: target === '' ? undefined : target };
  throw methodNotAllowed(
    method === 'POST'
      ? `${place} creates a resource, so its path is ${type.endpoint} and not "${shown(path)}"`
      : `${place} is about one resource, so its path is ${type.endpoint} with an id, and not "${shown(path)}"`,
  );
}

const withoutEndingSlash = (text: string) => (text.endsWith('/') ? text.slice(0, -1) : text);

/** Percent-encoding is undone once. What cannot be decoded stays, and names nobody. */
function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

/**
 * Refuses creations that share a bulkId, since nobody could tell which of them a reference means, and operations with a
 * reference to what no operation creates.
 */
function settleBulkIds(
  operations: readonly (BulkOperation | RefusedOperation)[],
): readonly (BulkOperation | RefusedOperation)[] {
  const creations = new Map<string, number>();
  for (const { method, bulkId } of operations) {
    if (method === 'POST' && bulkId !== undefined) creations.set(bulkId, (creations.get(bulkId) ?? 0) + 1);
  }
  return operations.map((operation) => {
    if (isRefused(operation)) return operation;
    const { index, method, path, bulkId, data } = operation;
    const refuse = (refusal: ScimError): RefusedOperation => ({ index, method, path, bulkId, data, refusal });
    if (method === 'POST' && bulkId !== undefined && (creations.get(bulkId) ?? 0) > 1) {
      return refuse(invalidValue(`The bulkId "${shown(bulkId)}" is that of more than one POST of this bulk`));
    }
    const missing = [...neededBulkIds(operation)].find((each) => !creations.has(each));
    if (missing === undefined) return withNames(operation, creations);
    return refuse(
      invalidValue(`Operations[${index}] refers to bulkId:${shown(missing)}, and no POST of this bulk has that bulkId`),
    );
  });
}

/** What may be a reference is one where a creation has that name. */
function withNames(operation: BulkOperation, creations: ReadonlyMap<string, number>): BulkOperation {
  const { named } = operation;
  const meant = [...named.mayBe].filter((bulkId) => creations.has(bulkId));
  return meant.length === 0
    ? operation
    : { ...operation, named: { ...named, bulkIds: new Set([...named.bulkIds, ...meant]) } };
}

/** The bulkIds of the creations that an operation cannot go without: those in its data and the one in its path. */
export function neededBulkIds({ target, named }: BulkOperation): ReadonlySet<string> {
  const inPath = target === undefined ? undefined : bulkIdIn(target);
  return inPath === undefined ? named.bulkIds : new Set([inPath, ...named.bulkIds]);
}

/** Undefined for what is no text, and for an empty one, which is no value (RFC 7643 §2.5). */
const textOf = (value: unknown) => (typeof value === 'string' && value !== '' ? value : undefined);

const within = (length: number, text: string | undefined) =>
  text === undefined || text.length > length ? undefined : text;

const found = (value: unknown) =>
  typeof value === 'string' ? `, not "${shown(value)}"` : value === undefined ? '' : `, not ${kindOf(value)}`;
