/**
 * A logged path as people read it: below the organization's SCIM base URL, and plain where filters are sent
 * percent-encoded. A malformed one is shown as it came.
 */
export function readablePath(path: string): string {
  const below = path.replace(/^\/scim\/v2\/[^/?]+(?=[/?])/, '');
  try {
    return decodeURIComponent(below.replaceAll('+', ' '));
  } catch {
    return below;
  }
}
