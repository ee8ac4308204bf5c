import type { ResourceTypeDefinition, SchemaDefinition } from '../scim/definitions.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/**
 * Raises the number of the definitions and keeps its row locked: from here to the end of the transaction no change of a
 * resource that depends on definitions is committed, and those under the old ones fail afterwards.
 */
export function lockDefinitions(tx: OrgTransaction): void {
  tx.send({
    text: 'update event_counters set schemas_version = schemas_version + 1 where org_id = $1',
    values: [tx.orgId],
  });
}

/**
 * Holds at the end of a change of a resource that the definitions are those which it was checked against. If they are not, the
 * transaction fails with what databaseFault calls `definitions-changed`. The counter's row stays locked, as insertEvents wants it.
 */
export function assertDefinitions(tx: OrgTransaction, version: number): void {
  // The counter's row is what every change waits for.
  if (tx.trial !== undefined) return;
  tx.send({
    name: 'definitions-assert',
    text: `update event_counters set schemas_version = case when schemas_version = $2 then schemas_version end where org_id = $1`,
    values: [tx.orgId, version],
  });
}

export function upsertSchema(tx: OrgTransaction, definition: SchemaDefinition, now: Date): void {
  tx.send({
    text: `insert into schema_definitions as d (org_id, urn_key, definition, created_at, updated_at) values ($1, $2, $3, $4, $4)
      on conflict (org_id, urn_key) do update set definition = excluded.definition, updated_at = excluded.updated_at`,
    values: [tx.orgId, definition.schema.id.toLowerCase(), JSON.stringify(definition), now],
  });
}

export function upsertResourceType(tx: OrgTransaction, definition: ResourceTypeDefinition, now: Date): void {
  tx.send({
    text: `insert into resource_type_definitions as d (org_id, name_key, definition, created_at, updated_at)
      values ($1, $2, $3, $4, $4)
      on conflict (org_id, name_key) do update set definition = excluded.definition, updated_at = excluded.updated_at`,
    values: [tx.orgId, definition.name.toLowerCase(), JSON.stringify(definition), now],
  });
}

export function deleteSchema(tx: OrgTransaction, urn: string): void {
  tx.send({
    text: 'delete from schema_definitions where org_id = $1 and urn_key = $2',
    values: [tx.orgId, urn.toLowerCase()],
  });
}

export function deleteResourceType(tx: OrgTransaction, name: string): void {
  tx.send({
    text: 'delete from resource_type_definitions where org_id = $1 and name_key = $2',
    values: [tx.orgId, name.toLowerCase()],
  });
}
