import { limits } from '../limits.ts';
import { licenseOfGroups } from '../organization/licenses.ts';
import { readNamesOf } from '../store/access-lists.ts';
import { lockScope, readAccess } from '../store/access-rows.ts';
import { updateAccessSaid } from '../store/access-writing.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { readLicenseGroups, saveLicenseGroup } from '../store/role-writing.ts';
import type { Acting } from './acting.ts';
import { type AccessWork, changeAccess, nothingChanged } from './change-access.ts';
import { assertLicense } from './give-access.ts';

/**
 * Maps a group of sign-ins, by the name that the claim has, to a license; undefined takes the mapping away. It counts from
 * each person's next sign-in (behaviors.md B60).
 *
 * @returns false if nothing differs
 * @throws OperatorError if the organization has no such license
 */
export async function mapSignInGroup(
  db: Database,
  org: { id: string },
  group: string,
  license: string | undefined,
  at: Acting,
): Promise<boolean> {
  return await changeAccess(db, org, at, signInGroupMapped(group, license, at.now));
}

/** The same, to be carried out with other changes. */
export function signInGroupMapped(group: string, license: string | undefined, now: Date): AccessWork {
  if (group.trim() === '') throw new OperatorError('setting_invalid', 'The name of a group must not be empty.');
  if (group.length > limits.signInGroupLengthMax) {
    throw new OperatorError(
      'setting_invalid',
      `The name of a group has ${limits.signInGroupLengthMax} characters at most.`,
    );
  }
  // It would stand in no configuration that can be read again (http/strict-json.ts).
  if (group.toLowerCase() === '__proto__') {
    throw new OperatorError('setting_invalid', `A group of sign-ins cannot be called "${group}".`);
  }
  return async (tx, { rules }) => {
    if (license !== undefined) assertLicense(license, rules.licenses.types);
    const before = await saveLicenseGroup(tx, group, license, now);
    if (before === license) return nothingChanged;
    const data = {
      group,
      ...(before === undefined ? {} : { before }),
      ...(license === undefined ? {} : { after: license }),
    };
    return { events: [{ kind: 'license.group_mapped', data }], scope: { of: 'people', ids: [] } };
  };
}

/**
 * Notes which license the groups of a verified sign-in give to a person. Of people whom the provider manages the groups are
 * ignored unless the policy says otherwise (K20, B47).
 *
 * @param claims the groups as the verified claims name them
 * @returns false if nothing differs
 * @throws OperatorError if there is no such person
 */
export async function applySignInGroups(
  db: Database,
  org: { id: string },
  memberId: string,
  claims: { groups: readonly string[] },
  at: Acting,
): Promise<boolean> {
  return await changeAccess(db, org, at, async (tx, { policy, rules }) => {
    await lockScope(tx, { of: 'people', ids: [memberId] });
    const [person] = await readAccess(tx, [memberId]);
    if (person === undefined)
      throw new OperatorError('not_found', `There is no member ${memberId} in this organization.`);
    const isIgnored = person.isManaged && policy.signInGroups === 'ignore';
    const before = person.licenseClaims.bySignIn;
    const license = isIgnored
      ? undefined
      : licenseOfGroups(claims.groups, await readLicenseGroups(tx), rules.licenses.types);
    if (before === license) return nothingChanged;
    updateAccessSaid(tx, memberId, { licenseBySignIn: license ?? null });
    const signIn = {
      ...(before === undefined ? {} : { before }),
      ...(license === undefined ? {} : { after: license }),
    };
    const userName = (await readNamesOf(tx, [memberId])).get(memberId);
    return {
      events: [{ kind: 'member.given', data: { member: memberId, userName, signIn } }],
      scope: { of: 'people', ids: [memberId] },
    };
  });
}
