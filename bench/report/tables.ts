import type { PhaseFigures } from '../load/session.ts';
import type { RunFigures } from './run-figures.ts';

/** Prints everything that was measured of one server. */
export function printRun(run: RunFigures): void {
  print(`\n${run.target}: ${run.users} users, a group of ${run.group}, ${run.concurrency} requests at once`);
  for (const note of run.notes) print(`  note: ${note}`);
  for (const phase of run.phases) printPhase(phase);
  const { pages, seen } = run;
  print(`\n  import: page ${ms(pages.first)} ms first, ${ms(pages.middle)} middle, ${ms(pages.last)} last`);
  print(`  import: ${seen.people} people seen, ${seen.twice} twice, ${seen.never} never`);
  if (run.oneMember !== undefined) {
    const { intoSmall, intoBig } = run.oneMember;
    print(`  one member: ${ms(intoSmall)} ms into the small group, ${ms(intoBig)} into the group of ${run.group}`);
  }
}

function printPhase(phase: PhaseFigures): void {
  const { server, postgres, client } = phase.cpu;
  print(
    `\n  ${phase.phase}: ${phase.seconds.toFixed(1)} s; CPU seconds: server ${server.toFixed(1)}, PostgreSQL ${postgres.toFixed(1)}, ` +
      `client ${client.toFixed(1)}; server memory ${phase.serverMegabytes.now.toFixed(0)} MB, ` +
      `${phase.serverMegabytes.peak.toFixed(0)} at most; load average ${phase.loadAverage.toFixed(1)}`,
  );
  const rows = phase.operations.map((row) => [
    row.operation,
    String(row.requests),
    row.perSecond.toFixed(0),
    ms(row.p50),
    ms(row.p95),
    ms(row.p99),
    ms(row.max),
    String(row.errors),
  ]);
  printTable(['', 'requests', 'req/s', 'p50 ms', 'p95 ms', 'p99 ms', 'max ms', 'errors'], rows);
  for (const remark of phase.remarks) print(`  ${remark}`);
  for (const error of phase.errors) print(`  error: ${error}`);
}

/** Prints one line for each server and size. */
export function printSummary(runs: readonly RunFigures[]): void {
  if (runs.length === 0) return;
  print('');
  const heading = [
    '',
    'users',
    'create/s',
    'mix/s',
    'mix p50',
    'mix p99',
    'errors',
    'Node ms',
    'PG ms',
    'MB',
    'last/first',
    'big/small',
  ];
  printTable(heading, runs.map(summaryOf));
}

function summaryOf(run: RunFigures): string[] {
  const mix = run.phases.find(({ phase }) => phase === 'steady mix');
  const all = mix?.operations.at(-1);
  const create = run.phases[0]?.operations.find(({ operation }) => operation === 'create');
  const errors = run.phases.flatMap(({ operations }) => operations.slice(-1)).reduce((sum, row) => sum + row.errors, 0);
  const perRequest = (seconds: number | undefined) => ((1000 * (seconds ?? 0)) / (all?.requests ?? 1)).toFixed(3);
  return [
    run.target,
    String(run.users),
    (create?.perSecond ?? 0).toFixed(0),
    (all?.perSecond ?? 0).toFixed(0),
    ms(all?.p50 ?? 0),
    ms(all?.p99 ?? 0),
    String(errors),
    perRequest(mix?.cpu.server),
    perRequest(mix?.cpu.postgres),
    Math.max(...run.phases.map(({ serverMegabytes }) => serverMegabytes.peak)).toFixed(0),
    ratio(run.pages.last, run.pages.first),
    run.oneMember === undefined ? '' : ratio(run.oneMember.intoBig, run.oneMember.intoSmall),
  ];
}

export const ms = (milliseconds: number): string => milliseconds.toFixed(milliseconds < 10 ? 2 : 1);

const ratio = (of: number, to: number): string => (to === 0 ? '' : (of / to).toFixed(2));

export function printTable(heading: readonly string[], rows: readonly string[][]): void {
  const widths = heading.map((name, column) => Math.max(name.length, ...rows.map((row) => (row[column] ?? '').length)));
  for (const row of [heading, ...rows]) {
    const cells = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[column] ?? 0),
    );
    print(`  ${cells.join('  ')}`);
  }
}

const print = (line: string): void => console.log(line);
