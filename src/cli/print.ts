import type { Surroundings } from './surroundings.ts';

/** One column of a table: its heading, and what it shows of a row. */
export type Column<Row> = [heading: string, show: (row: Row) => unknown];

/** Prints a value as the one JSON document of a command. */
export function printJson(value: unknown, { out }: Surroundings): void {
  out(`${JSON.stringify(value, undefined, 2)}\n`);
}

/**
 * Prints rows under headings, or the sentence for none. On a terminal long cells end with … where a row would be longer than a line,
 * but for ids; --json and a pipe have all.
 */
export function printTable<Row>(
  rows: Row[],
  columns: Column<Row>[],
  whenEmpty: string,
  { out, width }: Surroundings,
): void {
  if (rows.length === 0) {
    out(`${whenEmpty}\n`);
    return;
  }
  const cells = [columns.map(([heading]) => heading.toUpperCase()), ...rows.map((row) => rowCells(row, columns))];
  const needed = columns.map((_, index) => cells.reduce((most, line) => Math.max(most, line[index]?.length ?? 0), 0));
  const widths = width === undefined ? needed : fitted(needed, columns, width);
  for (const line of cells) {
    out(
      `${line
        .map((cell, index) => cut(cell, widths[index] ?? 0).padEnd(widths[index] ?? 0))
        .join(gap)
        .trimEnd()}\n`,
    );
  }
}

const gap = '  ';
const cellMin = 8;

/** The widths of columns whose rows have to fit in a line: the widest give way first, and ids stay, which are copied. */
function fitted<Row>(needed: readonly number[], columns: readonly Column<Row>[], width: number): number[] {
  const mayGive = needed.map((_, index) => columns[index]?.[0] !== 'id');
  const widths = needed.map((each, index) => (mayGive[index] ? Math.min(each, width) : each));
  const tooMuch = () => widths.reduce((sum, each) => sum + each, gap.length * (widths.length - 1)) - width;
  for (;;) {
    const widest = Math.max(...widths.filter((_, index) => mayGive[index]));
    if (tooMuch() <= 0 || widest <= cellMin) return widths;
    widths[widths.findIndex((each, index) => mayGive[index] && each === widest)] = widest - 1;
  }
}

const cut = (text: string, width: number): string =>
  text.length <= width ? text : `${text.slice(0, width - 1).replace(/[\ud800-\udbff]$/, '')}…`;

/** The cells of one row, as they are shown in a table. */
export function rowCells<Row>(row: Row, columns: Column<Row>[]): string[] {
  return columns.map(([, show]) => cellOf(show(row)));
}

/** What moves the cursor, colors the terminal, or turns the direction of what stands beside it (UAX #9 §2). */
const unprintable = /[\p{Cc}\u202A-\u202E\u2066-\u2069]/gu;

/** Text from outside must change nothing but its cell for whoever reads the table. */
function cellOf(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-';
  if (value instanceof Date) return value.toISOString();
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replace(unprintable, '\u{fffd}');
}
