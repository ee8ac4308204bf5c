/**
 * Finds what in a whole organization does not follow from what was asked and from what admins decided, as of one moment. The plan
 * decides as it does when a request comes, so an organization in which nothing was written past it has no drift.
 *
 * A difference with a reason that holds is counted by it: what is held, who was suspended by hand, who waits for a seat. A name or
 * an address in force that is not the one asked counts as edited by hand, since no row tells who wrote it.
 */
import { createHash } from 'node:crypto';
import { limits } from '../limits.ts';
import { accessRules } from '../organization/access.ts';
import { type Change, plan } from '../organization/plan.ts';
import { actToRepair, membershipExplained, statusExplained } from '../organization/reconciling.ts';
import { whySays } from '../organization/rules.ts';
import { noAccessCounts, readSeats } from '../store/access-writing.ts';
import type { Database } from '../store/database.ts';
import {
  type CountsMissed,
  countExplained,
  type ExplainedCount,
  readCountsMissed,
  readPeopleIds,
  readStrayMemberships,
  type StrayMembership,
} from '../store/drift-rows.ts';
import { readGovernedIn } from '../store/governing.ts';
import { type HeldPerson, readHeldPeople } from '../store/held-rows.ts';
import { readHeldTeams } from '../store/held-team-rows.ts';
import { type OrgTransaction, readAtOneMoment } from '../store/organization-transaction.ts';
import { addCounts, countsOf, freeSeats } from './access-in-force.ts';
import { profileOf } from './asked-member.ts';
import { type HeldContext, type HeldItem, itemsOf, planPeople, planTeams } from './held-plan.ts';
import { isMembership } from './membership-events.ts';

/** What a comparison has found. */
export type Drift = {
  /** Names what does not follow: something else has another version. */
  version: string;
  /** What was looked at. */
  compared: { members: number; memberships: number };
  /** Differences that a reason explains, by the rule of the reason, the most frequent first. */
  explained: ExplainedCount[];
  /** What does not follow from what was asked, by kind; `count` are numbers that the rows do not bear out. */
  drift: Record<string, number>;
  /** The first of these, limits.driftShownMax at most. */
  items: HeldItem[];
};

/** The same with what a repair needs: all people of whom something does not follow, and how many numbers. */
export type FoundDrift = Drift & { people: ReadonlySet<string>; counts: number };

/**
 * Compares an organization. Memory is bounded by a page and by the number of people who are to be repaired.
 *
 * @param told is called with the number of people compared so far
 * @param signal ends it early: it throws what the signal says
 */
export async function findDrift(
  db: Database,
  org: { id: string },
  told: (compared: number) => void,
  signal?: AbortSignal,
): Promise<FoundDrift> {
  const hash = createHash('sha256');
  const compared = { members: 0, memberships: 0 };
  const drift: Record<string, number> = {};
  const items: HeldItem[] = [];
  const people = new Set<string>();
  const explained = new Map<string, ExplainedCount>();
  let counts = 0;
  for await (const part of readAtOneMoment(db, org.id, compare)) {
    signal?.throwIfAborted();
    for (const item of part.items) {
      const { kind, id, team, from, to } = item;
      hash.update(JSON.stringify([kind, id, team?.id, from, to]));
      drift[kind] = (drift[kind] ?? 0) + 1;
      if (items.length < limits.driftShownMax) items.push(item);
    }
    for (const id of part.people) people.add(id);
    counts += part.counts;
    compared.members += part.compared.members;
    compared.memberships += part.compared.memberships;
    for (const each of part.explained) {
      const key = `${each.of} ${each.rule}`;
      explained.set(key, { ...each, count: each.count + (explained.get(key)?.count ?? 0) });
    }
    told(compared.members);
  }
  if (counts > 0) drift.count = counts;
  return {
    version: hash.update(String(counts)).digest('base64url').slice(0, 22),
    compared,
    explained: [...explained.values()].toSorted((one, two) => two.count - one.count),
    drift,
    items,
    people,
    counts,
  };
}

type Part = Pick<Drift, 'compared' | 'explained' | 'items'> & { people: string[]; counts: number };

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
  const seats = await readSeats(tx);
  let counts = noAccessCounts;
  let after: string | undefined;
  for (;;) {
    const ids = await readPeopleIds(tx, { after, limit });
    after = ids.at(-1);
    if (after === undefined) break;
    const context: HeldContext = { rules, policy, domains, freeSeats: freeSeats(seats, counts) };
    const people = drifting(await readHeldPeople(tx, undefined, ids, false), context);
    const changes = planOfDrift(people, context);
    counts = addCounts(
      counts,
      countsOf(
        people.map(({ access }) => access),
        changes,
      ),
    );
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
export function drifting(people: readonly HeldPerson[], { policy }: Pick<HeldContext, 'policy'>): HeldPerson[] {
  return people.map((person) => {
    const { heldBy, askedActive, isAskedFor, inForce, origin } = person;
    if (heldBy !== undefined) return person;
    const standing = {
      askedActive,
      isAskedFor,
      origin,
      status: inForce.status,
      wasActive: inForce.wasActive,
      rule: inForce.statusReason.rule,
    };
    const act = actToRepair(standing, policy);
    return act === undefined ? person : { ...person, act, source: {} };
  });
}

/** Whoever is not here yet has nothing in force that could be compared. */
const isComparable = ({ inForce, source }: HeldPerson) => inForce.status !== 'held' || source !== undefined;

export const planOfDrift = (people: readonly HeldPerson[], context: HeldContext) =>
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
      if (askedActive !== (inForce.status === 'active'))
        count('members', statusExplained(inForce.status, inForce.statusReason.rule));
      if (waiting !== undefined) count('members', 'address-waits');
      else if (asked.name !== inForce.name || asked.email !== inForce.email) count('members', 'edited-by-hand');
    }
    for (const each of memberships) {
      if (each.inForce || each.heldBy !== undefined || drifts.has(`membership ${id} ${each.teamId}`)) continue;
      count('memberships', membershipExplained({ asked: true, memberStatus: inForce.status }));
    }
  }
  return [...counts.values()];
}

/** The changes that take stray memberships out of force. */
export function planStrays(strays: readonly StrayMembership[]) {
  const memberships = strays.map((each) => ({ ...each, asked: false, inForce: true }));
  return plan({ memberships }, {}).filter(isMembership);
}

function itemOfStray({ kind, memberId: id, reason }: Change & { memberId: string }, stray: StrayMembership): HeldItem {
  const team = { id: stray.teamId, name: stray.teamName };
  return { kind, id, name: stray.userName, team, from: 'in', to: 'out', reason, because: whySays(kind, reason) };
}

/** How many of the counts are missed. */
export const numberOf = ({ members, teams, owners, admins, seats }: CountsMissed) =>
  [members, teams, owners, admins, ...seats.flatMap(({ used, waiting }) => [used, waiting])].filter((by) => by !== 0)
    .length;
