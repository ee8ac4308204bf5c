/** Shows what letting a batch go would bring about, and changes nothing. */
import { createHash, type Hash } from 'node:crypto';
import { limits } from '../limits.ts';
import { declaredOf, goesOnAgainst } from '../organization/sign-in.ts';
import { readAdministratorCounts, readSeats } from '../store/access-writing.ts';
import { readConnection } from '../store/connections.ts';
import type { Database } from '../store/database.ts';
import { type Governed, readGovernedIn } from '../store/governing.ts';
import { findBatch, type ListedBatch, readHeldPeople, readHeldPeopleIds, readPlacesOf } from '../store/held-rows.ts';
import { type HeldTeam, readHeldTeams } from '../store/held-team-rows.ts';
import { OperatorError } from '../store/operator-error.ts';
import { type OrgTransaction, readAtOneMoment } from '../store/organization-transaction.ts';
import { readSignInProvider } from '../store/sign-in-providers.ts';
import { readLastSeq } from '../store/snapshot.ts';
import type { ForeseenLine } from './foreseen-line.ts';
import { Foresight } from './foresight.ts';
import { type HeldItem, inOrderOfNames, itemsOf, planTeams, refused, teamLinkItems } from './held-plan.ts';
import { heldClaimRefusal } from './link-member.ts';
import { teamStaysHeld } from './team-refusals.ts';

/** The plan of letting batches go, one page of its items. */
export type HeldPlan = {
  /** Names the plan: another one is shown under another version. */
  version: string;
  /** How many items there are of each kind. */
  counts: Record<string, number>;
  items: HeldItem[];
  /** Where the next page begins; undefined on the last one. */
  next: number | undefined;
  /** Why it would be refused, in the words in which it is; undefined if it would not. */
  refusal: string | undefined;
};

/** The place of the first item, from 0, and how many. */
export type PlanPage = { from: number; limit: number };

/** The plan of letting a batch go, which discarding it forgets. */
export type ReleasePlan = HeldPlan & {
  /** Why it would not be discarded. */
  discardRefusal: string | undefined;
  /** What an admin should know of letting it go, in words. */
  warnings: readonly string[];
};

/**
 * The plan over what a batch holds, as of one moment.
 *
 * @param now whoever is remembered at this time comes back as who they were
 * @throws OperatorError not_found
 */
export async function planHeld(
  db: Database,
  org: { id: string },
  id: string,
  page: PlanPage,
  now = new Date(),
): Promise<ReleasePlan> {
  const said: Pick<ReleasePlan, 'refusal' | 'discardRefusal' | 'warnings'> = {
    refusal: undefined,
    discardRefusal: undefined,
    warnings: [],
  };
  const plan = await gatherPlan(
    db,
    org,
    async function* (tx) {
      yield await readLastSeq(tx);
      const batch = await findBatch(tx, org, id);
      if (batch === undefined) throw noSuchBatch(id);
      said.refusal = releaseRefusal(batch);
      said.discardRefusal = discardRefusal(batch);
      if (said.refusal === undefined) said.warnings = await readGoesOnAgainst(tx);
      yield* readHeldItems(tx, id, now);
    },
    page,
  );
  return { ...plan, ...said };
}

export const noSuchBatch = (id: string) =>
  new OperatorError('not_found', `There is no held batch ${id} in this organization.`);

type EndingBatch = Pick<ListedBatch, 'state' | 'cause' | 'connectionState'>;

/** Why a batch that is over is neither let go nor discarded; undefined if it is not over. */
const overRefusal = ({ state }: Pick<ListedBatch, 'state'>): string | undefined =>
  state === 'released' || state === 'discarded' ? `The batch was ${state} already.` : undefined;

/** Why a batch is not let go; undefined if it is. */
export function releaseRefusal(batch: EndingBatch): string | undefined {
  const refusal = overRefusal(batch);
  if (refusal !== undefined || batch.connectionState === 'on') return refusal;
  return batch.cause === 'brake'
    ? 'The connection is not on, so nothing of it is put in force. Turn provisioning on first.'
    : 'The connection holds this, and lets it go when it is turned on.';
}

/** Why a batch is not discarded; undefined if it is. */
export function discardRefusal(batch: EndingBatch): string | undefined {
  const refusal = overRefusal(batch);
  if (refusal !== undefined || batch.cause !== 'connection' || batch.connectionState === 'off') return refusal;
  return 'The connection is not off, so what it holds is still to come. Turn provisioning off first.';
}

/** What an admin should know of the two providers when what one of them asked is put in force (K30). */
async function readGoesOnAgainst(tx: OrgTransaction): Promise<string[]> {
  const [{ provider: scim }, declared, { policy }] = await Promise.all([
    readConnection(tx, { id: tx.orgId }),
    readSignInProvider(tx),
    readGovernedIn(tx),
  ]);
  return goesOnAgainst({ scim, signIn: declaredOf(declared)?.provider }, policy.sameSignInProvider);
}

