import { setTimeout as delay } from 'node:timers/promises';
import { forbidden, type ScimError } from '../scim/errors.ts';
import type { AdministratorCounts } from '../store/access-writing.ts';
import { databaseFault } from '../store/database-errors.ts';
import { OperatorError } from '../store/operator-error.ts';

/**
 * What a change supposes so that it need not ask. Most changes meet neither a team that gives something nor an organization
 * without seats; a transaction that finds itself wrong is undone and run again without the assumption.
 */
export type Assumptions = {
  /** Whether a team may give roles or licenses to those who are in it; if not, none does. */
  readonly grantsByTeam: boolean;
  /** That there are seats, and that nobody waits for one: the checks of the database hold it. */
  readonly seatsAreFree: boolean;
  /** That a new person, team or other resource is none that the organization knows already: the database's checks hold it. */
  readonly meetsNobody?: boolean;
  /** That what the provider takes out of force is not too much (brake.ts): a check of the database holds it. */
  readonly brakeIsFar?: boolean;
};

/** Thrown by a transaction that meets a team that gives something, and had supposed that none does. */
export class TeamGivesSomething extends Error {
  override readonly name = 'TeamGivesSomething';
}

/** Thrown by a transaction that has put somebody in force under a name that somebody else left at that moment. */
export class NameIsLeft extends Error {
  override readonly name = 'NameIsLeft';
}

/** How often it is tried to give a freed seat to people who are being changed at that moment. */
const attemptsMax = 20;

/**
 * Runs a transaction with assumptions, and again without those that turn out to be wrong.
 *
 * @param refresh reads anew what decides about people, when it has changed since it was read
 */
export async function withAssumptions<T>(
  first: Assumptions,
  run: (assumptions: Assumptions) => Promise<T>,
  refresh: () => Promise<void> = async () => undefined,
): Promise<T> {
  let assumptions = first;
  for (let attempt = 1; ; attempt++) {
    try {
      return await run(assumptions);
    } catch (error) {
      if (error instanceof TeamGivesSomething && !assumptions.grantsByTeam) {
        assumptions = { ...assumptions, grantsByTeam: true };
      } else if (isAboutSeats(error) && attempt < attemptsMax) {
        // Whoever waits for a seat may be held by a transaction that ends in a moment.
        if (!assumptions.seatsAreFree) await delay(attempt + Math.random() * attempt * 4);
        assumptions = { ...assumptions, seatsAreFree: false };
      } else if (isAboutMeeting(error) && assumptions.meetsNobody !== false) {
        assumptions = { ...assumptions, meetsNobody: false };
      } else if (isAboutBrake(error) && assumptions.brakeIsFar !== false) {
        assumptions = { ...assumptions, brakeIsFar: false };
      } else if ((isOutOfDate(error) || error instanceof NameIsLeft) && attempt < attemptsMax) {
        await refresh();
      } else throw error;
    }
  }
}

function isAboutSeats(error: unknown): boolean {
  const fault = databaseFault(error);
  return fault.kind === 'check' && fault.constraint.startsWith('license_seats_');
}

function isAboutMeeting(error: unknown): boolean {
  const fault = databaseFault(error);
  if (fault.kind === 'check') return fault.constraint === 'members_meets_nobody';
  const unique = ['members_user_name', 'teams_display_name', 'attribute_values_unique'];
  return fault.kind === 'unique' && unique.includes(fault.constraint);
}

function isAboutBrake(error: unknown): boolean {
  const fault = databaseFault(error);
  return fault.kind === 'check' && fault.constraint === 'event_counters_brake';
}

function isOutOfDate(error: unknown): boolean {
  const fault = databaseFault(error);
  // A batch that was open when it was read is opened again by the brake, and is over by now.
  if (fault.kind === 'unique') return fault.constraint === 'held_batches_pkey';
  return fault.kind === 'check' && fault.constraint === 'event_counters_governed';
}

/** Whom a check of the database keeps the last one of, `owner` or `owner or admin`; undefined for another check. */
export function lastAdministrator(constraint: string): string | undefined {
  if (constraint === 'event_counters_last_owner') return 'owner';
  return constraint === 'event_counters_last_admin' ? 'owner or admin' : undefined;
}

/**
 * The same of a change that is only planned, from the counts before it and by how much it changes them: whom the checks of the
 * database would keep the last one of.
 */
export function lastAdministratorOf(
  { owners, admins, keepsOwner, keepsAdmin }: AdministratorCounts,
  change: { owners: number; admins: number },
): string | undefined {
  if (keepsAdmin && admins + change.admins <= 0) return 'owner or admin';
  return keepsOwner && owners + change.owners <= 0 ? 'owner' : undefined;
}

/** Why a change by hand is refused that would leave nobody of a role, from `lastAdministrator` or `lastAdministratorOf`. */
export const nobodyAdministers = (role: string) =>
  new OperatorError(
    'refused',
    `This would leave the organization without an active ${role}, and nothing was changed; make another active member one first.`,
  );

/** The refusal of a provider's request that would leave the organization without an owner or an admin (K26, R14). */
export function lastAdministratorRefusal(constraint: string): ScimError | undefined {
  const role = lastAdministrator(constraint);
  if (role === undefined) return undefined;
  return forbidden(
    `This would leave the organization without an active ${role}, and nothing was changed. ` +
      `Make another active member an ${role} in Rollcall first, then let the provider try again`,
  );
}
