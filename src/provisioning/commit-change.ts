import { appendEventsOf, type FeedEventBody } from '../events/feed.ts';
import { type BrakeCounts, brakeLimits, brakeWindowMs, sumOfCounts } from '../organization/brake.ts';
import { type AccessCounts, noAccessCounts } from '../store/access-writing.ts';
import type { BrakedCounts } from '../store/brake-rows.ts';
import { databaseFault } from '../store/database-errors.ts';
import { assertDefinitions } from '../store/definition-writing.ts';
import { readGoverned } from '../store/governing.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { insertRequestsOf } from '../store/request-log.ts';
import { type ChangeAbout, inSharedTransaction } from '../store/shared-transactions.ts';
import { addCounts } from './access-in-force.ts';
import { type Assumptions, lastAdministratorRefusal, withAssumptions } from './assumptions.ts';
import { describeEvent } from './describe-event.ts';
import { offRefusal } from './hold.ts';
import { noteLinkAsked } from './note-link-asked.ts';
import { actorOf, type ProvisioningRequest } from './provisioning-request.ts';
import { deactivatedBy, revokeSessionsOf } from './revoke-sessions.ts';
import { LinkUndecided } from './team-refusals.ts';

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
  /** What the change takes out of force, for the brake; `isDecided` if it is known not to be too much. */
  braked?: { counts: BrakeCounts; isDecided: boolean } | undefined;
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
  /** What it is about, if that is known beforehand: then it may share a transaction with changes about something else. */
  about?: ChangeAbout | undefined;
};

/**
 * Runs a change in a transaction: what its work writes, the request's row in the log and the events, all or nothing. Changes that
 * come together may have one transaction for all of them.
 */
export async function commitChange<T>(
  request: ProvisioningRequest,
  work: PreparedChange<T>['work'],
  onConflict: PreparedChange<T>['onConflict'],
  about?: ChangeAbout,
): Promise<T> {
  const { db, organization, record, flush } = request;
  const first = atFirst(request);
  const run = async (tx: OrgTransaction, assumptions: Assumptions): Promise<Done<T>> => {
    assertNotOff(request);
    return { request, outcome: await work(tx, assumptions) };
  };
  const runAlone = async (tx: OrgTransaction, assumptions: Assumptions): Promise<Done<T>> => {
    const done = await run(tx, assumptions);
    appendOutcomes(tx, [done]);
    return done;
  };
  // What is flushed later is one of many that follow each other, and where assumptions were wrong there is much to lock.
  const shares = about !== undefined && flush && !first.grantsByTeam;
  try {
    const { outcome } = await withAssumptions(
      first,
      async (assumptions) =>
        shares && assumptions === first
          ? await inSharedTransaction<Done<T>>(db, organization.id, {
              about,
              work: (tx) => run(tx, assumptions),
              finish: appendOutcomes,
            })
          : await inOrganization(db, organization.id, (tx) => runAlone(tx, assumptions), flush),
      () => refreshGoverned([request]),
    );
    record.stored = outcome.events.length > 0;
    return outcome.result;
  } catch (error) {
    record.changes = [];
    throw await refusalOf(request, error, onConflict);
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
        if (!assumptions.seatsAreFree) appendOutcomes(tx, [{ request, outcome }]);
        // What the work has sent without waiting fails here, while it is known whose it was.
        await tx.query({ text: 'select', values: [] });
      }
      if (assumptions.seatsAreFree) {
        appendOutcomes(
          tx,
          changes.map(({ request }, place) => ({ request, outcome: outcomes[place] as Outcome<T> })),
        );
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
    const { request, onConflict } = changes[running] as PreparedChange<T>;
    return { failed: running, error: await refusalOf(request, error, onConflict) };
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
  for (const { organization, learn } of requests) {
    Object.assign(organization, governed);
    learn?.(governed);
  }
}

/** A change whose work is done, in a transaction that is to end. */
type Done<T> = { request: ProvisioningRequest; outcome: Outcome<T> };

/** The last statements of a transaction, since they lock the organization's event counter. */
function appendOutcomes(tx: OrgTransaction, all: readonly Done<unknown>[]): void {
  for (const { request, outcome } of all) request.record.changes = outcome.events.map(describeEvent);
  const done = all.filter(({ outcome }) => outcome.events.length > 0);
  const last = done.at(-1)?.request;
  if (last === undefined) return;
  const outcomes = done.map(({ outcome }) => outcome);
  const deactivated = outcomes.flatMap(({ events }) => deactivatedBy(events));
  if (deactivated.length > 0) revokeSessionsOf(tx, deactivated, last.now);
  insertRequestsOf(
    tx,
    done.map(({ request }) => request.record.row()),
  );
  for (const version of new Set(outcomes.map(({ definitions }) => definitions))) {
    if (version !== undefined) assertDefinitions(tx, version);
  }
  const changes = done.map(({ request, outcome: { events } }) => ({
    events,
    about: {
      at: request.now,
      actor: actorOf(request),
      requestId: request.record.id,
      address: request.record.address,
    },
  }));
  appendEventsOf(tx, changes, {
    members: sum(outcomes.map(({ members = 0 }) => members)),
    teams: sum(outcomes.map(({ teams = 0 }) => teams)),
    access: outcomes.map(({ access = noAccessCounts }) => access).reduce(addCounts),
    // Of several the oldest one, which is out of date where they differ.
    governedBy: Math.min(...done.map(({ request }) => request.organization.governedVersion)),
    governs: outcomes.some(({ governs }) => governs === true),
    braked: brakedOf(done),
  });
}

/** What changes take out of force together; undefined if nothing is counted. */
function brakedOf(done: readonly Done<unknown>[]): BrakedCounts | undefined {
  const all = done.flatMap(({ outcome: { braked } }) => (braked === undefined ? [] : [braked]));
  const request = done.at(-1)?.request;
  if (all.length === 0 || request === undefined) return undefined;
  const { policy } = request.organization;
  return {
    counts: all.map(({ counts }) => counts).reduce(sumOfCounts),
    limits: all.every(({ isDecided }) => isDecided) ? {} : brakeLimits(policy),
    windowMs: brakeWindowMs(policy),
    at: request.now,
  };
}

const sum = (numbers: readonly number[]) => numbers.reduce((total, each) => total + each, 0);

async function refusalOf(
  request: ProvisioningRequest,
  error: unknown,
  onConflict: (constraint: string) => Error | Promise<Error>,
): Promise<unknown> {
  if (error instanceof LinkUndecided) await noteLinkAsked(request, error.teamId);
  const fault = databaseFault(error);
  if (fault.kind === 'unique') return await onConflict(fault.constraint);
  return fault.kind === 'check' ? (lastAdministratorRefusal(fault.constraint) ?? error) : error;
}
