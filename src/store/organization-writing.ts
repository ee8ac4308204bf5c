import type { ConnectionState } from '../organization/holding.ts';
import { licenseTypes, type Plan } from '../organization/licenses.ts';
import type { Policy } from '../organization/policy.ts';
import type { ProviderKind } from '../organization/providers.ts';
import type { ProfileName } from '../scim/profiles.ts';
import { isCurrent } from './connections.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/**
 * Stores a new organization with its slug, its counter, its connection and the seats of its plan, in a transaction that has
 * entered it.
 */
export function insertOrganization(
  tx: OrgTransaction,
  organization: {
    slug: string;
    name: string;
    plan: Plan;
    policy: Policy;
    connectionId: string;
    provider: ProviderKind;
    scimProfile: ProfileName;
    state: 'on' | 'off';
    now: Date;
  },
): void {
  const { slug, name, plan, policy, connectionId, provider, scimProfile, state, now } = organization;
  tx.send({
    text: 'insert into organizations (id, name, plan, policy, created_at, updated_at) values ($1, $2, $3, $4, $5, $5)',
    values: [tx.orgId, name, plan, JSON.stringify(policy), now],
  });
  tx.send({ text: 'insert into organization_slugs (slug, org_id) values ($1, $2)', values: [slug, tx.orgId] });
  tx.send({
    text: 'insert into event_counters (org_id, last_seq, members, teams) values ($1, 0, 0, 0)',
    values: [tx.orgId],
  });
  insertConnection(tx, { id: connectionId, provider, scimProfile, state, now });
  const types = Object.entries(licenseTypes);
  tx.send({
    text: `insert into license_seats (org_id, license, precedence, seats_limit)
      select o.id, x.license, x.precedence, x.seats
        from organizations o, unnest($2::text[], $3::bigint[]) with ordinality as x (license, seats, precedence) where o.id = $1`,
    values: [tx.orgId, types.map(([license]) => license), types.map(([, seats]) => seats[plan])],
  });
}

/** Stores a new connection. */
export function insertConnection(
  tx: OrgTransaction,
  connection: { id: string; provider: string; scimProfile: string; state: ConnectionState; now: Date },
): void {
  const { id, provider, scimProfile, state, now } = connection;
  tx.send({
    text: `insert into connections (org_id, id, provider, scim_profile, state, created_at, updated_at)
      values ($1, $2, $3, $4, $5, $6, $6)`,
    values: [tx.orgId, id, provider, scimProfile, state, now],
  });
}

/** Stores the state of a connection. The transaction says with its events that it governs. */
export function updateConnectionState(tx: OrgTransaction, id: string, state: ConnectionState, now: Date): void {
  tx.send({
    text: 'update connections set state = $3, updated_at = $4 where org_id = $1 and id = $2',
    values: [tx.orgId, id, state, now],
  });
}

/** Stores who provisions by a connection. */
export function updateConnectionProvider(tx: OrgTransaction, id: string, provider: string, now: Date): void {
  tx.send({
    text: 'update connections set provider = $3, updated_at = $4 where org_id = $1 and id = $2',
    values: [tx.orgId, id, provider, now],
  });
}

/** What of an organization an operator or an admin may change. */
export type OrganizationFacts = {
  name: string;
  plan: 'free' | 'pro' | 'enterprise';
  status: 'active' | 'suspended';
};

/** Locks the organization and reads what may be changed of it. */
export async function lockOrganization(tx: OrgTransaction): Promise<OrganizationFacts & { updatedAt: Date }> {
  const { rows } = await tx.query<OrganizationFacts & { updated_at: Date }>({
    text: 'select o.name, o.plan, o.status, o.updated_at from organizations o where o.id = $1 for update',
    values: [tx.orgId],
  });
  const { updated_at: updatedAt, ...facts } = rows[0] as OrganizationFacts & { updated_at: Date };
  return { ...facts, updatedAt };
}

export function updateOrganization(tx: OrgTransaction, facts: OrganizationFacts, now: Date): void {
  tx.send({
    text: 'update organizations set name = $2, plan = $3, status = $4, updated_at = $5 where id = $1',
    values: [tx.orgId, facts.name, facts.plan, facts.status, now],
  });
}

/** Gives the connections another SCIM profile. Returns the ids of those that had another one, and which. */
export async function updateScimProfile(
  tx: OrgTransaction,
  profile: ProfileName,
  now: Date,
): Promise<{ id: string; before: string }[]> {
  const { rows } = await tx.query<{ id: string; before: string }>({
    text: `update connections k set scim_profile = $2, updated_at = $3
      from connections b
      where k.org_id = $1 and b.org_id = $1 and b.id = k.id and k.scim_profile <> $2 and ${isCurrent}
      returning k.id, b.scim_profile as before`,
    values: [tx.orgId, profile, now],
  });
  return rows;
}
