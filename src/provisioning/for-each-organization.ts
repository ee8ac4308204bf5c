import { isDatabaseAway } from '../store/database-errors.ts';

/** A round of background work: each turn is about one organization. */
export type Round<Turn> = {
  readonly turns: Iterable<Turn>;
  /** What is done in a turn, as the log says that it failed: "Comparing the organization acme". */
  readonly what: (turn: Turn) => string;
  readonly log: (sentence: string) => void;
  /** Ends the round between two turns. */
  readonly signal?: AbortSignal | undefined;
};

/** How a round says what failed, and when it is to end. */
export type RoundOptions = Pick<Round<unknown>, 'log' | 'signal'>;

/**
 * Does something for one organization after the other. One for which it fails does not keep those after it from their turn: it is
 * logged, and its turn comes again with the next round.
 *
 * @throws the failure if the database is away, which is so for all of them: the queue tries the round again then
 */
export async function forEachOrganization<Turn>(
  { turns, what, log, signal }: Round<Turn>,
  work: (turn: Turn) => Promise<unknown>,
): Promise<void> {
  for (const turn of turns) {
    if (signal?.aborted) return;
    try {
      await work(turn);
    } catch (error) {
      if (signal?.aborted) return;
      if (isDatabaseAway(error)) throw error;
      const message = error instanceof Error ? error.message : String(error);
      log(`${what(turn)} failed (${message}), and is tried again the next time.`);
    }
  }
}
