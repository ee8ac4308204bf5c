import { appendEvents, type FeedEventBody } from '../events/feed.ts';
import type { AccessCounts } from '../store/access-writing.ts';
import { databaseFault } from '../store/database-errors.ts';
import { readGoverned } from '../store/governing.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { insertRequest } from '../store/request-log.ts';
import { type Assumptions, lastAdministratorRefusal, withAssumptions } from './assumptions.ts';
import { describeEvent } from './describe-event.ts';
import { actorOf, type ProvisioningRequest } from './provisioning-request.ts';
import { deactivatedBy, revokeSessionsOf } from './revoke-sessions.ts';

/** What a change has done besides writing its rows. */
export type Outcome<T> = {
  result: T;
  /** Empty if nothing was changed; then nothing is stored, neither an event nor a row of the log. */
  events: readonly FeedEventBody[];
  /** By how many the change raises the numbers of live members and teams. */
  members?: number;
  teams?: number;
  /** What the change does to the counts of those who administer and of seats. */
  access?: AccessCounts;
};

/**
 * Runs a change as one transaction: what `work` writes, the request's row in the log and the events, all or nothing.
 * `work` may run more than once, so it writes nothing but through its transaction, and it reads anew each time what the request
 * says of the organization: a policy that is too old by then is replaced by the one there is.
 *
 * @param onConflict makes the refusal for a violated unique constraint, from the constraint's name
 */
export async function commitChange<T>(
  request: ProvisioningRequest,
  work: (tx: OrgTransaction, assumptions: Assumptions) => Promise<Outcome<T>>,
  onConflict: (constraint: string) => Error | Promise<Error>,
): Promise<T> {
  const { db, organization, record, now } = request;
  try {
    let isStored = false;
    const run = async (assumptions: Assumptions) =>
      await inOrganization(db, organization.id, async (tx) => {
        const outcome = await work(tx, assumptions);
        isStored = outcome.events.length > 0;
        record.changes = outcome.events.map(describeEvent);
        if (isStored) {
          const deactivated = deactivatedBy(outcome.events);
          if (deactivated.length > 0) revokeSessionsOf(tx, deactivated, now);
          insertRequest(tx, record.row());
          appendEvents(tx, outcome.events, {
            at: now,
            actor: actorOf(request),
            requestId: record.id,
            members: outcome.members ?? 0,
            teams: outcome.teams ?? 0,
            access: outcome.access,
            governedBy: organization.governedVersion,
          });
        }
        return outcome.result;
      });
    const result = await withAssumptions(
      { grantsByTeam: organization.grantsByTeam, seatsAreFree: true },
      run,
      async () => {
        Object.assign(organization, await readGoverned(db, organization.id));
      },
    );
    record.stored = isStored;
    return result;
  } catch (error) {
    record.changes = [];
    const fault = databaseFault(error);
    if (fault.kind === 'unique') throw await onConflict(fault.constraint);
    throw fault.kind === 'check' ? (lastAdministratorRefusal(fault.constraint) ?? error) : error;
  }
}
