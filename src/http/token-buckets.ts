/**
 * Token buckets: a key may spend `burst` at once and `perSecond` in the long run. Several processes keep the same buckets:
 * each tells what was spent with it (`takeUntold`) and subtracts what was spent elsewhere (`spendElsewhere`), which may push
 * a bucket below empty. So the sum of all processes keeps the long-run rate exactly, whatever share of the load each one gets,
 * and only what is on its way between them is spent twice.
 */

export type BucketRates = {
  /** What flows into a bucket. */
  perSecond: number;
  /** What a full bucket holds. */
  burst: number;
  /** Buckets that are remembered at once. A full one needs no memory, so only busy keys count. */
  keysMax: number;
  /** What a key must have spent before it is worth telling other processes. */
  tellAt: number;
  /** How far below empty a bucket can go, as seconds of what flows in: nobody is kept out for longer by spending elsewhere. */
  debtSecondsMax: number;
  /** A clock that never goes back. Milliseconds. */
  nowMs: () => number;
};

export type Buckets = {
  /** Seconds until the key may spend one; 0 if it may now. */
  waitSeconds(key: string): number;
  /** Takes what a key spends, one unless more is named; more may push its bucket below empty. */
  spend(key: string, count?: number): void;
  /** Undoes one `spend`. */
  giveBack(key: string): void;
  /** What was spent here and not told yet, of keys that are worth it. */
  takeUntold(): [key: string, spent: number][];
  /** What another process told. */
  spendElsewhere(key: string, spent: number): void;
};

type Bucket = { level: number; atMs: number; untold: number };

/** Empty memory of buckets, which is as if all were full. */
export function createBuckets(rates: BucketRates): Buckets {
  const { perSecond, burst, keysMax, tellAt, debtSecondsMax, nowMs } = rates;
  const buckets = new Map<string, Bucket>();
  const worthTelling = new Set<string>();

  const fill = (bucket: Bucket): Bucket => {
    const now = nowMs();
    bucket.level = Math.min(burst, bucket.level + ((now - bucket.atMs) / 1000) * perSecond);
    bucket.atMs = now;
    return bucket;
  };

  const open = (key: string): Bucket => {
    const known = buckets.get(key);
    if (known !== undefined) return fill(known);
    if (buckets.size >= keysMax) makeRoom();
    const bucket = { level: burst, atMs: nowMs(), untold: 0 };
    buckets.set(key, bucket);
    return bucket;
  };

  /** Forgets the full ones, and the oldest of the others if that is not enough. A quarter at a time, so that it is rare. */
  const makeRoom = (): void => {
    const target = keysMax * 0.75;
    const forget = (isWanted: (bucket: Bucket) => boolean): void => {
      for (const [key, bucket] of buckets) {
        if (buckets.size <= target) return;
        if (!isWanted(bucket)) continue;
        buckets.delete(key);
        worthTelling.delete(key);
      }
    };
    forget((bucket) => fill(bucket).level === burst);
    forget(() => true);
  };

  return {
    waitSeconds(key) {
      const known = buckets.get(key);
      if (known === undefined) return 0;
      const { level } = fill(known);
      return level >= 1 ? 0 : (1 - level) / perSecond;
    },
    spend(key, count = 1) {
      const bucket = open(key);
      bucket.level -= count;
      bucket.untold += count;
      if (bucket.untold >= tellAt) worthTelling.add(key);
    },
    giveBack(key) {
      const bucket = open(key);
      bucket.level = Math.min(burst, bucket.level + 1);
      bucket.untold--;
    },
    takeUntold() {
      const told: [string, number][] = [];
      for (const key of worthTelling) {
        const bucket = buckets.get(key);
        if (bucket === undefined || bucket.untold <= 0) continue;
        told.push([key, bucket.untold]);
        bucket.untold = 0;
      }
      worthTelling.clear();
      return told;
    },
    spendElsewhere(key, spent) {
      const bucket = open(key);
      bucket.level = Math.max(bucket.level - spent, Math.min(bucket.level, -perSecond * debtSecondsMax));
    },
  };
}
