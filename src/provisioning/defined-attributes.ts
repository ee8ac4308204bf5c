import { isDeepStrictEqual } from 'node:util';
import { invalidValue } from '../scim/errors.ts';
import { hasIndexedValues, indexedValues } from '../scim/indexed-values.ts';
import { newReferences } from '../scim/references.ts';
import type { Resource, ResourceType } from '../scim/schema.ts';
import { replaceAttributeValues } from '../store/attribute-value-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { findExisting, findUsedTypes, type ResourceName } from '../store/resources.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';

/** What a change does to a resource; `before` is undefined for a new one. */
export type DefinedChange = { type: ResourceType; id: string; before: Resource | undefined; after: Resource };

/**
 * Holds that what a resource newly refers to is there. It asks the database only if there is something to ask.
 *
 * @throws ScimError invalidValue, naming the value
 */
export async function assertReferences(
  tx: OrgTransaction,
  { types, organization, baseUrl, createdTogether = [] }: ProvisioningRequest,
  { type, before, after }: Pick<DefinedChange, 'type' | 'before' | 'after'>,
): Promise<void> {
  const references = newReferences(types, type, { ...organization, baseUrl }, before, after);
  if (references.length === 0) return;
  const isCreated = (target: ResourceName) =>
    createdTogether.some(({ type: name, id }) => name === target.type && id === target.id);
  const targets = references.flatMap((each) => each.targets).filter((each) => !isCreated(each));
  const optional = new Set(references.filter((each) => each.onlyIfUsed).flatMap((each) => each.types));
  const [existing, used] = await Promise.all([
    targets.length === 0 ? Promise.resolve([]) : findExisting(tx, targets),
    optional.size === 0 ? Promise.resolve([]) : findUsedTypes(tx, [...optional]),
  ]);
  const isThere = (target: ResourceName) =>
    isCreated(target) || existing.some(({ type: name, id }) => name === target.type && id === target.id);
  for (const { place, value, targets: possible, types: named, onlyIfUsed } of references) {
    if (onlyIfUsed && !named.some((each) => used.includes(each))) continue;
    if (possible.some(isThere)) continue;
    throw invalidValue(
      `${place} "${value}" names no ${named.join(' or ')} of this organization. Use the id of one that exists, or create it first`,
    );
  }
}

/**
 * Writes the values by which a resource is found and on which uniqueness is kept. It belongs behind the writing of the
 * resource, and sends nothing for resources that no definition could be about.
 *
 * @returns the version of the definitions that the change was checked against, if any could be about it: what the outcome of
 *   a change says, so that it is committed under these definitions only
 */
export function writeDefinedAttributes(
  tx: OrgTransaction,
  { types }: Pick<ProvisioningRequest, 'types'>,
  { type, id, before, after }: DefinedChange,
): number | undefined {
  if (hasIndexedValues(type)) {
    const held = before === undefined ? [] : indexedValues(type, before);
    const values = indexedValues(type, after);
    if (!isDeepStrictEqual(held, values)) {
      replaceAttributeValues(tx, { type, id, isNew: before === undefined }, values);
    }
  }
  return dependsOnDefinitions(type, after) ? types.version : undefined;
}

/** A built-in type without extensions that were defined, and without any that may be, is the same under all definitions. */
function dependsOnDefinitions(type: ResourceType, resource: Resource): boolean {
  if (type.kind === 'Custom' || hasIndexedValues(type)) return true;
  return Object.keys(resource).some((key) => key.includes(':') && !isBuiltIn(type, key));
}

const isBuiltIn = (type: ResourceType, urn: string) => type.extensions.some(({ schema }) => schema.id === urn);
