/**
 * Reconciling: whether what is in force of a person follows from what was asked and from what admins decided since. A difference
 * that a reason explains stays; one whose reason does not hold any more is drift.
 */
import { type LifecyclePolicy, type MemberAct, type MemberState, type MemberStatus, memberAfter } from './lifecycle.ts';
import type { Rule } from './plan.ts';
import { ruleSays } from './rules.ts';

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
  'restored-by-hand': ['active', 'invited'],
  'invited-by-hand': ['invited'],
  'removed-by-hand': ['removed'],
  accepted: ['active'],
  'disconnect-suspended': ['suspended'],
  'disconnect-removed': ['removed'],
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
  if (rule === 'suspended-by-hand' || rule === 'restored-by-hand' || rule === 'invited-by-hand') return [rule];
  if (origin === 'local') return [askedActive ? 'restored-by-hand' : 'suspended-by-hand'];
  return [askedActive ? 'asked-active' : 'asked-inactive'];
}

/** What explains that a person of whom nothing is held is not as active as was asked, by the status in force and its rule. */
export const statusExplained = (status: MemberStatus, rule: string): string =>
  status === 'invited' ? 'invited' : rule;

/** What explains that a membership of which nothing is held is not in force as was asked. */
export function membershipExplained({
  asked,
  byHand,
  memberStatus,
}: {
  readonly asked: boolean;
  /** What an admin said of it, if one did. */
  readonly byHand?: boolean | undefined;
  readonly memberStatus: MemberStatus;
}): string {
  if (byHand !== undefined && byHand !== asked) return byHand ? 'member-by-hand' : 'no-member-by-hand';
  // Whoever is active and has a license is in the team, or it is drift.
  return memberStatus === 'active' ? 'member-unlicensed' : `member-${memberStatus}`;
}

/**
 * What explains a difference beside the rules of reasons: what holds it, by the state of the connection or of the batch, and
 * a few more.
 */
const explanations: Record<string, string> = {
  'held-off': 'it was asked before provisioning was turned off, and is held',
  'held-observing': 'the connection observes, and holds what is asked',
  'held-paused': 'the connection is paused, and holds what is asked',
  'held-braked': 'the brake holds it, since it was too much at a time',
  'held-settling': 'it is being put in force',
  'held-discarded': 'an admin discarded it',
  invited: 'the person is invited and has not accepted yet',
  'edited-by-hand': 'an admin changed the name or the address',
  'address-waits': 'the new address waits for its confirmation',
  'link-undecided': 'nobody has decided whether the provider takes the team over',
};

/** Why there is a difference that a reason explains, in the words of an admin. */
export const differenceSays = (rule: string): string =>
  explanations[rule] ?? (ruleSays as Record<string, string>)[rule] ?? rule;

const waitingForAdmin: ReadonlySet<string> = new Set([
  'held-off',
  'held-observing',
  'held-paused',
  'held-braked',
  'link-undecided',
  'no-seat',
]);

/** Whether a difference stays until an admin does something. */
export const waitsForAdmin = (rule: string): boolean => waitingForAdmin.has(rule);
