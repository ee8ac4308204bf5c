/** How a provider calls: what of the last weeks is counted, in pieces of `trafficBucketMs`. */
export type Calls = {
  /** Pieces in which it called. */
  readonly pieces: number;
  /** The longest time between two of them. Milliseconds. */
  readonly longestGapMs: number;
};

/** Requests are counted in pieces of this length. Milliseconds. */
export const trafficBucketMs = 600_000;

/** Over how long the rhythm is measured: two weeks hold two weekends. Milliseconds. */
export const rhythmWindowMs = 14 * 86_400_000;

/** A provider that called in fewer pieces has no rhythm yet. */
const piecesMin = 12;

/** A shorter silence is none: a provider may rest for this long between two people. Milliseconds. */
const silenceMinMs = 2 * 3_600_000;

/** A silence is one when it lasts this many times as long as the longest pause before it. */
const silenceFactor = 2;

/**
 * How long a provider may be silent before something seems wrong, as it called in the two weeks before; undefined while it
 * has no rhythm. Okta calls when something changes, so its longest pause is a night or a weekend; others call every half hour.
 */
export function silenceAllowedMs({ pieces, longestGapMs }: Calls): number | undefined {
  if (pieces < piecesMin) return undefined;
  return Math.min(Math.max(silenceMinMs, silenceFactor * longestGapMs), rhythmWindowMs);
}
