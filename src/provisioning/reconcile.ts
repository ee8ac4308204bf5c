/**
 * Reconciling: compares what was asked with what is in force, for a whole organization, and repairs what does not follow. The plan
 * decides as it does when a request comes, so an organization in which nothing was written past it has nothing to repair.
 *
 * A difference with a reason that holds is counted by it and stays: what is held, who was suspended by hand, who waits for a
 * seat. A name or an address in force that is not the one asked counts as edited by hand, since no row tells who wrote it.
 */
import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import { accessRules } from '../organization/access.ts';
import { type Change, plan } from '../organization/plan.ts';
import { actToRepair } from '../organization/reconciling.ts';
import { ruleSays } from '../organization/rules.ts';
import { lockSeats, readSeats } from '../store/access-writing.ts';
import type { Database } from '../store/database.ts';
import { databaseFault } from '../store/database-errors.ts';
import {
  type CountsMissed,
  countExplained,
  type ExplainedCount,
  lockStrayMemberships,
  readCountsMissed,
  readPeopleIds,
  readStrayMemberships,
  type StrayMembership,
} from '../store/drift-rows.ts';
import { readGovernedIn } from '../store/governing.ts';
import { type HeldPerson, readHeldPeople, readHeldTeams } from '../store/held-rows.ts';
import { deleteMemberships, updateMemberships } from '../store/membership-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization, type OrgTransaction, readAtOneMoment } from '../store/organization-transaction.ts';
import { keepReconciliation } from '../store/reconciliation-writing.ts';
import { readReconciliation } from '../store/reconciliations.ts';
import { freeSeats } from './access-in-force.ts';
import type { Acting } from './acting.ts';
import { profileOf } from './asked-member.ts';
import { type ByHand, commitByHand } from './commit-by-hand.ts';
import type { Outcome } from './commit-change.ts';
import { type HeldContext, type HeldItem, itemsOf, planPeople, planTeams, seatsAfter } from './held-plan.ts';
import { isMembership, membershipEventsOf } from './membership-events.ts';
import { endSomeTeam, settlePeople, settleSomeTeams } from './settle.ts';

/** What a comparison of a whole organization has found. */
export type Reconciliation = {
  at: Date;
  /** What was looked at. */
  compared: { members: number; memberships: number };
  /** Differences that a reason explains, by the rule of the reason. */
  explained: ExplainedCount[];
  /** What does not follow from what was asked, by kind; `count` are numbers that the rows do not bear out. */
  drift: Record<string, number>;
  /** The first of these, limits.driftShownMax at most. */
  items: HeldItem[];
  /** Whether it was repaired, as far as it could be. */
  repaired: boolean;
  /** What stays as it is because nobody would administer the organization without it: ids of people, or `counts`. */
  refused: string[];
};

/** What is found while people are compared. */
type Found = Omit<Reconciliation, 'at' | 'repaired' | 'refused'> & { people: Set<string>; counts: number };

/**
 * Compares an organization as of one moment, and keeps the report in the place of the one before. Memory is bounded by a page and
 * by the number of people who are to be repaired.
 *
 * @param repair whether what does not follow is put right, in pieces of limits.peoplePerSettlingMax people, each one transaction
 *   with its events; or up to how many people
 */
export async function reconcile(
  db: Database,
  org: { id: string },
  repair: boolean | number,
  at: Acting,
): Promise<Reconciliation> {
  const found: Found = {
    compared: { members: 0, memberships: 0 },
    explained: [],
    drift: {},
    items: [],
    people: new Set(),
    counts: 0,
  };
  const explained = new Map<string, ExplainedCount>();
  for await (const part of readAtOneMoment(db, org.id, compare)) {
    for (const item of part.items) {
      found.drift[item.kind] = (found.drift[item.kind] ?? 0) + 1;
      if (found.items.length < limits.driftShownMax) found.items.push(item);
    }
    for (const id of part.people) found.people.add(id);
    found.counts += part.counts;
    found.compared.members += part.compared.members;
    found.compared.memberships += part.compared.memberships;
    for (const each of part.explained) {
      const key = `${each.of} ${each.rule}`;
      explained.set(key, { ...each, count: each.count + (explained.get(key)?.count ?? 0) });
    }
  }
  if (found.counts > 0) found.drift.count = found.counts;
  const repaired =
    Object.keys(found.drift).length > 0 && (typeof repair === 'number' ? found.people.size <= repair : repair);
  const refused = repaired ? await repairFound(db, org, found, at) : [];
  const report: Reconciliation = {
    at: at.now,
    compared: found.compared,
    explained: [...explained.values()].toSorted((one, two) => two.count - one.count),
    drift: found.drift,
    items: found.items,
    repaired,
    refused,
  };
  await inOrganization(db, org.id, async (tx) => keepReconciliation(tx, at.now, report));
  return report;
}

/** The report of the last comparison; undefined before the first one. */
export async function lastReconciliation(db: Database, org: { id: string }): Promise<Reconciliation | undefined> {
  const kept = await readReconciliation(db, org.id);
  return kept && { ...(kept.report as Reconciliation), at: kept.at };
}

