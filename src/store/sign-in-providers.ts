import type { ProviderKind } from '../organization/providers.ts';
import type { SignInProvider } from '../organization/sign-in.ts';
import { type OrgTransaction, queryOrganization, type Reader } from './organization-transaction.ts';

/** The provider that signs people in, as it was declared last; `removedAt` if it was taken back since. */
export type StoredSignInProvider = SignInProvider & { declaredAt: Date; removedAt: Date | undefined };

const columns = 's.provider, s.issuer, s.declared_at, s.removed_at';

type Row = { provider: ProviderKind; issuer: string | null; declared_at: Date; removed_at: Date | null };

const stored = (row: Row | undefined): StoredSignInProvider | undefined =>
  row && {
    provider: row.provider,
    issuer: row.issuer,
    declaredAt: row.declared_at,
    removedAt: row.removed_at ?? undefined,
  };

export async function findSignInProvider(db: Reader, org: { id: string }): Promise<StoredSignInProvider | undefined> {
  const [row] = await queryOrganization<Row>(db, org.id, {
    text: `select ${columns} from sign_in_providers s where s.org_id = $1`,
    values: [org.id],
  });
  return stored(row);
}

/** The same as a transaction sees it that has locked the connection, with which it changes. */
export async function readSignInProvider(tx: OrgTransaction): Promise<StoredSignInProvider | undefined> {
  const { rows } = await tx.query<Row>({
    text: `select ${columns} from sign_in_providers s where s.org_id = $1`,
    values: [tx.orgId],
  });
  return stored(rows[0]);
}
