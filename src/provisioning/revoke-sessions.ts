import type { FeedEventBody } from '../events/feed.ts';
import { revokeApiKeysOf } from '../store/api-key-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';

/**
 * Ends everything that lets these people in, in the transaction that takes them out of force: their API keys, and with those
 * the streams that they opened (security.md R16). Whatever else comes to let people in, such as sign-in sessions, ends here.
 */
export function revokeSessionsOf(tx: OrgTransaction, memberIds: readonly string[], now: Date): void {
  revokeApiKeysOf(tx, memberIds, now);
}

/** The people whom these events take out of force. A change that nobody is told of does not exist, so none is missed. */
export function deactivatedBy(events: readonly FeedEventBody[]): string[] {
  return events.flatMap((event) =>
    event.kind === 'member.suspended' || event.kind === 'member.removed' ? [event.data.member.id] : [],
  );
}
