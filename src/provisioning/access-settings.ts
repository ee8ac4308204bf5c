import type { Policy } from '../organization/policy.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Acting } from './acting.ts';
import { assertMayGive } from './may-give.ts';

/** The settings of the policy that roles and licenses follow. */
export const accessSettings = [
  'defaultRole',
  'licenseSource',
  'defaultLicense',
  'withoutSeat',
  'signInGroups',
] as const satisfies readonly (keyof Policy)[];

export type AccessSetting = (typeof accessSettings)[number];

/** Those that give licenses to people or take the need of one from them. */
const licensing = ['licenseSource', 'defaultLicense', 'signInGroups'] as const satisfies readonly AccessSetting[];

/**
 * Holds a change of the policy to what its author may give: a setting gives to everybody what it says.
 *
 * @throws OperatorError forbidden
 */
export async function assertMaySet(tx: OrgTransaction, before: Policy, after: Policy, at: Acting): Promise<void> {
  const differs = (name: AccessSetting) => before[name] !== after[name];
  const given = { roles: differs('defaultRole') ? [after.defaultRole] : [], license: licensing.some(differs) };
  await assertMayGive(tx, given, at);
}
