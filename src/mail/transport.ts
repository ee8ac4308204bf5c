import { isIP } from 'node:net';
import nodemailer from 'nodemailer';
import type { MailText } from './texts.ts';

export type OutgoingMail = MailText & {
  /** The same at each attempt, so that a receiver can tell a second copy. Without the angle brackets. */
  messageId: string;
  to: string;
};

/**
 * What became of a mail: the server has it; it refuses the mail for good, or for now; or the server itself cannot be used, so
 * that other mail need not be tried either.
 */
export type Delivery = { is: 'sent' } | { is: 'refused' | 'deferred' | 'away'; problem: string };

/** The way to a mail server. */
export type MailTransport = {
  send(mail: OutgoingMail): Promise<Delivery>;
  close(): void;
};

export type TransportOptions = {
  /** smtp:// or smtps://, with the user and the password. */
  url: string;
  from: string;
  connectionsMax: number;
  /** The server is away if it says nothing for so long. */
  silenceMs: number;
  /** The server is away if a mail takes so long, whatever it says meanwhile. */
  deadlineMs: number;
};

/** Opens a way to a mail server. Connections are made when there is mail, and kept for the next one. */
export function openMailTransport(options: TransportOptions): MailTransport {
  const { url, from, connectionsMax, silenceMs, deadlineMs } = options;
  const pool = nodemailer.createTransport({
    url,
    pool: true,
    maxConnections: connectionsMax,
    connectionTimeout: silenceMs,
    greetingTimeout: silenceMs,
    socketTimeout: silenceMs,
    disableFileAccess: true,
    disableUrlAccess: true,
    ...transportSecurity(url),
  });
  return {
    async send({ messageId, to, subject, text, html }) {
      const sending = pool.sendMail({
        from,
        to: { name: '', address: to },
        subject,
        text,
        html,
        messageId: `<${messageId}>`,
        // Nobody's absence notice is to come back (RFC 3834 §5).
        headers: { 'Auto-Submitted': 'auto-generated' },
      });
      return await within(deadlineMs, sending).then(() => ({ is: 'sent' }) as const, deliveryOf);
    },
    close: () => pool.close(),
  };
}

/**
 * Mail travels encrypted (R46): a server that does not offer it gets none, unless the URL says otherwise (`requireTLS=false`)
 * or the server is on this machine.
 */
function transportSecurity(url: string): { requireTLS?: boolean; tls: { minVersion: 'TLSv1.2' } } {
  const { protocol, hostname, searchParams } = new URL(url);
  const host = hostname.replace(/^\[|\]$/g, '');
  const isHere = host === 'localhost' || host === '::1' || (isIP(host) === 4 && host.startsWith('127.'));
  const isSettled = protocol === 'smtps:' || isHere || searchParams.has('requireTLS') || searchParams.has('ignoreTLS');
  return { ...(isSettled ? {} : { requireTLS: true }), tls: { minVersion: 'TLSv1.2' } };
}

/** What an SMTP answer means (RFC 5321 §4.2.1). A refused sign-in is the operator's to mend, and says nothing of the mail. */
function deliveryOf(error: unknown): Delivery {
  const { code, responseCode, command, message } = error as {
    code?: string;
    responseCode?: number;
    command?: string;
    message: string;
  };
  const problem = message.replace(/\p{Cc}+/gu, ' ').slice(0, 300);
  const isOfMail = code === 'EENVELOPE' || code === 'EMESSAGE' || /^(MAIL|RCPT|DATA)/.test(command ?? '');
  if (!isOfMail || responseCode === undefined || responseCode === 421) return { is: 'away', problem };
  return { is: responseCode >= 500 ? 'refused' : 'deferred', problem };
}

async function within<T>(limitMs: number, work: Promise<T>): Promise<T> {
  const late = Promise.withResolvers<never>();
  const timer = setTimeout(() => late.reject(new Error('the mail server took too long')), limitMs);
  work.catch(() => undefined);
  return await Promise.race([work, late.promise]).finally(() => clearTimeout(timer));
}
