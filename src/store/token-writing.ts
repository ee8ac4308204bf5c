import type { BuiltInRole } from '../organization/roles.ts';
import type { OrgTransaction } from './organization-transaction.ts';

export function insertToken(
  tx: OrgTransaction,
  token: { id: string; digest: Buffer; connectionId: string; name: string; expiresAt: Date | undefined; now: Date },
): void {
  tx.send({
    text: `insert into scim_tokens (org_id, digest, id, connection_id, name, created_at, expires_at) values ($1, $2, $3, $4, $5, $6, $7)`,
    values: [tx.orgId, token.digest, token.id, token.connectionId, token.name, token.now, token.expiresAt],
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

/** Revokes all tokens that are good until now, and returns their ids. */
export async function markTokensRevoked(tx: OrgTransaction, now: Date): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>({
    text: 'update scim_tokens t set revoked_at = $2 where t.org_id = $1 and t.revoked_at is null returning t.id',
    values: [tx.orgId, now],
  });
  return rows.map((row) => row.id);
}

/** The name that a token had; undefined if there is no such token, or it was revoked. */
export async function updateTokenName(tx: OrgTransaction, tokenId: string, name: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ name: string }>({
    text: 'select t.name from scim_tokens t where t.org_id = $1 and t.id = $2 and t.revoked_at is null for update',
    values: [tx.orgId, tokenId],
  });
  if (rows[0] === undefined) return undefined;
  tx.send({
    text: 'update scim_tokens set name = $3 where org_id = $1 and id = $2',
    values: [tx.orgId, tokenId, name],
  });
  return rows[0].name;
}

export type TokenUse = { tokenId: string; at: Date; address: string; client: string | undefined };

/** Notes the last use of tokens; an older use never overwrites a newer one, whichever process writes last. */
export function updateTokenUses(tx: OrgTransaction, uses: readonly TokenUse[]): void {
  tx.send({
    name: 'token-uses',
    text: `update scim_tokens t set last_used_at = x.at, last_used_address = x.address, last_used_client = x.client
        from unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[]) as x (id, at, address, client)
       where t.org_id = $1 and t.id = x.id and (t.last_used_at is null or t.last_used_at < x.at)`,
    values: [
      tx.orgId,
      uses.map((use) => use.tokenId),
      uses.map((use) => use.at),
      uses.map((use) => use.address),
      uses.map((use) => use.client ?? null),
    ],
  });
}
