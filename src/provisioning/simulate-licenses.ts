import { limits } from '../limits.ts';
import { accessRules, licenseDue } from '../organization/access.ts';
import type { Change } from '../organization/plan.ts';
import type { Policy } from '../organization/policy.ts';
import { own } from '../scim/attribute-value.ts';
import { isId } from '../scim/resource-id.ts';
import { readNamesOf } from '../store/access-lists.ts';
import { type PersonAccess, readAccess, readScope } from '../store/access-rows.ts';
import {
  type AccessCounts,
  noAccessCounts,
  readAdministratorCounts,
  readSeats,
  readWaiting,
  type Seats,
  type Waiting,
} from '../store/access-writing.ts';
import { readConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { readGovernedIn } from '../store/governing.ts';
import { lockMembershipsOf, teamMembersAmong } from '../store/membership-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { findNamesOfTeams } from '../store/team-list.ts';
import {
  addCounts,
  countsOf,
  freeSeats,
  giveSeats,
  planAccessAgain,
  planLicensed,
  wasUnlicensed,
} from './access-in-force.ts';
import { assertLicenseName } from './change-seats.ts';
import { readSettings } from './create-organization.ts';
import { assertLicense } from './give-access.ts';
import { type Narrowed, NarrowingRights, reachSays } from './narrowed-rights.ts';
import { warnOfLicenses } from './warn-of-licenses.ts';

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
  /** The license that the person would wait for, since all seats of it would be taken. */
  waitsFor: string | undefined;
  rule: string;
  /** What the person may do now and would then, in words, where that is less. */
  narrows: { from: string; to: string } | undefined;
  /** How many teams the person would be in and out of by it. */
  joins: number;
  leaves: number;
};

/** Seats of a license beside those that there would be; undefined is any number. */
export type SimulatedSeats = {
  license: string;
  seats: number | undefined;
  used: number;
  /** For whom the rules would give it, whether there is a seat or not, and how many seats that is too many. */
  needed: number;
  missing: number;
  /** How many would have one, and how many would wait. */
  taken: number;
  waiting: number;
};

export type Simulation = {
  licenses: SimulatedSeats[];
  /** How many people would get, lose and exchange a license, and how many would wait for one that do not now. */
  gains: number;
  losses: number;
  exchanges: number;
  waits: number;
  /** How many memberships of teams would come into force, since the person would be licensed, and leave it, since not. */
  joins: number;
  leaves: number;
  /** Whose rights the license would narrow. */
  narrowed: number;
  /** Whether the rules could not be set, since there are not enough seats. */
  refused: boolean;
  /** What an admin should know of such rules, in words. */
  warnings: readonly string[];
  /** The first people of whom something changes. */
  changes: SimulatedChange[];
};

/**
 * What licenses people would have by other rules, changing nothing: who would get which, who would wait for one, who would lose
 * theirs, and how many seats that takes. The plan that decides when the rules are set decides here, over the same people in the same
 * order. Memory is bounded by a page and by the ids of those who would wait.
 *
 * @param first how many changes are listed one by one
 * @throws OperatorError if a rule, a license or a team does not exist
 */
