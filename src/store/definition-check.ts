import type { Resource, ResourceType } from '../scim/schema.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** A stored resource as a changed definition is held against it. `name` is what people know it by. */
export type CheckedResource = { id: string; name: string; scim: Resource };

/**
 * The live resources of a type that have anything under an extension's URN, or all of a type if none is given, in the order of
 * their ids behind `after`.
 */
export async function readResourcesOf(
  tx: OrgTransaction,
  { name, kind }: ResourceType,
  page: { urn: string | undefined; after: string | undefined; limit: number },
): Promise<CheckedResource[]> {
  const { table, label, own } = sources[kind];
  const { rows } = await tx.query<CheckedResource>({
    text: `select x.id, coalesce(${label}, x.id::text) as name, x.scim from ${table} x
      where x.org_id = $1 and x.deleted_at is null and ${own} and ($3::text is null or x.scim -> $3::text is not null)
        and ($4::uuid is null or x.id > $4)
      order by x.id limit $5`,
    values: [tx.orgId, name, page.urn, page.after, page.limit],
  });
  return rows;
}

/** How many live resources of a type have something, or nothing, under an extension's URN, and the names of the first of them. */
export async function countResources(
  tx: OrgTransaction,
  { name, kind }: ResourceType,
  { urn, has, examples }: { urn: string | undefined; has: boolean; examples: number },
): Promise<{ count: number; names: string[] }> {
  const { table, label, own } = sources[kind];
  const { rows } = await tx.query<{ count: string; names: string[] | null }>({
    text: `select count(*) as count, (array_agg(coalesce(${label}, x.id::text) order by x.id))[1:$5] as names from ${table} x
      where x.org_id = $1 and x.deleted_at is null and ${own} and ($3::text is null or (x.scim -> $3::text is not null) = $4)`,
    values: [tx.orgId, name, urn, has, examples],
  });
  return { count: Number(rows[0]?.count ?? 0), names: rows[0]?.names ?? [] };
}

/** Every statement names the type, which tells resources of different types apart in the one table that holds several. */
const sources = {
  User: { table: 'members', label: 'x.user_name', own: '$2::text is not null' },
  Group: { table: 'teams', label: 'x.display_name', own: '$2::text is not null' },
  Custom: { table: 'resources', label: `x.scim ->> 'displayName'`, own: 'x.resource_type = $2::text' },
} as const satisfies Record<ResourceType['kind'], { table: string; label: string; own: string }>;
