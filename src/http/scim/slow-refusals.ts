import { setTimeout as delay } from 'node:timers/promises';
import { limits } from '../../limits.ts';
import { ScimError } from '../../scim/errors.ts';

/**
 * Holds back what a rate limit refuses, for about limits.refusalDelayMs. A client that does not read Retry-After sends its next
 * request as soon as it has the answer; answered at once, ten times the allowed load would keep the process busy with
 * refusals, and everybody else would wait behind them. No two answers are held back for the same time: connections that are
 * refused together would come back together, again and again, and be let through in one burst with what has flowed in meanwhile.
 */
export function slowRefusals(): <T>(work: () => Promise<T>) => Promise<T> {
  let held = 0;
  return async (work) => {
    try {
      return await work();
    } catch (error) {
      if (error instanceof ScimError && error.status === 429 && held < limits.refusalsDelayedMax) {
        held++;
        await delay(limits.refusalDelayMs * (0.5 + Math.random()));
        held--;
      }
      throw error;
    }
  };
}
