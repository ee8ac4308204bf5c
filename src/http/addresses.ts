import { limits } from '../limits.ts';
import { type AddressCheck, addressCheck } from '../organization/addresses.ts';
import { findAddressList } from '../store/address-lists.ts';
import type { Database } from '../store/database.ts';
import { rememberByVersion } from './remembered-versions.ts';

/** Finds the check of an organization's lists, whose version is undefined where they hold for nobody who asks. */
export type FindAddresses = (orgId: string, version: number | undefined) => Promise<AddressCheck>;

const everybody: AddressCheck = () => ({ isAllowed: true });

/** Makes the memory of organizations' lists of addresses. */
export function rememberAddresses(db: Database): FindAddresses {
  const find = rememberByVersion(async (orgId) => {
    const { rules, version } = await findAddressList(db, orgId);
    return { version, check: addressCheck(rules) };
  }, limits.addressListsMax);
  return async (orgId, version) => (version === undefined ? everybody : (await find(orgId, version)).check);
}

/** Why an address may not come in, for people, and how an admin changes that. */
export function addressRefusal(check: AddressCheck, address: string, slug: string | undefined): string | undefined {
  const verdict = check(address);
  if (verdict.isAllowed) return undefined;
  const why =
    verdict.deniedBy === undefined
      ? 'is in no range that is allowed'
      : `is in ${verdict.deniedBy.range}, which is denied`;
  return (
    `The address ${address} ${why} by the lists of this organization, and nothing was changed. ` +
    `An admin sees them with: rollcall address list ${slug}`
  );
}
