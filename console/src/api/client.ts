import type { OrganizationList } from '../../../src/http/api/schemas/organization.ts';
import type { Problem } from '../../../src/http/api/schemas/parts.ts';
import type { RequestDetail, RequestList } from '../../../src/http/api/schemas/request.ts';
import type { Status } from '../../../src/http/api/schemas/status.ts';
import { forgetOperatorKey, readOperatorKey } from '../operator-key/operator-key.ts';
import { ApiError } from './errors.ts';

/** Below the page's base address, which includes any path that a proxy adds. */
const api = new URL('api/v1', document.baseURI).href;
const timeoutMs = 15_000;

/** Asks with the given key instead of the kept one: to try a key before keeping it. */
export async function fetchStatus(key: string, signal?: AbortSignal): Promise<Status> {
  return await ask<Status>('/status', key, signal);
}

export async function loadStatus(signal: AbortSignal): Promise<Status> {
  return await askWithKeptKey('/status', signal);
}

export async function loadOrganizations(signal: AbortSignal): Promise<OrganizationList> {
  return await askWithKeptKey('/organizations?limit=200', signal);
}

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

async function askWithKeptKey<Answer>(path: string, signal: AbortSignal): Promise<Answer> {
  const key = readOperatorKey() ?? '';
  try {
    return await ask<Answer>(path, key, signal);
  } catch (error) {
    // The key was changed on the server: back to the page that asks for it. A newer key in this tab stays.
    if (error instanceof ApiError && error.status === 401 && readOperatorKey() === key) forgetOperatorKey();
    throw error;
  }
}

async function ask<Answer>(path: string, key: string, signal?: AbortSignal): Promise<Answer> {
  const signals = [AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])];
  let response: Response;
  try {
    response = await fetch(`${api}${path}`, {
      headers: { accept: 'application/json', authorization: `Bearer ${key}` },
      credentials: 'omit',
      signal: AbortSignal.any(signals),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'Rollcall does not answer. Is it running? Start it with: npm start');
  }
  if (!response.ok) throw new ApiError(response.status, await problemText(response));
  return (await response.json()) as Answer;
}

async function problemText(response: Response): Promise<string> {
  const problem = (await response.json().catch(() => ({}))) as Partial<Problem>;
  return problem.detail ?? problem.title ?? `Rollcall answered with status ${response.status}.`;
}
