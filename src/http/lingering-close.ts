import type { IncomingMessage } from 'node:http';
import { Readable } from 'node:stream';
import { setTimeout as sleep } from 'node:timers/promises';
import type { FastifyInstance } from 'fastify';
import { limits } from '../limits.ts';

/**
 * An answer that closes the connection while the body is still on its way is lost: what arrives after the close is answered with a
 * reset, and the client's system throws away what it has not read. So such an answer is sent whole, what still comes is read and
 * thrown away, up to a bound, and only then the connection is closed (RFC 9112 §9.6).
 */
export function closeAfterTheBody(app: FastifyInstance): void {
  app.addHook('onSend', async (request, reply, payload) => {
    const { raw } = request;
    if (raw.complete || typeof payload !== 'string' || reply.getHeader('connection') !== 'close') return payload;
    reply.header('content-length', Buffer.byteLength(payload));
    return Readable.from(answerThenDrain(payload, raw));
  });
}

async function* answerThenDrain(payload: string, body: IncomingMessage): AsyncGenerator<string> {
  yield payload;
  await drain(body);
}

/** Resolves when the body has arrived, its client has gone, or a bound of lingering is reached. */
async function drain(body: IncomingMessage): Promise<void> {
  const ended = new AbortController();
  const end = () => ended.abort();
  let bytes = 0;
  body.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes > limits.lingerBytesMax) end();
  });
  for (const event of ['end', 'error', 'close']) body.once(event, end);
  body.resume();
  await sleep(limits.lingerMs, undefined, { signal: ended.signal }).catch(() => undefined);
}
