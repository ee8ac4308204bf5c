import { appendEvents, type FeedEventBody } from '../events/feed.ts';
import { expiryAlertDays, expiryAlertDue } from '../organization/token-expiry.ts';
import type { Database } from '../store/database.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { findWithExpiringTokens } from '../store/organizations.ts';
import { lockExpiringTokens, updateAlertedDays } from '../store/token-writing.ts';
import { byItself, runningFrom } from './acting.ts';
import { forEachOrganization, type RoundOptions } from './for-each-organization.ts';
import { notifyAdmins } from './notify-admins.ts';

const dayMs = 86_400_000;

/** Tells each organization, once for each of `expiryAlertDays`, of its tokens that are about to expire. */
export async function alertExpiringTokens(
  { app, jobs }: { app: Database; jobs: Database },
  now: Date,
  options: RoundOptions,
): Promise<void> {
  const time = runningFrom(now);
  const until = new Date(now.getTime() + Math.max(...expiryAlertDays) * dayMs);
  const turns = await findWithExpiringTokens(jobs, now, until);
  const what = (orgId: string) => `Looking at the tokens of the organization ${orgId} that expire`;
  await forEachOrganization({ ...options, turns, what }, (orgId) => alertOne(app, orgId, time(), until));
}

async function alertOne(app: Database, orgId: string, now: Date, until: Date): Promise<void> {
  await inOrganization(app, orgId, async (tx) => {
    const events: FeedEventBody[] = [];
    for (const token of await lockExpiringTokens(tx, now, until)) {
      const days = expiryAlertDue(token, now);
      if (days === undefined) continue;
      const { id, name, expiresAt } = token;
      updateAlertedDays(tx, id, days);
      const when = days <= 1 ? 'within a day' : `in ${days} days`;
      const says = `The SCIM token "${name}" expires ${when}, on ${expiresAt.toISOString().slice(0, 10)}: make a new one and put it into the identity provider before, or provisioning stops.`;
      notifyAdmins(tx, { kind: 'token-expiring', says }, now);
      events.push({ kind: 'token.expiring', data: { token: { id, name }, expiresAt, days } });
    }
    if (events.length > 0) appendEvents(tx, events, byItself(now));
  });
}
