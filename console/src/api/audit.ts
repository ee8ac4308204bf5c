/** What happened, why, and undoing it. */
import type { HistoryList, Why } from '../../../src/http/api/schemas/history.ts';
import type { RemovedList } from '../../../src/http/api/schemas/removed.ts';
import type { Undone, UndoOutcome, UndoPlan } from '../../../src/http/api/schemas/undo.ts';
import { askWithKeptKey, forgetRefusedKey, listPage, pathOf, send, sendWithKeptKey, tagOf } from './transport.ts';

/** Which events of the audit are shown; empty is all of them. */
export type AuditFilter = { kind: string; actor: string };

const auditQueryOf = (filter: AuditFilter) =>
  new URLSearchParams(Object.entries(filter).filter(([, value]) => value !== ''));

/** One page of the audit, newest first; `cursor` is the `nextCursor` of the page before it. */
export async function loadAudit(
  slug: string,
  { cursor, ...filter }: AuditFilter & { cursor: string | null },
  signal: AbortSignal,
): Promise<HistoryList> {
  const query = auditQueryOf(filter);
  query.set('limit', '50');
  if (cursor !== null) query.set('cursor', cursor);
  return await askWithKeptKey(`${pathOf(slug)}/audit?${query}`, signal);
}

/** Saves the audit as a file. */
export async function exportAudit(slug: string, filter: AuditFilter, format: 'jsonl' | 'csv'): Promise<void> {
  const query = auditQueryOf(filter);
  query.set('format', format);
  const response = await forgetRefusedKey((key) => send(`${pathOf(slug)}/audit/export?${query}`, key, {}));
  const link = document.createElement('a');
  link.href = URL.createObjectURL(await response.blob());
  link.download = `rollcall-audit-${slug}.${format}`;
  link.click();
  URL.revokeObjectURL(link.href);
}

/** Why a person or a team is as it is; `path` names it below the organization. */
export async function loadWhy(slug: string, path: string, signal: AbortSignal): Promise<Why> {
  return await askWithKeptKey(`${pathOf(slug)}/${path}/why`, signal);
}

/** One page of what happened to a person or a team, the newest first. */
export async function loadHistory(
  slug: string,
  path: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<HistoryList> {
  return await askWithKeptKey(`${pathOf(slug)}/${path}/history?${listPage(cursor, 50)}`, signal);
}

/** One page of those who were removed and are remembered, the last ones first. */
export async function loadRemoved(slug: string, cursor: string | null, signal: AbortSignal): Promise<RemovedList> {
  const query = new URLSearchParams({ limit: '5', ...(cursor === null ? {} : { cursor }) });
  return await askWithKeptKey(`${pathOf(slug)}/removed?${query}`, signal);
}

/** What undoing would put back. */
export async function planUndo(slug: string, undone: Undone): Promise<UndoPlan> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/undo/plan`, undone);
}

/** Undoes what a plan showed, if it still is the plan. */
export async function applyUndo(slug: string, undone: Undone, digest: string): Promise<UndoOutcome> {
  return await sendWithKeptKey('POST', `${pathOf(slug)}/undo`, undone, tagOf(digest));
}
