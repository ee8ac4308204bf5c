import { limits } from '../../limits.ts';

const redacted = '[redacted]';
/** Elements of one list that the log keeps: the log shows the kind of a request, the members themselves are stored. */
const elementsMax = 20;

/**
 * A body as the request log keeps it: secret attributes blanked, long lists and long bodies cut. Secret is what the
 * schema never returns (RFC 7643 §7), which is `password`, wherever in the body it stands.
 */
export function loggedBody(body: unknown): string | undefined {
  if (body === undefined) return undefined;
  const text = JSON.stringify(body, function redact(this: unknown, key: string, value: unknown) {
    if (isSecret(key) || isSecretText(key, value) || (key.toLowerCase() === 'value' && isSecretOperation(this)))
      return redacted;
    if (Array.isArray(value) && value.length > elementsMax) {
      return [...value.slice(0, elementsMax), `… and ${value.length - elementsMax} more`];
    }
    return value;
  });
  return cut(withoutKeys(text), limits.loggedBodyCharsMax);
}

/** A request's path and query as the log keeps them. A filter over a secret attribute is refused, and not kept either. */
export function loggedPath(url: string): string {
  const query = url.indexOf('?');
  const isSecretQuery = query !== -1 && url.toLowerCase().includes('password', query);
  return cut(withoutKeys(isSecretQuery ? `${url.slice(0, query)}?${redacted}` : url), limits.loggedPathCharsMax);
}

/** Tokens and keys of ours where they do not belong, such as in an address: what begins like one is not kept (R5). */
const withoutKeys = (text: string): string => text.replace(/rc[a-z]_[0-9A-Za-z_-]{16,}/g, redacted);

/** The last part of a name, behind a URN or a dot, decides. */
const isSecret = (name: string): boolean => {
  const lower = name.toLowerCase();
  return lower === 'password' || lower.endsWith(':password') || lower.endsWith('.password');
};

/** A filter over a secret attribute, which is refused, and JSON that was sent as a text by mistake. */
const isSecretText = (key: string, value: unknown): boolean =>
  typeof value === 'string' &&
  (key.toLowerCase() === 'filter' || value.trimStart().startsWith('{') || value.trimStart().startsWith('[')) &&
  value.toLowerCase().includes('password');

function isSecretOperation(holder: unknown): boolean {
  if (typeof holder !== 'object' || holder === null) return false;
  return Object.entries(holder).some(
    ([key, value]) => key.toLowerCase() === 'path' && typeof value === 'string' && isSecret(value.trim()),
  );
}

const cut = (text: string, length: number) =>
  text.length > length ? `${text.slice(0, length).toWellFormed()}…` : text;
