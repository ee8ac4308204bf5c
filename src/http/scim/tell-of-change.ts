import type { FeedWatch } from '../../events/feed-watch.ts';
import type { RequestRecord } from '../../provisioning/provisioning-request.ts';

/** Tells those who follow the feed of an organization of a request that changed something, and that keys may have ended. */
export function tellOfChange(watch: Pick<FeedWatch, 'tell'>, orgId: string, { changes }: RequestRecord): void {
  const isDeactivation = changes.some(({ kind }) => kind === 'member.suspended' || kind === 'member.removed');
  watch.tell(orgId, isDeactivation);
}
