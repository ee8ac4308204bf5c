import { changedSettings, type Policy } from '../organization/policy.ts';
import type { Database } from '../store/database.ts';
import { updatePolicy } from '../store/governing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Acting } from './acting.ts';
import { type AccessChangeMade, changeAccess, nothingChanged } from './change-access.ts';
import { readSettings } from './create-organization.ts';
import { accessSettings } from './set-access-policy.ts';
import { type ShownPlan, shownPlan } from './shown-plan.ts';

export type PolicyChange = {
  policy: Policy;
  changed: Record<string, { before: string; after: string }>;
  plan: ShownPlan;
};

export type PolicyWish = {
  /** Settings to lay over the policy; `preset` replaces all that are not given beside it. */
  settings: Readonly<Record<string, string>>;
  /** Whether the caller knows the policy that is there; what it throws refuses the change. */
  isExpected?: (before: Policy) => void;
};

/**
 * Changes the policy of an organization and, in the same transaction, what is in force by it. Requests of the provider feel it
 * as soon as a revoked token would.
 *
 * @throws OperatorError if a setting does not exist or does not take the value, or there are not enough seats
 */
export async function changePolicy(
  db: Database,
  org: { id: string },
  wish: PolicyWish,
  at: Acting,
): Promise<Omit<PolicyChange, 'plan'>> {
  let done: Omit<PolicyChange, 'plan'> | undefined;
  await changeAccess(db, org, at, async (tx, { policy: before }) => {
    const policy = readSettings(before, wish.settings);
    wish.isExpected?.(before);
    done = { policy, changed: changedSettings(before, policy) };
    return apply(tx, done, at);
  });
  return done as Omit<PolicyChange, 'plan'>;
}

/** What a change of policy would bring about, for whom and why: the change itself, undone. */
export async function planPolicyChange(
  db: Database,
  org: { id: string },
  settings: PolicyWish['settings'],
  at: Acting,
): Promise<PolicyChange> {
  let planned: PolicyChange | undefined;
  await changeAccess(
    db,
    org,
    at,
    async (tx, { policy: before }) => {
      const policy = readSettings(before, settings);
      planned = { policy, changed: changedSettings(before, policy), plan: shownPlan([]) };
      return apply(tx, planned, at);
    },
    (events) => {
      planned = { ...(planned as PolicyChange), plan: shownPlan(events) };
    },
  );
  return planned as PolicyChange;
}

function apply(tx: OrgTransaction, { policy, changed }: Omit<PolicyChange, 'plan'>, at: Acting): AccessChangeMade {
  if (Object.keys(changed).length === 0) return nothingChanged;
  updatePolicy(tx, policy, at.now);
  const isAboutAccess = accessSettings.some((name) => changed[name] !== undefined);
  return {
    events: [{ kind: 'policy.changed', data: { changed } }],
    scope: isAboutAccess ? { of: 'everyone' } : { of: 'people', ids: [] },
    policy,
  };
}
