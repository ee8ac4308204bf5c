import type { AccessCounts, AdministratorCounts, Seats } from './access-writing.ts';

/**
 * The counts of an organization as a trial has changed them (`tryInOrder`). Their rows are written by every change of the organization,
 * which would wait for the trial if it wrote them too, so they are kept here, with the checks of the database.
 */
export class TrialCounts {
  readonly administrators: AdministratorCounts;
  readonly seats: readonly Seats[];

  constructor(administrators: AdministratorCounts, seats: readonly Seats[]) {
    this.administrators = administrators;
    this.seats = seats;
  }

  /**
   * The counts after a change.
   *
   * @throws what the database does where its check does not hold
   */
  after({ owners, admins, seats }: AccessCounts): TrialCounts {
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
    return new TrialCounts(administrators, after);
  }
}

function assertCheck(constraint: string, holds: boolean): void {
  if (holds) return;
  throw Object.assign(new Error(`a trial violates the check constraint "${constraint}"`), {
    code: '23514',
    constraint,
  });
}
