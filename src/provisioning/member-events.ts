import type { FeedEventBody, MemberRef } from '../events/feed.ts';
import type { Change, Reason } from '../organization/plan.ts';
import type { Resource } from '../scim/schema.ts';
import type { LockedMember } from '../store/member-writing.ts';
import type { ChangedAttributes } from './changed-attributes.ts';
import { isMembership, membershipEventsOf } from './membership-events.ts';
import { memberRef, profileData } from './references.ts';

/**
 * What the feed says of a member's change. `asked` are the attributes that were asked before and after; where none differs, what
 * differs in force is named.
 */
export function memberEvents(
  before: Pick<LockedMember, 'id' | 'inForce' | 'access' | 'memberships'>,
  resource: Resource,
  { active: _, ...asked }: ChangedAttributes,
  changes: readonly Change[],
): FeedEventBody[] {
  const member = memberRef(before.id, resource);
  const events: FeedEventBody[] = [];
  const profile = changes.find((change) => change.kind === 'member.profile');
  const changed = Object.keys(asked).length > 0 ? asked : profileInForceChanged(profile);
  if (Object.keys(changed).length > 0) {
    const inForce = profile && { before: profileData(before.inForce), after: profileData(profile.to) };
    events.push({ kind: 'member.updated', data: { member, changed, ...(inForce && { inForce }) } });
  }
  for (const change of changes) {
    if (change.kind !== 'member.status') continue;
    if (change.to === 'removed') {
      events.push(removedEvent(before, member, change.reason));
      continue;
    }
    const kind = change.to === 'suspended' ? 'member.suspended' : 'member.reactivated';
    const data = { member, before: change.from as string, after: change.to, reason: change.reason };
    const { role, customRoles } = before.access.inForce;
    const returning = { ...profileData(profile?.to ?? before.inForce), role, customRoles };
    events.push({ kind, data: change.from === 'removed' ? { ...data, ...returning } : data });
  }
  return [...events, ...membershipEventsOf(before.memberships, changes.filter(isMembership))];
}

/** What the feed says of somebody who is taken out of the organization, and what they were until then. */
export function removedEvent(
  { inForce, access }: Pick<LockedMember, 'inForce' | 'access'>,
  member: MemberRef,
  reason: Reason,
): FeedEventBody {
  const { role, customRoles } = access.inForce;
  const data = { member, before: inForce.status, reason, ...profileData(inForce), role, customRoles };
  return { kind: 'member.removed', data };
}

/** What was changed in force and not in what was asked, by names of its own. */
function profileInForceChanged(profile: Extract<Change, { kind: 'member.profile' }> | undefined): ChangedAttributes {
  const changed: ChangedAttributes = {};
  if (profile === undefined) return changed;
  const { from, to } = profile;
  if (from?.name !== to.name) changed.nameInForce = { before: from?.name, after: to.name };
  if (from?.email !== to.email) changed.emailInForce = { before: from?.email, after: to.email };
  return changed;
}
