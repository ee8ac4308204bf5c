/** The plan of a change of what decides about roles and licenses: the change itself, tried and undone. */
import type { Reach } from '../organization/permissions.ts';
import { ruleSays } from '../organization/rules.ts';
import { readNamesOf } from '../store/access-lists.ts';
import type { Database } from '../store/database.ts';
import type { OrgTransaction } from '../store/organization-transaction.ts';
import { readLastSeq } from '../store/snapshot.ts';
import type { Acting } from './acting.ts';
import { type AccessMade, type AccessWork, changeAccess, type Narrowed } from './change-access.ts';
import { type HeldItem, itemsNamed } from './held-plan.ts';
import { assertAsPlanned, gather, type HeldPlan, type PlanPage } from './plan-held.ts';

/** A change that is planned before it is made: how it is written, and what of it the plan names beside the people. */
export type PlannedWork = {
  work: AccessWork;
  /** Asked for once the work is written: anything that JSON can write. */
  about: () => unknown;
};

/**
 * What a change would bring about for people, one page of it.
 *
 * @throws OperatorError of a change that is not possible
 */
export async function planAccess(
  db: Database,
  org: { id: string },
  { work, about }: PlannedWork,
  at: Acting,
  page: PlanPage,
): Promise<HeldPlan> {
  try {
    await changeAccess(db, org, at, work, async (tx, made) => {
      throw new Planned(await planOf(tx, made, about(), page));
    });
  } catch (error) {
    if (error instanceof Planned) return error.plan;
    throw error;
  }
  throw new Error('a change of access was not examined');
}

/**
 * Makes a change, if it comes to what its plan showed.
 *
 * @param version of the plan that was shown; without it whatever it comes to is made
 * @returns false if nothing was changed
 * @throws OperatorError changed if it comes to something else, and of a change that is not possible
 */
export async function changeAccessAsPlanned(
  db: Database,
  org: { id: string },
  { work, about }: PlannedWork,
  at: Acting,
  version: string | undefined,
): Promise<boolean> {
  if (version === undefined) return await changeAccess(db, org, at, work);
  return await changeAccess(db, org, at, work, async (tx, made) => {
    assertAsPlanned(version, await planOf(tx, made, about(), { from: 0, limit: 0 }));
  });
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

/** Whose rights a license narrows. */
const narrowedItem = ({ memberId, before, after, reason }: Narrowed): HeldItem => ({
  kind: 'member.rights_narrowed',
  id: memberId,
  name: '',
  from: reachSays[before],
  to: reachSays[after],
  reason,
  because: ruleSays[reason.rule],
});

/** What somebody may do. */
const reachSays: Record<Reach, string> = {
  everything: 'what their roles allow',
  reading: 'only read',
  'own profile': 'only see their own profile',
};

async function planOf(tx: OrgTransaction, made: AccessMade, about: unknown, page: PlanPage): Promise<HeldPlan> {
  const narrowed = made.narrowed.map(narrowedItem);
  const all = [...narrowed, ...itemsNamed(made.changes, { people: new Map(), teams: made.teams })].map(
    // Whoever carries the plan out need not be who looked at it.
    ({ reason: { by: _, ...reason }, ...item }) => ({ ...item, reason }),
  );
  const plan = await gather([await readLastSeq(tx), all], page, about);
  const names = await readNamesOf(
    tx,
    plan.items.map(({ id }) => id),
  );
  return { ...plan, items: plan.items.map((item) => ({ ...item, name: names.get(item.id) ?? '' })) };
}
