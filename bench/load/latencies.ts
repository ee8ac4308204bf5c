/** What happened to the requests of one kind. Times are in milliseconds. */
export type OperationFigures = {
  operation: string;
  requests: number;
  errors: number;
  perSecond: number;
  p50: number;
  p95: number;
  p99: number;
  max: number;
};

/** Collects the times of requests by kind of operation. */
export type Latencies = {
  note(operation: string, ms: number, isError: boolean): void;
  /** Notes an error in words, of which the first few are kept. */
  explain(sentence: string): void;
  /** One row for each operation in the order of their first request, and one for all. */
  figures(seconds: number): OperationFigures[];
  readonly explanations: readonly string[];
};

const explanationsMax = 5;

export function collectLatencies(): Latencies {
  const kinds = new Map<string, { times: number[]; errors: number }>();
  const explanations: string[] = [];
  return {
    explanations,
    note(operation, ms, isError) {
      let kind = kinds.get(operation);
      if (kind === undefined) {
        kind = { times: [], errors: 0 };
        kinds.set(operation, kind);
      }
      kind.times.push(ms);
      if (isError) kind.errors++;
    },
    explain(sentence) {
      if (explanations.length < explanationsMax) explanations.push(sentence);
    },
    figures(seconds) {
      const rows = [...kinds].map(([operation, { times, errors }]) => figuresOf(operation, times, errors, seconds));
      if (rows.length < 2) return rows;
      const all = [...kinds.values()];
      const errors = all.reduce((sum, kind) => sum + kind.errors, 0);
      const times = all.flatMap((kind) => kind.times);
      return [...rows, figuresOf('all', times, errors, seconds)];
    },
  };
}

function figuresOf(operation: string, times: number[], errors: number, seconds: number): OperationFigures {
  const sorted = Float64Array.from(times).sort();
  const at = (share: number) => percentile(sorted, share);
  const requests = sorted.length;
  return {
    operation,
    requests,
    errors,
    perSecond: requests / seconds,
    p50: at(0.5),
    p95: at(0.95),
    p99: at(0.99),
    max: at(1),
  };
}

/** The nearest-rank percentile of sorted numbers; 0 if there are none. */
export function percentile(sorted: ArrayLike<number>, share: number): number {
  return sorted[Math.max(0, Math.ceil(sorted.length * share) - 1)] ?? 0;
}

export const median = (times: readonly number[]): number => percentile(Float64Array.from(times).sort(), 0.5);
