import type { Surroundings } from './surroundings.ts';

/** One column of a table: its heading, and what it shows of a row. */
export type Column<Row> = [heading: string, show: (row: Row) => unknown];

/** Prints a value as the one JSON document of a command. */
export function printJson(value: unknown, { out }: Surroundings): void {
  out(`${JSON.stringify(value, undefined, 2)}\n`);
}

/** Prints rows under headings, or the sentence for none. */
export function printTable<Row>(rows: Row[], columns: Column<Row>[], whenEmpty: string, { out }: Surroundings): void {
  if (rows.length === 0) {
    out(`${whenEmpty}\n`);
    return;
  }
  const cells = [columns.map(([heading]) => heading.toUpperCase()), ...rows.map((row) => rowCells(row, columns))];
  const widths = columns.map((_, index) => Math.max(...cells.map((line) => line[index]?.length ?? 0)));
  for (const line of cells) {
    out(
      `${line
        .map((cell, index) => cell.padEnd(widths[index] ?? 0))
        .join('  ')
        .trimEnd()}\n`,
    );
  }
}

/** The cells of one row, as they are shown in a table. */
export function rowCells<Row>(row: Row, columns: Column<Row>[]): string[] {
  return columns.map(([, show]) => cellOf(show(row)));
}

/** Text from outside must not move the cursor or color the terminal of whoever reads the table. */
function cellOf(value: unknown): string {
  if (value === undefined || value === null || value === '') return '-';
  if (value instanceof Date) return value.toISOString();
  const text = typeof value === 'object' ? JSON.stringify(value) : String(value);
  return text.replace(/\p{Cc}/gu, '\u{fffd}');
}
