/** How the console asks the management API: with which key, for how long, and what a refusal becomes. */
import type { Problem } from '../../../src/http/api/schemas/parts.ts';
import { forgetOperatorKey, readOperatorKey } from '../operator-key/operator-key.ts';
import { ApiError } from './errors.ts';

/** Below the page's base address, which includes any path that a proxy adds. */
const api = new URL('api/v1', document.baseURI).href;
const timeoutMs = 15_000;

/** The address of an organization in the API. */
export const pathOf = (slug: string) => `/organizations/${encodeURIComponent(slug)}`;

/**
 * Changes something with the key that the console keeps.
 *
 * @param ifMatch the entity tag of what was seen, where it is changed only if it still is so
 */
export async function sendWithKeptKey<Answer>(
  method: Change['method'],
  path: string,
  body?: object,
  ifMatch?: string,
): Promise<Answer> {
  const change = { method, body, ...(ifMatch === undefined ? {} : { ifMatch }) };
  return await forgetRefusedKey((key) => ask<Answer>(path, key, undefined, change));
}

/** The query of the first page of a plan, or of the one behind a cursor. */
export const planPage = (cursor: string | undefined, query: Record<string, string> = {}) =>
  new URLSearchParams({ ...query, limit: '25', ...(cursor === undefined ? {} : { cursor }) });

/** The query of a page of a list: the first one, or the one behind a cursor. What is empty of `filter` is left out. */
export const listPage = (cursor: string | null, limit: number, filter: Record<string, string> = {}) =>
  new URLSearchParams({
    ...Object.fromEntries(Object.entries(filter).filter(([, value]) => value !== '')),
    limit: String(limit),
    ...(cursor === null ? {} : { cursor }),
  });

/** The entity tag of the version of a plan. */
export const tagOf = (version: string) => `"${version}"`;

/** Reads something with the entity tag that guards its change. */
export async function askTagged<Answer>(path: string, signal: AbortSignal): Promise<{ value: Answer; tag: string }> {
  const response = await forgetRefusedKey((key) => send(path, key, { signal }));
  return { value: await response.json(), tag: response.headers.get('etag') ?? '*' };
}

/** Reads something with the key that the console keeps. */
export async function askWithKeptKey<Answer>(path: string, signal?: AbortSignal): Promise<Answer> {
  return await forgetRefusedKey((key) => ask<Answer>(path, key, signal));
}

/** Works with the kept key, and forgets it where the server does not know it any more. */
export async function forgetRefusedKey<Answer>(work: (key: string) => Promise<Answer>): Promise<Answer> {
  const key = readOperatorKey() ?? '';
  try {
    return await work(key);
  } catch (error) {
    // The key was changed on the server: back to the page that asks for it. A newer key in this tab stays.
    if (error instanceof ApiError && error.status === 401 && readOperatorKey() === key) forgetOperatorKey('refused');
    throw error;
  }
}

/** What a request changes. */
export type Change = { method: 'POST' | 'PUT' | 'PATCH' | 'DELETE'; body: object | undefined; ifMatch?: string };

/** Asks with a key. */
export async function ask<Answer>(path: string, key: string, signal?: AbortSignal, change?: Change): Promise<Answer> {
  const response = await send(path, key, { signal, change });
  return (response.status === 204 ? undefined : await response.json()) as Answer;
}

/**
 * Sends a request with a key.
 *
 * @throws ApiError with what the server says, or that it does not answer
 */
export async function send(
  path: string,
  key: string,
  { signal, change }: { signal?: AbortSignal | undefined; change?: Change | undefined },
): Promise<Response> {
  const signals = [AbortSignal.timeout(timeoutMs), ...(signal === undefined ? [] : [signal])];
  let response: Response;
  try {
    response = await fetch(`${api}${path}`, {
      method: change?.method ?? 'GET',
      headers: {
        accept: 'application/json',
        authorization: `Bearer ${key}`,
        ...(change?.body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(change?.ifMatch === undefined ? {} : { 'if-match': change.ifMatch }),
      },
      ...(change?.body === undefined ? {} : { body: JSON.stringify(change.body) }),
      credentials: 'omit',
      signal: AbortSignal.any(signals),
    });
  } catch (error) {
    if (signal?.aborted) throw error;
    throw new ApiError(0, 'Rollcall does not answer. Is it running? Start it with: npm start');
  }
  if (!response.ok) throw await refusalOf(response);
  return response;
}

async function refusalOf(response: Response): Promise<ApiError> {
  const { detail, title, errors = [] } = (await response.json().catch(() => ({}))) as Partial<Problem>;
  const { status } = response;
  return new ApiError(status, detail ?? title ?? `Rollcall answered with status ${status}.`, errors);
}
