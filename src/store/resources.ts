import type { Database } from './database.ts';
import type { ResourceRow, StoredResource } from './members.ts';
import { storedResource } from './members.ts';
import { type OrgTransaction, queryOrganization } from './organization-transaction.ts';

/** A resource of a type that is neither User nor Group, by id. */
export async function findResource(
  db: Database,
  orgId: string,
  type: string,
  id: string,
): Promise<StoredResource | undefined> {
  const [row] = await queryOrganization<ResourceRow>(db, orgId, {
    name: 'resource-by-id',
    text: `select ${resourceColumns('null')} from resources r
      where r.org_id = $1 and r.resource_type = $2 and r.id = $3 and r.deleted_at is null`,
    values: [orgId, type, id],
  });
  return row === undefined ? undefined : storedResource(row);
}

export const resourceColumns = (derived: string) =>
  `r.id, r.version, r.created_at, r.updated_at, r.scim::text as scim, ${derived} as derived`;

/** Names a resource: `type` is the name of its resource type, `id` a UUID. */
export type ResourceName = { type: string; id: string };

/** Those of the named resources that are there. They are not locked: a reference may outlive what it names. */
export async function findExisting(tx: OrgTransaction, names: readonly ResourceName[]): Promise<ResourceName[]> {
  const { rows } = await tx.query<{ type: string; id: string }>({
    name: 'resources-existing',
    text: `select 'User' as type, m.id from members m where m.org_id = $1 and m.id = any ($2::uuid[]) and m.deleted_at is null
      union all
      select 'Group', t.id from teams t where t.org_id = $1 and t.id = any ($3::uuid[]) and t.deleted_at is null
      union all
      select r.resource_type, r.id from resources r
       where r.org_id = $1 and r.resource_type = any ($4::text[]) and r.id = any ($5::uuid[]) and r.deleted_at is null`,
    values: [
      tx.orgId,
      names.filter(({ type }) => type === 'User').map(({ id }) => id),
      names.filter(({ type }) => type === 'Group').map(({ id }) => id),
      names.map(({ type }) => type),
      names.map(({ id }) => id),
    ],
  });
  return rows;
}

/** Those of the resource types that have any resource. */
export async function findUsedTypes(tx: OrgTransaction, types: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ type: string }>({
    name: 'resource-types-used',
    text: `select x.type from unnest($2::text[]) as x (type)
      where exists (select from resources r where r.org_id = $1 and r.resource_type = x.type and r.deleted_at is null)`,
    values: [tx.orgId, types],
  });
  return rows.map(({ type }) => type);
}
