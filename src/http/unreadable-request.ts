import { STATUS_CODES } from 'node:http';
import type { Socket } from 'node:net';
import { limits } from '../limits.ts';
import { errorSchema } from '../scim/errors.ts';

const says: Record<string, [status: number, detail: string]> = {
  HPE_HEADER_OVERFLOW: [431, `The path and headers are longer than ${limits.headerBytesMax / 1024} KB`],
  HPE_CHUNK_EXTENSIONS_OVERFLOW: [413, 'The chunk extensions of the body are too long'],
  ERR_HTTP_REQUEST_TIMEOUT: [408, 'The request did not arrive in time'],
};

/**
 * Answers what is no HTTP request or comes too slowly, and closes the connection. Nobody knows which endpoint was meant, so
 * the answer has the SCIM form, which a provider can read and anybody else can do without (RFC 7644 §3.12).
 */
export function closeUnreadable(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'ECONNRESET' || socket.destroyed) return;
  const [status, detail] = says[error.code ?? ''] ?? [400, 'The request is not well-formed HTTP'];
  const body = JSON.stringify({ schemas: [errorSchema], status: String(status), detail });
  if (socket.writable) {
    socket.write(
      `HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\ncontent-type: application/scim+json; charset=utf-8\r\n` +
        `content-length: ${Buffer.byteLength(body)}\r\ncache-control: no-store\r\nconnection: close\r\n\r\n${body}`,
    );
  }
  socket.destroySoon();
}
