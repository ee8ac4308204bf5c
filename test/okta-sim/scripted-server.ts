import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

export type SeenRequest = { method: string; url: string; rawHeaders: string[]; text: string; body: unknown };

/** A canned answer; `undefined` never answers. */
export type Canned = { status: number; headers?: Record<string, string>; body?: unknown; text?: string } | undefined;

export type ScriptedServer = AsyncDisposable & { baseUrl: string; seen: SeenRequest[] };

/** A real HTTP server that records what comes and answers as it is told, request by request. */
export async function startScriptedServer(
  answer: (request: SeenRequest, number: number) => Canned,
): Promise<ScriptedServer> {
  const seen: SeenRequest[] = [];
  const server = createServer(async (request, response) => {
    let text = '';
    for await (const chunk of request) text += chunk;
    const { method = '', url = '', rawHeaders } = request;
    const one = { method, url, rawHeaders, text, body: readJson(text) };
    seen.push(one);
    const canned = answer(one, seen.length);
    if (!canned) return;
    response.writeHead(canned.status, { 'content-type': 'application/scim+json', ...canned.headers });
    response.end(canned.text ?? (canned.body === undefined ? undefined : JSON.stringify(canned.body)));
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/scim/v2`,
    seen,
    [Symbol.asyncDispose]: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

/** A form, or nothing, is no JSON. */
function readJson(text: string): unknown {
  return text.startsWith('{') ? JSON.parse(text) : undefined;
}

/** A list as a good server sends it. */
export function listOf(...Resources: unknown[]): Canned {
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:ListResponse'];
  return {
    status: 200,
    body: { schemas, totalResults: Resources.length, startIndex: 1, itemsPerPage: Resources.length, Resources },
  };
}

/** An error as a good server sends it. */
export function errorOf(status: number, detail: string, headers: Record<string, string> = {}): Canned {
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error'];
  return { status, headers, body: { schemas, status: String(status), detail } };
}
