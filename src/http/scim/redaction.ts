import { limits } from '../../limits.ts';

/** Names of attributes that are never returned (RFC 7643 §7), in lower case; `password` is one everywhere. */
export type Secrets = ReadonlySet<string>;

const redacted = '[redacted]';
/** Elements of one list that the log keeps: the log shows the kind of a request, the members themselves are stored. */
const elementsMax = 20;

/**
 * A body as the request log keeps it: secret attributes blanked, wherever in the body they stand, long lists and long bodies
 * cut. Secret is what the organization's schemas never return.
 */
export function loggedBody(body: unknown, secrets: Secrets): string | undefined {
  if (body === undefined) return undefined;
  const text = JSON.stringify(body, function redact(this: unknown, key: string, value: unknown) {
    if (
      isSecret(key, secrets) ||
      isSecretText(key, value, secrets) ||
      (key.toLowerCase() === 'value' && isSecretOperation(this, secrets))
    ) {
      return redacted;
    }
    if (Array.isArray(value) && value.length > elementsMax) {
      return [...value.slice(0, elementsMax), `… and ${value.length - elementsMax} more`];
    }
    return value;
  });
  return cut(withoutKeys(text), limits.loggedBodyCharsMax);
}

/** A request's path and query as the log keeps them. A filter over a secret attribute is refused, and not kept either. */
export function loggedPath(url: string, secrets: Secrets): string {
  const query = url.indexOf('?');
  const isSecretQuery = query !== -1 && namesSecret(url.slice(query), secrets);
  return cut(withoutKeys(isSecretQuery ? `${url.slice(0, query)}?${redacted}` : url), limits.loggedPathCharsMax);
}

/** Tokens and keys of ours where they do not belong, such as in an address: what begins like one is not kept (R5). */
const withoutKeys = (text: string): string => text.replace(/rc[a-z]_[0-9A-Za-z_-]{16,}/g, redacted);

/** The last part of a name, behind a URN or a dot, decides. */
function isSecret(name: string, secrets: Secrets): boolean {
  const last = name.toLowerCase().split(/[:.]/).at(-1) ?? '';
  return last === 'password' || secrets.has(last);
}

/** A filter over a secret attribute, which is refused, and JSON that was sent as a text by mistake. */
const isSecretText = (key: string, value: unknown, secrets: Secrets): boolean =>
  typeof value === 'string' &&
  (key.toLowerCase() === 'filter' || value.trimStart().startsWith('{') || value.trimStart().startsWith('[')) &&
  namesSecret(value, secrets);

/** Whether a secret is among the words of a text; a password also where it is a part of one. */
function namesSecret(text: string, secrets: Secrets): boolean {
  const lower = text.toLowerCase();
  return lower.includes('password') || lower.split(/%[0-9a-f]{2}|[^a-z0-9_$-]/).some((word) => secrets.has(word));
}

function isSecretOperation(holder: unknown, secrets: Secrets): boolean {
  if (typeof holder !== 'object' || holder === null) return false;
  return Object.entries(holder).some(
    ([key, value]) => key.toLowerCase() === 'path' && typeof value === 'string' && isSecret(value.trim(), secrets),
  );
}

const cut = (text: string, length: number) =>
  text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text;
