import type { Comparison } from './compare.ts';

/** What a command found: text for people, a document for scripts, and whether all is well. */
export type Outcome = { text: string; json: unknown; ok: boolean };

/** Prints what a command found, as text or as one JSON document, and sets the exit code. */
export function printOutcome({ text, json, ok }: Outcome, asJson: boolean): void {
  process.stdout.write(`${asJson ? JSON.stringify(json, null, 2) : text}\n`);
  process.exitCode = ok ? 0 : 1;
}

/** A table with aligned columns; numbers to the right. */
export function table(header: readonly string[], rows: readonly (string | number)[][]): string {
  const cells = [header, ...rows.map((row) => row.map(String))];
  const widths = header.map((_, column) => Math.max(...cells.map((row) => [...(row[column] ?? '')].length)));
  const numeric = header.map((_, column) => rows.length > 0 && rows.every((row) => typeof row[column] === 'number'));
  const line = (row: readonly string[]): string =>
    row
      .map((cell, column) => (numeric[column] ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  const [first = [], ...others] = cells;
  return [line(first), widths.map((width) => '─'.repeat(width)).join('  '), ...others.map(line)].join('\n');
}

/** What Okta believes beside what the app holds, and every difference in words. */
export function comparisonText({ rows, differences, equal }: Comparison): string {
  const shown = differences.slice(0, 20);
  const lines = [
    table(
      ['', 'Okta', 'app', 'different'],
      rows.map(({ what, okta, app, different }) => [what, okta, app, different]),
    ),
    '',
    equal ? 'No difference.' : `${differences.length} ${differences.length === 1 ? 'difference' : 'differences'}:`,
    ...shown.map((difference) => `  ${difference}`),
  ];
  if (differences.length > shown.length) lines.push(`  … and ${differences.length - shown.length} more`);
  return lines.join('\n');
}

/** A line on stderr that is written over while work goes on; on no terminal, one line for each tenth. */
export function progressLine(what: string): (remaining: number) => void {
  let total = 0;
  let tenth = -1;
  return (remaining) => {
    total = Math.max(total, remaining + 1);
    const done = total - remaining;
    if (process.stderr.isTTY) {
      process.stderr.write(`\r\x1b[2K${what}: ${done} of ${total}${remaining === 0 ? '\n' : ''}`);
    } else if (Math.floor((done * 10) / total) > tenth && total >= 10) {
      tenth = Math.floor((done * 10) / total);
      process.stderr.write(`${what}: ${done} of ${total}\n`);
    }
    if (remaining > 0) return;
    total = 0;
    tenth = -1;
  };
}
