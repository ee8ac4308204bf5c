import { appendEvents, type FeedEventBody } from '../events/feed.ts';
import { type AccessRules, accessRules } from '../organization/access.ts';
import type { Change } from '../organization/plan.ts';
import type { Policy } from '../organization/policy.ts';
import type { AccessScope } from '../store/access-rows.ts';
import { readAdministratorCounts, readSeats } from '../store/access-writing.ts';
import { readConnectionState } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { databaseFault } from '../store/database-errors.ts';
import { holdGoverned, readGovernedIn } from '../store/governing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization, type OrgTransaction, tryInOrganization } from '../store/organization-transaction.ts';
import { TrialState } from '../store/trial-state.ts';
import { type AccessContext, type AccessOutcome, type OnSettled, recomputeAccess } from './access-in-force.ts';
import { type Acting, by, sourceOfActing } from './acting.ts';
import { lastAdministrator, lastAdministratorOf, nobodyAdministers, withAssumptions } from './assumptions.ts';
import { type AssertUnlocked, locksOf } from './commit-by-hand.ts';
import { ForeseenAccess } from './foreseen-access.ts';
import type { ForeseenLine } from './foreseen-line.ts';
import { type Narrowed, NarrowingRights } from './narrowed-rights.ts';

/** How many seats of a license there are to be; null is any number. */
export type SeatsSet = { license: string; limit: number | null };

/** What a change by hand has written, and whom it may concern. */
export type AccessChangeMade = {
  /** What was changed itself. Without an event nothing was, and nothing else happens. */
  events: FeedEventBody[];
  scope: AccessScope;
  /** Numbers of seats that the change sets. */
  seats?: readonly SeatsSet[];
  /** A policy that the change sets. */
  policy?: Policy;
};

export const nothingChanged: AccessChangeMade = { events: [], scope: { of: 'people', ids: [] } };

/** Writes a change of what decides about roles and licenses. The policy is held still meanwhile. */
export type AccessWork = (
  tx: OrgTransaction,
  governed: { policy: Policy; rules: AccessRules; assertUnlocked: AssertUnlocked },
) => Promise<AccessChangeMade>;

/** What a change brings about for people, before it is committed, and what the teams of it are called. */
export type AccessMade = {
  changes: readonly Change[];
  narrowed: readonly Narrowed[];
  teams: ReadonlyMap<string, string>;
  /** Why it will be refused, in words. */
  refusal: string | undefined;
};

/** Looks at a change in its transaction; what it throws undoes it. */
export type Examination = {
  /** Whether the change is only planned: nobody is locked, and `made` or `written` has to end it by what it throws. */
  foresees?: boolean;
  /** At what it comes to. */
  made: (tx: OrgTransaction, made: AccessMade) => Promise<void>;
  /**
   * At how things are when it is written, with the counts of seats and of those who administer. Of a change that is only planned the
   * transaction reads as if it were, and `line` are those who would wait for seats.
   */
  written?: ((tx: OrgTransaction, line?: ForeseenLine) => Promise<void>) | undefined;
};

/** Several changes as one, each of which finds what those before it have written. */
export const together =
  (works: readonly AccessWork[]): AccessWork =>
  async (tx, governed) => {
    const events: FeedEventBody[] = [];
    const seats: SeatsSet[] = [];
    let { policy } = governed;
    let isAboutSomebody = false;
    for (const work of works) {
      const rules = accessRules(policy, await licenseTypes(tx, seats));
      const made = await work(tx, { ...governed, policy, rules });
      events.push(...made.events);
      seats.push(...(made.seats ?? []));
      policy = made.policy ?? policy;
      if (made.scope.of !== 'people' || made.scope.ids.length > 0) isAboutSomebody = true;
    }
    return { events, seats, policy, scope: isAboutSomebody ? { of: 'everyone' } : { of: 'people', ids: [] } };
  };

/** The license types that an organization has seats of, with what is about to be set. */
async function licenseTypes(tx: OrgTransaction, set: readonly SeatsSet[]): Promise<string[]> {
  const limits = new Map(set.map(({ license, limit }) => [license, limit]));
  return (await readSeats(tx))
    .filter(({ license, limit }) => (limits.has(license) ? limits.get(license) : limit) !== 0)
    .map(({ license }) => license);
}

