/** One of the three files whose statements may span organizations: finding one by its slug or id, and listing them. */
import type { Policy } from '../organization/policy.ts';
import { readPolicy } from '../organization/policy.ts';
import { type ProfileName, profileNamed } from '../scim/profiles.ts';
import { isCurrent } from './connections.ts';
import type { Database } from './database.ts';
import { type OrgTransaction, queryOrganization, type Reader } from './organization-transaction.ts';

export type OrganizationRef = { id: string; slug: string };

export type Organization = OrganizationRef & {
  name: string;
  plan: 'free' | 'pro' | 'enterprise';
  status: 'active' | 'suspended';
  policy: Policy;
  createdAt: Date;
  updatedAt: Date;
  members: number;
  teams: number;
  lastEvent: number;
  connection: { id: string; provider: string; scimProfile: ProfileName; state: 'off' | 'observing' | 'on' | 'paused' };
  /** Tokens that are neither revoked nor expired at the time of the question. */
  tokens: number;
  lastRequestAt: Date | undefined;
};

/** The organization with this slug or id, for operators; requests of providers find theirs through the token. */
export async function findOrganization(jobs: Database, slugOrId: string): Promise<Organization | undefined> {
  const { rows } = await jobs.query<OrganizationRow>({
    text: `${select} where o.id = (select s.org_id from organization_slugs s where s.slug = $1 or s.org_id::text = $1 limit 1)`,
    values: [slugOrId.toLowerCase()],
  });
  return rows[0] && organization(rows[0]);
}

/** Organizations in the order of their slugs; `after` is the slug of the last one seen. `only` keeps the one with this id. */
export async function listOrganizations(
  jobs: Database,
  page: { limit?: number; after?: string | undefined; only?: string | undefined } = {},
): Promise<Organization[]> {
  const { rows } = await jobs.query<OrganizationRow>({
    text: `${select}
      where ($1::uuid is null or o.id = $1)
        and ($2::text is null or (select min(s.slug) from organization_slugs s where s.org_id = o.id) > $2)
      order by slug limit $3`,
    values: [page.only, page.after, page.limit],
  });
  return rows.map(organization);
}

/** Names every organization, in the order of their ids, for work that each has its turn of. */
export async function listOrganizationNames(jobs: Database): Promise<OrganizationRef[]> {
  const { rows } = await jobs.query<OrganizationRef>({
    text: 'select s.org_id as id, min(s.slug) as slug from organization_slugs s group by s.org_id order by s.org_id',
    values: [],
  });
  return rows;
}

/** Batches that are being put in force, of every organization, with whoever let them go. */
export async function listSettling(jobs: Database): Promise<{ orgId: string; batch: string; by: unknown }[]> {
  const { rows } = await jobs.query<{ org_id: string; id: string; ended_by: unknown }>({
    text: `select h.org_id, h.id, h.ended_by from held_batches h where h.state = 'settling' order by h.org_id, h.id`,
    values: [],
  });
  return rows.map((row) => ({ orgId: row.org_id, batch: row.id, by: row.ended_by }));
}

/** The organization that a path names by slug or id, and no more of it than its names. */
export async function findOrganizationName(jobs: Database, slugOrId: string): Promise<OrganizationRef | undefined> {
  const { rows } = await jobs.query<OrganizationRef>({
    name: 'organization-name',
    text: `select s.org_id as id, (select min(o.slug) from organization_slugs o where o.org_id = s.org_id) as slug
      from organization_slugs s where s.slug = $1 or s.org_id::text = $1 limit 1`,
    values: [slugOrId.toLowerCase()],
  });
  return rows[0];
}

/** The id behind a slug or id that a request names, without saying anything else about it. */
export async function findOrganizationId(jobs: Database, slugOrId: string): Promise<string | undefined> {
  const { rows } = await jobs.query<{ org_id: string }>({
    name: 'organization-id',
    text: 'select s.org_id from organization_slugs s where s.slug = $1 or s.org_id::text = $1 limit 1',
    values: [slugOrId.toLowerCase()],
  });
  return rows[0]?.org_id;
}

/** Ids of the organizations that have a token in force which expires by then and was not alerted of for the last time. */
export async function findWithExpiringTokens(jobs: Database, now: Date, by: Date): Promise<string[]> {
  const { rows } = await jobs.query<{ org_id: string }>({
    text: `select distinct t.org_id from scim_tokens t
      where t.revoked_at is null and t.expires_at > $1 and t.expires_at <= $2 and t.alerted_days is distinct from 1`,
    values: [now, by],
  });
  return rows.map((row) => row.org_id);
}

