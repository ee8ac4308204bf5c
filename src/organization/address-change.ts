/** When another e-mail address of a person is in force (K3). */
import { isInDomains } from './domains.ts';
import type { MemberStatus } from './lifecycle.ts';
import type { Policy } from './policy.ts';

/** What the provider asks, and what there is. */
export type AddressChange = {
  readonly asked: string | undefined;
  readonly inForce: string | undefined;
  readonly status: MemberStatus;
};

/**
 * Whether an address has to be confirmed by the person before it is in force. Whoever holds the address in force is who the
 * organization knows, so another one is a way to become somebody else (security.md R11). Nobody has an address confirmed who
 * had none, and who is invited shows by accepting that the mailbox is theirs.
 *
 * @param domains those that the organization has verified
 */
export function addressWaits(
  { asked, inForce, status }: AddressChange,
  { addressChange }: Pick<Policy, 'addressChange'>,
  domains: readonly string[],
): boolean {
  if (asked === undefined || inForce === undefined || status === 'invited') return false;
  if (asked.toLowerCase() === inForce.toLowerCase()) return false;
  return addressChange === 'confirm' || (addressChange === 'trusted' && !isInDomains(asked, domains));
}