export async function simulateLicenses(
  db: Database,
  org: { id: string },
  supposed: SupposedRules,
  first: number,
): Promise<Simulation> {
  return await inOrganization(db, org.id, async (tx) => {
    const { policy } = await readGovernedIn(tx);
    const stored = await readSeats(tx);
    const seats = withSupposedSeats(stored, supposed);
    const after = withSupposed(policy, supposed);
    const typesOf = (of: readonly Seats[]) => of.filter(({ limit }) => limit !== 0).map(({ license }) => license);
    const rules = accessRules(after, typesOf(seats));
    await assertTeams(tx, supposed, rules.licenses.types);
    const isAboutEveryone =
      after.licenseSource !== policy.licenseSource ||
      after.defaultLicense !== policy.defaultLicense ||
      `${typesOf(seats)}` !== `${typesOf(stored)}` ||
      Object.keys(supposed.teams ?? {}).length > 1;
    const outcomes = new Map<string, Outcome>();
    const needed = new Map<string, number>();
    const narrowing = new NarrowingRights();
    let counts = noAccessCounts;
    const settle = (people: readonly PersonAccess[], free: ReadonlyMap<string, number>): AccessCounts => {
      const changes = planAccessAgain(people, { rules, source: {}, freeSeats: free });
      narrowing.note(people, changes);
      const stored = new Map(people.map(({ memberId, inForce }) => [memberId, inForce]));
      for (const { memberId, to: after, waitsFor, reason } of changes.filter(isLicense)) {
        const inForce = stored.get(memberId) as PersonAccess['inForce'];
        const { license: before, waitsFor: waited } = inForce;
        const first = outcomes.get(memberId) ?? { before, waited, isHeldBack: wasUnlicensed(inForce) };
        outcomes.set(memberId, { ...first, after, waitsFor, rule: reason.rule });
      }
      return countsOf(people, changes);
    };
    let last: string | undefined;
    for (;;) {
      const page = await readScope(tx, { of: 'everyone' }, { after: last, limit: limits.peoplePerStepMax });
      last = page.at(-1)?.memberId;
      if (last === undefined) break;
      const { people, inTeams } = await withSupposedTeams(tx, page, supposed);
      for (const { licenseClaims, memberStatus } of people) {
        const { license } = licenseDue(licenseClaims, memberStatus === 'active', rules.licenses);
        if (license !== undefined) needed.set(license, (needed.get(license) ?? 0) + 1);
      }
      const concerned = isAboutEveryone ? people : people.filter(({ memberId }) => inTeams.has(memberId));
      counts = addCounts(counts, settle(concerned, freeSeats(seats, counts)));
    }
    const lines = new Map<string, AsyncGenerator<string, void>>();
    counts = await giveSeats(seats, counts, {
      waiting: async (license, limit) => {
        const line = lines.get(license) ?? lineOf(tx, license, outcomes);
        lines.set(license, line);
        const ids: string[] = [];
        while (ids.length < limit) {
          const next = await line.next();
          if (next.done) break;
          ids.push(next.value);
        }
        return ids;
      },
      settle: async (ids, free) => {
        const { people } = await withSupposedTeams(tx, await readAccess(tx, ids), supposed);
        return settle(
          people.map((person) => asWaiting(person, outcomes.get(person.memberId))),
          free,
        );
      },
    });
    const narrowed = new Map(
      (await narrowing.narrowed(tx, await readAdministratorCounts(tx), counts)).map((each) => [each.memberId, each]),
    );
    const moves = await movesOf(tx, outcomes, rules.licenses.source);
    const shown = seats.map((each) => seatsAfter(each, counts, needed.get(each.license) ?? 0));
    return {
      ...totalsOf([...outcomes.values()]),
      licenses: shown,
      refused:
        shown.some(({ seats: limit, taken }) => limit !== undefined && taken > limit) ||
        (policy.withoutSeat === 'refuse' && counts.seats.some(({ waiting }) => waiting > 0)),
      narrowed: narrowed.size,
      warnings: await warnOfLicenses(tx, after, {
        provider: (await readConnection(tx, org)).provider,
        types: rules.licenses.types,
      }),
      joins: sumOf(moves, 'joins'),
      leaves: sumOf(moves, 'leaves'),
      changes: await firstOf(tx, outcomes, { narrowed, moves }, first),
    };
  });
}

/** What somebody has and waits for now, and would. */
type Outcome = {
  before: string | undefined;
  waited: string | undefined;
  /** Whether the lack of a license keeps the person out of their teams now. */
  isHeldBack: boolean;
  after: string | undefined;
  waitsFor: string | undefined;
  rule: string;
};

type LicenseChange = Extract<Change, { kind: 'member.license' }>;
const isLicense = (change: Change): change is LicenseChange => change.kind === 'member.license';

/** How many teams somebody would be in and out of. */
type Moves = { joins: number; leaves: number };

const sumOf = (moves: ReadonlyMap<string, Moves>, which: keyof Moves) =>
  moves.values().reduce((sum, each) => sum + each[which], 0);

/** Who would be in other teams, since they would be licensed and are not, or the other way round. */
async function movesOf(
  tx: OrgTransaction,
  outcomes: ReadonlyMap<string, Outcome>,
  source: string,
): Promise<Map<string, Moves>> {
  const licensed: [string, boolean][] = [];
  for (const [id, { isHeldBack, after }] of outcomes) {
    const isLicensed = source === 'none' || after !== undefined;
    if (isLicensed === isHeldBack) licensed.push([id, isLicensed]);
  }
  const moves = new Map<string, Moves>();
  for (let at = 0; at < licensed.length; at += limits.peoplePerStepMax) {
    const people = new Map(licensed.slice(at, at + limits.peoplePerStepMax));
    const memberships = await lockMembershipsOf(tx, [...people.keys()], false);
    for (const { memberId, from, to } of planLicensed(memberships, people, {})) {
      if ((from ?? false) === to) continue;
      const { joins, leaves } = moves.get(memberId) ?? { joins: 0, leaves: 0 };
      moves.set(memberId, to ? { joins: joins + 1, leaves } : { joins, leaves: leaves + 1 });
    }
  }
  return moves;
}

/** Who would wait for a license when everybody was settled: those who wait now in their order, then those who begin to. */
async function* lineOf(
  tx: OrgTransaction,
  license: string,
  outcomes: ReadonlyMap<string, Outcome>,
): AsyncGenerator<string, void> {
  let after: Waiting | undefined;
  for (;;) {
    const page = await readWaiting(tx, license, { after, limit: limits.planPageRows });
    after = page.at(-1);
    if (after === undefined) break;
    for (const { id } of page) {
      const outcome = outcomes.get(id);
      if (outcome === undefined || outcome.waitsFor === license) yield id;
    }
  }
  for (const [id, { waited, waitsFor }] of outcomes) if (waitsFor === license && waited !== license) yield id;
}