type Part = Pick<Reconciliation, 'compared' | 'explained' | 'items'> & { people: string[]; counts: number };

const nothing: Part = {
  compared: { members: 0, memberships: 0 },
  explained: [],
  items: [],
  people: [],
  counts: 0,
};

async function* compare(tx: OrgTransaction): AsyncGenerator<Part, void> {
  const { policy, licenses, domains } = await readGovernedIn(tx);
  const rules = accessRules(policy, licenses);
  const limit = limits.planPageRows;
  yield { ...nothing, counts: numberOf(await readCountsMissed(tx)), explained: await countExplained(tx) };
  for (const which of ['asked', 'gone'] as const) {
    let after: string | undefined;
    for (;;) {
      const teams = await readHeldTeams(tx, undefined, which, { after, limit }, false);
      after = teams.at(-1)?.id;
      if (after === undefined) break;
      yield { ...nothing, items: itemsOf(planTeams(teams, which), { people: [], teams }) };
    }
  }
  let free = freeSeats(await readSeats(tx));
  let after: string | undefined;
  for (;;) {
    const ids = await readPeopleIds(tx, { after, limit });
    after = ids.at(-1);
    if (after === undefined) break;
    const context: HeldContext = { rules, policy, domains, freeSeats: free };
    const people = drifting(await readHeldPeople(tx, undefined, ids, false), context);
    const changes = planOfDrift(people, context);
    free = seatsAfter(free, changes);
    const items = itemsOf(changes, { people, teams: [] });
    yield {
      ...nothing,
      compared: {
        members: people.length,
        memberships: people.reduce((sum, { memberships }) => sum + memberships.length, 0),
      },
      explained: explain(people, items),
      items,
      people: items.map(({ id }) => id),
    };
  }
  let last: StrayMembership | undefined;
  for (;;) {
    const strays = await readStrayMemberships(tx, { after: last, limit });
    last = strays.at(-1);
    if (last === undefined) return;
    yield {
      ...nothing,
      items: planStrays(strays).map((change, place) => itemOfStray(change, strays[place] as StrayMembership)),
      people: strays.map(({ memberId }) => memberId),
    };
  }
}

/** People with what puts those right of whom nothing is held and whose status does not follow. */
function drifting(people: readonly HeldPerson[], { policy }: Pick<HeldContext, 'policy'>): HeldPerson[] {
  return people.map((person) => {
    const { heldBy, askedActive, isAskedFor, inForce, origin } = person;
    if (heldBy !== undefined) return person;
    const standing = { askedActive, isAskedFor, origin, status: inForce.status, rule: inForce.statusReason.rule };
    const act = actToRepair(standing, policy);
    return act === undefined ? person : { ...person, act, source: {} };
  });
}

/** Whoever is not here yet has nothing in force that could be compared. */
const isComparable = ({ inForce, source }: HeldPerson) => inForce.status !== 'held' || source !== undefined;

const planOfDrift = (people: readonly HeldPerson[], context: HeldContext) =>
  planPeople(people.filter(isComparable), context);

/** Counts the differences of people that are no drift, by the rule that explains them. */
function explain(people: readonly HeldPerson[], items: readonly HeldItem[]): ExplainedCount[] {
  const counts = new Map<string, ExplainedCount>();
  const count = (of: ExplainedCount['of'], rule: string) =>
    counts.set(`${of} ${rule}`, { of, rule, count: (counts.get(`${of} ${rule}`)?.count ?? 0) + 1 });
  const drifts = new Set(items.map(({ kind, id, team }) => `${kind} ${id} ${team?.id ?? ''}`));
  for (const person of people) {
    const { id, heldBy, source, askedActive, inForce, scim, access, waiting, memberships } = person;
    if (access.inForce.waitsFor !== undefined) count('members', 'no-seat');
    if (heldBy === undefined && source === undefined) {
      const asked = profileOf(scim);
      if (askedActive !== (inForce.status === 'active')) count('members', inForce.statusReason.rule);
      if (waiting !== undefined) count('members', 'address-waits');
      else if (asked.name !== inForce.name || asked.email !== inForce.email) count('members', 'edited-by-hand');
    }
    for (const each of memberships) {
      // Whoever is active and has a license is in the team, or it is drift.
      if (each.inForce || each.heldBy !== undefined || drifts.has(`membership ${id} ${each.teamId}`)) continue;
      count('memberships', inForce.status === 'active' ? 'member-unlicensed' : `member-${inForce.status}`);
    }
  }
  return [...counts.values()];
}

/** The changes that take stray memberships out of force. */
function planStrays(strays: readonly StrayMembership[]) {
  const memberships = strays.map((each) => ({ ...each, asked: false, inForce: true }));
  return plan({ memberships }, {}).filter(isMembership);
}

