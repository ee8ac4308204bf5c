import { type AddressList, noAddressList } from '../organization/address-lists.ts';
import { type OrgTransaction, queryOrganization, type Reader, type Statement } from './organization-transaction.ts';

/** The lists of an organization, and how often they were changed. */
export type StoredAddressList = AddressList & { version: number; updatedAt: Date | undefined };

/** The lists of an organization; empty ones of version 0 where nobody made any. */
export async function findAddressList(db: Reader, orgId: string): Promise<StoredAddressList> {
  return stored((await queryOrganization<AddressListRow>(db, orgId, select(orgId)))[0]);
}

/** The same as a transaction sees them that changes the organization's lists; others that do wait. */
export async function lockAddressList(tx: OrgTransaction): Promise<StoredAddressList> {
  tx.send({ text: 'select o.id from organizations o where o.id = $1 for no key update of o', values: [tx.orgId] });
  return stored((await tx.query<AddressListRow>(select(tx.orgId))).rows[0]);
}

type AddressListRow = {
  applies_to: AddressList['appliesTo'];
  rules: AddressList['rules'];
  version: string;
  updated_at: Date;
};

const select = (orgId: string): Statement => ({
  text: 'select l.applies_to, l.rules, l.version, l.updated_at from address_lists l where l.org_id = $1',
  values: [orgId],
});

const stored = (row: AddressListRow | undefined): StoredAddressList =>
  row === undefined
    ? { ...noAddressList, version: 0, updatedAt: undefined }
    : { appliesTo: row.applies_to, rules: row.rules, version: Number(row.version), updatedAt: row.updated_at };
