import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { AccessRules } from '../organization/access.ts';
import { plan, type Source } from '../organization/plan.ts';
import { userType } from '../scim/resource-types.ts';
import type { Seats } from '../store/access-writing.ts';
import { deleteValuesOf } from '../store/attribute-value-writing.ts';
import { type LockedMember, markMemberDeleted } from '../store/member-writing.ts';
import { deleteMembershipsOfMember } from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { giveFreeSeats, writeAccess } from './access-in-force.ts';
import type { Outcome } from './commit-change.ts';
import { removedEvent } from './member-events.ts';
import { isMembership, membershipEventsOf } from './membership-events.ts';
import { memberRef } from './references.ts';

/** Until when whoever is removed now is remembered. */
export const rememberedUntil = (now: Date) => new Date(now.getTime() + limits.removedDays * 86_400_000);

/** What somebody is taken out of an organization with. */
export type TakingOut = {
  readonly act: 'asked-removed' | 'removed-by-hand';
  readonly rules: AccessRules;
  readonly source: Source;
  readonly now: Date;
  /** Whether they may come back as who they were for a time (K6). */
  readonly isRemembered: boolean;
  /** Whether the organization knew people before whom somebody new might be. */
  readonly knowsPeople: boolean;
  /** Reads the seats under their lock, if that is needed. It is called when everything else is locked. */
  readonly seats: () => Promise<readonly Seats[] | undefined>;
};

/**
 * Takes a locked member out of the organization, whoever wants it: out of every team, out of the roles and the seat. The row
 * stays as a tombstone: the userName may be used again, the id never is.
 */
export async function takeOut(
  tx: OrgTransaction,
  member: LockedMember,
  { act, rules, source, now, isRemembered, knowsPeople, seats: readSeats }: TakingOut,
): Promise<Outcome<undefined>> {
  const { id, inForce, origin, access } = member;
  // A team may have let the person go since the member was read: only what was still there ends here.
  const left = await deleteMembershipsOfMember(tx, id);
  const memberships = member.memberships
    .filter(({ teamId }) => left.has(teamId))
    .map((membership) => ({ ...membership, asked: false }));
  const seats = await readSeats();
  const changes = plan(
    { members: [{ id, asked: undefined, inForce, origin, act }], memberships, access: { people: [access], rules } },
    source,
  );
  const reason = { rule: act, ...source };
  const retainedUntil = isRemembered ? rememberedUntil(now) : now;
  const leftTeams = memberships.filter(({ isByHand }) => isByHand).map(({ teamId }) => teamId);
  markMemberDeleted(tx, id, { reason, now, retainedUntil, leftTeams });
  deleteValuesOf(tx, userType.name, id);
  const written = writeAccess(tx, [access], changes, now);
  const settled = seats === undefined ? written : await giveFreeSeats(tx, seats, written, { rules, source, now });
  const ref = memberRef(id, member.scim);
  // For those who follow what is in force, somebody whose creation was held never was here.
  const removed: FeedEventBody =
    inForce.status === 'held'
      ? { kind: 'member.held', data: { member: ref, hold: null, asked: 'removal', changed: {} } }
      : removedEvent(member, ref, reason);
  return {
    result: undefined,
    events: [removed, ...membershipEventsOf(memberships, changes.filter(isMembership)), ...settled.events],
    // Whom the provider wants gone is not counted any more.
    members: member.isAskedFor ? -1 : 0,
    governs: !knowsPeople,
    access: settled.counts,
  };
}
