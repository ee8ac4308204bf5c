import { breakGlassMost } from '../organization/policy.ts';
import { isAdministrative } from '../organization/roles.ts';
import type { Database } from '../store/database.ts';
import { countBreakGlass, updateBreakGlass } from '../store/member-state-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { Acting } from './acting.ts';
import { commitByHand } from './commit-by-hand.ts';
import { memberToChange } from './locked.ts';
import { memberRef } from './references.ts';

/**
 * Sets a person apart as a way in, or ends that (K26). Until then no request of the provider touches them, not even one that an
 * admin allowed: it is for the day on which the provider is out of reach or gone wrong.
 *
 * @returns false if it was so already
 * @throws OperatorError not_found, or refused for a person whom the provider manages or who does not administer, and beyond the
 *   number that the policy allows
 */
export async function setBreakGlass(
  db: Database,
  org: { id: string },
  id: string,
  isBreakGlass: boolean,
  at: Acting,
): Promise<boolean> {
  return await commitByHand(db, org, at, async (tx, { governed }) => {
    const { scim, origin, access, inForce, isBreakGlass: before } = await memberToChange(tx, id, at);
    if (before === isBreakGlass) return { result: false, events: [] };
    if (isBreakGlass) {
      const { breakGlassAccounts } = governed.policy;
      const refuse = (why: string) =>
        new OperatorError('refused', `${scim.userName} is not set apart as a way in: ${why}.`);
      if (origin !== 'local') throw refuse('the provider manages the person; part them from it first (member unlink)');
      if (inForce.status !== 'active' || !isAdministrative(access.inForce.role)) {
        throw refuse('only an active owner or admin is a way in');
      }
      if ((await countBreakGlass(tx)) >= breakGlassMost[breakGlassAccounts]) {
        throw refuse(`the organization has no more than ${breakGlassAccounts} (setting breakGlassAccounts)`);
      }
    }
    updateBreakGlass(tx, id, isBreakGlass);
    const data = { member: memberRef(id, scim), before, after: isBreakGlass };
    return { result: true, events: [{ kind: 'member.break_glass', data }] };
  });
}
