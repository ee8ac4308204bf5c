import type { Resource } from '../scim/schema.ts';
import type { OrgTransaction } from './organization-transaction.ts';

export type LockedResource = { id: string; version: number; createdAt: Date; updatedAt: Date; scim: Resource };

/** Reads a resource under a lock that lasts to the end of the transaction. */
export async function lockResource(tx: OrgTransaction, type: string, id: string): Promise<LockedResource | undefined> {
  const { rows } = await tx.query<{
    id: string;
    version: string;
    created_at: Date;
    updated_at: Date;
    scim: Resource;
  }>({
    name: 'resource-lock',
    text: `select r.id, r.version, r.created_at, r.updated_at, r.scim from resources r
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
      };
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

export function insertResource(tx: OrgTransaction, resource: WrittenResource): void {
  tx.send({
    name: 'resource-insert',
    text: `insert into resources (org_id, resource_type, id, connection_id, scim, external_id, version, created_at, updated_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $8)`,
    values: valuesOf(tx, resource),
  });
}

export function updateResource(tx: OrgTransaction, resource: WrittenResource): void {
  tx.send({
    name: 'resource-update',
    text: `update resources set connection_id = $4, scim = $5, external_id = $6, version = $7, updated_at = $8
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
