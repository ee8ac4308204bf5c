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
 * follows for those whom it has put there. A token that was rotated has one ceiling with that which took over from it.
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
    const tokens = await updateRoleCeiling(tx, tokenId, ceiling);
    if (tokens.length === 0) {
      throw new OperatorError('not_found', `There is no token ${tokenId} in this organization.`);
    }
    const changed = tokens.find(({ before }) => before !== ceiling);
    if (changed === undefined) return nothingChanged;
    if (tokens.some(({ before }) => before === 'owner')) await assertMayMakeOwners(tx, at);
    const { id, name, before } = changed;
    for (const token of tokens) await assertMayGiveCeiling(tx, ceiling, at, { before: token.before });
    const data = { token: { id, name }, before, after: ceiling };
    return {
      events: [{ kind: 'token.ceiling_changed', data }],
      scope: { of: 'tokens', ids: tokens.map((token) => token.id) },
    };
  };
