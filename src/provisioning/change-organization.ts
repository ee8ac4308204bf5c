import { appendEvents, type FeedEventBody } from '../events/feed.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { lockOrganization, type OrganizationFacts, updateOrganization } from '../store/organization-writing.ts';
import { type Acting, by } from './acting.ts';

/**
 * Changes the name, the plan or the status of an organization. A suspended one takes no request of its provider, its API keys
 * or its people, and keeps everything.
 *
 * @param isExpected whether the caller knows what is there; what it throws refuses the change
 * @returns false if nothing differs
 * @throws OperatorError if the name is empty
 */
export async function changeOrganization(
  db: Database,
  org: { id: string },
  change: { readonly [Name in keyof OrganizationFacts]?: OrganizationFacts[Name] | undefined },
  at: Acting,
  isExpected: (facts: OrganizationFacts & { updatedAt: Date }) => void = () => undefined,
): Promise<boolean> {
  if (change.name?.trim() === '') {
    throw new OperatorError('setting_invalid', 'The name of an organization must not be empty.');
  }
  return await inOrganization(db, org.id, async (tx) => {
    const before = await lockOrganization(tx);
    isExpected(before);
    const events = factsWritten(tx, before, change, at.now);
    if (events.length > 0) appendEvents(tx, events, by(at));
    return events.length > 0;
  });
}

/** Stores other facts of a locked organization. Returns what the feed says of it, nothing if nothing differs. */
export function factsWritten(
  tx: OrgTransaction,
  before: OrganizationFacts,
  change: { readonly [Name in keyof OrganizationFacts]?: OrganizationFacts[Name] | undefined },
  now: Date,
): FeedEventBody[] {
  const { name, plan, status } = before;
  const after: OrganizationFacts = {
    name: change.name ?? name,
    plan: change.plan ?? plan,
    status: change.status ?? status,
  };
  const changed = Object.fromEntries(
    (['name', 'plan', 'status'] as const)
      .filter((fact) => before[fact] !== after[fact])
      .map((fact) => [fact, { before: before[fact], after: after[fact] }]),
  );
  if (Object.keys(changed).length === 0) return [];
  updateOrganization(tx, after, now);
  return [{ kind: 'organization.updated', data: { changed } }];
}
