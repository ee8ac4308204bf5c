import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import { request as httpsRequest } from 'node:https';
import type { AddressInfo } from 'node:net';

export type Gate = { baseUrl: string; close(): Promise<void> };

/**
 * A gate in front of the server, on loopback: answers the first requests with 429 and the given
 * Retry-After, and passes the rest on unchanged. A server cannot be told to be busy, a gate can.
 */
export async function openThrottlingGate(
  baseUrl: string,
  { refusals, retryAfter }: { refusals: number; retryAfter?: string },
): Promise<Gate> {
  const target = new URL(baseUrl);
  let left = refusals;
  const server = createServer((incoming, outgoing) => {
    if (left <= 0) return pass(target, incoming, outgoing);
    left -= 1;
    incoming.resume();
    outgoing.writeHead(429, {
      'content-type': 'application/scim+json',
      ...(retryAfter !== undefined && { 'retry-after': retryAfter }),
    });
    outgoing.end(
      JSON.stringify({
        schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'],
        status: '429',
        detail: 'Too many requests',
      }),
    );
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  const { port } = server.address() as AddressInfo;
  return {
    baseUrl: `http://127.0.0.1:${port}${target.pathname.replace(/\/$/, '')}`,
    close: () =>
      new Promise((closed) => {
        server.close(() => closed());
        server.closeAllConnections();
      }),
  };
}

function pass(target: URL, incoming: IncomingMessage, outgoing: ServerResponse): void {
  const send = target.protocol === 'https:' ? httpsRequest : httpRequest;
  const url = new URL(incoming.url ?? '/', target.origin);
  const onward = send(
    url,
    { method: incoming.method, headers: { ...incoming.headers, host: target.host } },
    (answer) => {
      outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
      answer.pipe(outgoing);
    },
  );
  onward.on('error', () => outgoing.destroy());
  incoming.pipe(onward);
}
