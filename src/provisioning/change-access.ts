import { appendEvents, type FeedEventBody } from '../events/feed.ts';
import { type AccessRules, accessRules } from '../organization/access.ts';
import type { Policy } from '../organization/policy.ts';
import type { AccessScope } from '../store/access-rows.ts';
import { readSeats } from '../store/access-writing.ts';
import { readConnectionState } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { databaseFault } from '../store/database-errors.ts';
import { holdGoverned } from '../store/governing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { type AccessOutcome, recomputeAccess } from './access-in-force.ts';
import { type Acting, by, sourceOfActing } from './acting.ts';
import { lastAdministrator, withAssumptions } from './assumptions.ts';
import { type AssertUnlocked, locksOf } from './commit-by-hand.ts';

/** What a change by hand has written, and whom it may concern. */
export type AccessChangeMade = {
  /** What was changed itself. Without an event nothing was, and nothing else happens. */
  events: FeedEventBody[];
  scope: AccessScope;
  /** A number of seats that the change sets; null is any number. */
  seats?: { license: string; limit: number | null };
  /** A policy that the change sets. */
  policy?: Policy;
};

export const nothingChanged: AccessChangeMade = { events: [], scope: { of: 'people', ids: [] } };

/**
 * Runs a change by hand of what decides about roles and licenses, in one transaction with what follows for everyone whom it
 * may concern.
 *
 * @param work writes the change; the policy is held still meanwhile
 * @param onPlanned is told what would happen, and then nothing does
 * @returns false if nothing was changed
 * @throws OperatorError if it would leave nobody who administers, or people without a seat where they may not wait
 */
export async function changeAccess(
  db: Database,
  org: { id: string },
  at: Acting,
  work: (
    tx: OrgTransaction,
    governed: { policy: Policy; rules: AccessRules; assertUnlocked: AssertUnlocked },
  ) => Promise<AccessChangeMade>,
  onPlanned?: (events: readonly FeedEventBody[]) => void,
): Promise<boolean> {
  const source = sourceOfActing(at);
  try {
    return await withAssumptions({ grantsByTeam: true, seatsAreFree: false }, () =>
      inOrganization(db, org.id, async (tx) => {
        const [{ policy }, state] = await Promise.all([holdGoverned(tx), readConnectionState(tx)]);
        const types = async (set?: AccessChangeMade['seats']) =>
          (await readSeats(tx))
            .filter((each) => (each.license === set?.license ? set.limit : each.limit) !== 0)
            .map(({ license }) => license);
        const rules = accessRules(policy, await types());
        const {
          events,
          scope,
          seats,
          policy: changed = policy,
        } = await work(tx, { policy, rules, assertUnlocked: locksOf(policy, state, at) });
        if (events.length === 0) return false;
        const context = { rules: accessRules(changed, await types(seats)), source, now: at.now };
        const outcome = await recomputeAccess(tx, scope, context, seats);
        if (changed.withoutSeat === 'refuse') refuseSeatless(outcome);
        if (onPlanned !== undefined) {
          onPlanned([...events, ...outcome.events]);
          throw new Planned();
        }
        appendEvents(tx, [...events, ...outcome.events], {
          ...by(at),
          access: outcome.counts,
          governs: seats !== undefined || changed !== policy,
        });
        return true;
      }),
    );
  } catch (error) {
    if (error instanceof Planned) return true;
    const fault = databaseFault(error);
    if (fault.kind !== 'check') throw error;
    const role = lastAdministrator(fault.constraint);
    if (role !== undefined) {
      throw new OperatorError(
        'refused',
        `This would leave the organization without an active ${role}, and nothing was changed; make another active member one first.`,
      );
    }
    if (fault.constraint === 'license_seats_limit') throw noSeats();
    throw error;
  }
}

/** Undoes a transaction whose outcome was only asked for. */
class Planned extends Error {
  override readonly name = 'Planned';
}

/** Refuses what would leave more people without a seat than were before (K27). */
function refuseSeatless({ counts }: AccessOutcome): void {
  const short = counts.seats.filter(({ waiting }) => waiting > 0);
  if (short.length === 0) return;
  throw new OperatorError(
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
