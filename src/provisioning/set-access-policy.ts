import type { Policy } from '../organization/policy.ts';
import { readConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { updatePolicy } from '../store/governing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Acting } from './acting.ts';
import { changeAccess, nothingChanged } from './change-access.ts';
import type { Warned } from './change-policy.ts';
import { readSettings } from './create-organization.ts';
import { warnOfLicenses } from './license-warnings.ts';
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

/**
 * Changes settings that roles and licenses follow, with what follows for everyone: turning on the provider's attribute as the
 * source of truth is one (behaviors.md B55, B58).
 *
 * @returns whether anything differs, and what an admin should know of it, in words
 * @throws OperatorError if a value does not exist, or there are not enough seats
 */
export async function setAccessPolicy(
  db: Database,
  org: { id: string },
  settings: { readonly [Name in AccessSetting]?: string | undefined },
  at: Acting,
): Promise<{ isChanged: boolean } & Warned> {
  let warnings: readonly string[] = [];
  const isChanged = await changeAccess(db, org, at, async (tx, { policy, rules }) => {
    const wanted = Object.fromEntries(
      accessSettings.flatMap((name) => (settings[name] === undefined ? [] : [[name, settings[name]]])),
    );
    const after = readSettings(policy, wanted);
    const changed = Object.fromEntries(
      accessSettings
        .filter((name) => policy[name] !== after[name])
        .map((name) => [name, { before: policy[name], after: after[name] }]),
    );
    if (Object.keys(changed).length === 0) return nothingChanged;
    await assertMaySet(tx, policy, after, at);
    updatePolicy(tx, after, at.now);
    if (changed.licenseSource !== undefined) {
      const { provider } = await readConnection(tx, { id: tx.orgId });
      warnings = await warnOfLicenses(tx, after, { provider, types: rules.licenses.types });
    }
    return { events: [{ kind: 'policy.changed', data: { changed } }], scope: { of: 'everyone' }, policy: after };
  });
  return { isChanged, warnings };
}
