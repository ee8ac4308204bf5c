import type { OrgTransaction } from './organization-transaction.ts';

export function insertApiKey(
  tx: OrgTransaction,
  key: {
    id: string;
    digest: Buffer;
    memberId: string | undefined;
    name: string;
    scopes: readonly string[];
    expiresAt: Date | undefined;
    now: Date;
  },
): void {
  tx.send({
    text: `insert into api_keys (org_id, digest, id, member_id, name, scopes, created_at, expires_at)
      values ($1, $2, $3, $4, $5, $6, $7, $8)`,
    values: [tx.orgId, key.digest, key.id, key.memberId, key.name, key.scopes, key.now, key.expiresAt],
  });
}

/** The name of a key that was good until now; undefined if there is none. */
export async function markApiKeyRevoked(tx: OrgTransaction, keyId: string, now: Date): Promise<string | undefined> {
  const { rows } = await tx.query<{ name: string }>({
    text: `update api_keys k set revoked_at = $3 where k.org_id = $1 and k.id = $2 and k.revoked_at is null returning k.name`,
    values: [tx.orgId, keyId, now],
  });
  return rows[0]?.name;
}

/** Revokes every key of these people, for good: who comes back gets new ones. */
export function revokeApiKeysOf(tx: OrgTransaction, memberIds: readonly string[], now: Date): void {
  tx.send({
    name: 'api-keys-of-members-revoke',
    text: `update api_keys set revoked_at = $3 where org_id = $1 and member_id = any($2::uuid[]) and revoked_at is null`,
    values: [tx.orgId, memberIds, now],
  });
}

/** The name that a key had; undefined if there is no such key, or it was revoked. */
export async function updateApiKeyName(tx: OrgTransaction, keyId: string, name: string): Promise<string | undefined> {
  const { rows: before } = await tx.query<{ name: string }>({
    text: 'select k.name from api_keys k where k.org_id = $1 and k.id = $2 and k.revoked_at is null for update',
    values: [tx.orgId, keyId],
  });
  if (before[0] === undefined) return undefined;
  tx.send({
    text: 'update api_keys set name = $3 where org_id = $1 and id = $2',
    values: [tx.orgId, keyId, name],
  });
  return before[0].name;
}

export type ApiKeyUse = { keyId: string; at: Date; address: string; client: string | undefined };

/** Notes the last use of keys; an older use never overwrites a newer one, whichever process writes last. */
export function updateApiKeyUses(tx: OrgTransaction, uses: readonly ApiKeyUse[]): void {
  tx.send({
    name: 'api-key-uses',
    text: `update api_keys k set last_used_at = x.at, last_used_address = x.address, last_used_client = x.client
        from unnest($2::uuid[], $3::timestamptz[], $4::text[], $5::text[]) as x (id, at, address, client)
       where k.org_id = $1 and k.id = x.id and (k.last_used_at is null or k.last_used_at < x.at)`,
    values: [
      tx.orgId,
      uses.map((use) => use.keyId),
      uses.map((use) => use.at),
      uses.map((use) => use.address),
      uses.map((use) => use.client ?? null),
    ],
  });
}
