import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { AccessRules } from '../organization/access.ts';
import { type Change, type MembershipSides, plan, type Source } from '../organization/plan.ts';
import { administratorsChange } from '../organization/roles.ts';
import { type AccessScope, lockScope, type PersonAccess, readAccess, readScope } from '../store/access-rows.ts';
import {
  type AccessCounts,
  type AccessWritten,
  lockSeats,
  lockWaiting,
  noAccessCounts,
  readSeats,
  type Seats,
  updateAccess,
} from '../store/access-writing.ts';
import { lockMembershipsOf, type MembershipChange, updateMemberships } from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import type { ForeseenAccess } from './foreseen-access.ts';
import { isMembership, membershipEventsOf } from './membership-events.ts';
import type { NarrowingRights } from './narrowed-rights.ts';

/** What a change of roles and licenses leaves to be appended: its events, and by how much it changes the counts. */
export type AccessOutcome = { events: FeedEventBody[]; counts: AccessCounts };

type RoleChanges = Extract<FeedEventBody, { kind: 'member.role_changed' }>['data']['changes'];
type LicenseChanges = Extract<FeedEventBody, { kind: 'member.license_changed' }>['data']['changes'];

/**
 * Stores what a plan says of roles and licenses, and counts what it changes for the administrators and the seats. `people`
 * are those whom the plan was about, as they were before it. Of whoever was not here before, the events say nothing: what they have is
 * said once, by the one of their creation, and whoever is taken back before they came is nobody to those who follow.
 */
export function writeAccess(
  tx: OrgTransaction,
  people: readonly PersonAccess[],
  changes: readonly Change[],
  now: Date,
): AccessOutcome {
  const isNew = new Set(
    changes.flatMap((change) =>
      change.kind === 'member.status' && change.from === undefined ? [change.memberId] : [],
    ),
  );
  const written = new Map<string, AccessWritten>();
  const roleChanges: RoleChanges = [];
  const licenseChanges: LicenseChanges = [];
  for (const change of changes) {
    if (change.kind === 'member.role') {
      const { memberId, from, to, reason } = change;
      written.set(memberId, { ...written.get(memberId), memberId, roles: { ...to, reason } });
      if (from === undefined || isNew.has(memberId)) continue;
      if (from.role !== to.role || `${from.customRoles}` !== `${to.customRoles}`) {
        roleChanges.push({ member: memberId, before: from, after: to, reason });
      }
    } else if (change.kind === 'member.license') {
      const { memberId, from, to, waitsFor, reason } = change;
      written.set(memberId, { ...written.get(memberId), memberId, license: { license: to, waitsFor, reason } });
      if (from === undefined || isNew.has(memberId)) continue;
      if (from.license !== to || from.waitsFor !== waitsFor) {
        licenseChanges.push({ member: memberId, before: from, after: { license: to, waitsFor }, reason });
      }
    }
  }
  updateAccess(tx, [...written.values()], now);
  return {
    events: [...chunked('member.role_changed', roleChanges), ...chunked('member.license_changed', licenseChanges)],
    counts: countsOf(people, changes),
  };
}

/** By how much changes that were planned about people, as they were before, change the counts. */
export function countsOf(people: readonly PersonAccess[], changes: readonly Change[]): AccessCounts {
  const after = new Map(
    people.map((person) => [
      person.memberId,
      { isActive: person.memberStatus === 'active', role: person.inForce?.role ?? 'viewer' },
    ]),
  );
  const seats = new Map<string, { used: number; waiting: number }>();
  const count = (license: string | undefined, what: 'used' | 'waiting', by: 1 | -1) => {
    if (license === undefined) return;
    const counted = seats.get(license) ?? { used: 0, waiting: 0 };
    counted[what] += by;
    seats.set(license, counted);
  };
  for (const change of changes) {
    const person = 'memberId' in change ? after.get(change.memberId) : undefined;
    if (change.kind === 'member.status' && person !== undefined) person.isActive = change.to === 'active';
    if (change.kind === 'member.role' && person !== undefined) person.role = change.to.role;
    if (change.kind !== 'member.license') continue;
    count(change.from?.license, 'used', -1);
    count(change.from?.waitsFor, 'waiting', -1);
    count(change.to, 'used', 1);
    count(change.waitsFor, 'waiting', 1);
  }
  let counts: AccessCounts = {
    ...noAccessCounts,
    seats: [...seats].flatMap(([license, { used, waiting }]) =>
      used === 0 && waiting === 0 ? [] : [{ license, used, waiting }],
    ),
  };
  for (const person of people) {
    const { memberId, memberStatus, inForce } = person;
    const before = inForce && { isActive: memberStatus === 'active', role: inForce.role };
    const { owners, admins } = administratorsChange(before, after.get(memberId));
    counts = { ...counts, owners: counts.owners + owners, admins: counts.admins + admins };
  }
  return counts;
}

