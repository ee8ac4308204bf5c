import { appendEvents, type FeedEventBody } from '../events/feed.ts';
import type { AccessCounts } from '../store/access-writing.ts';
import { databaseFault } from '../store/database-errors.ts';
import { assertDefinitions } from '../store/definition-writing.ts';
import { readGoverned } from '../store/governing.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { insertRequest } from '../store/request-log.ts';
import { type Assumptions, lastAdministratorRefusal, withAssumptions } from './assumptions.ts';
import { describeEvent } from './describe-event.ts';
import { offRefusal } from './hold.ts';
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
  /** The version of the organization's definitions that the change was checked against, if it depends on them. */
  definitions?: number | undefined;
  /** Whether the organization knows people now whom somebody new might be, and knew none before. */
  governs?: boolean;
  /** What the change does to the counts of those who administer and of seats. */
  access?: AccessCounts;
};

/** A change that can be carried out. */
export type PreparedChange<T> = {
  request: ProvisioningRequest;
  /**
   * It may run more than once, so it writes nothing but through its transaction, and it reads anew each time what the request
   * says of the organization: a policy that is too old by then is replaced by the one there is.
   */
  work: (tx: OrgTransaction, assumptions: Assumptions) => Promise<Outcome<T>>;
  /** Makes the refusal for a violated unique constraint, from the constraint's name. */
  onConflict: (constraint: string) => Error | Promise<Error>;
};

/** Runs a change as one transaction: what its work writes, the request's row in the log and the events, all or nothing. */
export async function commitChange<T>(
  request: ProvisioningRequest,
  work: PreparedChange<T>['work'],
  onConflict: PreparedChange<T>['onConflict'],
): Promise<T> {
  const { db, organization, record, flush } = request;
  try {
    const run = async (tx: OrgTransaction, assumptions: Assumptions): Promise<Outcome<T>> => {
      assertNotOff(request);
      const outcome = await work(tx, assumptions);
      appendOutcome(tx, request, outcome);
      return outcome;
    };
    const { result, events } = await withAssumptions(
      atFirst(request),
      (assumptions) => inOrganization(db, organization.id, (tx) => run(tx, assumptions), flush),
      () => refreshGoverned([request]),
    );
    record.stored = events.length > 0;
    return result;
  } catch (error) {
    record.changes = [];
    throw await refusalOf(error, onConflict);
  }
}

/** What became of changes that were carried out together. */
export type Together<T> = { results: T[] } | { failed: number; error: unknown };

/**
 * Runs several changes of one organization as one transaction, all or nothing. Each has its own row in the log and its own
 * events. If one fails, `failed` is its place.
 */
export async function commitTogether<T>(
  changes: readonly [PreparedChange<T>, ...PreparedChange<T>[]],
): Promise<Together<T>> {
  const [{ request: first }] = changes;
  let running = 0;
  try {
    const run = async (tx: OrgTransaction, assumptions: Assumptions): Promise<Outcome<T>[]> => {
      const outcomes: Outcome<T>[] = [];
      for (const [place, { request, work }] of changes.entries()) {
        running = place;
        assertNotOff(request);
        const outcome = await work(tx, assumptions);
        outcomes.push(outcome);
        // Where seats are scarce, each change must meet the counts of those before it.
        if (!assumptions.seatsAreFree) appendOutcome(tx, request, outcome);
        // What the work has sent without waiting fails here, while it is known whose it was.
        await tx.query({ text: 'select', values: [] });
      }
      for (const [place, { request }] of changes.entries()) {
        if (assumptions.seatsAreFree) appendOutcome(tx, request, outcomes[place] as Outcome<T>);
      }
      return outcomes;
    };
    const outcomes = await withAssumptions(
      atFirst(first),
      (assumptions) => inOrganization(first.db, first.organization.id, (tx) => run(tx, assumptions), first.flush),
      () => refreshGoverned(changes.map(({ request }) => request)),
    );
    for (const [place, { request }] of changes.entries()) {
      request.record.stored = (outcomes[place] as Outcome<T>).events.length > 0;
    }
    return { results: outcomes.map(({ result }) => result) };
  } catch (error) {
    for (const { request } of changes) request.record.changes = [];
    const { onConflict } = changes[running] as PreparedChange<T>;
    return { failed: running, error: await refusalOf(error, onConflict) };
  }
}

const atFirst = ({ organization }: ProvisioningRequest): Assumptions => ({
  grantsByTeam: organization.grantsByTeam,
  seatsAreFree: true,
});

/** What is known of the connection may be read anew in between. */
function assertNotOff(request: ProvisioningRequest): void {
  const refusal = offRefusal(request);
  if (refusal !== undefined) throw refusal;
}

/** Reads anew what decides about people in the organization of the requests. */
async function refreshGoverned(requests: readonly ProvisioningRequest[]): Promise<void> {
  const [first] = requests;
  if (first === undefined) return;
  const governed = await readGoverned(first.db, first.organization.id);
  for (const { organization } of requests) Object.assign(organization, governed);
}

/** The last statements of a transaction, since they lock the organization's event counter. */
function appendOutcome(tx: OrgTransaction, request: ProvisioningRequest, outcome: Outcome<unknown>): void {
  const { organization, record, now } = request;
  record.changes = outcome.events.map(describeEvent);
  if (outcome.events.length === 0) return;
  const deactivated = deactivatedBy(outcome.events);
  if (deactivated.length > 0) revokeSessionsOf(tx, deactivated, now);
  insertRequest(tx, record.row());
  if (outcome.definitions !== undefined) assertDefinitions(tx, outcome.definitions);
  appendEvents(tx, outcome.events, {
    at: now,
    actor: actorOf(request),
    requestId: record.id,
    address: record.address,
    members: outcome.members ?? 0,
    teams: outcome.teams ?? 0,
    access: outcome.access,
    governedBy: organization.governedVersion,
    governs: outcome.governs,
  });
}

async function refusalOf(error: unknown, onConflict: (constraint: string) => Error | Promise<Error>): Promise<unknown> {
  const fault = databaseFault(error);
  if (fault.kind === 'unique') return await onConflict(fault.constraint);
  return fault.kind === 'check' ? (lastAdministratorRefusal(fault.constraint) ?? error) : error;
}