/**
 * One page of a plan, as of one moment. Memory is bounded by the page, by limits.planPageRows and by how many are in teams that go or
 * have another role or license by it, whatever the number of other differences; the work is not.
 *
 * @param read yields the number of the organization's last event, and then the items
 */
export async function gatherPlan(
  db: Database,
  org: { id: string },
  read: (tx: OrgTransaction) => AsyncGenerator<number | HeldItem[], void>,
  page: PlanPage,
): Promise<HeldPlan> {
  return await gather(readAtOneMoment(db, org.id, read), page);
}

/**
 * One page of a plan.
 *
 * @param parts the number of the organization's last event, and then the items
 * @param about what else the version names, beside the items: anything that JSON can write
 */
export async function gather(
  parts: AsyncIterable<number | HeldItem[]> | Iterable<number | HeldItem[]>,
  page: PlanPage,
  about?: unknown,
): Promise<HeldPlan> {
  const hash = createHash('sha256');
  if (about !== undefined) hash.update(JSON.stringify(about)).update('\n');
  const counts: Record<string, number> = {};
  const items: HeldItem[] = [];
  let place = 0;
  let seq = 0;
  for await (const part of parts) {
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
    version: versionOf(seq, hash),
    counts,
    items,
    next: next < place ? next : undefined,
    refusal: undefined,
  };
}

/** Why a change would be refused, from what holds that it is not; undefined if it would not be. */
export function refusalIn(assertPossible: () => unknown): string | undefined {
  try {
    assertPossible();
    return undefined;
  } catch (error) {
    if (error instanceof OperatorError && error.code === 'refused') return error.message;
    throw error;
  }
}

/** What a change answers that found that something has happened since its plan was shown. */
export const lookAgain = 'look again';

/**
 * Runs a change that was shown as a plan. Whenever something has happened in the organization since, perhaps nothing that the plan is
 * about, it is planned again, and goes on if that comes to the same.
 *
 * @param version of the plan that was shown; without it whatever there is happens
 * @throws OperatorError changed if the plan is another one by now
 */
export async function asPlanned<T>(
  version: string | undefined,
  run: (version: string | undefined) => Promise<T | typeof lookAgain>,
  planAgain: () => Promise<Pick<HeldPlan, 'version'>>,
): Promise<T> {
  let seen = version;
  for (;;) {
    const done = await run(seen);
    if (done !== lookAgain) return done;
    const plan = await planAgain();
    assertAsPlanned(seen as string, plan);
    seen = plan.version;
  }
}

/**
 * Holds that a plan is the one that was shown.
 *
 * @param version of the plan that was shown; without it any will do
 * @throws OperatorError changed
 */
export function assertAsPlanned(version: string | undefined, plan: Pick<HeldPlan, 'version'>): void {
  if (version === undefined || contentOfPlan(plan.version) === contentOfPlan(version)) return;
  throw new OperatorError(
    'changed',
    'What would happen is no longer what the plan showed, and nothing was changed. Look at the plan again, then repeat the change.',
  );
}

/**
 * Two plans as one, of which the second is what follows on the first, and is refused where that is. `rest` makes one page of the
 * second.
 */
export async function joined(
  first: HeldPlan,
  rest: (page: PlanPage) => Promise<HeldPlan>,
  page: PlanPage,
): Promise<HeldPlan> {
  const count = Object.values(first.counts).reduce((sum, each) => sum + each, 0);
  const second = await rest({ from: Math.max(0, page.from - count), limit: page.limit - first.items.length });
  const counts = { ...first.counts };
  for (const [kind, more] of Object.entries(second.counts)) counts[kind] = (counts[kind] ?? 0) + more;
  const hash = createHash('sha256').update(`${contentOfPlan(first.version)}\n${contentOfPlan(second.version)}`);
  return {
    version: versionOf(seqOfPlan(first.version), hash),
    counts,
    items: [...first.items, ...second.items],
    next: first.next ?? (second.next === undefined ? undefined : second.next + count),
    refusal: first.refusal ?? second.refusal,
  };
}

const versionOf = (seq: number, hash: Hash) => `${seq}-${hash.digest('base64url').slice(0, 22)}`;

/** Whether something has happened since a plan was made. Behind the lock of the seats nobody asks anything until the transaction ends. */
export async function isOutdated(tx: OrgTransaction, version: string | undefined): Promise<boolean> {
  return version !== undefined && (await readLastSeq(tx)) !== seqOfPlan(version);
}

/**
 * Holds that what cannot be taken back happens only as its plan was shown.
 *
 * @param says what it is, and where its plan is shown
 * @throws OperatorError unplanned
 */
export function assertShown(version: string | undefined, says: string): void {
  if (version === undefined) throw new OperatorError('unplanned', says);
}

/** The number of the last event that a plan has seen: if it still is the last one, the plan is what there is. */
const seqOfPlan = (version: string) => Number(version.split('-', 1)[0]);

/** What of a version says what the plan contains. */
export const contentOfPlan = (version: string) => version.slice(version.indexOf('-') + 1);

