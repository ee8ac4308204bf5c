import { isHandedOver } from '../organization/disconnecting.ts';
import type { ResourceOrigin } from '../organization/lifecycle.ts';
import type { IndexedValue } from '../scim/indexed-values.ts';
import type { Resource } from '../scim/schema.ts';
import type { OrgTransaction } from './organization-transaction.ts';

export type LockedResource = {
  id: string;
  version: number;
  createdAt: Date;
  updatedAt: Date;
  scim: Resource;
  origin: ResourceOrigin;
  connectionId: string | undefined;
};

/** Reads a resource under a lock that lasts to the end of the transaction. */
export async function lockResource(tx: OrgTransaction, type: string, id: string): Promise<LockedResource | undefined> {
  const { rows } = await tx.query<{
    id: string;
    version: string;
    created_at: Date;
    updated_at: Date;
    scim: Resource;
    origin: ResourceOrigin;
    connection_id: string | null;
  }>({
    name: 'resource-lock',
    text: `select r.id, r.version, r.created_at, r.updated_at, r.scim, r.origin, r.connection_id from resources r
      where r.org_id = $1 and r.resource_type = $2 and r.id = $3 and r.deleted_at is null for no key update`,
    values: [tx.orgId, type, id],
  });
  const row = rows[0];
  return row === undefined
    ? undefined
    : {
        id: row.id,
        version: Number(row.version),
        createdAt: row.created_at,
        updatedAt: row.updated_at,
        scim: row.scim,
        origin: row.origin,
        connectionId: row.connection_id ?? undefined,
      };
}

/**
 * Finds and locks the resource of a type that has one of these values that are to be unique, and that was handed over, while no
 * provider has taken it over yet. Undefined also where the values are those of several.
 */
export async function lockHandedOver(
  tx: OrgTransaction,
  type: string,
  values: readonly IndexedValue[],
): Promise<LockedResource | undefined> {
  const unique = values.filter(({ scope }) => scope !== undefined);
  if (unique.length === 0) return undefined;
  const { rows } = await tx.query<{ id: string }>({
    text: `select r.id from resources r
      where r.org_id = $1 and r.resource_type = $2 and r.deleted_at is null and r.connection_id is null and r.origin <> 'local'
        and r.id in (select a.resource_id from unnest($3::text[], $4::text[], $5::text[]) as v (attribute, unique_in, key)
          join attribute_values a on a.org_id = $1 and a.attribute = v.attribute and a.unique_in = v.unique_in and a.value_key = v.key)
      limit 2`,
    values: [
      tx.orgId,
      type,
      unique.map(({ attribute }) => attribute),
      unique.map(({ scope }) => scope),
      unique.map(({ key }) => key),
    ],
  });
  const [found, another] = rows;
  if (found === undefined || another !== undefined) return undefined;
  const resource = await lockResource(tx, type, found.id);
  // Somebody else may have taken it over in between.
  return resource !== undefined && isHandedOver(resource) ? resource : undefined;
}

/** What is stored of a resource. */
export type WrittenResource = {
  type: string;
  id: string;
  /** Undefined for a resource of no provider. */
  connectionId: string | undefined;
  scim: Resource;
  version: number;
  now: Date;
};

/** Whoever writes it has it from then on. */
const originOf = `case when $4::uuid is null then 'local' else 'provisioned' end`;

export function insertResource(tx: OrgTransaction, resource: WrittenResource): void {
  tx.send({
    name: 'resource-insert',
    text: `insert into resources (org_id, resource_type, id, connection_id, scim, external_id, version, created_at, updated_at, origin)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $8, ${originOf})`,
    values: valuesOf(tx, resource),
  });
}

export function updateResource(tx: OrgTransaction, resource: WrittenResource): void {
  tx.send({
    name: 'resource-update',
    text: `update resources set connection_id = $4, scim = $5, external_id = $6, version = $7, updated_at = $8, origin = ${originOf}
      where org_id = $1 and resource_type = $2 and id = $3`,
    values: valuesOf(tx, resource),
  });
}

/** Keeps the row as a tombstone: what is unique of it may be used again, its id never is. */
export function markResourceDeleted(tx: OrgTransaction, type: string, id: string, now: Date): void {
  tx.send({
    name: 'resource-delete',
    text: `update resources set version = version + 1, updated_at = $4, deleted_at = $4
      where org_id = $1 and resource_type = $2 and id = $3`,
    values: [tx.orgId, type, id, now],
  });
}

/** Deletes all resources of a type. Returns how many there were. */
export async function markAllDeleted(tx: OrgTransaction, type: string, now: Date): Promise<number> {
  const { rowCount } = await tx.query({
    text: `update resources set version = version + 1, updated_at = $3, deleted_at = $3
      where org_id = $1 and resource_type = $2 and deleted_at is null`,
    values: [tx.orgId, type, now],
  });
  return rowCount ?? 0;
}

function valuesOf(
  { orgId }: OrgTransaction,
  { type, id, connectionId, scim, version, now }: WrittenResource,
): unknown[] {
  return [orgId, type, id, connectionId, JSON.stringify(scim), scim.externalId, version, now];
}
