/** Versions of resources as entity tags (RFC 7644 §3.14; RFC 9110 §8.8.3). */

/**
 * The weak tag of a version: representations of one version may differ in their bytes. `derived` stands for what the
 * representation holds beyond the version, such as the names of a user's groups (docs/decisions/versions-of-reads.md).
 */
export function versionTag(version: number | string, derived?: string): string {
  return derived === undefined ? `W/"${version}"` : `W/"${version}-${derived}"`;
}

/** The tag of the version alone, of a tag that says more: what the version of a resource is compared by. */
export function withoutDerived(tag: string): string {
  const dash = tag.indexOf('-');
  const end = tag.length - 1;
  if (!tag.startsWith('W/"') || dash < 4 || dash >= end || tag.indexOf('"', dash) !== end) return tag;
  for (let index = 3; index < dash; index++) {
    const code = tag.charCodeAt(index);
    if (code < 0x30 || code > 0x39) return tag;
  }
  return `${tag.slice(0, dash)}"`;
}

/**
 * Whether a write may go on: there is no If-Match, it is `*`, or it lists the version. RFC 7644 §3.14 writes weak tags into
 * If-Match, so they are compared weakly here. What a tag says beyond the version is not the client's to write, so it is no
 * condition of a write. A header that is no list of tags matches nothing.
 */
export function matchesIfMatch(header: string | undefined, version: number | string): boolean {
  if (header === undefined || header.trim() === '*') return true;
  return opaqueTags(header).some((tag) => tag.split('-', 1)[0] === String(version));
}

/**
 * Whether a write may go on as far as If-None-Match says: it is not `*`, which wants that there is nothing yet, and does not list
 * the version (RFC 9110 §13.1.2).
 */
export function isNoneOfIfNoneMatch(header: string | undefined, version: number | string): boolean {
  if (header === undefined) return true;
  return header.trim() !== '*' && !matchesIfMatch(header, version);
}

/** Whether the client holds this representation already: If-None-Match is `*` or lists the tag that versionTag made. */
export function matchesIfNoneMatch(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false;
  const [own] = opaqueTags(tag);
  return header.trim() === '*' || opaqueTags(header).some((each) => each === own);
}

/** The quoted parts of a list of entity tags; a comma may stand inside the quotation marks. */
function opaqueTags(header: string): string[] {
  const tags: string[] = [];
  let position = 0;
  while (position < header.length) {
    const open = header.indexOf('"', position);
    const close = open === -1 ? -1 : header.indexOf('"', open + 1);
    if (close === -1) break;
    const before = header.slice(position, open).trim();
    const separated = tags.length === 0 ? before : before.startsWith(',') ? before.slice(1).trim() : undefined;
    if (separated !== '' && separated !== 'W/') return [];
    tags.push(header.slice(open + 1, close));
    position = close + 1;
  }
  return header.slice(position).trim() === '' ? tags : [];
}
