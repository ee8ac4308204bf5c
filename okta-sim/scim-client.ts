import { authorization } from './authorization.ts';
import type { Clock } from './clock.ts';
import { ProvisioningFailure, SimulatedRestart } from './failure.ts';
import { type Faults, faultsOf, type Misbehavior } from './misbehavior.ts';
import type { AppOptions, Auth } from './options.ts';
import { pauseSeconds } from './rate-limit.ts';
import { createTransport, type RawAnswer, TransportError } from './transport.ts';

export type ScimRequest = {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Below the base URL, such as `/Users/7d1e`. */
  path: string;
  /** In the order of the wire. */
  query?: [name: string, value: string | number][];
  body?: unknown;
  /** Beyond those that Okta sends, or instead of them. */
  headers?: Record<string, string>;
  /** What the request belongs to: `user:<Okta id>`, `group:<Okta id>`, or a word for what is neither. */
  subject: string;
  /** Sent by nobody's Okta: no faults, and no place in a sequence. */
  outside?: boolean;
};

export type ScimAnswer = RawAnswer & { json: unknown; jsonError: string | undefined };

/** One request as it went over the wire, for transcripts and for sequences. */
export type RecordedExchange = {
  subject: string;
  outside: boolean;
  method: string;
  path: string;
  /** Those that are not Okta's own. */
  headers: Record<string, string>;
  body: unknown;
  status: number | undefined;
  answer: unknown;
  /** Why there is no answer, or what is special about this one. */
  note: string | undefined;
};

export type ScimClient = {
  /** Resolves with any status but 429; rejects with a ProvisioningFailure when there is no answer. */
  send(request: ScimRequest): Promise<ScimAnswer>;
  /** After a simulated restart: requests go out again. */
  resume(): void;
  close(): void;
};

export type ClientParts = {
  options: () => AppOptions;
  auth: Auth;
  clock: Clock;
  seed: string;
  misbehavior: Misbehavior;
  record: (exchange: RecordedExchange) => void;
  rateLimited: (seconds: number) => void;
};

/** Okta's HTTP client for one app. A 429 holds every request of the app, as Okta pauses at once. */
export function createScimClient(parts: ClientParts): ScimClient {
  const { options, auth, clock, misbehavior } = parts;
  const { timeoutMs } = options();
  const transport = createTransport(Math.max(2, options().concurrency * 2));
  const credentials = authorization(auth, transport, timeoutMs);
  const numbers = new Map<string, number>();
  let pausedUntil = 0;
  let sent = 0;
  let restarting = false;

  async function send(request: ScimRequest): Promise<ScimAnswer> {
    let seconds: number | undefined;
    for (let attempt = 1; ; attempt += 1) {
      const hold = pausedUntil - clock.now().getTime();
      if (hold > 0) await clock.wait(hold);
      const answer = await sendOnce(request);
      if (answer.status !== 429) return answer;
      seconds = pauseSeconds(attempt, answer.headers['retry-after'], seconds, options().unknowns.retryAfterResets);
      if (seconds === undefined) throw new ProvisioningFailure(remoteReason(answer), answer);
      parts.rateLimited(seconds);
      pausedUntil = Math.max(pausedUntil, clock.now().getTime() + seconds * 1000);
    }
  }

  async function sendOnce(request: ScimRequest): Promise<ScimAnswer> {
    if (request.outside) return exchange(request, false, undefined);
    if (restarting) throw new SimulatedRestart();
    const faults = nextFaults(request);
    const twin = faults.repeat === 'beside' ? repeat(request) : undefined;
    const outcome = await settled(authorized(request, faults.drop));
    if (faults.repeat === 'after') await repeat(request);
    await twin;
    sent += 1;
    if (sent === misbehavior.restartAfterRequests) restarting = true;
    // An answer that comes while memory is being lost is read by nobody.
    if (restarting) throw new SimulatedRestart();
    return outcome();
  }

  async function authorized(request: ScimRequest, loseAnswer: boolean): Promise<ScimAnswer> {
    const answer = await exchange(request, loseAnswer, undefined);
    if (answer.status !== 401 || !(await credentials.renew())) return answer;
    return exchange(request, false, 'new access token');
  }

  /** The answer to a repetition goes nowhere: Okta does not know that there were two. */
  async function repeat(request: ScimRequest): Promise<void> {
    await exchange(request, false, 'the same request, delivered a second time').catch(() => undefined);
  }

  function nextFaults(request: ScimRequest): Faults {
    const number = (numbers.get(request.subject) ?? 0) + 1;
    numbers.set(request.subject, number);
    return faultsOf(misbehavior, { seed: parts.seed, subject: request.subject, number, method: request.method });
  }

  async function exchange(request: ScimRequest, loseAnswer: boolean, note: string | undefined): Promise<ScimAnswer> {
    const path = pathOf(request, options());
    const url = new URL(options().baseUrl + path);
    const body = request.body === undefined ? undefined : JSON.stringify(request.body);
    const recorded = {
      subject: request.subject,
      outside: request.outside ?? false,
      method: request.method,
      path,
      headers: request.headers ?? {},
      body: request.body,
    };
    try {
      const raw = await transport.exchange({
        method: request.method,
        url,
        headers: withHeaders(headersOf(url, body, credentials.header()), request.headers ?? {}),
        body,
        timeoutMs,
        loseAnswer,
        slowReadMs: misbehavior.slowReadMs,
      });
      const answer = { ...raw, ...parseJson(raw.text) };
      parts.record({ ...recorded, status: answer.status, answer: answer.json, note });
      return answer;
    } catch (error) {
      if (!(error instanceof TransportError)) throw error;
      const why = loseAnswer ? 'the answer was lost' : error.message;
      parts.record({ ...recorded, status: undefined, answer: undefined, note: why });
      throw new ProvisioningFailure(error.message, { transient: true });
    }
  }

  const resume = (): void => {
    restarting = false;
  };
  return { send, resume, close: () => transport.close() };
}

