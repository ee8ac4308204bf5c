import { limits } from '../limits.ts';
import { readSeats } from '../store/access-writing.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { insertLicense } from '../store/role-writing.ts';
import type { Acting } from './acting.ts';
import { type AccessWork, nothingChanged } from './change-access.ts';
import { changeAccessAsPlanned, type PlannedWork } from './plan-access.ts';

/**
 * Sets how many seats of a license the organization has; undefined is any number, and 0 is a license that it does not have.
 * Seats that become free go to those who wait. A type that is new comes last in precedence.
 *
 * @param version of the plan that was shown; without it whatever the change comes to happens
 * @returns false if nothing differs
 * @throws OperatorError if more seats are taken than that; changed if the plan is another one than the version names
 */
export async function setSeats(
  db: Database,
  org: { id: string },
  license: string,
  limit: number | undefined,
  at: Acting,
  version?: string,
): Promise<boolean> {
  return (await changeAccessAsPlanned(db, org, seatsOf(license, limit), at, version)).isChanged;
}

/** The same, to be planned before. */
export const seatsOf = (license: string, limit: number | undefined): PlannedWork => ({
  work: seatsSet(license, limit),
  about: () => ({ license, seats: limit ?? null }),
});

/** The same, to be carried out with other changes. */
export function seatsSet(license: string, limit: number | undefined): AccessWork {
  assertLicenseName(license);
  if (limit !== undefined && limit > limits.seatsMax) {
    throw new OperatorError(
      'setting_invalid',
      `A license has ${limits.seatsMax} seats at most, or any number of them.`,
    );
  }
  return async (tx) => {
    const known = (await readSeats(tx)).find((each) => each.license === license);
    if (known !== undefined && known.limit === limit) return nothingChanged;
    if (known !== undefined && limit !== undefined && limit < known.used) {
      throw new OperatorError(
        'refused',
        `${known.used} seats of ${license} are taken, which is more than ${limit}, and nothing was changed; free some first.`,
      );
    }
    if (known === undefined) insertLicense(tx, license);
    const data = { license, ...(known === undefined ? {} : { before: known.limit ?? null }), after: limit ?? null };
    // A license that the organization begins or ceases to have may be what a rule says of anybody.
    const isNew = known === undefined || known.limit === 0 || limit === 0;
    return {
      events: [{ kind: 'license.seats_changed', data }],
      scope: isNew ? { of: 'everyone' } : { of: 'people', ids: [] },
      seats: [{ license, limit: limit ?? null }],
    };
  };
}

/** @throws OperatorError if no license is called so */
export function assertLicenseName(license: string): void {
  if (/^[a-z][a-z0-9_]{0,62}$/.test(license)) return;
  throw new OperatorError(
    'setting_invalid',
    `The license "${license}" must be 1 to 63 lower-case letters, digits and underscores, beginning with a letter.`,
  );
}
