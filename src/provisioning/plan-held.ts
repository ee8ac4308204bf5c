/** Shows what letting a batch go would bring about, and changes nothing. */
import { createHash } from 'node:crypto';
import { limits } from '../limits.ts';
import { accessRules } from '../organization/access.ts';
import { readSeats } from '../store/access-writing.ts';
import type { Database } from '../store/database.ts';
import { readGovernedIn } from '../store/governing.ts';
import { readHeldPeople, readHeldPeopleIds, readHeldTeams } from '../store/held-rows.ts';
import { type OrgTransaction, readAtOneMoment } from '../store/organization-transaction.ts';
import { readLastSeq } from '../store/snapshot.ts';
import { freeSeats } from './access-in-force.ts';
import { type HeldItem, itemsOf, planPeople, planTeams, seatsAfter } from './held-plan.ts';

/** The plan of letting batches go, one page of its items. */
export type HeldPlan = {
  /** Names the plan: another one is shown under another version. */
  version: string;
  /** How many items there are of each kind. */
  counts: Record<string, number>;
  items: HeldItem[];
  /** Where the next page begins; undefined on the last one. */
  next: number | undefined;
};

/**
 * The plan over what a batch holds, as of one moment. Memory is bounded by the page and by limits.planPageRows, whatever the
 * number of differences; the work is not.
 *
 * @param batch undefined for a plan without items
 * @param page the place of the first item, from 0, and how many
 */
export async function planHeld(
  db: Database,
  org: { id: string },
  batch: string | undefined,
  page: { from: number; limit: number },
): Promise<HeldPlan> {
  const hash = createHash('sha256');
  const counts: Record<string, number> = {};
  const items: HeldItem[] = [];
  let place = 0;
  let seq = 0;
  for await (const part of readAtOneMoment(db, org.id, (tx) => readPlan(tx, batch))) {
    if (typeof part === 'number') {
      seq = part;
      continue;
    }
    for (const item of part) {
      hash.update(JSON.stringify(item)).update('\n');
      counts[item.kind] = (counts[item.kind] ?? 0) + 1;
      if (place >= page.from && items.length < page.limit) items.push(item);
      place++;
    }
  }
  const next = page.from + items.length;
  return {
    version: `${seq}-${hash.digest('base64url').slice(0, 22)}`,
    counts,
    items,
    next: next < place ? next : undefined,
  };
}

/** The number of the last event that a plan has seen: if it still is the last one, the plan is what there is. */
export const seqOfPlan = (version: string) => Number(version.split('-', 1)[0]);

/** What of a version says what the plan contains. */
export const contentOfPlan = (version: string) => version.slice(version.indexOf('-') + 1);

/** The number of the organization's last event, and then the items, in the order in which they are settled. */
async function* readPlan(tx: OrgTransaction, batch: string | undefined): AsyncGenerator<number | HeldItem[], void> {
  yield await readLastSeq(tx);
  if (batch === undefined) return;
  const { policy, licenses, domains } = await readGovernedIn(tx);
  const rules = accessRules(policy, licenses);
  let free = freeSeats(await readSeats(tx));
  yield* readTeamItems(tx, batch, 'asked');
  let after: string | undefined;
  for (;;) {
    const ids = await readHeldPeopleIds(tx, batch, { after, limit: limits.planPageRows });
    after = ids.at(-1);
    if (after === undefined) break;
    const people = await readHeldPeople(tx, batch, ids, false);
    const changes = planPeople(people, { rules, policy, domains, freeSeats: free });
    free = seatsAfter(free, changes);
    yield itemsOf(changes, { people, teams: [] });
  }
  yield* readTeamItems(tx, batch, 'gone');
}

async function* readTeamItems(
  tx: OrgTransaction,
  batch: string,
  which: 'asked' | 'gone',
): AsyncGenerator<HeldItem[], void> {
  let after: string | undefined;
  for (;;) {
    const teams = await readHeldTeams(tx, batch, which, { after, limit: limits.planPageRows }, false);
    after = teams.at(-1)?.id;
    if (after === undefined) return;
    yield itemsOf(planTeams(teams, which), { people: [], teams });
  }
}