/** Free seats by license, as a plan takes them: what `counts` takes is no longer free. */
export function freeSeats(seats: readonly Seats[], counts: AccessCounts = noAccessCounts): Map<string, number> {
  const taken = new Map(counts.seats.map(({ license, used }) => [license, used]));
  return new Map(
    seats.map(({ license, limit, used }) => [
      license,
      limit === undefined ? Number.POSITIVE_INFINITY : limit - used - (taken.get(license) ?? 0),
    ]),
  );
}

/**
 * Gives the seats that a transaction has freed to those who have waited longest, and puts their memberships in force.
 * `seats` were read under the lock, `outcome` is what the transaction has changed since.
 */
export async function giveFreeSeats(
  tx: OrgTransaction,
  seats: readonly Seats[],
  outcome: AccessOutcome,
  context: AccessContext,
): Promise<AccessOutcome> {
  const { foreseen } = context;
  let { events } = outcome;
  const counts = await giveSeats(seats, outcome.counts, {
    waiting: (license, limit) => foreseen?.waiting(license, limit) ?? lockWaiting(tx, license, limit),
    settle: async (ids, free) => {
      const stored = await readAccess(tx, ids);
      const people = foreseen?.asByNow(stored) ?? stored;
      const given = await settleAccess(tx, people, { ...context, freeSeats: free });
      events = [...events, ...given.events];
      return given.counts;
    },
  });
  return { events, counts };
}

/** How those who wait for seats are found and given one, for good or in a plan. */
export type WaitingLine = {
  /** The ids of those who have waited longest for a license, at most so many; nobody twice. */
  waiting: (license: string, limit: number) => Promise<string[]>;
  /** Settles the roles and licenses of these people, and says by how much that changes the counts. */
  settle: (ids: readonly string[], freeSeats: ReadonlyMap<string, number>) => Promise<AccessCounts>;
};

/** Who is given the seats that are free after `counts`, and in which order. Returns the counts with what that changes. */
export async function giveSeats(
  seats: readonly Seats[],
  before: AccessCounts,
  line: WaitingLine,
): Promise<AccessCounts> {
  let counts = before;
  for (const { license, waiting } of seats) {
    for (;;) {
      const change = counts.seats.find((each) => each.license === license) ?? { used: 0, waiting: 0 };
      const free = freeSeats(seats, counts);
      const left = Math.min(free.get(license) ?? 0, waiting + change.waiting, limits.peoplePerStepMax);
      const ids = left <= 0 ? [] : await line.waiting(license, left);
      if (ids.length === 0) break;
      counts = addCounts(counts, await line.settle(ids, free));
    }
  }
  return counts;
}

/**
 * Plans the roles and licenses of people whom the transaction has locked, those who wait included, and stores what changes,
 * with the memberships that a license puts in force or takes out of it.
 */
export async function settleAccess(
  tx: OrgTransaction,
  people: readonly PersonAccess[],
  context: AccessContext & { freeSeats: ReadonlyMap<string, number> },
): Promise<AccessOutcome> {
  const { rules, now, foreseen, onSettled } = context;
  const changes = planAccessAgain(people, context);
  context.narrowing?.note(people, changes);
  foreseen?.note(people, changes);
  const { events, counts } =
    foreseen === undefined ? writeAccess(tx, people, changes, now) : { events: [], counts: countsOf(people, changes) };
  onSettled?.(changes, []);
  return { events: [...events, ...(await settleMemberships(tx, people, changes, rules, context))], counts };
}

/** What the roles and licenses of people are to be now, of those who wait for a seat too. */
export const planAccessAgain = (
  people: readonly PersonAccess[],
  { rules, source, freeSeats }: Omit<AccessContext, 'now'> & { freeSeats: ReadonlyMap<string, number> },
): Change[] => plan({ access: { people, rules, freeSeats, asksAgain: true } }, source);

/** What changes of roles and licenses are made with: the rules, what they come from, and the time. */
export type AccessContext = {
  rules: AccessRules;
  source: Source;
  now: Date;
  /** Is told who has another role or license; a plan shows what that means for their rights. */
  narrowing?: NarrowingRights;
  onSettled?: OnSettled;
  /** Of a change that is only planned: keeps what it has come to, and nothing of people is written or locked. */
  foreseen?: ForeseenAccess;
};

/** Is told each change of roles, licenses and memberships that is written, with the names of the teams that it is about. */
export type OnSettled = (changes: readonly Change[], teams: readonly { teamId: string; teamName: string }[]) => void;

/**
 * Settles the roles and licenses of everyone whom a change of a rule or a mapping may concern, whatever their number in the
 * same number of statements for each step of limits.peoplePerStepMax people. The same plan decides as when one person
 * changes, so it comes to the same. Locks people and then seats, unless it is only planned: nothing else may be locked afterwards.
 *
 * @param set numbers of seats that are set with it
 */
