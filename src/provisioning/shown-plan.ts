import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { Reach } from '../organization/permissions.ts';
import type { Reason } from '../organization/plan.ts';
import type { Narrowed } from './change-access.ts';
import { describeEvent } from './describe-event.ts';

/** One thing that would change, in words, and why. */
export type PlanItem = { kind: string; id: string; says: string; reason?: Reason };

/** What a change would bring about: how many things of each kind, and the first of them. */
export type ShownPlan = { counts: Record<string, number>; first: PlanItem[] };

/** The plan of a change whose events are known because it was tried and undone. Whose rights it narrows comes first. */
export function shownPlan(events: readonly FeedEventBody[], narrowed: readonly Narrowed[] = []): ShownPlan {
  const items = [...narrowed.map(narrowedItem), ...events.flatMap(itemsOf)];
  const counts: Record<string, number> = {};
  for (const { kind } of items) counts[kind] = (counts[kind] ?? 0) + 1;
  return { counts, first: items.slice(0, limits.planItemsShown) };
}

const narrowedItem = ({ memberId, before, after, reason }: Narrowed): PlanItem => ({
  kind: 'member.rights_narrowed',
  id: memberId,
  says: `may no longer do ${before === 'everything' ? 'what their roles allow' : 'more than read'}, only ${reachSays[after]}`,
  reason,
});

const reachSays: Record<Reach, string> = {
  everything: 'what their roles allow',
  reading: 'read',
  'own profile': 'see their own profile',
};

/** One event may be about many people. */
function itemsOf(event: FeedEventBody): PlanItem[] {
  switch (event.kind) {
    case 'member.role_changed':
      return event.data.changes.map(({ member, before, after, reason }) => ({
        kind: event.kind,
        id: member,
        says: `role ${before.role} becomes ${after.role}`,
        reason,
      }));
    case 'member.license_changed':
      return event.data.changes.map(({ member, before, after, reason }) => ({
        kind: event.kind,
        id: member,
        says: `license ${before.license ?? 'none'} becomes ${after.license ?? 'none'}`,
        reason,
      }));
    case 'policy.changed':
      return [];
    default: {
      const { kind, id, says } = describeEvent(event);
      return [{ kind, id, says, ...('reason' in event.data ? { reason: event.data.reason } : {}) }];
    }
  }
}
