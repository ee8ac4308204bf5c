import { licenseSaying, type Reach, reachOf } from '../organization/permissions.ts';
import type { BuiltInRole } from '../organization/roles.ts';
import { type CredentialRow, credentialColumns, type ListedCredential, listedCredential } from './credential-rows.ts';
import type { Database } from './database.ts';
import { queryOrganization } from './organization-transaction.ts';
import { readTogether } from './shared-reads.ts';

/** An API key as admins see it: never its text, which nobody knows any more. */
export type ListedApiKey = ListedCredential & {
  scopes: readonly string[];
  /** The person whom it acts for. */
  member: { id: string; userName: string } | undefined;
};

/** What a request may do, by its API key: everything that a guard needs, in one row. */
export type ApiKeyGrant = {
  keyId: string;
  keyName: string;
  scopes: readonly string[];
  expiresAt: Date | undefined;
  revokedAt: Date | undefined;
  /** The person whom it acts for, with the built-in role and what custom roles add to it. */
  member:
    | {
        id: string;
        userName: string;
        isActive: boolean;
        role: BuiltInRole;
        permissions: readonly string[];
        /** What the license leaves of what the roles allow. */
        reach: Reach;
      }
    | undefined;
  /** Of the organization's lists of addresses (address-lists.ts), if they hold for keys. */
  addressesVersion: number | undefined;
  organization: { id: string; slugs: readonly string[]; status: 'active' | 'suspended' };
};

/** The API key with this digest, whether it is still good or not: the caller says why it refuses. */
export async function findApiKeyGrant(db: Database, orgId: string, digest: Buffer): Promise<ApiKeyGrant | undefined> {
  const [row] = await readTogether<{
    id: string;
    name: string;
    scopes: string[];
    expires_at: Date | null;
    revoked_at: Date | null;
    member_id: string | null;
    user_name: string | null;
    is_active: boolean | null;
    role: BuiltInRole | null;
    permissions: string[];
    license: string | null;
    license_rule: string | null;
    has_owner: boolean | null;
    addresses_version: string | null;
    slugs: string[];
    status: 'active' | 'suspended';
  }>(db, orgId, {
    name: 'api-key-grant',
    text: `select k.id, k.name, k.scopes, k.expires_at, k.revoked_at, k.member_id, m.user_name, o.status,
        m.status = 'active' as is_active, m.role, m.license,
        m.license_reason ->> 'rule' as license_rule,
        (select c.owners > 0 from event_counters c where c.org_id = $1) as has_owner,
        (select l.version from address_lists l where l.org_id = $1 and l.applies_to = 'scim-and-api') as addresses_version,
        array(select unnest(r.permissions) from roles r where r.org_id = $1 and r.key = any(m.custom_roles)) as permissions,
        (select array_agg(s.slug order by s.slug) from organization_slugs s where s.org_id = $1) as slugs
      from api_keys k
      join organizations o on o.id = $1
      left join members m on m.org_id = $1 and m.id = k.member_id
      where k.org_id = $1 and k.digest = $2`,
    values: [orgId, digest],
  });
  if (row === undefined) return undefined;
  const { member_id: memberId } = row;
  return {
    keyId: row.id,
    keyName: row.name,
    scopes: row.scopes,
    expiresAt: row.expires_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    member:
      memberId === null
        ? undefined
        : {
            id: memberId,
            userName: row.user_name ?? '',
            isActive: row.is_active === true,
            role: row.role ?? 'viewer',
            permissions: row.permissions,
            reach: reachOf(
              row.role ?? 'viewer',
              licenseSaying(row.license, row.license_rule ?? undefined),
              row.has_owner === true,
            ),
          },
    addressesVersion: row.addresses_version === null ? undefined : Number(row.addresses_version),
    organization: { id: orgId, slugs: row.slugs, status: row.status },
  };
}

/** API keys of an organization, or of one person, the newest first, revoked ones included. */
export async function listApiKeys(
  db: Database,
  org: { id: string },
  page: { limit: number; before?: string | undefined; memberId?: string | undefined },
): Promise<ListedApiKey[]> {
  const rows = await queryOrganization<ApiKeyRow>(db, org.id, {
    text: `select ${columns} where k.org_id = $1 and ($2::uuid is null or k.id < $2) and ($3::uuid is null or k.member_id = $3)
      order by k.id desc limit $4`,
    values: [org.id, page.before, page.memberId, page.limit],
  });
  return rows.map(listedApiKey);
}

export async function findApiKey(db: Database, org: { id: string }, id: string): Promise<ListedApiKey | undefined> {
  const [row] = await queryOrganization<ApiKeyRow>(db, org.id, {
    text: `select ${columns} where k.org_id = $1 and k.id = $2`,
    values: [org.id, id],
  });
  return row === undefined ? undefined : listedApiKey(row);
}

const columns = `${credentialColumns('k')}, k.scopes, k.member_id, m.user_name
  from api_keys k left join members m on m.org_id = $1 and m.id = k.member_id`;

type ApiKeyRow = CredentialRow & { scopes: string[]; member_id: string | null; user_name: string | null };

const listedApiKey = (row: ApiKeyRow): ListedApiKey => ({
  ...listedCredential(row),
  scopes: row.scopes,
  member: row.member_id === null ? undefined : { id: row.member_id, userName: row.user_name ?? '' },
});
