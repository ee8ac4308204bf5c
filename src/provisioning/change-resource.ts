import type { FeedEventBody, ResourceRef } from '../events/feed.ts';
import { limits } from '../limits.ts';
import { isHandedOver } from '../organization/disconnecting.ts';
import { shown } from '../scim/attribute-name.ts';
import { invalidValue, notFound, preconditionFailed, type ScimError, uniqueness } from '../scim/errors.ts';
import { keepImmutable } from '../scim/immutable.ts';
import { indexedValues } from '../scim/indexed-values.ts';
import { applyPatch, parsePatch } from '../scim/patch.ts';
import type { Resource, ResourceType } from '../scim/schema.ts';
import { oktaEntitlementSchema } from '../scim/schemas/okta-entitlement.ts';
import { oktaRoleSchema } from '../scim/schemas/okta-role.ts';
import { assertRequired, validateResource } from '../scim/validate.ts';
import { deleteValuesOf } from '../store/attribute-value-writing.ts';
import type { StoredResource } from '../store/members.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import {
  insertResource,
  type LockedResource,
  lockHandedOver,
  lockResource,
  markResourceDeleted,
  updateResource,
} from '../store/resource-writing.ts';
import { otherVersion } from './change-member.ts';
import { changedAttributes } from './changed-attributes.ts';
import { commitChange, type Outcome, type PreparedChange } from './commit-change.ts';
import { assertReferences, writeDefinedAttributes } from './defined-attributes.ts';
import type { ProvisioningRequest } from './provisioning-request.ts';
import { valueConflict } from './value-conflict.ts';

/**
 * Creates a resource of a type that is neither User nor Group from the body of a POST (RFC 7644 §3.3), or takes over the one that the
 * provider before handed over and that has a value that must be unique.
 *
 * @throws ScimError invalidValue, or uniqueness if a unique value is taken
 */
export async function createResource(
  request: ProvisioningRequest,
  type: ResourceType,
  body: unknown,
): Promise<StoredResource> {
  const { work, onConflict } = resourceCreation(request, type, body);
  return await commitChange(request, work, onConflict);
}

/** The same, to be carried out together with other changes. */
export function resourceCreation(
  request: ProvisioningRequest,
  type: ResourceType,
  body: unknown,
): PreparedChange<StoredResource> {
  const { tolerances } = request.record;
  const { resource } = validateResource(type, body, { operation: 'create', tolerances });
  completeGrant(type, resource);
  const { connectionId, now } = request;
  const id = request.newId();
  request.record.resourceId = id;
  const change = { type, id, before: undefined, after: resource };
  return {
    request,
    work: async (tx, { meetsNobody = true }) => {
      const known = meetsNobody ? undefined : await lockHandedOver(tx, type.name, indexedValues(type, resource));
      if (known !== undefined) {
        request.record.resourceId = known.id;
        return await writeChanged(tx, request, type, known, keepImmutable(type, known.scim, { ...resource }));
      }
      await assertReferences(tx, request, change);
      insertResource(tx, { type: type.name, id, connectionId, scim: resource, version: 1, now });
      const definitions = writeDefinedAttributes(tx, request, change);
      const { schemas: _, ...attributes } = resource;
      const event: FeedEventBody = {
        kind: 'resource.created',
        data: { resource: refOf(type, id, resource), attributes },
      };
      return {
        result: stored({ id, version: 1, createdAt: now, updatedAt: now, scim: resource }),
        definitions,
        events: [event],
      };
    },
    onConflict: (constraint) => conflict(type, resource, constraint),
  };
}

/**
 * Replaces a resource by the body of a PUT (RFC 7644 §3.5.1).
 *
 * @throws ScimError notFound, preconditionFailed, invalidValue, mutability or uniqueness
 */
export async function replaceResource(
  request: ProvisioningRequest,
  type: ResourceType,
  id: string,
  body: unknown,
): Promise<StoredResource> {
  const { tolerances } = request.record;
  return await changeResource(request, type, id, (previous) =>
    validateResource(type, body, { operation: 'replace', previous, tolerances }),
  );
}

/**
 * Applies the body of a PATCH (RFC 7644 §3.5.2).
 *
 * @throws ScimError notFound, preconditionFailed, uniqueness, or what PATCH refuses
 */
export async function patchResource(
  request: ProvisioningRequest,
  type: ResourceType,
  id: string,
  body: unknown,
): Promise<StoredResource> {
  const { tolerances } = request.record;
  const operations = parsePatch(body, tolerances);
  return await changeResource(request, type, id, (previous) =>
    applyPatch(type, previous, operations, tolerances, undefined, id),
  );
}

