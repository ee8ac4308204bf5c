import type { BuiltInRole } from '../organization/roles.ts';
import type { ExpiringToken } from '../organization/token-expiry.ts';
import type { TokenScope } from '../organization/token-scopes.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** A token as it is made. What is left out is as the table says: everything is allowed from anywhere, up to members. */
export type NewTokenRow = {
  id: string;
  digest: Buffer;
  connectionId: string;
  name: string;
  expiresAt: Date | undefined;
  scopes: readonly TokenScope[];
  /** Ranges as `canonicalRange` returns them. */
  addresses: readonly string[];
  roleCeiling: BuiltInRole;
  /** The token that it takes over from. */
  replaces: string | undefined;
  now: Date;
};

export function insertToken(tx: OrgTransaction, token: NewTokenRow): void {
  tx.send({
    text: `insert into scim_tokens (org_id, digest, id, connection_id, name, created_at, expires_at, scopes, addresses, role_ceiling,
        replaces)
      values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)`,
    values: [
      tx.orgId,
      token.digest,
      token.id,
      token.connectionId,
      token.name,
      token.now,
      token.expiresAt,
      token.scopes,
      token.addresses,
      token.roleCeiling,
      token.replaces,
    ],
  });
}

/** What of a token can be changed or taken over. */
export type LockedToken = {
  id: string;
  connectionId: string;
  name: string;
  createdAt: Date;
  expiresAt: Date | undefined;
  scopes: TokenScope[];
  addresses: string[];
  roleCeiling: BuiltInRole;
  /** The token in force that it is taking over from. */
  predecessor: { id: string; name: string } | undefined;
  /** The token that is taking over from it. */
  successor: { id: string; name: string } | undefined;
};

/** Locks a token that is not revoked. */
export async function lockToken(tx: OrgTransaction, tokenId: string): Promise<LockedToken | undefined> {
  const { rows } = await tx.query<{
    id: string;
    connection_id: string;
    name: string;
    created_at: Date;
    expires_at: Date | null;
    scopes: TokenScope[];
    addresses: string[];
    role_ceiling: BuiltInRole;
    predecessor: string | null;
    predecessor_name: string | null;
    successor: string | null;
    successor_name: string | null;
  }>({
    text: `select t.id, t.connection_id, t.name, t.created_at, t.expires_at, t.scopes, t.addresses, t.role_ceiling,
        p.id as predecessor, p.name as predecessor_name, s.id as successor, s.name as successor_name
      from scim_tokens t
      left join scim_tokens p on p.org_id = $1 and p.id = t.replaces and p.revoked_at is null
      left join scim_tokens s on s.org_id = $1 and s.replaces = t.id and s.revoked_at is null
      where t.org_id = $1 and t.id = $2 and t.revoked_at is null for update of t`,
    values: [tx.orgId, tokenId],
  });
  const [row] = rows;
  if (row === undefined) return undefined;
  const named = (token: string | null, name: string | null) =>
    token === null ? undefined : { id: token, name: name ?? '' };
  return {
    id: row.id,
    connectionId: row.connection_id,
    name: row.name,
    createdAt: row.created_at,
    expiresAt: row.expires_at ?? undefined,
    scopes: row.scopes,
    addresses: row.addresses,
    roleCeiling: row.role_ceiling,
    predecessor: named(row.predecessor, row.predecessor_name),
    successor: named(row.successor, row.successor_name),
  };
}

/** The ids of the tokens in force that have a name and that no other one is taking over from. */
export async function findTokensNamed(tx: OrgTransaction, name: string, now: Date): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    text: `select t.id from scim_tokens t
      left join scim_tokens s on s.org_id = $1 and s.replaces = t.id and s.revoked_at is null
      where t.org_id = $1 and t.name = $2 and t.revoked_at is null and (t.expires_at is null or t.expires_at > $3) and s.id is null`,
    values: [tx.orgId, name, now],
  });
  return rows.map(({ id }) => id);
}

/**
 * Stores what a token is called, what it may do, from where and until when. The transaction has locked it. Of another time of expiry
 * everybody is told anew.
 */
export function updateToken(
  tx: OrgTransaction,
  tokenId: string,
  {
    name,
    scopes,
    addresses,
    expiresAt,
  }: { name: string; scopes: readonly TokenScope[]; addresses: readonly string[]; expiresAt: Date | undefined },
): void {
  tx.send({
    text: `update scim_tokens set name = $3, scopes = $4, addresses = $5, expires_at = $6::timestamptz,
        alerted_days = case when expires_at is not distinct from $6::timestamptz then alerted_days end
      where org_id = $1 and id = $2`,
    values: [tx.orgId, tokenId, name, scopes, addresses, expiresAt],
  });
}

