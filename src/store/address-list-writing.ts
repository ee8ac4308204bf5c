import type { AddressList } from '../organization/address-lists.ts';
import type { OrgTransaction } from './organization-transaction.ts';

/** Stores the lists of an organization. The transaction has locked them. */
export function saveAddressList(tx: OrgTransaction, { appliesTo, rules }: AddressList, now: Date): void {
  tx.send({
    text: `insert into address_lists as l (org_id, applies_to, rules, version, updated_at) values ($1, $2, $3, 1, $4)
      on conflict (org_id) do update set applies_to = excluded.applies_to, rules = excluded.rules, version = l.version + 1,
        updated_at = excluded.updated_at`,
    values: [tx.orgId, appliesTo, JSON.stringify(rules), now],
  });
}
