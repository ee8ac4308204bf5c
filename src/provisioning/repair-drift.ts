import type { FeedEventBody } from '../events/feed.ts';
import { limits } from '../limits.ts';
import { lockSeats, readSeats } from '../store/access-writing.ts';
import type { Database } from '../store/database.ts';
import { databaseFault } from '../store/database-errors.ts';
import { lockStrayMemberships, readCountsMissed } from '../store/drift-rows.ts';
import { readHeldPeople } from '../store/held-rows.ts';
import { deleteMemberships, updateMemberships } from '../store/membership-writing.ts';
import { OperatorError } from '../store/operator-error.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { freeSeats } from './access-in-force.ts';
import type { Acting, Lasting } from './acting.ts';
import { type ByHand, commitByHand } from './commit-by-hand.ts';
import type { Outcome } from './commit-change.ts';
import { drifting, type FoundDrift, numberOf, planOfDrift, planStrays } from './find-drift.ts';
import { type HeldContext, itemsOf } from './held-plan.ts';
import { membershipEventsOf } from './membership-events.ts';
import { endTeams, settlePeople, settleSomeTeams } from './settle.ts';

/**
 * Puts right what was found, in pieces of limits.peoplePerSettlingMax people, each one transaction with its events. The seats come
 * first, since the plan goes by those that are free. Who administers is counted with each piece, behind its changes: counted before,
 * somebody who does so by mistake would be kept as the last one.
 *
 * @param moment who repairs, the actor of the events, asked anew for each piece
 * @param told is called with the number of people looked at again so far
 * @param signal ends it between two pieces: it throws what the signal says
 * @returns what stays as it is because nobody would administer the organization without it: ids of people and teams, or `counts`
 */
export async function repairDrift(
  db: Database,
  org: { id: string },
  found: FoundDrift,
  moment: Lasting,
  told: (repaired: number) => void,
  signal?: AbortSignal,
): Promise<string[]> {
  let done = 0;
  if (found.counts > 0) await repairCounts(db, org, moment(), 'seats');
  while (
    await commitByHand(db, org, moment(), async (tx) => withWord(await settleSomeTeams(tx, undefined), 'team.name'))
  );
  const { refused } = await endTeams(
    (work) => commitByHand(db, org, moment(), async (tx, by) => withWord(await work(tx, by), 'team.removed')),
    undefined,
  );
  const ids = [...found.people].sort();
  const pieces: string[][] = [];
  for (let from = 0; from < ids.length; from += limits.peoplePerSettlingMax) {
    pieces.push(ids.slice(from, from + limits.peoplePerSettlingMax));
  }
  for (let piece = pieces.shift(); piece !== undefined; piece = pieces.shift()) {
    signal?.throwIfAborted();
    const those = piece;
    try {
      await commitByHand(db, org, moment(), (tx, context) => repairPeople(tx, those, context));
      done += those.length;
    } catch (error) {
      if (!(error instanceof OperatorError && error.code === 'refused')) throw error;
      const half = Math.ceil(those.length / 2);
      if (those.length > 1) pieces.unshift(those.slice(0, half), those.slice(half));
      else {
        refused.push(...those);
        done += 1;
      }
    }
    told(done);
  }
  if (!(await repairCounts(db, org, moment(), 'all'))) refused.push('counts');
  return refused;
}

const repairEvent = (repaired: Record<string, number>): FeedEventBody => ({
  kind: 'organization.reconciled',
  data: { repaired },
});

function withWord<T>(outcome: Outcome<T>, kind: string): Outcome<T> {
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
