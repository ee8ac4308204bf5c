import { appendEvents, type FeedEventBody } from '../events/feed.ts';
import { rhythmWindowMs, silenceAllowedMs } from '../organization/rhythm.ts';
import type { Database } from '../store/database.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { findQuietConnections } from '../store/organizations.ts';
import { readCalls } from '../store/traffic.ts';
import { lockConnectionCalls, updateSilence } from '../store/traffic-writing.ts';
import { byItself, runningFrom } from './acting.ts';
import { forEachOrganization, type RoundOptions } from './for-each-organization.ts';
import { notifyAdmins } from './notify-admins.ts';

/**
 * Tells each organization, once for each silence, that its provider has been silent for longer than usual, and that
 * it calls again.
 */
export async function watchSilence(
  { app, jobs }: { app: Database; jobs: Database },
  now: Date,
  options: RoundOptions,
): Promise<void> {
  const time = runningFrom(now);
  const turns = await findQuietConnections(jobs, now);
  const what = (orgId: string) => `Looking whether the provider of the organization ${orgId} is silent`;
  await forEachOrganization({ ...options, turns, what }, (orgId) => watchOne(app, orgId, time()));
}

async function watchOne(app: Database, orgId: string, now: Date): Promise<void> {
  const since = new Date(now.getTime() - rhythmWindowMs);
  const allowedMs = silenceAllowedMs(await readCalls(app, orgId, since));
  await inOrganization(app, orgId, async (tx) => {
    const events: FeedEventBody[] = [];
    for (const { id, silentSince, lastCallAt } of await lockConnectionCalls(tx)) {
      if (lastCallAt === undefined) continue;
      if (silentSince !== undefined && lastCallAt > silentSince) {
        updateSilence(tx, id, undefined);
        events.push({ kind: 'connection.heard_again', data: { connection: id, silentSince } });
        continue;
      }
      const isSilent = allowedMs !== undefined && now.getTime() - lastCallAt.getTime() > allowedMs;
      if (!isSilent || silentSince !== undefined) continue;
      updateSilence(tx, id, lastCallAt);
      const says = `The identity provider has not called since ${lastCallAt.toISOString()}, which is longer than it uses to rest. Check in its console that provisioning is on.`;
      notifyAdmins(tx, { kind: 'connection-silent', says }, now);
      events.push({ kind: 'connection.silent', data: { connection: id, lastCallAt, allowedMs } });
    }
    if (events.length > 0) appendEvents(tx, events, byItself(now));
  });
}
