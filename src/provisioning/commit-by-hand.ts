import { appendEvents } from '../events/feed.ts';
import { type AccessRules, accessRules } from '../organization/access.ts';
import { type Edit, type Lockable, lockOn } from '../organization/locks.ts';
import type { Source } from '../organization/plan.ts';
import type { Policy } from '../organization/policy.ts';
import { readConnectionState, type StoredConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { databaseFault } from '../store/database-errors.ts';
import { assertDefinitions } from '../store/definition-writing.ts';
import { type Governed, holdGoverned } from '../store/governing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { type Acting, by, sourceOfActing } from './acting.ts';
import { lastAdministrator, nobodyAdministers, withAssumptions } from './assumptions.ts';
import type { Outcome } from './commit-change.ts';
import { deactivatedBy, revokeSessionsOf } from './revoke-sessions.ts';

/** What a change by hand is made with. */
export type ByHand = {
  readonly governed: Governed;
  readonly rules: AccessRules;
  readonly source: Source;
  readonly now: Date;
  readonly assertUnlocked: AssertUnlocked;
};

/**
 * Holds that no lock keeps whoever acts from an edit. `what` begins the refusal and names the person or team.
 *
 * @throws OperatorError locked
 */
export type AssertUnlocked = (edit: Edit, what: string, subject: Lockable) => void;

/** The locks of an organization at a moment. They do not hold whoever puts in force again what was before. */
export function locksOf(policy: Policy, state: StoredConnection['state'], { now, undoes }: Acting): AssertUnlocked {
  return (edit, what, subject) => {
    if (undoes !== undefined) return;
    const lock = lockOn(edit, subject, { policy, isConnected: state !== 'off', now });
    if (lock !== undefined) throw new OperatorError('locked', `${what} (lock ${lock.setting}). ${lock.wayOut}.`);
  };
}

/**
 * Runs a change that an admin or the operator makes as one transaction with its events, and ends what lets people in whom it
 * takes out of force. What decides about people is held still meanwhile.
 *
 * @param onConflict makes the refusal for a violated unique constraint, from the constraint's name
 * @throws OperatorError if nobody would be left who administers
 */
export async function commitByHand<T>(
  db: Database,
  org: { id: string },
  at: Acting,
  work: (tx: OrgTransaction, context: ByHand) => Promise<Outcome<T>>,
  onConflict: (constraint: string) => Error = (constraint) => new Error(`a change by hand violated ${constraint}`),
): Promise<T> {
  const source = sourceOfActing(at);
  const { now } = at;
  try {
    return await withAssumptions({ grantsByTeam: true, seatsAreFree: false }, () =>
      inOrganization(db, org.id, async (tx) => {
        const [governed, state] = await Promise.all([holdGoverned(tx), readConnectionState(tx)]);
        const { policy, licenses } = governed;
        const outcome = await work(tx, {
          governed,
          rules: accessRules(policy, licenses),
          source,
          now,
          assertUnlocked: locksOf(policy, state, at),
        });
        const deactivated = deactivatedBy(outcome.events);
        if (deactivated.length > 0) revokeSessionsOf(tx, deactivated, now);
        if (outcome.events.length > 0) {
          const { members = 0, teams = 0, access, governs, definitions } = outcome;
          if (definitions !== undefined) assertDefinitions(tx, definitions);
          appendEvents(tx, outcome.events, { ...by(at), members, teams, access, governs });
        }
        return outcome.result;
      }),
    );
  } catch (error) {
    const fault = databaseFault(error);
    if (fault.kind === 'unique') throw onConflict(fault.constraint);
    const role = fault.kind === 'check' ? lastAdministrator(fault.constraint) : undefined;
    if (role === undefined) throw error;
    throw nobodyAdministers(role);
  }
}
