import type { DisconnectChoice } from '../organization/disconnecting.ts';
import type { ConnectionState } from '../organization/holding.ts';
import type { Plan } from '../organization/licenses.ts';
import type { Database } from './database.ts';
import { type OrgTransaction, queryOrganization, type Reader } from './organization-transaction.ts';

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

/**
 * Which rows of `connections k` may be the organization's connection: those that have not ended. It is the oldest of these, and
 * there always is one.
 */
export const isCurrent = `k.state <> 'disconnected'`;

/** The state of the organization's connection. */
export async function readConnectionState(tx: OrgTransaction): Promise<StoredConnection['state']> {
  const { rows } = await tx.query<{ state: StoredConnection['state'] }>({
    text: `select k.state from connections k where k.org_id = $1 and ${isCurrent} order by k.id limit 1`,
    values: [tx.orgId],
  });
  return rows[0]?.state ?? 'off';
}

/** A connection that a transaction holds still. */
export type LockedConnection = {
  id: string;
  state: ConnectionState;
  provider: string;
  scimProfile: string;
  /** What the organization subscribes to. */
  plan: Plan;
  /** What becomes of what it provisioned, once it ends. */
  choice: DisconnectChoice | undefined;
  updatedAt: Date;
};

/** Locks the organization's connection, or the one of an id, until the transaction ends. */
export async function lockConnection(tx: OrgTransaction, id?: string): Promise<LockedConnection> {
  const { rows } = await tx.query<{
    id: string;
    state: ConnectionState;
    provider: string;
    scim_profile: string;
    plan: Plan;
    choice: DisconnectChoice | null;
    updated_at: Date;
  }>({
    text: `select k.id, k.state, k.provider, k.scim_profile, k.choice, k.updated_at, o.plan from connections k join organizations o on o.id = $1
      where k.org_id = $1 and ${id === undefined ? isCurrent : 'k.id = $2'} order by k.id limit 1 for update of k`,
    values: id === undefined ? [tx.orgId] : [tx.orgId, id],
  });
  const [row] = rows;
  if (row === undefined) throw new Error('an organization without a connection');
  const { scim_profile: scimProfile, choice, updated_at: updatedAt, ...rest } = row;
  return { ...rest, scimProfile, choice: choice ?? undefined, updatedAt };
}

/** A connection as lists show it: the one that there is, and those that have ended. */
export type ListedConnection = Omit<StoredConnection, 'plan'> & {
  choice: DisconnectChoice | undefined;
  endedAt: Date | undefined;
};

/** The connections of an organization, the newest first; `before` is the id of the last one seen. */
export async function listConnections(
  db: Database,
  org: { id: string },
  page: { limit: number; before?: string | undefined },
): Promise<ListedConnection[]> {
  return await readListed(db, org, {
    text: `k.org_id = $1 and ($2::uuid is null or k.id < $2) order by k.id desc limit $3`,
    values: [page.before, page.limit],
  });
}

/** One connection of an organization, which may have ended. */
export async function findConnection(
  db: Database,
  org: { id: string },
  id: string,
): Promise<ListedConnection | undefined> {
  const [connection] = await readListed(db, org, { text: 'k.org_id = $1 and k.id = $2', values: [id] });
  return connection;
}

async function readListed(
  db: Database,
  org: { id: string },
  which: { text: string; values: unknown[] },
): Promise<ListedConnection[]> {
  const rows = await queryOrganization<{
    id: string;
    provider: string;
    scim_profile: string;
    state: ConnectionState;
    choice: DisconnectChoice | null;
    created_at: Date;
    updated_at: Date;
    ended_at: Date | null;
  }>(db, org.id, {
    text: `select k.id, k.provider, k.scim_profile, k.state, k.choice, k.created_at, k.updated_at, k.ended_at from connections k
      where ${which.text}`,
    values: [org.id, ...which.values],
  });
  return rows.map((row) => ({
    id: row.id,
    provider: row.provider,
    scimProfile: row.scim_profile,
    state: row.state,
    choice: row.choice ?? undefined,
    createdAt: row.created_at,
    updatedAt: row.updated_at,
    endedAt: row.ended_at ?? undefined,
  }));
}

/** The organization's connection: the oldest one that has not ended, where there are several. */
export async function readConnection(db: Reader, org: { id: string }): Promise<StoredConnection> {
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
      from connections k join organizations o on o.id = $1 where k.org_id = $1 and ${isCurrent} order by k.id limit 1`,
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
