import { appendEvents } from '../events/feed.ts';
import type { Database } from '../store/database.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { updateConnectionState } from '../store/organization-writing.ts';
import { type Acting, by } from './acting.ts';

/**
 * Turns provisioning of an organization on or off. Off leaves members and teams as they are and refuses the provider's
 * requests (behaviors.md D41).
 *
 * @returns false if it was in that state already
 */
export async function setConnectionState(
  db: Database,
  org: { id: string },
  state: 'on' | 'off',
  at: Acting,
): Promise<boolean> {
  return await inOrganization(db, org.id, async (tx) => {
    const changed = await updateConnectionState(tx, state, at.now);
    const events = changed.map(({ id: connection, before }) => ({
      kind: 'connection.state_changed' as const,
      data: { connection, before, after: state },
    }));
    if (events.length > 0) appendEvents(tx, events, by(at));
    return events.length > 0;
  });
}
