import type { IndexedValue } from '../scim/indexed-values.ts';
import type { ResourceType } from '../scim/schema.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** Makes these the indexed values of a resource; `isNew` says that it has none yet. */
export function replaceAttributeValues(
  tx: OrgTransaction,
  resource: { type: ResourceType; id: string; isNew: boolean },
  values: readonly IndexedValue[],
): void {
  const { id, isNew } = resource;
  const { name: type, kind } = resource.type;
  const columns = [values.map((each) => each.attribute), values.map((each) => each.key)];
  if (!isNew) {
    tx.send({
      name: 'attribute-values-delete',
      text: `delete from attribute_values a where a.org_id = $1 and a.resource_type = $2 and a.resource_id = $3
        and (a.attribute, a.value_key) not in (select v.attribute, v.key from unnest($4::text[], $5::text[]) as v (attribute, key))`,
      values: [tx.orgId, type, id, ...columns],
    });
  }
  if (values.length === 0) return;
  tx.send({
    name: `attribute-values-insert-${kind}`,
    text: `insert into attribute_values as a (org_id, resource_type, attribute, value_key, resource_id, unique_in)
      select c.org_id, $2, v.attribute, v.key, $3, v.unique_in
        from event_counters c, unnest($4::text[], $5::text[], $6::text[]) as v (attribute, key, unique_in)
       where c.org_id = $1 and exists (select from ${holders[kind]} and x.deleted_at is null)
      on conflict (org_id, resource_type, attribute, value_key, resource_id) do update set unique_in = excluded.unique_in`,
    values: [tx.orgId, type, id, ...columns, values.map((each) => each.scope ?? null)],
  });
}

/** Where the resource itself is. */
const holders: Record<ResourceType['kind'], string> = {
  User: 'members x where x.org_id = $1 and x.id = $3',
  Group: 'teams x where x.org_id = $1 and x.id = $3',
  Custom: 'resources x where x.org_id = $1 and x.resource_type = $2 and x.id = $3',
};

/** Takes all values of one resource type out of the index; of its attributes under one URN, if one is given. */
export function deleteAttributeValues(tx: OrgTransaction, type: string, urn?: string): void {
  tx.send({
    text: `delete from attribute_values a where a.org_id = $1 and a.resource_type = $2
      and ($3::text is null or left(a.attribute, length($3) + 1) = $3 || ':')`,
    values: [tx.orgId, type, urn?.toLowerCase()],
  });
}

/** Takes the values of a deleted resource out of the index, so that those that are unique may be used again. */
export function deleteValuesOf(tx: OrgTransaction, type: string, id: string): void {
  tx.send({
    name: 'attribute-values-delete-all',
    text: 'delete from attribute_values a where a.org_id = $1 and a.resource_type = $2 and a.resource_id = $3',
    values: [tx.orgId, type, id],
  });
}
