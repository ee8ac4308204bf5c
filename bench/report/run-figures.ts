import type { ImportFigures } from '../load/full-import.ts';
import type { PhaseFigures } from '../load/session.ts';

/** All that was measured of one server at one size. Times are in milliseconds. */
export type RunFigures = {
  target: string;
  notes: readonly string[];
  users: number;
  group: number;
  concurrency: number;
  phases: PhaseFigures[];
  pages: ImportFigures['pages'];
  seen: ImportFigures['seen'];
  oneMember: { intoSmall: number; intoBig: number } | undefined;
};
