import assert from 'node:assert/strict';
import { type AddressInfo, createServer } from 'node:net';
import { test } from 'node:test';
import { createTransport, TransportError } from '../../okta-sim/transport.ts';

/** Answers the first request of each connection, and breaks the connection when the second one is there. */
async function startBreakingServer() {
  const seen: string[] = [];
  const server = createServer((socket) => {
    let requests = 0;
    socket.on('error', () => undefined);
    socket.on('data', (chunk) => {
      seen.push(String(chunk).split(' ')[0] ?? '');
      requests += 1;
      if (requests === 1) socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}');
      else socket.resetAndDestroy();
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    seen,
    url: new URL(`http://127.0.0.1:${(server.address() as AddressInfo).port}/Users`),
    [Symbol.asyncDispose]: () => new Promise<void>((closed) => void server.close(() => closed())),
  };
}

for (const [method, sent] of [
  ['GET', ['GET', 'GET', 'GET']],
  ['POST', ['GET', 'POST']],
  ['PATCH', ['GET', 'PATCH']],
] as const) {
  test(`a connection that breaks when it is used again: ${method} is sent ${sent.length === 3 ? 'once more' : 'no second time'}`, async () => {
    await using server = await startBreakingServer();
    const transport = createTransport(1);
    try {
      const exchange = (name: string) =>
        transport.exchange({ method: name, url: server.url, headers: [], body: undefined, timeoutMs: 10_000 });
      await exchange('GET');
      if (method === 'GET') assert.equal((await exchange(method)).status, 200);
      else await assert.rejects(exchange(method), (error) => error instanceof TransportError);
      assert.deepEqual(server.seen, sent);
    } finally {
      transport.close();
    }
  });
}
