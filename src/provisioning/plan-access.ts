/** The plan of a change of what decides about roles and licenses: the change itself, tried and undone. */
import { readNamesOf } from '../store/access-lists.ts';
import type { Database } from '../store/database.ts';
import { OperatorError } from '../store/operator-error.ts';
import { inOrganization, type OrgTransaction } from '../store/organization-transaction.ts';
import { readLastSeq } from '../store/snapshot.ts';
import type { Acting } from './acting.ts';
import { type AccessMade, type AccessWork, changeAccess } from './change-access.ts';
import type { ForeseenLine } from './foreseen-line.ts';
import { type HeldItem, itemsNamed, narrowedItem } from './held-plan.ts';
import { assertAsPlanned, gather, type HeldPlan, joined, type PlanPage } from './plan-held.ts';

/** A change that is planned before it is made: how it is written, and what of it the plan names beside the people. */
export type PlannedWork = {
  work: AccessWork;
  /** Asked for once the work is written: anything that JSON can write. */
  about: () => unknown;
  /** Is told what it comes to for people. */
  looks?: (made: AccessMade) => void;
};

/** What follows on a change, and is planned with it as things are then. */
export type Following = (tx: OrgTransaction, page: PlanPage, line?: ForeseenLine) => Promise<HeldPlan>;

/**
 * What a change would bring about for people, one page of it, and what follows on it.
 *
 * @throws OperatorError of a change that is not possible, unless the plan says so as its refusal
 */
export async function planAccess(
  db: Database,
  org: { id: string },
  { work, about, looks }: PlannedWork,
  at: Acting,
  page: PlanPage,
  following?: Following,
): Promise<HeldPlan> {
  let first: HeldPlan | undefined;
  try {
    await changeAccess(db, org, at, work, {
      foresees: true,
      made: async (tx, made) => {
        looks?.(made);
        first = await planOf(tx, made, about(), page);
        // What is refused is not written, and nothing follows on it.
        if (following === undefined || first.refusal !== undefined) throw new Planned(first);
      },
      written:
        following &&
        (async (tx, line) => {
          throw new Planned(await joined(first as HeldPlan, (rest) => following(tx, rest, line), page));
        }),
    });
  } catch (error) {
    if (error instanceof Planned) return error.plan;
    if (!(error instanceof OperatorError && error.code === 'refused')) throw error;
    return await refusedPlan(db, org, error, page);
  }
  throw new Error('a change of access was not examined');
}

/** The plan of what is refused before it can be said what it would bring about. */
async function refusedPlan(
  db: Database,
  org: { id: string },
  { message }: OperatorError,
  page: PlanPage,
): Promise<HeldPlan> {
  const seq = await inOrganization(db, org.id, readLastSeq);
  return { ...(await gather([seq], page, { refusal: message })), refusal: message };
}

/**
 * Makes a change, if it comes to what its plan showed.
 *
 * @param version of the plan that was shown; without it whatever it comes to is made
 * @param following what the plan showed to follow on it: it is compared here and done by the caller
 * @returns whether something was changed, and the version of the plan of what is to follow
 * @throws OperatorError changed if it comes to something else, and of a change that is not possible
 */
export async function changeAccessAsPlanned(
  db: Database,
  org: { id: string },
  { work, about, looks }: PlannedWork,
  at: Acting,
  version: string | undefined,
  following?: Following,
): Promise<{ isChanged: boolean; follows: string | undefined }> {
  if (version === undefined) {
    const examination = looks && { made: async (_: OrgTransaction, made: AccessMade) => looks(made) };
    return { isChanged: await changeAccess(db, org, at, work, examination), follows: undefined };
  }
  const page = { from: 0, limit: 0 };
  let first: HeldPlan | undefined;
  let follows: string | undefined;
  const isChanged = await changeAccess(db, org, at, work, {
    made: async (tx, made) => {
      looks?.(made);
      first = await planOf(tx, made, about(), page);
      // Nothing follows on what is refused.
      if (following === undefined || first.refusal !== undefined) assertAsPlanned(version, first);
    },
    written:
      following &&
      (async (tx) => {
        const rest = await following(tx, page);
        follows = rest.version;
        assertAsPlanned(version, await joined(first as HeldPlan, async () => rest, page));
      }),
  });
  return { isChanged, follows };
}

/** Undoes a transaction whose outcome was only asked for. */
class Planned extends Error {
  override readonly name = 'Planned';
  readonly plan: HeldPlan;

  constructor(plan: HeldPlan) {
    super('only planned');
    this.plan = plan;
  }
}

/** The items of what a change comes to, without the names of people. */
const itemsOfMade = (made: AccessMade): HeldItem[] => [
  ...made.narrowed.map((each) => narrowedItem(each, '')),
  ...itemsNamed(made.changes, { people: new Map(), teams: made.teams }),
];

/** How many of what a change comes to there are of each kind, as its plan counts them. */
export function countsOfMade(made: AccessMade): HeldPlan['counts'] {
  const counts: HeldPlan['counts'] = {};
  for (const { kind } of itemsOfMade(made)) counts[kind] = (counts[kind] ?? 0) + 1;
  return counts;
}

async function planOf(tx: OrgTransaction, made: AccessMade, about: unknown, page: PlanPage): Promise<HeldPlan> {
  // Whoever carries the plan out need not be who looked at it.
  const all = itemsOfMade(made).map(({ reason: { by: _, ...reason }, ...item }) => ({ ...item, reason }));
  const plan = await gather([await readLastSeq(tx), all], page, about);
  const names = await readNamesOf(
    tx,
    plan.items.map(({ id }) => id),
  );
  const items = plan.items.map((item) => ({ ...item, name: names.get(item.id) ?? '' }));
  return { ...plan, items, refusal: made.refusal };
}