export async function recomputeAccess(
  tx: OrgTransaction,
  scope: AccessScope,
  context: AccessContext,
  set: readonly { license: string; limit: number | null }[] = [],
): Promise<AccessOutcome> {
  const { foreseen } = context;
  if (foreseen === undefined) await lockScope(tx, scope);
  const limitsSet = new Map(set.map(({ license, limit }) => [license, limit]));
  const seats = (await (foreseen === undefined ? lockSeats(tx) : readSeats(tx))).map((each) =>
    limitsSet.has(each.license) ? { ...each, limit: limitsSet.get(each.license) ?? undefined } : each,
  );
  let outcome: AccessOutcome = { events: [], counts: noAccessCounts };
  let after: string | undefined;
  for (;;) {
    const people = await readScope(tx, scope, { after, limit: limits.peoplePerStepMax });
    after = people.at(-1)?.memberId;
    if (after === undefined) break;
    const { events, counts } = await settleAccess(tx, people, {
      ...context,
      freeSeats: freeSeats(seats, outcome.counts),
    });
    outcome = { events: [...outcome.events, ...events], counts: addCounts(outcome.counts, counts) };
  }
  const { events, counts } = await giveFreeSeats(tx, seats, outcome, context);
  if (set.length === 0) return { events, counts };
  const none = { ...noAccessCounts, seats: set.map(({ license }) => ({ license, used: 0, waiting: 0 })) };
  const changes = addCounts(counts, none).seats.map((each) => {
    const limit = limitsSet.get(each.license);
    return limit === undefined ? each : { ...each, limit };
  });
  return { events, counts: { ...counts, seats: changes } };
}

/** Puts the memberships of people who got their first license in force, and those of people who lost it out of it. */
export async function settleMemberships(
  tx: OrgTransaction,
  people: readonly PersonAccess[],
  changes: readonly Change[],
  rules: AccessRules,
  { source, foreseen, onSettled }: Pick<AccessContext, 'source' | 'foreseen' | 'onSettled'>,
): Promise<FeedEventBody[]> {
  const licensed = licensedAnew(people, changes, rules);
  if (licensed.size === 0) return [];
  const found = await lockMembershipsOf(tx, [...licensed.keys()], foreseen === undefined);
  const stored = foreseen?.membershipsByNow(found) ?? found;
  const planned = planLicensed(stored, licensed, source);
  if (foreseen === undefined) updateMemberships(tx, planned);
  foreseen?.noteMemberships(planned);
  onSettled?.(planned, stored);
  return membershipEventsOf(stored, planned);
}

/** Who has got a first license by changes, true, or lost the only one, false. */
export function licensedAnew(
  people: readonly PersonAccess[],
  changes: readonly Change[],
  rules: AccessRules,
): Map<string, boolean> {
  const inForce = new Map(people.map((person) => [person.memberId, person.inForce]));
  const licensed = new Map<string, boolean>();
  for (const change of changes) {
    if (change.kind !== 'member.license') continue;
    const isLicensed = rules.licenses.source === 'none' || change.to !== undefined;
    if (isLicensed === wasUnlicensed(inForce.get(change.memberId))) licensed.set(change.memberId, isLicensed);
  }
  return licensed;
}

/** Whether the lack of a license keeps somebody out of their teams, by what is in force of them. */
export const wasUnlicensed = (inForce: PersonAccess['inForce'] | undefined): boolean =>
  inForce?.license === undefined && inForce?.licenseOrigin.rule !== 'licenses-unused';

/** What becomes of the memberships that such people are wanted in. */
export const planLicensed = (
  memberships: readonly MembershipSides[],
  licensed: ReadonlyMap<string, boolean>,
  source: Source,
): MembershipChange[] =>
  plan(
    {
      memberships: memberships.map((each) => ({
        ...each,
        memberUnlicensed: licensed.get(each.memberId) === false,
      })),
    },
    source,
  ).filter(isMembership);

/** The sum of what two changes do to the counts. */
export function addCounts(one: AccessCounts, other: AccessCounts): AccessCounts {
  const seats = new Map(one.seats.map((each) => [each.license, each]));
  for (const { license, used, waiting } of other.seats) {
    const known = seats.get(license) ?? { license, used: 0, waiting: 0 };
    seats.set(license, { license, used: known.used + used, waiting: known.waiting + waiting });
  }
  return { owners: one.owners + other.owners, admins: one.admins + other.admins, seats: [...seats.values()] };
}

/** Events of a bounded size, so that a reader of the feed never meets one that it cannot hold. */
function chunked<Kind extends 'member.role_changed' | 'member.license_changed', Item>(
  kind: Kind,
  changes: readonly Item[],
): FeedEventBody[] {
  const events: FeedEventBody[] = [];
  for (let from = 0; from < changes.length; from += limits.membersPerEventMax) {
    events.push({ kind, data: { changes: changes.slice(from, from + limits.membersPerEventMax) } } as FeedEventBody);
  }
  return events;
}
