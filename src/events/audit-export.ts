import { limits } from '../limits.ts';
import type { Database } from '../store/database.ts';
import type { EventFilter } from '../store/event-lists.ts';
import { type HistoryItem, readHistory } from './history.ts';
import { readActorNaming } from './shown-actor.ts';

export type AuditFormat = 'jsonl' | 'csv';

/**
 * The audit as text, the oldest event first: a JSON document on each line, or a table with a line of headings. It is read some
 * events at a time, each in a transaction of its own, since what happened does not change.
 */
export async function* exportAudit(
  db: Database,
  org: { id: string },
  filter: EventFilter,
  format: AuditFormat,
): AsyncGenerator<string, void> {
  if (format === 'csv') yield csvLine(columns.map(([heading]) => heading));
  const naming = await readActorNaming(db, org);
  const steps = { order: 'oldest', limit: limits.auditPageRows } as const;
  let after = filter.after ?? 0;
  for (;;) {
    const page = await readHistory(db, org, { ...filter, after }, steps, naming);
    const last = page.at(-1);
    if (last === undefined) return;
    yield page.map(format === 'csv' ? csvOf : jsonOf).join('');
    if (page.length < limits.auditPageRows) return;
    after = last.seq;
  }
}

/** Headings and what they show: docs/guides/why-history-undo.md names the fields of other products that they correspond to. */
const columns: readonly [heading: string, show: (item: HistoryItem) => unknown][] = [
  ['seq', ({ seq }) => seq],
  ['at', ({ at }) => at.toISOString()],
  ['kind', ({ kind }) => kind],
  ['says', ({ says }) => says],
  ['actor_type', ({ actor }) => actor.type],
  ['actor_id', ({ actor }) => ('id' in actor ? actor.id : '')],
  ['actor_name', ({ actor }) => ('name' in actor ? actor.name : 'userName' in actor ? actor.userName : '')],
  ['actor_provider', ({ actor }) => ('provider' in actor ? actor.provider : '')],
  ['address', ({ address }) => address],
  ['request_id', ({ requestId }) => requestId],
  ['data', ({ data }) => JSON.stringify(data)],
];

const jsonOf = ({ seq, at, kind, says, by, actor, address, requestId, data }: HistoryItem) =>
  `${JSON.stringify({ seq, at, kind, says, by, actor, address, requestId, data })}\n`;

const csvOf = (item: HistoryItem) => csvLine(columns.map(([, show]) => show(item)));

const csvLine = (cells: readonly unknown[]) => `${cells.map(csvCell).join(',')}\r\n`;

/**
 * A cell as RFC 4180 writes it. Names are written by people whom nobody checked, and a spreadsheet runs what begins like a
 * formula: such a cell begins with an apostrophe, which spreadsheets take for the mark of a text.
 */
export function csvCell(value: unknown): string {
  const text = value === undefined || value === null ? '' : String(value);
  const safe = /^[=+\-@\t\r\n\uff1d\uff0b\uff0d\uff20]/.test(text) ? `'${text}` : text;
  return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}
