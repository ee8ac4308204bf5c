import type { Definitions, ResourceTypeDefinition, SchemaDefinition } from '../scim/definitions.ts';
import { type OrgTransaction, queryOrganization, type Reader, type Statement } from './organization-transaction.ts';

/** What an organization defined, and the number that each change raises. */
export type StoredDefinitions = { definitions: Definitions; version: number };

/** The definitions of an organization, each kind in the order of its names. */
export async function findDefinitions(db: Reader, orgId: string): Promise<StoredDefinitions> {
  const [row] = await queryOrganization<DefinitionsRow>(db, orgId, definitionsStatement(orgId));
  return storedDefinitions(row);
}

/** The definitions as the transaction sees them. */
export async function readDefinitions(tx: OrgTransaction): Promise<StoredDefinitions> {
  const { rows } = await tx.query<DefinitionsRow>(definitionsStatement(tx.orgId));
  return storedDefinitions(rows[0]);
}

type DefinitionsRow = {
  version: string;
  schemas: SchemaDefinition[];
  resource_types: ResourceTypeDefinition[];
};

const definitionsStatement = (orgId: string): Statement => ({
  name: 'definitions',
  text: `select c.schemas_version as version,
      (select coalesce(jsonb_agg(s.definition order by s.urn_key), '[]') from schema_definitions s where s.org_id = $1) as schemas,
      (select coalesce(jsonb_agg(r.definition order by r.name_key), '[]') from resource_type_definitions r where r.org_id = $1)
        as resource_types
    from event_counters c where c.org_id = $1`,
  values: [orgId],
});

const storedDefinitions = (row: DefinitionsRow | undefined): StoredDefinitions => ({
  definitions: { schemas: row?.schemas ?? [], resourceTypes: row?.resource_types ?? [] },
  version: Number(row?.version ?? 0),
});
