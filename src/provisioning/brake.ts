import { v7 as newUuid } from 'uuid';
import type { FeedEventBody } from '../events/feed.ts';
import {
  type BrakeCounts,
  type BrakeKind,
  brakeFacts,
  brakeKinds,
  brakeLimits,
  brakeWindowMs,
  kindsOver,
  passedAt,
} from '../organization/brake.ts';
import { brakeBatch } from '../organization/holding.ts';
import { lockBrake } from '../store/brake-rows.ts';
import { openBatch } from '../store/held-writing.ts';
import type { Held } from '../store/member-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { Assumptions } from './assumptions.ts';
import type { Outcome } from './commit-change.ts';
import { notifyAdmins } from './notify-admins.ts';
import { type ProvisioningRequest, sourceOf } from './provisioning-request.ts';

/** What the brake says about a change: that it is held, with what opening the batch appends, or that it is to be counted. */
export type Braking = {
  held: Held | undefined;
  /** What goes with the outcome of the change, whichever it is. */
  rest: Pick<Outcome<unknown>, 'braked' | 'governs'> & { events: readonly FeedEventBody[] };
};

/**
 * Asks the brake about what a request of the provider takes out of force. A change of a kind that the open batch holds goes into it.
 * Another one is counted when it commits, and meets the brake there if it is too much: then the transaction runs again and
 * opens the batch, under the lock of the counter. So a change that passes costs nothing but its count.
 *
 * @param forced the kinds of which it is too much whatever was before
 */
export async function askBrake(
  tx: OrgTransaction,
  request: ProvisioningRequest,
  { brakeIsFar }: Assumptions,
  counts: BrakeCounts,
  forced: readonly BrakeKind[] = [],
): Promise<Braking> {
  const { organization, connectionId, now } = request;
  const limits = brakeLimits(organization.policy);
  const kinds = brakeKinds.filter((kind) => (counts[kind] ?? 0) > 0 && limits[kind] !== undefined);
  if (connectionId === undefined || kinds.length === 0) return { held: undefined, rest: { events: [] } };
  const open = brakeBatch(organization, connectionId);
  const source = sourceOf(request);
  if (open !== undefined && kinds.some((kind) => open.kinds.includes(kind))) {
    return { held: { by: open.id, source }, rest: { events: [] } };
  }
  const must = forced.filter((kind) => kinds.includes(kind));
  const passes = (isDecided: boolean): Braking => ({
    held: undefined,
    rest: { braked: { counts, isDecided }, events: [] },
  });
  if (must.length === 0 && brakeIsFar !== false) return passes(false);
  const { window, base } = await lockBrake(tx);
  const windowMs = brakeWindowMs(organization.policy);
  const over = kindsOver(counts, window, { limits, windowMs, base, at: now });
  const tripped = brakeKinds.filter((kind) => over.includes(kind) || must.includes(kind));
  if (tripped.length === 0) return passes(true);
  const id = open?.id ?? newUuid({ msecs: now.getTime() });
  const holds = [...new Set([...(open?.kinds ?? []), ...tripped])];
  openBatch(tx, { id, connectionId, cause: 'brake', kinds: holds, now });
  const passed = passedAt(window, windowMs, now);
  const slug = organization.slugs[0] ?? organization.id;
  notifyAdmins(tx, { kind: 'brake', says: alarm(tripped, passed, slug, id) }, now);
  return {
    held: { by: id, source },
    rest: { governs: true, events: [{ kind: 'hold.opened', data: { hold: id, kinds: tripped, passed } }] },
  };
}

/** What admins are told at once. */
const alarm = (kinds: readonly BrakeKind[], passed: BrakeCounts, slug: string, batch: string) =>
  `The identity provider asks for more than the organization lets happen at a time (${kinds.map((kind) => `${brakeFacts[kind].counts}: ${passed[kind] ?? 0} until now`).join('; ')}), ` +
  `so these changes are held from now on, and everything else goes on. Look at them: rollcall held plan ${slug} ${batch}. ` +
  `Then put them in force (rollcall held release ${slug} ${batch}) or leave things as they are (rollcall held discard ${slug} ${batch}).`;
