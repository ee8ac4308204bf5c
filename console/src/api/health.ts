/** How the connection does, and whether what is in force is what was asked. */
import type { ConnectionFindings, ConnectionHealth } from '../../../src/http/api/schemas/connection-health.ts';
import type { Reconciliation, ReconciliationList } from '../../../src/http/api/schemas/reconciliation.ts';
import { ApiError } from './errors.ts';
import { askWithKeptKey, pathOf, sendWithKeptKey, tagOf } from './transport.ts';

export async function loadHealth(slug: string, signal: AbortSignal): Promise<ConnectionHealth> {
  return await askWithKeptKey(`${pathOf(slug)}/connection/health`, signal);
}

/** How a connection did until it ended. */
export async function loadEndedHealth(slug: string, id: string, signal: AbortSignal): Promise<ConnectionHealth> {
  return await askWithKeptKey(`${pathOf(slug)}/connections/${encodeURIComponent(id)}/health`, signal);
}

export async function loadFindings(slug: string, signal: AbortSignal): Promise<ConnectionFindings> {
  return await askWithKeptKey(`${pathOf(slug)}/connection/findings`, signal);
}

/** One page of the comparisons of what was asked with what is in force, the newest first. */
export async function loadReconciliations(
  slug: string,
  cursor: string | null,
  signal: AbortSignal,
): Promise<ReconciliationList> {
  const query = new URLSearchParams({ limit: '5', ...(cursor === null ? {} : { cursor }) });
  return await askWithKeptKey(`${pathOf(slug)}/connection/reconciliations?${query}`, signal);
}

export async function loadReconciliation(slug: string, id: string, signal?: AbortSignal): Promise<Reconciliation> {
  return await askWithKeptKey(`${pathOf(slug)}/connection/reconciliations/${encodeURIComponent(id)}`, signal);
}

/**
 * Compares what was asked with what is in force, and waits for the end.
 *
 * @param version of the report of which what does not follow is repaired, and nothing else
 * @param begun is called when it runs
 * @throws ApiError 412 if something else does not follow by now
 */
export async function reconcile(
  slug: string,
  { repair, version, begun }: { repair: boolean; version?: string; begun: () => unknown },
): Promise<Reconciliation> {
  const path = `${pathOf(slug)}/connection/reconciliations?wait=1`;
  const tag = version === undefined ? undefined : tagOf(version);
  let found = await sendWithKeptKey<Reconciliation>('POST', path, { repair }, tag);
  if (found.state === 'running') begun();
  while (found.state === 'running') {
    await new Promise((resolve) => setTimeout(resolve, reconciliationEveryMs));
    found = await loadReconciliation(slug, found.id);
  }
  if (found.problem !== null) throw new ApiError(found.report === null ? 500 : 412, found.problem);
  return found;
}

/** Between two looks at a comparison that runs. */
export const reconciliationEveryMs = 1_000;
