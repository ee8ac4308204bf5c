import type { ConnectionState } from '../organization/holding.ts';
import type { Plan } from '../organization/licenses.ts';
import type { Database } from './database.ts';
import { type OrgTransaction, queryOrganization } from './organization-transaction.ts';

export type StoredConnection = {
  id: string;
  provider: string;
  scimProfile: string;
  state: ConnectionState;
  /** What the organization subscribes to. */
  plan: Plan;
  createdAt: Date;
  updatedAt: Date;
};

/** The state of the organization's connection. */
export async function readConnectionState(tx: OrgTransaction): Promise<StoredConnection['state']> {
  const { rows } = await tx.query<{ state: StoredConnection['state'] }>({
    text: 'select k.state from connections k where k.org_id = $1 order by k.id limit 1',
    values: [tx.orgId],
  });
  return rows[0]?.state ?? 'off';
}

/** Locks the organization's connection, the oldest one, until the transaction ends, and reads its state and the organization's plan. */
export async function lockConnection(tx: OrgTransaction): Promise<{ id: string; state: ConnectionState; plan: Plan }> {
  const { rows } = await tx.query<{ id: string; state: ConnectionState; plan: Plan }>({
    text: `select k.id, k.state, o.plan from connections k join organizations o on o.id = $1
      where k.org_id = $1 order by k.id limit 1 for update of k`,
    values: [tx.orgId],
  });
  if (rows[0] === undefined) throw new Error('an organization without a connection');
  return rows[0];
}

/** The organization's connection: the oldest one, where there are several. */
export async function readConnection(db: Database, org: { id: string }): Promise<StoredConnection> {
  const [row] = await queryOrganization<{
    id: string;
    provider: string;
    scim_profile: string;
    state: StoredConnection['state'];
    plan: Plan;
    created_at: Date;
    updated_at: Date;
  }>(db, org.id, {
    text: `select k.id, k.provider, k.scim_profile, k.state, o.plan, k.created_at, k.updated_at
      from connections k join organizations o on o.id = $1 where k.org_id = $1 order by k.id limit 1`,
    values: [org.id],
  });
  if (row === undefined) throw new Error('an organization without a connection');
  return {
    id: row.id,
    provider: row.provider,
    scimProfile: row.scim_profile,
    state: row.state,
    plan: row.plan,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
  };
}
