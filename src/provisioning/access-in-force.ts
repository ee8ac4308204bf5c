import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import type { AccessRules } from '../organization/access.ts';
import { type Change, plan, type Source } from '../organization/plan.ts';
import { administratorsChange } from '../organization/roles.ts';
import { type AccessScope, lockScope, type PersonAccess, readAccess, readScope } from '../store/access-rows.ts';
import {
  type AccessCounts,
  type AccessWritten,
  lockSeats,
  lockWaiting,
  noAccessCounts,
  type Seats,
  updateAccess,
} from '../store/access-writing.ts';
import { lockMembershipsOf, updateMemberships } from '../store/membership-writing.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { isMembership, membershipEventsOf } from './membership-events.ts';

/** What a change of roles and licenses leaves to be appended: its events, and by how much it changes the counts. */
export type AccessOutcome = { events: FeedEventBody[]; counts: AccessCounts };

type RoleChanges = Extract<FeedEventBody, { kind: 'member.role_changed' }>['data']['changes'];
type LicenseChanges = Extract<FeedEventBody, { kind: 'member.license_changed' }>['data']['changes'];

/**
 * Stores what a plan says of roles and licenses, and counts what it changes for the administrators and the seats. `people`
 * are those whom the plan was about, as they were before it.
 */
export function writeAccess(
  tx: OrgTransaction,
  people: readonly PersonAccess[],
  changes: readonly Change[],
  now: Date,
): AccessOutcome {
  const written = new Map<string, AccessWritten>();
  const after = new Map(
    people.map((person) => [
      person.memberId,
      { isActive: person.memberStatus === 'active', role: person.inForce?.role ?? 'viewer' },
    ]),
  );
  const roleChanges: RoleChanges = [];
  const licenseChanges: LicenseChanges = [];
  const seats = new Map<string, { used: number; waiting: number }>();
  const count = (license: string | undefined, what: 'used' | 'waiting', by: 1 | -1) => {
    if (license === undefined) return;
    const counted = seats.get(license) ?? { used: 0, waiting: 0 };
    counted[what] += by;
    seats.set(license, counted);
  };
  for (const change of changes) {
    if (change.kind === 'member.status') {
      const person = after.get(change.memberId);
      if (person !== undefined) person.isActive = change.to === 'active';
    } else if (change.kind === 'member.role') {
      const { memberId, from, to, reason } = change;
      const person = after.get(memberId);
      if (person !== undefined) person.role = to.role;
      written.set(memberId, { ...written.get(memberId), memberId, roles: { ...to, reason } });
      if (from !== undefined && (from.role !== to.role || `${from.customRoles}` !== `${to.customRoles}`)) {
        roleChanges.push({ member: memberId, before: from, after: to, reason });
      }
    } else if (change.kind === 'member.license') {
      const { memberId, from, to, waitsFor, reason } = change;
      count(from?.license, 'used', -1);
      count(from?.waitsFor, 'waiting', -1);
      count(to, 'used', 1);
      count(waitsFor, 'waiting', 1);
      written.set(memberId, { ...written.get(memberId), memberId, license: { license: to, waitsFor, reason } });
      if (from !== undefined && (from.license !== to || from.waitsFor !== waitsFor)) {
        licenseChanges.push({ member: memberId, before: from, after: { license: to, waitsFor }, reason });
      }
    }
  }
  updateAccess(tx, [...written.values()], now);
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
  return {
    events: [...chunked('member.role_changed', roleChanges), ...chunked('member.license_changed', licenseChanges)],
    counts,
  };
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
  let { events, counts } = outcome;
  for (const { license, waiting } of seats) {
    for (;;) {
      const change = counts.seats.find((each) => each.license === license) ?? { used: 0, waiting: 0 };
      const free = freeSeats(seats, counts);
      const left = Math.min(free.get(license) ?? 0, waiting + change.waiting, limits.peoplePerStepMax);
      const ids = left <= 0 ? [] : await lockWaiting(tx, license, left);
      if (ids.length === 0) break;
      const given = await settleAccess(tx, await readAccess(tx, ids), { ...context, freeSeats: free });
      events = [...events, ...given.events];
      counts = addCounts(counts, given.counts);
    }
  }
  return { events, counts };
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
  const { rules, source, now } = context;
  const changes = plan({ access: { people, rules, freeSeats: context.freeSeats, asksAgain: true } }, source);
  const { events, counts } = writeAccess(tx, people, changes, now);
  return { events: [...events, ...(await settleMemberships(tx, people, changes, rules, source))], counts };
}

/** What changes of roles and licenses are made with: the rules, what they come from, and the time. */
export type AccessContext = { rules: AccessRules; source: Source; now: Date };

/**
 * Settles the roles and licenses of everyone whom a change of a rule or a mapping may concern, whatever their number in the
 * same number of statements for each step of limits.peoplePerStepMax people. The same plan decides as when one person
 * changes, so it comes to the same. Locks people and then seats: nothing else may be locked afterwards.
 *
 * @param set numbers of seats that are set with it
 */
export async function recomputeAccess(
  tx: OrgTransaction,
  scope: AccessScope,
  context: AccessContext,
  set: readonly { license: string; limit: number | null }[] = [],
): Promise<AccessOutcome> {
  await lockScope(tx, scope);
  const limitsSet = new Map(set.map(({ license, limit }) => [license, limit]));
  const seats = (await lockSeats(tx)).map((each) =>
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
  source: Source,
): Promise<FeedEventBody[]> {
  const licensed = new Map<string, boolean>();
  for (const change of changes) {
    if (change.kind !== 'member.license') continue;
    const isLicensed = rules.licenses.source === 'none' || change.to !== undefined;
    const before = people.find(({ memberId }) => memberId === change.memberId)?.inForce;
    const wasHeldBack = before?.license === undefined && before?.licenseOrigin.rule !== 'licenses-unused';
    if (isLicensed === wasHeldBack) licensed.set(change.memberId, isLicensed);
  }
  if (licensed.size === 0) return [];
  const stored = await lockMembershipsOf(tx, [...licensed.keys()]);
  const memberships = stored.map((each) => ({ ...each, memberUnlicensed: licensed.get(each.memberId) === false }));
  const planned = plan({ memberships }, source).filter(isMembership);
  updateMemberships(tx, planned);
  return membershipEventsOf(stored, planned);
}

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
