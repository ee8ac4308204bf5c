import type { MemberOrigin } from '../organization/lifecycle.ts';
import type { Change, MemberSides, Profile } from '../organization/plan.ts';
import type { MemberInForce } from '../store/member-writing.ts';

/** The asked side of a member as the plan takes it. */
export function memberSides(
  id: string,
  asked: { active: boolean; profile: Profile },
  inForce: MemberInForce | undefined,
  origin: MemberOrigin = 'provisioned',
  addressWaits = false,
): MemberSides {
  return { id, asked: { active: asked.active, ...asked.profile }, inForce, origin, addressWaits };
}

/** The side in force after the changes of a plan about this one member. A new member's plan has both changes. */
export function memberInForce(before: MemberInForce | undefined, changes: readonly Change[]): MemberInForce {
  let after: Partial<MemberInForce> = { ...before };
  for (const change of changes) {
    if (change.kind === 'member.status') after = { ...after, status: change.to, statusReason: change.reason };
    if (change.kind === 'member.profile') after = { ...after, name: change.to.name, email: change.to.email };
  }
  return after as MemberInForce;
}
