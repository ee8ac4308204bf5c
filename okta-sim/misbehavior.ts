import { fraction } from './random.ts';

/** Faults by number. Shares are between 0 and 1. */
export type Misbehavior = {
  /** Share of creates that reach the server a second time. */
  repeatCreate: number;
  /** Share of requests whose answer is lost on the way back. */
  dropResponse: number;
  /** Answers are read in small pieces, with this pause between them. */
  slowReadMs: number;
  /** The simulator loses its memory after this many requests, once; 0 for never. */
  restartAfterRequests: number;
};

export const goodBehavior: Misbehavior = { repeatCreate: 0, dropResponse: 0, slowReadMs: 0, restartAfterRequests: 0 };

/** What is to go wrong with one request. */
export type Faults = { repeat: 'no' | 'after' | 'beside'; drop: boolean };

/**
 * Decides from the seed, the subject and the number of the request within its subject, so that a run
 * goes wrong in the same places whatever the concurrency.
 */
export function faultsOf(
  { repeatCreate, dropResponse }: Misbehavior,
  request: { seed: string; subject: string; number: number; method: string },
): Faults {
  const chance = (what: string): number => fraction(request.seed, what, request.subject, request.number);
  const repeats = request.method === 'POST' && chance('repeat') < repeatCreate;
  const beside = chance('beside') < 0.5;
  return { repeat: repeats ? (beside ? 'beside' : 'after') : 'no', drop: chance('drop') < dropResponse };
}

/** True when failures are to be expected, so that a run retries its tasks as an admin would. */
export function misbehaves(misbehavior: Misbehavior): boolean {
  return misbehavior.repeatCreate > 0 || misbehavior.dropResponse > 0 || misbehavior.restartAfterRequests > 0;
}

/** Reads `10%`, `0.1` or `10 %` as a share. Throws when it is none. */
export function parseShare(text: string): number {
  const match = /^(\d+(?:\.\d+)?)\s*(%?)$/.exec(text.trim());
  const share = match ? Number(match[1]) / (match[2] ? 100 : 1) : Number.NaN;
  if (!(share >= 0 && share <= 1)) throw new Error(`expected a share such as 10% or 0.1, not ${text}`);
  return share;
}