function itemOfStray({ kind, memberId: id, reason }: Change & { memberId: string }, stray: StrayMembership): HeldItem {
  const team = { id: stray.teamId, name: stray.teamName };
  return { kind, id, name: stray.userName, team, from: 'in', to: 'out', reason, because: ruleSays[reason.rule] };
}

const numberOf = ({ members, teams, owners, admins, seats }: CountsMissed) =>
  [members, teams, owners, admins, ...seats.flatMap(({ used, waiting }) => [used, waiting])].filter((by) => by !== 0)
    .length;

/**
 * Puts right what was found. The seats come first, since the plan goes by those that are free. Who administers is counted with each
 * piece, behind its changes: counted before, somebody who does so by mistake would be kept as the last one.
 */
async function repairFound(db: Database, org: { id: string }, found: Found, at: Acting): Promise<string[]> {
  const refused: string[] = [];
  if (found.counts > 0) await repairCounts(db, org, at, 'seats');
  while (await commitByHand(db, org, at, async (tx) => withWord(await settleSomeTeams(tx, undefined), 'team.name')));
  while (
    await commitByHand(db, org, at, async (tx, by) => withWord(await endSomeTeam(tx, undefined, by), 'team.removed'))
  );
  const ids = [...found.people].sort();
  const pieces: string[][] = [];
  for (let from = 0; from < ids.length; from += limits.peoplePerSettlingMax) {
    pieces.push(ids.slice(from, from + limits.peoplePerSettlingMax));
  }
  for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
    const those = piece;
    try {
      await commitByHand(db, org, at, (tx, context) => repairPeople(tx, those, context));
    } catch (error) {
      if (!(error instanceof OperatorError && error.code === 'refused')) throw error;
      const half = Math.ceil(those.length / 2);
      if (those.length === 1) refused.push(...those);
      else pieces.unshift(those.slice(0, half), those.slice(half));
    }
  }
  if (!(await repairCounts(db, org, at, 'all'))) refused.push('counts');
  return refused;
}

const repairEvent = (repaired: Record<string, number>): FeedEventBody => ({
  kind: 'organization.reconciled',
  data: { repaired },
});

function withWord(outcome: Outcome<boolean>, kind: string): Outcome<boolean> {
  const { events } = outcome;
  if (events.length === 0) return outcome;
  const count = events.filter((event) => event.kind === 'team.created' || event.kind === 'team.removed').length;
  return { ...outcome, events: [repairEvent({ [kind]: count }), ...events] };
}

/** Looks at people again under their locks, and puts in force what follows. */
async function repairPeople(tx: OrgTransaction, ids: readonly string[], by: ByHand): Promise<Outcome<undefined>> {
  const { governed, rules, source } = by;
  const found = await readHeldPeople(tx, undefined, ids, true);
  const strays = await lockStrayMemberships(tx, ids);
  const free = freeSeats(await readSeats(tx));
  const context: HeldContext = { rules, policy: governed.policy, domains: governed.domains, freeSeats: free };
  const people = drifting(found, context).map((person) =>
    person.source === undefined ? person : { ...person, source },
  );
  const items = itemsOf(planOfDrift(people, context), { people, teams: [] });
  const drift = new Set(items.map(({ id }) => id));
  const settled = await settlePeople(
    tx,
    people.filter(({ id }) => drift.has(id)),
    by,
  );
  const leaving = planStrays(strays).map((change) => ({ ...change, reason: { ...change.reason, ...source } }));
  const isKept = new Set(strays.filter(({ isByHand }) => isByHand).map(keyOf));
  updateMemberships(
    tx,
    leaving.filter((change) => isKept.has(keyOf(change))),
  );
  deleteMemberships(
    tx,
    strays.filter(({ isByHand }) => !isByHand),
  );
  const repaired: Record<string, number> = {};
  for (const { kind } of items) repaired[kind] = (repaired[kind] ?? 0) + 1;
  if (leaving.length > 0) repaired.membership = (repaired.membership ?? 0) + leaving.length;
  const events = [...settled.events, ...membershipEventsOf(strays, leaving)];
  if (events.length === 0) return { result: undefined, events };
  const { members, teams, ...access } = await readCountsMissed(tx);
  return { ...settled, events: [repairEvent(repaired), ...events], members, teams, access };
}

const keyOf = ({ teamId, memberId }: { teamId: string; memberId: string }) => `${teamId} ${memberId}`;

/** Sets the counts to what the rows bear out; false if a check of the database does not let that be. */
async function repairCounts(db: Database, org: { id: string }, at: Acting, which: 'seats' | 'all'): Promise<boolean> {
  try {
    await commitByHand(db, org, at, async (tx) => {
      await lockSeats(tx);
      const found = await readCountsMissed(tx);
      const missed = which === 'all' ? found : { ...found, owners: 0, admins: 0, members: 0, teams: 0 };
      const { members, teams, ...access } = missed;
      const count = numberOf(missed);
      return { result: undefined, events: count === 0 ? [] : [repairEvent({ count })], members, teams, access };
    });
    return true;
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'refused') return false;
    if (databaseFault(error).kind === 'check') return false;
    throw error;
  }
}
