import assert from 'node:assert/strict';
import { once } from 'node:events';
import net from 'node:net';
import { describe, test } from 'node:test';
import { limits } from '../../src/limits.ts';
import { underAttack } from './under-attack.ts';

/** Those of the server, a thirtieth as long: the server closes a connection because of its bounds, whatever they are. */
const clientBounds = { headersTimeoutMs: 1_000, requestTimeoutMs: 2_000, idleTimeoutMs: 2_500, slowClientCheckMs: 100 };

describe('clients that are slow, idle or make no sense (R50)', () => {
  const here = underAttack({ clientBounds });

  /** Sends the parts, waits for the server to close the connection, and returns what it answered until then. */
  const untilClosed = (...parts: (string | Buffer)[]): Promise<string> => {
    const { hostname, port } = new URL(here.rollcall.url);
    return new Promise((resolve, reject) => {
      let answered = '';
      const socket = net.connect({ port: Number(port), host: hostname }, () => {
        for (const part of parts) socket.write(part);
      });
      socket.setEncoding('utf8');
      socket.on('data', (text: string) => {
        answered += text;
      });
      socket.on('error', (error: NodeJS.ErrnoException) => {
        // The server may close while it is still written to.
        if (error.code !== 'ECONNRESET' && error.code !== 'EPIPE') reject(error);
      });
      socket.on('close', () => resolve(answered));
    });
  };
  const head = (line: string, ...headers: string[]) =>
    [`${line} HTTP/1.1`, 'host: rollcall.example', `authorization: Bearer ${here.acme.token}`, ...headers].join('\r\n');
  const post = (...headers: string[]) =>
    head('POST /scim/v2/acme/Users', 'content-type: application/scim+json', ...headers);
  const body = '{"userName":"eve@acme.example"}';

  test('the bounds of the server close every such client within 15 seconds', () => {
    const { headersTimeoutMs, requestTimeoutMs, idleTimeoutMs, slowClientCheckMs } = limits;
    assert.ok(idleTimeoutMs <= 15_000);
    for (const bound of [headersTimeoutMs, requestTimeoutMs]) assert.ok(bound + slowClientCheckMs < 15_000);
  });

  /** `answers` is what the first line of an answer has to be; undefined where the connection may be closed without one. */
  const cases: [what: string, answers: RegExp | undefined, parts: () => (string | Buffer)[]][] = [
    ['a connection on which nothing is sent', undefined, () => []],
    ['a request line that does not end', /^HTTP\/1\.1 408 /, () => ['GET /scim/v2/acme']],
    ['headers that do not end', /^HTTP\/1\.1 408 /, () => [`${head('GET /scim/v2/acme/Users')}\r\nx: `]],
    ['a body that does not end', /^HTTP\/1\.1 408 /, () => [`${post('content-length: 1000')}\r\n\r\n{"userName":`]],
    ['chunks that do not end', /^HTTP\/1\.1 408 /, () => [`${post('transfer-encoding: chunked')}\r\n\r\n5\r\n{"use`]],
    ['a connection kept after an answer', /^HTTP\/1\.1 200 /, () => [`${head('GET /scim/v2/acme/Users')}\r\n\r\n`]],
    ['headers of 100 KB', /^HTTP\/1\.1 431 /, () => [`${head('GET /', `x: ${'a'.repeat(100_000)}`)}\r\n\r\n`]],
    ['a thousand headers', /^HTTP\/1\.1 (431|4\d\d) /, () => [`${head('GET /', ...manyHeaders(5_000))}\r\n\r\n`]],
    ['a Content-Length that is no number', /^HTTP\/1\.1 400 /, () => [`${post('content-length: 1e3')}\r\n\r\n${body}`]],
    ['a negative Content-Length', /^HTTP\/1\.1 400 /, () => [`${post('content-length: -1')}\r\n\r\n${body}`]],
    [
      'two Content-Lengths',
      /^HTTP\/1\.1 400 /,
      () => [`${post('content-length: 31', 'content-length: 5')}\r\n\r\n${body}`],
    ],
    [
      'a Content-Length beside chunks',
      /^HTTP\/1\.1 400 /,
      () => [`${post('content-length: 31', 'transfer-encoding: chunked')}\r\n\r\n0\r\n\r\n`],
    ],
    [
      'a Content-Length beyond the limit of bodies',
      /^HTTP\/1\.1 413 /,
      () => [`${post(`content-length: ${limits.bodyBytesMax + 1}`)}\r\n\r\n{`],
    ],
    ['a chunk of no size', /^HTTP\/1\.1 400 /, () => [`${post('transfer-encoding: chunked')}\r\n\r\nzz\r\n`]],
    [
      'an unknown Transfer-Encoding',
      /^HTTP\/1\.1 (400|501) /,
      () => [`${post('transfer-encoding: x')}\r\n\r\n${body}`],
    ],
    ['a header without a colon', /^HTTP\/1\.1 400 /, () => [`${head('GET /')}\r\nnonsense\r\n\r\n`]],
    ['a header on two lines', /^HTTP\/1\.1 400 /, () => [`${head('GET /', 'a: b', ' c')}\r\n\r\n`]],
    ['a NUL in a header', /^HTTP\/1\.1 400 /, () => [`${head('GET /', 'a: b\0c')}\r\n\r\n`]],
    ['no Host', /^HTTP\/1\.1 400 /, () => ['GET /scim/v2/acme/Users HTTP/1.1\r\n\r\n']],
    [
      'an Expect that is not met',
      /^HTTP\/1\.1 417 /,
      () => [`${post('content-length: 31', 'expect: foo')}\r\n\r\n${body}`],
    ],
    ['TLS', /^HTTP\/1\.1 400 /, () => [Buffer.from('16030100c8010000c40303', 'hex')]],
    [
      'random bytes',
      /^HTTP\/1\.1 400 /,
      () => [Buffer.from(Array.from({ length: 500 }, (_, i) => (i * 37 + 128) % 256))],
    ],
    [
      'a good request and garbage behind it',
      /^HTTP\/1\.1 /,
      () => [`${head('GET /scim/v2/acme/Users')}\r\n\r\n`, Buffer.alloc(1_000, 0xff)],
    ],
  ];
  for (const [what, answers, parts] of cases) {
    test(`${what}: closed by the server`, { timeout: 10_000 }, async () => {
      const answer = await untilClosed(...parts());
      if (answers === undefined) assert.doesNotMatch(answer, /^HTTP\/1\.1 2/);
      else assert.match(answer, answers);
      const [first, text = ''] = answer.split('\r\n\r\n', 2);
      if (first === undefined || first === '' || /^HTTP\/1\.1 200/.test(first)) return;
      // Refusals are small, and JSON.
      assert.ok(answer.length < 3_000);
      assert.match(text, /^\{.*("status":"4\d\d"|"statusCode":4\d\d)/);
    });
  }

  test('two hundred idle connections keep nobody out', { timeout: 10_000 }, async () => {
    const idle = Array.from({ length: 200 }, () => untilClosed('GET /'));
    assert.equal((await here.acme.scim('GET', '/Users')).status, 200);
    await Promise.all(idle);
  });
});

const manyHeaders = (count: number) => Array.from({ length: count }, (_, index) => `h${index}: a`);

/** So long that no other bound than those of lingering closes a connection of these tests. */
const patient = { headersTimeoutMs: 60_000, requestTimeoutMs: 60_000, idleTimeoutMs: 60_000, slowClientCheckMs: 1_000 };

describe('clients that send a body that is too large (R21)', () => {
  const here = underAttack({ clientBounds: patient });

  const headOf = (path: string, size: number) =>
    [
      `POST /scim/v2/acme${path} HTTP/1.1`,
      'host: rollcall.example',
      `authorization: Bearer ${here.acme.token}`,
      'content-type: application/scim+json',
      `content-length: ${size}`,
    ].join('\r\n');

  /** A client that has read its 413 and may go on sending, under other bounds of lingering. */
  const refused = async (
    size: number,
    bounds: { lingerBytesMax: number; lingerMs: number },
    goOn: (socket: net.Socket) => Promise<void>,
  ): Promise<void> => {
    const { lingerBytesMax, lingerMs } = limits;
    Object.assign(limits, bounds);
    const { hostname, port } = new URL(here.rollcall.url);
    const socket = net.connect({ port: Number(port), host: hostname });
    try {
      socket.setEncoding('utf8');
      // The server may close while it is still written to.
      socket.on('error', () => undefined);
      const answer = new Promise<string>((resolve) => {
        let answered = '';
        socket.on('data', (text: string) => {
          answered += text;
          if (answered.endsWith('}')) resolve(answered);
        });
        socket.on('close', () => resolve(answered));
      });
      socket.write(`${headOf('/Users', size)}\r\n\r\n`);
      assert.match(await answer, /^HTTP\/1\.1 413 .*larger than 4 MB.*\}$/s);
      await goOn(socket);
    } finally {
      socket.destroy();
      Object.assign(limits, { lingerBytesMax, lingerMs });
    }
  };

  /** Reads nothing before all is sent, as simple clients do. Undefined if the connection broke. */
  const answerAfterSending = (head: string, size: number): Promise<string | undefined> => {
    const { hostname, port } = new URL(here.rollcall.url);
    return new Promise((resolve) => {
      let answered = '';
      const socket = net.connect({ port: Number(port), host: hostname });
      socket.pause();
      socket.setEncoding('utf8');
      socket.on('data', (text: string) => {
        answered += text;
      });
      socket.on('error', () => resolve(undefined));
      socket.on('close', () => resolve(answered));
      socket.write(`${head}\r\n\r\n`);
      socket.write(Buffer.alloc(size, 'a'), () => socket.resume());
    });
  };

  for (const [path, size, detail] of [
    ['/Bulk', 5_000_000, /maxPayloadSize/],
    ['/Users', 18_000_000, /larger than 4 MB/],
  ] as const) {
    test(`a client that sends ${size / 1_000_000} MB to ${path} before it reads finds the 413 there (RFC 7644 §3.7.4)`, async () => {
      const start = headOf(path, size);
      for (const answer of await Promise.all([1, 2, 3].map(() => answerAfterSending(start, size)))) {
        assert.match(answer ?? 'the connection broke', /^HTTP\/1\.1 413 /);
        assert.match(answer ?? '', /connection: close/i);
        assert.match(answer ?? '', detail);
      }
    });
  }

  test('what still comes of a refused body is read up to a bound of bytes, and no further', async () => {
    // Far more than the sockets themselves take up.
    const chunk = Buffer.alloc(1_000_000, 'a');
    const chunks = 200;
    await refused(chunks * chunk.length, { lingerBytesMax: 100_000, lingerMs: 60_000 }, async (socket) => {
      let sent = 0;
      const isSent = () => new Promise<boolean>((resolve) => socket.write(chunk, (error) => resolve(error == null)));
      while (sent < chunks && (await isSent())) sent++;
      assert.ok(sent < chunks, 'the whole body was read');
    });
  });

  test('a client that stops amid a refused body is closed by the server', { timeout: 10_000 }, async () => {
    await refused(18_000_000, { lingerBytesMax: 100_000_000, lingerMs: 50 }, async (socket) => {
      socket.write('{');
      if (!socket.closed) await once(socket, 'close');
    });
  });
});
