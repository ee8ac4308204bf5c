import { appendEvents } from '../events/feed.ts';
import type { ProfileName } from '../scim/profiles.ts';
import type { Database } from '../store/database.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { updateScimProfile } from '../store/organization-writing.ts';
import { type Acting, by } from './acting.ts';

/**
 * Says how the organization's provider is to be read and answered from now on. What is stored stays as it is. Requests
 * feel it as soon as a revoked token would.
 *
 * @param isExpected whether the caller knows the profile that it had; what it throws refuses the change
 * @returns false if it was so already
 */
export async function setScimProfile(
  db: Database,
  org: { id: string },
  profile: ProfileName,
  at: Acting,
  isExpected: (before: string) => void = () => undefined,
): Promise<boolean> {
  return await inOrganization(db, org.id, async (tx) => {
    const changed = await updateScimProfile(tx, profile, at.now);
    for (const { before } of changed) isExpected(before);
    const events = changed.map(({ id: connection, before }) => ({
      kind: 'connection.profile_changed' as const,
      data: { connection, before, after: profile },
    }));
    if (events.length > 0) appendEvents(tx, events, by(at));
    return events.length > 0;
  });
}
