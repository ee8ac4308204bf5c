import { limits } from '../limits.ts';
import { accessRules, licenseDue } from '../organization/access.ts';
import type { LicenseRule } from '../organization/licenses.ts';
import type { Policy } from '../organization/policy.ts';
import { readNamesOf } from '../store/access-lists.ts';
import { type PersonAccess, readScope } from '../store/access-rows.ts';
import { readSeats } from '../store/access-writing.ts';
import type { Database } from '../store/database.ts';
import { readGovernedIn } from '../store/governing.ts';
import { teamMembersAmong } from '../store/membership-writing.ts';
import { inOrganization } from '../store/organization-transaction.ts';
import { readSettings } from './create-organization.ts';

/** Rules that are not in force, laid over those that are. */
export type SupposedRules = {
  licenseSource?: string | undefined;
  defaultLicense?: string | undefined;
  /** What teams would give, by their ids; null is nothing. */
  teams?: Readonly<Record<string, string | null>> | undefined;
  /** Seats by license; null is any number. */
  seats?: Readonly<Record<string, number | null>> | undefined;
};

export type SimulatedChange = {
  member: string;
  userName: string;
  before: string | undefined;
  after: string | undefined;
  rule: LicenseRule;
};

export type Simulation = {
  /** Seats that the rules would need of each license, beside those that there would be; undefined is any number. */
  licenses: { license: string; seats: number | undefined; used: number; needed: number; missing: number }[];
  /** People whose license would be another one: how many get, lose and exchange one, and the first of them. */
  gains: number;
  losses: number;
  exchanges: number;
  changes: SimulatedChange[];
};

/**
 * What licenses people would have by other rules, changing nothing: who would get which, who would lose theirs, and how many
 * seats that takes. Everyone is counted whom the rules name, whether there is a seat or not.
 *
 * @param first how many changes are listed one by one
 * @throws OperatorError if a rule does not exist
 */
export async function simulateLicenses(
  db: Database,
  org: { id: string },
  supposed: SupposedRules,
  first: number,
): Promise<Simulation> {
  return await inOrganization(db, org.id, async (tx) => {
    const { policy } = await readGovernedIn(tx);
    const seats = (await readSeats(tx)).map((each) => {
      const limit = supposed.seats?.[each.license];
      return limit === undefined ? each : { ...each, limit: limit ?? undefined };
    });
    const { licenses: rules } = accessRules(
      withSupposed(policy, supposed),
      seats.filter(({ limit }) => limit !== 0).map(({ license }) => license),
    );
    const teams = Object.keys(supposed.teams ?? {});
    const needed = new Map<string, number>();
    const simulation = { gains: 0, losses: 0, exchanges: 0 };
    const changed: { person: PersonAccess; after: string | undefined; rule: LicenseRule }[] = [];
    let after: string | undefined;
    for (;;) {
      const people = await readScope(tx, { of: 'everyone' }, { after, limit: limits.peoplePerStepMax });
      after = people.at(-1)?.memberId;
      if (after === undefined) break;
      const ids = people.map(({ memberId }) => memberId);
      const teamsOf = teams.length === 0 ? new Map<string, string[]>() : await teamMembersAmong(tx, teams, ids);
      for (const person of people) {
        const claims = withSupposedTeams(person, teamsOf.get(person.memberId) ?? [], supposed);
        const { license, origin } = licenseDue(claims, person.memberStatus === 'active', rules);
        if (license !== undefined) needed.set(license, (needed.get(license) ?? 0) + 1);
        const before = person.inForce.license;
        if (license === before) continue;
        simulation[before === undefined ? 'gains' : license === undefined ? 'losses' : 'exchanges']++;
        if (changed.length < first) changed.push({ person, after: license, rule: origin.rule });
      }
    }
    const names = await readNamesOf(
      tx,
      changed.map(({ person }) => person.memberId),
    );
    return {
      ...simulation,
      licenses: seats.map(({ license, limit, used }) => {
        const count = needed.get(license) ?? 0;
        return { license, seats: limit, used, needed: count, missing: Math.max(0, count - (limit ?? count)) };
      }),
      changes: changed.map(({ person, after: license, rule }) => ({
        member: person.memberId,
        userName: names.get(person.memberId) ?? '',
        before: person.inForce.license,
        after: license,
        rule,
      })),
    };
  });
}

function withSupposed(policy: Policy, { licenseSource, defaultLicense }: SupposedRules): Policy {
  return readSettings(policy, {
    ...(licenseSource === undefined ? {} : { licenseSource }),
    ...(defaultLicense === undefined ? {} : { defaultLicense }),
  });
}

function withSupposedTeams(person: PersonAccess, inTeams: readonly string[], { teams = {} }: SupposedRules) {
  const kept = person.licenseClaims.byTeams.filter(({ teamId }) => teams[teamId] === undefined);
  const added = inTeams.flatMap((teamId) => {
    const license = teams[teamId];
    return typeof license === 'string' ? [{ teamId, license }] : [];
  });
  return { ...person.licenseClaims, byTeams: [...kept, ...added] };
}