/**
 * The items of letting a batch go, in the order and the pieces in which they are settled.
 *
 * @param byThen domains that the organization will not have, and who would wait for seats where that is only foreseen;
 *   `isDiscarded` if none of it comes: then seats are nobody's, and memberships are as they are asked, whatever licenses say
 */
export async function* readHeldItems(
  tx: OrgTransaction,
  batch: string,
  now: Date,
  {
    leaving = [],
    line,
    isDiscarded = false,
  }: { leaving?: readonly string[]; line?: ForeseenLine | undefined; isDiscarded?: boolean } = {},
): AsyncGenerator<HeldItem[], void> {
  const found = await readGovernedIn(tx);
  const policy = isDiscarded ? ({ ...found.policy, licenseSource: 'none' } as const) : found.policy;
  const governed = { ...found, policy, domains: found.domains.filter((name) => !leaving.includes(name)) };
  const seats = isDiscarded ? [] : await readSeats(tx);
  for await (const teams of readTeams(tx, batch, 'asked')) {
    yield [...teamLinkItems(teams), ...itemsOf(planTeams(inOrderOfNames(teams), 'asked'), { people: [], teams })];
  }
  for await (const teams of readTeams(tx, batch, 'refused')) {
    yield teams.flatMap((team) => refused(teamLinkItems([team]), teamStaysHeld({ ...team, name: team.askedName })));
  }
  const ending = new Set<string>();
  for await (const teams of readTeams(tx, batch, 'gone')) for (const { id } of teams) ending.add(id);
  const foresight = new Foresight(tx, {
    governed,
    seats,
    administrators: await readAdministratorCounts(tx),
    ending,
    now,
    line,
  });
  yield* readPeople(tx, batch, governed, foresight);
  for await (const teams of readTeams(tx, batch, 'gone')) {
    for (const team of teams) {
      const items = itemsOf(planTeams([team], 'gone'), { people: [], teams: [team] });
      const isHere = team.inForceName !== undefined;
      if (isHere && !(await foresight.leavesAdministratorsWithout(team))) {
        yield refused(items, lastAdministrator);
        continue;
      }
      yield items;
      if (isHere) yield* foresight.dissolve(team);
    }
  }
  yield* foresight.narrowed();
}

/** People in the pieces in which settleBatch settles them, and then those of them who stay held. */
async function* readPeople(
  tx: OrgTransaction,
  batch: string,
  { policy }: Governed,
  foresight: Foresight,
): AsyncGenerator<HeldItem[], void> {
  const claims = new Set<string>();
  let last: string[] = [];
  for (let pass = 1; pass <= 2; pass++) {
    // Whoever stays held after the first pass is all that the second one finds.
    const left = pass === 1 ? undefined : [...claims, ...last].sort();
    if (pass === 2 && last.length === 0) break;
    last = [];
    let after: string | undefined;
    let limit: number = limits.peoplePerSettlingMax;
    for (;;) {
      const page = { after, limit };
      const ids =
        left === undefined
          ? await readHeldPeopleIds(tx, batch, page)
          : left.filter((id) => id > (after ?? '')).slice(0, limit);
      if (ids.length === 0) break;
      // Whoever stayed so far goes with whoever comes in their place.
      const places = last.length === 0 ? [] : await readPlacesOf(tx, batch, ids);
      const stayed = places.filter((id) => last.includes(id));
      const found = await readHeldPeople(tx, batch, [...ids, ...stayed], false);
      const piece = found.filter((person) => heldClaimRefusal(person, policy) === undefined);
      for (const person of found) if (!piece.includes(person)) claims.add(person.id);
      if (await foresight.leavesAdministrators(piece)) {
        if (piece.length > 0) yield* foresight.settle(piece);
        last = last.filter((id) => !stayed.includes(id));
      } else if (limit > 1) {
        limit = Math.ceil(limit / 8);
        continue;
      } else {
        last.push(ids[0] as string);
        limit = limits.peoplePerSettlingMax;
      }
      after = ids.at(-1);
    }
  }
  for (const people of chunksOf([...claims, ...last].sort(), limits.peoplePerSettlingMax)) {
    for (const person of await readHeldPeople(tx, batch, people, false)) {
      yield await foresight.itemsOfRefused([person], heldClaimRefusal(person, policy) ?? lastAdministrator);
    }
  }
}

const lastAdministrator =
  'Nobody else would own or administer the organization. Make another active member an owner or admin, then let the batch go again';

const chunksOf = <T>(all: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(all.length / size) }, (_, at) => all.slice(at * size, (at + 1) * size));

async function* readTeams(
  tx: OrgTransaction,
  batch: string,
  which: 'asked' | 'gone' | 'refused',
): AsyncGenerator<HeldTeam[], void> {
  let after: string | undefined;
  for (;;) {
    const teams = await readHeldTeams(tx, batch, which, { after, limit: limits.planPageRows }, false);
    after = teams.at(-1)?.id;
    if (after === undefined) return;
    yield teams;
  }
}
