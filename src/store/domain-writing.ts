import type { DomainStanding } from '../organization/domains.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** Stores a domain whose record is to be looked for. */
export function insertDomain(tx: OrgTransaction, domain: { name: string; token: string; now: Date }): void {
  tx.send({
    text: `insert into domains (org_id, name, state, token, created_at, due_at) values ($1, $2, 'pending', $3, $4, $4)`,
    values: [tx.orgId, domain.name, domain.token, domain.now],
  });
}

/** Stores what a look at the record of a domain found. */
export function updateDomain(
  tx: OrgTransaction,
  name: string,
  after: DomainStanding & { problem: string | undefined; dueAt: Date | undefined; now: Date },
): void {
  tx.send({
    text: `update domains set state = $3, proven_at = $4, failures = $5, problem = $6, due_at = $7, checked_at = $8
      where org_id = $1 and name = $2`,
    values: [tx.orgId, name, after.state, after.provenAt, after.failures, after.problem, after.dueAt, after.now],
  });
}

export function deleteDomain(tx: OrgTransaction, name: string): void {
  tx.send({ text: 'delete from domains where org_id = $1 and name = $2', values: [tx.orgId, name] });
}

/** Makes a domain the organization's own. It fails where the domain is another's: `verified_domains_pkey`. */
export function claimDomain(tx: OrgTransaction, name: string): void {
  tx.send({ text: 'insert into verified_domains (org_id, name) values ($1, $2)', values: [tx.orgId, name] });
}

/** Gives a domain free for whoever shows it to be theirs. */
export function freeDomain(tx: OrgTransaction, name: string): void {
  tx.send({ text: 'delete from verified_domains where org_id = $1 and name = $2', values: [tx.orgId, name] });
}
