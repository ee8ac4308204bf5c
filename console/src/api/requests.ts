/** The request log. */
import type { RequestDetail, RequestList } from '../../../src/http/api/schemas/request.ts';
import { askWithKeptKey } from './transport.ts';

/** One page of the request log, newest first; `cursor` is the `nextCursor` of the page before it. */
export async function loadRequests(
  organization: string,
  options: { onlyErrors: boolean; cursor: string | null },
  signal: AbortSignal,
): Promise<RequestList> {
  const query = new URLSearchParams({ limit: '50' });
  if (options.onlyErrors) query.set('status', 'error');
  if (options.cursor !== null) query.set('cursor', options.cursor);
  return await askWithKeptKey(`/organizations/${encodeURIComponent(organization)}/requests?${query}`, signal);
}

export async function loadRequest(organization: string, id: string, signal: AbortSignal): Promise<RequestDetail> {
  const path = `/organizations/${encodeURIComponent(organization)}/requests/${encodeURIComponent(id)}`;
  return await askWithKeptKey(path, signal);
}
