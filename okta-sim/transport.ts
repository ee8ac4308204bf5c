import { Agent, type ClientRequest, request as httpRequest, type IncomingMessage } from 'node:http';
import { request as httpsRequest, Agent as SecureAgent } from 'node:https';
import { gunzipSync, inflateSync } from 'node:zlib';

/** Largest answer that is read; a page of 100 users or a group of 100,000 members is far below. */
const answerBytesMax = 256 * 1024 * 1024;

export type RawAnswer = { status: number; reason: string; headers: Record<string, string>; text: string };

export type Exchange = {
  method: string;
  url: URL;
  /** Names and values in the order of the wire. */
  headers: string[];
  body: string | undefined;
  timeoutMs: number;
  /** The answer is thrown away once its first byte is here: the server has acted, nobody learns of it. */
  loseAnswer?: boolean;
  /** Pause between pieces of the answer. 0 reads as fast as it comes. */
  slowReadMs?: number;
};

/** The connection failed or the answer did not come; `message` is in the words of Okta's Java client. */
export class TransportError extends Error {}

export type Transport = { exchange(request: Exchange): Promise<RawAnswer>; close(): void };

/** Connections to one server: kept alive, at most one per request in flight. */
export function createTransport(connections: number): Transport {
  const settings = { keepAlive: true, maxSockets: connections, timeout: 0 };
  const plain = new Agent(settings);
  const secure = new SecureAgent(settings);

  async function exchange(request: Exchange): Promise<RawAnswer> {
    try {
      return await exchangeOnce(request, plain, secure);
    } catch (error) {
      // The server closed an idle connection just as it was used again: send it once more. Only what changes nothing:
      // the server may have acted before it went away (RFC 9110 §9.2.2), and a second create must be seen.
      if (error instanceof StaleConnection && request.method === 'GET') return exchangeOnce(request, plain, secure);
      throw error;
    }
  }

  return {
    exchange,
    close: () => {
      plain.destroy();
      secure.destroy();
    },
  };
}

class StaleConnection extends TransportError {}

function exchangeOnce(exchange: Exchange, plain: Agent, secure: SecureAgent): Promise<RawAnswer> {
  const { method, url, headers, body, timeoutMs } = exchange;
  return new Promise((resolve, reject) => {
    const settings = { method, headers, setHost: false };
    const request: ClientRequest =
      url.protocol === 'https:'
        ? httpsRequest(url, { ...settings, agent: secure })
        : httpRequest(url, { ...settings, agent: plain });
    const deadline = setTimeout(() => request.destroy(new TransportError('Read timed out')), timeoutMs);
    const settle = (finish: () => void): void => {
      clearTimeout(deadline);
      finish();
    };
    request.on('response', (response) => {
      if (exchange.loseAnswer) {
        request.destroy();
        settle(() => reject(new TransportError('Connection reset')));
        return;
      }
      readAnswer(response, exchange.slowReadMs ?? 0).then(
        (answer) => settle(() => resolve(answer)),
        (error: Error) => settle(() => reject(new TransportError(describe(error, url)))),
      );
    });
    request.on('error', (error: NodeJS.ErrnoException) => {
      const stale = request.reusedSocket && (error.code === 'ECONNRESET' || error.code === 'EPIPE');
      const known = error instanceof TransportError;
      const failure = stale ? new StaleConnection('Connection reset') : new TransportError(describe(error, url));
      settle(() => reject(known ? error : failure));
    });
    request.end(body);
  });
}

async function readAnswer(response: IncomingMessage, slowReadMs: number): Promise<RawAnswer> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  // Nothing is taken from the socket while we wait, so that the server feels the slow reader.
  if (slowReadMs > 0) await pause(slowReadMs);
  for await (const chunk of response) {
    bytes += chunk.length;
    if (bytes > answerBytesMax) throw new TransportError('the answer is too large');
    chunks.push(chunk);
    if (slowReadMs > 0) await pause(slowReadMs);
  }
  const headers: Record<string, string> = {};
  for (const [name, value] of Object.entries(response.headers)) headers[name] = String(value);
  const text = decode(Buffer.concat(chunks), headers['content-encoding']).toString('utf8');
  return { status: response.statusCode ?? 0, reason: response.statusMessage ?? '', headers, text };
}

function pause(ms: number): Promise<void> {
  return new Promise((resume) => setTimeout(resume, ms));
}

function decode(body: Buffer, encoding: string | undefined): Buffer {
  if (encoding === 'gzip') return gunzipSync(body, { maxOutputLength: answerBytesMax });
  if (encoding === 'deflate') return inflateSync(body, { maxOutputLength: answerBytesMax });
  return body;
}

function describe(error: NodeJS.ErrnoException, url: URL): string {
  if (error.code === 'ECONNREFUSED') return `Connect to ${url.host} failed: Connection refused`;
  if (error.code === 'ENOTFOUND') return `${url.hostname}: Name or service not known`;
  if (error.code === 'ECONNRESET') return 'Connection reset';
  return error.message;
}
