import type { DomainState } from '../organization/domains.ts';
import type { Database } from './database.ts';
import { type OrgTransaction, queryOrganization, type Reader } from './organization-transaction.ts';

/** A domain of an organization. */
export type StoredDomain = {
  name: string;
  state: DomainState;
  /** What its record has to say. */
  token: string;
  createdAt: Date;
  checkedAt: Date | undefined;
  provenAt: Date | undefined;
  failures: number;
  problem: string | undefined;
};

/** The domains of an organization by their names. */
export async function listDomains(db: Reader, org: { id: string }): Promise<StoredDomain[]> {
  const rows = await queryOrganization<DomainRow>(db, org.id, {
    text: `select ${columns} from domains d where d.org_id = $1 order by d.name`,
    values: [org.id],
  });
  return rows.map(storedDomain);
}

export async function findDomain(db: Database, org: { id: string }, name: string): Promise<StoredDomain | undefined> {
  const [row] = await queryOrganization<DomainRow>(db, org.id, {
    text: `select ${columns} from domains d where d.org_id = $1 and d.name = $2`,
    values: [org.id, name],
  });
  return row && storedDomain(row);
}

/** Reads a domain and keeps it as it is until the transaction ends. */
export async function lockDomain(tx: OrgTransaction, name: string): Promise<StoredDomain | undefined> {
  const { rows } = await tx.query<DomainRow>({
    text: `select ${columns} from domains d where d.org_id = $1 and d.name = $2 for update`,
    values: [tx.orgId, name],
  });
  return rows[0] && storedDomain(rows[0]);
}

export async function countDomains(tx: OrgTransaction): Promise<number> {
  const { rows } = await tx.query<{ count: string }>({
    text: 'select count(*) as count from domains d where d.org_id = $1',
    values: [tx.orgId],
  });
  return Number(rows[0]?.count ?? 0);
}

const columns = 'd.name, d.state, d.token, d.created_at, d.checked_at, d.proven_at, d.failures, d.problem';

type DomainRow = {
  name: string;
  state: DomainState;
  token: string;
  created_at: Date;
  checked_at: Date | null;
  proven_at: Date | null;
  failures: number;
  problem: string | null;
};

const storedDomain = (row: DomainRow): StoredDomain => ({
  name: row.name,
  state: row.state,
  token: row.token,
  createdAt: row.created_at,
  checkedAt: row.checked_at ?? undefined,
  provenAt: row.proven_at ?? undefined,
  failures: row.failures,
  problem: row.problem ?? undefined,
});
