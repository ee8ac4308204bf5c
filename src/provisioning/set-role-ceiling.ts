import type { BuiltInRole } from '../organization/roles.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { updateRoleCeiling } from '../store/role-writing.ts';
import type { Acting } from './acting.ts';
import { type AccessWork, nothingChanged } from './change-access.ts';
import { assertMayGiveCeiling, assertMayMakeOwners } from './may-give.ts';
import { changeAccessAsPlanned, type PlannedWork } from './plan-access.ts';

/**
 * Sets the strongest role that teams may give to the people whom a SCIM token puts into them (security.md R4, R13), with what
 * follows for those whom it has put there.
 *
 * @param version of the plan that was shown; without it whatever the change comes to happens
 * @returns false if nothing differs
 * @throws OperatorError if there is no such token; changed if the plan is another one than the version names
 */
export async function setRoleCeiling(
  db: Database,
  org: { id: string },
  tokenId: string,
  ceiling: BuiltInRole,
  at: Acting,
  version?: string,
): Promise<boolean> {
  return (await changeAccessAsPlanned(db, org, roleCeiling(tokenId, ceiling, at), at, version)).isChanged;
}

/** The same, to be planned before. */
export const roleCeiling = (tokenId: string, ceiling: BuiltInRole, at: Acting): PlannedWork => ({
  work: roleCeilingSet(tokenId, ceiling, at),
  about: () => ({ token: tokenId, ceiling }),
});

/** The same as a part of a change. */
export const roleCeilingSet =
  (tokenId: string, ceiling: BuiltInRole, at: Acting): AccessWork =>
  async (tx) => {
    const token = await updateRoleCeiling(tx, tokenId, ceiling);
    if (token === undefined) throw new OperatorError('not_found', `There is no token ${tokenId} in this organization.`);
    const { name, before } = token;
    if (before === ceiling) return nothingChanged;
    if (before === 'owner') await assertMayMakeOwners(tx, at);
    await assertMayGiveCeiling(tx, ceiling, at, { before });
    const data = { token: { id: tokenId, name }, before, after: ceiling };
    return { events: [{ kind: 'token.ceiling_changed', data }], scope: { of: 'token', id: tokenId } };
  };