/**
 * The strongest role that a token may give, held still until the transaction ends. It is read where a team gives a role to
 * those whom the token puts into it.
 */
export async function holdRoleCeiling(tx: OrgTransaction, tokenId: string): Promise<BuiltInRole> {
  const { rows } = await tx.query<{ role_ceiling: BuiltInRole }>({
    name: 'token-ceiling',
    text: 'select k.role_ceiling from scim_tokens k where k.org_id = $1 and k.id = $2 for share of k',
    values: [tx.orgId, tokenId],
  });
  return rows[0]?.role_ceiling ?? 'viewer';
}

/** False if there is no such token, or if it was revoked before. */
export async function markTokenRevoked(tx: OrgTransaction, tokenId: string, now: Date): Promise<boolean> {
  const { rowCount } = await tx.query({
    text: 'update scim_tokens set revoked_at = $3 where org_id = $1 and id = $2 and revoked_at is null',
    values: [tx.orgId, tokenId, now],
  });
  return rowCount === 1;
}

/** Revokes all tokens that are good until now, or those of one connection, and returns their ids. */
export async function markTokensRevoked(tx: OrgTransaction, now: Date, connectionId?: string): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    text: `update scim_tokens t set revoked_at = $2
      where t.org_id = $1 and t.revoked_at is null and ($3::uuid is null or t.connection_id = $3) returning t.id`,
    values: [tx.orgId, now, connectionId],
  });
  return rows.map((row) => row.id);
}

/** A use of a token. `good` is how many of its calls were answered without an error since it was last noted. */
export type TokenUse = { tokenId: string; at: Date; address: string; client: string | undefined; good: number };

/** A token that takes over from another one, and has had enough good calls for it. */
export type Successor = { id: string; name: string; replaces: string };

/**
 * Notes the last use of tokens, and counts their good calls; an older use never overwrites a newer one, whichever process
 * writes last.
 *
 * @param enough how many good calls a token needs to take over from another one
 * @returns those that take over from another one and have had them
 */
export async function updateTokenUses(
  tx: OrgTransaction,
  uses: readonly TokenUse[],
  enough: number,
): Promise<Successor[]> {
  const { rows } = await tx.query<Successor & { is_due: boolean }>({
    name: 'token-uses',
    text: `update scim_tokens t set good_calls = t.good_calls + x.good, last_used_at = greatest(t.last_used_at, x.at),
          last_used_address = case when t.last_used_at >= x.at then t.last_used_address else x.address end,
          last_used_client = case when t.last_used_at >= x.at then t.last_used_client else x.client end
        from unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[], $6::bigint[]) as x (id, at, address, client, good)
       where t.org_id = $1 and t.id = x.id
       returning t.id, t.name, t.replaces, t.revoked_at is null and t.good_calls >= $7::bigint as is_due`,
    values: [
      tx.orgId,
      uses.map((use) => use.tokenId),
      uses.map((use) => use.at),
      uses.map((use) => use.address),
      uses.map((use) => use.client ?? null),
      uses.map((use) => use.good),
      enough,
    ],
  });
  return rows
    .filter((row) => row.is_due && row.replaces !== null)
    .map(({ id, name, replaces }) => ({ id, name, replaces }));
}

/** A token whose expiry its organization is to be told of. */
export type ExpiringTokenRow = ExpiringToken & { id: string; name: string };

/** Locks the tokens in force that expire by then. */
export async function lockExpiringTokens(tx: OrgTransaction, now: Date, by: Date): Promise<ExpiringTokenRow[]> {
  const { rows } = await tx.query<{
    id: string;
    name: string;
    created_at: Date;
    expires_at: Date;
    alerted_days: number | null;
  }>({
    text: `select t.id, t.name, t.created_at, t.expires_at, t.alerted_days from scim_tokens t
      where t.org_id = $1 and t.revoked_at is null and t.expires_at > $2 and t.expires_at <= $3 order by t.id for update`,
    values: [tx.orgId, now, by],
  });
  return rows.map((row) => ({
    id: row.id,
    name: row.name,
    createdAt: row.created_at,
    expiresAt: row.expires_at,
    alertedDays: row.alerted_days ?? undefined,
  }));
}

/** Notes the last alert about a token's expiry. */
export function updateAlertedDays(tx: OrgTransaction, tokenId: string, days: number): void {
  tx.send({
    text: 'update scim_tokens set alerted_days = $3 where org_id = $1 and id = $2',
    values: [tx.orgId, tokenId, days],
  });
}
