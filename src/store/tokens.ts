import type { BuiltInRole } from '../organization/roles.ts';
import { isTokenScope, type TokenScope } from '../organization/token-scopes.ts';
import { type Profile, profileNamed } from '../scim/profiles.ts';
import { isCurrent } from './connections.ts';
import { type CredentialRow, credentialColumns, type ListedCredential, listedCredential } from './credential-rows.ts';
import type { Database } from './database.ts';
import { type Governed, type GovernedRow, governedColumns, governedOf } from './governing.ts';
import { queryOrganization, type Reader } from './organization-transaction.ts';
import { readTogether } from './shared-reads.ts';

/** A token as operators see it: never its text, which nobody knows any more. */
export type ListedToken = ListedCredential & {
  /** The strongest role that teams give to people whom the token puts into them. */
  roleCeiling: BuiltInRole;
  scopes: readonly TokenScope[];
  /** The ranges that it may be used from; none is anywhere. */
  addresses: readonly string[];
  /** Answers without an error that it has had. */
  goodCalls: number;
  /** The token that it takes over from, while both are in force. */
  replaces: string | undefined;
  /** The token that is taking over from it, while both are in force. */
  replacedBy: string | undefined;
};

/** What a request may do, by its token: everything that the hot path needs, in one row. */
export type TokenGrant = {
  tokenId: string;
  tokenName: string;
  connectionId: string;
  /** The provider of the connection. */
  provider: string;
  profile: Profile;
  expiresAt: Date | undefined;
  revokedAt: Date | undefined;
  scopes: ReadonlySet<TokenScope>;
  /** The ranges that the token may be used from; none is anywhere. */
  addresses: readonly string[];
  /** Of the organization's lists of addresses (address-lists.ts), if they hold for it. */
  addressesVersion: number | undefined;
  /** Of the organization's definitions (definitions.ts). */
  schemasVersion: number;
  organization: { id: string; slugs: readonly string[]; status: 'active' | 'suspended' } & Governed;
};

/** The token with this digest, whether it is still good or not: the caller says why it refuses. */
export async function findTokenGrant(db: Database, orgId: string, digest: Buffer): Promise<TokenGrant | undefined> {
  const [row] = await readTogether<
    ConnectionRow & {
      id: string;
      name: string;
      expires_at: Date | null;
      revoked_at: Date | null;
      scopes: string[];
      addresses: string[];
    }
  >(db, orgId, {
    name: 'token-grant',
    text: `select t.id, t.name, t.expires_at, t.revoked_at, t.scopes, t.addresses, ${connectionColumns}
      from scim_tokens t
      join connections k on k.org_id = $1 and k.id = t.connection_id
      join organizations o on o.id = $1
      where t.org_id = $1 and t.digest = $2`,
    values: [orgId, digest],
  });
  if (row === undefined) return undefined;
  return {
    tokenId: row.id,
    tokenName: row.name,
    expiresAt: row.expires_at ?? undefined,
    revokedAt: row.revoked_at ?? undefined,
    scopes: new Set(row.scopes.filter(isTokenScope)),
    addresses: row.addresses,
    ...connectionGrant(orgId, row),
  };
}

/** What a request may do that comes with no token of a connection: that of the organization's own. */
export type ConnectionGrant = Omit<
  TokenGrant,
  'tokenId' | 'tokenName' | 'expiresAt' | 'revokedAt' | 'scopes' | 'addresses'
>;

/** What the connection of an organization that there is now grants, for whoever comes with no token of it. */
export async function readConnectionGrant(db: Database, orgId: string): Promise<ConnectionGrant> {
  const [row] = await queryOrganization<ConnectionRow>(db, orgId, {
    name: 'connection-grant',
    text: `select ${connectionColumns} from connections k join organizations o on o.id = $1
      where k.org_id = $1 and ${isCurrent} order by k.id limit 1`,
    values: [orgId],
  });
  if (row === undefined) throw new Error('an organization without a connection');
  return connectionGrant(orgId, row);
}

const connectionColumns = `k.id as connection_id, k.provider, k.scim_profile, o.status, ${governedColumns},
        (select c.schemas_version from event_counters c where c.org_id = $1) as schemas_version,
        (select l.version from address_lists l where l.org_id = $1 and l.applies_to <> 'nothing') as addresses_version,
        (select array_agg(s.slug order by s.slug) from organization_slugs s where s.org_id = $1) as slugs`;

type ConnectionRow = GovernedRow & {
  connection_id: string;
  provider: string;
  scim_profile: string;
  slugs: string[];
  status: 'active' | 'suspended';
  schemas_version: string;
  addresses_version: string | null;
};

const connectionGrant = (orgId: string, row: ConnectionRow): ConnectionGrant => ({
  connectionId: row.connection_id,
  provider: row.provider,
  profile: profileNamed(row.scim_profile),
  schemasVersion: Number(row.schemas_version),
  addressesVersion: row.addresses_version === null ? undefined : Number(row.addresses_version),
  organization: { id: orgId, slugs: row.slugs, status: row.status, ...governedOf(row) },
});

/** Tokens of an organization, the newest first, revoked ones included. Without a page all of them. */
export async function listTokens(
  db: Database,
  org: { id: string },
  page: { limit?: number; before?: string | undefined } = {},
): Promise<ListedToken[]> {
  const rows = await queryOrganization<ListedTokenRow>(db, org.id, {
    text: `select ${listed} where t.org_id = $1 and ($2::uuid is null or t.id < $2) order by t.id desc limit $3`,
    values: [org.id, page.before, page.limit],
  });
  return rows.map(listedToken);
}

/** The tokens of an organization that are in force and that no other one is taking over from, the newest first. */
export async function listTokensInForce(db: Reader, org: { id: string }, now: Date): Promise<ListedToken[]> {
  const rows = await queryOrganization<ListedTokenRow>(db, org.id, {
    text: `select ${listed} where t.org_id = $1 and t.revoked_at is null and (t.expires_at is null or t.expires_at > $2) and s.id is null
      order by t.id desc`,
    values: [org.id, now],
  });
  return rows.map(listedToken);
}

export async function findToken(db: Database, org: { id: string }, id: string): Promise<ListedToken | undefined> {
  const [row] = await queryOrganization<ListedTokenRow>(db, org.id, {
    text: `select ${listed} where t.org_id = $1 and t.id = $2`,
    values: [org.id, id],
  });
  return row === undefined ? undefined : listedToken(row);
}

const listed = `${credentialColumns('t')}, t.role_ceiling, t.scopes, t.addresses, t.good_calls, p.id as replaces, s.id as replaced_by
  from scim_tokens t
  left join scim_tokens p on p.org_id = $1 and p.id = t.replaces and p.revoked_at is null and t.revoked_at is null
  left join scim_tokens s on s.org_id = $1 and s.replaces = t.id and s.revoked_at is null and t.revoked_at is null`;

type ListedTokenRow = CredentialRow & {
  role_ceiling: BuiltInRole;
  scopes: string[];
  addresses: string[];
  good_calls: string;
  replaces: string | null;
  replaced_by: string | null;
};

const listedToken = (row: ListedTokenRow): ListedToken => ({
  ...listedCredential(row),
  roleCeiling: row.role_ceiling,
  scopes: row.scopes.filter(isTokenScope),
  addresses: row.addresses,
  goodCalls: Number(row.good_calls),
  replaces: row.replaces ?? undefined,
  replacedBy: row.replaced_by ?? undefined,
});
