/** Plans that are shown page by page: each is made once, one at a time of an organization, and remembered for its further pages. */
import { limits } from '../../limits.ts';
import { contentOfPlan, type HeldPlan } from '../../provisioning/plan-held.ts';
import { ApiProblem } from './problem.ts';

/** The plans that one process makes and remembers. */
export type Plans = {
  /**
   * Runs what makes a plan when it is its turn in the organization: a plan reads all people, and several at once would take the
   * connections and the processor from the provider's requests.
   *
   * @throws ApiProblem rate_limited if too many wait already
   */
  inTurn<T>(orgId: string, make: () => Promise<T>): Promise<T>;
  /** Remembers a plan under its version, with the items that it has. `list` names the plan, of whom and for whom. */
  remember(list: string, plan: HeldPlan, now: Date): void;
  /** The plan of this version; undefined if it is not remembered. */
  recall(list: string, version: string, now: Date): HeldPlan | undefined;
};

const retrySeconds = 2;

export function createPlans(): Plans {
  const turns = new Map<string, { waiting: number; last: Promise<unknown> }>();
  /** The oldest first. */
  const remembered = new Map<string, { plan: HeldPlan; until: number }>();
  let items = 0;
  const forget = (key: string) => {
    items -= remembered.get(key)?.plan.items.length ?? 0;
    remembered.delete(key);
  };
  return {
    async inTurn(orgId, make) {
      const turn = turns.get(orgId) ?? { waiting: 0, last: Promise.resolve() };
      if (turn.waiting > limits.plansWaitingMax) {
        const says = `${turn.waiting} plans of this organization are being made or wait for it`;
        throw new ApiProblem('rate_limited', `${says}. Come back in ${retrySeconds} seconds.`, {}, retrySeconds);
      }
      turns.set(orgId, turn);
      turn.waiting++;
      const made = turn.last.then(make);
      turn.last = made.catch(() => undefined);
      return await made.finally(() => {
        turn.waiting--;
        if (turn.waiting === 0) turns.delete(orgId);
      });
    },
    remember(list, plan, now) {
      if (plan.items.length > limits.plannedItemsMax) return;
      const key = keyOf(list, plan.version);
      forget(key);
      remembered.set(key, { plan, until: now.getTime() + limits.planSeconds * 1000 });
      items += plan.items.length;
      for (const [oldest, { until }] of remembered) {
        if (items <= limits.plannedItemsMax && until > now.getTime()) break;
        forget(oldest);
      }
    },
    recall(list, version, now) {
      const found = remembered.get(keyOf(list, version));
      return found !== undefined && found.until > now.getTime() ? found.plan : undefined;
    },
  };
}

/** Another process may have made the same plan when something else had happened last. */
const keyOf = (list: string, version: string) => `${contentOfPlan(version)} ${list}`;
