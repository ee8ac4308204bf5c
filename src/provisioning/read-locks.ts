import { type Edit, type Lock, type Lockable, lockOn } from '../organization/locks.ts';
import { readConnectionState } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { readGovernedIn } from '../store/governing.ts';
import { inOrganization } from '../store/organization-transaction.ts';

/** A lock with the edit that it is against. */
export type LockedEdit = Lock & { readonly edit: Edit };

/**
 * The locks that keep an admin from these edits of a person or a team, as things are. Only what the provider manages has any, so
 * nothing is read for the rest.
 */
export async function readLocks(
  db: Database,
  org: { id: string },
  edits: readonly Edit[],
  subject: Lockable,
  now: Date,
): Promise<LockedEdit[]> {
  if (!subject.isManaged) return [];
  const [{ policy }, state] = await inOrganization(
    db,
    org.id,
    async (tx) => await Promise.all([readGovernedIn(tx), readConnectionState(tx)]),
  );
  return edits.flatMap((edit) => {
    const lock = lockOn(edit, subject, { policy, isConnected: state !== 'off', now });
    return lock === undefined ? [] : [{ edit, ...lock }];
  });
}
