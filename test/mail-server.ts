import { once } from 'node:events';
import type { AddressInfo } from 'node:net';
import { SMTPServer } from 'smtp-server';

/** A mail as the server got it. */
export type ReceivedMail = {
  from: string;
  to: string[];
  /** Header and body as they came over the wire. */
  raw: string;
  /** The value of a header, unfolded. */
  header(name: string): string | undefined;
  /** The plain text, decoded. */
  text: string;
  /** The HTML, decoded. */
  html: string;
};

/** What a mail server of a test answers to a recipient, or to the content of a mail. */
export type Refusal = { at: 'recipient' | 'content'; code: number } | { at: 'content'; never: true };

export type MailServer = AsyncDisposable & {
  url: string;
  received: ReceivedMail[];
  /** What it answers from now on; undefined takes everything. */
  refuse(refusal: Refusal | undefined): void;
  /** Ends all connections and listens no more. */
  stop(): Promise<void>;
};

/** A real SMTP server on this machine, on a port of its own. */
export async function startMailServer(
  options: { requiresUser?: { user: string; pass: string } } = {},
): Promise<MailServer> {
  const received: ReceivedMail[] = [];
  let refusal: Refusal | undefined;
  const answer = (code: number) => Object.assign(new Error('not now'), { responseCode: code });
  const { requiresUser } = options;
  const server = new SMTPServer({
    authOptional: requiresUser === undefined,
    allowInsecureAuth: true,
    disabledCommands: ['STARTTLS'],
    disableReverseLookup: true,
    logger: false,
    onAuth({ username, password }, _session, done) {
      const isGood = username === requiresUser?.user && password === requiresUser?.pass;
      done(isGood ? null : new Error('wrong password'), { user: username ?? '' });
    },
    onRcptTo(_address, _session, done) {
      if (refusal?.at === 'recipient') return done(answer(refusal.code));
      done();
    },
    onData(stream, session, done) {
      const parts: Buffer[] = [];
      stream.on('data', (part: Buffer) => parts.push(part));
      stream.on('end', () => {
        if (refusal !== undefined && 'never' in refusal) return;
        if (refusal?.at === 'content') return done(answer(refusal.code));
        const { mailFrom, rcptTo } = session.envelope;
        received.push(
          receivedMail(
            Buffer.concat(parts).toString('utf8'),
            mailFrom === false ? '' : (mailFrom?.address ?? ''),
            rcptTo.map(({ address }) => address),
          ),
        );
        done();
      });
    },
  });
  server.on('error', () => undefined);
  const listening = server.listen(0, '127.0.0.1');
  await once(listening, 'listening');
  const { port } = listening.address() as AddressInfo;
  const login = requiresUser === undefined ? '' : `${requiresUser.user}:${requiresUser.pass}@`;
  let isStopped = false;
  const stop = async (): Promise<void> => {
    if (isStopped) return;
    isStopped = true;
    for (const connection of server.connections) connection.close();
    await new Promise<void>((done) => server.close(() => done()));
  };
  return {
    url: `smtp://${login}127.0.0.1:${port}`,
    received,
    refuse(next) {
      refusal = next;
    },
    stop,
    [Symbol.asyncDispose]: stop,
  };
}

function receivedMail(raw: string, from: string, to: string[]): ReceivedMail {
  const unfolded = (raw.split('\r\n\r\n', 1)[0] ?? '').replace(/\r\n[ \t]+/g, ' ');
  const header = (name: string) =>
    unfolded
      .split('\r\n')
      .find((line) => line.toLowerCase().startsWith(`${name.toLowerCase()}:`))
      ?.slice(name.length + 1)
      .trim();
  return { from, to, raw, header, text: partOf(raw, 'text/plain'), html: partOf(raw, 'text/html') };
}

/** A part of a multipart/alternative message, decoded from quoted-printable, base64 or nothing. */
function partOf(raw: string, type: string): string {
  const start = raw.indexOf(`Content-Type: ${type}`);
  const [head = '', ...rest] = raw.slice(start).split('\r\n\r\n');
  const body = rest.join('\r\n\r\n').split('\r\n--')[0] ?? '';
  if (/base64/i.test(head)) return Buffer.from(body, 'base64').toString('utf8');
  if (!/quoted-printable/i.test(head)) return body;
  const bytes = body
    .replace(/=\r\n/g, '')
    .replace(/=([0-9A-F]{2})/g, (_, hex) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
