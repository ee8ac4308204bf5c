/** What rows of SCIM tokens and of API keys have in common, as lists show it. */

/** When a credential was made, when it ends or ended, and its last use. */
export type ListedCredential = {
  id: string;
  name: string;
  createdAt: Date;
  expiresAt: Date | undefined;
  revokedAt: Date | undefined;
  lastUsedAt: Date | undefined;
  lastUsedAddress: string | undefined;
  lastUsedClient: string | undefined;
};

export type CredentialRow = {
  id: string;
  name: string;
  created_at: Date;
  expires_at: Date | null;
  revoked_at: Date | null;
  last_used_at: Date | null;
  last_used_address: string | null;
  last_used_client: string | null;
};

/** The columns of a `CredentialRow`; `row` is the alias of its table. */
export const credentialColumns = (row: string): string =>
  ['id', 'name', 'created_at', 'expires_at', 'revoked_at', 'last_used_at', 'last_used_address', 'last_used_client']
    .map((column) => `${row}.${column}`)
    .join(', ');

export const listedCredential = (row: CredentialRow): ListedCredential => ({
  id: row.id,
  name: row.name,
  createdAt: row.created_at,
  expiresAt: row.expires_at ?? undefined,
  revokedAt: row.revoked_at ?? undefined,
  lastUsedAt: row.last_used_at ?? undefined,
  lastUsedAddress: row.last_used_address ?? undefined,
  lastUsedClient: row.last_used_client ?? undefined,
});
