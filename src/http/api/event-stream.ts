import { once } from 'node:events';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { FeedEvent } from '../../events/feed.ts';
import { limits } from '../../limits.ts';

/**
 * Sends pages of events as server-sent events: the number as `id`, the kind as `event`, the whole event as `data`. A comment
 * now and then keeps the connection open through proxies. A client that does not read is not written to, and let go after
 * limits.streamStallMs; it comes back with Last-Event-ID and has missed nothing.
 */
export async function sendEventStream(
  request: FastifyRequest,
  reply: FastifyReply,
  pages: AsyncIterable<FeedEvent[]>,
  signal: AbortSignal,
): Promise<void> {
  reply.hijack();
  const { raw } = reply;
  for (const [name, value] of Object.entries(reply.getHeaders())) {
    if (value !== undefined) raw.setHeader(name, value);
  }
  raw.writeHead(200, {
    'content-type': 'text/event-stream; charset=utf-8',
    'cache-control': 'no-store',
    'x-accel-buffering': 'no',
  });
  raw.write(`retry: ${limits.streamRetryMs}\n\n`);
  const heartbeat = setInterval(() => {
    if (!raw.writableNeedDrain) raw.write(':\n\n');
  }, limits.streamHeartbeatMs);
  heartbeat.unref();
  try {
    for await (const page of pages) {
      if (!raw.write(page.map(asServerSent).join(''))) await drained(reply, signal);
    }
  } catch (error) {
    // There is no status left to tell it with: the client comes back and is told then.
    if (!signal.aborted) request.log.info({ err: error }, 'an event stream was cut off');
  } finally {
    clearInterval(heartbeat);
    raw.end();
  }
}

/** One event in the event stream format. JSON has no line breaks, which would end the field. */
function asServerSent(event: FeedEvent): string {
  return `id: ${event.seq}\nevent: ${event.kind}\ndata: ${JSON.stringify(event)}\n\n`;
}

async function drained({ raw }: FastifyReply, signal: AbortSignal): Promise<void> {
  const stalled = AbortSignal.timeout(limits.streamStallMs);
  try {
    await once(raw, 'drain', { signal: AbortSignal.any([signal, stalled]) });
  } catch (error) {
    if (stalled.aborted) raw.destroy();
    throw error;
  }
}
