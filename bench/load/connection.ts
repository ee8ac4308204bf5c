import { connect, type Socket } from 'node:net';

/** An answer; the body is whole. */
export type Answer = { status: number; body: Buffer };

/** One keep-alive HTTP/1.1 connection that sends one request at a time and opens itself again when the server closed it. */
export type Connection = {
  /** Sends a request and resolves to its answer; rejects when the connection breaks or the time is over. */
  send(method: string, path: string, body?: string): Promise<Answer>;
  close(): void;
};

export type ConnectionOptions = {
  /** Such as http://127.0.0.1:7070/scim/v2/acme; paths are appended to it. */
  baseUrl: string;
  authorization: string;
  timeoutMs: number;
};

/**
 * Opens a connection. The client shares the machine with the server that it measures, so it does no more than the
 * protocol needs: one write for a request, no stream, no header object.
 */
export function openConnection(options: ConnectionOptions): Connection {
  const url = new URL(options.baseUrl);
  const prefix = url.pathname.replace(/\/$/, '');
  const headers =
    ` HTTP/1.1\r\nHost: ${url.host}\r\nAuthorization: ${options.authorization}\r\n` +
    'Accept: application/scim+json\r\nUser-Agent: rollcall-bench\r\n';
  let socket: Socket | undefined;
  let waiting: { resolve: (answer: Answer) => void; reject: (error: Error) => void } | undefined;
  let received: Buffer[] = [];
  let receivedBytes = 0;
  let needed = 0;

  const fail = (error: Error): void => {
    socket?.destroy();
    socket = undefined;
    const failed = waiting;
    waiting = undefined;
    failed?.reject(error);
  };

  const open = (): Socket => {
    const opened = connect({ host: url.hostname, port: Number(url.port) });
    opened.setNoDelay(true);
    opened.setTimeout(options.timeoutMs, () => fail(new Error('the answer took too long')));
    opened.on('data', (chunk: Buffer) => {
      received.push(chunk);
      receivedBytes += chunk.length;
      if (receivedBytes < needed) return;
      const all = received.length === 1 ? chunk : Buffer.concat(received);
      const read = readAnswer(all);
      if (typeof read === 'number') {
        needed = read;
        received = [all];
        return;
      }
      [received, receivedBytes, needed] = [[], 0, 0];
      const answered = waiting;
      waiting = undefined;
      answered?.resolve(read);
    });
    opened.on('error', (error) => fail(error));
    opened.on('close', () => {
      if (socket !== opened) return;
      fail(new Error('the server closed the connection'));
    });
    [received, receivedBytes, needed] = [[], 0, 0];
    return opened;
  };

  return {
    send(method, path, body) {
      return new Promise((resolve, reject) => {
        waiting = { resolve, reject };
        socket ??= open();
        const start = `${method} ${prefix}${path}${headers}`;
        if (body === undefined) socket.write(`${start}\r\n`);
        else {
          const length = Buffer.byteLength(body);
          socket.write(`${start}Content-Type: application/scim+json\r\nContent-Length: ${length}\r\n\r\n${body}`);
        }
      });
    },
    close() {
      const closed = socket;
      socket = undefined;
      closed?.destroy();
    },
  };
}

const emptyBody = Buffer.alloc(0);

/** The answer in these bytes, or how many bytes there must be before it is worth looking again. */
function readAnswer(bytes: Buffer): Answer | number {
  const headEnd = bytes.indexOf('\r\n\r\n');
  if (headEnd === -1) return bytes.length + 1;
  const head = bytes.toString('latin1', 0, headEnd);
  const status = Number(head.slice(9, 12));
  const bodyStart = headEnd + 4;
  if (status === 204 || status === 304) return { status, body: emptyBody };
  const length = /\r\ncontent-length: *(\d+)/i.exec(head)?.[1];
  if (length !== undefined) {
    const end = bodyStart + Number(length);
    return bytes.length < end ? end : { status, body: bytes.subarray(bodyStart, end) };
  }
  if (/\r\ntransfer-encoding: *chunked/i.test(head)) {
    const body = readChunks(bytes, bodyStart);
    return body === undefined ? bytes.length + 1 : { status, body };
  }
  throw new Error('an answer says neither its length nor that it comes in chunks');
}

function readChunks(bytes: Buffer, start: number): Buffer | undefined {
  const chunks: Buffer[] = [];
  let position = start;
  for (;;) {
    const lineEnd = bytes.indexOf('\r\n', position);
    if (lineEnd === -1) return undefined;
    const length = Number.parseInt(bytes.toString('latin1', position, lineEnd), 16);
    const end = lineEnd + 2 + length;
    if (bytes.length < end + 2) return undefined;
    if (length === 0) return Buffer.concat(chunks);
    chunks.push(bytes.subarray(lineEnd + 2, end));
    position = end + 2;
  }
}
