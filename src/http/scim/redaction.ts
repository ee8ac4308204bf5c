import { limits } from '../../limits.ts';

/** Names of attributes that are never returned (RFC 7643 §7), in lower case; `password` is one everywhere. */
export type Secrets = ReadonlySet<string>;

const redacted = '[redacted]';
/** Elements of one list that the log keeps: the log shows the kind of a request, the members themselves are stored. */
const elementsMax = 20;
/** Characters of the longest key or token of ours, and some more. */
const keyLengthMax = 256;

/**
 * A body as the request log keeps it: secret attributes blanked, wherever in the body they stand, long lists and long bodies
 * cut. Secret is what the organization's schemas never return.
 */
export function loggedBody(body: unknown, secrets: Secrets): string | undefined {
  if (body === undefined) return undefined;
  const text = JSON.stringify(loggedMember('', body, {}, { secrets, room: limits.loggedBodyCharsMax }));
  return cut(withoutKeys(text), limits.loggedBodyCharsMax);
}

/** `room` is what is left of the characters that the log keeps: whatever is behind them is not looked at. */
type Logging = { secrets: Secrets; room: number };

function loggedValue(value: unknown, logging: Logging): unknown {
  if (typeof value === 'string') {
    // With what is needed to see that one of our keys begins before the end.
    const kept = value.slice(0, limits.loggedBodyCharsMax + keyLengthMax);
    logging.room -= kept.length;
    return kept.toWellFormed();
  }
  if (Array.isArray(value)) {
    const kept: unknown[] = [];
    for (const each of value.slice(0, elementsMax)) {
      if (logging.room <= 0) break;
      kept.push(loggedMember('', each, value, logging));
    }
    if (value.length > kept.length) kept.push(`… and ${value.length - kept.length} more`);
    return kept;
  }
  logging.room--;
  if (typeof value !== 'object' || value === null) return value;
  const kept: Record<string, unknown> = {};
  for (const [key, each] of Object.entries(value)) {
    if (logging.room <= 0) break;
    logging.room -= key.length;
    kept[key] = loggedMember(key, each, value, logging);
  }
  return kept;
}

function loggedMember(key: string, value: unknown, holder: object, logging: Logging): unknown {
  const isBlanked =
    namesSecret(key, logging.secrets) ||
    isSecretText(key, value, logging.secrets) ||
    (key.toLowerCase() === 'value' && isSecretOperation(holder, logging.secrets));
  return isBlanked ? redacted : loggedValue(value, logging);
}

/** A request's path and query as the log keeps them. A filter over a secret attribute is refused, and not kept either. */
export function loggedPath(url: string, secrets: Secrets): string {
  const query = url.indexOf('?');
  const isSecretQuery = query !== -1 && namesSecret(url.slice(query), secrets);
  return cut(withoutKeys(isSecretQuery ? `${url.slice(0, query)}?${redacted}` : url), limits.loggedPathCharsMax);
}

/** Tokens and keys of ours where they do not belong, such as in an address: what begins like one is not kept (R5). */
const withoutKeys = (text: string): string => text.replace(/rc[a-z]_[0-9A-Za-z_-]{16,}/g, redacted);

/** A filter over a secret attribute, which is refused, and JSON that was sent as a text by mistake. */
const isSecretText = (key: string, value: unknown, secrets: Secrets): boolean =>
  typeof value === 'string' &&
  (key.toLowerCase() === 'filter' || value.trimStart().startsWith('{') || value.trimStart().startsWith('[')) &&
  (value.length > limits.stringLengthMax || namesSecret(value, secrets));

/** Whether a secret is among the words of a name, a path or a text, such as a filter; a password also where it is a part of one. */
function namesSecret(text: string, secrets: Secrets): boolean {
  const lower = text.toLowerCase();
  return lower.includes('password') || lower.split(/%[0-9a-f]{2}|[^a-z0-9_$-]/).some((word) => secrets.has(word));
}

function isSecretOperation(holder: unknown, secrets: Secrets): boolean {
  if (typeof holder !== 'object' || holder === null) return false;
  return Object.entries(holder).some(
    ([key, value]) => key.toLowerCase() === 'path' && typeof value === 'string' && namesSecret(value, secrets),
  );
}

const cut = (text: string, length: number) =>
  text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text;