/** Calls of a provider further apart than this may be a silence, and its organization is looked at. Milliseconds. */
const quietMs = 2 * 3_600_000;

/** Ids of the organizations whose provider has not called for a while, or calls again after a silence that was told of. */
export async function findQuietConnections(jobs: Database, now: Date): Promise<string[]> {
  const { rows } = await jobs.query<{ org_id: string }>({
    text: `select k.org_id from connections k join scim_tokens t on t.org_id = k.org_id and t.connection_id = k.id
      where k.state not in ('off', 'disconnecting', 'disconnected') and t.last_used_at is not null
      group by k.org_id, k.id, k.silent_since
      having (k.silent_since is null and max(t.last_used_at) < $1) or max(t.last_used_at) > k.silent_since`,
    values: [new Date(now.getTime() - quietMs)],
  });
  return [...new Set(rows.map((row) => row.org_id))];
}

/** The name, plan and status of an organization. */
export async function readOrganizationFacts(
  db: Reader,
  org: { id: string },
): Promise<Pick<Organization, 'name' | 'plan' | 'status'>> {
  const [row] = await queryOrganization<Pick<Organization, 'name' | 'plan' | 'status'>>(db, org.id, {
    text: 'select o.name, o.plan, o.status from organizations o where o.id = $1',
    values: [org.id],
  });
  if (row === undefined) throw new Error(`there is no organization ${org.id}`);
  return row;
}

/** What the organization is called. */
export async function readOrganizationName(tx: OrgTransaction): Promise<string> {
  const { rows } = await tx.query<{ name: string }>({
    text: 'select o.name from organizations o where o.id = $1',
    values: [tx.orgId],
  });
  return (rows[0] as { name: string }).name;
}

/** Connections that are being disconnected, of every organization, with whoever does it. */
export async function listDisconnecting(jobs: Database): Promise<{ orgId: string; connection: string; by: unknown }[]> {
  const { rows } = await jobs.query<{ org_id: string; id: string; ended_by: unknown }>({
    text: `select k.org_id, k.id, k.ended_by from connections k where k.state = 'disconnecting' order by k.org_id, k.id`,
    values: [],
  });
  return rows.map((row) => ({ orgId: row.org_id, connection: row.id, by: row.ended_by }));
}

const select = `select o.id, o.name, o.plan, o.status, o.policy, o.created_at, o.updated_at, c.members, c.teams, c.last_seq,
    (select min(s.slug) from organization_slugs s where s.org_id = o.id) as slug,
    l.id as connection_id, l.provider, l.scim_profile, l.state,
    (select count(*) from scim_tokens t where t.org_id = o.id and t.revoked_at is null
        and (t.expires_at is null or t.expires_at > now())) as tokens,
    (select r.at from scim_requests r where r.org_id = o.id order by r.id desc limit 1) as last_request_at
  from organizations o
  join event_counters c on c.org_id = o.id
  join lateral (select k.id, k.provider, k.scim_profile, k.state from connections k
    where k.org_id = o.id and ${isCurrent} order by k.id limit 1) l on true`;

type OrganizationRow = {
  id: string;
  slug: string;
  name: string;
  plan: Organization['plan'];
  status: Organization['status'];
  policy: Record<string, unknown>;
  created_at: Date;
  updated_at: Date;
  members: string;
  teams: string;
  last_seq: string;
  connection_id: string;
  provider: string;
  scim_profile: string;
  state: Organization['connection']['state'];
  tokens: string;
  last_request_at: Date | null;
};

const organization = (row: OrganizationRow): Organization => ({
  id: row.id,
  slug: row.slug,
  name: row.name,
  plan: row.plan,
  status: row.status,
  policy: readPolicy(row.policy),
  createdAt: row.created_at,
  updatedAt: row.updated_at,
  members: Number(row.members),
  teams: Number(row.teams),
  lastEvent: Number(row.last_seq),
  connection: {
    id: row.connection_id,
    provider: row.provider,
    scimProfile: profileNamed(row.scim_profile).name,
    state: row.state,
  },
  tokens: Number(row.tokens),
  lastRequestAt: row.last_request_at ?? undefined,
});