/**
 * Runs a change by hand of what decides about roles and licenses, in one transaction with what follows for everyone whom it
 * may concern.
 *
 * @param work writes the change; the policy is held still meanwhile
 * @returns false if nothing was changed
 * @throws OperatorError if it would leave nobody who administers, or people without a seat where they may not wait
 */
export async function changeAccess(
  db: Database,
  org: { id: string },
  at: Acting,
  work: AccessWork,
  examination?: Examination,
): Promise<boolean> {
  const source = sourceOfActing(at);
  const foresees = examination?.foresees === true;
  try {
    return await withAssumptions({ grantsByTeam: true, seatsAreFree: false }, () =>
      (foresees ? tryInOrganization : inOrganization)(db, org.id, async (tx) => {
        const governed = foresees ? readGovernedIn(tx) : holdGoverned(tx);
        const [{ policy }, state] = await Promise.all([governed, readConnectionState(tx)]);
        const rules = accessRules(policy, await licenseTypes(tx, []));
        const {
          events,
          scope,
          seats = [],
          policy: changed = policy,
        } = await work(tx, { policy, rules, assertUnlocked: locksOf(policy, state, at) });
        const made: Change[] = [];
        const teams = new Map<string, string>();
        const narrowing = new NarrowingRights();
        const onSettled: OnSettled = (changes, named) => {
          made.push(...changes);
          for (const { teamId, teamName } of named) teams.set(teamId, teamName);
        };
        if (events.length === 0) {
          await examination?.made(tx, { changes: [], narrowed: [], teams, refusal: undefined });
          await examination?.written?.(tx);
          return false;
        }
        const foreseen = foresees
          ? new ForeseenAccess(tx, { knowsAll: examination?.written !== undefined })
          : undefined;
        const context: AccessContext = {
          rules: accessRules(changed, await licenseTypes(tx, seats)),
          source,
          now: at.now,
          ...(foreseen && { foreseen }),
          ...(examination && { onSettled, narrowing }),
        };
        const outcome = await recomputeAccess(tx, scope, context, seats);
        const seatless = changed.withoutSeat === 'refuse' ? seatlessRefusal(outcome) : undefined;
        if (examination !== undefined) {
          const administrators = await readAdministratorCounts(tx);
          const narrowed = await narrowing.narrowed(tx, administrators, outcome.counts);
          const last = lastAdministratorOf(administrators, outcome.counts);
          const refusal = seatless ?? (last === undefined ? undefined : nobodyAdministers(last));
          await examination.made(tx, { changes: made, narrowed, teams, refusal: refusal?.message });
        }
        if (seatless !== undefined) throw seatless;
        if (foreseen !== undefined) {
          const [administrators, stored] = await Promise.all([readAdministratorCounts(tx), readSeats(tx)]);
          const before = new TrialState(administrators, stored, foreseen.people);
          await examination?.written?.({ ...tx, trial: before.after(outcome.counts) }, foreseen.line);
          throw new Error('a change that is only planned was not ended');
        }
        appendEvents(tx, [...events, ...outcome.events], {
          ...by(at),
          access: outcome.counts,
          governs: seats.length > 0 || changed !== policy,
        });
        await examination?.written?.(tx);
        return true;
      }),
    );
  } catch (error) {
    const fault = databaseFault(error);
    if (fault.kind !== 'check') throw error;
    const role = lastAdministrator(fault.constraint);
    if (role !== undefined) throw nobodyAdministers(role);
    if (fault.constraint === 'license_seats_limit') throw noSeats();
    throw error;
  }
}

/** Why a change is refused that would leave more people without a seat than were before (K27); undefined if it would not. */
function seatlessRefusal({ counts }: AccessOutcome): OperatorError | undefined {
  const short = counts.seats.filter(({ waiting }) => waiting > 0);
  if (short.length === 0) return undefined;
  return new OperatorError(
    'refused',
    `There are not enough seats, and nothing was changed: it takes ${short.map(({ license, waiting }) => `${waiting} more of ${license}`).join(' and ')}. ` +
      'Raise the number of seats, or let people wait for one (setting withoutSeat).',
  );
}

const noSeats = () =>
  new OperatorError(
    'refused',
    'More seats of the license are taken than this, and nothing was changed; free some first.',
  );