/**
 * Removes a resource (RFC 7644 §3.6). What refers to it stays as it is.
 *
 * @throws ScimError notFound, preconditionFailed
 */
export async function deleteResource(request: ProvisioningRequest, type: ResourceType, id: string): Promise<void> {
  request.record.resourceId = id;
  await commitChange(
    request,
    async (tx) => {
      const resource = await lockResource(tx, type.name, id);
      if (resource === undefined) throw notFound(noSuchResource(type, id));
      if (request.isExpectedVersion?.(resource.version) === false) {
        throw preconditionFailed(otherVersion(resource.version));
      }
      markResourceDeleted(tx, type.name, id, request.now);
      deleteValuesOf(tx, type.name, id);
      const { schemas: _, ...attributes } = resource.scim;
      const data = { resource: refOf(type, id, resource.scim), attributes };
      return { result: undefined, events: [{ kind: 'resource.removed', data }] };
    },
    (constraint) => new Error(`deleting a resource violated ${constraint}`),
  );
}

export const noSuchResource = ({ name }: ResourceType, id: string) =>
  `There is no ${name} ${shown(id)} in this organization`;

async function changeResource(
  request: ProvisioningRequest,
  type: ResourceType,
  id: string,
  change: (previous: Resource) => { resource: Resource },
): Promise<StoredResource> {
  request.record.resourceId = id;
  let after: Resource = {};
  return await commitChange(
    request,
    async (tx) => {
      const held = await lockResource(tx, type.name, id);
      if (held === undefined) throw notFound(noSuchResource(type, id));
      if (request.isExpectedVersion?.(held.version) === false) throw preconditionFailed(otherVersion(held.version));
      after = change(held.scim).resource;
      completeGrant(type, after);
      assertRequired(type, after);
      return await writeChanged(tx, request, type, held, after);
    },
    (constraint) => conflict(type, after, constraint),
  );
}

/** Stores what a locked resource is from now on. It is the provider's who asks, also where nothing of it differs. */
async function writeChanged(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  type: ResourceType,
  held: LockedResource,
  after: Resource,
): Promise<Outcome<StoredResource>> {
  const { connectionId, now } = request;
  const { id, origin } = held;
  const changed = changedAttributes(held.scim, after);
  const isTakenOver = connectionId !== undefined && (origin === 'local' || isHandedOver(held));
  const isChanged = Object.keys(changed).length > 0;
  if (!isChanged && !isTakenOver) return { result: stored(held), events: [] };
  const defined = { type, id, before: held.scim, after };
  await assertReferences(tx, request, defined);
  const version = held.version + 1;
  updateResource(tx, { type: type.name, id, connectionId, scim: after, version, now });
  const definitions = writeDefinedAttributes(tx, request, defined);
  const resource = refOf(type, id, after);
  const events: FeedEventBody[] = [
    ...(isTakenOver
      ? [{ kind: 'resource.linked' as const, data: { resource, before: origin, after: 'provisioned' } }]
      : []),
    ...(isChanged ? [{ kind: 'resource.updated' as const, data: { resource, changed } }] : []),
  ];
  return { result: stored({ ...held, version, updatedAt: now, scim: after }), definitions, events };
}

/** What Okta reads of roles and entitlements beyond their schemas (okta-wire.md §14). */
function completeGrant({ name, schema }: ResourceType, resource: Resource): void {
  if (schema.id === oktaEntitlementSchema.id) resource.type = name;
  else if (schema.id !== oktaRoleSchema.id) return;
  const { description } = resource;
  if (typeof description === 'string' && description.length > limits.grantDescriptionLengthMax) {
    throw invalidValue(`description is longer than ${limits.grantDescriptionLengthMax} characters`);
  }
}

/** How events name a resource. */
export function refOf(
  type: Pick<ResourceType, 'name'>,
  id: string,
  { externalId, displayName }: Resource,
): ResourceRef {
  return {
    resourceType: type.name,
    id,
    ...(typeof displayName === 'string' ? { displayName } : {}),
    ...(typeof externalId === 'string' ? { externalId } : {}),
  };
}

/** The refusal for a value that must be unique and is taken. */
function conflict(type: ResourceType, resource: Resource, constraint: string): ScimError {
  return constraint === 'resources_external_id'
    ? uniqueness(`externalId "${resource.externalId}" already belongs to another ${type.name} of this organization`)
    : valueConflict(type, resource);
}

const stored = (resource: Omit<StoredResource, 'scim' | 'derived'> & { scim: Resource }): StoredResource => ({
  id: resource.id,
  version: resource.version,
  createdAt: resource.createdAt,
  updatedAt: resource.updatedAt,
  scim: JSON.stringify(resource.scim),
  derived: undefined,
});