/** Somebody as they are when the seats that are left are given. */
const asWaiting = (person: PersonAccess, outcome: Outcome | undefined): PersonAccess =>
  outcome === undefined
    ? person
    : { ...person, inForce: { ...person.inForce, license: outcome.after, waitsFor: outcome.waitsFor } };

function totalsOf(outcomes: readonly Outcome[]): Pick<Simulation, 'gains' | 'losses' | 'exchanges' | 'waits'> {
  const count = (isSo: (outcome: Outcome) => boolean) => outcomes.filter(isSo).length;
  return {
    gains: count(({ before, after }) => before === undefined && after !== undefined),
    losses: count(({ before, after }) => before !== undefined && after === undefined),
    exchanges: count(({ before, after }) => before !== undefined && after !== undefined && before !== after),
    waits: count(({ waited, waitsFor }) => waitsFor !== undefined && waitsFor !== waited),
  };
}

function seatsAfter({ license, limit, used, waiting }: Seats, counts: AccessCounts, needed: number): SimulatedSeats {
  const change = counts.seats.find((each) => each.license === license) ?? { used: 0, waiting: 0 };
  const missing = Math.max(0, needed - (limit ?? needed));
  return { license, seats: limit, used, needed, missing, taken: used + change.used, waiting: waiting + change.waiting };
}

/** The first people of whom something changes, by name. */
async function firstOf(
  tx: OrgTransaction,
  outcomes: ReadonlyMap<string, Outcome>,
  { narrowed, moves }: { narrowed: ReadonlyMap<string, Narrowed>; moves: ReadonlyMap<string, Moves> },
  first: number,
): Promise<SimulatedChange[]> {
  const changed: [string, Outcome][] = [];
  for (const [id, outcome] of outcomes) {
    if (changed.length === first) break;
    const { before, after, waited, waitsFor } = outcome;
    if (before !== after || waited !== waitsFor || narrowed.has(id) || moves.has(id)) changed.push([id, outcome]);
  }
  const names = await readNamesOf(
    tx,
    changed.map(([id]) => id),
  );
  return changed.map(([member, outcome]) => {
    const { waited: _, isHeldBack: __, ...shown } = outcome;
    const { before, after } = narrowed.get(member) ?? {};
    const narrows = before && after && { from: reachSays[before], to: reachSays[after] };
    return {
      member,
      userName: names.get(member) ?? '',
      ...shown,
      narrows,
      ...(moves.get(member) ?? { joins: 0, leaves: 0 }),
    };
  });
}

/** @throws OperatorError if there is no such team, or no such license */
async function assertTeams(tx: OrgTransaction, { teams = {} }: SupposedRules, types: readonly string[]): Promise<void> {
  const ids = Object.keys(teams);
  if (ids.length === 0) return;
  const found = new Set((await findNamesOfTeams(tx, { id: tx.orgId }, ids.filter(isId))).map(({ id }) => id));
  const missing = ids.find((id) => !found.has(id));
  if (missing !== undefined) {
    throw new OperatorError('not_found', `There is no team ${missing} in this organization.`);
  }
  for (const license of Object.values(teams)) if (license !== null) assertLicense(license, types);
}

/** A type that is new comes last in precedence. */
function withSupposedSeats(stored: readonly Seats[], { seats = {} }: SupposedRules): Seats[] {
  const known = stored.map((each) => {
    const limit = own(seats, each.license);
    return limit === undefined ? each : { ...each, limit: limit ?? undefined };
  });
  const fresh = Object.entries(seats).filter(([name]) => !stored.some(({ license }) => license === name));
  for (const [name] of fresh) assertLicenseName(name);
  return [...known, ...fresh.map(([license, limit]) => ({ license, limit: limit ?? undefined, used: 0, waiting: 0 }))];
}

function withSupposed(policy: Policy, { licenseSource, defaultLicense }: SupposedRules): Policy {
  return readSettings(policy, {
    ...(licenseSource === undefined ? {} : { licenseSource }),
    ...(defaultLicense === undefined ? {} : { defaultLicense }),
  });
}

/** People with what teams would give them, and who of them is in such a team. */
async function withSupposedTeams(
  tx: OrgTransaction,
  page: readonly PersonAccess[],
  { teams = {} }: SupposedRules,
): Promise<{ people: readonly PersonAccess[]; inTeams: ReadonlyMap<string, readonly string[]> }> {
  const ids = Object.keys(teams);
  if (ids.length === 0) return { people: page, inTeams: new Map() };
  const inTeams = await teamMembersAmong(
    tx,
    ids,
    page.map(({ memberId }) => memberId),
  );
  const people = page.map((person) => {
    const kept = person.licenseClaims.byTeams.filter(({ teamId }) => teams[teamId] === undefined);
    const added = (inTeams.get(person.memberId) ?? []).flatMap((teamId) => {
      const license = teams[teamId];
      return typeof license === 'string' ? [{ teamId, license }] : [];
    });
    return { ...person, licenseClaims: { ...person.licenseClaims, byTeams: [...kept, ...added] } };
  });
  return { people, inTeams };
}
