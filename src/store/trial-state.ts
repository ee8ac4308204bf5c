import type { AccessInForce } from '../organization/access.ts';
import type { AccessCounts, AdministratorCounts, Seats } from './access-writing.ts';

/** What is in force of people by now, where a trial writes none of their rows. */
export type PeopleByNow = {
  /** Roles and licenses, by the ids of people. */
  readonly access: ReadonlyMap<string, AccessInForce>;
  /** Memberships, by `<team> <member>`. */
  readonly memberships: ReadonlyMap<string, boolean>;
};

/**
 * The counts of an organization as a trial has changed them, and of people what it has, if it only foresees that. The rows of the counts
 * are written by every change of the organization, which would wait for the trial if it wrote them too, so they are kept here, with the
 * checks of the database.
 */
export class TrialState {
  readonly administrators: AdministratorCounts;
  readonly seats: readonly Seats[];
  readonly people: PeopleByNow | undefined;

  constructor(administrators: AdministratorCounts, seats: readonly Seats[], people?: PeopleByNow) {
    this.administrators = administrators;
    this.seats = seats;
    this.people = people;
  }

  /**
   * The counts after a change.
   *
   * @throws what the database does where its check does not hold
   */
  after({ owners, admins, seats }: AccessCounts): TrialState {
    const before = this.administrators;
    const administrators = {
      owners: before.owners + owners,
      admins: before.admins + admins,
      keepsOwner: before.keepsOwner || owners > 0,
      keepsAdmin: before.keepsAdmin || admins > 0,
    };
    // In the order of the database, by name.
    assertCheck('event_counters_last_admin', administrators.admins > 0 || !administrators.keepsAdmin);
    assertCheck('event_counters_last_owner', administrators.owners > 0 || !administrators.keepsOwner);
    const changes = new Map(seats.map((change) => [change.license, change]));
    const after = this.seats.map((each) => {
      const change = changes.get(each.license);
      if (change === undefined) return each;
      const limit = change.limit === undefined ? each.limit : (change.limit ?? undefined);
      const [used, waiting] = [each.used + change.used, each.waiting + change.waiting];
      assertCheck('license_seats_limit', limit === undefined || used <= limit);
      assertCheck('license_seats_nobody_waits', waiting === 0 || (limit !== undefined && used >= limit));
      return { ...each, limit, used, waiting };
    });
    return new TrialState(administrators, after, this.people);
  }
}

function assertCheck(constraint: string, holds: boolean): void {
  if (holds) return;
  throw Object.assign(new Error(`a trial violates the check constraint "${constraint}"`), {
    code: '23514',
    constraint,
  });
}
