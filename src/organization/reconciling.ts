/**
 * Reconciling: whether what is in force of a person follows from what was asked and from what admins decided since. A difference
 * that a reason explains stays; one whose reason does not hold any more is drift.
 */
import { type LifecyclePolicy, type MemberAct, type MemberState, type MemberStatus, memberAfter } from './lifecycle.ts';
import type { Rule } from './plan.ts';

/** A person of whom nothing is held, with the rule of the reason for the status in force. */
export type PersonStanding = MemberState & {
  /** Whether the provider, or the admin who made the person, wants them in the organization at all. */
  readonly isAskedFor: boolean;
  readonly askedActive: boolean;
  readonly rule: Rule;
};

/** What each act can have made of a person. What was not asked by the provider holds until the provider asks again. */
const statusesAfter: Partial<Record<Rule, readonly MemberStatus[]>> = {
  'asked-active': ['active', 'invited'],
  'asked-inactive': ['suspended', 'removed'],
  'asked-removed': ['removed'],
  'made-by-hand': ['active', 'invited'],
  'suspended-by-hand': ['suspended'],
  'restored-by-hand': ['active'],
  'removed-by-hand': ['removed'],
  accepted: ['active'],
};

/** The act that puts a person right whose status does not follow from its reason; undefined where it does. */
export function actToRepair(person: PersonStanding, policy: LifecyclePolicy): MemberAct | undefined {
  if (stands(person)) return undefined;
  const { isAskedFor, status } = person;
  if (isAskedFor && status === 'held') return 'asked-active';
  return actsToTry(person).find((act) => {
    const after = memberAfter(person, act, policy);
    return after !== undefined && after.status !== status;
  });
}

function stands({ isAskedFor, askedActive, origin, status, rule }: PersonStanding): boolean {
  if (!isAskedFor) return status === 'removed';
  if (status === 'held') return false;
  const isOwn = origin === 'local';
  if (rule === 'asked-active' && !isOwn && !askedActive) return false;
  if (rule === 'asked-inactive' && !isOwn && askedActive) return false;
  return statusesAfter[rule]?.includes(status) ?? true;
}

/** The decision of an admin that the reason names, if it was lost, and else what is asked. */
function actsToTry({ isAskedFor, askedActive, origin, rule }: PersonStanding): MemberAct[] {
  if (!isAskedFor) return ['asked-removed'];
  if (rule === 'suspended-by-hand' || rule === 'restored-by-hand') return [rule];
  if (origin === 'local') return [askedActive ? 'restored-by-hand' : 'suspended-by-hand'];
  return [askedActive ? 'asked-active' : 'asked-inactive'];
}