/** Waits for the outcome and hands it out later, whichever it is. */
function settled<T>(promise: Promise<T>): Promise<() => T> {
  return promise.then(
    (value) => () => value,
    (error) => () => {
      throw error;
    },
  );
}

/** Okta's words for an answer that is no success: the reason phrase, and what the server said in `detail`. */
export function remoteReason(answer: ScimAnswer): string {
  const detail = (answer.json as { detail?: unknown } | undefined | null)?.detail;
  const said = answer.jsonError ?? (typeof detail === 'string' ? detail : '');
  return `${answer.reason || answer.status}. Errors reported by remote server: ${said}`.trimEnd();
}

function parseJson(text: string): { json: unknown; jsonError: string | undefined } {
  if (text.trim() === '') return { json: undefined, jsonError: undefined };
  try {
    return { json: JSON.parse(text), jsonError: undefined };
  } catch {
    const word = /^\s*([A-Za-z_]\w*)/.exec(text)?.[1];
    const what = word ? `Unrecognized token '${word}'` : `Unexpected character ('${text.trim()[0]}')`;
    return { json: undefined, jsonError: `Invalid JSON: ${what}` };
  }
}

function pathOf({ path, query }: ScimRequest, { unknowns }: AppOptions): string {
  const pairs = (query ?? []).map(([name, value]) => `${name}=${encodeQuery(String(value), unknowns.queryEncoding)}`);
  return `${path}${pairs.length > 0 ? `?${pairs.join('&')}` : ''}`;
}

function encodeQuery(value: string, encoding: 'percent' | 'plus'): string {
  const percent = (character: string): string => `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
  const encoded = encodeURIComponent(value).replace(/[!'()~]/g, percent);
  return encoding === 'plus' ? encoded.replaceAll('%20', '+') : encoded;
}

function headersOf(url: URL, body: string | undefined, authorizationHeader: string): string[] {
  const headers = ['Accept', 'application/scim+json', 'Accept-Charset', 'utf-8'];
  if (body !== undefined) headers.push('Content-Type', 'application/scim+json; charset=utf-8');
  headers.push('User-Agent', 'Okta SCIM Client 1.0.0', 'Authorization', authorizationHeader);
  if (body !== undefined) headers.push('Content-Length', String(Buffer.byteLength(body)));
  headers.push('Host', url.host, 'Connection', 'Keep-Alive', 'Accept-Encoding', 'gzip,deflate');
  return headers;
}

/** Header lines of the wire with those of one request: in the place of the one with the same name, or at the end. */
function withHeaders(lines: string[], headers: Record<string, string>): string[] {
  const all = [...lines];
  for (const [name, value] of Object.entries(headers)) {
    const at = all.findIndex((line, index) => index % 2 === 0 && line.toLowerCase() === name.toLowerCase());
    if (at === -1) all.push(name, value);
    else all[at + 1] = value;
  }
  return all;
}
