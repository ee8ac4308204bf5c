import type { BuiltInRole } from '../organization/roles.ts';
import type { PersonAccess } from '../store/access-rows.ts';
import { updateAccessSaid } from '../store/access-writing.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Acting } from './acting.ts';
import { changeAccess, nothingChanged } from './change-access.ts';
import type { AssertUnlocked } from './commit-by-hand.ts';
import { lockedMember } from './locked.ts';
import { assertMayGive, assertMayMakeOwners } from './may-give.ts';

/** Whether the caller knows what a person has by hand; what it throws refuses the change. */
export type ExpectedGift = (before: string | undefined) => void;

/**
 * Gives a person a role by hand, in the place of the default one; undefined takes it back. What the person's teams give
 * stays: the most permissive of all wins (behaviors.md D39).
 *
 * @returns false if nothing differs
 * @throws OperatorError if there is no such person, if only an owner may do it, forbidden if the role has permissions that
 *   the caller lacks, or if it was the last one who administers
 */
export async function giveRole(
  db: Database,
  org: { id: string },
  memberId: string,
  role: BuiltInRole | undefined,
  at: Acting,
  isExpected: ExpectedGift = () => undefined,
): Promise<boolean> {
  return await changeAccess(db, org, at, async (tx, { assertUnlocked }) => {
    const { userName, access } = await lockPerson(tx, memberId, assertUnlocked);
    const before = access.roleByHand;
    isExpected(before);
    if (before === role) return nothingChanged;
    if (before === 'owner') await assertMayMakeOwners(tx, at);
    if (role !== undefined) await assertMayGive(tx, { roles: [role] }, at);
    updateAccessSaid(tx, memberId, { roleByHand: role ?? null });
    const data = { member: memberId, userName, role: { ...given('before', before), ...given('after', role) } };
    return { events: [{ kind: 'member.given', data }], scope: { of: 'people', ids: [memberId] } };
  });
}

/**
 * Gives a person a license by hand; undefined takes it back. It counts where the organization's license source says so.
 *
 * @returns false if nothing differs
 * @throws OperatorError if there is no such person or license, or no seat
 */
export async function giveLicense(
  db: Database,
  org: { id: string },
  memberId: string,
  license: string | undefined,
  at: Acting,
  isExpected: ExpectedGift = () => undefined,
): Promise<boolean> {
  return await changeAccess(db, org, at, async (tx, { rules, assertUnlocked }) => {
    const { userName, access } = await lockPerson(tx, memberId, assertUnlocked);
    const before = access.licenseClaims.byHand;
    isExpected(before);
    if (before === license) return nothingChanged;
    if (license !== undefined) assertLicense(license, rules.licenses.types);
    updateAccessSaid(tx, memberId, { licenseByHand: license ?? null });
    const data = { member: memberId, userName, license: { ...given('before', before), ...given('after', license) } };
    return { events: [{ kind: 'member.given', data }], scope: { of: 'people', ids: [memberId] } };
  });
}

/** @throws OperatorError if the organization has no seats of a license of that name */
export function assertLicense(license: string, types: readonly string[]): void {
  if (types.includes(license)) return;
  throw new OperatorError(
    'setting_invalid',
    `The organization has no license "${license}"; its licenses are ${types.join(', ')}.`,
  );
}

/** @throws OperatorError not_found, or locked where nothing of those whom the provider manages is given by hand (K9) */
async function lockPerson(
  tx: OrgTransaction,
  memberId: string,
  assertUnlocked: AssertUnlocked,
): Promise<{ userName: string; access: PersonAccess }> {
  const { origin, unlockedUntil, scim, access } = await lockedMember(tx, memberId);
  const userName = String(scim.userName);
  const what = `${userName} is managed by the identity provider`;
  assertUnlocked('give-access', what, { isManaged: origin !== 'local', unlockedUntil });
  return { userName, access };
}

const given = <When extends 'before' | 'after'>(when: When, what: string | undefined): { [Name in When]?: string } =>
  (what === undefined ? {} : { [when]: what }) as { [Name in When]?: string };
