import type { SignInProvider } from '../organization/sign-in.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** Stores the provider that signs people in from now on. */
export function saveSignInProvider(tx: OrgTransaction, { provider, issuer }: SignInProvider, now: Date): void {
  tx.send({
    text: `insert into sign_in_providers (org_id, provider, issuer, declared_at) values ($1, $2, $3, $4)
      on conflict (org_id) do update set provider = excluded.provider, issuer = excluded.issuer, declared_at = excluded.declared_at,
        removed_at = null`,
    values: [tx.orgId, provider, issuer, now],
  });
}

/** Stores that none is declared any more. */
export function markSignInProviderRemoved(tx: OrgTransaction, now: Date): void {
  tx.send({
    text: 'update sign_in_providers set removed_at = $2 where org_id = $1 and removed_at is null',
    values: [tx.orgId, now],
  });
}
